"""Who may act on a declaration, and what becomes of holds and queries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from contracts.clearance.bodies import Answer, Ask, LiftHold, PlaceHold
from contracts.clearance.model import MAX_HOLDS, MAX_HOLDS_EACH, MAX_QUERIES, Declaration, Hold, Query
from contracts.clearance.vocabulary import DeclarationState
from contracts.context import View
from contracts.membership.model import Organisation, Role
from contracts.model import Direction, Record, country_of, organisation_key
from contracts.relations import (
    container_record,
    covered_containers,
    declaration_offices,
    unique,
)
from contracts.table import Call, Fault, fault

OnDeclaration = Call[Declaration, Any]


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


def actor_is_closer(call: OnDeclaration) -> Fault | None:
    """The actor is the office that closes the declaration: the office of destination for transit."""
    declaration, organisation = call.record, call.actor.organisation
    office = declaration.destination or declaration.office
    return None if organisation == office else fault("issuer", organisation=organisation, office=office)


def actor_is_party(call: OnDeclaration) -> Fault | None:
    """The actor is the customs office of the declaration, or lodged it."""
    declaration, organisation = call.record, call.actor.organisation
    if organisation in (declaration.office, declaration.declarant):
        return None
    names = {"office": declaration.office, "declarant": declaration.declarant}
    return fault("issuer", organisation=organisation, **names)


def actor_is_authority(call: OnDeclaration) -> Fault | None:
    """The actor is a customs office of the declaration, or an agency of the country of one."""
    declaration, actor = call.record, call.actor
    offices = declaration_offices(declaration)
    if actor.organisation in offices:
        return None
    countries = unique(_countries(declaration, call.view))
    if Role.AGENCY in actor.roles and actor.jurisdiction in countries:
        return None
    return fault(
        "issuer",
        organisation=actor.organisation,
        office=" or ".join(offices),
        jurisdiction=" or ".join(countries),
    )


def _countries(declaration: Declaration, view: View) -> list[str | None]:
    """The countries of a declaration's offices, its own first."""
    others = declaration_offices(declaration)[1:]
    records = [view.require(organisation_key(office), Organisation) for office in others]
    return [declaration.jurisdiction, *(record.jurisdiction for record in records)]


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
    """The declaration has room for another hold, in all and of the actor."""
    holds, organisation = call.record.holds, call.actor.organisation
    if len(holds) >= MAX_HOLDS:
        return fault("subject", record=call.subject, limit=f"{MAX_HOLDS} open holds")
    if sum(hold.authority == organisation for hold in holds) < MAX_HOLDS_EACH:
        return None
    return fault("subject", record=call.subject, limit=f"{MAX_HOLDS_EACH} open holds of {organisation}")


def goods_have_not_left(call: OnDeclaration) -> Fault | None:
    """A container of the declaration is still within reach; so it is when none is covered yet.

    Goods under transit stay within reach until the transit is over, wherever they are.
    """
    declaration = call.record
    if declaration.type is Direction.TRANSIT:
        return fault("subject") if declaration.state is DeclarationState.CLEARED else None
    covered = covered_containers(declaration, call.view)
    if not covered or any(not has_left(container, call) for container in covered):
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


def ask(call: Call[Declaration, Ask]) -> Mapping[str, Record]:
    """A query; the state before the first open one is remembered."""
    declaration = call.record
    query = Query(id=call.body.query, question=call.body.question)
    before = declaration.resumes if declaration.state is DeclarationState.QUERIED else declaration.state
    return changed(
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
        return changed(call, queries=queries)
    return changed(call, state=declaration.resumes, resumes=None, queries=queries)


def hold(call: Call[Declaration, PlaceHold]) -> Mapping[str, Record]:
    """One more hold; the state stays."""
    placed = Hold(
        id=call.body.hold,
        authority=call.actor.organisation,
        reason=call.body.reason,
        placed_ms=call.context.time_ms,
    )
    return changed(call, holds=(*call.record.holds, placed))


def lift(call: Call[Declaration, LiftHold]) -> Mapping[str, Record]:
    """One hold fewer."""
    return changed(call, holds=tuple(hold for hold in call.record.holds if hold.id != call.body.hold))


def changed(call: OnDeclaration, **fields: Any) -> Mapping[str, Record]:
    """The declaration with these fields."""
    return {call.subject: replace(call.record, **fields)}


def has_left(container: str, call: OnDeclaration) -> bool:
    """Whether the container departed in the declaration's direction from its country."""
    declaration = call.record
    return any(
        departure.direction is declaration.type and country_of(departure.facility) == declaration.jurisdiction
        for departure in container_record(container, call.view).departures
    )
