"""Several acts in one statement: all of them take effect, or none.

Parts are judged one after another, each on what the parts before it left, exactly
as if they were statements of their own in that order; so each names the version
that it builds on as it will be then. The first part that is refused refuses the
whole, with its own code, and says which part it was. Everything else about a
statement, who signs, in whose name, until when, is said once for all of them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from contracts import codes
from contracts.bill.model import Bill
from contracts.catalogue import RULES
from contracts.clearance.model import Declaration
from contracts.context import MAX_READ, Context, Party, StateReader, View
from contracts.judgement import judge
from contracts.mandate.model import Mandate
from contracts.model import Record
from contracts.movement.model import Container
from contracts.refusals import Refusal, shorten
from contracts.registry.model import Document
from contracts.table import Accepted
from ledger.batch import BATCH_ACT, Part
from ledger.statement import Statement

MAX_BATCH_WRITES: Final = 1_000
"""Records that one batch may write: twice what the widest single act, a lodgement, does."""

MAX_BATCH_WRITTEN_BYTES: Final = 2_097_152
"""Their size together: a batch must not fill a block's share of the state by itself."""

BATCHABLE: Final[tuple[type[Record], ...]] = (Bill, Declaration, Container, Document, Mandate)
"""Kinds of record whose acts may be parts: business. What decides who may sign comes alone."""

_SUBJECT: Final = re.compile(r"\Abatch/[0-9a-f]{32}\Z", re.ASCII)


class Written:
    """The state after the parts so far."""

    def __init__(self, state: StateReader) -> None:
        self._state = state
        self._writes: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        """The record as the last part left it."""
        data = self._writes.get(key)
        return self._state.get(key) if data is None else data

    def add(self, writes: tuple[tuple[str, bytes], ...]) -> None:
        """A part took effect."""
        self._writes.update(writes)


def check_batch(statement: Statement) -> Refusal | None:
    """Whether the envelope of a batch is that of one: a subject of its own, which has no version."""
    if not _SUBJECT.match(statement.subject):
        return codes.SUBJECT.refuse(
            "subject", act=BATCH_ACT, form="batch/<32 hex digits>", subject=statement.subject
        )
    if statement.payload.expected_version != 0:
        return codes.EXPECTED_CREATION.refuse("expected_version", act=BATCH_ACT)
    return None


def judge_batch(
    parts: tuple[Part, ...], who: Party, state: StateReader, context: Context
) -> Accepted | Refusal:
    """What all parts write, each version of a record by itself; or the refusal of the first that fails.

    Raises `contracts.context.ReadTooMuch` where they look at more than one statement may.
    """
    written, size, read = Written(state), 0, 0
    writes: list[tuple[str, bytes]] = []
    for place, part in enumerate(parts, 1):
        act = RULES[context.rules_version].get(part.type)
        if act is not None and act.record not in BATCHABLE:
            return _of_part(codes.NOT_IN_BATCH.refuse("type", act=part.type), place, parts)
        view = View(written, MAX_READ - read)
        outcome = judge(part, who, view, context, place=place)
        if isinstance(outcome, Refusal):
            return _of_part(outcome, place, parts)
        written.add(outcome.writes)
        writes += outcome.writes
        size += outcome.written_bytes
        read += view.read
        if len(writes) > MAX_BATCH_WRITES or size > MAX_BATCH_WRITTEN_BYTES:
            limit = f"{MAX_BATCH_WRITES} records or {MAX_BATCH_WRITTEN_BYTES} bytes"
            return _of_part(codes.BATCH_FULL.refuse("subject", limit=limit), place, parts)
    return Accepted(writes=tuple(writes), read=read)


def _of_part(refusal: Refusal, place: int, parts: tuple[Part, ...]) -> Refusal:
    """A part's refusal, said of the batch: which part, and where in the statement."""
    part = parts[place - 1]
    field = f"body.parts.{place - 1}.{refusal.field}"
    told = f"Part {place} of {len(parts)}, {part.type} on {shorten(part.subject)}: {refusal.message}"
    return replace(refusal, field=shorten(field), message=f"{told} Nothing of the batch took effect.")
