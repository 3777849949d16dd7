"""What acts on bills say: their bodies, named after the act."""

from __future__ import annotations

from typing import Annotated

import msgspec

from contracts.bill.model import MAX_BILL_CONTAINERS, Legs, Master
from contracts.bill.vocabulary import (
    AmendmentOutcome,
    AmendmentReason,
    BillType,
    DisputeGround,
    DisputeOutcome,
    OfferRejection,
    ReleaseRevocation,
    SurrenderPurpose,
    SurrenderRejection,
)
from contracts.model import BillId, Locode, Organisations, RecordId
from ledger.canonical import Canonical
from ledger.genesis import Name
from ledger.primitives import HexHash, UInt


class IssuedContainer(Canonical, frozen=True, kw_only=True):
    """A container on a new bill."""

    id: RecordId
    """Its record: one container on one trip, chosen at random by whoever names it first."""
    commitment: HexHash
    """Salted commitment to its number."""


class Publish(Canonical, frozen=True, kw_only=True):
    """Body of `bill.publish`; the subject is the hash of the numbering signature."""

    type: BillType
    """What is to be issued."""
    shipper: Name
    """Who is to approve it."""
    parties: Organisations = ()
    """Others entitled to the contents."""
    contents: HexHash
    """Salted commitment to the document."""
    place_of_loading: Locode
    """Where the carriage begins."""
    place_of_delivery: Locode
    """Where the goods are to be delivered."""


class Approve(Canonical, frozen=True, kw_only=True):
    """Body of `bill.approve`."""

    contents: HexHash
    """The draft's commitment again: so the shipper says which document it has checked."""


class RequestAmendment(Canonical, frozen=True, kw_only=True):
    """Body of `bill.request_amendment`."""

    contents: HexHash
    """Salted commitment to the document as it should be."""


class AnswerAmendment(Canonical, frozen=True, kw_only=True):
    """Body of `bill.answer_amendment`."""

    outcome: AmendmentOutcome
    """Whether the carrier agrees."""
    reason: SurrenderRejection | None = None
    """Why not, when declined."""


class CancelAmendment(Canonical, frozen=True, kw_only=True):
    """Body of `bill.cancel_amendment`, without fields."""


class Amend(Canonical, frozen=True, kw_only=True):
    """Body of `bill.amend`: a sea waybill as it is from now on."""

    titleholder: Name
    """Consignee."""
    parties: Organisations = ()
    """Others entitled to the contents."""
    contents: HexHash
    """Salted commitment to the amended document; it covers the same containers."""
    place_of_loading: Locode
    """Where the carriage begins."""
    place_of_delivery: Locode
    """Where the goods are delivered."""


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
    legs: Legs = ()
    """How the goods get from one to the other."""
    master: Master | None = None
    """The master bill, when this is a house bill."""
    replaces: BillId | None = None
    """A bill of the same carrier, voided or switched to paper, that this one replaces."""
    from_paper: HexHash | None = None
    """Salted commitment to the paper that it replaces, when the goods were under paper until now."""


class ProveMaster(Canonical, frozen=True, kw_only=True):
    """Body of `bill.prove_master`."""

    proof: HexHash
    """Salted commitment to what proves it, such as the other carrier's delivery order."""


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


class Sign(Canonical, frozen=True, kw_only=True):
    """Body of `bill.sign`, without fields."""


class RaiseDispute(Canonical, frozen=True, kw_only=True):
    """Body of `bill.dispute`."""

    ground: DisputeGround
    """Why."""


class ResolveDispute(Canonical, frozen=True, kw_only=True):
    """Body of `bill.resolve`."""

    outcome: DisputeOutcome
    """How it ends."""


class RequestSurrender(Canonical, frozen=True, kw_only=True):
    """Body of `bill.surrender`, addressed to the issuing carrier."""

    purpose: SurrenderPurpose
    """What for."""
    reason: AmendmentReason | None = None
    """Why, for an amendment."""
    deliver_to: Name | None = None
    """Who is to get the goods without the bill, for a surrender at origin."""


class AcceptSurrender(Canonical, frozen=True, kw_only=True):
    """Body of `bill.accept_surrender`, without fields."""


class RejectSurrender(Canonical, frozen=True, kw_only=True):
    """Body of `bill.reject_surrender`."""

    reason: SurrenderRejection
    """Why."""


class Void(Canonical, frozen=True, kw_only=True):
    """Body of `bill.void`, without fields."""


class SwitchToPaper(Canonical, frozen=True, kw_only=True):
    """Body of `bill.switch_to_paper`."""

    paper: HexHash
    """Salted commitment to what identifies the paper."""


class ReleaseDelivery(Canonical, frozen=True, kw_only=True):
    """Body of `bill.release`."""

    to: Name
    """Who may collect the goods."""


class RevokeRelease(Canonical, frozen=True, kw_only=True):
    """Body of `bill.revoke_release`."""

    reason: ReleaseRevocation
    """Why."""
