"""What a container's events come to: where it is, how it is sealed, whether goods are in it.

`after` is the step, `replay` the whole way. A record keeps its latest events and
what the earlier ones came to (`base`), so that an event can be corrected and the
way gone again without it. `warnings_of` says what does not fit together without
being impossible: the event is recorded all the same, and the warning with it.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from contracts.model import country_of
from contracts.movement.events import ANYWHERE, EVENTS
from contracts.movement.model import MAX_EVENTS, Container, Departure, Event, Position
from contracts.movement.vocabulary import (
    ContainerState,
    EventType,
    MovementWarning,
    Purpose,
    SealFound,
)

START = Position(state=ContainerState.ANNOUNCED)
"""Where a container is before its first event."""

SEALING = (EventType.SEAL, EventType.RESEAL)
"""Events that put a seal on."""

SELECTING = (EventType.CUSTOMS_SCAN, EventType.CUSTOMS_INSPECTION)
"""Events by which customs select a container."""

OPENING = (EventType.STUFFING, EventType.STRIPPING)
"""Events for which the doors are open."""


def position_of(container: Container) -> Position:
    """Where things stand with a container."""
    return Position(
        state=container.state,
        facility=container.facility,
        laden=container.laden,
        seal=container.seal,
        export_from=container.export_from,
        selected=container.selected,
        departures=container.departures,
    )


def at_position(container: Container, position: Position) -> Container:
    """The container with things standing so."""
    return replace(
        container,
        state=position.state,
        facility=position.facility,
        laden=position.laden,
        seal=position.seal,
        export_from=position.export_from,
        selected=position.selected,
        departures=position.departures,
    )


def follows(position: Position, event: EventType) -> bool:
    """Whether the event can happen to a container that stands so."""
    return position.state in EVENTS[event].states


def after(position: Position, event: Event) -> Position:
    """Where things stand after the event."""
    row, country = EVENTS[event.event], country_of(event.facility)
    moved = row.to is not None
    export_from = position.export_from
    if row.enters:
        export_from = country if event.purpose is Purpose.EXPORT else None
    return Position(
        state=row.to or position.state,
        facility=event.facility if moved else position.facility,
        laden=_laden(position, event.event, event.purpose),
        seal=_seal(position, event),
        export_from=export_from,
        selected=_selected(position, event, country),
        departures=_departures(position, event),
    )


def replay(base: Position | None, events: Iterable[Event]) -> Position | Event:
    """Where the events lead from `base`, or the first one that could not have happened then."""
    position = base or START
    for event in events:
        if not follows(position, event.event):
            return event
        position = after(position, event)
    return position


def add_event(container: Container, event: Event) -> Container:
    """The container after one more event; where there is no room, the oldest one goes into `base`."""
    moved = at_position(container, after(position_of(container), event))
    events, base = (*container.events, event), container.base
    if len(events) > MAX_EVENTS:
        base, events = after(base or START, events[0]), events[1:]
    expected = tuple(
        other
        for other in container.expected
        if (other.event, other.facility) != (event.event, event.facility)
    )
    return replace(moved, events=events, base=base, expected=expected)


def last_seen(container: Container) -> Event | None:
    """The latest event by somebody who had the container before them."""
    found = (event for event in reversed(container.events) if EVENTS[event.event].states != ANYWHERE)
    return next(found, None)


def warnings_of(
    position: Position,
    event: EventType,
    *,
    purpose: Purpose | None,
    seal: str | None,
    found: SealFound | None,
) -> tuple[MovementWarning, ...]:
    """What of an event does not fit to how things stood before it."""
    noticed = [MovementWarning[f"SEAL_{found.name}"]] if found is not None else []
    sealed = position.seal is not None
    if event in SEALING:
        if sealed and event is EventType.SEAL:
            noticed.append(MovementWarning.SEAL_REPLACED)
        if not sealed and event is EventType.RESEAL:
            noticed.append(MovementWarning.NO_SEAL)
    elif event is EventType.SEAL_REMOVAL:
        noticed += [] if sealed else [MovementWarning.NO_SEAL]
    elif sealed and seal is not None and seal != position.seal:
        noticed.append(MovementWarning.SEAL_DIFFERS)
    if sealed and event in OPENING:
        noticed.append(MovementWarning.OPENED_UNDER_SEAL)
    if purpose is not None and position.laden not in (None, purpose is not Purpose.EMPTY):
        noticed.append(MovementWarning.FILL_CHANGED)
    return tuple(noticed)


def _laden(position: Position, event: EventType, purpose: Purpose | None) -> bool | None:
    if event in OPENING:
        return event is EventType.STUFFING
    return position.laden if purpose is None else purpose is not Purpose.EMPTY


def _seal(position: Position, event: Event) -> str | None:
    """The seal that is on now: one that was put on, else the first one that somebody read."""
    if event.event is EventType.SEAL_REMOVAL:
        return None
    if event.event in SEALING or position.seal is None:
        return event.seal
    return position.seal


def _selected(position: Position, event: Event, country: str) -> tuple[str, ...]:
    others = tuple(other for other in position.selected if other != country)
    if event.event in SELECTING:
        return (*others, country)
    return others if event.event is EventType.CUSTOMS_RELEASE else position.selected


def _departures(position: Position, event: Event) -> tuple[Departure, ...]:
    """One departure for each direction and country, the latest."""
    if event.direction is None:
        return position.departures
    new = Departure(direction=event.direction, facility=event.facility, event_ms=event.event_ms)
    kept = tuple(
        old
        for old in position.departures
        if old.direction is not new.direction or country_of(old.facility) != country_of(new.facility)
    )
    return (*kept, new)
