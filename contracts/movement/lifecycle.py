"""The table of movement: recording events, and departures that happened against the rules."""

from __future__ import annotations

from functools import partial

from contracts import codes as shared
from contracts import linkage
from contracts.checks import listed_once, organisations_active
from contracts.membership.model import Role
from contracts.movement import codes, rules
from contracts.movement.model import Container, ContainerState, RecordEvent
from contracts.table import Act, Guard, Presence

RECORDERS = (Role.TERMINAL, Role.PORT_AUTHORITY, Role.CARRIER, Role.RAIL_OPERATOR)

MOVED = (
    ContainerState.IN_FACILITY,
    ContainerState.ON_VESSEL,
    ContainerState.ON_RAIL,
    ContainerState.ON_ROAD,
)

EVENT_GUARDS = (
    Guard(holds="The event is an actual one.", code=codes.NOT_ACTUAL, check=rules.is_actual),
    Guard(
        holds="A purpose is given where the event needs one, and only there.",
        code=codes.PURPOSE,
        check=rules.purpose_fits_event,
    ),
    Guard(
        holds="The organisation has a role that handles such events.",
        code=codes.WRONG_RECORDER,
        check=rules.recorder_fits_event,
    ),
    Guard(
        holds="The facility is in the organisation's country, if it is bound to one.",
        code=codes.OTHER_COUNTRY,
        check=rules.recorder_acts_there,
    ),
    Guard(
        holds="A container with a record is not described again.",
        code=codes.CONTAINER_KNOWN,
        check=rules.later_record_does_not,
    ),
    Guard(
        holds="The event is not dated after block time, but for the precision of clocks.",
        code=codes.IN_FUTURE,
        check=rules.is_not_in_future,
    ),
    Guard(
        holds="The event is not dated before the container's last one, but for the precision of clocks.",
        code=codes.BEFORE_LAST,
        check=rules.is_not_before_last,
    ),
    Guard(
        holds="The container is where the event can happen to it.",
        code=codes.OUT_OF_ORDER,
        check=rules.follows_in_order,
        rule="DCSA track and trace",
    ),
    Guard(
        holds="What leaves a facility leaves the one it is in.",
        code=codes.ELSEWHERE,
        check=rules.leaves_where_it_is,
    ),
    Guard(
        holds="A container under a bill is not empty, and leaves the place of delivery as import.",
        code=codes.PURPOSE_CONTRADICTS,
        check=linkage.purpose_agrees,
        rule="linkage rule",
    ),
)
"""What must hold of any event."""

FIRST_EVENT_GUARDS = (
    Guard(
        holds="A container without a record is described.",
        code=codes.NEEDS_CONTAINER,
        check=rules.first_record_names_container,
    ),
    Guard(
        holds="The operator of a new container is an active carrier.",
        code=codes.NOT_OPERATOR,
        check=rules.operator_is_carrier,
    ),
    listed_once(rules.lists),
    organisations_active(rules.organisations_named),
)
"""What must hold of what the first event says about its container."""

LINKED = (
    Guard(
        holds="Every bill has a declaration in the country, for import or for export.",
        code=codes.NO_DECLARATION,
        check=linkage.declared,
        rule="linkage rule",
        opened_by=("clearance.lodge",),
    ),
    Guard(
        holds="Every such declaration is released or cleared.",
        code=codes.NOT_RELEASED,
        check=linkage.released,
        rule="linkage rule; UCC article 194",
        opened_by=("clearance.release",),
    ),
    Guard(
        holds="None of them has an open hold.",
        code=codes.HOLD_OPEN,
        check=linkage.unheld,
        rule="linkage rule",
        opened_by=("clearance.lift",),
    ),
    Guard(
        holds="For import, every bill of lading is surrendered for delivery and accepted.",
        code=codes.NOT_SURRENDERED,
        check=linkage.surrendered,
        rule="linkage rule",
        opened_by=("bill.accept_surrender",),
    ),
)
"""What must hold of a departure that ends import or begins export."""

ACTS: tuple[Act, ...] = (
    Act(
        name="movement.record",
        summary="Records what happened to a container.",
        record=Container,
        body=RecordEvent,
        presence=Presence.EITHER,
        roles=RECORDERS,
        guards=(*EVENT_GUARDS, *FIRST_EVENT_GUARDS, *LINKED),
        effect=rules.record_event,
        leads_to=MOVED,
        rule="DCSA track and trace",
    ),
    Act(
        name="movement.breach",
        summary="Records a departure that took place although the rules forbade it.",
        record=Container,
        body=RecordEvent,
        roles=RECORDERS,
        guards=(
            *EVENT_GUARDS,
            Guard(
                holds="The departure breaks at least one of the conditions of linkage.",
                code=codes.NO_BREACH,
                check=partial(rules.something_is_broken, LINKED),
            ),
            Guard(
                holds="The container has room for another breach.",
                code=shared.RECORD_FULL,
                check=rules.room_for_breach,
            ),
        ),
        effect=partial(rules.report_breach, LINKED),
        leads_to=MOVED,
        rule="a departure against the rules is recorded, never lost",
    ),
)
"""The acts on containers."""
