"""A container's timeline as DCSA track-and-trace 2.2 events.

An event id is made of its statement's id and the record's version, so that a
retraction of it leads back there. A correction becomes a retraction and a new event.
What is not on the ledger
(vessels, voyages, remarks, numbers of seals) is left out: the parties keep it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

CLASSIFIERS: Final = {"PLN": "planned", "EST": "estimated", "ACT": "actual"}
_CODES: Final = {word: code for code, word in CLASSIFIERS.items()}

_EVENT_IDS: Final = uuid.UUID("0a4ac1c7-2f0f-5d8e-9d6c-6a1d5c3a8f10")
"""Namespace of the event ids that are made from statement ids."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Json = Mapping[str, Any]


def event_id(told: Json, kind: str = "event") -> str:
    """The DCSA event id of what an act told: a UUID, as 2.2 wants it.

    A batch tells much with one statement, of one record even, so the record's version is part of it.
    """
    return str(uuid.uuid5(_EVENT_IDS, f"{kind} {told['version']} {told['id']}"))


def events_of(moments: Iterable[Json], number: str | None) -> list[dict[str, Any]]:
    """The moments of a timeline as 2.2 events, corrections as a retraction and a new event.

    `number` is the container's; without it, the record's id stands for it.
    """
    events: list[dict[str, Any]] = []
    for moment in moments:
        events += _said(moment, number or moment["key"].partition("/")[2])
    return sorted(events, key=lambda event: str(event["eventCreatedDateTime"]))


def _said(moment: Json, equipment: str) -> list[dict[str, Any]]:
    """An event as it was first told, and each correction of it."""
    first_ms = moment["event_ms"] if moment["first_ms"] is None else moment["first_ms"]
    said = [_event(moment, equipment, event_id(moment), moment["said_ms"], first_ms)]
    for correction in moment["corrections"]:
        created_ms = correction["time_ms"]
        retraction = {
            "eventID": event_id(correction, "retraction"),
            "eventCreatedDateTime": _time(created_ms),
            "eventType": moment["type"],
            "retractedEventID": said[-1]["eventID"],
        }
        said.append(retraction)
        if correction["event_ms"] is not None:
            new = event_id(correction)
            said.append(_event(moment, equipment, new, created_ms, correction["event_ms"]))
    return said


def _event(moment: Json, equipment: str, name: str, created_ms: int, event_ms: int) -> dict[str, Any]:
    event: dict[str, Any] = {
        "eventID": name,
        "eventCreatedDateTime": _time(created_ms),
        "eventType": moment["type"],
        "eventClassifierCode": _CODES[moment["classifier"]],
        "eventDateTime": _time(event_ms),
        f"{moment['type'].lower()}EventTypeCode": moment["code"],
    }
    references = [{"referenceType": "EQ", "referenceValue": equipment}]
    if moment["type"] == "SHIPMENT":
        document = {"documentID": moment["key"], "documentTypeCode": moment["document"]}
        return {**event, **document, "references": references}
    if moment["type"] == "TRANSPORT" or moment["mode"]:
        call = {"transportCallID": f"{moment['facility']}-{name}", "UNLocationCode": moment["facility"]}
        event["transportCall"] = call | ({"modeOfTransport": moment["mode"]} if moment["mode"] else {})
    if moment["type"] == "EQUIPMENT":
        event["equipmentReference"] = equipment
        event["emptyIndicatorCode"] = "EMPTY" if moment["laden"] is False else "LADEN"
        event["eventLocation"] = {"UNLocationCode": moment["facility"]}
    return {**event, "references": references}


def _time(ms: int) -> str:
    return (_EPOCH + timedelta(milliseconds=ms)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
