"""A container's timeline."""

from __future__ import annotations

from pydantic import BaseModel

from nodes.api import examples
from nodes.api.schemas.base import described


class Correction(BaseModel):
    """One correction or withdrawal of an event."""

    model_config = described(examples.CORRECTION)

    time_ms: int
    """Block time."""
    issuer: str
    reason: str
    event_ms: int | None
    """The new time; None where the event was withdrawn."""
    version: int
    """The record's version that it made."""
    id: str
    """Statement id."""


class Moment(BaseModel):
    """One line of a timeline."""

    model_config = described(examples.MOMENT)

    type: str
    """DCSA's type of event: EQUIPMENT, TRANSPORT or SHIPMENT."""
    code: str
    """DCSA's code of the event."""
    event: str
    """The event, or for documents the act."""
    classifier: str
    """Planned, estimated or actual."""
    event_ms: int
    """When it happened or is expected, by the newest word on it."""
    said_ms: int
    """Block time at which it was recorded."""
    issuer: str
    key: str
    """The record."""
    version: int
    """The record's version that it made, by which it is corrected."""
    id: str
    """Statement id."""
    mode: str
    """DCSA's mode of transport; empty where it is not known."""
    facility: str
    purpose: str
    laden: bool | None
    """Whether goods were in it afterwards, of actual events, where an event said so."""
    document: str
    """DCSA's code of the document, of shipment events."""
    standing: str
    """What became of it: stands, corrected, withdrawn, replaced or met."""
    first_ms: int | None
    """When it was first said to have happened, if that was corrected."""
    planned_ms: int | None
    """When the newest plan had it, of actual events."""
    estimated_ms: int | None
    """When the newest estimate had it, of actual events."""
    warnings: tuple[str, ...]
    """What did not fit."""
    broke: tuple[str, ...]
    """Refusals that a breach broke."""
    corrections: tuple[Correction, ...]
    """What was said of it later, oldest first."""


class Timeline(BaseModel):
    """What happened to a container and what is expected, by time."""

    model_config = described({"key": examples.CONTAINER, "items": [examples.MOMENT], "complete": True})

    key: str
    items: tuple[Moment, ...]
    complete: bool
    """False where this node has pruned some of it."""
