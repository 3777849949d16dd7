"""Rows from lodging to acceptance, and the end of declarations that never get there."""

from __future__ import annotations

from contracts import codes as shared
from contracts.checks import listed_once, records_exist
from contracts.clearance import bodies, codes, intake, lodging
from contracts.clearance.guards import CONCERNED, IN_TIME, NOTHING_LEFT, OFFICE
from contracts.clearance.model import Declaration
from contracts.clearance.vocabulary import DeclarationState as S
from contracts.membership.model import Role
from contracts.table import Act, Guard, Presence

NUMBER_FREE = Guard(
    holds="The declaration has no number of customs yet, or the act gives none.",
    code=codes.NUMBERED,
    check=intake.has_no_number,
)

LODGE_GUARDS = (
    Guard(
        holds="A bill or container is declared.",
        code=codes.NOTHING_DECLARED,
        check=lodging.something_is_declared,
    ),
    listed_once(
        lambda body: [
            ("body.bills", body.bills),
            ("body.containers", body.containers),
            ("body.transit_offices", body.transit_offices),
        ]
    ),
    Guard(
        holds="An export may name its office of exit; a transit names its office of destination and may name "
        "offices of transit; an import names none of them.",
        code=codes.OFFICES,
        check=lodging.offices_fit_type,
    ),
    Guard(
        holds="Every office is an active customs office.",
        code=codes.NOT_CUSTOMS,
        check=lodging.offices_are_customs,
    ),
    records_exist(lodging.records_named),
    Guard(
        holds="No declared bill is voided.",
        code=codes.BILL_VOIDED,
        check=lodging.bills_stand,
    ),
    Guard(
        holds="No declared bill is a draft.",
        code=codes.BILL_NOT_ISSUED,
        check=lodging.bills_are_issued,
    ),
    Guard(
        holds="The declarant is possessor, titleholder, shipper or party of every declared bill, and "
        "operator or party of every container declared by itself, or such a party of a bill that covers it.",
        code=codes.NOT_PARTY,
        check=lodging.declarant_is_party,
    ),
    Guard(
        holds="Neither the declaration nor a container has too many of the other, nor a container too many of"
        " one declarant.",
        code=shared.RECORD_FULL,
        check=lodging.containers_have_room,
    ),
)

INTAKE: tuple[Act, ...] = (
    Act(
        name="clearance.lodge",
        summary="Lodges a declaration for import, export or transit with a customs office.",
        record=Declaration,
        body=bodies.Lodge,
        presence=Presence.ABSENT,
        roles=(Role.CUSTOMS_BROKER, Role.FORWARDER, Role.TRADER),
        guards=LODGE_GUARDS,
        effect=lodging.lodge,
        leads_to=(S.PRELODGED,),
        rule="UCC articles 158 and 171",
    ),
    Act(
        name="clearance.register",
        summary="Gives a declaration customs' own number before it is accepted.",
        record=Declaration,
        body=bodies.Numbered,
        roles=(Role.CUSTOMS,),
        relation=OFFICE,
        states=(S.PRELODGED,),
        guards=(NUMBER_FREE, IN_TIME),
        effect=intake.register,
        rule="UCC implementing regulation article 226: the number given on receipt",
    ),
    Act(
        name="clearance.present",
        summary="Tells that goods which were declared ahead are there.",
        record=Declaration,
        body=bodies.Plain,
        relation=Guard(
            holds="The organisation lodged the declaration, or recorded the latest event of a container of "
            "it in the same country.",
            code=codes.NOT_PRESENTER,
            check=intake.actor_saw_the_goods,
            standing=True,
        ),
        states=(S.PRELODGED,),
        guards=(
            Guard(
                holds="The goods are awaited.",
                code=codes.GOODS_PRESENT,
                check=intake.goods_are_awaited,
                standing=True,
            ),
            IN_TIME,
        ),
        effect=intake.present,
        rule="UCC article 139",
    ),
    Act(
        name="clearance.accept",
        summary="Accepts a declaration, perhaps under customs' own number.",
        record=Declaration,
        body=bodies.Accept,
        roles=(Role.CUSTOMS,),
        relation=OFFICE,
        states=(S.PRELODGED,),
        guards=(
            Guard(
                holds="The goods are presented.",
                code=codes.NOT_PRESENTED,
                check=intake.goods_are_presented,
                rule="UCC article 172(1)",
                standing=True,
                opened_by=("clearance.present",),
            ),
            NUMBER_FREE,
        ),
        effect=intake.accept,
        leads_to=(S.ACCEPTED,),
        rule="UCC article 172",
    ),
    Act(
        name="clearance.reject",
        summary="Rejects a declaration that is not fit to be accepted, and says what to mend.",
        record=Declaration,
        body=bodies.Reject,
        roles=(Role.CUSTOMS,),
        relation=OFFICE,
        states=(S.PRELODGED,),
        effect=intake.reject,
        leads_to=(S.REJECTED,),
        rule="UCC articles 162 and 172",
    ),
    Act(
        name="clearance.expire",
        summary="Records that time has passed over a declaration whose goods never came, or never left.",
        record=Declaration,
        body=bodies.Plain,
        relation=CONCERNED,
        states=(S.PRELODGED, S.RELEASED, S.CLEARED),
        guards=(
            Guard(
                holds="Goods that were declared ahead were not presented within 30 days, or an export has "
                "not left within 150 days of its release, by block time.",
                code=codes.NOT_OVERDUE,
                check=intake.is_overdue,
                rule="UCC article 171; UCC delegated regulation article 248(2)",
                standing=True,
            ),
            NOTHING_LEFT,
        ),
        effect=intake.expire,
        leads_to=(S.EXPIRED,),
        rule="UCC article 171",
    ),
)
"""The acts before customs look closer."""
