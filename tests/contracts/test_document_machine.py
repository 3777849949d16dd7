"""Documents registered, replaced and revoked while control, clearance and mandates change, on a slow model.

The model shares no code with the contracts. It says of every act on a document that it is accepted, or with
which code it is refused, and of every organisation and record whether it may read what is behind it.
"""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from contracts.membership.model import OrganisationState
from contracts.views import may_read
from tests.contracts.models.papers import EVERYBODY, OTHERS, Bill, Declaration, Paper, Papers, Power
from tests.contracts.world import BILL, CONTAINER_ID, CONTENTS, DAY_MS, LODGE, World, digest

ONE, TWO = BILL.partition("/")[2], digest("bill 2")
FIRST, SECOND = CONTAINER_ID, digest("container 2")[:32]
NO_BILL, NO_OTHER = digest("nowhere"), digest("nowhere")[:32]
NOWHERE = {"bills": NO_BILL, "declarations": NO_OTHER, "containers": NO_OTHER}
PARTIES = {ONE: ("red-river-brokers",), TWO: ("guangxi-bank",)}
BOXES = {ONE: (FIRST, SECOND), TWO: (SECOND,)}

some = st.sampled_from
parties = some(["beibu-line", "chongqing-parts"] * 3 + [*EVERYBODY])
traders = some(["haiphong-motors", "guangxi-bank", "corridor-forwarding"])
odd = some(["", "", "", "", "", "", "twice", "nowhere", "suspended", "nobody"])


reasons = some(["replaced", "issued_in_error", "withdrawn", "other"])


