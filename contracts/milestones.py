"""Milestones: what a record says has happened, each with its time, for counting and measuring.

They are a function of the record's present value and of nothing else. So every node
has the same ones, one that joined by a snapshot or dropped its history included, and
a correction moves them. What is counted from them is defined in `docs/indicators.md`;
nothing here decides an act.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from functools import singledispatch

from contracts.clearance.model import Declaration
from contracts.clearance.vocabulary import DeclarationState
from contracts.model import Direction, Record
from contracts.movement.journey import START, after
from contracts.movement.model import Container
from contracts.movement.vocabulary import ContainerState, EventType

UNKNOWN_LENGTH = "-"
"""Stands for the length of a container that nobody told."""


class Kind(enum.StrEnum):
    """What happened."""

    RELEASED = "released"
    """Customs released an import declaration; the release stands."""
    REFUSED = "refused"
    """Customs refused clearance, or rejected a declaration: which, office, reason and declarant."""
    HELD = "held"
    """A hold was placed and is open: authority, reason, declarant, and the hold's name."""
    DELIVERED = "delivered"
    """A container left a facility for its importer: the facility."""
    CARRIED = "carried"
    """A container reached a place from another: mode, from, to, length code and operator."""


@dataclass(frozen=True, slots=True, order=True)
class Milestone:
    """One of them."""

    kind: Kind
    """What happened."""
    time_ms: int
    """When: in block time, and of containers as their handlers claimed."""
    about: str = ""
    """What is counted by: words with a space between them, as the kind says."""


MODE_OF = {
    ContainerState.ON_VESSEL: "sea",
    ContainerState.AT_SEA: "sea",
    ContainerState.ON_RAIL: "rail",
    ContainerState.ON_BARGE: "barge",
    ContainerState.ON_ROAD: "road",
}
"""How a container travels that is there, in the words of a bill's legs."""

DISCHARGES = (EventType.DISCHARGE, EventType.RAIL_DISCHARGE, EventType.BARGE_DISCHARGE)
"""Events by which a container is taken off what brought it."""


@singledispatch
def milestones_of(record: Record) -> frozenset[Milestone]:
    """The milestones of a record; most kinds of record have none."""
    return frozenset()


@milestones_of.register
def _(record: Declaration) -> frozenset[Milestone]:
    return frozenset(_of_declaration(record))


@milestones_of.register
def _(record: Container) -> frozenset[Milestone]:
    delivered = (
        Milestone(Kind.DELIVERED, departure.event_ms, departure.facility)
        for departure in record.departures
        if departure.direction is Direction.IMPORT
    )
    return frozenset((*delivered, *_legs(record)))


def _of_declaration(record: Declaration) -> Iterator[Milestone]:
    office, declarant = record.office, record.declarant
    if record.type is Direction.IMPORT and record.released_ms is not None:
        yield Milestone(Kind.RELEASED, record.released_ms)
    if record.refused_for is not None and record.refused_ms is not None:
        yield Milestone(
            Kind.REFUSED, record.refused_ms, f"refused {office} {record.refused_for.value} {declarant}"
        )
    if record.state is DeclarationState.REJECTED:
        code = record.errors[0].code if record.errors else "-"
        yield Milestone(Kind.REFUSED, record.changed_ms, f"rejected {office} {code} {declarant}")
    for hold in record.holds:
        about = f"{hold.authority} {hold.reason.value} {declarant} {hold.id}"
        yield Milestone(Kind.HELD, hold.placed_ms, about)


def _legs(record: Container) -> Iterator[Milestone]:
    """A leg ends with the first event at another place than the one before; its mode is where the box was."""
    position = record.base or START
    for event in record.events:
        moved = after(position, event)
        if position.facility not in (None, moved.facility) and position.state in MODE_OF:
            length = record.length or UNKNOWN_LENGTH
            about = (
                f"{MODE_OF[position.state]} {position.facility} {moved.facility} {length} {record.operator}"
            )
            yield Milestone(Kind.CARRIED, event.event_ms, about)
        position = moved
