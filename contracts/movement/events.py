"""The table of events: who records each, from where it can happen, and where it leads.

Codes in brackets are those of DCSA track and trace. A new event is a new row.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from contracts.membership.model import Role
from contracts.movement.model import ContainerState as S
from contracts.movement.model import EventType


class Use(enum.Enum):
    """Whether an event carries a purpose."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRule:
    """One row."""

    roles: tuple[Role, ...]
    """Who may record it: one of these roles."""
    states: tuple[S, ...]
    """Where the container must be."""
    to: S
    """Where it is afterwards."""
    purpose: Use
    """Whether the event says what it is for."""


GATE = (Role.TERMINAL, Role.PORT_AUTHORITY, Role.RAIL_OPERATOR)
QUAY = (Role.TERMINAL, Role.PORT_AUTHORITY, Role.CARRIER)
RAIL = (Role.RAIL_OPERATOR, Role.TERMINAL)

EVENTS: Mapping[EventType, EventRule] = {
    EventType.GATE_IN: EventRule(
        roles=GATE, states=(S.ANNOUNCED, S.ON_ROAD), to=S.IN_FACILITY, purpose=Use.REQUIRED
    ),
    EventType.GATE_OUT: EventRule(roles=GATE, states=(S.IN_FACILITY,), to=S.ON_ROAD, purpose=Use.REQUIRED),
    EventType.LOAD: EventRule(roles=QUAY, states=(S.IN_FACILITY,), to=S.ON_VESSEL, purpose=Use.OPTIONAL),
    EventType.DISCHARGE: EventRule(roles=QUAY, states=(S.ON_VESSEL,), to=S.IN_FACILITY, purpose=Use.NONE),
    EventType.RAIL_DEPARTURE: EventRule(
        roles=RAIL, states=(S.ANNOUNCED, S.IN_FACILITY), to=S.ON_RAIL, purpose=Use.REQUIRED
    ),
    EventType.RAIL_ARRIVAL: EventRule(roles=RAIL, states=(S.ON_RAIL,), to=S.IN_FACILITY, purpose=Use.NONE),
}
"""Every event, in the order of a container's journey."""
