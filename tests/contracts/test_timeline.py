"""Timelines from the acts alone: how what was said later changes what was said before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import msgspec
import pytest

from contracts.catalogue import ACTS, KIND_OF, decode_record
from contracts.execution import Accepted
from contracts.timeline import DOCUMENT_EVENTS, Moment, Told, timeline
from tests.contracts.world import BILL, CONTAINER, DAY_MS, DECLARATION, World, digest

HOUR_MS = 3_600_000
NEW_BILL = "bill/" + digest("bill 2")


class Recorder(World):
    """A world that remembers what a node keeps of each act."""

    def run(self, statement: object) -> object:  # type: ignore[override]
        outcome = super().run(statement)  # type: ignore[arg-type]
        if isinstance(outcome, Accepted):
            payload = statement.payload  # type: ignore[attr-defined]
            for key, value in outcome.writes:
                record = decode_record(key, value)
                told = Told(
                    key=key,
                    subject=statement.subject,  # type: ignore[attr-defined]
                    version=record.version,
                    time_ms=record.changed_ms,
                    issuer=record.changed_by,
                    act=payload.type,
                    body=msgspec.json.decode(payload.body),
                    id=f"{key}#{record.version}",
                    record=record,
                )
                self.kept.setdefault(key, []).append(told)
        return outcome

    @property
    def kept(self) -> dict[str, list[Told]]:
        found: dict[str, list[Told]] = self.__dict__.setdefault("_kept", {})
        return found

    def told(self, *keys: str) -> Iterator[Told]:
        for key in keys:
            yield from self.kept.get(key, ())


def arrived() -> Recorder:
    """Planned twice and estimated once for Hai Phong, and there."""
    world = Recorder()
    world.issue()
    world.at("at_sea", "CNQZH")
    for classifier, hours in (("planned", 2), ("estimated", 4), ("planned", 3)):
        body = {"event": "vessel_arrival", "classifier": classifier, "facility": "VNHPH"}
        body = {**body, "event_ms": world.now + hours * HOUR_MS}
        world.do("movement.expect", CONTAINER, "beibu-line", body)
    world.now += 5 * HOUR_MS
    world.move("beibu-line", "vessel_arrival", "VNHPH")
    return world


def moments(world: Recorder, *keys: str) -> tuple[Moment, ...]:
    return timeline(world.told(*(keys or (CONTAINER,))))


def test_an_actual_event_is_held_against_the_newest_plan_and_estimate() -> None:
    world = arrived()
    found = moments(world)
    assert [(m.classifier.value, m.standing.value) for m in found] == [
        ("planned", "replaced"),
        ("planned", "met"),
        ("estimated", "met"),
        ("actual", "stands"),
    ]
    actual = found[-1]
    assert actual.planned_ms == actual.event_ms - 2 * HOUR_MS
    assert actual.estimated_ms == actual.event_ms - HOUR_MS
    assert (actual.type.value, actual.code, actual.mode, actual.issuer) == (
        "TRANSPORT",
        "ARRI",
        "VESSEL",
        "beibu-line/chief",
    )


def test_elsewhere_is_another_expectation() -> None:
    world = arrived()
    world.change(CONTAINER, state="at_sea")
    world.kept.clear()
    body = {"event": "vessel_arrival", "classifier": "planned", "facility": "VNSGN"}
    world.do("movement.expect", CONTAINER, "beibu-line", {**body, "event_ms": world.now + DAY_MS})
    world.move("beibu-line", "vessel_arrival", "VNHPH")
    actual, planned = moments(world)
    assert (actual.planned_ms, planned.standing.value) == (None, "stands")


def test_each_correction_is_kept_and_a_withdrawal_too() -> None:
    world = arrived()
    version = world.record(CONTAINER).events[-1].version
    first_ms = world.now
    for minutes in (2, 1):
        body = {"event": version, "event_ms": first_ms - minutes * 60_000, "reason": "clock"}
        world.do("movement.correct", CONTAINER, "beibu-line", body)
    world.do("movement.withdraw", CONTAINER, "beibu-line", {"event": version, "reason": "other_container"})
    moment = next(m for m in moments(world) if m.version == version)
    assert (moment.standing.value, moment.first_ms) == ("withdrawn", first_ms)
    assert [c.event_ms for c in moment.corrections] == [first_ms - 120_000, first_ms - 60_000, None]
    assert [c.reason for c in moment.corrections] == ["clock", "clock", "other_container"]
    assert moment.event_ms == first_ms - 60_000


def test_a_trip_goes_across_bills_and_declarations_in_its_order() -> None:
    world = Recorder()
    world.issue().arrived().lodge().accept_declaration()
    world.now += HOUR_MS
    world.hold()
    world.now += HOUR_MS
    world.do("movement.breach", CONTAINER, "haiphong-terminal", world.event("gate_out", "VNHPH", "import"))
    world.now += HOUR_MS
    world.surrender()
    found = moments(world, CONTAINER, BILL, DECLARATION)
    assert [(m.event, m.code, m.document) for m in found] == [
        ("bill.issue", "ISSU", "TRD"),
        ("clearance.lodge", "SUBM", "CUC"),
        ("clearance.accept", "CONF", "CUC"),
        ("clearance.hold", "HOLD", "CUC"),
        ("gate_out", "GTOT", ""),
        ("bill.surrender", "PENA", "TRD"),
    ]
    left = found[4]
    assert left.broke == ("linkage.not-released", "linkage.hold-open", "linkage.not-surrendered")
    assert left.laden is True


def test_an_act_is_told_once_though_it_writes_two_bills() -> None:
    """Issuing a replacement also marks the bill that was replaced."""
    world = Recorder()
    world.issue().surrendered_with({"purpose": "amendment", "reason": "SWI"})
    world.do("bill.void", BILL, "beibu-line")
    world.issue(NEW_BILL, replaces=BILL.removeprefix("bill/"))
    issued = [m for m in moments(world, BILL, NEW_BILL) if m.event == "bill.issue"]
    assert sorted(moment.key for moment in issued) == sorted((BILL, NEW_BILL))


def test_a_seal_that_differs_is_on_the_line() -> None:
    world = Recorder()
    world.issue().arrived()
    world.move("haiphong-terminal", "seal", "VNHPH", seal="a" * 64)
    world.move("haiphong-terminal", "inspection", "VNHPH", seal="b" * 64)
    assert [m.warnings for m in moments(world)] == [(), ("seal_differs",)]


def test_what_is_not_kept_any_more_is_left_out() -> None:
    world = arrived()
    told = list(world.told(CONTAINER))
    assert timeline([replace(one, body={}) for one in told]) == ()
    stray = replace(told[-1], act="movement.withdraw", body={"event": 1, "reason": "clock"})
    assert timeline([stray]) == ()


@pytest.mark.parametrize(("kind", "act"), sorted(DOCUMENT_EVENTS), ids=str)
def test_every_document_event_is_an_act_on_such_a_record(kind: str, act: str) -> None:
    assert KIND_OF[ACTS[act].record].form.startswith(f"{kind}/")
