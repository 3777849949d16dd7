"""A declaration's life walked at random against a slow model that shares no code with the contract.

The model is a handful of plain values and a page of `if`s, written from the published status models
and the customs code. After every act, accepted or refused, the record must say what the model says:
a refusal leaves no trace, a hold goes only with its owner, nothing is released under a hold, query,
control or request, time alone makes a declaration expire, and nothing ever leaves a final state.
"""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from contracts.clearance.vocabulary import RequestKind, RequestState
from contracts.execution import Accepted
from contracts.model import Direction
from contracts.movement.model import Departure
from tests.contracts.world import BILL, CONTAINER, DAY_MS, DECLARATION, World, digest

OFFICE, DECLARANT, AGENCY = "haiphong-customs", "red-river-brokers", "vn-plant-health"
EXIT_OFFICE = "phnom-penh-customs"
PEOPLE = (OFFICE, DECLARANT, AGENCY, EXIT_OFFICE, "kh-plant-health", "haiphong-motors")
ENDS = ("exited", "rejected", "invalidated", "expired")

people = st.sampled_from(PEOPLE)


def mostly(*right: str) -> st.SearchStrategy[str]:
    """The right one twice as often as any one, or walks would end at the first closed door."""
    return st.sampled_from([*right * (12 // len(right)), *PEOPLE])


office, declarant = mostly(OFFICE), mostly(DECLARANT)
seldom = st.sampled_from([False] * 14 + [True])
names = st.sampled_from(["one", "two"])
kinds = st.sampled_from(["documents", "physical"])


class ClearanceMachine(RuleBasedStateMachine):
    @initialize(export=st.booleans(), ahead=st.booleans(), elsewhere=st.booleans(), far=st.integers(0, 3))
    def start(self, export: bool, ahead: bool, elsewhere: bool, far: int) -> None:
        self.world = World().issue()
        self.export, self.ahead, self.left = export, ahead, False
        self.exit_office = EXIT_OFFICE if export and elsewhere else OFFICE
        fields: dict[str, Any] = {"type": "export" if export else "import", "ahead": ahead}
        if export and elsewhere:
            fields["exit_office"] = EXIT_OFFICE
        self.world.lodge(**fields)
        self.lodged_at, self.released_at = self.world.now, 0
        self.phase, self.numbered, self.lane, self.texts = "prelodged", False, "", 0
        self.holds: dict[str, str] = {}
        self.queries: dict[str, bool] = {}
        self.open_controls: list[str] = []
        self.closed_controls: list[str] = []
        self.asked: list[list[str]] = []
        self.told = 0
        for step in (self.accept, self.release, self.clear)[: 0 if ahead else far]:
            step(OFFICE)

    def act(self, name: str, who: str, body: dict[str, Any], expected: bool) -> bool:
        before = dict(self.world.state)
        outcome = self.world.try_(f"clearance.{name}", DECLARATION, who, body)
        assert isinstance(outcome, Accepted) == expected, (name, who, body, outcome)
        if not expected:
            assert self.world.state == before
        return expected

    def waiting(self) -> bool:
        return any(not answered for answered in self.queries.values())

    def overdue(self) -> bool:
        return self.ahead and self.world.now > self.lodged_at + 30 * DAY_MS

    def pending(self) -> bool:
        """Whether customs owe an answer, or what they granted."""
        return any(state in ("open", "granted") for _, state in self.asked)

    def granted(self, kind: str) -> bool:
        return [kind, "granted"] in self.asked

    def done(self, kind: str) -> None:
        self.asked = [[k, "done"] if [k, s] == [kind, "granted"] else [k, s] for k, s in self.asked]

    @rule(hours=st.sampled_from([1, 1, 1, 24, 24 * 31, 24 * 151]))
    def time_passes(self, hours: int) -> None:
        self.world.now += hours * 3_600_000

    @rule(sure=seldom)
    def the_goods_leave(self, sure: bool) -> None:
        if not sure and self.phase not in ("released", "cleared"):
            return
        direction = Direction.EXPORT if self.export else Direction.IMPORT
        gone = Departure(direction=direction, facility="VNHPH", event_ms=1)
        self.world.change(CONTAINER, departures=(gone,))
        self.left = True

    @rule(who=office)
    def register(self, who: str) -> None:
        fine = who == OFFICE and self.phase == "prelodged" and not self.numbered and not self.overdue()
        if self.act("register", who, {"reference": digest("MRN")}, fine):
            self.numbered = True

    @rule(who=declarant)
    def present(self, who: str) -> None:
        fine = who == DECLARANT and self.phase == "prelodged" and self.ahead and not self.overdue()
        if self.act("present", who, {}, fine):
            self.ahead = False

    @rule(who=office, number=st.booleans())
    def accept(self, who: str, number: bool = False) -> None:
        fine = who == OFFICE and self.phase == "prelodged" and not self.ahead
        body = {"reference": digest("MRN")} if number else {}
        if self.act("accept", who, body, fine and not (number and self.numbered)):
            self.phase, self.numbered = "accepted", self.numbered or number

    @rule(who=office, sure=seldom)
    def reject(self, who: str, sure: bool) -> None:
        if sure:
            fine = who == OFFICE and self.phase == "prelodged"
            if self.act("reject", who, {"errors": [{"code": "CDS12016"}]}, fine):
                self.phase = "rejected"

    @rule(who=office, lane=st.sampled_from(["green", "blue", "yellow", "red"]), chosen=st.booleans())
    def route(self, who: str, lane: str, chosen: bool) -> None:
        fine = who == OFFICE and self.phase == "accepted" and lane != self.lane
        fine = fine and not (chosen and self.lane)
        if self.act("route", who, {"lane": lane, "reason": "selectivity" if chosen else "officer"}, fine):
            self.lane = lane

    @rule(who=office, kind=kinds)
    def control(self, who: str, kind: str) -> None:
        fine = who == OFFICE and self.phase == "accepted" and not self.waiting()
        fine = fine and kind not in self.open_controls and len(self.closed_controls) < 15
        if len(self.closed_controls) < 15 and self.act("control", who, {"control": kind}, fine):
            self.open_controls.append(kind)

    @rule(who=office, kind=kinds)
    def conclude(self, who: str, kind: str) -> None:
        fine = (
            who == OFFICE and self.phase == "accepted" and not self.waiting() and kind in self.open_controls
        )
        if self.act("conclude", who, {"control": kind, "result": "satisfactory"}, fine):
            self.open_controls.remove(kind)
            self.closed_controls.append(kind)

    @rule(who=office, name=names)
    def query(self, who: str, name: str) -> None:
        fine = who == OFFICE and self.phase == "accepted" and name not in self.queries
        if self.act("query", who, {"query": name, "question": digest(name)}, fine):
            self.queries[name] = False

    @rule(who=declarant, name=names)
    def answer(self, who: str, name: str) -> None:
        fine = who == DECLARANT and self.phase == "accepted" and self.queries.get(name) is False
        if self.act("answer", who, {"query": name, "answer": digest(name)}, fine):
            self.queries[name] = True

    @rule(who=mostly(OFFICE, AGENCY), name=names)
    def hold(self, who: str, name: str) -> None:
        authority = who in (OFFICE, AGENCY, self.exit_office)
        authority = authority or (who == "kh-plant-health" and self.exit_office == EXIT_OFFICE)
        fine = authority and self.phase in ("prelodged", "accepted", "released", "cleared")
        fine = fine and not self.left and name not in self.holds
        if self.act("hold", who, {"hold": name, "reason": "quarantine"}, fine):
            self.holds[name] = who

    @rule(who=mostly(OFFICE, AGENCY), name=names)
    def lift(self, who: str, name: str) -> None:
        if self.act("lift", who, {"hold": name}, self.holds.get(name) == who):
            del self.holds[name]

    @rule(who=declarant, kind=st.sampled_from(list(RequestKind)))
    def request(self, who: str, kind: RequestKind) -> None:
        if len(self.asked) > 15:
            return
        fine = who == DECLARANT and self.phase in ("prelodged", "accepted", "released", "cleared")
        body = {"request": f"r{len(self.asked)}", "kind": kind.value, "ground": "other"}
        if kind is RequestKind.AMENDMENT:
            body["contents"] = digest(f"text {len(self.asked)}")
        if self.act("request", who, body, fine and not self.pending()):
            self.asked.append([kind.value, "open"])

    @rule(who=office, outcome=st.sampled_from(["granted", "denied", "rejected"]))
    def decide(self, who: str, outcome: str) -> None:
        number = max(len(self.asked) - 1, 0)
        fine = who == OFFICE and self.phase in ("prelodged", "accepted", "released", "cleared")
        fine = fine and bool(self.asked) and self.asked[-1][1] == "open"
        if fine and self.asked[-1][0] == "cancellation" and outcome == "granted":
            fine = "physical" not in self.open_controls
        body = {"request": f"r{number}", "outcome": outcome}
        if self.act("decide", who, body if outcome == "granted" else {**body, "ground": "other"}, fine):
            self.asked[-1][1] = outcome

    @rule(who=office, wished=st.booleans())
    def amend(self, who: str, wished: bool) -> None:
        if self.texts > 30:
            return
        number = max(len(self.asked) - 1, 0)
        fine = who == OFFICE and self.phase in ("prelodged", "accepted", "released", "cleared")
        if wished:
            fine = fine and self.granted("amendment")
            body = {"ground": "requested", "request": f"r{number}", "contents": digest(f"text {number}")}
        else:
            fine = fine and self.phase == "accepted"
            body = {"ground": "control_finding", "contents": digest(f"own {self.texts}")}
        if self.act("amend", who, body, fine):
            self.texts += 1
            if wished:
                self.done("amendment")

    @rule(who=office)
    def assess(self, who: str) -> None:
        fine = who == OFFICE and self.phase not in ENDS
        if self.told < 40 and self.act("assess", who, {"notice": "debt", "assessment": digest("x")}, fine):
            self.told += 1

    @rule(who=office)
    def release(self, who: str) -> None:
        fine = who == OFFICE and self.phase == "accepted" and not self.holds and not self.waiting()
        fine = fine and not self.open_controls and not self.pending()
        if self.lane == "red":
            fine = fine and "physical" in self.closed_controls
        if self.lane == "yellow":
            fine = fine and bool(self.closed_controls)
        if self.act("release", who, {}, fine):
            self.phase, self.released_at = "released", self.world.now

    @rule(who=office)
    def withdraw(self, who: str) -> None:
        fine = who == OFFICE and self.phase in ("released", "cleared") and not self.left
        if self.act("withdraw", who, {"reason": "mistake"}, fine):
            self.phase = "accepted"

    @rule(who=office)
    def clear(self, who: str) -> None:
        fine = who == OFFICE and self.phase == "released" and not self.holds and not self.pending()
        if self.act("clear", who, {}, fine):
            self.phase = "cleared"

    @rule(who=mostly(OFFICE, EXIT_OFFICE))
    def leave_the_territory(self, who: str) -> None:
        fine = self.export and who == self.exit_office and self.phase in ("released", "cleared")
        if self.act("exit", who, {}, fine and not self.holds):
            self.phase = "exited"

    @rule(who=office, sure=seldom)
    def refuse(self, who: str, sure: bool) -> None:
        if sure:
            fine = who == OFFICE and self.phase in ("prelodged", "accepted")
            if self.act("refuse", who, {"reason": "other"}, fine):
                self.phase = "refused"

    @rule(who=office, sure=seldom)
    def invalidate(self, who: str, sure: bool) -> None:
        if not sure and not self.granted("cancellation"):
            return
        after = self.phase in ("released", "cleared")
        fine = who == OFFICE and not self.holds and "physical" not in self.open_controls
        fine = fine and (self.phase in ("prelodged", "accepted", "refused") or after)
        if after:
            fine = fine and self.granted("cancellation") and not self.left
        if self.act("invalidate", who, {"reason": "other"}, fine):
            self.phase = "invalidated"
            self.done("cancellation")

    @rule(who=office)
    def expire(self, who: str) -> None:
        never_left = self.export and self.phase in ("released", "cleared") and not self.left
        never_left = never_left and self.world.now > self.released_at + 150 * DAY_MS
        fine = who in (OFFICE, DECLARANT) and ((self.phase == "prelodged" and self.overdue()) or never_left)
        if self.act("expire", who, {}, fine):
            self.phase = "expired"

    def state(self) -> str:
        """What the record must say of the phase."""
        if self.phase != "accepted":
            return self.phase
        if self.waiting():
            return "queried"
        for kind, state in (("physical", "under_physical_control"), ("documents", "under_document_control")):
            if kind in self.open_controls:
                return state
        return "accepted"

    @invariant()
    def record_agrees(self) -> None:
        record = self.world.record(DECLARATION)
        assert record.state.value == self.state()
        assert {hold.id: hold.authority for hold in record.holds} == self.holds
        assert {query.id: query.answer is not None for query in record.queries} == self.queries
        assert [[r.kind.value, r.state.value] for r in record.requests] == self.asked
        assert len(record.notices) == self.told
        assert len(record.earlier) == self.texts
        assert record.version == len([s for s, _ in self.world.history if s.subject == DECLARATION])
        assert record.bills == (BILL.partition("/")[2],)

    @invariant()
    def no_goods_are_free_that_should_not_be(self) -> None:
        """What the gate asks of the record, restated: free means released, and no one's hold is forgotten."""
        record = self.world.record(DECLARATION)
        if record.state.value in ("released", "cleared", "exited"):
            assert self.released_at
            assert not self.waiting()
            assert not self.open_controls
        if record.state.value == "exited":
            assert not record.holds
        open_requests = [r for r in record.requests if r.state is RequestState.OPEN]
        assert len(open_requests) <= 1


TestClearanceMachine = ClearanceMachine.TestCase
TestClearanceMachine.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
