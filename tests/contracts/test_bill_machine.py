"""The bill's life walked at random against a slow model that shares no code with the contract.

The model is a plain dictionary and a page of `if`s written from the PINT rules. After every
act, accepted or refused, the record must say what the model says: one possessor at most,
a past possessor that can do nothing, and a refusal that leaves no trace.
"""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from contracts.execution import Accepted
from tests.contracts.world import BILL, CONTENTS, ISSUE, World, digest

PEOPLE = ("beibu-line", "chongqing-parts", "haiphong-motors", "guangxi-bank")
people = st.sampled_from(PEOPLE)


class BillMachine(RuleBasedStateMachine):
    @initialize(kind=st.sampled_from(["straight", "to_order", "blank", "sea_waybill"]))
    def start(self, kind: str) -> None:
        self.world = World()
        changes: dict[str, Any] = {"type": kind}
        if kind == "sea_waybill":
            changes["possessor"] = None
        if kind == "blank":
            changes["titleholder"] = None
        body = {name: value for name, value in {**ISSUE, **changes}.items() if value is not None}
        self.world.do("bill.issue", BILL, "beibu-line", body)
        self.kind, self.phase = kind, "issued"
        self.possessor = None if kind == "sea_waybill" else "chongqing-parts"
        self.title = None if kind == "blank" else "chongqing-parts"
        self.chain_open = kind == "to_order"
        self.offer: tuple[str, int] | None = None
        self.asked: tuple[str, str] | None = None

    def live(self) -> bool:
        return self.offer is not None and self.world.now <= self.offer[1]

    def act(self, name: str, who: str, body: dict[str, Any], expected: bool) -> None:
        before = dict(self.world.state)
        outcome = self.world.try_(name, BILL, who, body)
        assert isinstance(outcome, Accepted) == expected, (name, who, body, outcome)
        if not expected:
            assert self.world.state == before

    def controls(self, who: str) -> bool:
        """Whether `who` holds a document of title that nobody else has a claim on."""
        return self.phase == "issued" and self.kind != "sea_waybill" and who == self.possessor

    @rule(ms=st.integers(1, 3_000))
    def time_passes(self, ms: int) -> None:
        self.world.now += ms

    @rule(who=people, to=people, life=st.integers(-1, 3_000))
    def transfer(self, who: str, to: str, life: int) -> None:
        ends = self.world.now + life
        fine = self.controls(who) and not self.live() and to != who and life > 0
        self.act("bill.transfer", who, {"to": to, "expires_ms": ends}, fine)
        if fine:
            self.offer = (to, ends)

    @rule(who=people, right=st.sampled_from([True, True, False]))
    def accept(self, who: str, right: bool) -> None:
        fine = (
            self.phase == "issued"
            and self.live()
            and self.offer is not None
            and self.offer[0] == who
            and right
        )
        self.act("bill.accept", who, {"contents": CONTENTS if right else digest("forged")}, fine)
        if fine:
            self.possessor, self.offer = who, None

    @rule(who=people)
    def reject(self, who: str) -> None:
        fine = self.phase == "issued" and self.live() and self.offer is not None and self.offer[0] == who
        self.act("bill.reject", who, {"reason": "other"}, fine)
        if fine:
            self.offer = None

    @rule(who=people)
    def cancel(self, who: str) -> None:
        fine = self.controls(who) and self.offer is not None
        self.act("bill.cancel", who, {}, fine)
        if fine:
            self.offer = None

    @rule(who=people, to=people, how=st.sampled_from(["endorse", "endorse_to_order", "blank_endorse"]))
    def endorse(self, who: str, to: str, how: str) -> None:
        fine = self.controls(who) and not self.live() and self.kind == "to_order" and self.title == who
        fine = fine and self.chain_open and (how == "blank_endorse" or to != who)
        self.act(f"bill.{how}", who, {} if how == "blank_endorse" else {"endorsee": to}, fine)
        if fine:
            self.title = None if how == "blank_endorse" else to
            self.chain_open = how == "endorse_to_order"
            self.offer = None

    @rule(who=people, purpose=st.sampled_from(["delivery", "amendment"]))
    def surrender(self, who: str, purpose: str) -> None:
        if self.kind == "straight":
            entitled = who in ("chongqing-parts", self.title)
        else:
            entitled = self.title in (None, who)
        fine = self.controls(who) and not self.live() and entitled
        self.act("bill.surrender", who, {"purpose": purpose}, fine)
        if fine:
            self.asked, self.phase, self.possessor, self.offer = (who, purpose), "pending", "beibu-line", None

    @rule(who=people, yes=st.booleans())
    def answer_surrender(self, who: str, yes: bool) -> None:
        unmade = self.phase == "over" and self.asked is not None and self.asked[1] == "amendment"
        fine = who == "beibu-line" and (self.phase == "pending" or (unmade and not yes))
        name, body = ("accept_surrender", {}) if yes else ("reject_surrender", {"reason": "other"})
        self.act(f"bill.{name}", who, body, fine)
        if fine and yes:
            self.phase = "over"
        elif fine and self.asked is not None:
            self.phase, self.possessor, self.asked = "issued", self.asked[0], None

    @rule(who=people)
    def void(self, who: str) -> None:
        amended = self.phase == "over" and self.asked is not None and self.asked[1] == "amendment"
        waybill = self.phase == "issued" and self.kind == "sea_waybill"
        fine = who == "beibu-line" and (amended or waybill)
        self.act("bill.void", who, {}, fine)
        if fine:
            self.phase, self.possessor = "voided", None

    @invariant()
    def record_agrees(self) -> None:
        bill = self.world.record(BILL)
        assert bill.possessor == self.possessor
        assert bill.titleholder == self.title
        assert bill.version == len([s for s, _ in self.world.history if s.subject == BILL])
        state = {
            "issued": "issued",
            "pending": f"pending_surrender_for_{self.asked and self.asked[1]}",
            "over": f"surrendered_for_{self.asked and self.asked[1]}",
            "voided": "voided",
        }
        assert bill.state.value == state[self.phase]

    def teardown(self) -> None:
        """A replay from the beginning writes the same bytes."""
        if not hasattr(self, "world"):
            return
        again = World()
        for statement, now in self.world.history:
            again.now = now
            assert isinstance(again.run(statement), Accepted)
        assert again.state == self.world.state


TestBillMachine = BillMachine.TestCase
TestBillMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
