"""Guards and effects of movement. Which event may follow which is the table `EVENTS` in `events`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from contracts import linkage
from contracts.checks import has_role, named
from contracts.membership.model import Role
from contracts.model import Record, country_of
from contracts.movement.events import ANYWHERE, EVENTS, PARTIES_ONLY, Use
from contracts.movement.journey import START, add_event, position_of, warnings_of
from contracts.movement.model import (
    MAX_BREACHES,
    MAX_BREACHES_EACH,
    MAX_EXPECTED,
    Breach,
    Container,
    Event,
    Expected,
    ExpectEvent,
    NewContainer,
    RecordEvent,
)
from contracts.movement.vocabulary import Classifier, ContainerState, EventType, Purpose, SealFound
from contracts.relations import bills_of, container_parties, settled_parties
from contracts.table import Call, Fault, Guard, fault
from ledger.errors import InvariantViolated

Moving = Call[Container | None, RecordEvent]
Breaching = Call[Container, RecordEvent]
Expecting = Call[Container | None, ExpectEvent]
Telling = Call[Container | None, RecordEvent | ExpectEvent]


def organisations_named(body: RecordEvent | ExpectEvent) -> list[tuple[str, str | None]]:
    """The organisations that a first event names besides the operator."""
    return [] if body.container is None else [*named("body.container.parties", body.container.parties)]


def lists(body: RecordEvent | ExpectEvent) -> list[tuple[str, tuple[str, ...]]]:
    """The lists in which nothing may appear twice."""
    return [] if body.container is None else [("body.container.parties", body.container.parties)]


def is_actual(call: Moving) -> Fault | None:
    """The event has happened."""
    classifier = call.body.classifier
    return None if classifier is Classifier.ACTUAL else fault("body.classifier", classifier=classifier.value)


def is_expected(call: Expecting) -> Fault | None:
    """The event has yet to happen."""
    return fault("body.classifier") if call.body.classifier is Classifier.ACTUAL else None


def purpose_fits_event(call: Moving) -> Fault | None:
    """Departures and gate moves say what for; other events do not."""
    use = EVENTS[call.body.event].purpose
    given = call.body.purpose is not None
    if (use is Use.REQUIRED and not given) or (use is Use.NONE and given):
        rule = "without a" if given else "with a"
        return fault("body.purpose", event=call.body.event.value, rule=rule)
    return None


def seal_fits_event(call: Moving) -> Fault | None:
    """Who puts a seal on says which, and who has none before them names none."""
    use, given = EVENTS[call.body.event].seal, call.body.seal is not None
    missing = call.body.seal_found is SealFound.MISSING
    if given and (use is Use.NONE or missing):
        return fault("body.seal", event=call.body.event.value, rule="without a")
    if use is Use.REQUIRED and not given:
        return fault("body.seal", event=call.body.event.value, rule="with a")
    return None


def recorder_fits_event(call: Telling) -> Fault | None:
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


def recorder_is_concerned(call: Telling) -> Fault | None:
    """Who handles no place by its role is a party to the container."""
    roles = [role for role in EVENTS[call.body.event].roles if role in call.actor.roles]
    if any(role not in PARTIES_ONLY for role in roles):
        return None
    organisation = call.actor.organisation
    if organisation in _parties(call):
        return None
    return fault("issuer", organisation=organisation)


def _parties(call: Telling) -> tuple[str, ...]:
    if call.record is None:
        new = call.body.container
        return () if new is None else (new.operator, *new.parties)
    covering = (name for _, bill in bills_of(call.record, call.view) for name in settled_parties(bill))
    return (*container_parties(call.record), *covering)


def recorder_acts_there(call: Telling) -> Fault | None:
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


def first_record_names_container(call: Telling) -> Fault | None:
    """A container without a record is described."""
    return fault("body.container") if call.record is None and call.body.container is None else None


def later_record_does_not(call: Telling) -> Fault | None:
    """A container with a record is not described again."""
    known = call.record is not None and call.body.container is not None
    return fault("body.container") if known else None


def operator_is_carrier(call: Telling) -> Fault | None:
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


def is_not_past(call: Expecting) -> Fault | None:
    """What is expected lies ahead, but for the precision of honest clocks."""
    now, event_ms = call.context.time_ms, call.body.event_ms
    if event_ms + call.context.parameters.precision_ms >= now:
        return None
    return fault("body.event_ms", event_ms=str(event_ms), time_ms=str(now))


def is_not_before_last(call: Moving) -> Fault | None:
    """The event is dated after the last one, but for the precision of honest clocks."""
    last = call.record.events[-1] if call.record is not None and call.record.events else None
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


def happens_where_it_is(call: Moving) -> Fault | None:
    """What happens to a container in a facility happens in that one."""
    container, facility = call.record, call.body.facility
    if container is None or container.state is not ContainerState.IN_FACILITY:
        return None
    if container.facility == facility or EVENTS[call.body.event].states == ANYWHERE:
        return None
    return fault("body.facility", current=container.facility or "no facility", facility=facility)


def something_is_broken(linked: tuple[Guard, ...], call: Moving) -> Fault | None:
    """A breach breaks at least one of the linked conditions."""
    return None if any(guard.check(call) is not None for guard in linked) else fault("body.event")


def room_for_breach(call: Breaching) -> Fault | None:
    """The container has room for another breach."""
    if len(call.record.breaches) < MAX_BREACHES:
        return None
    return fault("subject", record=call.subject, limit=f"{MAX_BREACHES} breaches")


def breaches_are_few(call: Breaching) -> Fault | None:
    """The organisation has not told of its share of breaches yet."""
    organisation = call.actor.organisation
    told = [breach for breach in call.record.breaches if breach.organisation == organisation]
    if len(told) < MAX_BREACHES_EACH:
        return None
    return fault("issuer", organisation=organisation, limit=str(MAX_BREACHES_EACH))


def likely_departures(call: Moving) -> Iterator[tuple[str, RecordEvent]]:
    """Leaving the facility where it is: inland as import, or on a vessel."""
    container = call.record
    if container is None or container.facility is None:
        return
    for event, row in EVENTS.items():
        loads = event is EventType.LOAD
        able = container.state in row.states and any(role in call.actor.roles for role in row.roles)
        if able and (row.leaves or loads):
            purpose = None if loads else Purpose.IMPORT
            words = f"{event.value} at {container.facility}{'' if loads else ' for import'}"
            yield (
                words,
                RecordEvent(
                    event=event,
                    classifier=Classifier.ACTUAL,
                    facility=container.facility,
                    event_ms=call.context.time_ms,
                    purpose=purpose,
                ),
            )


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
        version=container.events[-1].version,
    )
    return {call.subject: replace(container, breaches=(*container.breaches, breach))}


def expect_event(call: Expecting) -> Mapping[str, Record]:
    """The container with the newest word on an event to come, in the place of what was said of it before."""
    body, container = call.body, call.record or _new_container(call.subject, call.body.container)
    new = Expected(
        event=body.event,
        facility=body.facility,
        event_ms=body.event_ms,
        classifier=body.classifier,
        organisation=call.actor.organisation,
    )
    others = [one for one in container.expected if (one.event, one.facility) != (new.event, new.facility)]
    if len(others) >= MAX_EXPECTED:
        others.remove(_least_missed(others, new.organisation, call.context.time_ms))
    return {call.subject: replace(container, expected=(*others, new))}


def _least_missed(expected: list[Expected], speaker: str, now_ms: int) -> Expected:
    """What makes room for another word of a speaker: what is overdue, else the oldest of who says most."""
    said = Counter([*(one.organisation for one in expected), speaker])
    most = max(said.values())
    overdue = (one for one in expected if one.event_ms < now_ms)
    return next(overdue, None) or next(one for one in expected if said[one.organisation] == most)


def _moved(call: Moving) -> Container:
    body, container = call.body, call.record or _new_container(call.subject, call.body.container)
    before = START if call.record is None else position_of(call.record)
    event = Event(
        version=container.version + 1,
        event=body.event,
        facility=body.facility,
        event_ms=body.event_ms,
        purpose=body.purpose,
        organisation=call.actor.organisation,
        seal=body.seal,
        direction=linkage.direction_of(call),
        warnings=warnings_of(before, body.event, purpose=body.purpose, seal=body.seal, found=body.seal_found),
    )
    return replace(add_event(container, event), length=body.length or container.length)


def _new_container(subject: str, new: NewContainer | None) -> Container:
    if new is None:
        raise InvariantViolated(f"{subject} is recorded for the first time without a description")
    return Container(
        commitment=new.commitment,
        operator=new.operator,
        parties=new.parties,
        state=ContainerState.ANNOUNCED,
    )
