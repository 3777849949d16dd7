"""The record of a bill of lading or sea waybill.

Possession and title are apart, as in PINT: the possessor controls the bill, the
titleholder is the consignee of a straight bill or sea waybill, or the endorsee of
a bill to order. A negotiable bill without titleholder is a bearer bill.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from contracts.bill.vocabulary import (
    AmendmentReason,
    AmendmentState,
    BillState,
    BillType,
    DisputeGround,
    LegMode,
    SurrenderPurpose,
)
from contracts.model import BillId, Locode, Organisations, Record, RecordId
from ledger.canonical import Canonical
from ledger.genesis import Name
from ledger.primitives import HexHash, UInt

MAX_EARLIER: Final = 50
"""Amendments of one sea waybill: far more than any carrier makes before it writes a new one."""

MAX_ASKED: Final = 16
"""Requests for an amendment of one text: more than any dispute over words takes. Each raises the record's
version, so without a bound whoever asks could keep others from acting."""

MAX_LEGS: Final = 12
"""Legs of one carriage: the longest corridor has half as many."""

MAX_BILL_CONTAINERS: Final = 200
"""Containers on one bill. The largest published multi-container bills stay below a hundred."""


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
    deliver_to: Name | None = None
    """Who is to get the goods without the bill, after a surrender at origin."""
    accepted_ms: UInt | None = None
    """Block time at which the carrier accepted it; absent while it waits."""


class Dispute(Canonical, frozen=True, kw_only=True):
    """An open dispute over control: while it is open, control stays where it is."""

    by: Name
    """Who raised it."""
    ground: DisputeGround
    """Why."""
    since_version: UInt
    """Version of the bill with which it was raised: it tells disputes over a bill apart."""


class Amendment(Canonical, frozen=True, kw_only=True):
    """An amendment that someone asked the carrier for."""

    requester: Name
    """Who asked."""
    contents: HexHash
    """Salted commitment to the document as it should be."""
    state: AmendmentState
    """Whether the carrier has agreed; the bill itself changes with a further act only."""


class Master(Canonical, frozen=True, kw_only=True):
    """The bill under which a house bill's goods are carried."""

    bill: BillId | None = None
    """Its record, when it is on this ledger."""
    elsewhere: HexHash | None = None
    """Salted commitment to it, when it is on paper or another platform."""


class Leg(Canonical, frozen=True, kw_only=True):
    """One part of a carriage; it begins where the one before ends, the first at the place of loading."""

    mode: LegMode
    """How."""
    to: Locode
    """Where it ends."""


Legs = Annotated[tuple[Leg, ...], msgspec.Meta(max_length=MAX_LEGS)]
"""The legs of a carriage under one document, in order."""


class Bill(Record, frozen=True, kw_only=True, tag="bill"):
    """A bill of lading or sea waybill. Key: `bill/<64 hex digits>`."""

    type: BillType
    """What was issued."""
    state: BillState
    """Where it is in its life."""
    carrier: Name
    """Who issued it and answers surrenders."""
    possessor: Name | None = None
    """Who controls it: the carrier from surrender on; none for a sea waybill and after its end."""
    received_from: Name | None = None
    """From whom the possessor accepted it: a past possessor, who may dispute that and no more."""
    titleholder: Name | None = None
    """Consignee or endorsee; none when the bill is to bearer."""
    endorsed_by: Name | None = None
    """Who endorsed title to the titleholder, when an endorsement did: a return undoes it."""
    endorsable: bool = False
    """Whether the endorsee may endorse further."""
    shipper: Name | None = None
    """Who shipped, when an organisation of this network."""
    parties: Organisations = ()
    """Others entitled to the contents, such as a notify party or a broker."""
    contents: HexHash
    """Salted commitment to the document."""
    earlier: Annotated[tuple[HexHash, ...], msgspec.Meta(max_length=MAX_EARLIER)] = ()
    """What it committed to before it was amended, the oldest first; only sea waybills are amended so."""
    amendment: Amendment | None = None
    """An amendment that was asked for, and not declined or taken back. While it waits for its answer, it ends
    with the possession of whoever asked."""
    asked: UInt = 0
    """How often an amendment was asked for since the carrier wrote the text or possession passed."""
    containers: Annotated[tuple[RecordId, ...], msgspec.Meta(max_length=MAX_BILL_CONTAINERS)] = ()
    """Containers that it covers."""
    place_of_loading: Locode
    """Where the carriage begins."""
    place_of_delivery: Locode
    """Where the goods are delivered."""
    legs: Legs = ()
    """How the goods get from one to the other, when the document says so."""
    master: Master | None = None
    """The master bill, when this is a house bill."""
    master_proof: HexHash | None = None
    """Salted commitment to the proof that a master elsewhere was given up for the goods."""
    offer: Offer | None = None
    """A transfer under way; void once expired."""
    surrender: Surrender | None = None
    """The surrender under way or accepted."""
    dispute: Dispute | None = None
    """The dispute that freezes control, while there is one."""
    release_to: Name | None = None
    """Whom the carrier ordered the goods to be released to."""
    release_required: bool = False
    """Whether the goods stay until the carrier orders their release: once it has taken an order back, and
    for a bill on paper, whose return the ledger does not see."""
    paper: HexHash | None = None
    """Salted commitment to the paper that took its place."""
    from_paper: HexHash | None = None
    """Salted commitment to the paper in whose place it was issued (MLETR article 17)."""
    replaces: BillId | None = None
    """The bill, voided or switched to paper, in whose place it was issued."""
    replaced_by: BillId | None = None
    """The bill issued in its place, or in place of the paper that took it."""
