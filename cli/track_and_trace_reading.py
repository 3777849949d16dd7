"""DCSA track-and-trace events as what statements say of them.

Read are the three shapes that are in use: 2.2 (flat), the event domain 3.x
(`metadata` beside `payload`) and 3.0 (`eventClassification`). Only what has a place
on the ledger is looked at. Shipment events are known and passed over: here they
follow from acts on bills and declarations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cli.errors import CliError
from cli.movement_group import milliseconds
from cli.track_and_trace import CLASSIFIERS
from contracts.movement.equipment import length_of
from contracts.movement.events import EVENTS, Use
from contracts.movement.vocabulary import EventType

MAX_EVENTS: Final = 1_000
"""Events of one file; each becomes a statement that waits for its block."""

_PURPOSES: Final = {"EXPORT": "export", "IMPORT": "import", "TRANSSHIPMENT": "transit", "TRANSIT": "transit"}
"""DCSA's movement types, and what a container is in a facility for."""

_FIRST_OF: Final = {"RSEA": EventType.RESEAL}
"""The event that stands for a code which several have."""

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One event of a file."""

    place: str
    """Where in the file, as a dotted path."""
    id: str
    """DCSA's event id."""
    equipment: str | None
    """Container number, where the event names one."""
    retracts: str | None = None
    """Event id that is taken back."""
    seal: str | None = None
    """Number of the seal."""
    fields: dict[str, Any] | None = None
    """What a statement says of it; None for a retraction and for a shipment event."""


def read_events(value: Any, purpose: str | None = None) -> list[Heard]:
    """The events of a file, in its order; `purpose` is for those that need one and do not say it.

    Raises `CliError` naming the field that is not understood.
    """
    listed = value.get("events") if isinstance(value, dict) else value
    if not isinstance(listed, list):
        raise _misread("events", "expected a list of events")
    if len(listed) > MAX_EVENTS:
        raise _misread("events", f"{len(listed)} events, the limit is {MAX_EVENTS}")
    return [_heard(_Event(f"events.{place}", event), purpose) for place, event in enumerate(listed)]


@dataclass(frozen=True, slots=True)
class _Event:
    """An event of any shape, asked for its parts by any of their names."""

    place: str
    value: Any

    def text(self, *paths: str) -> str | None:
        """The text at the first of these paths that has one."""
        for path in paths:
            found = _at(self.value, path)
            if found is not None:
                if not isinstance(found, str):
                    raise _misread(f"{self.place}.{path}", "expected text")
                return found
        return None

    def required(self, *paths: str) -> str:
        """The same, which has to be there."""
        found = self.text(*paths)
        if found is None:
            raise _misread(f"{self.place}.{paths[0]}", "it is missing")
        return found


def _heard(event: _Event, purpose: str | None) -> Heard:
    name = event.required("eventID", "metadata.eventID")
    kind = event.required("eventType", "metadata.eventType", "eventClassification.eventTypeCode")
    if kind not in ("EQUIPMENT", "TRANSPORT", "SHIPMENT"):
        raise _misread(f"{event.place}.eventType", f"{kind} is not kept on the ledger")
    equipment = event.text(
        "equipmentReference", "payload.equipmentReference", "equipmentDetails.equipmentReference"
    ) or _referred(event.value)
    retracts = event.text("retractedEventID", "metadata.retractedEventID")
    heard = Heard(place=event.place, id=name, equipment=equipment, retracts=retracts)
    if retracts is not None or kind == "SHIPMENT":
        return heard
    return Heard(
        place=event.place,
        id=name,
        equipment=equipment,
        seal=_seal(event),
        fields=_fields(event, kind, purpose),
    )


