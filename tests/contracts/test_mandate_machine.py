"""Mandates granted, used, revoked and outlived at random, against a slow model that shares no code with them.

The model says of every act that it is accepted, or with which code it is refused; a refusal leaves no trace.
"""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from contracts.membership.model import OrganisationState
from tests.contracts.models.mandates import BUSINESS, DAY, LONGEST, OFFICES, ROLES, Errand, Mandates, Power
from tests.contracts.world import (
    BILL,
    COMMITMENT,
    CONTAINER_ID,
    LODGE,
    World,
    digest,
    key_text,
    signing_key,
)

ONE, TWO, THREE = BILL.partition("/")[2], digest("bill 2"), digest("no such bill")
FREE = digest("a container under no bill")[:32]
FIRST, SECOND = CONTAINER_ID, digest("container 2")[:32]
COVERING = {FIRST: {ONE}, SECOND: {ONE, TWO}}
PARTIES = {
    ONE: {"chongqing-parts", "haiphong-motors", "red-river-brokers"},
    TWO: {"chongqing-parts", "guangxi-bank"},
}
"""Who is a party to the bills besides their carrier, and so may declare their goods."""

PRINCIPALS = ("chongqing-parts", "haiphong-motors", "guangxi-bank")
AGENTS = ("corridor-forwarding", "red-river-brokers", "guangxi-bank")
MAY_LODGE = ("trader", "forwarder", "customs_broker")

mostly = st.sampled_from
pairs = mostly([(p, a) for p in PRINCIPALS[:2] for a in AGENTS[:2]])
others = mostly([*PRINCIPALS, "haiphong-customs", "vn-plant-health", "corridor-forwarding"])
anyone = st.tuples(others, mostly([*AGENTS, "chongqing-parts", "nobody"]))
likely = pairs | pairs | pairs | anyone
seldom = mostly([False] * 6 + [True])


def lists(*values: str, most: int = 2) -> st.SearchStrategy[tuple[str, ...]]:
    """Mostly no limit; seldom one that says the same twice."""
    some = st.lists(mostly(values), min_size=1, max_size=most, unique=True).map(tuple)
    return st.just(()) | st.just(()) | some | mostly([(values[0], values[0])])


