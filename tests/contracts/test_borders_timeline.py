"""Timelines at their edges: what mutation testing found that no other test held."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec import structs

from contracts.timeline import Moment, Standing, Told, timeline
from ledger.errors import InvariantViolated
from tests.contracts.test_timeline import HOUR_MS, Recorder, arrived, moments
from tests.contracts.world import BILL, CONTAINER, DECLARATION


def lines(found: tuple[Moment, ...]) -> list[tuple[str, str, str, str]]:
    return [(one.event, one.classifier.value, one.facility, one.purpose) for one in found]


def gate_in() -> Recorder:
    world = Recorder()
    world.issue().move("qinzhou-terminal", "gate_in", "CNQZH", "export")
    return world


def test_a_line_says_what_where_what_for_when_and_by_whom() -> None:
    world = gate_in()
    (told,) = [one for one in world.told(CONTAINER) if one.act == "movement.record"]
    (line,) = moments(world)
    assert lines((line,)) == [("gate_in", "actual", "CNQZH", "export")]
    assert (line.type.value, line.code, line.mode) == ("EQUIPMENT", "GTIN", "")
    assert (line.event_ms, line.said_ms) == (told.body["event_ms"], told.time_ms)
    assert (line.key, line.version, line.id) == (CONTAINER, told.version, told.id)
    assert (line.issuer, line.standing, line.laden) == ("qinzhou-terminal/chief", Standing.STANDS, True)
    assert (line.planned_ms, line.estimated_ms, line.first_ms) == (None, None, None)
    assert (line.warnings, line.broke, line.corrections) == ((), (), ())


def test_a_line_of_a_document_says_which_act_and_when() -> None:
    world = gate_in()
    (told,) = world.told(BILL)
    (line,) = moments(world, BILL)
    assert (line.type.value, line.event, line.code, line.document) == (
        "SHIPMENT",
        "bill.issue",
        "ISSU",
        "TRD",
    )
    assert (line.classifier.value, line.event_ms, line.said_ms) == ("actual", told.time_ms, told.time_ms)
    assert (line.key, line.version, line.id, line.issuer) == (BILL, 1, told.id, "beibu-line/chief")


def test_an_act_on_another_record_is_no_line_of_this_one_and_one_whose_subject_is_lost_is() -> None:
    (told,) = gate_in().told(BILL)
    assert timeline([replace(told, subject=CONTAINER)]) == ()
    assert len(timeline([replace(told, subject="")])) == 1


def test_lines_of_one_moment_are_in_the_order_in_which_they_were_said() -> None:
    world = Recorder()
    world.issue().arrived()
    early = world.now
    world.now += HOUR_MS
    later = world.event("inspection", "VNHPH", event_ms=early)
    world.do("movement.record", CONTAINER, "haiphong-terminal", later)
    world.do("movement.record", CONTAINER, "haiphong-terminal", later)
    found = moments(world, CONTAINER, BILL)
    assert [(one.event, one.said_ms - early) for one in found] == [
        ("bill.issue", 0),
        ("inspection", HOUR_MS),
        ("inspection", HOUR_MS),
    ]
    assert found[1].version < found[2].version
    assert [one.key for one in timeline(reversed(list(world.told(BILL, DECLARATION))))] == [BILL]


def test_what_was_expected_elsewhere_or_otherwise_is_not_met_nor_replaced() -> None:
    world = Recorder()
    world.issue().at("at_sea", "CNQZH")
    for event, classifier, place in (
        ("vessel_arrival", "planned", "VNHPH"),
        ("vessel_arrival", "planned", "VNSGN"),
        ("vessel_arrival", "estimated", "VNHPH"),
        ("discharge", "planned", "VNHPH"),
    ):
        body = {"event": event, "classifier": classifier, "facility": place, "event_ms": world.now + HOUR_MS}
        world.do("movement.expect", CONTAINER, "beibu-line", body)
    assert {one.standing for one in moments(world)} == {Standing.STANDS}
    world.now += 1
    world.move("beibu-line", "vessel_arrival", "VNHPH")
    met = [one for one in moments(world) if one.standing is Standing.MET]
    assert lines(tuple(met)) == [
        ("vessel_arrival", "planned", "VNHPH", ""),
        ("vessel_arrival", "estimated", "VNHPH", ""),
    ]


def test_what_was_met_once_is_not_met_again() -> None:
    world = arrived()
    world.change(CONTAINER, state="at_sea")
    world.move("beibu-line", "vessel_arrival", "VNHPH")
    again = [one for one in moments(world) if one.classifier.value == "actual"][-1]
    assert (again.planned_ms, again.estimated_ms) == (None, None)


def test_one_event_is_corrected_and_its_neighbour_is_not() -> None:
    world = Recorder()
    world.issue().arrived()
    for _ in range(2):
        world.move("haiphong-terminal", "inspection", "VNHPH")
        world.now += HOUR_MS
    first, second = moments(world)
    body = {"event": second.version, "event_ms": second.event_ms - 1, "reason": "clock"}
    world.do("movement.correct", CONTAINER, "haiphong-terminal", body)
    (told,) = [one for one in world.told(CONTAINER) if one.act == "movement.correct"]
    assert moments(world)[0] == first
    corrected = moments(world)[1]
    assert (corrected.standing, corrected.event_ms) == (Standing.CORRECTED, second.event_ms - 1)
    (correction,) = corrected.corrections
    assert (correction.time_ms, correction.version, correction.id) == (world.now, told.version, told.id)
    assert (correction.issuer, correction.event_ms) == ("haiphong-terminal/chief", second.event_ms - 1)


def test_warnings_and_breaches_are_those_of_the_line() -> None:
    world = Recorder()
    world.issue().arrived().lodge()
    world.move("haiphong-terminal", "seal", "VNHPH", seal="a" * 64)
    world.move("haiphong-terminal", "inspection", "VNHPH", seal="b" * 64)
    world.do("movement.breach", CONTAINER, "haiphong-terminal", world.event("gate_out", "VNHPH", "import"))
    found = [one for one in moments(world) if one.event != "clearance.lodge"]
    assert [one.warnings for one in found] == [(), ("seal_differs",), ()]
    assert [bool(one.broke) for one in found] == [False, False, True]


def test_a_movement_of_what_is_no_container_is_a_defect() -> None:
    world = gate_in()
    told: Told = next(one for one in world.told(CONTAINER) if one.act == "movement.record")
    with pytest.raises(InvariantViolated, match="told of as a container"):
        timeline([replace(told, record=world.record(BILL))])


def test_a_line_broke_only_what_its_own_breach_did() -> None:
    world = Recorder()
    world.issue().arrived()
    world.do("movement.breach", CONTAINER, "haiphong-terminal", world.event("gate_out", "VNHPH", "import"))
    told = next(one for one in world.told(CONTAINER) if one.act == "movement.breach")
    (own,) = told.record.breaches  # type: ignore[attr-defined]
    later = structs.replace(own, version=own.version + 1, codes=("linkage.hold-open",))
    record = structs.replace(told.record, breaches=(own, later))
    (line,) = timeline([replace(told, record=record)])
    assert line.broke == own.codes


def test_an_act_that_moves_nothing_is_no_line() -> None:
    world = Recorder()
    world.issue().offer()
    (_, offer) = world.told(BILL)
    assert offer.body
    assert timeline([offer]) == ()


SHIPMENT_EVENTS = {
    "bill": "issue ISSU, surrender PENA, accept_surrender SURR, reject_surrender REJE, void VOID",
    "clearance": "lodge SUBM, accept CONF, reject REJE, hold HOLD, release RELS, clear CMPL, refuse REJE, "
    "invalidate CANC",
    "movement": "verify_mass SUBM",
}
"""DCSA's codes of shipment events, by contract."""

DOCUMENTS = {"bill": (BILL, "TRD"), "clearance": (DECLARATION, "CUC"), "movement": (CONTAINER, "VGM")}
"""Which record such an act is on, and DCSA's code of the document."""


@pytest.mark.parametrize(
    ("contract", "act", "code"),
    [
        (contract, *line.split())
        for contract, lines_ in SHIPMENT_EVENTS.items()
        for line in lines_.split(", ")
    ],
)
def test_acts_on_documents_have_the_codes_of_shipment_events(contract: str, act: str, code: str) -> None:
    key, document = DOCUMENTS[contract]
    (told,) = gate_in().told(BILL)
    (line,) = timeline([replace(told, key=key, subject=key, act=f"{contract}.{act}")])
    assert (line.type.value, line.code, line.document) == ("SHIPMENT", code, document)
