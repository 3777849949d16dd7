"""The record of customs clearance and its parts. The acts' fields are in `bodies`, the words in `vocabulary`.

A hold is no state: it is a member of a set, and only the authority that placed it
can take it away. Nor is tax: notices of duties annotate a declaration and change
nothing about who moves next.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from contracts.clearance.vocabulary import (
    Control,
    ControlResult,
    DeclarationState,
    DutyNotice,
    HoldReason,
    Lane,
    RefusalReason,
    RequestGround,
    RequestKind,
    RequestState,
    RoutingReason,
)
from contracts.model import BillId, Country, Direction, Record, RecordId
from ledger.canonical import Canonical
from ledger.genesis import Name
from ledger.primitives import HexHash, UInt

MAX_DECLARED_BILLS: Final = 50
"""Bills on one declaration."""

MAX_DECLARED_CONTAINERS: Final = 200
"""Containers that one declaration lists by themselves."""

MAX_COVERED_CONTAINERS: Final = 500
"""Containers that one declaration covers in all: each is written when it is lodged."""

MAX_DECLARATIONS_EACH: Final = 60
"""Declarations of one declarant that cover one container, of the hundred that it has room for: out of one
country and into another, for thirty consignments. It can fill the record for nobody else."""

MAX_HOLDS: Final = 20
"""Open holds on one declaration."""

MAX_HOLDS_EACH: Final = 10
"""Those of one authority: it leaves room for the holds of others, and lifts only its own."""

MAX_QUERIES: Final = 50
"""Queries on one declaration, answered ones included."""

MAX_REQUESTS: Final = 20
"""Requests on one declaration, answered ones included."""

MAX_AMENDMENTS: Final = 50
"""Amendments of one declaration."""

MAX_EXAMINATIONS: Final = 20
"""Controls of one declaration, concluded ones included."""

MAX_NOTICES: Final = 50
"""Notices of duties on one declaration."""

MAX_CITATIONS: Final = 10
"""Export clearances that one import cites."""

MAX_TRANSIT_OFFICES: Final = 10
"""Offices of transit on one route; a corridor rarely crosses more than four borders."""

MAX_ERRORS: Final = 50
"""Errors told with one rejection; the declarant mends these first."""

DAY_MS: Final = 86_400_000
"""A day in milliseconds."""

PRESENTATION_MS: Final = 30 * DAY_MS
"""Goods declared ahead are presented within 30 days, or the declaration counts as never lodged (UCC 171)."""

EXIT_MS: Final = 150 * DAY_MS
"""An export may be written off when the goods have not left 150 days after release (UCC-DA 248(2))."""

Label = Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9]+(-[a-z0-9]+)*\Z", max_length=40)]
"""Name of a hold, query or request within its declaration."""

StatusCode = Annotated[str, msgspec.Meta(pattern=r"\A[A-Z0-9]{1,4}\Z")]
"""An authority's own code for the status of a notice."""

ErrorCode = Annotated[str, msgspec.Meta(pattern=r"\A[A-Z0-9]{1,12}\Z")]
"""An authority's own code for an error, such as CDS12077."""

Pointer = Annotated[str, msgspec.Meta(pattern=r"\A[0-9A-Z#./]*\Z", max_length=120)]
"""Where the error is, in WCO section codes: `42A/67A/68A#1/70A#1/166`."""


class Hold(Canonical, frozen=True, kw_only=True):
    """An open hold."""

    id: Label
    """Its name within the declaration."""
    authority: Name
    """Who placed it, and alone can lift it."""
    reason: HoldReason
    """Why."""
    placed_ms: UInt
    """Block time at which it was placed."""


class Query(Canonical, frozen=True, kw_only=True):
    """A question to the declarant."""

    id: Label
    """Its name within the declaration."""
    question: HexHash
    """Salted commitment to the question."""
    answer: HexHash | None = None
    """Salted commitment to the answer; absent while it is open."""


class Examination(Canonical, frozen=True, kw_only=True):
    """A control of documents or goods."""

    control: Control
    """What is examined."""
    begun_ms: UInt
    """Block time at which the declarant was told."""
    result: ControlResult | None = None
    """What was found; absent while it goes on."""


class Routing(Canonical, frozen=True, kw_only=True):
    """The lane of a declaration."""

    lane: Lane
    """Which."""
    reason: RoutingReason
    """Why."""
    routed_ms: UInt
    """Since when, in block time."""


class Request(Canonical, frozen=True, kw_only=True):
    """What the declarant asked of customs."""

    id: Label
    """Its name within the declaration."""
    kind: RequestKind
    """Amendment or cancellation."""
    ground: RequestGround
    """Why."""
    state: RequestState
    """How far it has come."""
    contents: HexHash | None = None
    """Salted commitment to the declaration as it is to be; amendments only."""