acts = st.lists(mostly(BUSINESS), min_size=1, max_size=3, unique=True).map(tuple)
odd_acts = mostly([("clearance.release",), ("mandate.grant", "clearance.lodge"), ("clearance.lodge",) * 2])
ends = mostly([DAY // 2, DAY, 31 * DAY, 31 * DAY, LONGEST, LONGEST + 1, 0, -1, 1])


class MandateMachine(RuleBasedStateMachine):
    @initialize()
    def start(self) -> None:
        self.world = World()
        self.world.issue(parties=["haiphong-motors", "red-river-brokers"], containers=boxes(FIRST, SECOND))
        second = {"possessor": "chongqing-parts", "parties": ["guangxi-bank"], "containers": boxes(SECOND)}
        self.world.issue(f"bill/{TWO}", **second)
        gate_in = self.world.event("gate_in", "CNQZH", "transit")
        gate_in["container"] = {"commitment": COMMITMENT, "operator": "beibu-line", "parties": [*PRINCIPALS]}
        self.world.do("movement.record", f"container/{FREE}", "beibu-port", gate_in)
        for organisation in (*PRINCIPALS, *AGENTS[:2]):
            clerk = {"key": key_text(f"{organisation}/clerk"), "permissions": ["signer"]}
            self.world.do("member.enrol", f"member/{organisation}/clerk", organisation, clerk)
            self.world.members[f"{organisation}/clerk"] = signing_key(f"{organisation}/clerk")
        self.model = Mandates(self.world.now)
        self.made = 0

    def act(self, expected: str | None, *what: Any, **more: Any) -> None:
        before = dict(self.world.state)
        outcome = self.world.try_(*what, **more)
        assert getattr(outcome, "code", None) == expected, (what, more, outcome)
        assert expected is None or self.world.state == before

    def someone(self, organisation: str, clerk: bool) -> str:
        return f"{organisation}/clerk" if clerk else organisation

    def clerks(self, organisation: str, wanted: bool) -> bool:
        return wanted and organisation in (*PRINCIPALS, *AGENTS[:2])

    @rule(time=mostly([1, DAY // 2, DAY, 31 * DAY]))
    def time_passes(self, time: int) -> None:
        self.world.now += time
        self.model.now += time

    @rule(
        pair=likely,
        other=seldom,
        clerk=seldom,
        acts=acts | acts | acts | odd_acts,
        end=ends,
        bills=lists(ONE, TWO, THREE),
        offices=lists(*OFFICES) | mostly([("beibu-port-office",)]),
        countries=lists("VN", "CN"),
    )
    def grant(
        self,
        pair: tuple[str, str],
        other: bool,
        clerk: bool,
        acts: tuple[str, ...],
        end: int,
        bills: tuple[str, ...],
        offices: tuple[str, ...],
        countries: tuple[str, ...],
    ) -> None:
        who = "corridor-forwarding" if other else pair[0]
        clerk = self.clerks(who, clerk)
        power = Power(acts, self.world.now + end, bills, offices, countries)
        self.give(who, clerk, pair, power)

    def give(self, who: str, clerk: bool, pair: tuple[str, str], power: Power) -> None:
        expected = self.model.grant(who, clerk, *pair, power)
        limits = {"bills": power.bills, "offices": power.offices, "jurisdictions": power.countries}
        said = {"acts": power.acts, "until_ms": power.until, **limits}
        who = self.someone(who, clerk)
        self.act(expected, "mandate.grant", f"mandate/{pair[0]}/{pair[1]}", who, {"power": said})

    @rule(pair=pairs, end=mostly([DAY, 31 * DAY]), acts=acts, bills=lists(ONE, TWO), days=st.integers(0, 40))
    def rely(
        self, pair: tuple[str, str], end: int, acts: tuple[str, ...], bills: tuple[str, ...], days: int
    ) -> None:
        """A power as people give it, and the errands that it is for."""
        self.give(pair[0], False, pair, Power(acts, self.world.now + end, bills))
        self.time_passes(days * DAY)
        self.register(pair, {ONE}, {FIRST})
        self.register(pair, {ONE}, {SECOND})
        self.lodge(pair, "haiphong-customs", ONE)

    @rule(pair=pairs, office=mostly([*OFFICES]), country=mostly(["", "VN", "CN"]), bill=mostly([ONE, TWO]))
    def declare(self, pair: tuple[str, str], office: str, country: str, bill: str) -> None:
        countries = (country,) if country else ()
        offices = () if country else (office,)
        power = Power(("clearance.lodge",), self.world.now + DAY, (ONE,), offices, countries)
        self.give(pair[0], False, pair, power)
        self.lodge(pair, "haiphong-customs", bill)

    @rule(pair=pairs)
    def grant_as_much_as_there_is_room_for(self, pair: tuple[str, str]) -> None:
        for number in range(9):
            until = self.world.now + DAY + number
            self.give(pair[0], False, pair, Power(("document.register",), until, (THREE,)))
        self.time_passes(2 * DAY)

    @rule(pair=likely, by=mostly("pppaas"), clerk=seldom)
    def revoke(self, pair: tuple[str, str], by: str, clerk: bool) -> None:
        principal, agent = pair
        who = {"p": principal, "a": agent if agent in ROLES else principal, "s": "guangxi-bank"}[by]
        clerk = self.clerks(who, clerk)
        expected = self.model.revoke(who, clerk, principal, agent)
        self.act(expected, "mandate.revoke", f"mandate/{principal}/{agent}", self.someone(who, clerk))

    @rule(organisation=mostly([*PRINCIPALS, *AGENTS]), back=mostly([False, True, True]))
    def suspend(self, organisation: str, back: bool) -> None:
        """A ballot does; another one takes all back."""
        for one in sorted(self.model.suspended):
            self.stand(one, True)
        self.stand(organisation, back)

    def stand(self, organisation: str, back: bool) -> None:
        state = OrganisationState.ACTIVE if back else OrganisationState.SUSPENDED
        self.world.change(f"organisation/{organisation}", state=state)
        (self.model.suspended.discard if back else self.model.suspended.add)(organisation)

    @rule(
        pair=likely.filter(lambda pair: pair[1] != "nobody"),
        bills=st.sets(mostly([ONE, TWO]), max_size=2),
        containers=st.sets(mostly([FIRST, SECOND, FREE]), max_size=2),
    )
    def register(self, pair: tuple[str, str], bills: set[str], containers: set[str]) -> None:
        principal, agent = pair
        if not bills | containers:
            return
        goods = self.goods(bills, containers)
        expected = self.model.use(agent, principal, Errand("document.register", goods))
        if expected is None and not all(principal in self.concerned(one) for one in bills | containers):
            expected = "document.not-party"
        body = {"type": "invoice", "contents": digest("invoice")}
        body |= {"bills": sorted(bills), "containers": sorted(containers)}
        self.act(expected, "document.register", self.fresh("document"), agent, body, principal=principal)

    @rule(pair=pairs, office=mostly([*OFFICES]), bill=mostly([ONE, TWO]))
    def lodge(self, pair: tuple[str, str], office: str, bill: str) -> None:
        principal, agent = pair
        errand = Errand("clearance.lodge", frozenset(self.goods({bill}, set())), office)
        expected = self.model.use(agent, principal, errand)
        if expected is None and ROLES[principal] not in MAY_LODGE:
            expected = "actor.role"
        if expected is None and principal not in PARTIES[bill]:
            expected = "clearance.not-party"
        key, body = self.fresh("declaration"), {**LODGE, "office": office, "bills": [bill]}
        self.act(expected, "clearance.lodge", key, agent, body, principal=principal)
        if expected is None:
            found = self.world.record(key)
            assert (found.declarant, found.representative) == (principal, agent)
            assert found.changed_for == principal

    def goods(self, bills: set[str], containers: set[str]) -> frozenset[str]:
        """The bills that the goods are under; none where some are under no bill."""
        if FREE in containers:
            return frozenset()
        return frozenset(bills).union(*(COVERING[one] for one in containers))

    def concerned(self, thing: str) -> set[str]:
        """Parties of a bill; of a container those whom it names."""
        return PARTIES[thing] if thing in PARTIES else set(PRINCIPALS)

    def fresh(self, kind: str) -> str:
        self.made += 1
        return f"{kind}/{digest(str(self.made))[:32]}"

    @invariant()
    def the_records_say_what_the_model_says(self) -> None:
        for (principal, agent), wanted in self.model.known.items():
            found = self.world.record(f"mandate/{principal}/{agent}")
            assert (found.version, found.state.value) == (
                wanted.version,
                "revoked" if wanted.ended else "active",
            )
            powers = [(p.acts, p.until_ms, p.bills, p.offices, p.jurisdictions) for p in found.powers]
            assert powers == [(p.acts, p.until, p.bills, p.offices, p.countries) for p in wanted.powers]


def boxes(*containers: str) -> list[dict[str, str]]:
    return [{"id": one, "commitment": digest(f"number of {one}")} for one in containers]


TestMandateMachine = MandateMachine.TestCase
TestMandateMachine.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
