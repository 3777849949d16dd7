"""Records and acts of movement: where a container is, as DCSA track and trace tells it.

A container record stands for one container on one trip. Its number stays behind a
salted commitment, and so do the numbers of its seals: whoever knows a seal's number
can forge the seal. The record keeps what the rules need; the whole timeline, with
everything that was corrected, is in the log.
"""

from __future__ import annotations

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
from contracts.movement.vocabulary import (
    Classifier,
    ContainerState,
    CorrectionReason,
    EventType,
    MassMethod,
    MovementWarning,
    Purpose,
    SealFound,
)
from ledger.canonical import Canonical
from ledger.genesis import Name
from ledger.primitives import HexHash, UInt

MAX_BREACHES: Final = 100
"""Breaches kept on one container: more departures than any trip has."""

MAX_BREACHES_EACH: Final = 10
"""Those that one organisation tells of: it can fill the record for nobody else."""

MAX_EVENTS: Final = 16
"""Actual events that a record keeps open to correction: those of a trip by truck, rail and sea. Older ones
stay in the log, and stand."""

MAX_EXPECTED: Final = 16
"""Events to come that a record keeps: twice the calls of a trip by rail, sea and rail. Where more are told,
what is overdue makes room, then the oldest word of whoever has said most: all of it stays in the log."""


LengthCode = Annotated[str, msgspec.Meta(pattern=r"\A[1-4A-HK-NP]\Z")]
"""First character of an ISO 6346 size code: how long a container is (`2` 20 feet, `4` 40, `L` 45)."""


class Departure(Canonical, frozen=True, kw_only=True):
    """Goods left customs' reach: delivered after import, or loaded for export."""

    direction: Direction
    """Which."""
    facility: Locode
    """Where; its country is the one whose customs are concerned."""
    event_ms: UInt
    """When, as claimed."""


class Event(Canonical, frozen=True, kw_only=True):
    """An actual event that stands."""

    version: UInt
    """The container's version that it made: its name for corrections."""
    event: EventType
    """What happened."""
    facility: Locode
    """Where."""
    event_ms: UInt
    """When, as claimed by whoever recorded it, in milliseconds."""
    first_ms: UInt | None = None
    """When it was first said to have happened, if that was corrected."""
    purpose: Purpose | None = None
    """What the move was for."""
    organisation: Name
    """Who recorded it."""
    seal: HexHash | None = None
    """Commitment to the number of the seal that was put on or read."""
    direction: Direction | None = None
    """Set where it took goods out of customs' reach."""
    warnings: tuple[MovementWarning, ...] = ()
    """What did not fit."""


class Expected(Canonical, frozen=True, kw_only=True):
    """The newest word on an event to come."""

    event: EventType
    """What is to happen."""
    facility: Locode
    """Where."""
    event_ms: UInt
    """When, in milliseconds."""
    classifier: Classifier
    """Planned or estimated."""
    organisation: Name
    """Who says so."""


class Position(Canonical, frozen=True, kw_only=True):
    """What the events so far come to."""

    state: ContainerState
    """Where the container is."""
    facility: Locode | None = None
    """The facility it is in, or was in last."""
    laden: bool | None = None
    """Whether goods are in it, where an event said so."""
    seal: HexHash | None = None
    """Commitment to the number of the seal in place."""
    export_from: Country | None = None
    """Country in which it last entered a facility for export."""
    selected: tuple[Country, ...] = ()
    """Countries whose customs selected it for a scan or inspection and have not released it since."""
    departures: tuple[Departure, ...] = ()
    """The latest departure for each direction and country."""


class VerifiedMass(Canonical, frozen=True, kw_only=True):
    """A verified gross mass; the mass itself is in the document."""

    document: RecordId
    """The supporting document that says it."""
    method: MassMethod
    """How it was found."""


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
    version: UInt = 0
    """The container's version that it made."""
    withdrawn: bool = False
    """Whether its recorder withdrew the event since; the breach stays on record."""


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
    laden: bool | None = None
    """Whether goods are in it, where an event said so."""
    length: LengthCode | None = None
    """How long it is, as whoever handled it last said."""
    seal: HexHash | None = None
    """Commitment to the number of the seal in place."""
    export_from: Country | None = None
    """Country in which it last entered a facility for export."""
    selected: tuple[Country, ...] = ()
    """Countries whose customs selected it for a scan or inspection and have not released it since."""
    events: Annotated[tuple[Event, ...], msgspec.Meta(max_length=MAX_EVENTS)] = ()
    """Its latest actual events that stand, in the order in which they were recorded."""
    base: Position | None = None
    """What the events before those came to; absent while there are none."""
    expected: Annotated[tuple[Expected, ...], msgspec.Meta(max_length=MAX_EXPECTED)] = ()
    """What is planned or estimated and has not happened."""
    verified_mass: VerifiedMass | None = None
    """Its verified gross mass."""
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
    """Always actual; `movement.expect` is for the others."""
    facility: Locode
    """Where."""
    event_ms: UInt
    """When, in milliseconds; not after block time."""
    purpose: Purpose | None = None
    """What for: required wherever a container enters or leaves a facility."""
    seal: HexHash | None = None
    """Commitment to the number of the seal put on, or read on the doors."""
    seal_found: SealFound | None = None
    """What was wrong with the seal that should have been there."""
    length: LengthCode | None = None
    """How long the container is, where the recorder says it (DCSA `ISOEquipmentCode`)."""
    container: NewContainer | None = None
    """Required when this is the container's first record, refused otherwise."""


class ExpectEvent(Canonical, frozen=True, kw_only=True):
    """Body of `movement.expect`."""

    event: EventType
    """What is to happen."""
    classifier: Classifier
    """Planned or estimated."""
    facility: Locode
    """Where."""
    event_ms: UInt
    """When, in milliseconds; not before block time."""
    container: NewContainer | None = None
    """Required when this is the container's first record, refused otherwise."""


class CorrectEvent(Canonical, frozen=True, kw_only=True):
    """Body of `movement.correct`."""

    event: UInt
    """The container's version that the event made."""
    event_ms: UInt
    """When it really happened, in milliseconds."""
    reason: CorrectionReason
    """Why the first time was wrong."""


class WithdrawEvent(Canonical, frozen=True, kw_only=True):
    """Body of `movement.withdraw`."""

    event: UInt
    """The container's version that the event made."""
    reason: CorrectionReason
    """Why it is withdrawn."""


class VerifyMass(Canonical, frozen=True, kw_only=True):
    """Body of `movement.verify_mass`."""

    document: RecordId
    """A registered verified gross mass."""
    method: MassMethod
    """How it was found."""
