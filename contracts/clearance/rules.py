"""Guards and effects of clearance, other than lodging (see `lodging`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from contracts.clearance.model import (
    MAX_HOLDS,
    MAX_QUERIES,
    Accept,
    Answer,
    Ask,
    Control,
    Declaration,
    DeclarationState,
    Hold,
    LiftHold,
    PlaceHold,
    Query,
    TakeControl,
)
from contracts.membership.model import Role
from contracts.model import Record, country_of
from contracts.relations import container_record, covered_containers, unique
from contracts.table import Call, Fault, fault

OnDeclaration = Call[Declaration, Any]

CONTROLLED = {
    Control.DOCUMENTS: DeclarationState.UNDER_DOCUMENT_CONTROL,
    Control.PHYSICAL: DeclarationState.UNDER_PHYSICAL_CONTROL,
}
"""State while customs examine."""


def actor_is_office(call: OnDeclaration) -> Fault | None:
    """The actor is the customs office of the declaration."""
    office, organisation = call.record.office, call.actor.organisation
    return None if organisation == office else fault("issuer", organisation=organisation, office=office)


def actor_is_declarant(call: OnDeclaration) -> Fault | None:
    """The actor lodged the declaration."""
    declarant, organisation = call.record.declarant, call.actor.organisation
    if organisation == declarant:
        return None
    return fault("issuer", organisation=organisation, declarant=declarant)


def actor_is_authority(call: OnDeclaration) -> Fault | None:
    """The actor is the customs office of the declaration, or an agency of its country."""
    declaration, actor = call.record, call.actor
    if actor.organisation == declaration.office:
        return None
    if Role.AGENCY in actor.roles and actor.jurisdiction == declaration.jurisdiction:
        return None
    return fault(
        "issuer",
        organisation=actor.organisation,
        office=declaration.office,
        jurisdiction=declaration.jurisdiction,
    )


def some_hold_is_open(call: OnDeclaration) -> Fault | None:
    """There is a hold to lift."""
    return None if call.record.holds else fault("subject")


def actor_is_holder(call: OnDeclaration) -> Fault | None:
    """One of the open holds is the actor's."""
    holds = call.record.holds
    if any(hold.authority == call.actor.organisation for hold in holds):
        return None
    names, authorities = (hold.id for hold in holds), unique(hold.authority for hold in holds)
    return fault("issuer", hold=", ".join(names), authority=", ".join(authorities))


def no_hold_is_open(call: OnDeclaration) -> Fault | None:
    """No authority holds the goods."""
    for hold in call.record.holds:
        return fault("subject", hold=hold.id, authority=hold.authority)
    return None


def no_query_is_open(call: OnDeclaration) -> Fault | None:
    """Every query is answered."""
    declaration = call.record
    for query in declaration.queries:
        if query.answer is None:
            return fault("subject", query=query.id, declarant=declaration.declarant)
    return None


def hold_name_is_free(call: Call[Declaration, PlaceHold]) -> Fault | None:
    """No open hold bears the name."""
    for hold in call.record.holds:
        if hold.id == call.body.hold:
            return fault("body.hold", hold=hold.id, authority=hold.authority)
    return None


def room_for_hold(call: OnDeclaration) -> Fault | None:
    """The declaration has room for another hold."""
    if len(call.record.holds) < MAX_HOLDS:
        return None
    return fault("subject", record=call.subject, limit=f"{MAX_HOLDS} open holds")


def goods_have_not_left(call: OnDeclaration) -> Fault | None:
    """A container of the declaration is still within reach; so it is when none is covered yet."""
    declaration = call.record
    covered = covered_containers(declaration, call.view)
    if not covered or any(not _has_left(container, call) for container in covered):
        return None
    return fault("subject")


def hold_is_open(call: Call[Declaration, LiftHold]) -> Fault | None:
    """The hold to lift is open."""
    if any(hold.id == call.body.hold for hold in call.record.holds):
        return None
    return fault("body.hold", hold=call.body.hold)


