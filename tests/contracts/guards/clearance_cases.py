"""Situations of a declaration, and values to put in it, from which its guards are broken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from contracts.clearance.model import (
    Citation,
    Examination,
    Notice,
    Request,
    Routing,
)
from contracts.clearance.vocabulary import (
    Control,
    DeclarationState,
    DutyNotice,
    Lane,
    RequestGround,
    RequestKind,
    RequestState,
    RoutingReason,
)
from contracts.model import Direction
from contracts.movement.model import Departure
from tests.contracts.world import CONTAINER, DECLARATION, World, digest

OFFICE = "haiphong-customs"
EXPORT = "declaration/" + digest("export declaration")[:32]
EXPORT_ID = EXPORT.partition("/")[2]
TRANSIT = {
    "type": "transit",
    "office": "qinzhou-customs",
    "transit_offices": ["haiphong-customs"],
    "destination": "phnom-penh-customs",
}
AMENDED = digest("amended declaration")

IN_RED = Routing(lane=Lane.RED, reason=RoutingReason.SELECTIVITY, routed_ms=1)
EXAMINING = Examination(control=Control.PHYSICAL, begun_ms=1)
NOTICE = Notice(notice=DutyNotice.DEBT, assessment=digest("duty"), told_ms=1)
CITATION = Citation(declaration=EXPORT_ID, jurisdiction="CN", state=DeclarationState.RELEASED, at_version=3)


def asked(name: str, state: RequestState, kind: RequestKind = RequestKind.AMENDMENT) -> Request:
    contents = AMENDED if kind is RequestKind.AMENDMENT else None
    return Request(id=name, kind=kind, ground=RequestGround.VALUE, state=state, contents=contents)


WAITING = asked("value", RequestState.OPEN)
GRANTED = asked("value", RequestState.GRANTED)
CANCELLING = asked("value", RequestState.OPEN, RequestKind.CANCELLATION)


def ahead(world: World) -> World:
    return world.issue().lodge(ahead=True)


def accepted(world: World) -> World:
    return world.issue().lodge().accept_declaration()


def released(world: World) -> World:
    return accepted(world).release()


def exported(world: World) -> World:
    """An export that Qinzhou released, to leave by Phnom Penh's office, and an import that Hai Phong has."""
    accepted(world)
    world.lodge(
        EXPORT, "chongqing-parts", type="export", office="qinzhou-customs", exit_office="phnom-penh-customs"
    )
    return world.accept_declaration(EXPORT, "qinzhou-customs").release(EXPORT, "qinzhou-customs")


def under_way(world: World) -> World:
    """Goods under transit from Qinzhou by Hai Phong to Phnom Penh, released."""
    world.issue().lodge(**TRANSIT).accept_declaration(who="qinzhou-customs")
    return world.release(who="qinzhou-customs")


def set_to(**fields: Any) -> Callable[[World], None]:
    """A change of the declaration."""
    return lambda world: world.change(DECLARATION, **fields)


def left(world: World) -> None:
    gone = Departure(direction=Direction.IMPORT, facility="VNHPH", event_ms=1)
    world.change(CONTAINER, departures=(gone,))


def later(ms: int) -> Callable[[World], None]:
    def pass_time(world: World) -> None:
        world.now += ms

    return pass_time
