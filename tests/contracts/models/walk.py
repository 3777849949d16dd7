"""Any member doing anything, step by step, with every law checked after each.

Acts come from the tables, worlds to begin in and fields to lean on from the cases that
every act has in `guards`. Half the time an act is chosen that someone could do now, or
walks would end at the first closed door; what becomes of it is judged by the laws
alone. A refusal must leave the state root as it was, to the bit.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from contracts.actions import outlook
from contracts.catalogue import ACTS, CODES, KIND_OF
from contracts.execution import Accepted
from ledger.state.nodes import key_hash, record_hash
from ledger.state.trie import apply
from tests.contracts.guards.case import Good
from tests.contracts.guards.governance import DECIDE, disputed_bill
from tests.contracts.models.bodies import bodies
from tests.contracts.models.laws import Done, check
from tests.contracts.test_guards import SUITES
from tests.contracts.world import BILL, CONTAINER, DAY_MS, DECLARATION, ORGANISATIONS, World, digest

GOOD = {good.act: good for suite in SUITES for good in suite.GOOD}
"""Of every act a world in which it is accepted, and fields with which it is."""


def to_be_decided(world: World) -> None:
    """A bill is disputed, and a ballot over it is open."""
    disputed_bill(world)
    world.propose(DECIDE)


STARTS = {
    **GOOD,
    "a disputed bill": Good(
        act="bill.request_amendment",
        subject=BILL,
        who="haiphong-motors",
        body=lambda w: {"contents": digest("as it should be")},
        prepare=to_be_decided,
    ),
}
"""Where walks begin: some of what matters lies several good acts away."""

KEYS = (
    *(BILL, BILL, BILL, DECLARATION, DECLARATION, DECLARATION, CONTAINER, CONTAINER),
    *dict.fromkeys(good.subject for good in GOOD.values()),
    *("bill/" + digest("bill 2"), "declaration/" + digest("declaration 2")[:32]),
    *("container/" + digest("container 2")[:32], "member/beibu-line/clerk"),
)
"""What is acted on: what is traded more often than who trades it. Some are still to be made."""


def state_root(state: dict[str, bytes]) -> bytes:
    """The root that a header commits to, worked out from nothing but the records."""
    changes = {key_hash(key): record_hash(value) for key, value in state.items()}
    return apply(changes, lambda _: None).root


class Walk(RuleBasedStateMachine):
    """See the module."""

    @initialize(begin=st.sampled_from(sorted(STARTS)))
    def start(self, begin: str) -> None:
        self.world, good = World(), STARTS[begin]
        good.prepare(self.world)
        self.begun, self.before = dict(self.world.state), len(self.world.history)
        self.root = state_root(self.world.state)
        self.do(good.act, good.subject, good.who, dict(good.body(self.world)))

    @rule(ms=st.sampled_from((1, 1_000, DAY_MS // 2, DAY_MS, 31 * DAY_MS)))
    def time_passes(self, ms: int) -> None:
        self.world.now += ms

    @rule(data=st.data(), key=st.sampled_from(KEYS), who=st.sampled_from(sorted(ORGANISATIONS)))
    def someone_does_what_may_be_possible(self, data: Any, key: str, who: str) -> None:
        seen = outlook(self.world, key, who, self.world.context)
        now = [(who, action.act) for action in seen.own if not action.waits_for]
        now += [(name, step.act) for step in seen.others for name in step.organisations]
        if now:
            who, act = data.draw(st.sampled_from(now))
            proven = dict(GOOD[act].body(self.world))
            self.do(act, key, who, data.draw(st.just(proven) | bodies(act, self.world)))

    @rule(data=st.data(), act=st.sampled_from(sorted(ACTS)), who=st.sampled_from(sorted(ORGANISATIONS)))
    def someone_tries_anything(self, data: Any, act: str, who: str) -> None:
        pattern = KIND_OF[ACTS[act].record].pattern
        keys = [key for key in (*KEYS, *sorted(self.world.state)) if pattern.match(key)]
        self.do(act, data.draw(st.sampled_from(keys)), who, data.draw(bodies(act, self.world)))

    def do(self, act: str, key: str, who: str, body: dict[str, Any]) -> None:
        """One act, and every law."""
        before = dict(self.world.state)
        outcome = self.world.try_(act, key, who, body)
        if not isinstance(outcome, Accepted):
            assert outcome.code in CODES
            assert outcome.code != "contract.fault", (act, key, who, body)
            assert state_root(self.world.state) == self.root
            return
        self.root = state_root(self.world.state)
        written = frozenset(key for key, _ in outcome.writes)
        read = {key: msgspec.json.decode(value) for key, value in before.items()}
        new = {key: msgspec.json.decode(value) for key, value in outcome.writes}
        check(
            Done(
                act=act,
                subject=key,
                who=who.partition("/")[0],
                member=who if "/" in who else f"{who}/chief",
                body=body,
                now=self.world.now,
                before=read,
                after={**read, **new},
                written=written,
            )
        )

    def teardown(self) -> None:
        """What was accepted, done again from where the walk began, comes to the same bytes."""
        if not hasattr(self, "world"):
            return
        again = replace(self.world, state=dict(self.begun), history=[])
        for statement, now in self.world.history[self.before :]:
            again.now = now
            assert isinstance(again.run(statement), Accepted)
        assert again.state == self.world.state
