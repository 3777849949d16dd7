"""What a statement does: one act, or a batch of acts that take effect together or not at all.

A batch is a statement whose act is `batch.run` and whose subject is `batch/<32 hex
digits>`, a random id under which no record is ever kept. Its body lists parts,
each an act on its own subject with the version that it builds on. This file reads
and writes that form; what a batch may hold is the contracts' to say.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from ledger import canonical
from ledger.canonical import Canonical
from ledger.primitives import UInt
from ledger.statement import MAX_STATEMENT_BYTES, ActName, Statement

BATCH_ACT: Final = "batch.run"
"""The act of a statement that holds others."""

MAX_BATCH_PARTS: Final = 100
"""Parts of one batch; a busy block has a thousand acts, of which one sender may have a tenth."""


class Part(Canonical, frozen=True, kw_only=True):
    """One act."""

    type: ActName
    """The act, such as `bill.transfer`."""
    subject: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    """Key of the record acted on."""
    expected_version: UInt
    """Version of that record that the act builds on, after the parts before it; 0 requires its absence."""
    body: msgspec.Raw
    """The act's own fields, one canonical JSON object."""


class Batch(Canonical, frozen=True, kw_only=True):
    """Body of `batch.run`."""

    parts: Annotated[tuple[Part, ...], msgspec.Meta(min_length=1, max_length=MAX_BATCH_PARTS)]
    """The acts, in the order in which they are done."""


def is_batch(statement: Statement) -> bool:
    """Whether a statement holds several acts."""
    return statement.payload.type == BATCH_ACT


def parts_of(statement: Statement) -> tuple[Part, ...]:
    """The acts of a statement, in order: its own, or those of its batch.

    Raises `EncodingError` naming the field when it says to be a batch and is none.
    """
    payload = statement.payload
    if is_batch(statement):
        return canonical.decode(bytes(payload.body), Batch, max_bytes=MAX_STATEMENT_BYTES, field="body").parts
    return (
        Part(
            type=payload.type,
            subject=statement.subject,
            expected_version=payload.expected_version,
            body=payload.body,
        ),
    )


def part_at(statement: Statement, place: int) -> Part:
    """The act that wrote a record, by the record's `changed_part`: 0 for a statement of its own."""
    return parts_of(statement)[max(place, 1) - 1]


def subjects_of(statement: Statement) -> frozenset[str]:
    """Keys of the records that a statement acts on; those that it merely writes as well are not among them.

    Raises as `parts_of` does.
    """
    if not is_batch(statement):
        return frozenset((statement.subject,))
    return frozenset(part.subject for part in parts_of(statement))
