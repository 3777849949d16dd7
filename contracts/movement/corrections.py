"""Guards and effects of corrections: an event gets another time, or is withdrawn.

Who recorded an event may correct it, for thirty days after its date: within them
detention and demurrage are invoiced (46 CFR 541.7), and what they rest upon does
not change afterwards. What stands after a correction must still be possible in its
order. The original stays in the log, and a breach stays on the record.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import replace

from contracts.model import Record
from contracts.movement.journey import at_position, replay
from contracts.movement.model import Breach, Container, CorrectEvent, Event, Position, WithdrawEvent
from contracts.table import Call, Fault, RowBroken, fault

CORRECTION_MS: Final = 30 * 24 * 3_600_000
"""How long after its date an event can be corrected: the thirty days of 46 CFR 541.7."""

Correcting = Call[Container, CorrectEvent]
Withdrawing = Call[Container, WithdrawEvent]
OnEvent = Call[Container, Any]
"""Of either act: both name the event in the same way."""


def actor_recorded_any(call: OnEvent) -> Fault | None:
    """The actor's organisation recorded an event that can be corrected."""
    organisation = call.actor.organisation
    if any(event.organisation == organisation for event in call.record.events):
        return None
    return fault("issuer", organisation=organisation)


def event_is_kept(call: OnEvent) -> Fault | None:
    """The event stands, and is recent enough to be on the record."""
    if any(event.version == call.body.event for event in call.record.events):
        return None
    return fault("body.event", event=str(call.body.event), versions=_versions(call.record))


def actor_recorded_it(call: OnEvent) -> Fault | None:
    """The actor's organisation recorded the event."""
    recorder, organisation = _event(call).organisation, call.actor.organisation
    return None if recorder == organisation else fault("issuer", recorder=recorder, organisation=organisation)


def is_in_time(call: OnEvent) -> Fault | None:
    """The event is not older than corrections reach back."""
    event, now = _event(call), call.context.time_ms
    dated = event.event_ms if event.first_ms is None else event.first_ms
    if now <= dated + CORRECTION_MS:
        return None
    return fault("body.event", event_ms=str(dated), time_ms=str(now))


def keeps_its_place(call: Correcting) -> Fault | None:
    """The new time lies between those of the events before and after, but for the precision of clocks."""
    events, precision_ms = call.record.events, call.context.parameters.precision_ms
    place = events.index(_event(call))
    if place > 0 and call.body.event_ms + precision_ms < events[place - 1].event_ms:
        return _misplaced(call, "before", events[place - 1])
    if place + 1 < len(events) and call.body.event_ms > events[place + 1].event_ms + precision_ms:
        return _misplaced(call, "after", events[place + 1])
    return None


def nothing_rests_on_it(call: Withdrawing) -> Fault | None:
    """The events that stand are possible without this one."""
    found = replay(call.record.base, _others(call))
    if isinstance(found, Position):
        return None
    return fault("body.event", later=found.event.value, version=str(found.version))


def correct_event(call: Correcting) -> Mapping[str, Record]:
    """The event with its new time, and the first one beside it."""
    old = _event(call)
    first_ms = old.event_ms if old.first_ms is None else old.first_ms
    new = replace(old, event_ms=call.body.event_ms, first_ms=first_ms)
    events = tuple(new if event is old else event for event in call.record.events)
    return {call.subject: _standing(call.record, events)}


def withdraw_event(call: Withdrawing) -> Mapping[str, Record]:
    """The container as if the event had not been recorded, but for the breach that it was."""
    container = _standing(call.record, _others(call))
    breaches = tuple(_marked(breach, call.body.event) for breach in container.breaches)
    return {call.subject: replace(container, breaches=breaches)}


def _event(call: OnEvent) -> Event:
    return next(event for event in call.record.events if event.version == call.body.event)


def _others(call: OnEvent) -> tuple[Event, ...]:
    return tuple(event for event in call.record.events if event.version != call.body.event)


def _standing(container: Container, events: tuple[Event, ...]) -> Container:
    position = replay(container.base, events)
    if not isinstance(position, Position):
        raise RowBroken(f"version {position.version} cannot follow, which a guard had asked")
    return replace(at_position(container, position), events=events)


def _marked(breach: Breach, version: int) -> Breach:
    return replace(breach, withdrawn=True) if breach.version == version else breach


def _misplaced(call: Correcting, side: str, other: Event) -> Fault:
    return fault(
        "body.event_ms",
        event_ms=str(call.body.event_ms),
        side=side,
        other=other.event.value,
        other_ms=str(other.event_ms),
    )


def _versions(container: Container) -> str:
    return ", ".join(str(event.version) for event in container.events)