def hold_is_own(call: Call[Declaration, LiftHold]) -> Fault | None:
    """The actor placed the hold."""
    for hold in call.record.holds:
        if hold.id == call.body.hold and hold.authority != call.actor.organisation:
            return fault("body.hold", hold=hold.id, authority=hold.authority)
    return None


def query_name_is_free(call: Call[Declaration, Ask]) -> Fault | None:
    """No query bears the name, answered ones included."""
    known = any(query.id == call.body.query for query in call.record.queries)
    return fault("body.query", query=call.body.query) if known else None


def room_for_query(call: OnDeclaration) -> Fault | None:
    """The declaration has room for another query."""
    if len(call.record.queries) < MAX_QUERIES:
        return None
    return fault("subject", record=call.subject, limit=f"{MAX_QUERIES} queries")


def query_is_open(call: Call[Declaration, Answer]) -> Fault | None:
    """The query to answer is open."""
    if any(query.id == call.body.query and query.answer is None for query in call.record.queries):
        return None
    return fault("body.query", query=call.body.query)


def accept(call: Call[Declaration, Accept]) -> Mapping[str, Record]:
    """Customs take the declaration on, perhaps under a number."""
    return _changed(call, state=DeclarationState.ACCEPTED, reference=call.body.reference)


def take_control(call: Call[Declaration, TakeControl]) -> Mapping[str, Record]:
    """Customs will examine documents or goods."""
    return _changed(call, state=CONTROLLED[call.body.control])


def ask(call: Call[Declaration, Ask]) -> Mapping[str, Record]:
    """A query; the state before the first open one is remembered."""
    declaration = call.record
    query = Query(id=call.body.query, question=call.body.question)
    before = declaration.resumes if declaration.state is DeclarationState.QUERIED else declaration.state
    return _changed(
        call, state=DeclarationState.QUERIED, resumes=before, queries=(*declaration.queries, query)
    )


def answer(call: Call[Declaration, Answer]) -> Mapping[str, Record]:
    """An answer; the last one returns the declaration to where it was."""
    declaration = call.record
    queries = tuple(
        replace(query, answer=call.body.answer) if query.id == call.body.query else query
        for query in declaration.queries
    )
    if any(query.answer is None for query in queries):
        return _changed(call, queries=queries)
    return _changed(call, state=declaration.resumes, resumes=None, queries=queries)


def hold(call: Call[Declaration, PlaceHold]) -> Mapping[str, Record]:
    """One more hold; the state stays."""
    placed = Hold(
        id=call.body.hold,
        authority=call.actor.organisation,
        reason=call.body.reason,
        placed_ms=call.context.time_ms,
    )
    return _changed(call, holds=(*call.record.holds, placed))


def lift(call: Call[Declaration, LiftHold]) -> Mapping[str, Record]:
    """One hold fewer."""
    return _changed(call, holds=tuple(hold for hold in call.record.holds if hold.id != call.body.hold))


def release(call: OnDeclaration) -> Mapping[str, Record]:
    """The goods may go."""
    return _changed(call, state=DeclarationState.RELEASED)


def clear(call: OnDeclaration) -> Mapping[str, Record]:
    """Customs have no further claim."""
    return _changed(call, state=DeclarationState.CLEARED)


def refuse(call: OnDeclaration) -> Mapping[str, Record]:
    """The goods may not go; the declaration keeps blocking them until customs invalidate it."""
    return _changed(call, state=DeclarationState.REFUSED, resumes=None)


def invalidate(call: OnDeclaration) -> Mapping[str, Record]:
    """The declaration counts for nothing any more."""
    return _changed(call, state=DeclarationState.INVALIDATED, resumes=None)


def _changed(call: OnDeclaration, **fields: Any) -> Mapping[str, Record]:
    return {call.subject: replace(call.record, **fields)}


def _has_left(container: str, call: OnDeclaration) -> bool:
    """Whether the container departed in the declaration's direction from its country."""
    declaration = call.record
    return any(
        departure.direction is declaration.type and country_of(departure.facility) == declaration.jurisdiction
        for departure in container_record(container, call.view).departures
    )
