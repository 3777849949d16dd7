"""The table of events: who records each, from where it can happen, and where it leads.

The codes are those of DCSA track and trace 2.2; AVPU, AVDO and CROS came with 3.0.
A new event is a new row. An event without a place to lead to leaves the container
where it is; one that can happen anywhere says nothing of where that is.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from contracts.membership.model import Role
from contracts.movement.vocabulary import ContainerState as S
from contracts.movement.vocabulary import EventType as E


class Use(enum.Enum):
    """Whether an event carries something."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    NONE = "none"


class Mode(enum.StrEnum):
    """DCSA's modes of transport."""

    VESSEL = "VESSEL"
    RAIL = "RAIL"
    BARGE = "BARGE"
    TRUCK = "TRUCK"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRule:
    """One row."""

    code: str
    """DCSA's code of the equipment or transport event."""
    mode: Mode | None = None
    """The mode of transport that tells events of one code apart, where it does."""
    roles: tuple[Role, ...]
    """Who may record it: one of these roles."""
    states: tuple[S, ...]
    """Where the container must be."""
    to: S | None = None
    """Where it is afterwards; None where it was."""
    purpose: Use = Use.NONE
    """Whether the event says what it is for."""
    seal: Use = Use.OPTIONAL
    """Whether the event names a seal, put on or read."""

    @property
    def is_transport(self) -> bool:
        """Whether it is an event of the means of transport: DCSA's arrivals and departures."""
        return self.code in ("ARRI", "DEPA")

    @property
    def leaves(self) -> bool:
        """Whether it takes the container from a facility inland, where the gate rule is asked."""
        return self.to in (S.ON_ROAD, S.ON_RAIL, S.ON_BARGE)

    @property
    def enters(self) -> bool:
        """Whether it says, by its purpose, what the container is in the facility for."""
        return self.to is S.IN_FACILITY and self.purpose is Use.REQUIRED


GATE = (Role.TERMINAL, Role.PORT_AUTHORITY, Role.RAIL_OPERATOR)
QUAY = (Role.TERMINAL, Role.PORT_AUTHORITY, Role.CARRIER)
RAIL = (Role.RAIL_OPERATOR, Role.TERMINAL)
ROAD = (Role.TERMINAL, Role.PORT_AUTHORITY, Role.CARRIER, Role.FORWARDER)
PACKER = (Role.TRADER, Role.FORWARDER, Role.TERMINAL, Role.PORT_AUTHORITY, Role.CARRIER)
SEALER = (*PACKER, Role.RAIL_OPERATOR, Role.CUSTOMS, Role.AGENCY)
EXAMINER = (Role.CUSTOMS, Role.AGENCY, Role.TERMINAL, Role.PORT_AUTHORITY, Role.CARRIER)
YARD = (Role.TERMINAL, Role.PORT_AUTHORITY, Role.CARRIER, Role.RAIL_OPERATOR)
BORDER = (Role.CUSTOMS, Role.CARRIER, Role.RAIL_OPERATOR, Role.FORWARDER)

PARTIES_ONLY = (Role.TRADER, Role.FORWARDER)
"""Roles that handle no place of their own: who acts by these alone must be a party to the container."""

STILL = (S.ANNOUNCED, S.IN_FACILITY, S.ON_ROAD)
"""Where somebody can be at the doors."""

REACHABLE = (*STILL, S.ON_RAIL, S.ON_BARGE)
"""The same, with trains and barges that stop at a border."""

ANYWHERE = tuple(S)
"""Events that say nothing of where the container is."""

