"""What an entry does, read off its bytes: one act, or those of its batch, told by the specification."""

from __future__ import annotations

import json
from typing import NamedTuple

import cbor2

from tests.simulation.invariants.said import tagged


class Deed(NamedTuple):
    """One act on one record."""

    subject: str
    version: int
    """The version that it leaves the record at."""
    act: str
    part: int
    """Its place in its batch, from 1; 0 for a statement of its own."""
    by: str
    """The member that signed."""


class Entry(NamedTuple):
    """One statement."""

    id: bytes
    """The tagged hash of the bytes that its member signed."""
    last_valid_ms: int
    is_batch: bool
    deeds: tuple[Deed, ...]


def entry_of(leaf: bytes) -> Entry:
    """What the bytes of an entry say."""
    protected, _, payload, _ = cbor2.loads(leaf).value
    claims, told = cbor2.loads(protected)[15], json.loads(payload)
    member, subject, is_batch = claims[1], claims[2], told["type"] == "batch.run"
    parts = told["body"]["parts"] if is_batch else [{**told, "subject": subject}]
    deeds = tuple(
        Deed(part["subject"], part["expected_version"] + 1, part["type"], place, member)
        for place, part in enumerate(parts, int(is_batch))
    )
    signed = cbor2.dumps(["Signature1", protected, b"", payload])
    return Entry(tagged("sealane/statement/1", signed), told["last_valid_ms"], is_batch, deeds)
