"""A container's timeline: what was planned and estimated, what happened, and what of it was put right.

Made from the acts on the container and on the bills and declarations that cover
it, so it goes across bills and modes of transport. Nothing is lost on the way:
what was corrected shows every time that it was given, what was withdrawn stays and
says so, and an actual event is held against what was last expected of it.

Events have the codes of DCSA track and trace; acts on bills and declarations
become its shipment events, whose documents are TRD and CUC.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from contracts.model import Record
from contracts.movement.events import EVENTS
from contracts.movement.model import Container
from contracts.movement.vocabulary import Classifier, EventType
from ledger.errors import InvariantViolated


class Standing(enum.StrEnum):
    """What became of what was said."""

    STANDS = "stands"
    CORRECTED = "corrected"
    """It got another time."""
    WITHDRAWN = "withdrawn"
    """Its recorder withdrew it."""
    REPLACED = "replaced"
    """Something newer was expected in its place."""
    MET = "met"
    """What was expected has happened."""


class Subject(enum.StrEnum):
    """DCSA's types of event."""

    EQUIPMENT = "EQUIPMENT"
    TRANSPORT = "TRANSPORT"
    SHIPMENT = "SHIPMENT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One act on a record, as a node keeps it."""

    key: str
    """The record."""
    subject: str
    """Key of the record acted on, which is another one where this one was merely written as well; empty where
    the node does not keep it any more."""
    version: int
    """The record's version that the act made."""
    time_ms: int
    """Block time."""
    issuer: str
    """The member who acted."""
    act: str
    body: Mapping[str, Any]
    """The act's fields; empty where the node does not keep them any more."""
    id: str
    """Statement id."""
    record: Record
    """The record at this version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One correction or withdrawal of an event."""

    time_ms: int
    """Block time."""
    issuer: str
    """The member who corrected."""
    reason: str
    event_ms: int | None = None
    """The new time; None where the event was withdrawn."""
    version: int
    """The record's version that it made."""
    id: str
    """Statement id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One line of a timeline."""

    type: Subject
    code: str
    """DCSA's code of the event."""
    event: str
    """The event, or for documents the act."""
    classifier: Classifier
    event_ms: int
    """When it happened or is expected, by the newest word on it."""
    said_ms: int
    """Block time at which it was recorded."""
    issuer: str
    """The member who recorded it."""
    key: str
    """The record."""
    version: int
    """The record's version that it made, by which it is corrected."""
    id: str
    """Statement id."""
    mode: str = ""
    """DCSA's mode of transport, where it is known."""
    facility: str = ""
    """UN/LOCODE."""
    purpose: str = ""
    laden: bool | None = None
    """Whether goods were in it afterwards, of actual events, where an event said so."""
    document: str = ""
    """DCSA's code of the document, of shipment events."""
    standing: Standing = Standing.STANDS
    first_ms: int | None = None
    """When it was first said to have happened, if that was corrected."""
    planned_ms: int | None = None
    """When the newest plan had it, of actual events."""
    estimated_ms: int | None = None
    """When the newest estimate had it, of actual events."""
    warnings: tuple[str, ...] = ()
    """What did not fit."""
    broke: tuple[str, ...] = ()
    """Refusals that a breach broke."""
    corrections: tuple[Correction, ...] = ()
    """What was said of it later, oldest first."""


DOCUMENT_EVENTS: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("bill", "bill.issue"): ("ISSU", "TRD"),
    ("bill", "bill.surrender"): ("PENA", "TRD"),
    ("bill", "bill.accept_surrender"): ("SURR", "TRD"),
    ("bill", "bill.reject_surrender"): ("REJE", "TRD"),
    ("bill", "bill.void"): ("VOID", "TRD"),
    ("declaration", "clearance.lodge"): ("SUBM", "CUC"),
    ("declaration", "clearance.accept"): ("CONF", "CUC"),
    ("declaration", "clearance.reject"): ("REJE", "CUC"),
    ("declaration", "clearance.hold"): ("HOLD", "CUC"),
    ("declaration", "clearance.release"): ("RELS", "CUC"),
    ("declaration", "clearance.clear"): ("CMPL", "CUC"),
    ("declaration", "clearance.refuse"): ("REJE", "CUC"),
    ("declaration", "clearance.invalidate"): ("CANC", "CUC"),
    ("container", "movement.verify_mass"): ("SUBM", "VGM"),
}
"""Acts that are shipment events, by kind of record: DCSA's codes of event and document. An act also changes
records that are not its subject; there it is no event."""

Slot = tuple[str, str, Classifier]
"""What is expected: the event, where, and by plan or estimate."""


