"""How a bill ends: surrendered to its carrier, and taken, returned or replaced by it."""

from __future__ import annotations

from contracts.bill import bodies, codes, rules
from contracts.bill.guards import CARRIER, DOCUMENT_OF_TITLE, NO_OFFER_LIVE, PENDING, POSSESSOR, SURRENDERED
from contracts.bill.model import Bill
from contracts.bill.vocabulary import BillState
from contracts.table import Act, Guard

SURRENDER: tuple[Act, ...] = (
    Act(
        name="bill.surrender",
        summary="Hands the bill to the carrier, for delivery of the goods or for an amendment.",
        record=Bill,
        body=bodies.RequestSurrender,
        scope=(DOCUMENT_OF_TITLE,),
        relation=POSSESSOR,
        states=(BillState.ISSUED,),
        guards=(
            NO_OFFER_LIVE,
            Guard(
                holds="The organisation is shipper or consignee (straight), endorsee (named) or bearer.",
                code=codes.MAY_NOT_SURRENDER,
                check=rules.may_surrender,
                rule="PINT SURRENDER_FOR_DELIVERY, SURRENDER_FOR_AMENDMENT",
                standing=True,
            ),
            Guard(
                holds="A reason is given for an amendment only.",
                code=codes.REASON_NEEDS_AMENDMENT,
                check=rules.reason_fits_purpose,
                rule="DCSA SUR reason codes SWTP, COD, SWI",
            ),
        ),
        effect=rules.request_surrender,
        leads_to=PENDING,
        rule="DCSA eBL UC9, UC12",
    ),
    Act(
        name="bill.accept_surrender",
        summary="Takes the surrendered bill out of circulation.",
        record=Bill,
        body=bodies.AcceptSurrender,
        relation=CARRIER,
        states=PENDING,
        effect=rules.accept_surrender,
        leads_to=SURRENDERED,
        paths=tuple(zip(PENDING, SURRENDERED, strict=True)),
        rule="PINT SACC; DCSA eBL UC10a, UC13a",
    ),
    Act(
        name="bill.reject_surrender",
        summary="Returns the bill to whoever surrendered it, with a reason.",
        record=Bill,
        body=bodies.RejectSurrender,
        relation=CARRIER,
        states=PENDING,
        effect=rules.reject_surrender,
        leads_to=(BillState.ISSUED,),
        rule="PINT SREJ; DCSA eBL UC10r, UC13r",
    ),
    Act(
        name="bill.void",
        summary="Ends a bill that was surrendered for amendment; another bill or paper takes its place.",
        record=Bill,
        body=bodies.Void,
        relation=CARRIER,
        states=(BillState.SURRENDERED_FOR_AMENDMENT,),
        effect=rules.void,
        leads_to=(BillState.VOIDED,),
        rule="DCSA eBL UC11; MLETR articles 16 and 18",
    ),
)
"""Acts at the end of a bill's life."""