def lists(*values: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(some(values), max_size=2, unique=True).map(lambda found: tuple(sorted(found)))


class DocumentMachine(RuleBasedStateMachine):
    @initialize()
    def start(self) -> None:
        self.world = World()
        self.model = Papers(self.world.now)
        self.made = 0
        for name in (ONE, TWO):
            boxes = [{"id": box, "commitment": digest(f"number of {box}")} for box in BOXES[name]]
            self.world.issue(f"bill/{name}", parties=PARTIES[name], containers=boxes)
            bill = Bill("beibu-line", "chongqing-parts", "chongqing-parts", PARTIES[name], BOXES[name])
            self.model.bills[name] = bill

    def act(self, expected: str | None, *what: Any, **more: Any) -> None:
        before = dict(self.world.state)
        outcome = self.world.try_(*what, **more)
        assert getattr(outcome, "code", None) == expected, (what, more, outcome)
        assert expected is None or self.world.state == before

    def fresh(self, kind: str) -> str:
        self.made += 1
        return digest(f"{kind} {self.made}")[:32]

    # ----- documents ---------------------------------------------------------------

    @rule(
        who=parties,
        bills=lists(ONE, TWO),
        containers=lists(FIRST, SECOND),
        declared=st.integers(0, 3),
        readers=lists(*OTHERS),
        odd=odd,
    )
    def register(
        self,
        who: str,
        bills: tuple[str, ...],
        containers: tuple[str, ...],
        declared: int,
        readers: tuple[str, ...],
        odd: str,
    ) -> None:
        declarations = tuple(self.model.declarations)[declared : declared + 1]
        links = {"bills": bills, "containers": containers, "declarations": declarations, "readers": readers}
        for name, values in links.items():
            if odd == "twice":
                links[name] = values * 2
            elif odd == "nowhere" and name in NOWHERE:
                links[name] = (*values, NOWHERE[name])
        if odd == "nobody":
            links["readers"] = (*readers, "nobody")
        elif odd == "suspended":
            self.stands("guangxi-bank", False)
            links["readers"] = ("guangxi-bank",)
        self.registers(who, **links)
        self.stands("guangxi-bank", True)

    def registers(
        self,
        who: str,
        bills: tuple[str, ...] = (),
        declarations: tuple[str, ...] = (),
        containers: tuple[str, ...] = (),
        readers: tuple[str, ...] = (),
    ) -> None:
        paper, name = Paper(who, bills, declarations, containers, readers), self.fresh("document")
        body = {"type": "invoice", "contents": digest(name), "bills": bills, "declarations": declarations}
        body |= {"containers": containers, "readers": readers}
        self.act(self.model.register(who, name, paper), "document.register", f"document/{name}", who, body)
        if name in self.model.papers:
            self.reads("document", name)

    @rule(by=some(["registrar", "registrar", "beibu-line"]), last=st.integers(0, 2), reason=reasons)
    def revoke(self, by: str, last: int, reason: str) -> None:
        for name in [*self.model.papers][-1 - last : len(self.model.papers) - last]:
            who = self.model.papers[name].registrar if by == "registrar" else by
            for _ in range(2):
                expected = self.model.revoke(who, name, reason)
                self.act(expected, "document.revoke", f"document/{name}", who, {"reason": reason})
            self.reads("document", name)

    @precondition(lambda self: self.made % 5 == 3)
    @rule(who=some(["beibu-line", "chongqing-parts"]))
    def a_suspended_organisation_registers_nothing(self, who: str) -> None:
        self.stands(who, False)
        self.registers(who, bills=(ONE,))
        for name in [*self.model.papers][:1]:
            expected = self.model.revoke(who, name, "other")
            self.act(expected, "document.revoke", f"document/{name}", who, {"reason": "other"})
        self.stands(who, True)

    def stands(self, organisation: str, active: bool) -> None:
        state = OrganisationState.ACTIVE if active else OrganisationState.SUSPENDED
        self.world.change(f"organisation/{organisation}", state=state)
        (self.model.suspended.discard if active else self.model.suspended.add)(organisation)

    # ----- what changes who reads ----------------------------------------------------

    @rule(bill=some([ONE, TWO]), to=traders, answer=some(["accept", "accept", "reject", "cancel", None]))
    def transfer(self, bill: str, to: str, answer: str | None) -> None:
        found, key = self.model.bills[bill], f"bill/{bill}"
        if found.offered is None and to != found.possessor:
            offer = {"to": to, "expires_ms": self.world.now + DAY_MS}
            self.world.do("bill.transfer", key, found.possessor, offer)
            found.offered = to
            self.reads("bill", bill)
            self.registers(to, bills=(bill,))
            self.registers(to, containers=(SECOND,))
        if found.offered is None or answer is None:
            return
        if answer == "cancel":
            self.world.do("bill.cancel", key, found.possessor)
        else:
            body = {"contents": CONTENTS} if answer == "accept" else {"reason": "other"}
            self.world.do(f"bill.{answer}", key, found.offered, body)
            found.possessor = found.offered if answer == "accept" else found.possessor
        found.offered = None
        self.reads("bill", bill)

    @rule(
        bill=some([ONE, TWO]),
        kind=some(["import", "export", "transit"]),
        office=some(["haiphong-customs", "qinzhou-customs"]),
        agent=st.booleans(),
    )
    def declare(self, bill: str, kind: str, office: str, agent: bool) -> None:
        if len(self.model.declarations) == 4:
            return
        name, who = self.fresh("declaration"), "chongqing-parts"
        more = {"destination": "phnom-penh-customs"} if kind == "transit" else {}
        body = {**LODGE, "type": kind, "office": office, "bills": [bill], **more}
        broker = "red-river-brokers" if agent else None
        if broker:
            self.grants(who, broker, "clearance.lodge", (bill,), 0)
        self.world.do("clearance.lodge", f"declaration/{name}", broker or who, body, principal=broker and who)
        self.model.declarations[name] = Declaration(who, broker, (office, *more.values()), (bill,))
        self.world.do("clearance.accept", f"declaration/{name}", office)
        self.reads("declaration", name)
        self.reads("bill", bill)

    @rule(number=st.integers(0, 3), lift=st.booleans())
    def hold(self, number: int, lift: bool) -> None:
        """An agency reads while its hold is open."""
        for name in [*self.model.declarations][number : number + 1]:
            found, key, hold = self.model.declarations[name], f"declaration/{name}", {"hold": "plants"}
            if found.offices[0] != "haiphong-customs":
                return
            if lift and found.holds:
                self.world.do("clearance.lift", key, "vn-plant-health", hold)
                found.holds.clear()
            elif not found.holds:
                self.world.do("clearance.hold", key, "vn-plant-health", {**hold, "reason": "phytosanitary"})
                found.holds.append("vn-plant-health")
            self.reads("declaration", name)

    @rule(
        principal=some(["chongqing-parts", "haiphong-motors", "guangxi-bank"]),
        act=some(["bill.transfer", "clearance.answer", "document.register"]),
        bills=lists(ONE, TWO),
        days=st.integers(0, 1),
    )
    def grant(self, principal: str, act: str, bills: tuple[str, ...], days: int) -> None:
        if sum(one.principal == principal for one in self.model.powers if self.world.now <= one.until) < 7:
            self.grants(principal, "corridor-forwarding", act, bills, days)

    def grants(self, principal: str, agent: str, act: str, bills: tuple[str, ...], days: int) -> None:
        until = self.world.now + days * DAY_MS + 1
        power = {"acts": [act], "bills": bills, "until_ms": until}
        self.world.do("mandate.grant", f"mandate/{principal}/{agent}", principal, {"power": power})
        self.model.powers.append(Power(principal, agent, act, bills, until))

    @rule(principal=some(["chongqing-parts", "haiphong-motors"]))
    def end(self, principal: str) -> None:
        pair = (principal, "corridor-forwarding")
        if any((one.principal, one.agent) == pair for one in self.model.powers):
            key = "mandate/" + "/".join(pair)
            if self.world.record(key).state.value == "active":
                self.world.do("mandate.revoke", key, principal)
            self.model.powers = [one for one in self.model.powers if (one.principal, one.agent) != pair]

    @rule(time=some([1, 2, DAY_MS // 2]))
    def time_passes(self, time: int) -> None:
        """Seldom a day in all: an offer that ran out stands until somebody answers it."""
        if all(one.offered is None for one in self.model.bills.values()):
            self.world.now += time
            self.model.now += time

    # ----- who reads -----------------------------------------------------------------

    def reads(self, kind: str, name: str) -> None:
        key = f"{kind}/{name}"
        data = self.world.state[key]
        now = self.world.now
        found = {who for who in EVERYBODY if may_read(who, key, data, self.world, now)}
        assert found == {who for who in EVERYBODY if self.model.may_read(who, name)}, (kind, name)

    @rule(number=st.integers(0, 9))
    def somebody_asks(self, number: int) -> None:
        known = [("bill", one) for one in self.model.bills]
        known += [("declaration", one) for one in self.model.declarations]
        known += [("document", one) for one in self.model.papers]
        self.reads(*known[number % len(known)])

    @invariant()
    def the_records_say_what_the_model_says(self) -> None:
        for name, paper in self.model.papers.items():
            found = self.world.record(f"document/{name}")
            state = "registered" if paper.revoked is None else "revoked"
            assert (found.state.value, found.reason) == (state, paper.revoked)
            assert found.organisation == paper.registrar
            assert (found.bills, found.readers) == (paper.bills, paper.readers)


TestDocumentMachine = DocumentMachine.TestCase
TestDocumentMachine.settings = settings(max_examples=50, stateful_step_count=30, deadline=None)
