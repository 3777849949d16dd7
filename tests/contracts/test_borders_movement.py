"""Movement at its edges: how far clocks may differ, which departures count, who has to be a party.

What mutation testing found that no other test held.
"""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from contracts.actions import allowed_actions
from contracts.context import View
from contracts.execution import Accepted
from contracts.membership.model import Role
from contracts.model import Direction
from contracts.movement.journey import START, after, warnings_of
from contracts.movement.model import MAX_EXPECTED, Event, Position
from contracts.movement.rules import likely_departures
from contracts.movement.vocabulary import ContainerState, EventType, MovementWarning, Purpose
from contracts.table import Call
from tests.contracts.test_guards import GOOD, prepared
from tests.contracts.test_movement import NEW
from tests.contracts.test_movement_shares import LINE, PORT, TERMINAL, expect, place, said
from tests.contracts.world import BILL, CONTAINER, DAY_MS, MASS, ORGANISATIONS, World, digest


def event(kind: EventType, facility: str, at_ms: int = 1, *, direction: Direction | None = None) -> Event:
    return Event(
        version=2,
        event=kind,
        facility=facility,
        event_ms=at_ms,
        organisation="somebody",
        direction=direction,
    )


class TestJourney:
    @pytest.mark.parametrize(
        ("direction", "facility", "kept"),
        [
            ("import", "VNSGN", False),
            ("import", "CNQZH", True),
            ("export", "VNSGN", True),
            ("export", "CNQZH", True),
        ],
    )
    def test_the_latest_departure_of_each_direction_and_country_counts(
        self, direction: str, facility: str, kept: bool
    ) -> None:
        first = after(START, event(EventType.GATE_OUT, "VNHPH", 1, direction=Direction.IMPORT))
        second = after(first, event(EventType.GATE_OUT, facility, 2, direction=Direction(direction)))
        old, new = ("import", "VNHPH", 1), (direction, facility, 2)
        found = [(one.direction.value, one.facility, one.event_ms) for one in second.departures]
        assert found == ([old, new] if kept else [new])

    @pytest.mark.parametrize(
        ("kind", "facility", "left"),
        [
            (EventType.INSPECTION, "VNHPH", ("KH", "VN")),
            (EventType.CUSTOMS_RELEASE, "VNSGN", ("KH",)),
            (EventType.CUSTOMS_RELEASE, "CNQZH", ("KH", "VN")),
            (EventType.CUSTOMS_SCAN, "VNHPH", ("KH", "VN")),
            (EventType.CUSTOMS_SCAN, "CNQZH", ("KH", "VN", "CN")),
        ],
    )
    def test_a_selection_ends_with_the_release_by_customs_of_the_same_country(
        self, kind: EventType, facility: str, left: tuple[str, ...]
    ) -> None:
        stopped = Position(state=ContainerState.IN_FACILITY, selected=("KH", "VN"))
        assert after(stopped, event(kind, facility)).selected == left

    @pytest.mark.parametrize(
        ("laden", "purpose", "odd"),
        [
            (False, None, False),
            (True, None, False),
            (False, Purpose.EMPTY, False),
            (True, Purpose.EMPTY, True),
            (False, Purpose.EXPORT, True),
            (True, Purpose.EXPORT, False),
            (None, Purpose.EXPORT, False),
            (None, Purpose.EMPTY, False),
        ],
    )
    def test_only_an_event_that_says_what_it_is_for_contradicts_what_was_in_the_box(
        self, laden: bool | None, purpose: Purpose | None, odd: bool
    ) -> None:
        stands = Position(state=ContainerState.IN_FACILITY, laden=laden)
        found = warnings_of(stands, EventType.GATE_OUT, purpose=purpose, seal=None, found=None)
        assert found == ((MovementWarning.FILL_CHANGED,) if odd else ())

    @pytest.mark.parametrize(
        ("kind", "purpose", "left"),
        [
            (EventType.GATE_IN, Purpose.EXPORT, "VN"),
            (EventType.DROP_OFF, Purpose.EXPORT, "VN"),
            (EventType.GATE_IN, Purpose.TRANSIT, None),
            (EventType.DISCHARGE, None, "CN"),
            (EventType.RAIL_ARRIVAL, None, "CN"),
            (EventType.GATE_OUT, Purpose.TRANSIT, "CN"),
            (EventType.GATE_OUT, Purpose.EXPORT, "CN"),
            (EventType.INSPECTION, None, "CN"),
        ],
    )
    def test_what_a_box_is_to_leave_a_country_for_is_said_where_it_comes_in(
        self, kind: EventType, purpose: Purpose | None, left: str | None
    ) -> None:
        stands = Position(state=ContainerState.ON_ROAD, export_from="CN")
        assert after(stands, replace(event(kind, "VNHPH"), purpose=purpose)).export_from == left


