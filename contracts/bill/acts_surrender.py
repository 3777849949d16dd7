"""How a bill ends: surrendered to its carrier, and taken, returned or replaced by it."""

from __future__ import annotations

from contracts.bill import bodies, codes, surrendering
from contracts.bill.guards import (
    CARRIER,
    DOCUMENT_OF_TITLE,
    DRAFTED,
    NO_OFFER_LIVE,
    NOT_DISPUTED,
    NOT_IN_CIRCULATION,
    PENDING,
    POSSESSOR,
    SURRENDERED,
)
from contracts.bill.model import Bill
from contracts.bill.vocabulary import BillState
from contracts.checks import organisations_active
from contracts.table import Act, Guard

SURRENDER: tuple[Act, ...] = (
    Act(
        name="bill.surrender",
        summary="Hands the bill to the carrier: for delivery, with it or at origin, or for an amendment.",
        record=Bill,
        body=bodies.RequestSurrender,
        scope=(DOCUMENT_OF_TITLE,),
        relation=POSSESSOR,
        states=(BillState.ISSUED,),
        guards=(
            NOT_DISPUTED,
            NO_OFFER_LIVE,
            Guard(
                holds="The organisation is shipper or consignee (straight), endorsee (named) or bearer.",
                code=codes.MAY_NOT_SURRENDER,
                check=surrendering.may_surrender,
                rule="PINT SURRENDER_FOR_DELIVERY, SURRENDER_FOR_AMENDMENT",
                standing=True,
            ),
            Guard(
                holds="A reason is given for an amendment only.",
                code=codes.REASON_NEEDS_AMENDMENT,
                check=surrendering.reason_fits_purpose,
                rule="DCSA SUR reason codes SWTP, COD, SWI",
            ),
            Guard(
                holds="A surrender at origin is the shipper's.",
                code=codes.NOT_SHIPPER,
                check=surrendering.origin_is_shippers,
                rule="telex release: the shipper gives up delivery against the bill",
            ),
            Guard(
                holds="A surrender at origin, and no other, names who gets the goods.",
                code=codes.RECEIVER_FOR_PURPOSE,
                check=surrendering.receiver_fits_purpose,
            ),
            Guard(
                holds="The goods of a straight bill go to its consignee.",
                code=codes.NOT_CONSIGNEE,
                check=surrendering.receiver_is_consignee,
            ),
            organisations_active(lambda body: [("body.deliver_to", body.deliver_to)]),
        ),
        effect=surrendering.request_surrender,
        leads_to=PENDING,
        rule="DCSA eBL UC9, UC12",
    ),
    Act(
        name="bill.accept_surrender",
        summary="Takes the surrendered bill out of circulation.",
        record=Bill,
        body=bodies.AcceptSurrender,
        duty=True,
        relation=CARRIER,
        states=PENDING,
        guards=(
            NOT_DISPUTED,
            Guard(
                holds="No caretaker takes a bill for an amendment, which it cannot make.",
                code=codes.CARETAKER_AMENDS,
                check=surrendering.taker_can_amend,
                rule="what is taken for an amendment is voided and issued anew: no duty",
                standing=True,
            ),
        ),
        effect=surrendering.accept_surrender,
        leads_to=SURRENDERED,
        paths=tuple(zip(PENDING, SURRENDERED, strict=True)),
        rule="PINT SACC; DCSA eBL UC10a, UC13a",
    ),
    Act(
        name="bill.reject_surrender",
        summary="Returns the bill to whoever surrendered it, with a reason; also one taken for an amendment.",
        record=Bill,
        body=bodies.RejectSurrender,
        duty=True,
        relation=CARRIER,
        states=(*PENDING, BillState.SURRENDERED_FOR_AMENDMENT),
        guards=(NOT_DISPUTED,),
        effect=surrendering.reject_surrender,
        leads_to=(BillState.ISSUED,),
        rule="PINT SREJ; DCSA eBL UC10r, UC13r",
    ),
    Act(
        name="bill.void",
        summary="Ends a bill that was surrendered for amendment, a sea waybill or a draft.",
        record=Bill,
        body=bodies.Void,
        relation=CARRIER,
        states=(*DRAFTED, BillState.ISSUED, BillState.SURRENDERED_FOR_AMENDMENT),
        guards=(NOT_DISPUTED, NOT_IN_CIRCULATION),
        effect=surrendering.void,
        leads_to=(BillState.VOIDED,),
        rule="DCSA eBL UC11; MLETR article 16",
    ),
    Act(
        name="bill.switch_to_paper",
        summary="Replaces a bill that was surrendered for it by paper, which is identified.",
        record=Bill,
        body=bodies.SwitchToPaper,
        relation=CARRIER,
        states=(BillState.SURRENDERED_FOR_AMENDMENT,),
        guards=(
            NOT_DISPUTED,
            Guard(
                holds="The bill was surrendered to be switched to paper (SWTP).",
                code=codes.PAPER_NOT_ASKED_FOR,
                check=surrendering.paper_was_asked_for,
                rule="DCSA SUR reason code SWTP",
                standing=True,
            ),
        ),
        effect=surrendering.switch_to_paper,
        leads_to=(BillState.SWITCHED_TO_PAPER,),
        rule="MLETR article 18: the electronic record becomes inoperative",
    ),
)
"""Acts at the end of a bill's life."""
