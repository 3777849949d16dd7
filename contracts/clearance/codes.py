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
BILL_NOT_ISSUED: Final = RefusalCode(
    code="clearance.bill-not-issued",
    sentence="{bill} is a draft.",
    hint="Declare the goods once it is issued, or declare the containers.",
)
NOT_PARTY: Final = RefusalCode(
    code="clearance.not-party",
    sentence="{organisation} is no party to {record}.",
    hint="A possessor, titleholder, shipper or party of it must lodge, or have you named as a party.",
)
NOT_DECLARANT: Final = RefusalCode(
    code="clearance.not-declarant",
    sentence="The declaration was lodged by {declarant}, not by {organisation}.",
    hint="The declarant must act, or an agent in its name.",
)
NOT_OFFICE: Final = RefusalCode(
    code="clearance.not-office",
    sentence="The declaration is with {office}, not with {organisation}.",
    hint="The customs office of the declaration must act.",
)
NOT_AUTHORITY: Final = RefusalCode(
    code="clearance.not-authority",
    sentence="{organisation} is neither {office} nor an agency of {jurisdiction}.",
    hint="Only the customs offices of the declaration and agencies of their countries place holds.",
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
OFFICES: Final = RefusalCode(
    code="clearance.offices",
    sentence="A declaration for {type} is lodged {rule}.",
    hint="Correct the offices and sign again.",
    final=True,
)
NO_PARTY_HERE: Final = RefusalCode(
    code="clearance.not-concerned",
    sentence="{organisation} is neither {office} nor {declarant}.",
    hint="The customs office of the declaration or its declarant must act.",
)
NOT_PRESENTER: Final = RefusalCode(
    code="clearance.not-presenter",
    sentence="{organisation} neither lodged the declaration nor moved its goods last in its country.",
    hint="{declarant} must present them, or whoever recorded the latest event of a container.",
)
NUMBERED: Final = RefusalCode(
    code="clearance.numbered",
    sentence="Customs gave the declaration a number already.",
    hint="Leave out the reference.",
)
GOODS_PRESENT: Final = RefusalCode(
    code="clearance.goods-present",
    sentence="The goods are presented already.",
    hint="Nothing needs to be done.",
)
NOT_PRESENTED: Final = RefusalCode(
    code="clearance.not-presented",
    sentence="The goods were declared ahead and are not presented.",
    hint="{declarant} or the facility where they are has to present them first.",
)
OVERDUE: Final = RefusalCode(
    code="clearance.overdue",
    sentence="The goods had to be presented by {expires_ms}, block time is {time_ms}.",
    hint="Lodge another declaration; this one can only be recorded as expired.",
)
NOT_OVERDUE: Final = RefusalCode(
    code="clearance.not-overdue",
    sentence="The time of the declaration ends at {due_ms}, block time is {time_ms}.",
    hint="Wait until its time has passed.",
)
RELEASE_USED: Final = RefusalCode(
    code="clearance.release-used",
    sentence="The release was used: {what}.",
    hint="Place a hold on what is still within reach.",
)
CONTROL_EXISTS: Final = RefusalCode(
    code="clearance.control-exists",
    sentence="The {control} control goes on already.",
    hint="Conclude it first.",
)
NO_CONTROL: Final = RefusalCode(
    code="clearance.no-control",
    sentence="No {control} control goes on.",
    hint="Read the declaration for its open controls.",
)
CONTROL_OPEN: Final = RefusalCode(
    code="clearance.control-open",
    sentence="The {control} control is not concluded.",
    hint="{office} has to conclude it first.",
)
SAME_LANE: Final = RefusalCode(
    code="clearance.same-lane",
    sentence="The declaration is in the {lane} lane already.",
    hint="Nothing needs to be changed.",
)
REROUTING: Final = RefusalCode(
    code="clearance.rerouting-reason",
    sentence="The declaration has a lane, and selectivity chooses only the first.",
    hint="State why the lane is changed.",
)
LANE: Final = RefusalCode(
    code="clearance.lane",
    sentence="The {lane} lane asks for a {control} control, and none is concluded.",
    hint="Examine first, or route the declaration to another lane and say why.",
)
REQUEST_EXISTS: Final = RefusalCode(
    code="clearance.request-exists",
    sentence="There is a request named {request} already.",
    hint="Choose another name.",
)
REQUEST_CONTENTS: Final = RefusalCode(
    code="clearance.request-contents",
    sentence="A request for {kind} is made {rule} new contents.",
    hint="Correct the contents and sign again.",
    final=True,
)
REQUEST_OPEN: Final = RefusalCode(
    code="clearance.request-open",
    sentence="The request {request} is not answered.",
    hint="{office} has to decide it first.",
)
GRANT_DUE: Final = RefusalCode(
    code="clearance.grant-due",
    sentence="The {kind} {request} is granted and not carried out.",
    hint="{office} has to carry it out first.",
)
NO_REQUEST: Final = RefusalCode(
    code="clearance.no-request",
    sentence="No request named {request} waits for an answer.",
    hint="Read the declaration for its open requests.",
)
DECISION_GROUND: Final = RefusalCode(
    code="clearance.decision-ground",
    sentence="A request is {outcome} {rule} a ground.",
    hint="Correct the ground and sign again.",
    final=True,
)
EXAMINATION_DUE: Final = RefusalCode(
    code="clearance.examination-due",
    sentence="The goods are to be examined, and until then nothing is cancelled.",
    hint="{office} has to conclude the examination first.",
)
NO_GRANT: Final = RefusalCode(
    code="clearance.no-grant",
    sentence="The declaration is {state}, and no granted {kind} is to be carried out.",
    hint="The declarant has to request it and customs to grant it first.",
)
OTHER_CONTENTS: Final = RefusalCode(
    code="clearance.other-contents",
    sentence="The contents are not those that the request {request} asked for.",
    hint="Amend as granted, or without naming a request.",
)
NOT_ARRIVED: Final = RefusalCode(
    code="clearance.not-arrived",
    sentence="The goods are under transit and have not arrived.",
    hint="{office} has to record their arrival first.",
)
NOT_EXPORT: Final = RefusalCode(
    code="clearance.not-export",
    sentence="{act} is for export, the declaration is for {type}.",
    hint="Check the declaration.",
    final=True,
)
NOT_IMPORT: Final = RefusalCode(
    code="clearance.not-import",
    sentence="{act} is for import, the declaration is for {type}.",
    hint="Check the declaration.",
    final=True,
)
NOT_TRANSIT: Final = RefusalCode(
    code="clearance.not-transit",
    sentence="{act} is for transit, the declaration is for {type}.",
    hint="Check the declaration.",
    final=True,
)
NOT_EXIT_OFFICE: Final = RefusalCode(
    code="clearance.not-exit-office",
    sentence="The goods leave by {office}, not by {organisation}.",
    hint="The office of exit must act.",
)
NOT_ON_ROUTE: Final = RefusalCode(
    code="clearance.not-on-route",
    sentence="{organisation} is no office of transit of the declaration; these are: {offices}.",
    hint="An office of transit must act.",
)
NOT_DESTINATION: Final = RefusalCode(
    code="clearance.not-destination",
    sentence="The office of destination is {office}, not {organisation}.",
    hint="The office of destination must act.",
)
PASSED: Final = RefusalCode(
    code="clearance.passed",
    sentence="The goods passed {office} already.",
    hint="Nothing needs to be recorded.",
)
CITED: Final = RefusalCode(
    code="clearance.cited",
    sentence="{cited} is cited already.",
    hint="Nothing needs to be added.",
)
NO_EVIDENCE: Final = RefusalCode(
    code="clearance.no-evidence",
    sentence="{cited}, for {type} in {country} and {state}, is no clearance of an export elsewhere.",
    hint="Cite an export declaration that another country released.",
)
OTHER_GOODS: Final = RefusalCode(
    code="clearance.other-goods",
    sentence="{cited} covers no bill and no container of this declaration.",
    hint="Cite the export of the same goods.",
)
EVIDENCE_FALLEN: Final = RefusalCode(
    code="clearance.evidence-fallen",
    sentence="The cited export clearance {cited} of {office} is {state} now.",
    hint="Wait until it stands again, or ask the declarant.",
)
