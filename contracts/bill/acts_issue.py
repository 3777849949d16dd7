"""How bills come to be."""

from __future__ import annotations

from contracts import codes as shared
from contracts.bill import bodies, codes, house, issuing
from contracts.bill.guards import AMENDMENT_ANSWERED, DRAFTED, NUMBERING_KEY, OWN_DRAFT
from contracts.bill.model import Bill
from contracts.bill.vocabulary import BillState
from contracts.checks import listed_once, organisations_active
from contracts.membership.model import Role
from contracts.table import Act, Guard, Presence

ISSUE_GUARDS = (
    NUMBERING_KEY,
    AMENDMENT_ANSWERED,
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
        holds="The carrier operates a container with a record, issued or is written into a bill on it, or"
        " names one as master.",
        code=codes.CONTAINER_NOT_YOURS,
        check=issuing.containers_are_yours,
        rule="a further bill holds the goods back until it is given up too",
    ),
    Guard(
        holds="No container is on too many bills.",
        code=shared.RECORD_FULL,
        check=issuing.containers_have_room,
    ),
    Guard(
        holds="A house bill names its master by its record or by a commitment.",
        code=codes.MASTER_FORM,
        check=house.master_is_named_once,
    ),
    Guard(
        holds="A master on this ledger is another carrier's, and the issuer of the house bill controls it.",
        code=codes.MASTER_NOT_HELD,
        check=house.master_is_held,
        rule="a house bill promises no more than its carrier was promised",
    ),
    Guard(
        holds="Every container of a house bill is on its master.",
        code=codes.MASTER_CONTAINERS,
        check=house.master_covers_containers,
    ),
    Guard(
        holds="The master does not hang under the bill that is replaced.",
        code=codes.MASTER_CIRCLE,
        check=house.master_is_not_below,
        rule="linkage rule: the whole chain of bills",
    ),
    Guard(
        holds="The legs lead from the place of loading to the place of delivery.",
        code=codes.LEGS,
        check=house.legs_lead_to_delivery,
        rule="DCSA eBL 3.0: pre-carriage, vessel voyages and on-carriage follow each other",
    ),
    Guard(
        holds="A replaced bill is the carrier's own, voided or on paper, and replaced once.",
        code=codes.NOT_REPLACEABLE,
        check=issuing.replaced_is_ended,
        rule="MLETR article 16: amendments are identifiable",
    ),
    Guard(
        holds="An amended bill goes back to whoever surrendered the one that it replaces, who of a waybill is"
        " shipper or consignee.",
        code=codes.REPLACEMENT_POSSESSOR,
        check=issuing.replacement_goes_back,
        rule="MLETR article 11: an amendment takes control from no one",
    ),
    Guard(
        holds="A bill on paper is replaced in exchange for that paper, and the paper for no other bill.",
        code=codes.OTHER_PAPER,
        check=issuing.paper_is_the_one,
        rule="MLETR article 17: the paper becomes inoperative",
    ),
    Guard(
        holds="What is issued from a draft is what the draft says.",
        code=codes.NOT_THE_DRAFT,
        check=issuing.draft_agrees,
        rule="DCSA eBL UC7, UC8",
    ),
)

ISSUE: tuple[Act, ...] = (
    Act(
        name="bill.issue",
        summary="Issues a bill of lading or sea waybill, drafted or not, and names its first possessor.",
        record=Bill,
        body=bodies.Issue,
        presence=Presence.EITHER,
        roles=(Role.CARRIER,),
        duty=False,
        relation=OWN_DRAFT,
        states=DRAFTED,
        guards=ISSUE_GUARDS,
        effect=issuing.issue,
        leads_to=(BillState.ISSUED,),
        paths=tuple((state, BillState.ISSUED) for state in (None, *DRAFTED)),
        rule="PINT ISSUE; DCSA eBL UC8",
    ),
)
"""Acts before a bill circulates."""