@dataclass(slots=True)
class _Telling:
    """A timeline as far as it is told."""

    moments: dict[tuple[str, int], Moment] = field(default_factory=dict)
    """By record and version."""
    expected: dict[Slot, tuple[str, int]] = field(default_factory=dict)
    """What has not happened yet."""

    def mark(self, place: tuple[str, int], **changes: Any) -> None:
        """Change what was told before."""
        self.moments[place] = replace(self.moments[place], **changes)


def timeline(told: Iterable[Told]) -> tuple[Moment, ...]:
    """The moments of a container, in the order in which they happened or are expected.

    `told` are the acts on the container and on what covers it, those of one record
    in their order. Movements whose fields are not kept are left out.
    """
    telling = _Telling()
    for one in told:
        _tell(telling, one)
    return tuple(
        sorted(
            telling.moments.values(),
            key=lambda moment: (moment.event_ms, moment.said_ms, moment.key, moment.version),
        )
    )


def _tell(telling: _Telling, one: Told) -> None:
    if one.subject not in ("", one.key):
        return
    codes = DOCUMENT_EVENTS.get((one.key.partition("/")[0], one.act))
    if codes is not None:
        telling.moments[one.key, one.version] = _document_event(one, *codes)
    elif not one.body:
        return
    elif one.act == "movement.expect":
        _tell_expected(telling, one)
    elif one.act in ("movement.record", "movement.breach"):
        _tell_actual(telling, one)
    elif one.act in ("movement.correct", "movement.withdraw"):
        _tell_correction(telling, one)


def _tell_expected(telling: _Telling, one: Told) -> None:
    moment, place = _event(one), (one.key, one.version)
    slot = (moment.event, moment.facility, moment.classifier)
    before = telling.expected.get(slot)
    if before is not None:
        telling.mark(before, standing=Standing.REPLACED)
    telling.expected[slot] = place
    telling.moments[place] = moment


def _tell_actual(telling: _Telling, one: Told) -> None:
    moment = _event(one)
    found: dict[Classifier, int] = {}
    for classifier in (Classifier.PLANNED, Classifier.ESTIMATED):
        place = telling.expected.pop((moment.event, moment.facility, classifier), None)
        if place is not None:
            found[classifier] = telling.moments[place].event_ms
            telling.mark(place, standing=Standing.MET)
    container = one.record
    if not isinstance(container, Container):
        raise InvariantViolated(f"{one.key} is told of as a container")
    telling.moments[one.key, one.version] = replace(
        moment,
        laden=container.laden,
        planned_ms=found.get(Classifier.PLANNED),
        estimated_ms=found.get(Classifier.ESTIMATED),
        warnings=_warnings(container, one.version),
        broke=_broke(container, one.version),
    )


def _warnings(container: Container, version: int) -> tuple[str, ...]:
    found = (event for event in container.events if event.version == version)
    return tuple(warning.value for event in found for warning in event.warnings)


def _broke(container: Container, version: int) -> tuple[str, ...]:
    found = (breach for breach in container.breaches if breach.version == version)
    return tuple(code for breach in found for code in breach.codes)


def _tell_correction(telling: _Telling, one: Told) -> None:
    place = (one.key, int(one.body["event"]))
    moment = telling.moments.get(place)
    if moment is None:
        return
    event_ms = one.body.get("event_ms")
    correction = Correction(
        time_ms=one.time_ms,
        issuer=one.issuer,
        reason=one.body["reason"],
        event_ms=event_ms,
        version=one.version,
        id=one.id,
    )
    corrections = (*moment.corrections, correction)
    if event_ms is None:
        telling.mark(place, standing=Standing.WITHDRAWN, corrections=corrections)
        return
    first_ms = moment.event_ms if moment.first_ms is None else moment.first_ms
    telling.mark(
        place, standing=Standing.CORRECTED, event_ms=event_ms, first_ms=first_ms, corrections=corrections
    )


def _event(one: Told) -> Moment:
    event, body = EventType(one.body["event"]), one.body
    row = EVENTS[event]
    return Moment(
        type=Subject.TRANSPORT if row.is_transport else Subject.EQUIPMENT,
        code=row.code,
        event=event.value,
        classifier=Classifier(body["classifier"]),
        event_ms=body["event_ms"],
        said_ms=one.time_ms,
        issuer=one.issuer,
        key=one.key,
        version=one.version,
        id=one.id,
        mode=row.mode or "",
        facility=body["facility"],
        purpose=body.get("purpose", ""),
    )


def _document_event(one: Told, code: str, document: str) -> Moment:
    return Moment(
        type=Subject.SHIPMENT,
        code=code,
        document=document,
        event=one.act,
        classifier=Classifier.ACTUAL,
        event_ms=one.time_ms,
        said_ms=one.time_ms,
        issuer=one.issuer,
        key=one.key,
        version=one.version,
        id=one.id,
    )