class Notice(Canonical, frozen=True, kw_only=True):
    """A notice about duties and taxes."""

    notice: DutyNotice
    """What customs tell."""
    assessment: HexHash
    """Salted commitment to the amounts."""
    status: StatusCode | None = None
    """The authority's own status code of the notice."""
    told_ms: UInt
    """Block time."""


class DeclarationError(Canonical, frozen=True, kw_only=True):
    """One reason why a declaration was rejected."""

    code: ErrorCode
    """The authority's code."""
    pointer: Pointer = ""
    """Where the error is; empty for the whole."""


class Citation(Canonical, frozen=True, kw_only=True):
    """An export clearance that an import relies on."""

    declaration: RecordId
    """The export declaration."""
    jurisdiction: Country
    """Country that cleared it."""
    state: DeclarationState
    """How it stood when it was cited."""
    at_version: UInt
    """Version of its record then."""


class Passage(Canonical, frozen=True, kw_only=True):
    """Goods under transit passed an office on their way."""

    office: Name
    """Which."""
    passed_ms: UInt
    """Block time at which it said so."""


class Declaration(Record, frozen=True, kw_only=True, tag="declaration"):
    """A customs declaration. Key: `declaration/<32 hex digits>`."""

    type: Direction
    """Import, export or transit."""
    state: DeclarationState
    """Where it is in its life."""
    office: Name
    """Customs office that decides; for transit, the office of departure."""
    jurisdiction: Country
    """Country of that office when it was lodged."""
    exit_office: Name | None = None
    """Office of exit of an export; absent when `office` confirms the exit itself."""
    transit_offices: Annotated[tuple[Name, ...], msgspec.Meta(max_length=MAX_TRANSIT_OFFICES)] = ()
    """Offices of transit, in the order of the route."""
    destination: Name | None = None
    """Office of destination of a transit."""
    declarant: Name
    """In whose name it was lodged."""
    representative: Name | None = None
    """Who lodged it in the declarant's name, under a mandate (UCC article 18, direct representation)."""
    contents: HexHash
    """Salted commitment to the declaration."""
    earlier: Annotated[tuple[HexHash, ...], msgspec.Meta(max_length=MAX_AMENDMENTS)] = ()
    """What it committed to before each amendment, oldest first."""
    bills: Annotated[tuple[BillId, ...], msgspec.Meta(max_length=MAX_DECLARED_BILLS)] = ()
    """Bills declared, with all their containers."""
    containers: Annotated[tuple[RecordId, ...], msgspec.Meta(max_length=MAX_DECLARED_CONTAINERS)] = ()
    """Containers declared by themselves, with all they hold."""
    reference: HexHash | None = None
    """Salted commitment to the number that customs gave it (MRN)."""
    awaits_goods: bool = False
    """True while goods that were declared ahead are not presented."""
    expires_ms: UInt | None = None
    """Latest block time for presenting goods that were declared ahead."""
    routing: Routing | None = None
    """Its lane, when customs use lanes."""
    examinations: Annotated[tuple[Examination, ...], msgspec.Meta(max_length=MAX_EXAMINATIONS)] = ()
    """Controls, oldest first."""
    holds: Annotated[tuple[Hold, ...], msgspec.Meta(max_length=MAX_HOLDS)] = ()
    """Open holds, oldest first."""
    queries: Annotated[tuple[Query, ...], msgspec.Meta(max_length=MAX_QUERIES)] = ()
    """Queries, oldest first."""
    resumes: DeclarationState | None = None
    """State to which the last answer returns, while queried."""
    requests: Annotated[tuple[Request, ...], msgspec.Meta(max_length=MAX_REQUESTS)] = ()
    """Requests of the declarant, oldest first."""
    notices: Annotated[tuple[Notice, ...], msgspec.Meta(max_length=MAX_NOTICES)] = ()
    """Notices of duties and taxes, oldest first."""
    errors: Annotated[tuple[DeclarationError, ...], msgspec.Meta(max_length=MAX_ERRORS)] = ()
    """Why it was rejected."""
    released_ms: UInt | None = None
    """Block time of the release that stands."""
    refused_for: RefusalReason | None = None
    """Why clearance was refused; kept when the declaration is invalidated afterwards."""
    refused_ms: UInt | None = None
    """Block time of the refusal."""
    cites: Annotated[tuple[Citation, ...], msgspec.Meta(max_length=MAX_CITATIONS)] = ()
    """Export clearances that it relies on."""
    passages: Annotated[tuple[Passage, ...], msgspec.Meta(max_length=MAX_TRANSIT_OFFICES)] = ()
    """Offices of transit that the goods have passed."""
