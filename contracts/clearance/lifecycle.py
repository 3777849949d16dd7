"""The table of clearance: what declarants, customs and other agencies may do to a declaration.

Sources: the Union Customs Code as a written model of customs law (articles cited),
the WCO data model's status vocabulary, and UNECE Recommendation 24. Tax is no
state here: it annotates a declaration and changes nothing about who moves next.
"""

from __future__ import annotations

from contracts import codes as shared
from contracts.checks import listed_once, organisations_active, records_exist
from contracts.clearance import codes, lodging, model, rules
from contracts.clearance.model import Declaration, DeclarationState
from contracts.membership.model import Role
from contracts.table import Act, Guard, Presence

S = DeclarationState

CONTROLLED = (S.UNDER_DOCUMENT_CONTROL, S.UNDER_PHYSICAL_CONTROL)

EXAMINABLE = (S.ACCEPTED, *CONTROLLED, S.QUERIED)
"""States in which customs work on the declaration."""

OPEN = (S.PRELODGED, *EXAMINABLE)
"""States before customs have decided."""

OFFICE = Guard(
    holds="The organisation is the customs office of the declaration.",
    code=codes.NOT_OFFICE,
    check=rules.actor_is_office,
    standing=True,
)
DECLARANT = Guard(
    holds="The organisation lodged the declaration.",
    code=codes.NOT_DECLARANT,
    check=rules.actor_is_declarant,
    standing=True,
)
AUTHORITY = Guard(
    holds="The organisation is the customs office of the declaration or an agency of the same country.",
    code=codes.NOT_AUTHORITY,
    check=rules.actor_is_authority,
    standing=True,
)
SOMETHING_HELD = Guard(
    holds="A hold is open.",
    code=codes.NOTHING_HELD,
    check=rules.some_hold_is_open,
    standing=True,
)
HOLDER = Guard(
    holds="The organisation placed an open hold.",
    code=codes.NOT_YOUR_HOLD,
    check=rules.actor_is_holder,
    rule="each hold is lifted only by the authority that placed it",
    standing=True,
)
NO_HOLD_OPEN = Guard(
    holds="No hold is open.",
    code=codes.HOLD_OPEN,
    check=rules.no_hold_is_open,
    rule="UCC article 194: release when the conditions are met",
    standing=True,
)
NO_QUERY_OPEN = Guard(
    holds="Every query is answered.",
    code=codes.QUERY_OPEN,
    check=rules.no_query_is_open,
    standing=True,
)

LODGE_GUARDS = (
    Guard(
        holds="A bill or container is declared.",
        code=codes.NOTHING_DECLARED,
        check=lodging.something_is_declared,
    ),
    listed_once(lambda body: [("body.bills", body.bills), ("body.containers", body.containers)]),
    Guard(
        holds="The office is an active customs office.",
        code=codes.NOT_CUSTOMS,
        check=lodging.office_is_customs,
    ),
    organisations_active(lambda body: [("body.on_behalf_of", body.on_behalf_of)]),
    records_exist(lodging.records_named),
    Guard(
        holds="No declared bill is voided.",
        code=codes.BILL_VOIDED,
        check=lodging.bills_stand,
    ),
    Guard(
        holds="The declarant is possessor, titleholder, shipper or party of every declared bill, and "
        "operator or party of every container declared by itself, or such a party of a bill that covers it.",
        code=codes.NOT_PARTY,
        check=lodging.declarant_is_party,
    ),
    Guard(
        holds="Neither the declaration nor a container has too many of the other.",
        code=shared.RECORD_FULL,
        check=lodging.containers_have_room,
    ),
)

