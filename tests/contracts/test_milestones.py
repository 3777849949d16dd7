"""What records say has happened, after acts that the contracts accepted."""

from __future__ import annotations

import msgspec
import pytest

from contracts.milestones import Kind, milestones_of
from contracts.movement.equipment import TEU_HUNDREDTHS, length_of
from contracts.movement.model import Position
from contracts.movement.vocabulary import ContainerState
from tests.contracts.world import BILL, CONTAINER, DECLARATION, World


def told(world: World, key: str, kind: Kind) -> list[tuple[int, str]]:
    """Time and what it is counted by, in order."""
    return [(one.time_ms, one.about) for one in sorted(milestones_of(world.record(key))) if one.kind is kind]


def test_clearance_is_told_as_it_stands() -> None:
    world = World().issue().lodge().accept_declaration().hold()
    placed = world.record(DECLARATION).holds[0].placed_ms
    about = "vn-plant-health phytosanitary red-river-brokers plants"
    assert told(world, DECLARATION, Kind.HELD) == [(placed, about)]
    world.do("clearance.lift", DECLARATION, "vn-plant-health", {"hold": "plants"})
    assert milestones_of(world.record(DECLARATION)) == frozenset()
    world.release()
    assert told(world, DECLARATION, Kind.RELEASED) == [(world.record(DECLARATION).released_ms, "")]
    world.do("clearance.withdraw", DECLARATION, "haiphong-customs", {"reason": "mistake"})
    assert told(world, DECLARATION, Kind.RELEASED) == []


def test_a_refusal_keeps_its_reason_and_time_when_the_declaration_is_invalidated() -> None:
    world = World().issue().lodge().accept_declaration()
    world.do("clearance.refuse", DECLARATION, "haiphong-customs", {"reason": "health_risk"})
    refused = [
        (world.record(DECLARATION).changed_ms, "refused haiphong-customs health_risk red-river-brokers")
    ]
    assert told(world, DECLARATION, Kind.REFUSED) == refused
    world.now += 60_000
    world.do("clearance.invalidate", DECLARATION, "haiphong-customs", {"reason": "replaced"})
    assert world.record(DECLARATION).changed_ms > refused[0][0]
    assert told(world, DECLARATION, Kind.REFUSED) == refused


def test_a_rejection_is_told_by_its_first_error() -> None:
    world = World().issue().lodge()
    errors = [{"code": "CDS12077"}, {"code": "CDS40045"}]
    world.do("clearance.reject", DECLARATION, "haiphong-customs", {"errors": errors})
    (rejected,) = told(world, DECLARATION, Kind.REFUSED)
    assert rejected[1] == "rejected haiphong-customs CDS12077 red-river-brokers"


def test_legs_end_with_the_first_event_at_another_place() -> None:
    world = World().issue()
    world.move("corridor-rail", "rail_departure", "CNCKG", "transit", length="4")
    world.move("corridor-rail", "rail_arrival", "CNQZH")
    world.move("qinzhou-terminal", "rail_discharge", "CNQZH")
    world.move("qinzhou-terminal", "gate_out", "CNQZH", "transit")
    world.move("qinzhou-customs", "customs_scan", "CNNNG")
    world.move("qinzhou-terminal", "gate_in", "CNNNG", "transit")
    events = world.record(CONTAINER).events
    assert told(world, CONTAINER, Kind.CARRIED) == [
        (events[1].event_ms, "rail CNCKG CNQZH 4 beibu-line"),
        (events[-1].event_ms, "road CNQZH CNNNG 4 beibu-line"),
    ]
    arrival = {"event": events[-1].version, "reason": "did_not_happen"}
    world.do("movement.withdraw", CONTAINER, "qinzhou-terminal", arrival)
    assert [about for _, about in told(world, CONTAINER, Kind.CARRIED)] == ["rail CNCKG CNQZH 4 beibu-line"]


def test_the_last_word_on_a_length_counts_and_silence_keeps_it() -> None:
    world = World().issue().move("corridor-rail", "rail_departure", "CNCKG", "transit")
    world.move("corridor-rail", "rail_arrival", "CNQZH")
    assert [about.split(" ")[3] for _, about in told(world, CONTAINER, Kind.CARRIED)] == ["-"]
    world.move("qinzhou-terminal", "rail_discharge", "CNQZH", length="2")
    world.move("qinzhou-terminal", "inspection", "CNQZH")
    assert [about.split(" ")[3] for _, about in told(world, CONTAINER, Kind.CARRIED)] == ["2"]


def test_the_carriers_acceptance_of_a_surrender_has_its_time() -> None:
    world = World().issue().surrender()
    assert world.record(BILL).surrender.accepted_ms is None
    world.do("bill.accept_surrender", BILL, "beibu-line")
    assert world.record(BILL).surrender.accepted_ms == world.record(BILL).changed_ms


@pytest.mark.parametrize(
    ("code", "length", "hundredths"),
    [("22G1", "2", 100), ("45R1", "4", 200), ("L5G1", "L", 225), ("12G0", "1", 50), ("b2u1", "B", 150)],
)
def test_size_codes_become_teu(code: str, length: str, hundredths: int) -> None:
    assert length_of(code) == length
    assert TEU_HUNDREDTHS[length] == hundredths


@pytest.mark.parametrize("code", ["", "22", "22G", "22G11", "52G1", "J2G1", "22g1\n", "22-1", "2²G1"])
def test_what_is_no_size_code(code: str) -> None:
    assert length_of(code) is None


@pytest.mark.parametrize(
    ("state", "mode"),
    [
        ("on_vessel", "sea"),
        ("at_sea", "sea"),
        ("on_rail", "rail"),
        ("on_barge", "barge"),
        ("on_road", "road"),
    ],
)
def test_a_leg_is_counted_by_how_the_container_travelled(state: str, mode: str) -> None:
    world = World().issue()
    world.move("qinzhou-terminal", "gate_in", "CNQZH", "export")
    box = world.record(CONTAINER)
    there = msgspec.structs.replace(box.events[0], facility="VNHPH")
    moved = msgspec.structs.replace(
        box, base=Position(state=ContainerState(state), facility="CNQZH"), events=(there,)
    )
    (leg,) = [one for one in milestones_of(moved) if one.kind is Kind.CARRIED]
    assert mode in leg.about.split()