EVENTS: Mapping[E, EventRule] = {
    E.STUFFING: EventRule(code="STUF", roles=PACKER, states=STILL),
    E.STRIPPING: EventRule(code="STRP", roles=PACKER, states=STILL),
    E.PICK_UP: EventRule(code="PICK", roles=ROAD, states=STILL, to=S.ON_ROAD, purpose=Use.REQUIRED),
    E.DROP_OFF: EventRule(
        code="DROP",
        roles=ROAD,
        states=(S.ANNOUNCED, S.ON_ROAD),
        to=S.IN_FACILITY,
        purpose=Use.REQUIRED,
    ),
    E.GATE_IN: EventRule(
        code="GTIN",
        roles=GATE,
        states=(S.ANNOUNCED, S.ON_ROAD),
        to=S.IN_FACILITY,
        purpose=Use.REQUIRED,
    ),
    E.GATE_OUT: EventRule(
        code="GTOT", roles=GATE, states=(S.IN_FACILITY,), to=S.ON_ROAD, purpose=Use.REQUIRED
    ),
    E.ROAD_DEPARTURE: EventRule(code="DEPA", mode=Mode.TRUCK, roles=ROAD, states=(S.ON_ROAD,)),
    E.ROAD_ARRIVAL: EventRule(code="ARRI", mode=Mode.TRUCK, roles=ROAD, states=(S.ON_ROAD,)),
    E.LOAD: EventRule(
        code="LOAD",
        mode=Mode.VESSEL,
        roles=QUAY,
        states=(S.IN_FACILITY,),
        to=S.ON_VESSEL,
        purpose=Use.OPTIONAL,
    ),
    E.VESSEL_DEPARTURE: EventRule(
        code="DEPA", mode=Mode.VESSEL, roles=QUAY, states=(S.ON_VESSEL,), to=S.AT_SEA, seal=Use.NONE
    ),
    E.VESSEL_ARRIVAL: EventRule(
        code="ARRI", mode=Mode.VESSEL, roles=QUAY, states=(S.AT_SEA,), to=S.ON_VESSEL, seal=Use.NONE
    ),
    E.DISCHARGE: EventRule(
        code="DISC", mode=Mode.VESSEL, roles=QUAY, states=(S.ON_VESSEL,), to=S.IN_FACILITY
    ),
    E.RAIL_LOAD: EventRule(code="LOAD", mode=Mode.RAIL, roles=RAIL, states=(S.IN_FACILITY,)),
    E.RAIL_DEPARTURE: EventRule(
        code="DEPA",
        mode=Mode.RAIL,
        roles=RAIL,
        states=(S.ANNOUNCED, S.IN_FACILITY),
        to=S.ON_RAIL,
        purpose=Use.REQUIRED,
    ),
    E.RAIL_ARRIVAL: EventRule(code="ARRI", mode=Mode.RAIL, roles=RAIL, states=(S.ON_RAIL,), to=S.IN_FACILITY),
    E.RAIL_DISCHARGE: EventRule(code="DISC", mode=Mode.RAIL, roles=RAIL, states=(S.IN_FACILITY,)),
    E.BARGE_LOAD: EventRule(code="LOAD", mode=Mode.BARGE, roles=QUAY, states=(S.IN_FACILITY,)),
    E.BARGE_DEPARTURE: EventRule(
        code="DEPA",
        mode=Mode.BARGE,
        roles=QUAY,
        states=(S.ANNOUNCED, S.IN_FACILITY),
        to=S.ON_BARGE,
        purpose=Use.REQUIRED,
    ),
    E.BARGE_ARRIVAL: EventRule(
        code="ARRI", mode=Mode.BARGE, roles=QUAY, states=(S.ON_BARGE,), to=S.IN_FACILITY
    ),
    E.BARGE_DISCHARGE: EventRule(code="DISC", mode=Mode.BARGE, roles=QUAY, states=(S.IN_FACILITY,)),
    E.SEAL: EventRule(code="RSEA", roles=SEALER, states=REACHABLE, seal=Use.REQUIRED),
    E.RESEAL: EventRule(code="RSEA", roles=SEALER, states=REACHABLE, seal=Use.REQUIRED),
    E.SEAL_REMOVAL: EventRule(code="RMVD", roles=SEALER, states=REACHABLE, seal=Use.NONE),
    E.INSPECTION: EventRule(code="INSP", roles=EXAMINER, states=REACHABLE),
    E.CUSTOMS_SCAN: EventRule(code="CUSS", roles=(Role.CUSTOMS,), states=ANYWHERE, seal=Use.NONE),
    E.CUSTOMS_INSPECTION: EventRule(code="CUSI", roles=(Role.CUSTOMS,), states=ANYWHERE, seal=Use.NONE),
    E.CUSTOMS_RELEASE: EventRule(code="CUSR", roles=(Role.CUSTOMS,), states=ANYWHERE, seal=Use.NONE),
    E.AVAILABLE_FOR_PICK_UP: EventRule(code="AVPU", roles=YARD, states=(S.IN_FACILITY,), seal=Use.NONE),
    E.AVAILABLE_FOR_DROP_OFF: EventRule(code="AVDO", roles=YARD, states=ANYWHERE, seal=Use.NONE),
    E.BORDER_CROSSING: EventRule(code="CROS", roles=BORDER, states=(S.ON_RAIL, S.ON_ROAD, S.ON_BARGE)),
}
"""Every event."""

RECORDERS = tuple(role for role in Role if any(role in row.roles for row in EVENTS.values()))
"""Roles that record any event at all."""
