"""Rows and facts of pages that the API has no shape for: what their JSON and CSV consist of."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from nodes.api.schemas import AsOf, Match, Record


class SignedBlock(BaseModel):
    """A block with who signed it."""

    height: int
    block_id: str
    time_ms: int
    proposer: str
    round: int | None
    """Round in which it was sealed; None while the seal is on its way."""
    entries: int
    log_size: int
    log_root: str
    state_root: str
    rules_version: int
    parent: str
    quorum: int
    signed_by: tuple[str, ...]
    missing: tuple[str, ...]
    """Validators whose signature the seal lacks: they were late, or not there."""


class IndicatorLine(BaseModel):
    """One number of one indicator; see `docs/indicators.md`."""

    indicator: str
    line: str
    """The office, leg, authority, reason or organisation; empty where there is one line."""
    measure: str
    unit: str
    value: int


class Handover(BaseModel):
    """One version of a bill: what was done, and whose it was before and after."""

    version: int
    time_ms: int
    act: str
    issuer: str
    on_behalf_of: str | None
    possessor_before: str | None
    possessor: str | None
    titleholder: str | None
    state: str
    remark: str
    """What the act said beside, such as its reason."""
    entry_index: int
    height: int
    id: str


class Subject(BaseModel):
    """A record with what can be done next, and what this node may say of it besides."""

    number: str | None
    """Its number, where this node holds the contents and the reader may read them."""
    record: Record
    complete: bool = True
    """False where this node has pruned some of its history."""


class Step(BaseModel):
    """One version of a record and the act that made it."""

    version: int
    time_ms: int
    act: str
    issuer: str
    on_behalf_of: str | None
    state: str
    remark: str
    entry_index: int
    height: int
    id: str


class Covered(BaseModel):
    """A declaration that covers a container."""

    key: str
    type: str
    state: str
    office: str
    holds: tuple[str, ...]
    """Authorities with an open hold."""


class Goods(BaseModel):
    """A container of a bill: where it is, and what customs say of it."""

    key: str
    number: str | None
    """Its number, where this node holds the bill's contents and the reader may read them."""
    state: str
    facility: str | None
    declarations: tuple[Covered, ...]


class BillSubject(Subject):
    """A bill with its goods."""

    goods: tuple[Goods, ...]


class Trip(BaseModel):
    """A container with its trip."""

    number: str | None
    """Its number, where this node holds contents that say it and the reader may read them."""
    record: Record
    entitled: bool
    """Whether the reader's organisation has to do with it; the timeline is for those who have."""
    complete: bool
    """False where this node has pruned some of it."""


class OpenHold(BaseModel):
    """A hold that only its authority can lift."""

    name: str
    authority: str
    reason: str
    placed_ms: int


class Waiting(BaseModel):
    """A declaration that waits for somebody."""

    key: str
    number: str | None
    """Its reference, where this node holds the contents and the reader may read them."""
    type: str
    state: str
    office: str
    declarant: str
    representative: str | None
    lane: str | None
    holds: tuple[OpenHold, ...]
    open_queries: int
    awaits_goods: bool
    created_ms: int
    waiting_ms: int
    """Since it was lodged, up to the newest block."""
    changed_ms: int
    bills: int
    containers: int


class Queue(BaseModel):
    """The office whose declarations are listed."""

    office: str
    as_of: AsOf


class Seat(BaseModel):
    """A validator."""

    place: int
    organisation: str
    bls_key: str
    signed: int
    """Of the newest blocks looked at, how many its signature is on."""
    of: int
    """How many blocks were looked at."""


class Set(BaseModel):
    """The validator set of the next block."""

    height: int
    quorum: int
    faults: int
    hash: str


class Participant(BaseModel):
    """An organisation."""

    id: str
    name: str
    state: str
    roles: tuple[str, ...]
    jurisdiction: str | None
    validator: bool
    nodes: tuple[str, ...]


class Motion(BaseModel):
    """A proposal."""

    key: str
    title: str
    state: str
    proposer: str
    asks: str
    """What it would change, in words."""
    yes: tuple[str, ...]
    no: tuple[str, ...]
    expires_ms: int
    created_ms: int
    effective_height: int | None


class Found(BaseModel):
    """What was searched for."""

    asked: str


class Hit(Match):
    """A record that a search found, with its number for whoever may read the contents."""

    number: str | None
    state: str
    """Empty for records without one."""


class Line(BaseModel):
    """A record in a list."""

    key: str
    kind: str
    number: str | None
    title: str
    status: str
    changed_ms: int
    record: dict[str, Any]
