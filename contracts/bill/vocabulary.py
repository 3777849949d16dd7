"""The words of control over bills: kinds, states, purposes and reasons (DCSA eBL 3.0 and PINT)."""

from __future__ import annotations

import enum


class BillType(enum.StrEnum):
    """What kind of document was issued."""

    STRAIGHT = "straight"
    TO_ORDER = "to_order"
    BLANK = "blank"
    SEA_WAYBILL = "sea_waybill"


class BillState(enum.StrEnum):
    """Where a bill is in its life (DCSA transport document status)."""

    DRAFT = "draft"
    """Published by the carrier for the shipper to look at; it controls nothing."""
    APPROVED = "approved"
    """A draft that its shipper agreed to."""
    ISSUED = "issued"
    PENDING_SURRENDER_FOR_DELIVERY = "pending_surrender_for_delivery"
    PENDING_SURRENDER_FOR_AMENDMENT = "pending_surrender_for_amendment"
    SURRENDERED_FOR_DELIVERY = "surrendered_for_delivery"
    SURRENDERED_FOR_AMENDMENT = "surrendered_for_amendment"
    SWITCHED_TO_PAPER = "switched_to_paper"
    """Replaced by paper; the electronic bill controls nothing any more (MLETR article 18)."""
    VOIDED = "voided"


class LegMode(enum.StrEnum):
    """How goods travel on one leg (DCSA mode of transport, in brackets its codes)."""

    SEA = "sea"
    """By sea (VESSEL)."""
    RAIL = "rail"
    """By rail (RAIL)."""
    ROAD = "road"
    """By road (TRUCK)."""
    BARGE = "barge"
    """By barge (BARGE)."""
    MIXED = "mixed"
    """By several that are not told apart (MULTIMODAL)."""


class SurrenderPurpose(enum.StrEnum):
    """What a bill is surrendered for."""

    DELIVERY = "delivery"
    """The goods are to be delivered to whoever surrenders."""
    ORIGIN = "origin"
    """The goods are to be delivered to a named party without the bill: surrender at origin, telex release."""
    AMENDMENT = "amendment"
    """The bill is to be replaced by an amended one, or by paper."""


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
    """Why a carrier does not take a surrender (DCSA makes the reason mandatory) or does not amend."""

    CHARGES_UNPAID = "charges_unpaid"
    PARTY_NOT_ENTITLED = "party_not_entitled"
    AMENDMENT_NOT_POSSIBLE = "amendment_not_possible"
    INSTRUCTIONS_UNCLEAR = "instructions_unclear"
    LEGAL_BAR = "legal_bar"
    OTHER = "other"


class ReleaseRevocation(enum.StrEnum):
    """Why a carrier takes its delivery release back."""

    CHARGES_UNPAID = "charges_unpaid"
    WRONG_PARTY = "wrong_party"
    INSTRUCTIONS_CHANGED = "instructions_changed"
    LIEN = "lien"
    LEGAL_BAR = "legal_bar"
    OTHER = "other"


class DisputeGround(enum.StrEnum):
    """Why control over a bill is disputed."""

    NOT_AUTHORISED = "not_authorised"
    """Whoever signed for the organisation was not to do so, as with a stolen key."""
    WRONG_RECIPIENT = "wrong_recipient"
    TITLE_CONTESTED = "title_contested"
    CONTENTS_WRONG = "contents_wrong"
    OTHER_ORIGINAL = "other_original"
    """Another original circulates, on paper or elsewhere."""
    OTHER = "other"


class DisputeOutcome(enum.StrEnum):
    """How the sides of a dispute end it between themselves."""

    WITHDRAWN = "withdrawn"
    """Whoever raised it lets it go: control stays as it is."""
    RETURNED = "returned"
    """The possessor gives way: possession goes back to whoever it was taken from."""


class AmendmentState(enum.StrEnum):
    """Where a request for an amendment stands (DCSA eBL 3.0.3); one declined or cancelled is gone."""

    RECEIVED = "received"
    CONFIRMED = "confirmed"


class AmendmentOutcome(enum.StrEnum):
    """What the carrier answers to a request for an amendment."""

    CONFIRMED = "confirmed"
    DECLINED = "declined"
