"""The rules that the clients' acts can break, told a second time, in terms of the log alone.

No helper of the contracts is used: a checker that shared them would share their
mistakes. What is here covers what `acts` sends: containers at one gate, blank
bills and their offers. Versions count how often a record was written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

GATE_KEEPERS = frozenset({"beibu-gulf-port", "haiphong-terminal"})
PRECISION_MS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A container or bill as the log makes it; a new one is all defaults."""

    version: int = 0
    inside: bool = False
    event_ms: int = 0
    possessor: str = ""
    offered_to: str = ""
    contents: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One act on one record."""

    act: str
    subject: str
    expected: int
    body: Mapping[str, Any]


def deeds(act: str, subject: str, expected: int, body: Mapping[str, Any]) -> tuple[Deed, ...]:
    """What a statement does: its own act, or those of its batch, which take effect together or not at all."""
    if act != "batch.run":
        return (Deed(act=act, subject=subject, expected=expected, body=body),)
    return tuple(
        Deed(act=part["type"], subject=part["subject"], expected=part["expected_version"], body=part["body"])
        for part in body["parts"]
    )


def faults(record: Record, act: str, actor: str, body: Mapping[str, Any]) -> frozenset[str]:
    """The refusals that an act deserves on a record of the version that it expects."""
    organisation = actor.partition("/")[0]
    found: dict[str, bool] = {}
    if act == "movement.record":
        enters = body["event"] == "gate_in"
        found["movement.wrong-recorder"] = organisation not in GATE_KEEPERS
        found["movement.out-of-order"] = enters == record.inside
        found["movement.before-last"] = body["event_ms"] + PRECISION_MS < record.event_ms
    elif act == "bill.transfer":
        found["bill.not-possessor"] = record.possessor != organisation
        found["bill.offer-open"] = bool(record.offered_to)
        found["bill.to-self"] = body["to"] == organisation
    elif act == "bill.accept":
        found["bill.not-offered"] = record.offered_to != organisation
        found["bill.contents-mismatch"] = body["contents"] != record.contents
    elif act == "bill.cancel":
        found["bill.not-possessor"] = record.possessor != organisation
        found["bill.no-offer"] = not record.offered_to
    elif act == "bill.issue":
        found["actor.role"] = organisation != "coral-line"
    else:
        found["act.unknown"] = True
    return frozenset(code for code, holds in found.items() if holds)


def after(record: Record, act: str, actor: str, body: Mapping[str, Any]) -> Record:
    """The record after an act."""
    version = record.version + 1
    if act == "movement.record":
        inside = body["event"] == "gate_in"
        return replace(record, version=version, inside=inside, event_ms=body["event_ms"])
    if act == "bill.issue":
        return replace(record, version=version, possessor=body["possessor"], contents=body["contents"])
    if act == "bill.transfer":
        return replace(record, version=version, offered_to=body["to"])
    taken = actor.partition("/")[0] if act == "bill.accept" else record.possessor
    return replace(record, version=version, possessor=taken, offered_to="")
