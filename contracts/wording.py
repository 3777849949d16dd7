"""How records are said to a person: a title, a sentence on where things stand, and a few lines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import singledispatch

import msgspec

from contracts.bill.guards import DRAFTED
from contracts.bill.model import Amendment, Bill, Surrender
from contracts.bill.vocabulary import AmendmentState, BillState, BillType, SurrenderPurpose
from contracts.clearance.model import Citation, Declaration, Routing
from contracts.clearance.vocabulary import DeclarationState, RequestState
from contracts.governance.model import (
    AddValidator,
    AdmitOrganisation,
    AnyChange,
    ChangeParameters,
    ChangeRules,
    Choice,
    NamedKey,
    Proposal,
    ProposalState,
    RemoveValidator,
    RotateValidator,
    SettingsChange,
)
from contracts.governance.settings import plan_said
from contracts.mandate.model import Mandate, MandateState, Power
from contracts.membership.model import Member, NetworkParameters, NetworkValidators, Organisation, Plan
from contracts.model import Record
from contracts.movement.model import Breach, Container, Event, Expected
from contracts.movement.vocabulary import ContainerState
from contracts.registry.model import Document, DocumentState

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_MS = 253_402_300_799_999
"""The last millisecond of the year 9999, beyond which dates have no usual spelling."""

BILL_TITLES = {
    BillType.STRAIGHT: "Straight bill of lading",
    BillType.TO_ORDER: "Bill of lading to order",
    BillType.BLANK: "Blank bill of lading",
    BillType.SEA_WAYBILL: "Sea waybill",
}

BILL_PHASES = {
    BillState.DRAFT: "A draft; {shipper} has to approve it, or to say what should change.",
    BillState.APPROVED: "A draft, approved by {shipper}; {carrier} has to issue it.",
    BillState.VOIDED: "Voided; it controls nothing any more.",
    BillState.SWITCHED_TO_PAPER: "Replaced by paper; it controls nothing any more.",
}
"""States that one sentence says, before a bill circulates and after its end."""

PLACES = {
    ContainerState.ANNOUNCED: "Announced; no movement is recorded yet.",
    ContainerState.IN_FACILITY: "In the facility {facility}.",
    ContainerState.ON_VESSEL: "On a vessel in {facility}.",
    ContainerState.AT_SEA: "On a vessel that left {facility}.",
    ContainerState.ON_RAIL: "On a train from {facility}.",
    ContainerState.ON_BARGE: "On a barge from {facility}.",
    ContainerState.ON_ROAD: "On the road from {facility}.",
}

DECISIONS = {
    DeclarationState.PRELODGED: "Lodged; {office} has to accept it.",
    DeclarationState.ACCEPTED: "Accepted; {office} has to decide.",
    DeclarationState.UNDER_DOCUMENT_CONTROL: "Accepted; {office} examines the documents.",
    DeclarationState.UNDER_PHYSICAL_CONTROL: "Accepted; {office} examines the goods.",
    DeclarationState.QUERIED: "Queried; {declarant} has to answer.",
    DeclarationState.RELEASED: "Released.",
    DeclarationState.ARRIVED: "Arrived at {closer}, which has to clear it.",
    DeclarationState.CLEARED: "Cleared.",
    DeclarationState.EXITED: "Cleared, and the goods have left the territory.",
    DeclarationState.REJECTED: "Rejected; it never counted.",
    DeclarationState.REFUSED: "Refused; the goods stay.",
    DeclarationState.INVALIDATED: "Invalidated; it counts for nothing.",
    DeclarationState.EXPIRED: "Expired; it counts for nothing.",
}


def utc(time_ms: int) -> str:
    """A time as people write it, to the second, in UTC."""
    if time_ms > _LATEST_MS:
        return f"{time_ms} ms"
    return (_EPOCH + timedelta(milliseconds=time_ms)).strftime("%Y-%m-%d %H:%M:%S UTC")


def describe(record: Record) -> dict[str, str]:
    """The lines of a record, empty ones left out."""
    lines = {**_lines(record), "changed": _changed(record)}
    return {name: line for name, line in lines.items() if line}


@singledispatch
def _lines(record: Record) -> dict[str, str]:
    raise TypeError(f"no words for {type(record).__name__}")


@_lines.register
def _(record: Organisation) -> dict[str, str]:
    roles = ", ".join(role.value for role in record.roles)
    status = f"{record.state.value.capitalize()}; {roles}."
    return {"title": record.name, "status": status, "jurisdiction": record.jurisdiction or ""}


@_lines.register
def _(record: Member) -> dict[str, str]:
    permissions = ", ".join(permission.value for permission in record.permissions)
    title = f"Member {record.name} of {record.organisation}"
    return {"title": title, "status": f"{record.state.value.capitalize()}; {permissions}."}


@_lines.register
def _(mandate: Mandate) -> dict[str, str]:
    if mandate.state is MandateState.REVOKED:
        status = "Revoked; it lets nobody do anything."
    else:
        status = f"{mandate.agent} may act in the name of {mandate.principal}."
    powers = {f"power {place}": _power(power) for place, power in enumerate(mandate.powers, 1)}
    return {"title": f"Mandate of {mandate.principal} to {mandate.agent}", "status": status, **powers}


def _power(power: Power) -> str:
    limits = [
        *([f"on {len(power.bills)} named bills"] if power.bills else []),
        *([f"at {', '.join(power.offices)}"] if power.offices else []),
        *([f"with customs of {', '.join(power.jurisdictions)}"] if power.jurisdictions else []),
    ]
    return "; ".join([", ".join(power.acts), *limits, f"until {utc(power.until_ms)}"])


@_lines.register
def _(record: NetworkValidators) -> dict[str, str]:
    names = ", ".join(validator.organisation for validator in record.validators)
    return {"title": "Validators", "status": f"{len(record.validators)} seats: {names}."}


@_lines.register
def _(record: NetworkParameters) -> dict[str, str]:
    numbers = (f"{name} {value}" for name, value in msgspec.structs.asdict(record.parameters).items())
    return {
        "title": "Parameters",
        "status": f"Rules version {record.rules_version}.",
        "numbers": ", ".join(numbers),
        "planned": "; ".join(plan_said(plan) for plan in record.planned),
    }


@_lines.register
def _(record: NamedKey) -> dict[str, str]:
    return {"title": f"A {record.purpose.value} key", "status": f"Of {record.organisation}."}


@_lines.register
def _(proposal: Proposal) -> dict[str, str]:
    said = {
        choice: ", ".join(ballot.organisation for ballot in proposal.ballots if ballot.choice is choice)
        for choice in Choice
    }
    return {
        "title": proposal.title,
        "status": _proposal_status(proposal),
        "asks": change_said(proposal.change),
        "reason": proposal.reason,
        "proposer": proposal.proposer,
        "yes": said[Choice.YES] or "nobody",
        "no": said[Choice.NO] or "nobody",
    }


def _proposal_status(proposal: Proposal) -> str:
    if proposal.state is ProposalState.OPEN:
        return f"Open until {utc(proposal.expires_ms)}."
    if isinstance(proposal.change, SettingsChange) and proposal.effective_height is not None:
        return f"Passed; it applies from block {proposal.effective_height} on."
    if proposal.effective_height is not None:
        return f"Passed; the new set seals from block {proposal.effective_height} on."
    return f"{proposal.state.value.capitalize()}."


def _settings_said(change: SettingsChange) -> str:
    """A change of parameters or rules; versions of rules are said as what they are."""
    if isinstance(change, ChangeRules):
        plan = Plan(from_height=change.from_height, rules_version=change.rules_version)
        return f"Go over to {plan_said(plan)}."
    numbers = change.parameters if isinstance(change, ChangeParameters) else None
    return f"Set {plan_said(Plan(from_height=change.from_height, parameters=numbers))}."


def change_said(change: AnyChange) -> str:
    """What a change does, as one sentence."""
    if isinstance(change, SettingsChange):
        return _settings_said(change)
    if isinstance(change, AdmitOrganisation):
        roles = ", ".join(role.value for role in change.roles)
        return f"Admit {change.organisation} ({change.name}) as {roles}."
    if isinstance(change, AddValidator):
        return f"Add {change.organisation} as a validator."
    if isinstance(change, RemoveValidator):
        return f"Remove {change.organisation} from the validators."
    if isinstance(change, RotateValidator):
        return f"Replace the validator key of {change.organisation}."
    return f"Replace the key of the node {change.organisation}/{change.node}."


@_lines.register
def _(bill: Bill) -> dict[str, str]:
    offer = "" if bill.offer is None else f"{bill.offer.to}, until {utc(bill.offer.expires_ms)}"
    return {
        "title": f"{BILL_TITLES[bill.type]} of {bill.carrier}",
        "status": _bill_status(bill),
        "possessor": bill.possessor or "",
        "titleholder": _titleholder_said(bill),
        "offered to": offer,
        "disputed": "" if bill.dispute is None else f"by {bill.dispute.by} ({bill.dispute.ground.value})",
        "goods": _goods_said(bill),
        "shipper": bill.shipper or "",
        "amendment": "" if bill.amendment is None else _amendment_said(bill.amendment),
        "amended": _times(len(bill.earlier)),
        "replaces": "a paper bill" if bill.from_paper is not None else "",
        "from": bill.place_of_loading,
        "to": bill.place_of_delivery,
        "containers": str(len(bill.containers)),
    }


def _bill_status(bill: Bill) -> str:
    if bill.state in BILL_PHASES:
        return BILL_PHASES[bill.state].format(shipper=bill.shipper, carrier=bill.carrier)
    if bill.type is BillType.SEA_WAYBILL and bill.state is BillState.ISSUED:
        return f"Issued; delivery is to {bill.titleholder}."
    if bill.state is BillState.ISSUED:
        return f"Issued; {bill.possessor} possesses it."
    pending = (BillState.PENDING_SURRENDER_FOR_DELIVERY, BillState.PENDING_SURRENDER_FOR_AMENDMENT)
    answer = f"; {bill.carrier} has to answer." if bill.state in pending else f", accepted by {bill.carrier}."
    return f"{'Surrendered' if bill.surrender is None else _surrender_said(bill.surrender)}{answer}"


def _surrender_said(surrender: Surrender) -> str:
    if surrender.purpose is SurrenderPurpose.ORIGIN:
        return f"Surrendered at origin by {surrender.requester}, for delivery to {surrender.deliver_to}"
    reason = "" if surrender.reason is None else f" ({surrender.reason.value})"
    return f"Surrendered for {surrender.purpose.value} by {surrender.requester}{reason}"


def _titleholder_said(bill: Bill) -> str:
    bearer = bill.type is not BillType.SEA_WAYBILL and bill.state not in DRAFTED
    return bill.titleholder or ("the bearer" if bearer else "")


def _amendment_said(amendment: Amendment) -> str:
    answer = "confirmed" if amendment.state is AmendmentState.CONFIRMED else "not answered yet"
    return f"asked for by {amendment.requester}, {answer}"


def _times(count: int) -> str:
    return {0: "", 1: "once"}.get(count, f"{count} times")


def _goods_said(bill: Bill) -> str:
    """What the carrier's release says about the goods."""
    if bill.release_to is not None:
        return f"released to {bill.release_to}"
    return f"stay until {bill.carrier} releases them" if bill.release_required else ""


