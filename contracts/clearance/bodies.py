"""What each act of clearance says: its fields."""

from __future__ import annotations

from typing import Annotated

import msgspec

from contracts.clearance.model import (
    MAX_DECLARED_BILLS,
    MAX_DECLARED_CONTAINERS,
    MAX_ERRORS,
    MAX_TRANSIT_OFFICES,
    DeclarationError,
    Label,
    StatusCode,
)
from contracts.clearance.vocabulary import (
    AmendmentGround,
    Control,
    ControlResult,
    DecisionGround,
    DutyNotice,
    HoldReason,
    InvalidationReason,
    Lane,
    Outcome,
    RefusalReason,
    RequestGround,
    RequestKind,
    RoutingReason,
    WithdrawalReason,
)
from contracts.model import BillId, Direction, RecordId
from ledger.canonical import Canonical
from ledger.genesis import Name
from ledger.primitives import HexHash


class Plain(Canonical, frozen=True, kw_only=True):
    """Body of an act that says nothing beside itself."""


class Lodge(Canonical, frozen=True, kw_only=True):
    """Body of `clearance.lodge`."""

    type: Direction
    """Import, export or transit."""
    office: Name
    """Customs office; for transit, the office of departure."""
    exit_office: Name | None = None
    """Office of exit, for an export that leaves by another office."""
    transit_offices: Annotated[tuple[Name, ...], msgspec.Meta(max_length=MAX_TRANSIT_OFFICES)] = ()
    """Offices of transit, in the order of the route."""
    destination: Name | None = None
    """Office of destination: required for transit, refused otherwise."""
    contents: HexHash
    """Salted commitment to the declaration."""
    bills: Annotated[tuple[BillId, ...], msgspec.Meta(max_length=MAX_DECLARED_BILLS)] = ()
    """Bills declared, with all their containers."""
    containers: Annotated[tuple[RecordId, ...], msgspec.Meta(max_length=MAX_DECLARED_CONTAINERS)] = ()
    """Containers declared by themselves."""
    ahead: bool = False
    """True when the goods are not presented yet: customs accept once they are."""


class Numbered(Canonical, frozen=True, kw_only=True):
    """Body of `clearance.register`."""

    reference: HexHash
    """Salted commitment to the number that customs give the declaration (MRN)."""


class Accept(Canonical, frozen=True, kw_only=True):
    """Body of `clearance.accept`."""

    reference: HexHash | None = None
    """Salted commitment to the number that customs give the declaration (MRN)."""


class Reject(Canonical, frozen=True, kw_only=True):
    """Body of `clearance.reject`."""

    errors: Annotated[tuple[DeclarationError, ...], msgspec.Meta(min_length=1, max_length=MAX_ERRORS)]
    """What the declarant has to mend."""


class TakeControl(Canonical, frozen=True, kw_only=True):
    """Body of `clearance.control`."""

    control: Control
    """What will be examined."""


class Conclude(Canonical, frozen=True, kw_only=True):
    """Body of `clearance.conclude`."""

    control: Control
    """Which control is over."""
    result: ControlResult
    """What it found."""


class Route(Canonical, frozen=True, kw_only=True):
    """Body of `clearance.route`."""

    lane: Lane
    """Which lane."""
    reason: RoutingReason
    """Why."""


class Ask(Canonical, frozen=True, kw_only=True):
    """Body of `clearance.query`."""

    query: Label
    """Name of the query."""
    question: HexHash
    """Salted commitment to the question."""


class Answer(Canonical, frozen=True, kw_only=True):
    """Body of `clearance.answer`."""

    query: Label
    """Which query."""
    answer: HexHash
    """Salted commitment to the answer."""


class PlaceHold(Canonical, frozen=True, kw_only=True):
    """Body of `clearance.hold`."""

    hold: Label
    """Name of the hold."""
    reason: HoldReason
    """Why."""


class LiftHold(Canonical, frozen=True, kw_only=True):
    """Body of `clearance.lift`."""

    hold: Label
    """Which hold."""


class MakeRequest(Canonical, frozen=True, kw_only=True):
    """Body of `clearance.request`."""

    request: Label
    """Name of the request."""
    kind: RequestKind
    """Amendment or cancellation."""
    ground: RequestGround
    """Why."""
    contents: HexHash | None = None
    """Salted commitment to the declaration as it is to be: required for an amendment, refused otherwise."""


class Decide(Canonical, frozen=True, kw_only=True):
    """Body of `clearance.decide`."""

    request: Label
    """Which request."""
    outcome: Outcome
    """Granted, denied, or rejected as unfit to be decided."""
    ground: DecisionGround | None = None
    """Why not: required unless it is granted."""


class Amend(Canonical, frozen=True, kw_only=True):
    """Body of `clearance.amend`."""

    ground: AmendmentGround
    """Why."""
    request: Label | None = None
    """The granted request that this carries out."""
    contents: HexHash | None = None
    """Salted commitment to the declaration as it is now; absent when its text stands."""


class Tell(Canonical, frozen=True, kw_only=True):
    """Body of `clearance.assess`."""

    notice: DutyNotice
    """What customs tell about duties."""
    assessment: HexHash
    """Salted commitment to the amounts."""
    status: StatusCode | None = None
    """The authority's own status code of the notice."""


class Withdraw(Canonical, frozen=True, kw_only=True):
    """Body of `clearance.withdraw`."""

    reason: WithdrawalReason
    """Why."""


class Refuse(Canonical, frozen=True, kw_only=True):
    """Body of `clearance.refuse`."""

    reason: RefusalReason
    """Why."""


class Invalidate(Canonical, frozen=True, kw_only=True):
    """Body of `clearance.invalidate`."""

    reason: InvalidationReason
    """Why."""


class Cite(Canonical, frozen=True, kw_only=True):
    """Body of `clearance.cite`."""

    declaration: RecordId
    """The export declaration that was cleared elsewhere."""
