"""Records and acts of control over bills of lading (DCSA eBL 3.0 and PINT vocabulary).

Possession and title are apart, as in PINT: the possessor controls the bill, the
titleholder is the consignee of a straight bill or sea waybill, or the endorsee of
a bill to order. A negotiable bill without titleholder is a bearer bill.
"""

from __future__ import annotations

import enum
from typing import Annotated, Final

import msgspec

from contracts.model import BillId, Locode, Organisations, Record, RecordId
from ledger.canonical import Canonical
from ledger.genesis import Name
from ledger.primitives import HexHash, UInt

MAX_BILL_CONTAINERS: Final = 200
"""Containers on one bill. The largest published multi-container bills stay below a hundred."""

MAX_OFFER_MS: Final = 30 * 24 * 3_600_000
"""Longest life of an offer: 30 days, the longest usual presentation period under a letter of credit is 21."""


class BillType(enum.StrEnum):
    """What kind of document was issued."""

    STRAIGHT = "straight"
    TO_ORDER = "to_order"
    BLANK = "blank"
    SEA_WAYBILL = "sea_waybill"


class BillState(enum.StrEnum):
    """Where a bill is in its life (DCSA transport document status, from issuance on)."""

    ISSUED = "issued"
    PENDING_SURRENDER_FOR_DELIVERY = "pending_surrender_for_delivery"
    PENDING_SURRENDER_FOR_AMENDMENT = "pending_surrender_for_amendment"
    SURRENDERED_FOR_DELIVERY = "surrendered_for_delivery"
    SURRENDERED_FOR_AMENDMENT = "surrendered_for_amendment"
    VOIDED = "voided"


class SurrenderPurpose(enum.StrEnum):
    """What a bill is surrendered for."""

    DELIVERY = "delivery"
    AMENDMENT = "amendment"


class AmendmentReason(enum.StrEnum):
    """Why a bill is surrendered for amendment (DCSA surrender request reason codes)."""

    SWITCH_TO_PAPER = "SWTP"
    CHANGE_OF_DESTINATION = "COD"
    SWITCH_BILL = "SWI"


class OfferRejection(enum.StrEnum):
    """Why a recipient does not take a bill."""

    NOT_EXPECTED = "not_expected"
    CONTENTS_WRONG = "contents_wrong"
    CONTENTS_UNAVAILABLE = "contents_unavailable"
    TERMS_NOT_MET = "terms_not_met"
    OTHER = "other"


class SurrenderRejection(enum.StrEnum):
    """Why a carrier does not take a surrender; DCSA makes the reason mandatory."""

    CHARGES_UNPAID = "charges_unpaid"
    PARTY_NOT_ENTITLED = "party_not_entitled"
    AMENDMENT_NOT_POSSIBLE = "amendment_not_possible"
    INSTRUCTIONS_UNCLEAR = "instructions_unclear"
    LEGAL_BAR = "legal_bar"
    OTHER = "other"


class Offer(Canonical, frozen=True, kw_only=True):
    """A transfer that waits for its recipient."""

    to: Name
    """Who may accept."""
    expires_ms: UInt
    """Last block time at which acceptance is possible; afterwards the offer counts as void."""


class Surrender(Canonical, frozen=True, kw_only=True):
    """A surrender, asked for or accepted."""

    purpose: SurrenderPurpose
    """What for."""
    reason: AmendmentReason | None = None
    """Why, for an amendment."""
    requester: Name
    """Who surrendered, and gets possession back if the carrier rejects."""


