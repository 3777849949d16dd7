"""Records and acts of customs clearance.

The states join the WCO and UCC vocabulary with the codes that a working customs
service publishes (01 accepted, 02 registered, 05 physical control, 06 documents
required, 08 released, 09 cleared, 10 invalidated, 51 query). A hold is no state:
it is a member of a set, and only the authority that placed it can take it away.
"""

from __future__ import annotations

import enum
from typing import Annotated, Final

import msgspec

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

MAX_HOLDS: Final = 20
"""Open holds on one declaration."""

MAX_QUERIES: Final = 50
"""Queries on one declaration, answered ones included."""

Label = Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9]+(-[a-z0-9]+)*\Z", max_length=40)]
"""Name of a hold or query within its declaration."""


class DeclarationState(enum.StrEnum):
    """Where a declaration is in its life."""

    PRELODGED = "prelodged"
    ACCEPTED = "accepted"
    UNDER_DOCUMENT_CONTROL = "under_document_control"
    UNDER_PHYSICAL_CONTROL = "under_physical_control"
    QUERIED = "queried"
    RELEASED = "released"
    CLEARED = "cleared"
    REFUSED = "refused"
    INVALIDATED = "invalidated"


class Control(enum.StrEnum):
    """What customs examine (UCC article 188)."""

    DOCUMENTS = "documents"
    PHYSICAL = "physical"


class HoldReason(enum.StrEnum):
    """Why goods are held."""

    DOCUMENTS = "documents"
    INSPECTION = "inspection"
    PHYTOSANITARY = "phytosanitary"
    VETERINARY = "veterinary"
    DANGEROUS_GOODS = "dangerous_goods"
    SECURITY = "security"
    REVENUE = "revenue"
    INTELLECTUAL_PROPERTY = "intellectual_property"
    SANCTIONS = "sanctions"
    COURT_ORDER = "court_order"
    OTHER = "other"


class RefusalReason(enum.StrEnum):
    """Why clearance is refused."""

    PROHIBITED_GOODS = "prohibited_goods"
    MISSING_LICENCE = "missing_licence"
    FALSE_DECLARATION = "false_declaration"
    HEALTH_RISK = "health_risk"
    OTHER = "other"


class InvalidationReason(enum.StrEnum):
    """Why a declaration is invalidated (UCC article 174)."""

    REPLACED = "replaced"
    LODGED_IN_ERROR = "lodged_in_error"
    GOODS_NOT_PRESENTED = "goods_not_presented"
    OTHER = "other"


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


class Declaration(Record, frozen=True, kw_only=True, tag="declaration"):
    """A customs declaration. Key: `declaration/<32 hex digits>`."""

    type: Direction
    """Import or export."""
    state: DeclarationState
    """Where it is in its life."""
    office: Name
    """Customs office that decides."""
    jurisdiction: Country
    """Country of that office when it was lodged."""
    declarant: Name
    """Who lodged it."""
    on_behalf_of: Name | None = None
    """Whom the declarant says it represents."""
    contents: HexHash
    """Salted commitment to the declaration."""
    bills: Annotated[tuple[BillId, ...], msgspec.Meta(max_length=MAX_DECLARED_BILLS)] = ()
    """Bills declared, with all their containers."""
    containers: Annotated[tuple[RecordId, ...], msgspec.Meta(max_length=MAX_DECLARED_CONTAINERS)] = ()
    """Containers declared by themselves, with all they hold."""
    reference: HexHash | None = None
    """Salted commitment to the number that customs gave it (MRN)."""
    holds: Annotated[tuple[Hold, ...], msgspec.Meta(max_length=MAX_HOLDS)] = ()
    """Open holds, oldest first."""
    queries: Annotated[tuple[Query, ...], msgspec.Meta(max_length=MAX_QUERIES)] = ()
    """Queries, oldest first."""
    resumes: DeclarationState | None = None
    """State to which the last answer returns, while queried."""


class Lodge(Canonical, frozen=True, kw_only=True):
    """Body of `clearance.lodge`."""

    type: Direction
    """Import or export."""
    office: Name
    """Customs office."""
    on_behalf_of: Name | None = None
    """Whom the declarant represents."""
    contents: HexHash
    """Salted commitment to the declaration."""
    bills: Annotated[tuple[BillId, ...], msgspec.Meta(max_length=MAX_DECLARED_BILLS)] = ()
    """Bills declared, with all their containers."""
    containers: Annotated[tuple[RecordId, ...], msgspec.Meta(max_length=MAX_DECLARED_CONTAINERS)] = ()
    """Containers declared by themselves."""


class Accept(Canonical, frozen=True, kw_only=True):
    """Body of `clearance.accept`."""

    reference: HexHash | None = None
    """Salted commitment to the number that customs give the declaration (MRN)."""


class TakeControl(Canonical, frozen=True, kw_only=True):
    """Body of `clearance.control`."""

    control: Control
    """What will be examined."""


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


class Release(Canonical, frozen=True, kw_only=True):
    """Body of `clearance.release`, without fields."""


class Clear(Canonical, frozen=True, kw_only=True):
    """Body of `clearance.clear`, without fields."""


class Refuse(Canonical, frozen=True, kw_only=True):
    """Body of `clearance.refuse`."""

    reason: RefusalReason
    """Why."""


class Invalidate(Canonical, frozen=True, kw_only=True):
    """Body of `clearance.invalidate`."""

    reason: InvalidationReason
    """Why."""
