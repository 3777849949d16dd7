"""The states and conditions that the tables of bills share."""

from __future__ import annotations

from contracts import codes as shared
from contracts.bill import codes, disputes, drafting, issuing, rules
from contracts.bill.vocabulary import BillState
from contracts.checks import organisations_active
from contracts.table import Guard

DRAFTED = (BillState.DRAFT, BillState.APPROVED)

PENDING = (BillState.PENDING_SURRENDER_FOR_DELIVERY, BillState.PENDING_SURRENDER_FOR_AMENDMENT)

SURRENDERED = (BillState.SURRENDERED_FOR_DELIVERY, BillState.SURRENDERED_FOR_AMENDMENT)

NUMBERING_KEY = Guard(
    holds="The carrier has a registered numbering key.",
    code=codes.NO_NUMBERING_KEY,
    check=issuing.carrier_numbers_bills,
    rule="singularity: a second issue of the same number collides",
    standing=True,
)
OWN_DRAFT = Guard(
    holds="A draft that is there is the organisation's.",
    code=codes.NOT_CARRIER,
    check=drafting.actor_numbered_it,
    standing=True,
)
AMENDMENT_ANSWERED = Guard(
    holds="No request for an amendment waits for its answer.",
    code=codes.AMENDMENT_OPEN,
    check=drafting.amendment_is_answered,
    standing=True,
    opened_by=("bill.answer_amendment", "bill.cancel_amendment"),
)
DOCUMENT_OF_TITLE = Guard(
    holds="The record is a bill of lading, not a sea waybill.",
    code=codes.SEA_WAYBILL,
    check=rules.is_document_of_title,
    rule="DCSA eBL 3.0: a sea waybill knows no surrender",
    standing=True,
)
TO_ORDER = Guard(
    holds="The bill was issued to order.",
    code=codes.NOT_TO_ORDER,
    check=rules.is_to_order,
    rule="PINT: ENDORSE is for to-order bills",
    standing=True,
)
POSSESSOR = Guard(
    holds="The organisation possesses the bill.",
    code=codes.NOT_POSSESSOR,
    check=rules.actor_possesses,
    rule="MLETR article 11; PINT TRANSFER",
    standing=True,
)
RECIPIENT = Guard(
    holds="The bill is offered to the organisation.",
    code=codes.NOT_OFFERED,
    check=rules.actor_is_offered,
    standing=True,
)
CARRIER = Guard(
    holds="The organisation issued the bill.",
    code=codes.NOT_CARRIER,
    check=rules.actor_is_carrier,
    rule="DCSA SUR: the issuing carrier answers",
    standing=True,
)
NOT_DISPUTED = Guard(
    holds="No dispute over the bill is open.",
    code=codes.DISPUTED,
    check=disputes.is_not_disputed,
    rule="PINT control tracking: DISPUTE RECORD",
    standing=True,
    opened_by=("bill.resolve",),
)
NOT_IN_CIRCULATION = Guard(
    holds="No one can present the bill: it is no bill of lading that is issued and not surrendered.",
    code=codes.CIRCULATES,
    check=rules.does_not_circulate,
    rule="a bill that someone may present is neither voided nor delivered against",
    standing=True,
    opened_by=("bill.surrender",),
)
NO_OFFER_LIVE = Guard(
    holds="No offer is under way.",
    code=codes.OFFER_OPEN,
    check=rules.no_offer_is_live,
    standing=True,
    opened_by=("bill.accept", "bill.reject", "bill.cancel"),
)
OFFER_LIVE = Guard(
    holds="The offer has not expired at block time.",
    code=codes.OFFER_EXPIRED,
    check=rules.offer_is_live,
    standing=True,
)
SENDER_ACTIVE = Guard(
    holds="The possessor, who offered the bill, is active on the ledger.",
    code=shared.NO_ORGANISATION,
    check=rules.sender_is_active,
    rule="what a suspended organisation possesses stays its own",
    standing=True,
)
ENDORSEE = Guard(
    holds="The organisation holds title as well.",
    code=codes.NOT_ENDORSEE,
    check=rules.actor_is_endorsee,
    rule="PINT: the endorsee who also possesses",
    standing=True,
)
ENDORSEMENT_OPEN = Guard(
    holds="The endorsee may endorse further.",
    code=codes.ENDORSEMENT_CLOSED,
    check=rules.endorsement_is_open,
    rule="PINT: a plain ENDORSE ends the chain",
    standing=True,
)
ENDORSEE_ACTIVE = organisations_active(lambda body: [("body.endorsee", body.endorsee)])
ENDORSEE_OTHER = Guard(
    holds="The endorsee is another organisation.", code=codes.TO_SELF, check=rules.endorsee_is_other
)
ENDORSING = (NOT_DISPUTED, NO_OFFER_LIVE, ENDORSEE, ENDORSEMENT_OPEN)