class Bill(Record, frozen=True, kw_only=True, tag="bill"):
    """A bill of lading or sea waybill. Key: `bill/<64 hex digits>`."""

    type: BillType
    """What was issued."""
    state: BillState
    """Where it is in its life."""
    carrier: Name
    """Who issued it and answers surrenders."""
    possessor: Name | None = None
    """Who controls it: the carrier from surrender on; none for a sea waybill and after voiding."""
    titleholder: Name | None = None
    """Consignee or endorsee; none when the bill is to bearer."""
    endorsable: bool = False
    """Whether the endorsee may endorse further."""
    shipper: Name | None = None
    """Who shipped, when an organisation of this network."""
    parties: Organisations = ()
    """Others entitled to the contents, such as a notify party or a broker."""
    contents: HexHash
    """Salted commitment to the document."""
    containers: Annotated[tuple[RecordId, ...], msgspec.Meta(max_length=MAX_BILL_CONTAINERS)] = ()
    """Containers that it covers."""
    place_of_loading: Locode
    """Where the carriage begins."""
    place_of_delivery: Locode
    """Where the goods are delivered."""
    offer: Offer | None = None
    """A transfer under way; void once expired."""
    surrender: Surrender | None = None
    """The surrender under way or accepted."""
    replaces: BillId | None = None
    """The voided bill in whose place it was issued."""
    replaced_by: BillId | None = None
    """The bill issued in its place after voiding."""


class IssuedContainer(Canonical, frozen=True, kw_only=True):
    """A container on a new bill."""

    id: RecordId
    """Its record: one container on one trip, chosen at random by whoever names it first."""
    commitment: HexHash
    """Salted commitment to its number."""


class Issue(Canonical, frozen=True, kw_only=True):
    """Body of `bill.issue`; the subject is the hash of the numbering signature."""

    type: BillType
    """What is issued."""
    possessor: Name | None = None
    """First possessor; none for a sea waybill."""
    titleholder: Name | None = None
    """Consignee of a straight bill or sea waybill, endorsee of a bill to order; none for a blank bill."""
    shipper: Name | None = None
    """Who shipped, when an organisation of this network."""
    parties: Organisations = ()
    """Others entitled to the contents."""
    contents: HexHash
    """Salted commitment to the document."""
    containers: Annotated[tuple[IssuedContainer, ...], msgspec.Meta(max_length=MAX_BILL_CONTAINERS)] = ()
    """Containers covered; records are made for those that have none."""
    place_of_loading: Locode
    """Where the carriage begins."""
    place_of_delivery: Locode
    """Where the goods are delivered."""
    replaces: BillId | None = None
    """A voided bill of the same carrier that this one replaces."""


class Transfer(Canonical, frozen=True, kw_only=True):
    """Body of `bill.transfer`: an offer."""

    to: Name
    """Recipient."""
    expires_ms: UInt
    """Last block time at which the recipient may accept."""


class Accept(Canonical, frozen=True, kw_only=True):
    """Body of `bill.accept`."""

    contents: HexHash
    """The bill's commitment again: so the recipient says that its node fetched, checked and stored them."""


class Reject(Canonical, frozen=True, kw_only=True):
    """Body of `bill.reject`."""

    reason: OfferRejection
    """Why."""


class Cancel(Canonical, frozen=True, kw_only=True):
    """Body of `bill.cancel`, without fields."""


class Endorse(Canonical, frozen=True, kw_only=True):
    """Body of `bill.endorse` and `bill.endorse_to_order`."""

    endorsee: Name
    """Who holds title from now on."""


class BlankEndorse(Canonical, frozen=True, kw_only=True):
    """Body of `bill.blank_endorse`, without fields."""


class RequestSurrender(Canonical, frozen=True, kw_only=True):
    """Body of `bill.surrender`, addressed to the issuing carrier."""

    purpose: SurrenderPurpose
    """What for."""
    reason: AmendmentReason | None = None
    """Why, for an amendment."""


class AcceptSurrender(Canonical, frozen=True, kw_only=True):
    """Body of `bill.accept_surrender`, without fields."""


class RejectSurrender(Canonical, frozen=True, kw_only=True):
    """Body of `bill.reject_surrender`."""

    reason: SurrenderRejection
    """Why."""


class Void(Canonical, frozen=True, kw_only=True):
    """Body of `bill.void`, without fields."""
