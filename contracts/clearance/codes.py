"""Refusals of customs clearance."""

from __future__ import annotations

from typing import Final

from contracts.refusals import RefusalCode

NOT_CUSTOMS: Final = RefusalCode(
    code="clearance.not-customs",
    sentence="{office} is not an active customs office.",
    hint="Lodge with a customs office of this network.",
)
NOTHING_DECLARED: Final = RefusalCode(
    code="clearance.nothing-declared",
    sentence="The declaration covers neither a bill nor a container.",
    hint="List at least one.",
    final=True,
)
BILL_VOIDED: Final = RefusalCode(
    code="clearance.bill-voided",
    sentence="{bill} was voided.",
    hint="Declare the bill that replaces it.",
)
NOT_PARTY: Final = RefusalCode(
    code="clearance.not-party",
    sentence="{organisation} is no party to {record}.",
    hint="A possessor, titleholder, shipper or party of it must lodge, or have you named as a party.",
)
NOT_DECLARANT: Final = RefusalCode(
    code="clearance.not-declarant",
    sentence="The declaration was lodged by {declarant}, not by {organisation}.",
    hint="The declarant must act.",
)
NOT_OFFICE: Final = RefusalCode(
    code="clearance.not-office",
    sentence="The declaration is with {office}, not with {organisation}.",
    hint="The customs office of the declaration must act.",
)
NOT_AUTHORITY: Final = RefusalCode(
    code="clearance.not-authority",
    sentence="{organisation} is neither {office} nor an agency of {jurisdiction}.",
    hint="Only the customs office of the declaration and agencies of its country place holds.",
)
HOLD_EXISTS: Final = RefusalCode(
    code="clearance.hold-exists",
    sentence="A hold named {hold} is open already, placed by {authority}.",
    hint="Choose another name.",
)
NOTHING_HELD: Final = RefusalCode(
    code="clearance.nothing-held",
    sentence="No hold is open on the declaration.",
    hint="Nothing needs to be lifted.",
)
NO_HOLD: Final = RefusalCode(
    code="clearance.no-hold",
    sentence="No hold named {hold} is open.",
    hint="Read the declaration for its open holds.",
)
NOT_YOUR_HOLD: Final = RefusalCode(
    code="clearance.not-your-hold",
    sentence="The hold {hold} was placed by {authority}.",
    hint="{authority} alone can lift it.",
)
HOLD_OPEN: Final = RefusalCode(
    code="clearance.hold-open",
    sentence="The hold {hold} of {authority} is open.",
    hint="{authority} has to lift it first.",
)
DEPARTED: Final = RefusalCode(
    code="clearance.departed",
    sentence="Every container of the declaration has left: a hold would hold nothing.",
    hint="Pursue the goods outside this ledger.",
)
QUERY_OPEN: Final = RefusalCode(
    code="clearance.query-open",
    sentence="The query {query} is not answered.",
    hint="{declarant} has to answer it first.",
)
QUERY_EXISTS: Final = RefusalCode(
    code="clearance.query-exists",
    sentence="There is a query named {query} already.",
    hint="Choose another name.",
)
NO_QUERY: Final = RefusalCode(
    code="clearance.no-query",
    sentence="No query named {query} is open.",
    hint="Read the declaration for its open queries.",
)