class TestClocks:
    """An honest clock may differ from block time by the precision, and no further."""

    def recorded(self, world: World, ms: int) -> bool:
        body = {**world.event("inspection", "VNHPH"), "event_ms": world.now + ms}
        outcome = world.try_("movement.record", CONTAINER, TERMINAL, body)
        assert isinstance(outcome, Accepted) or outcome.field == "body.event_ms"
        return isinstance(outcome, Accepted)

    @pytest.mark.parametrize("beyond", [False, True])
    def test_an_event_has_happened(self, beyond: bool) -> None:
        world = World().issue().arrived()
        assert self.recorded(world, world.context.parameters.precision_ms + beyond) != beyond

    @pytest.mark.parametrize("beyond", [False, True])
    def test_it_is_not_before_the_last_one(self, beyond: bool) -> None:
        world = World().issue().arrived().move(TERMINAL, "inspection", "VNHPH")
        assert self.recorded(world, -world.context.parameters.precision_ms - beyond) != beyond

    @pytest.mark.parametrize("beyond", [False, True])
    def test_what_is_expected_lies_ahead(self, beyond: bool) -> None:
        world = World().issue()
        ms = world.now - world.context.parameters.precision_ms - beyond
        body = {"event": "discharge", "classifier": "planned", "facility": "VNHPH", "event_ms": ms}
        outcome = world.try_("movement.expect", CONTAINER, LINE, body)
        assert outcome.code == "movement.in-past" if beyond else isinstance(outcome, Accepted)

    def test_what_is_expected_for_this_very_moment_is_not_overdue(self) -> None:
        world = World().issue()
        for number in range(MAX_EXPECTED):
            expect(world, PORT, number, days=3 if number != 7 else 1)
        world.now += DAY_MS
        expect(world, PORT, 20)
        assert (PORT, place(7)) in said(world)
        assert (PORT, place(0)) not in said(world)


LOADERS = ("beibu-line", "corridor-forwarding", "haiphong-terminal", "beibu-port", "corridor-rail")
"""A carrier, a forwarder, a terminal, a port authority and a railway: who makes containers leave."""

HANDLERS = (*LOADERS, "haiphong-customs", "vn-plant-health", "chongqing-parts")
"""The same, and who looks into them, packs them or seals them; neither banks, brokers nor auditors do."""


class TestRecorder:
    @pytest.mark.parametrize("who", sorted(ORGANISATIONS))
    @pytest.mark.parametrize(
        ("act", "handlers"),
        [
            ("movement.record", HANDLERS),
            ("movement.expect", HANDLERS),
            ("movement.correct", HANDLERS),
            ("movement.withdraw", HANDLERS),
            ("movement.breach", LOADERS),
        ],
    )
    def test_who_handles_containers_tells_of_them_and_who_moves_them_of_breaches(
        self, act: str, handlers: tuple[str, ...], who: str
    ) -> None:
        world, good = prepared(act), GOOD[act]
        outcome = world.try_(act, good.subject, who, good.body(world))
        kinds = {ORGANISATIONS[name][0] for name in handlers}
        assert (getattr(outcome, "code", "") != "actor.role") == (ORGANISATIONS[who][0] in kinds)

    def test_a_forwarder_that_runs_a_terminal_need_not_be_a_party(self) -> None:
        world = World().issue(place_of_delivery="VNHAN").arrived()
        pick_up = world.event("pick_up", "VNHPH", "transit")
        who = "corridor-forwarding"
        assert world.refuse("movement.record", CONTAINER, who, pick_up).code == "movement.not-party"
        world.change(f"organisation/{who}", roles=(Role.FORWARDER, Role.TERMINAL))
        world.do("movement.record", CONTAINER, who, pick_up)

    def test_nobody_is_a_party_to_what_nobody_described(self) -> None:
        world = World()
        stuffing = world.event("stuffing", "CNCKG")
        refusal = world.refuse("movement.record", CONTAINER, "chongqing-parts", stuffing)
        assert (refusal.code, refusal.field) == ("movement.not-party", "issuer")
        world.do("movement.record", CONTAINER, "chongqing-parts", {**stuffing, "container": NEW})

    def test_who_puts_a_seal_on_names_it(self) -> None:
        world = World().issue().arrived()
        refusal = world.refuse("movement.record", CONTAINER, TERMINAL, world.event("seal", "VNHPH"))
        assert (refusal.code, refusal.field) == ("movement.seal", "body.seal")


