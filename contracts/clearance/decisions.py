"""Guards and effects of customs' decisions, of transit and exit, and of clearance cited from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from contracts.clearance.bodies import Cite, Refuse
from contracts.clearance.intake import open_controls
from contracts.clearance.model import MAX_CITATIONS, Citation, Declaration, Passage
from contracts.clearance.requests import granted, with_request
from contracts.clearance.rules import OnDeclaration, changed
from contracts.clearance.vocabulary import Control, DeclarationState, Lane, RequestKind, RequestState
from contracts.model import Direction, Record, declaration_key
from contracts.relations import covered_containers
from contracts.table import Call, Fault, fault
from ledger.errors import InvariantViolated

Citing = Call[Declaration, Cite]

CLEARED_ABROAD = (DeclarationState.RELEASED, DeclarationState.CLEARED, DeclarationState.EXITED)
"""States in which an export declaration is evidence of clearance."""

EXAMINED_IN = {Lane.YELLOW: (Control.DOCUMENTS, Control.PHYSICAL), Lane.RED: (Control.PHYSICAL,)}
"""Controls of which a lane asks one before release; the other lanes ask for none."""


def controls_are_over(call: OnDeclaration) -> Fault | None:
    """Every control is concluded."""
    for control in open_controls(call.record):
        return fault("subject", control=control.value, office=call.record.office)
    return None


def lane_is_followed(call: OnDeclaration) -> Fault | None:
    """What the lane asks for has been examined."""
    routing = call.record.routing
    wanted = () if routing is None else EXAMINED_IN.get(routing.lane, ())
    if routing is None or not wanted:
        return None
    if any(done.result is not None and done.control in wanted for done in call.record.examinations):
        return None
    return fault("subject", lane=routing.lane.value, control=" or ".join(wanted))


def evidence_stands(call: OnDeclaration) -> Fault | None:
    """Every export clearance that the declaration cites still stands."""
    for citation in call.record.cites:
        cited = call.view.require(declaration_key(citation.declaration), Declaration)
        if cited.state not in CLEARED_ABROAD:
            key = declaration_key(citation.declaration)
            return fault("subject", cited=key, state=cited.state.value, office=cited.office)
    return None


def transit_has_arrived(call: OnDeclaration) -> Fault | None:
    """What is under transit has reached its office of destination."""
    declaration = call.record
    under_way = declaration.type is Direction.TRANSIT and declaration.state is not DeclarationState.ARRIVED
    return fault("subject", office=declaration.destination or "") if under_way else None


def is_export(call: OnDeclaration) -> Fault | None:
    """The declaration is for export."""
    kind = call.record.type
    return None if kind is Direction.EXPORT else fault("subject", act=call.act, type=kind.value)


def is_import(call: OnDeclaration) -> Fault | None:
    """The declaration is for import."""
    kind = call.record.type
    return None if kind is Direction.IMPORT else fault("subject", act=call.act, type=kind.value)


def is_transit(call: OnDeclaration) -> Fault | None:
    """The declaration is for transit."""
    kind = call.record.type
    return None if kind is Direction.TRANSIT else fault("subject", act=call.act, type=kind.value)


def actor_is_exit_office(call: OnDeclaration) -> Fault | None:
    """The actor is the office of exit."""
    office, organisation = call.record.exit_office or call.record.office, call.actor.organisation
    return None if organisation == office else fault("issuer", organisation=organisation, office=office)


def actor_is_on_route(call: OnDeclaration) -> Fault | None:
    """The actor is an office of transit."""
    offices, organisation = call.record.transit_offices, call.actor.organisation
    if organisation in offices:
        return None
    return fault("issuer", organisation=organisation, offices=" or ".join(offices) or "none")


def actor_is_destination(call: OnDeclaration) -> Fault | None:
    """The actor is the office of destination."""
    office, organisation = call.record.destination or "", call.actor.organisation
    return None if organisation == office else fault("issuer", organisation=organisation, office=office)


def has_not_passed(call: OnDeclaration) -> Fault | None:
    """The goods have not passed this office yet."""
    organisation = call.actor.organisation
    passed = any(passage.office == organisation for passage in call.record.passages)
    return fault("issuer", office=organisation) if passed else None


def is_not_cited(call: Citing) -> Fault | None:
    """The clearance is not cited already."""
    cited = any(citation.declaration == call.body.declaration for citation in call.record.cites)
    return fault("body.declaration", cited=declaration_key(call.body.declaration)) if cited else None


def room_for_citation(call: OnDeclaration) -> Fault | None:
    """The declaration has room for another citation."""
    if len(call.record.cites) < MAX_CITATIONS:
        return None
    return fault("subject", record=call.subject, limit=f"{MAX_CITATIONS} citations")


def is_clearance_abroad(call: Citing) -> Fault | None:
    """What is cited is an export that another country cleared."""
    cited = _cited(call)
    abroad = cited.jurisdiction != call.record.jurisdiction
    if cited.type is Direction.EXPORT and abroad and cited.state in CLEARED_ABROAD:
        return None
    return fault(
        "body.declaration",
        cited=declaration_key(call.body.declaration),
        type=cited.type.value,
        country=cited.jurisdiction,
        state=cited.state.value,
    )


def covers_the_same_goods(call: Citing) -> Fault | None:
    """Both declarations cover a bill or a container."""
    cited, own = _cited(call), call.record
    if any(bill in cited.bills for bill in own.bills):
        return None
    theirs = covered_containers(cited, call.view)
    if any(container in theirs for container in covered_containers(own, call.view)):
        return None
    return fault("body.declaration", cited=declaration_key(call.body.declaration))


def release(call: OnDeclaration) -> Mapping[str, Record]:
    """The goods may go."""
    return changed(call, state=DeclarationState.RELEASED, released_ms=call.context.time_ms)


def withdraw(call: OnDeclaration) -> Mapping[str, Record]:
    """The goods may not go after all; customs have to decide again."""
    return changed(call, state=DeclarationState.ACCEPTED, released_ms=None)


def clear(call: OnDeclaration) -> Mapping[str, Record]:
    """Customs have no further claim."""
    return changed(call, state=DeclarationState.CLEARED)


def leave(call: OnDeclaration) -> Mapping[str, Record]:
    """The goods are out of the territory."""
    return changed(call, state=DeclarationState.EXITED)


def refuse(call: Call[Declaration, Refuse]) -> Mapping[str, Record]:
    """The goods may not go; the declaration keeps blocking them until customs invalidate it."""
    return changed(
        call,
        state=DeclarationState.REFUSED,
        awaits_goods=False,
        expires_ms=None,
        resumes=None,
        refused_for=call.body.reason,
        refused_ms=call.context.time_ms,
    )


def invalidate(call: OnDeclaration) -> Mapping[str, Record]:
    """The declaration counts for nothing any more; a granted cancellation is carried out by it."""
    wish = granted(call.record, RequestKind.CANCELLATION)
    requests = with_request(call.record, None if wish is None else wish.id, RequestState.DONE)
    return changed(
        call,
        state=DeclarationState.INVALIDATED,
        awaits_goods=False,
        expires_ms=None,
        resumes=None,
        released_ms=None,
        requests=requests,
    )


def pass_office(call: OnDeclaration) -> Mapping[str, Record]:
    """One office of transit is behind the goods."""
    passage = Passage(office=call.actor.organisation, passed_ms=call.context.time_ms)
    return changed(call, passages=(*call.record.passages, passage))


def arrive(call: OnDeclaration) -> Mapping[str, Record]:
    """The goods are at the office of destination."""
    return changed(call, state=DeclarationState.ARRIVED)


def cite(call: Citing) -> Mapping[str, Record]:
    """One more clearance that this one relies on, as it stands now."""
    cited = _cited(call)
    citation = Citation(
        declaration=call.body.declaration,
        jurisdiction=cited.jurisdiction,
        state=cited.state,
        at_version=cited.version,
    )
    return {call.subject: replace(call.record, cites=(*call.record.cites, citation))}


def _cited(call: Citing) -> Declaration:
    cited = call.view.get(declaration_key(call.body.declaration), Declaration)
    if cited is None:
        raise InvariantViolated("a citation is judged before it is known that the record exists")
    return cited