ACTS: tuple[Act, ...] = (
    Act(
        name="clearance.lodge",
        summary="Lodges a declaration for import or export with a customs office.",
        record=Declaration,
        body=model.Lodge,
        presence=Presence.ABSENT,
        roles=(Role.CUSTOMS_BROKER, Role.FORWARDER, Role.TRADER),
        guards=LODGE_GUARDS,
        effect=lodging.lodge,
        leads_to=(S.PRELODGED,),
        rule="UCC articles 158 and 171",
    ),
    Act(
        name="clearance.accept",
        summary="Accepts a declaration, perhaps under customs' own number.",
        record=Declaration,
        body=model.Accept,
        roles=(Role.CUSTOMS,),
        relation=OFFICE,
        states=(S.PRELODGED,),
        effect=rules.accept,
        leads_to=(S.ACCEPTED,),
        rule="UCC article 172",
    ),
    Act(
        name="clearance.control",
        summary="Puts documents or goods under control.",
        record=Declaration,
        body=model.TakeControl,
        roles=(Role.CUSTOMS,),
        relation=OFFICE,
        states=(S.ACCEPTED, *CONTROLLED),
        effect=rules.take_control,
        leads_to=CONTROLLED,
        rule="UCC article 188",
    ),
    Act(
        name="clearance.query",
        summary="Asks the declarant a question; release waits for the answer.",
        record=Declaration,
        body=model.Ask,
        roles=(Role.CUSTOMS,),
        relation=OFFICE,
        states=EXAMINABLE,
        guards=(
            Guard(
                holds="The declaration has room for another query.",
                code=shared.RECORD_FULL,
                check=rules.room_for_query,
                standing=True,
            ),
            Guard(
                holds="No query bears the name yet.", code=codes.QUERY_EXISTS, check=rules.query_name_is_free
            ),
        ),
        effect=rules.ask,
        leads_to=(S.QUERIED,),
        rule="UCC article 188(b)",
    ),
    Act(
        name="clearance.answer",
        summary="Answers a query.",
        record=Declaration,
        body=model.Answer,
        relation=DECLARANT,
        states=(S.QUERIED,),
        guards=(Guard(holds="The query is open.", code=codes.NO_QUERY, check=rules.query_is_open),),
        effect=rules.answer,
        leads_to=EXAMINABLE,
    ),
    Act(
        name="clearance.hold",
        summary="Holds the goods, even after release, until they have left.",
        record=Declaration,
        body=model.PlaceHold,
        roles=(Role.CUSTOMS, Role.AGENCY),
        relation=AUTHORITY,
        states=(*OPEN, S.RELEASED, S.CLEARED),
        guards=(
            Guard(
                holds="Not every container has left.",
                code=codes.DEPARTED,
                check=rules.goods_have_not_left,
                rule="holds are placeable until departure",
                standing=True,
            ),
            Guard(
                holds="The declaration has room for another hold.",
                code=shared.RECORD_FULL,
                check=rules.room_for_hold,
                standing=True,
            ),
            Guard(
                holds="No open hold bears the name.", code=codes.HOLD_EXISTS, check=rules.hold_name_is_free
            ),
        ),
        effect=rules.hold,
    ),
    Act(
        name="clearance.lift",
        summary="Lifts one's own hold.",
        record=Declaration,
        body=model.LiftHold,
        roles=(Role.CUSTOMS, Role.AGENCY),
        scope=(SOMETHING_HELD,),
        relation=HOLDER,
        guards=(
            Guard(holds="The named hold is open.", code=codes.NO_HOLD, check=rules.hold_is_open),
            Guard(
                holds="The organisation placed the named hold.",
                code=codes.NOT_YOUR_HOLD,
                check=rules.hold_is_own,
                rule="each hold is lifted only by the authority that placed it",
            ),
        ),
        effect=rules.lift,
    ),
    Act(
        name="clearance.release",
        summary="Releases the goods.",
        record=Declaration,
        body=model.Release,
        roles=(Role.CUSTOMS,),
        relation=OFFICE,
        states=EXAMINABLE,
        guards=(NO_HOLD_OPEN, NO_QUERY_OPEN),
        effect=rules.release,
        leads_to=(S.RELEASED,),
        rule="UCC articles 194 and 195",
    ),
    Act(
        name="clearance.clear",
        summary="Closes a released declaration: customs have no further claim.",
        record=Declaration,
        body=model.Clear,
        roles=(Role.CUSTOMS,),
        relation=OFFICE,
        states=(S.RELEASED,),
        guards=(NO_HOLD_OPEN,),
        effect=rules.clear,
        leads_to=(S.CLEARED,),
        rule="UNECE Recommendation 24, status 12",
    ),
    Act(
        name="clearance.refuse",
        summary="Refuses clearance; the goods stay until customs invalidate the declaration.",
        record=Declaration,
        body=model.Refuse,
        roles=(Role.CUSTOMS,),
        relation=OFFICE,
        states=OPEN,
        effect=rules.refuse,
        leads_to=(S.REFUSED,),
        rule="UNECE Recommendation 24, status 17",
    ),
    Act(
        name="clearance.invalidate",
        summary="Takes a declaration out of account, so that another can take its place.",
        record=Declaration,
        body=model.Invalidate,
        roles=(Role.CUSTOMS,),
        relation=OFFICE,
        states=(*OPEN, S.REFUSED),
        guards=(NO_HOLD_OPEN,),
        effect=rules.invalidate,
        leads_to=(S.INVALIDATED,),
        rule="UCC article 174",
    ),
)
"""The acts of clearance."""
