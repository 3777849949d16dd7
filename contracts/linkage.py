"""Where control, clearance and movement meet: when a container may leave.

Import delivery (purpose import, by gate or rail) needs, for every bill and every
import declaration of the country that covers the container: surrender for delivery
accepted, or a sea waybill, or a bill on paper; the carrier's release where that is
needed; status released or cleared; no open hold; and at least one such declaration
for each bill. Loading for export, or leaving by barge, needs the same of the export
declarations. A hold stops the goods in its country whatever they leave for and
whatever becomes of the declaration that it is on, until they have left by it. A
container under a transit declaration leaves in transit when that is released and
not held. Voided and replaced bills, and declarations rejected, invalidated or
expired, do not count but for open holds; a refused one does, so refused goods stay
until customs invalidate it, and so does a bill surrendered for amendment, until
another replaces it. A house bill's goods are free only when its master is given up
too, be it elsewhere. What customs selected for a scan or inspection stays until they
release it, and no packed container is loaded on a vessel without its verified gross
mass. Empty containers come and go; one that a bill covers is empty only after it was
delivered and stripped, and one that a reissue left out after it was stripped; laden,
that one waits for the bill that replaced its own. A move to a depot is `empty`, or
`transit` when goods are in it.

Each check answers for one condition and says whose move it is. A departure
against them is not lost: `movement.breach` records it with the codes it broke.
"""

from __future__ import annotations

from contracts.bill.model import Bill
from contracts.bill.vocabulary import BillState, BillType
from contracts.clearance.model import Declaration
from contracts.clearance.vocabulary import DeclarationState
from contracts.context import View
from contracts.model import Direction, bill_key, country_of, declaration_key, document_key, id_of
from contracts.movement.events import EVENTS
from contracts.movement.model import Container, RecordEvent
from contracts.movement.vocabulary import EventType, Purpose
from contracts.registry.model import Document, DocumentState
from contracts.relations import bills_of, declarations_of, master_of, newest
from contracts.table import Call, Fault, fault

Moving = Call[Container | None, RecordEvent]

DEPARTURES = tuple(event for event, row in EVENTS.items() if row.leaves)
"""Ways of leaving a facility inland."""

TAKEN = (*DEPARTURES, EventType.LOAD, EventType.BARGE_LOAD)
"""Events that customs can stop, whatever they are for: leaving, and being loaded to leave by water."""

GIVEN_UP = (BillState.SURRENDERED_FOR_DELIVERY, BillState.SWITCHED_TO_PAPER)
"""States in which no one can claim the goods with the electronic bill any more."""

FREE = (
    DeclarationState.RELEASED,
    DeclarationState.ARRIVED,
    DeclarationState.CLEARED,
    DeclarationState.EXITED,
)
"""States in which customs let the goods go."""

VOID = (DeclarationState.REJECTED, DeclarationState.INVALIDATED, DeclarationState.EXPIRED)
"""States in which a declaration counts for nothing."""


def direction_of(call: Moving) -> Direction | None:
    """Whether the event ends import, begins export or goes on in transit; None without need of clearance."""
    body, container = call.body, call.record
    if body.event in DEPARTURES and body.purpose is Purpose.TRANSIT and _transits(container, call.view):
        return Direction.TRANSIT
    if body.event in DEPARTURES and body.purpose is Purpose.IMPORT:
        return Direction.IMPORT
    abroad = body.event in (EventType.LOAD, EventType.BARGE_DEPARTURE)
    if abroad and container is not None and _leaves_origin(container, call):
        return Direction.EXPORT
    return None


def live_bills(container: Container, view: View) -> list[tuple[str, Bill]]:
    """The bills that count: those neither voided nor replaced."""
    return [
        (bill_id, bill)
        for bill_id, bill in bills_of(container, view)
        if bill.state is not BillState.VOIDED and bill.replaced_by is None
    ]


def awaited_bills(container: Container, view: View) -> list[tuple[str, Bill]]:
    """The bills that somebody can be waiting for, with their keys.

    What replaced one need not name the container: the goods are in it all the same,
    unless its carrier put them under a further bill. A master's house bill asks for it.
    """
    live = live_bills(container, view)
    carriers, masters = [bill.carrier for _, bill in live], _masters(live, view)
    found = []
    for bill_id, bill in bills_of(container, view):
        key, latest = (bill_key(bill_id), bill) if bill.carrier in carriers else newest(bill_id, view)
        if not is_void(latest) and (latest is bill or id_of(key) not in masters):
            found.append((key, latest))
    return found