def _fields(event: _Event, kind: str, purpose: str | None) -> dict[str, Any]:
    """The body of an act, but for container and seal."""
    named = f"{kind.lower()}EventTypeCode"
    code = event.required(named, f"payload.{named}", f"eventClassification.{named}")
    classifier = event.required(
        "eventClassifierCode", "payload.eventClassifierCode", "eventClassification.eventClassifierCode"
    )
    if classifier not in CLASSIFIERS:
        raise _misread(f"{event.place}.eventClassifierCode", f"{classifier} is none of {_or(CLASSIFIERS)}")
    found = _event_type(event, code)
    happened = event.required("eventDateTime", "payload.eventDateTime")
    try:
        event_ms = milliseconds(happened)
    except CliError as error:
        raise _misread(f"{event.place}.eventDateTime", f"{happened}: {error.why}") from None
    return {
        "event": found.value,
        "classifier": CLASSIFIERS[classifier],
        "facility": _location(event),
        "event_ms": event_ms,
        "purpose": _purpose(event, found, purpose) if classifier == "ACT" else None,
        **(_length(event) if classifier == "ACT" else {}),
    }


def _length(event: _Event) -> dict[str, str]:
    """The length of the container, where its size and type are given as ISO 6346 codes them."""
    paths = ("ISOEquipmentCode", "payload.ISOEquipmentCode", "equipmentDetails.ISOEquipmentCode")
    length = length_of(event.text(*paths) or "")
    return {} if length is None else {"length": length}


def _event_type(event: _Event, code: str) -> EventType:
    """The event of a code, by the mode of transport where that tells them apart."""
    paths = ("transportCall", "payload.transportCall", "transportDetails.transportCall")
    mode = event.text(*(f"{path}.modeOfTransport" for path in paths))
    coded = {found: row for found, row in EVENTS.items() if row.code == code}
    if not coded:
        raise _misread(event.place, f"there is no event {code}")
    if code in _FIRST_OF:
        return _FIRST_OF[code]
    fitting = [found for found, row in coded.items() if row.mode in (None, mode)]
    if mode is None and not fitting and code in ("LOAD", "DISC"):
        return EventType.LOAD if code == "LOAD" else EventType.DISCHARGE
    if len(fitting) != 1:
        field = f"{event.place}.transportCall.modeOfTransport"
        raise _misread(field, f"there is no {code} by {mode}" if mode else f"{code} needs it")
    return fitting[0]


def _location(event: _Event) -> str:
    paths = ("eventLocation", "transportCall", "transportCall.location")
    nested = ("payload.eventLocation", "payload.transportCall.location", "transportDetails.transportCall")
    return event.required(*(f"{path}.UNLocationCode" for path in (*paths, *nested)))


def _purpose(event: _Event, found: EventType, given: str | None) -> str | None:
    use = EVENTS[found].purpose
    if use is Use.NONE:
        return None
    empty = event.text(
        "emptyIndicatorCode", "payload.emptyIndicatorCode", "equipmentDetails.emptyIndicatorCode"
    )
    if empty == "EMPTY":
        return "empty"
    if use is Use.OPTIONAL:
        return None
    said = event.text("equipmentDetails.movementType")
    purpose = _PURPOSES.get(said or "") or given
    if purpose is None:
        raise _misread(event.place, f"{found.value} needs to say what for: give --purpose")
    return purpose


def _seal(event: _Event) -> str | None:
    """The number of the one seal; None when there is none."""
    listed = next(
        (
            found
            for path in ("seals", "payload.seals", "equipmentDetails.seals")
            if isinstance(found := _at(event.value, path), list) and found
        ),
        None,
    )
    if listed is None:
        return None
    seal = _Event(f"{event.place}.seals.0", listed[0])
    return seal.required("sealNumber", "number")


def _referred(event: Any) -> str | None:
    """The container that the references name."""
    for reference in _references(event):
        kind = _at(reference, "referenceType") or _at(reference, "type")
        value = _at(reference, "referenceValue") or _at(reference, "value")
        if kind == "EQ" and isinstance(value, str):
            return value
    return None


def _references(event: Any) -> Iterator[Any]:
    for path in ("references", "payload.references"):
        found = _at(event, path)
        if isinstance(found, list):
            yield from found


def _at(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _or(words: Mapping[str, str]) -> str:
    return ", ".join(words)


def _misread(field: str, why: str) -> CliError:
    return CliError(
        "the events cannot be recorded",
        why=f"{field}: {why}.",
        do="Correct the file; events before this one in it are not recorded either.",
        field=field,
        code="events.unreadable",
    )
