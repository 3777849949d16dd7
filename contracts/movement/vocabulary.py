"""The words of movement: events, places, and what can be odd about them.

What each event needs and where it leads is the table `EVENTS` in `events`.
"""

from __future__ import annotations

import enum


class EventType(enum.StrEnum):
    """What happened (DCSA equipment and transport events, in brackets their codes)."""

    STUFFING = "stuffing"
    """Goods were put in (STUF)."""
    STRIPPING = "stripping"
    """Goods were taken out (STRP)."""
    PICK_UP = "pick_up"
    """Fetched by truck, from a depot or from a party's premises (PICK)."""
    DROP_OFF = "drop_off"
    """Put down by truck, at a depot or at a party's premises (DROP)."""
    GATE_IN = "gate_in"
    """Entered a facility by road (GTIN)."""
    GATE_OUT = "gate_out"
    """Left a facility by road (GTOT)."""
    ROAD_DEPARTURE = "road_departure"
    """The truck set off (DEPA)."""
    ROAD_ARRIVAL = "road_arrival"
    """The truck arrived (ARRI)."""
    LOAD = "load"
    """Loaded on a vessel (LOAD)."""
    VESSEL_DEPARTURE = "vessel_departure"
    """The vessel left port (DEPA)."""
    VESSEL_ARRIVAL = "vessel_arrival"
    """The vessel reached port (ARRI)."""
    DISCHARGE = "discharge"
    """Discharged from a vessel (DISC)."""
    RAIL_LOAD = "rail_load"
    """Put on a train that has yet to leave (LOAD)."""
    RAIL_DEPARTURE = "rail_departure"
    """Left a facility by train (DEPA)."""
    RAIL_ARRIVAL = "rail_arrival"
    """Arrived at a facility by train (ARRI)."""
    RAIL_DISCHARGE = "rail_discharge"
    """Taken off a train that has arrived (DISC)."""
    BARGE_LOAD = "barge_load"
    """Put on a barge that has yet to leave (LOAD)."""
    BARGE_DEPARTURE = "barge_departure"
    """Left a facility by barge (DEPA)."""
    BARGE_ARRIVAL = "barge_arrival"
    """Arrived at a facility by barge (ARRI)."""
    BARGE_DISCHARGE = "barge_discharge"
    """Taken off a barge that has arrived (DISC)."""
    SEAL = "seal"
    """A seal was put on the doors (RSEA: DCSA has no code of its own for the first one)."""
    RESEAL = "reseal"
    """The seal was exchanged for another (RSEA)."""
    SEAL_REMOVAL = "seal_removal"
    """The seal was taken off (RMVD)."""
    INSPECTION = "inspection"
    """Somebody looked at container or goods (INSP)."""
    CUSTOMS_SCAN = "customs_scan"
    """Customs selected it for a scan (CUSS)."""
    CUSTOMS_INSPECTION = "customs_inspection"
    """Customs selected it for an inspection (CUSI)."""
    CUSTOMS_RELEASE = "customs_release"
    """Customs are done with what they selected it for (CUSR)."""
    AVAILABLE_FOR_PICK_UP = "available_for_pick_up"
    """May be fetched (AVPU)."""
    AVAILABLE_FOR_DROP_OFF = "available_for_drop_off"
    """May be brought (AVDO)."""
    BORDER_CROSSING = "border_crossing"
    """Crossed a border on land or inland water (CROS)."""


class Classifier(enum.StrEnum):
    """How certain an event is (DCSA event classifier)."""

    PLANNED = "planned"
    ESTIMATED = "estimated"
    ACTUAL = "actual"


class Purpose(enum.StrEnum):
    """What a move at a gate is for."""

    EXPORT = "export"
    IMPORT = "import"
    TRANSIT = "transit"
    EMPTY = "empty"


class ContainerState(enum.StrEnum):
    """Where a container is."""

    ANNOUNCED = "announced"
    """Known from a bill; no event yet."""
    IN_FACILITY = "in_facility"
    ON_VESSEL = "on_vessel"
    """Aboard in port."""
    AT_SEA = "at_sea"
    """Aboard a vessel that left."""
    ON_RAIL = "on_rail"
    ON_BARGE = "on_barge"
    ON_ROAD = "on_road"
    """Outside a facility, after gate-out or pick-up."""


class SealFound(enum.StrEnum):
    """What was wrong with the seal that should have been on the doors."""

    BROKEN = "broken"
    MISSING = "missing"


class MovementWarning(enum.StrEnum):
    """What does not fit together, noted with the event and refused by no rule."""

    SEAL_BROKEN = "seal_broken"
    """The recorder found the seal broken."""
    SEAL_MISSING = "seal_missing"
    """The recorder found no seal."""
    SEAL_DIFFERS = "seal_differs"
    """The seal that the recorder read is not the one that was put on."""
    SEAL_REPLACED = "seal_replaced"
    """A seal was put on where another was in place, and nobody said that it was exchanged."""
    NO_SEAL = "no_seal"
    """A seal was taken off or exchanged where none was known."""
    OPENED_UNDER_SEAL = "opened_under_seal"
    """Goods went in or out while a seal was in place."""
    FILL_CHANGED = "fill_changed"
    """Empty where it was laden, or laden where it was empty, without stripping or stuffing between."""


class MassMethod(enum.StrEnum):
    """How a gross mass was verified (SOLAS VI/2.4; the codes are DCSA's)."""

    SM1 = "SM1"
    """The packed container was weighed."""
    SM2 = "SM2"
    """Everything in it was weighed, and the tare added, by a certified method."""


class CorrectionReason(enum.StrEnum):
    """Why a recorded event is corrected or withdrawn."""

    CLERICAL = "clerical"
    """Wrongly typed or read."""
    CLOCK = "clock"
    """The clock or its time zone was wrong."""
    OTHER_CONTAINER = "other_container"
    """It happened to another container."""
    DID_NOT_HAPPEN = "did_not_happen"
    """It did not happen."""
    OTHER = "other"