@_lines.register
def _(declaration: Declaration) -> dict[str, str]:
    closer = declaration.destination or declaration.office
    names = {"office": declaration.office, "declarant": declaration.declarant, "closer": closer}
    awaited = "Lodged ahead; the goods have to be presented by {}."
    due = "" if declaration.expires_ms is None else utc(declaration.expires_ms)
    status = DECISIONS[declaration.state].format(**names)
    open_queries = [query.id for query in declaration.queries if query.answer is None]
    holds = [f"{hold.id} by {hold.authority} ({hold.reason.value})" for hold in declaration.holds]
    return {
        "title": f"{declaration.type.value.capitalize()} declaration in {declaration.jurisdiction}",
        "status": awaited.format(due) if declaration.awaits_goods else status,
        "office": declaration.office,
        "office of exit": declaration.exit_office or "",
        "offices of transit": ", ".join(declaration.transit_offices),
        "office of destination": declaration.destination or "",
        "lane": "" if declaration.routing is None else _lane(declaration.routing),
        "declarant": declaration.declarant,
        "represented by": declaration.representative or "",
        "open holds": ", ".join(holds) or "none",
        "open queries": ", ".join(open_queries) or "none",
        "requests": _requests(declaration),
        "amendments": str(len(declaration.earlier) or ""),
        "notices of duties": str(len(declaration.notices) or ""),
        "relies on": ", ".join(_citation(citation) for citation in declaration.cites),
        "passed": ", ".join(passage.office for passage in declaration.passages),
        "errors": "; ".join(f"{found.code} {found.pointer}".strip() for found in declaration.errors),
        "bills": str(len(declaration.bills)),
        "containers": str(len(declaration.containers)),
    }