def is_void(bill: Bill) -> bool:
    """Whether nobody can be waiting for a bill: it is replaced, or voided without being surrendered."""
    unclaimed = bill.state is BillState.VOIDED and bill.surrender is None
    return bill.replaced_by is not None or unclaimed


def declared(call: Moving) -> Fault | None:
    """Every bill but a master is covered by a declaration; without a bill, the container itself is."""
    direction, container = direction_of(call), call.record
    if direction is None or direction is Direction.TRANSIT:
        return None
    declarations = _counted(call)
    facts = {"direction": direction.value, "country": country_of(call.body.facility)}
    bills = [] if container is None else live_bills(container, call.view)
    if not bills and not declarations:
        return fault("subject", goods=call.subject, **facts)
    masters = _masters(bills, call.view)
    # Were every bill the master of another, no house bill would answer for them: then each is owed.
    named = [bill for bill, _ in bills]
    for bill in [bill for bill in named if bill not in masters] or named:
        if not any(bill in d.bills or id_of(call.subject) in d.containers for _, d in declarations):
            return fault("subject", goods=bill_key(bill), **facts)
    return None


def released(call: Moving) -> Fault | None:
    """Every declaration is released or cleared."""
    for declaration_id, declaration in _counted(call):
        if declaration.state not in FREE:
            return fault(
                "subject",
                declaration=declaration_key(declaration_id),
                state=declaration.state.value,
                mover=_mover(declaration),
            )
    return None


def unheld(call: Moving) -> Fault | None:
    """No hold is open that stops the goods here, whatever they are said to leave for."""
    for declaration_id, declaration in _stopping(call):
        for hold in declaration.holds:
            return fault(
                "subject",
                declaration=declaration_key(declaration_id),
                hold=hold.id,
                authority=hold.authority,
            )
    return None


def surrendered(call: Moving) -> Fault | None:
    """For import: every bill of lading is surrendered for delivery and accepted, or on paper."""
    container = call.record
    if container is None or direction_of(call) is not Direction.IMPORT:
        return None
    for key, bill in awaited_bills(container, call.view):
        if bill.type is not BillType.SEA_WAYBILL and bill.state not in GIVEN_UP:
            # While a surrender waits, the carrier has possession, so the possessor has the next move.
            mover = bill.possessor or bill.carrier
            return fault("subject", bill=key, state=bill.state.value, mover=mover)
    return None


def ordered(call: Moving) -> Fault | None:
    """For import: where the carrier's release is needed, it stands."""
    container = call.record
    if container is None or direction_of(call) is not Direction.IMPORT:
        return None
    for key, bill in awaited_bills(container, call.view):
        if bill.release_required and bill.release_to is None:
            return fault("subject", bill=key, carrier=bill.carrier)
    return None


def masters_given_up(call: Moving) -> Fault | None:
    """The master of every house bill is given up: for import, and where the master's own carriage ends."""
    container, body = call.record, call.body
    if container is None or body.event not in DEPARTURES:
        return None
    importing = direction_of(call) is Direction.IMPORT
    for bill_id, bill in live_bills(container, call.view):
        if bill.master is None:
            continue
        found = master_of(bill, call.view)
        if found is None:
            if importing and bill.master_proof is None:
                return fault("subject", bill=bill_key(bill_id), master="elsewhere", mover=bill.carrier)
            continue
        key, master = found
        if not importing and body.facility != master.place_of_delivery:
            continue
        waybill = master.type is BillType.SEA_WAYBILL and master.state is BillState.ISSUED
        if not waybill and not is_void(master) and master.state not in GIVEN_UP:
            mover = master.possessor or master.carrier
            return fault("subject", bill=bill_key(bill_id), master=key, mover=mover)
    return None


def unselected(call: Moving) -> Fault | None:
    """Customs of the country did not select it for a scan or inspection, or released it since."""
    container, country = call.record, country_of(call.body.facility)
    if container is None or call.body.event not in TAKEN or country not in container.selected:
        return None
    return fault("subject", country=country)


def mass_verified(call: Moving) -> Fault | None:
    """A packed container is loaded on a vessel with its verified gross mass, which stands."""
    body, container = call.body, call.record
    if body.event is not EventType.LOAD or body.purpose is Purpose.EMPTY:
        return None
    if container is None or not _is_packed(container, call.view):
        return None
    if container.verified_mass is None:
        return fault("subject", why="none is declared")
    document = call.view.require(document_key(container.verified_mass.document), Document)
    return None if document.state is DocumentState.REGISTERED else fault("subject", why="it was revoked")


