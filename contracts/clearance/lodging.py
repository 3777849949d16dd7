"""Guards and effect of `clearance.lodge`: who may declare which goods to whom, and by which offices."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from contracts.bill.model import Bill
from contracts.bill.vocabulary import BillState
from contracts.checks import active_organisation, named
from contracts.clearance.bodies import Lodge
from contracts.clearance.model import (
    MAX_COVERED_CONTAINERS,
    MAX_DECLARATIONS_EACH,
    PRESENTATION_MS,
    Declaration,
)
from contracts.clearance.vocabulary import DeclarationState
from contracts.membership.model import Organisation, Role
from contracts.model import (
    MAX_CONTAINER_DECLARATIONS,
    Direction,
    Record,
    bill_key,
    container_key,
    id_of,
    organisation_key,
)
from contracts.movement.model import Container
from contracts.relations import (
    container_record,
    covered,
    declarant_parties,
    declarations_of,
    declares_container,
)
from contracts.table import Call, Fault, fault
from ledger.errors import InvariantViolated

Lodging = Call[None, Lodge]


def records_named(body: Lodge) -> list[tuple[str, str, type[Record]]]:
    """The records that a lodgement refers to."""
    bills: list[tuple[str, str, type[Record]]] = [
        (f"body.bills.{index}", bill_key(bill), Bill) for index, bill in enumerate(body.bills)
    ]
    return bills + [
        (f"body.containers.{index}", container_key(container), Container)
        for index, container in enumerate(body.containers)
    ]


def something_is_declared(call: Lodging) -> Fault | None:
    """At least one bill or container is listed."""
    return None if call.body.bills or call.body.containers else fault("body")


def offices_fit_type(call: Lodging) -> Fault | None:
    """Which further offices are named depends on the type."""
    body = call.body
    if body.exit_office is not None and body.type is not Direction.EXPORT:
        return fault("body.exit_office", type=body.type.value, rule="without an office of exit")
    if body.transit_offices and body.type is not Direction.TRANSIT:
        return fault("body.transit_offices", type=body.type.value, rule="without offices of transit")
    if (body.destination is None) == (body.type is Direction.TRANSIT):
        rule = "without an office of destination" if body.destination else "with an office of destination"
        return fault("body.destination", type=body.type.value, rule=rule)
    return None


def offices_are_customs(call: Lodging) -> Fault | None:
    """Every office is an active customs office."""
    body = call.body
    others = [("body.exit_office", body.exit_office), ("body.destination", body.destination)]
    on_route = named("body.transit_offices", body.transit_offices)
    for field, name in [("body.office", body.office), *others, *on_route]:
        if name is None:
            continue
        office = active_organisation(call.view, name)
        if office is None or Role.CUSTOMS not in office.roles or office.jurisdiction is None:
            return fault(field, office=name)
    return None


def bills_stand(call: Lodging) -> Fault | None:
    """No listed bill is voided."""
    for index, bill in enumerate(call.body.bills):
        if call.view.require(bill_key(bill), Bill).state is BillState.VOIDED:
            return fault(f"body.bills.{index}", bill=bill_key(bill))
    return None


def bills_are_issued(call: Lodging) -> Fault | None:
    """No listed bill is a draft, which covers no containers yet."""
    for index, bill in enumerate(call.body.bills):
        if call.view.require(bill_key(bill), Bill).state in (BillState.DRAFT, BillState.APPROVED):
            return fault(f"body.bills.{index}", bill=bill_key(bill))
    return None


def declarant_is_party(call: Lodging) -> Fault | None:
    """The declarant has to do with each listed bill and container."""
    organisation, view = call.actor.organisation, call.view
    for index, bill in enumerate(call.body.bills):
        if organisation not in declarant_parties(view.require(bill_key(bill), Bill)):
            return fault(f"body.bills.{index}", organisation=organisation, record=bill_key(bill))
    for index, container in enumerate(call.body.containers):
        if not declares_container(organisation, container_record(container, view), view):
            return fault(
                f"body.containers.{index}", organisation=organisation, record=container_key(container)
            )
    return None


def containers_have_room(call: Lodging) -> Fault | None:
    """The declaration covers not too many containers, and none is on too many, in all or of the declarant."""
    containers = covered(call.body.bills, call.body.containers, call.view)
    if len(containers) > MAX_COVERED_CONTAINERS:
        return fault("body", record=call.subject, limit=f"{MAX_COVERED_CONTAINERS} containers")
    for container in containers:
        limit = _full(container_record(container, call.view), call)
        if limit is not None:
            return fault("body", record=container_key(container), limit=limit)
    return None


def _full(container: Container, call: Lodging) -> str | None:
    """The limit that another declaration of a container would exceed."""
    if len(container.declarations) >= MAX_CONTAINER_DECLARATIONS:
        return f"{MAX_CONTAINER_DECLARATIONS} declarations"
    if len(container.declarations) < MAX_DECLARATIONS_EACH:
        return None
    declarants = [declaration.declarant for _, declaration in declarations_of(container, call.view)]
    own = declarants.count(call.actor.organisation)
    return f"{MAX_DECLARATIONS_EACH} declarations of one declarant" if own >= MAX_DECLARATIONS_EACH else None


def lodge(call: Lodging) -> Mapping[str, Record]:
    """The declaration, and its mark on every container that it covers."""
    body, number = call.body, id_of(call.subject)
    office = call.view.require(organisation_key(body.office), Organisation)
    if office.jurisdiction is None:
        raise InvariantViolated(f"the customs office {office.id} has no jurisdiction")
    written: dict[str, Record] = {
        call.subject: Declaration(
            type=body.type,
            state=DeclarationState.PRELODGED,
            office=body.office,
            jurisdiction=office.jurisdiction,
            exit_office=body.exit_office,
            transit_offices=body.transit_offices,
            destination=body.destination,
            declarant=call.actor.organisation,
            representative=call.actor.agent,
            contents=body.contents,
            bills=body.bills,
            containers=body.containers,
            awaits_goods=body.ahead,
            expires_ms=call.context.time_ms + PRESENTATION_MS if body.ahead else None,
        )
    }
    for container in covered(body.bills, body.containers, call.view):
        record = container_record(container, call.view)
        written[container_key(container)] = replace(record, declarations=(*record.declarations, number))
    return written