def test_a_mass_under_one_of_several_bills_is_that_of_the_container() -> None:
    world = World().issue("bill/" + digest("bill 2")).issue()
    mass = {"type": "verified_gross_mass", "contents": digest("mass"), "bills": [BILL.partition("/")[2]]}
    world.do("document.register", MASS, "chongqing-parts", mass)
    body = {"document": MASS.partition("/")[2], "method": "SM1"}
    world.do("movement.verify_mass", CONTAINER, "chongqing-parts", body)


@pytest.mark.parametrize("who", ["chongqing-parts", "qinzhou-terminal", "beibu-port"])
def test_shippers_weigh_and_so_do_terminals_and_ports_for_them(who: str) -> None:
    world = World().issue().move("qinzhou-terminal", "gate_in", "CNQZH", "export")
    world.move("beibu-port", "inspection", "CNQZH").weigh(who)
    assert world.record(CONTAINER).verified_mass.document == MASS.partition("/")[2]


class TestLikely:
    """What is wanted next of a container: that it leaves where it is, as import or on a vessel."""

    def offered(self, world: World, who: str) -> dict[str, Any]:
        record = world.record(CONTAINER)
        call = Call("movement.record", CONTAINER, world.actor(who), record, None, View(world), world.context)
        return {
            words: (body.event.value, body.facility, body.purpose) for words, body in likely_departures(call)
        }

    def inland(self, *names: str) -> dict[str, Any]:
        return {f"{name} at VNHPH for import": (name, "VNHPH", Purpose.IMPORT) for name in names}

    @pytest.mark.parametrize(
        ("who", "names", "loads"),
        [
            (TERMINAL, ("pick_up", "gate_out", "rail_departure", "barge_departure"), True),
            (LINE, ("pick_up", "barge_departure"), True),
            ("corridor-rail", ("gate_out", "rail_departure"), False),
            ("corridor-forwarding", ("pick_up",), False),
            ("haiphong-customs", (), False),
        ],
    )
    def test_from_a_facility_by_whatever_each_role_may_record(
        self, who: str, names: tuple[str, ...], loads: bool
    ) -> None:
        aboard = {"load at VNHPH": ("load", "VNHPH", None)} if loads else {}
        assert self.offered(World().issue().arrived(), who) == {**self.inland(*names), **aboard}

    @pytest.mark.parametrize(
        ("state", "names"), [("on_vessel", ()), ("on_rail", ()), ("on_road", ("pick_up",))]
    )
    def test_elsewhere_only_what_can_happen_there(self, state: str, names: tuple[str, ...]) -> None:
        assert self.offered(World().issue().at(state, "VNHPH"), TERMINAL) == self.inland(*names)

    def test_of_a_container_that_nobody_saw_nothing(self) -> None:
        assert self.offered(World().issue(), TERMINAL) == {}

    def test_loading_waits_for_the_mass_of_what_is_packed(self) -> None:
        world = World().issue().at("in_facility", "CNQZH")
        listed = allowed_actions(world, CONTAINER, "qinzhou-terminal", world.context)
        load = next(action for action in listed if action.likely == "load at CNQZH")
        assert "linkage.no-verified-mass" in [refusal.code for refusal in load.waits_for]
