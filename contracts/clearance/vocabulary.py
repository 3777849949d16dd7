"""The words of customs clearance: states, lanes, reasons, grounds and outcomes.

The states join the WCO and UCC vocabulary with the codes that a working customs
service publishes (01 accepted, 02 received, 03 rejected, 05 physical control, 06
documents required, 08 released, 09 cleared, 10 invalidated, 16 exited, 51 query).
Every list is closed: free text never reaches the ledger.
"""

from __future__ import annotations

import enum


class DeclarationState(enum.StrEnum):
    """Where a declaration is in its life."""

    PRELODGED = "prelodged"
    """Lodged, not yet accepted."""
    ACCEPTED = "accepted"
    UNDER_DOCUMENT_CONTROL = "under_document_control"
    UNDER_PHYSICAL_CONTROL = "under_physical_control"
    QUERIED = "queried"
    RELEASED = "released"
    ARRIVED = "arrived"
    """Goods under transit have reached their office of destination."""
    CLEARED = "cleared"
    EXITED = "exited"
    """Exported goods have left the territory."""
    REJECTED = "rejected"
    """Never accepted: the declaration was not fit to be."""
    REFUSED = "refused"
    """Accepted, but the goods may not go."""
    INVALIDATED = "invalidated"
    EXPIRED = "expired"
    """Its time passed: goods never presented, or never exported."""


class Control(enum.StrEnum):
    """What customs examine (UCC article 188)."""

    DOCUMENTS = "documents"
    PHYSICAL = "physical"


class ControlResult(enum.StrEnum):
    """What a control found."""

    SATISFACTORY = "satisfactory"
    CONSIDERED_SATISFACTORY = "considered_satisfactory"
    """Taken as declared, without or beyond what was looked at."""
    DISCREPANCY = "discrepancy"


class Lane(enum.StrEnum):
    """How closely customs look before release, in the colours of ASYCUDA."""

    GREEN = "green"
    """No control before release."""
    BLUE = "blue"
    """Release first, audit afterwards."""
    YELLOW = "yellow"
    """Documents are examined before release."""
    RED = "red"
    """Goods are examined before release."""


class RoutingReason(enum.StrEnum):
    """Why a declaration is in its lane."""

    SELECTIVITY = "selectivity"
    """The risk criteria chose it: the first routing only."""
    RANDOM = "random"
    OFFICER = "officer"
    INTELLIGENCE = "intelligence"
    CONTROL_FINDING = "control_finding"
    TRUSTED_TRADER = "trusted_trader"
    OTHER = "other"


class HoldReason(enum.StrEnum):
    """Why goods are held."""

    DOCUMENTS = "documents"
    INSPECTION = "inspection"
    QUARANTINE = "quarantine"
    PHYTOSANITARY = "phytosanitary"
    VETERINARY = "veterinary"
    FOOD_SAFETY = "food_safety"
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
    REQUESTED = "requested"
    """The declarant asked for it, and customs granted it."""
    OTHER = "other"


class RequestKind(enum.StrEnum):
    """What a declarant asks for."""

    AMENDMENT = "amendment"
    CANCELLATION = "cancellation"


class RequestGround(enum.StrEnum):
    """Why the declarant asks (UCC articles 173 and 174)."""

    CLERICAL_ERROR = "clerical_error"
    QUANTITY = "quantity"
    VALUE = "value"
    CLASSIFICATION = "classification"
    ORIGIN = "origin"
    PARTIES = "parties"
    DOCUMENTS = "documents"
    PROCEDURE = "procedure"
    DUPLICATE = "duplicate"
    LODGED_IN_ERROR = "lodged_in_error"
    GOODS_NOT_SHIPPED = "goods_not_shipped"
    REPLACED = "replaced"
    OTHER = "other"


class RequestState(enum.StrEnum):
    """How far a request has come."""

    OPEN = "open"
    GRANTED = "granted"
    """Customs agreed, and have to carry it out."""
    DONE = "done"
    DENIED = "denied"
    REJECTED = "rejected"
    """The request itself was not fit to be decided."""


class Outcome(enum.StrEnum):
    """How customs answer a request."""

    GRANTED = "granted"
    DENIED = "denied"
    REJECTED = "rejected"


class DecisionGround(enum.StrEnum):
    """Why a request is denied or rejected."""

    OUT_OF_TIME = "out_of_time"
    GOODS_UNDER_CONTROL = "goods_under_control"
    GOODS_RELEASED = "goods_released"
    OTHER_GOODS = "other_goods"
    """The amended declaration would cover goods other than those first declared."""
    NOT_SUBSTANTIATED = "not_substantiated"
    MALFORMED = "malformed"
    OTHER = "other"


class AmendmentGround(enum.StrEnum):
    """Why customs amend a declaration."""

    REQUESTED = "requested"
    """The declarant asked for it, and customs granted it."""
    CONTROL_FINDING = "control_finding"
    ARRIVAL = "arrival"
    """What arrived or where differs from what was announced."""
    OFFICIAL_CORRECTION = "official_correction"
    OTHER = "other"


class DutyNotice(enum.StrEnum):
    """What customs tell about duties and taxes."""

    DEBT = "debt"
    INSUFFICIENT_BALANCE = "insufficient_balance"
    PAYMENT_REMINDER = "payment_reminder"


class WithdrawalReason(enum.StrEnum):
    """Why a release is withdrawn."""

    MISTAKE = "mistake"
    NEW_INFORMATION = "new_information"
    COURT_ORDER = "court_order"
    OTHER = "other"
