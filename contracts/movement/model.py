"""Records and acts of movement: where a container is, as DCSA track and trace tells it.

A container record stands for one container on one trip. Its number stays behind a
salted commitment. The record keeps what the rules need; the whole timeline is in
the log.
"""

from __future__ import annotations

import enum
from typing import Annotated, Final

import msgspec

from contracts.model import (
    MAX_CONTAINER_BILLS,
    MAX_CONTAINER_DECLARATIONS,
    BillId,
    Country,
    Direction,
    Locode,
    Organisations,
    Record,
    RecordId,
)
from ledger.canonical import Canonical
from ledger.genesis import Name
from ledger.primitives import HexHash, UInt

MAX_BREACHES: Final = 100
"""Breaches kept on one container: more departures than any trip has."""


class EventType(enum.StrEnum):
    """What happened (DCSA equipment and transport events, in brackets their codes)."""

    GATE_IN = "gate_in"
    """Entered a facility by road (GTIN)."""
    GATE_OUT = "gate_out"
    """Left a facility by road (GTOT)."""
    LOAD = "load"
    """Loaded on a vessel (LOAD)."""
    DISCHARGE = "discharge"
    """Discharged from a vessel (DISC)."""
    RAIL_DEPARTURE = "rail_departure"
    """Left a facility by train (DEPA)."""
    RAIL_ARRIVAL = "rail_arrival"
    """Arrived at a facility by train (ARRI)."""


class Classifier(enum.StrEnum):
    """How certain an event is (DCSA event classifier)."""

    PLANNED = "planned"
    ESTIMATED = "estimated"
    ACTUAL = "actual"


class Purpose(enum.StrEnum):
    """What a move at a gate is for."""

    EXPORT = "export"
    IMPORT = "import"
    TRANSIT = "transit"
    EMPTY = "empty"


class ContainerState(enum.StrEnum):
    """Where a container is."""

    ANNOUNCED = "announced"
    """Known from a bill; no event yet."""
    IN_FACILITY = "in_facility"
    ON_VESSEL = "on_vessel"
    ON_RAIL = "on_rail"
    ON_ROAD = "on_road"
    """Outside a facility, after gate-out."""


class Event(Canonical, frozen=True, kw_only=True):
    """The latest event of a container."""

    event: EventType
    """What happened."""
    facility: Locode
    """Where."""
    event_ms: UInt
    """When, as claimed by whoever recorded it, in milliseconds."""
    purpose: Purpose | None = None
    """What the move was for."""
    organisation: Name
    """Who recorded it."""


class Departure(Canonical, frozen=True, kw_only=True):
    """Goods left customs' reach: delivered after import, or loaded for export."""

    direction: Direction
    """Which."""
    facility: Locode
    """Where; its country is the one whose customs are concerned."""
    event_ms: UInt
    """When, as claimed."""


class Breach(Canonical, frozen=True, kw_only=True):
    """A departure that took place although the rules forbade it."""

    event: EventType
    """What happened."""
    facility: Locode
    """Where."""
    event_ms: UInt
    """When, as claimed."""
    organisation: Name
    """Who reported it."""
    codes: tuple[str, ...]
    """The refusals that an ordinary record of the event would have met."""


class Container(Record, frozen=True, kw_only=True, tag="container"):
    """One container on one trip. Key: `container/<32 hex digits>`."""

    commitment: HexHash
    """Salted commitment to the container's number."""
    operator: Name
    """The carrier that operates it."""
    parties: Organisations = ()
    """Others who may put it on a declaration before a bill covers it."""
    state: ContainerState
    """Where it is."""
    facility: Locode | None = None
    """The facility it is in, or was in last."""
    last: Event | None = None
    """Its latest event."""
    export_from: Country | None = None
    """Country in which it last entered a gate for export."""
    bills: Annotated[tuple[BillId, ...], msgspec.Meta(max_length=MAX_CONTAINER_BILLS)] = ()
    """Bills that cover it, voided ones included."""
    declarations: Annotated[tuple[RecordId, ...], msgspec.Meta(max_length=MAX_CONTAINER_DECLARATIONS)] = ()
    """Declarations that cover it, by themselves or through a bill."""
    departures: tuple[Departure, ...] = ()
    """The latest departure for each direction and country."""
    breaches: Annotated[tuple[Breach, ...], msgspec.Meta(max_length=MAX_BREACHES)] = ()
    """Departures against the rules."""


class NewContainer(Canonical, frozen=True, kw_only=True):
    """What the first event of a container that no bill announced says about it."""

    commitment: HexHash
    """Salted commitment to its number."""
    operator: Name
    """The carrier that operates it, and may put it on a bill."""
    parties: Organisations = ()
    """Others who may put it on a declaration before a bill covers it."""


class RecordEvent(Canonical, frozen=True, kw_only=True):
    """Body of `movement.record` and `movement.breach`."""

    event: EventType
    """What happened."""
    classifier: Classifier
    """How certain it is; only actual events are accepted as yet."""
    facility: Locode
    """Where."""
    event_ms: UInt
    """When, in milliseconds; not after block time."""
    purpose: Purpose | None = None
    """What for: required at gates and for departures by rail."""
    container: NewContainer | None = None
    """Required when this is the container's first record, refused otherwise."""
