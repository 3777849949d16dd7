"""Guards and effects from lodging to the end of control: numbers, presentation, acceptance, lanes, expiry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from contracts.clearance.bodies import Accept, Conclude, Numbered, Reject, Route, TakeControl
from contracts.clearance.model import (
    EXIT_MS,
    MAX_EXAMINATIONS,
    Declaration,
    Examination,
    Routing,
)
from contracts.clearance.rules import OnDeclaration, changed, has_left
from contracts.clearance.vocabulary import Control, DeclarationState, RoutingReason
from contracts.model import Direction, Record, country_of
from contracts.movement.journey import last_seen
from contracts.relations import container_record, covered_containers
from contracts.table import Call, Fault, fault

CONTROLLED = {
    Control.DOCUMENTS: DeclarationState.UNDER_DOCUMENT_CONTROL,
    Control.PHYSICAL: DeclarationState.UNDER_PHYSICAL_CONTROL,
}
"""State while customs examine."""


def open_controls(declaration: Declaration) -> tuple[Control, ...]:
    """The controls that go on."""
    return tuple(done.control for done in declaration.examinations if done.result is None)


def actor_saw_the_goods(call: OnDeclaration) -> Fault | None:
    """The actor lodged the declaration, or recorded the latest event of a container of it, in its country."""
    declaration, organisation = call.record, call.actor.organisation
    if organisation == declaration.declarant:
        return None
    for container in covered_containers(declaration, call.view):
        last = last_seen(container_record(container, call.view))
        if last is None or country_of(last.facility) != declaration.jurisdiction:
            continue
        if last.organisation == organisation:
            return None
    return fault("issuer", organisation=organisation, declarant=declaration.declarant)


def has_no_number(call: Call[Declaration, Any]) -> Fault | None:
    """Customs gave the declaration no number yet, or give none now."""
    given = call.record.reference is not None and call.body.reference is not None
    return fault("body.reference") if given else None


def goods_are_awaited(call: OnDeclaration) -> Fault | None:
    """The goods are not presented yet."""
    return None if call.record.awaits_goods else fault("subject")


def goods_are_presented(call: OnDeclaration) -> Fault | None:
    """The goods are presented."""
    declaration = call.record
    return fault("subject", declarant=declaration.declarant) if declaration.awaits_goods else None


def is_in_time(call: OnDeclaration) -> Fault | None:
    """The time for presenting the goods has not passed."""
    expires_ms, now = call.record.expires_ms, call.context.time_ms
    if expires_ms is None or now <= expires_ms:
        return None
    return fault("subject", expires_ms=str(expires_ms), time_ms=str(now))


def is_overdue(call: OnDeclaration) -> Fault | None:
    """Goods were not presented in time, or a released export has not left in time."""
    due = _due_ms(call.record)
    if due is None:
        return fault("subject", due_ms="no date", time_ms=str(call.context.time_ms))
    if call.context.time_ms > due:
        return None
    return fault("subject", due_ms=str(due), time_ms=str(call.context.time_ms))


def nothing_has_left(call: OnDeclaration) -> Fault | None:
    """No goods have moved on the strength of the release; where there is none, none can have."""
    declaration = call.record
    if declaration.released_ms is None:
        return None
    for passage in declaration.passages:
        return fault("subject", what=f"the goods passed {passage.office}")
    for container in covered_containers(declaration, call.view):
        if has_left(container, call):
            return fault("subject", what=f"the container {container} left")
    return None


def control_is_not_open(call: Call[Declaration, TakeControl]) -> Fault | None:
    """The same control does not go on already."""
    control = call.body.control
    return fault("body.control", control=control.value) if control in open_controls(call.record) else None


def room_for_examination(call: OnDeclaration) -> Fault | None:
    """The declaration has room for another control."""
    if len(call.record.examinations) < MAX_EXAMINATIONS:
        return None
    return fault("subject", record=call.subject, limit=f"{MAX_EXAMINATIONS} controls")


def control_is_open(call: Call[Declaration, Conclude]) -> Fault | None:
    """The control to conclude goes on."""
    control = call.body.control
    return None if control in open_controls(call.record) else fault("body.control", control=control.value)


def lane_is_another(call: Call[Declaration, Route]) -> Fault | None:
    """The declaration is not in that lane already."""
    routing, lane = call.record.routing, call.body.lane
    return fault("body.lane", lane=lane.value) if routing is not None and routing.lane is lane else None


def rerouting_has_a_reason(call: Call[Declaration, Route]) -> Fault | None:
    """What selectivity chose is changed for a reason of its own."""
    again = call.record.routing is not None
    return fault("body.reason") if again and call.body.reason is RoutingReason.SELECTIVITY else None


def register(call: Call[Declaration, Numbered]) -> Mapping[str, Record]:
    """Customs have it, under a number."""
    return changed(call, reference=call.body.reference)


def present(call: OnDeclaration) -> Mapping[str, Record]:
    """The goods are there."""
    return changed(call, awaits_goods=False, expires_ms=None)


def accept(call: Call[Declaration, Accept]) -> Mapping[str, Record]:
    """Customs take the declaration on, perhaps under a number."""
    reference = call.body.reference or call.record.reference
    return changed(call, state=DeclarationState.ACCEPTED, reference=reference)


def reject(call: Call[Declaration, Reject]) -> Mapping[str, Record]:
    """The declaration was never one."""
    return changed(
        call,
        state=DeclarationState.REJECTED,
        errors=call.body.errors,
        awaits_goods=False,
        expires_ms=None,
    )


def take_control(call: Call[Declaration, TakeControl]) -> Mapping[str, Record]:
    """Customs will examine documents or goods."""
    begun = Examination(control=call.body.control, begun_ms=call.context.time_ms)
    examinations = (*call.record.examinations, begun)
    return changed(call, state=_state_of(examinations), examinations=examinations)


def conclude(call: Call[Declaration, Conclude]) -> Mapping[str, Record]:
    """A control is over; the last one returns the declaration to where customs decide."""
    examinations = tuple(
        replace(done, result=call.body.result)
        if done.result is None and done.control is call.body.control
        else done
        for done in call.record.examinations
    )
    return changed(call, state=_state_of(examinations), examinations=examinations)


def route(call: Call[Declaration, Route]) -> Mapping[str, Record]:
    """The declaration's lane."""
    body = call.body
    return changed(call, routing=Routing(lane=body.lane, reason=body.reason, routed_ms=call.context.time_ms))


def expire(call: OnDeclaration) -> Mapping[str, Record]:
    """Time has passed over it."""
    return changed(
        call, state=DeclarationState.EXPIRED, awaits_goods=False, expires_ms=None, released_ms=None
    )


def _due_ms(declaration: Declaration) -> int | None:
    """The last block time at which the declaration stands without goods presented or gone."""
    if declaration.state is DeclarationState.PRELODGED:
        return declaration.expires_ms
    if declaration.type is Direction.EXPORT and declaration.released_ms is not None:
        return declaration.released_ms + EXIT_MS
    return None


def _state_of(examinations: tuple[Examination, ...]) -> DeclarationState:
    """Where a declaration stands under these controls; goods matter more than papers."""
    going_on = [done.control for done in examinations if done.result is None]
    if not going_on:
        return DeclarationState.ACCEPTED
    return CONTROLLED[Control.PHYSICAL if Control.PHYSICAL in going_on else Control.DOCUMENTS]
