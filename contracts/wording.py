"""How records are said to a person: a title, a sentence on where things stand, and a few lines."""

from __future__ import annotations

from functools import singledispatch

import msgspec

from contracts.bill.model import Bill
from contracts.bill.wording import bill_lines
from contracts.clearance.model import Citation, Declaration, Routing
from contracts.clearance.vocabulary import DeclarationState, RequestState
from contracts.governance.model import Choice, NamedKey, Proposal, ProposalState, SettingsChange
from contracts.governance.settings import plan_said
from contracts.governance.words import change_said
from contracts.mandate.model import Mandate, MandateState, Power
from contracts.membership.model import Member, NetworkParameters, NetworkValidators, Organisation
from contracts.model import Record
from contracts.movement.model import Breach, Container, Event, Expected
from contracts.movement.vocabulary import ContainerState
from contracts.registry.model import Document, DocumentState
from contracts.times import utc

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
    pending = record.replacement
    return {
        "title": record.name,
        "status": status,
        "jurisdiction": record.jurisdiction or "",
        "administrators": ", ".join(record.administrators),
        "recovers keys": record.recovery or "",
        "caretaker": record.caretaker or "",
        "to take over": ""
        if pending is None
        else f"{pending.member}, from {utc(pending.due_ms)} unless vetoed",
        "anchors": ", ".join(anchor[:16] for anchor in record.anchors),
        "numbering keys of before": str(len(record.former_numbering) or ""),
    }


@_lines.register
def _(record: Member) -> dict[str, str]:
    permissions = ", ".join(permission.value for permission in record.permissions)
    title = f"Member {record.name} of {record.organisation}"
    reason = "" if record.reason is None else f" ({record.reason.value})"
    return {"title": title, "status": f"{record.state.value.capitalize()}{reason}; {permissions}."}


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


@_lines.register
def _(bill: Bill) -> dict[str, str]:
    return bill_lines(bill)


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
