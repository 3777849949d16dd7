"""The table of control over bills: possession, title and surrender.

Sources: DCSA platform interoperability (PINT) transaction rules, DCSA eBL 3.0
transport document status, and the UNCITRAL Model Law on Electronic Transferable
Records (MLETR). At every moment one organisation at most controls a bill, and an
act that passes control takes it from the sender in the same step (MLETR article 11).
"""

from __future__ import annotations

from contracts import codes as shared
from contracts.bill import codes, issuing, model, rules
from contracts.bill.model import Bill, BillState
from contracts.checks import listed_once, organisations_active
from contracts.membership.model import Role
from contracts.table import Act, Guard, Presence

PENDING = (BillState.PENDING_SURRENDER_FOR_DELIVERY, BillState.PENDING_SURRENDER_FOR_AMENDMENT)

SURRENDERED = (BillState.SURRENDERED_FOR_DELIVERY, BillState.SURRENDERED_FOR_AMENDMENT)

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
NO_OFFER_LIVE = Guard(
    holds="No offer is under way.",
    code=codes.OFFER_OPEN,
    check=rules.no_offer_is_live,
    standing=True,
)
OFFER_LIVE = Guard(
    holds="The offer has not expired at block time.",
    code=codes.OFFER_EXPIRED,
    check=rules.offer_is_live,
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
ENDORSING = (NO_OFFER_LIVE, ENDORSEE, ENDORSEMENT_OPEN)

ISSUE_GUARDS = (
    Guard(
        holds="The carrier has a registered numbering key.",
        code=codes.NO_NUMBERING_KEY,
        check=issuing.carrier_numbers_bills,
        rule="singularity: a second issue of the same number collides",
        standing=True,
    ),
    Guard(
        holds="A bill of lading has a first possessor; a sea waybill has none.",
        code=codes.POSSESSOR_FOR_TYPE,
        check=issuing.possessor_fits_type,
    ),
    Guard(
        holds="Consignee or endorsee is named, except on a blank bill.",
        code=codes.TITLEHOLDER_FOR_TYPE,
        check=issuing.titleholder_fits_type,
        rule="DCSA eBL: straight has a consignee, to order an endorsee or none",
    ),
    listed_once(issuing.lists),
    organisations_active(issuing.organisations_named),
    Guard(
        holds="A container with a record commits to the same number.",
        code=codes.CONTAINER_DIFFERS,
        check=issuing.containers_agree,
    ),
    Guard(
        holds="A container with a record is operated by the carrier or on a bill that names it.",
        code=codes.CONTAINER_NOT_YOURS,
        check=issuing.containers_are_yours,
    ),
    Guard(
        holds="No container is on too many bills.",
        code=shared.RECORD_FULL,
        check=issuing.containers_have_room,
    ),
    Guard(
        holds="A replaced bill is the carrier's own, voided, and replaced once.",
        code=codes.NOT_REPLACEABLE,
        check=issuing.replaced_is_voided,
        rule="MLETR article 16: amendments are identifiable",
    ),
)

ACTS: tuple[Act, ...] = (
    Act(
        name="bill.issue",
        summary="Issues a bill of lading or sea waybill and names its first possessor.",
        record=Bill,
        body=model.Issue,
        presence=Presence.ABSENT,
        roles=(Role.CARRIER,),
        guards=ISSUE_GUARDS,
        effect=issuing.issue,
        leads_to=(BillState.ISSUED,),
        rule="PINT ISSUE; DCSA eBL UC8",
    ),
    Act(
        name="bill.transfer",
        summary="Offers possession to another organisation until a stated time.",
        record=Bill,
        body=model.Transfer,
        scope=(DOCUMENT_OF_TITLE,),
        relation=POSSESSOR,
        states=(BillState.ISSUED,),
        guards=(
            NO_OFFER_LIVE,
            Guard(
                holds="The recipient is another organisation.",
                code=codes.TO_SELF,
                check=rules.recipient_is_other,
            ),
            organisations_active(lambda body: [("body.to", body.to)]),
            Guard(
                holds="The offer ends after block time and within 30 days.",
                code=codes.OFFER_TERM,
                check=rules.offer_term_is_fair,
            ),
        ),
        effect=rules.transfer,
        rule="PINT TRANSFER; two steps, so that a wrong address costs nothing",
    ),
    Act(
        name="bill.accept",
        summary="Takes possession; the recipient says that its node has checked and stored the contents.",
        record=Bill,
        body=model.Accept,
        scope=(DOCUMENT_OF_TITLE,),
        relation=RECIPIENT,
        states=(BillState.ISSUED,),
        guards=(
            OFFER_LIVE,
            Guard(
                holds="The accepted contents are the bill's.",
                code=codes.CONTENTS_MISMATCH,
                check=rules.contents_agree,
                rule="a document cannot vanish with its issuer",
            ),
        ),
        effect=rules.accept,
        rule="PINT TRANSFER, received",
    ),
    Act(
        name="bill.reject",
        summary="Declines an offered bill; possession stays with the sender.",
        record=Bill,
        body=model.Reject,
        scope=(DOCUMENT_OF_TITLE,),
        relation=RECIPIENT,
        states=(BillState.ISSUED,),
        guards=(OFFER_LIVE,),
        effect=rules.withdraw_offer,
    ),
    Act(
        name="bill.cancel",
        summary="Takes an offer back before it is accepted.",
        record=Bill,
        body=model.Cancel,
        scope=(DOCUMENT_OF_TITLE,),
        relation=POSSESSOR,
        states=(BillState.ISSUED,),
        guards=(
            Guard(holds="There is an offer.", code=codes.NO_OFFER, check=rules.offer_exists, standing=True),
        ),
        effect=rules.withdraw_offer,
    ),
    Act(
        name="bill.endorse",
        summary="Passes title to an endorsee who cannot endorse further.",
        record=Bill,
        body=model.Endorse,
        scope=(DOCUMENT_OF_TITLE, TO_ORDER),
        relation=POSSESSOR,
        states=(BillState.ISSUED,),
        guards=(*ENDORSING, ENDORSEE_OTHER, ENDORSEE_ACTIVE),
        effect=rules.endorse,
        rule="PINT ENDORSE; MLETR article 15",
    ),
    Act(
        name="bill.endorse_to_order",
        summary="Passes title to an endorsee who may endorse further.",
        record=Bill,
        body=model.Endorse,
        scope=(DOCUMENT_OF_TITLE, TO_ORDER),
        relation=POSSESSOR,
        states=(BillState.ISSUED,),
        guards=(*ENDORSING, ENDORSEE_OTHER, ENDORSEE_ACTIVE),
        effect=rules.endorse_to_order,
        rule="PINT ENDORSE_TO_ORDER; MLETR article 15",
    ),
    Act(
        name="bill.blank_endorse",
        summary="Makes the bill a bearer bill: title goes with possession from now on.",
        record=Bill,
        body=model.BlankEndorse,
        scope=(DOCUMENT_OF_TITLE, TO_ORDER),
        relation=POSSESSOR,
        states=(BillState.ISSUED,),
        guards=ENDORSING,
        effect=rules.blank_endorse,
        rule="PINT BLANK_ENDORSE",
    ),
    Act(
        name="bill.surrender",
        summary="Hands the bill to the carrier, for delivery of the goods or for an amendment.",
        record=Bill,
        body=model.RequestSurrender,
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
        body=model.AcceptSurrender,
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
        body=model.RejectSurrender,
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
        body=model.Void,
        relation=CARRIER,
        states=(BillState.SURRENDERED_FOR_AMENDMENT,),
        effect=rules.void,
        leads_to=(BillState.VOIDED,),
        rule="DCSA eBL UC11; MLETR articles 16 and 18",
    ),
)
"""The acts on bills."""
