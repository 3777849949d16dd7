"""What a bill says, before it is issued and after: drafts, and amendments asked for and made."""

from __future__ import annotations

from contracts import codes as shared
from contracts.bill import bodies, codes, drafting
from contracts.bill.guards import AMENDMENT_ANSWERED, CARRIER, DRAFTED, NUMBERING_KEY, OWN_DRAFT
from contracts.bill.model import Bill
from contracts.bill.vocabulary import BillState
from contracts.checks import listed_once, organisations_active
from contracts.membership.model import Role
from contracts.table import Act, Guard, Presence

AMENDABLE = (*DRAFTED, BillState.ISSUED)
"""States in which an amendment can be asked for."""

AMENDMENT_WAITS = Guard(
    holds="A request for an amendment waits for its answer.",
    code=codes.NO_AMENDMENT,
    check=drafting.amendment_waits,
    standing=True,
    opened_by=("bill.request_amendment",),
)

DRAFT: tuple[Act, ...] = (
    Act(
        name="bill.publish",
        summary="Shows the shipper a draft, for the first time or in place of the one before.",
        record=Bill,
        body=bodies.Publish,
        presence=Presence.EITHER,
        roles=(Role.CARRIER,),
        duty=False,
        relation=OWN_DRAFT,
        states=DRAFTED,
        guards=(
            NUMBERING_KEY,
            AMENDMENT_ANSWERED,
            listed_once(drafting.parties_listed),
            organisations_active(drafting.organisations_drafted),
        ),
        effect=drafting.publish,
        leads_to=(BillState.DRAFT,),
        paths=tuple((state, BillState.DRAFT) for state in (None, *DRAFTED)),
        rule="DCSA eBL UC6",
    ),
    Act(
        name="bill.approve",
        summary="Agrees to a draft, as the shipper.",
        record=Bill,
        body=bodies.Approve,
        relation=Guard(
            holds="The organisation is the shipper.",
            code=codes.NOT_SHIPPER,
            check=drafting.actor_is_shipper,
            standing=True,
        ),
        states=(BillState.DRAFT,),
        guards=(
            AMENDMENT_ANSWERED,
            Guard(
                holds="The approved contents are the draft's.",
                code=codes.CONTENTS_MISMATCH,
                check=drafting.draft_contents_agree,
            ),
        ),
        effect=drafting.approve,
        leads_to=(BillState.APPROVED,),
        rule="DCSA eBL UC7",
    ),
    Act(
        name="bill.request_amendment",
        summary="Asks the carrier to make the document say something else.",
        record=Bill,
        body=bodies.RequestAmendment,
        relation=Guard(
            holds="The organisation possesses the bill of lading, or ships under the draft or sea waybill.",
            code=codes.MAY_NOT_ASK,
            check=drafting.actor_may_ask,
            rule="MLETR article 11: who has passed the bill on has no say in it",
            standing=True,
        ),
        states=AMENDABLE,
        guards=(
            AMENDMENT_ANSWERED,
            Guard(
                holds="Amendments of the text were not asked for too often.",
                code=codes.ASKED_TOO_OFTEN,
                check=drafting.room_for_request,
                standing=True,
            ),
        ),
        effect=drafting.request_amendment,
        rule="DCSA eBL UC3 for a draft, UC17 for an issued document",
    ),
    Act(
        name="bill.answer_amendment",
        summary="Answers a request for an amendment; the document changes with a further act only.",
        record=Bill,
        body=bodies.AnswerAmendment,
        duty=True,
        relation=CARRIER,
        states=AMENDABLE,
        guards=(
            AMENDMENT_WAITS,
            Guard(
                holds="A reason is given when it is declined, and only then.",
                code=codes.REASON_FOR_OUTCOME,
                check=drafting.reason_fits_outcome,
            ),
        ),
        effect=drafting.answer_amendment,
        rule="DCSA eBL UC4; AMENDMENT_CONFIRMED, AMENDMENT_DECLINED",
    ),
    Act(
        name="bill.cancel_amendment",
        summary="Takes a request for an amendment back before it is answered.",
        record=Bill,
        body=bodies.CancelAmendment,
        relation=Guard(
            holds="The organisation asked for the amendment.",
            code=codes.NOT_REQUESTER,
            check=drafting.actor_asked,
            standing=True,
        ),
        states=AMENDABLE,
        guards=(AMENDMENT_WAITS,),
        effect=drafting.cancel_amendment,
        rule="DCSA eBL UC5, UC18",
    ),
    Act(
        name="bill.amend",
        summary="Amends a sea waybill; what it said before stays named.",
        record=Bill,
        body=bodies.Amend,
        scope=(
            Guard(
                holds="The record is a sea waybill.",
                code=codes.NOT_WAYBILL,
                check=drafting.is_waybill,
                rule="DCSA eBL: a bill of lading is amended by surrender, void and reissue",
                standing=True,
            ),
        ),
        relation=CARRIER,
        states=(BillState.ISSUED,),
        guards=(
            AMENDMENT_ANSWERED,
            listed_once(drafting.parties_listed),
            organisations_active(drafting.organisations_amended),
            Guard(
                holds="The waybill has room for another amendment.",
                code=shared.RECORD_FULL,
                check=drafting.room_for_earlier,
                standing=True,
            ),
        ),
        effect=drafting.amend,
        rule="DCSA eBL UC8 again; MLETR article 16: amendments are identifiable",
    ),
)
"""Acts on what a bill says."""