def _lane(routing: Routing) -> str:
    return f"{routing.lane.value} ({routing.reason.value})"


def _requests(declaration: Declaration) -> str:
    waiting = [r for r in declaration.requests if r.state in (RequestState.OPEN, RequestState.GRANTED)]
    return ", ".join(f"{r.id}: {r.kind.value} {r.state.value}" for r in waiting)


def _citation(citation: Citation) -> str:
    return f"declaration/{citation.declaration}, {citation.state.value} in {citation.jurisdiction}"


@_lines.register
def _(container: Container) -> dict[str, str]:
    last = container.events[-1] if container.events else None
    mass = container.verified_mass
    return {
        "title": f"Container of {container.operator}",
        "status": PLACES[container.state].format(facility=container.facility or "an unknown place"),
        "last event": "" if last is None else _happened(last),
        "expected": "; ".join(_expected(event) for event in container.expected),
        "goods": {None: "", True: "laden", False: "empty"}[container.laden],
        "seal": "in place" if container.seal is not None else "",
        "verified gross mass": "" if mass is None else f"document/{mass.document} ({mass.method.value})",
        "selected by customs in": ", ".join(container.selected),
        "bills": str(len(container.bills)),
        "declarations": str(len(container.declarations)),
        "warnings": "; ".join(
            f"{warning.value} at {event.facility}" for event in container.events for warning in event.warnings
        ),
        "breaches": "; ".join(_breach(breach) for breach in container.breaches),
    }


def _happened(event: Event) -> str:
    purpose = "" if event.purpose is None else f" for {event.purpose.value}"
    return f"{event.event.value}{purpose}, {utc(event.event_ms)}, by {event.organisation}"


def _expected(event: Expected) -> str:
    return f"{event.event.value} at {event.facility}, {utc(event.event_ms)} ({event.classifier.value})"


def _breach(breach: Breach) -> str:
    since = ", withdrawn since" if breach.withdrawn else ""
    codes = ", ".join(breach.codes)
    return f"{breach.event.value} at {breach.facility} on {utc(breach.event_ms)}: {codes}{since}"


@_lines.register
def _(document: Document) -> dict[str, str]:
    reason = "" if document.reason is None else f" ({document.reason.value})"
    standing = "Registered." if document.state is DocumentState.REGISTERED else f"Revoked{reason}."
    return {
        "title": f"{document.type.value.replace('_', ' ').capitalize()} of {document.organisation}",
        "status": standing,
        "readers": ", ".join(document.readers),
    }


def _changed(record: Record) -> str:
    when = utc(record.changed_ms)
    principal = f" for {record.changed_for}" if record.changed_for else ""
    return f"version {record.version}, {when}, by {record.changed_by}{principal} with {record.changed_act}"
