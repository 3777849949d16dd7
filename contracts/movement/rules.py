"""Guards and effects of movement. Which event may follow which is the table `EVENTS` in `events`."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from contracts import linkage
from contracts.checks import has_role, named
from contracts.membership.model import Role
from contracts.model import Direction, Record, country_of
from contracts.movement.events import EVENTS, Use
from contracts.movement.model import (
    MAX_BREACHES,
    Breach,
    Classifier,
    Container,
    ContainerState,
    Departure,
    Event,
    EventType,
    Purpose,
    RecordEvent,
)
from contracts.table import Call, Fault, Guard, fault
from ledger.errors import InvariantViolated

Moving = Call[Container | None, RecordEvent]


def organisations_named(body: RecordEvent) -> list[tuple[str, str | None]]:
    """The organisations that a first event names besides the operator."""
    return [] if body.container is None else [*named("body.container.parties", body.container.parties)]


def lists(body: RecordEvent) -> list[tuple[str, tuple[str, ...]]]:
    """The lists in which nothing may appear twice."""
    return [] if body.container is None else [("body.container.parties", body.container.parties)]


def is_actual(call: Moving) -> Fault | None:
    """The event has happened."""
    classifier = call.body.classifier
    return None if classifier is Classifier.ACTUAL else fault("body.classifier", classifier=classifier.value)


def purpose_fits_event(call: Moving) -> Fault | None:
    """Departures and gate moves say what for; other events do not."""
    use = EVENTS[call.body.event].purpose
    given = call.body.purpose is not None
    if (use is Use.REQUIRED and not given) or (use is Use.NONE and given):
        rule = "without a" if given else "with a"
        return fault("body.purpose", event=call.body.event.value, rule=rule)
    return None


def recorder_fits_event(call: Moving) -> Fault | None:
    """The actor has a role that handles such events."""
    roles = EVENTS[call.body.event].roles
    if any(role in call.actor.roles for role in roles):
        return None
    return fault(
        "issuer",
        event=call.body.event.value,
        roles=" or ".join(role.value for role in roles),
        organisation=call.actor.organisation,
    )


def recorder_acts_there(call: Moving) -> Fault | None:
    """An organisation with a jurisdiction records events there only."""
    jurisdiction, facility = call.actor.jurisdiction, call.body.facility
    if jurisdiction is None or jurisdiction == country_of(facility):
        return None
    return fault(
        "body.facility",
        organisation=call.actor.organisation,
        jurisdiction=jurisdiction,
        facility=facility,
    )


def first_record_names_container(call: Moving) -> Fault | None:
    """A container without a record is described."""
    return fault("body.container") if call.record is None and call.body.container is None else None


def later_record_does_not(call: Moving) -> Fault | None:
    """A container with a record is not described again."""
    known = call.record is not None and call.body.container is not None
    return fault("body.container") if known else None


def operator_is_carrier(call: Moving) -> Fault | None:
    """The operator of a new container is an active carrier."""
    new = call.body.container
    if new is None or has_role(call.view, new.operator, Role.CARRIER):
        return None
    return fault("body.container.operator", organisation=new.operator)


def is_not_in_future(call: Moving) -> Fault | None:
    """The event is dated at block time at the latest, but for the precision of honest clocks."""
    now, event_ms = call.context.time_ms, call.body.event_ms
    if event_ms <= now + call.context.parameters.precision_ms:
        return None
    return fault("body.event_ms", event_ms=str(event_ms), time_ms=str(now))


def is_not_before_last(call: Moving) -> Fault | None:
    """The event is dated after the last one, but for the precision of honest clocks."""
    last = None if call.record is None else call.record.last
    if last is None or call.body.event_ms + call.context.parameters.precision_ms >= last.event_ms:
        return None
    return fault(
        "body.event_ms",
        event_ms=str(call.body.event_ms),
        last=last.event.value,
        last_ms=str(last.event_ms),
    )


def follows_in_order(call: Moving) -> Fault | None:
    """The container is where the event can happen to it."""
    state = ContainerState.ANNOUNCED if call.record is None else call.record.state
    states = EVENTS[call.body.event].states
    if state in states:
        return None
    return fault(
        "body.event",
        event=call.body.event.value,
        state=state.value,
        states=" or ".join(state.value for state in states),
    )


def leaves_where_it_is(call: Moving) -> Fault | None:
    """What leaves a facility leaves the one that it is in."""
    container, facility = call.record, call.body.facility
    if container is None or container.state is not ContainerState.IN_FACILITY:
        return None
    if container.facility == facility:
        return None
    return fault("body.facility", current=container.facility or "no facility", facility=facility)


def something_is_broken(linked: tuple[Guard, ...], call: Moving) -> Fault | None:
    """A breach breaks at least one of the linked conditions."""
    return None if any(guard.check(call) is not None for guard in linked) else fault("body.event")


def room_for_breach(call: Moving) -> Fault | None:
    """The container has room for another breach."""
    if call.record is None or len(call.record.breaches) < MAX_BREACHES:
        return None
    return fault("subject", record=call.subject, limit=f"{MAX_BREACHES} breaches")


def record_event(call: Moving) -> Mapping[str, Record]:
    """The container after the event."""
    return {call.subject: _moved(call)}


def report_breach(linked: tuple[Guard, ...], call: Moving) -> Mapping[str, Record]:
    """The container after the event, with the breach and what it broke."""
    body, container = call.body, _moved(call)
    breach = Breach(
        event=body.event,
        facility=body.facility,
        event_ms=body.event_ms,
        organisation=call.actor.organisation,
        codes=tuple(guard.code.code for guard in linked if guard.check(call) is not None),
    )
    return {call.subject: replace(container, breaches=(*container.breaches, breach))}


def _moved(call: Moving) -> Container:
    body, container = call.body, call.record or _new_container(call)
    event = Event(
        event=body.event,
        facility=body.facility,
        event_ms=body.event_ms,
        purpose=body.purpose,
        organisation=call.actor.organisation,
    )
    return replace(
        container,
        state=EVENTS[body.event].to,
        facility=body.facility,
        last=event,
        export_from=_export_from(container, body),
        departures=_departures(container, linkage.direction_of(call), body),
    )


def _new_container(call: Moving) -> Container:
    new = call.body.container
    if new is None:
        raise InvariantViolated(f"{call.subject} is recorded for the first time without a description")
    return Container(
        commitment=new.commitment,
        operator=new.operator,
        parties=new.parties,
        state=ContainerState.ANNOUNCED,
    )


def _export_from(container: Container, body: RecordEvent) -> str | None:
    """Entering a gate says whether the container is there for export."""
    if body.event is not EventType.GATE_IN:
        return container.export_from
    return country_of(body.facility) if body.purpose is Purpose.EXPORT else None


def _departures(
    container: Container, direction: Direction | None, body: RecordEvent
) -> tuple[Departure, ...]:
    """One departure for each direction and country, the latest."""
    if direction is None:
        return container.departures
    new = Departure(direction=direction, facility=body.facility, event_ms=body.event_ms)
    kept = tuple(
        old
        for old in container.departures
        if old.direction is not direction or country_of(old.facility) != country_of(body.facility)
    )
    return (*kept, new)
