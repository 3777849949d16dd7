"""How control passes: possession by offer and acceptance, title by endorsement."""

from __future__ import annotations

from contracts.bill import bodies, codes, rules
from contracts.bill.guards import (
    DOCUMENT_OF_TITLE,
    ENDORSEE_ACTIVE,
    ENDORSEE_OTHER,
    ENDORSING,
    NO_OFFER_LIVE,
    NOT_DISPUTED,
    OFFER_LIVE,
    POSSESSOR,
    RECIPIENT,
    SENDER_ACTIVE,
    TO_ORDER,
)
from contracts.bill.model import Bill
from contracts.bill.vocabulary import BillState
from contracts.checks import organisations_active
from contracts.table import Act, Guard

CONTROL: tuple[Act, ...] = (
    Act(
        name="bill.transfer",
        summary="Offers possession to another organisation until a stated time.",
        record=Bill,
        body=bodies.Transfer,
        scope=(DOCUMENT_OF_TITLE,),
        relation=POSSESSOR,
        states=(BillState.ISSUED,),
        guards=(
            NOT_DISPUTED,
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
        body=bodies.Accept,
        scope=(DOCUMENT_OF_TITLE,),
        relation=RECIPIENT,
        states=(BillState.ISSUED,),
        guards=(
            NOT_DISPUTED,
            OFFER_LIVE,
            SENDER_ACTIVE,
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
        body=bodies.Reject,
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
        body=bodies.Cancel,
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
        body=bodies.Endorse,
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
        body=bodies.Endorse,
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
        body=bodies.BlankEndorse,
        scope=(DOCUMENT_OF_TITLE, TO_ORDER),
        relation=POSSESSOR,
        states=(BillState.ISSUED,),
        guards=ENDORSING,
        effect=rules.blank_endorse,
        rule="PINT BLANK_ENDORSE",
    ),
    Act(
        name="bill.sign",
        summary="Leaves the possessor's mark in the bill's history; control stays where it is.",
        record=Bill,
        body=bodies.Sign,
        scope=(DOCUMENT_OF_TITLE,),
        relation=POSSESSOR,
        states=(BillState.ISSUED,),
        guards=(NOT_DISPUTED,),
        effect=rules.sign,
        rule="PINT SIGN",
    ),
)
"""Acts while a bill circulates."""