def purpose_agrees(call: Moving) -> Fault | None:
    """Under a bill it leaves the place of delivery as import, and is empty once delivered and stripped.

    One that a reissue left out is empty once it was stripped.
    """
    body, container = call.body, call.record
    if container is None or body.purpose is None:
        return None
    if _is_returned(container, call):
        return None
    if body.purpose is Purpose.EMPTY and container.laden is not False:
        for bill_id, bill in bills_of(container, call.view):
            # What replaced it, or is to, need not name the container: the goods are in it all the same.
            if bill.surrender is not None or bill.replaced_by is not None:
                return fault("body.purpose", purpose=body.purpose.value, bill=bill_key(bill_id))
    bills = live_bills(container, call.view)
    carried_on = _masters([one for one in bills if one[1].place_of_delivery != body.facility], call.view)
    for bill_id, bill in bills:
        ends = body.facility == bill.place_of_delivery and bill_id not in carried_on
        final = body.event in DEPARTURES and ends
        if body.purpose is Purpose.EMPTY or (final and body.purpose is not Purpose.IMPORT):
            return fault("body.purpose", purpose=body.purpose.value, bill=bill_key(bill_id))
    return None


def _masters(bills: list[tuple[str, Bill]], view: View) -> set[str]:
    """Ids of the bills that others among these hang under: the goods are theirs to declare and deliver."""
    found = (master_of(bill, view) for _, bill in bills)
    return {id_of(master[0]) for master in found if master is not None}


def _is_delivered(container: Container) -> bool:
    return any(departure.direction is Direction.IMPORT for departure in container.departures)


def _is_returned(container: Container, call: Moving) -> bool:
    """Whether it moves empty, delivered and stripped."""
    return call.body.purpose is Purpose.EMPTY and _is_delivered(container) and container.laden is False


def _is_packed(container: Container, view: View) -> bool:
    """Whether goods are in it, by what events said or because a bill for them stands."""
    undelivered = bool(live_bills(container, view)) and not _is_delivered(container)
    return container.laden is True or undelivered


def _leaves_origin(container: Container, call: Moving) -> bool:
    """Whether loading here takes the container out of the country that its carriage begins in."""
    country = country_of(call.body.facility)
    if container.export_from == country:
        return True
    if _is_returned(container, call):
        return False
    return any(country_of(bill.place_of_loading) == country for _, bill in live_bills(container, call.view))


def _counted(call: Moving) -> list[tuple[str, Declaration]]:
    """The declarations of the event's direction and country that still count."""
    direction, container = direction_of(call), call.record
    if direction is None or container is None:
        return []
    country = country_of(call.body.facility)
    if direction is Direction.TRANSIT:
        return _transits(container, call.view)
    return [
        (declaration_id, declaration)
        for declaration_id, declaration in declarations_of(container, call.view)
        if declaration.type is direction
        and declaration.jurisdiction == country
        and declaration.state not in VOID
    ]


def _stopping(call: Moving) -> list[tuple[str, Declaration]]:
    """The declarations whose holds stop the event: its own, and those of the country not yet left by.

    One that counts for nothing any more is among them: its holds are lifted by who placed
    them, and by no one else's word on the declaration. Transit is one procedure across all
    its countries, and ends in one where the goods are delivered.
    """
    container, country = call.record, country_of(call.body.facility)
    if container is None or call.body.event not in TAKEN:
        return []
    own = {declaration_id for declaration_id, _ in _counted(call)}
    left = {one.direction for one in container.departures if country_of(one.facility) == country}
    left |= {Direction.TRANSIT} if Direction.IMPORT in left else set()
    return [
        (declaration_id, declaration)
        for declaration_id, declaration in declarations_of(container, call.view)
        if declaration_id in own
        or (
            declaration.type not in left
            and (declaration.type is Direction.TRANSIT or declaration.jurisdiction == country)
        )
    ]


def _transits(container: Container | None, view: View) -> list[tuple[str, Declaration]]:
    """The transit declarations that still count: transit is one procedure across all its countries."""
    if container is None:
        return []
    return [
        (declaration_id, declaration)
        for declaration_id, declaration in declarations_of(container, view)
        if declaration.type is Direction.TRANSIT and declaration.state not in VOID
    ]


def _mover(declaration: Declaration) -> str:
    queried = declaration.state is DeclarationState.QUERIED
    return declaration.declarant if queried else declaration.office
