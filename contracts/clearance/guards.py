"""The states and conditions that the tables of clearance share."""

from __future__ import annotations

from contracts.clearance import codes, decisions, intake, requests, rules
from contracts.clearance.vocabulary import DeclarationState as S
from contracts.table import Guard

CONTROLLED = (S.UNDER_DOCUMENT_CONTROL, S.UNDER_PHYSICAL_CONTROL)

EXAMINABLE = (S.ACCEPTED, *CONTROLLED, S.QUERIED)
"""States in which customs work on the declaration."""

OPEN = (S.PRELODGED, *EXAMINABLE)
"""States before customs have decided."""

LIVE = (*OPEN, S.RELEASED, S.ARRIVED, S.CLEARED)
"""States in which the declaration can still matter to goods within reach."""

OFFICE = Guard(
    holds="The organisation is the customs office of the declaration.",
    code=codes.NOT_OFFICE,
    check=rules.actor_is_office,
    standing=True,
)
CLOSER = Guard(
    holds="The organisation is the office of the declaration; for transit, the one of destination.",
    code=codes.NOT_OFFICE,
    check=rules.actor_is_closer,
    standing=True,
)
DECLARANT = Guard(
    holds="The organisation lodged the declaration.",
    code=codes.NOT_DECLARANT,
    check=rules.actor_is_declarant,
    standing=True,
)
CONCERNED = Guard(
    holds="The organisation is the customs office of the declaration or lodged it.",
    code=codes.NO_PARTY_HERE,
    check=rules.actor_is_party,
    standing=True,
)
AUTHORITY = Guard(
    holds="The organisation is a customs office of the declaration or an agency of the country of one.",
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
    opened_by=("clearance.lift",),
)
NO_QUERY_OPEN = Guard(
    holds="Every query is answered.",
    code=codes.QUERY_OPEN,
    check=rules.no_query_is_open,
    standing=True,
    opened_by=("clearance.answer",),
)
CONTROLS_OVER = Guard(
    holds="Every control is concluded.",
    code=codes.CONTROL_OPEN,
    check=decisions.controls_are_over,
    rule="UCC articles 191 and 194",
    standing=True,
    opened_by=("clearance.conclude",),
)
NO_REQUEST_OPEN = Guard(
    holds="Every request of the declarant is answered.",
    code=codes.REQUEST_OPEN,
    check=requests.no_request_waits,
    rule="UCC article 22",
    standing=True,
    opened_by=("clearance.decide",),
)
NO_GRANT_DUE = Guard(
    holds="Whatever customs granted is carried out.",
    code=codes.GRANT_DUE,
    check=requests.no_grant_is_due,
    standing=True,
    opened_by=("clearance.amend", "clearance.invalidate"),
)
IN_TIME = Guard(
    holds="The time for presenting goods that were declared ahead has not passed.",
    code=codes.OVERDUE,
    check=intake.is_in_time,
    rule="UCC article 171",
    standing=True,
)
NOTHING_LEFT = Guard(
    holds="No goods have moved on the strength of the release.",
    code=codes.RELEASE_USED,
    check=intake.nothing_has_left,
    standing=True,
)
EXAMINATION_OVER = Guard(
    holds="No examination of the goods is still to take place.",
    code=codes.EXAMINATION_DUE,
    check=requests.examination_is_over,
    rule="UCC article 174: not before a notified examination has taken place",
    standing=True,
    opened_by=("clearance.conclude",),
)
CANCELLATION_GRANTED = Guard(
    holds="After release, the declarant asked for the cancellation and customs granted it.",
    code=codes.NO_GRANT,
    check=requests.cancellation_is_granted,
    rule="UCC article 174(2)",
    standing=True,
    opened_by=("clearance.request", "clearance.decide"),
)
EXPORT_ONLY = Guard(
    holds="The declaration is for export.",
    code=codes.NOT_EXPORT,
    check=decisions.is_export,
    standing=True,
)
IMPORT_ONLY = Guard(
    holds="The declaration is for import.",
    code=codes.NOT_IMPORT,
    check=decisions.is_import,
    standing=True,
)
TRANSIT_ONLY = Guard(
    holds="The declaration is for transit.",
    code=codes.NOT_TRANSIT,
    check=decisions.is_transit,
    standing=True,
)
