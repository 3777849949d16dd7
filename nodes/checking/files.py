"""Checking a node's files beside the database: keys, signing journal, witness file, rights."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import msgspec

from nodes.bft.frames import HEAD_BYTES, claimed_end, read_frame
from nodes.bft.journal import JournalError, check_journal
from nodes.bft.witness import HeightRecord, WitnessRecord
from nodes.checking.findings import Cure, Finding

JOURNAL_LOST = (
    "move it away and start the node: with a new journal it abstains until it cannot contradict itself"
)

_WITNESS: msgspec.msgpack.Decoder[WitnessRecord] = msgspec.msgpack.Decoder(WitnessRecord)


def check_rights(path: Path, what: str) -> Generator[Finding]:
    """A file that others than its owner can read or write."""
    if os.name == "posix" and path.exists() and path.stat().st_mode & 0o077:
        yield by_hand(what, f"{path} can be read by others: run `chmod 600 {path}`")


def check_signing_journal(key: Path, network: bytes) -> Generator[Finding]:
    """The journal beside a validator's key."""
    path = key.with_suffix(f".{network.hex()[:16]}.journal")
    if not path.exists():
        return
    yield from check_rights(path, "journal")
    try:
        check_journal(path)
    except JournalError as error:
        yield by_hand("journal", f"{error}; {JOURNAL_LOST}")
    except OSError as error:
        yield by_hand("journal", f"{path} cannot be read: {error.strerror}")


def check_witness(path: Path, height: int) -> Generator[Finding]:
    """The witness file, and what it knows of blocks that the database, which ends at `height`, has lost."""
    if not path.exists():
        return
    try:
        data = path.read_bytes()
    except OSError as error:
        yield by_hand("witness", f"{path} cannot be read: {error.strerror}")
        return
    offset, newest = 0, -1
    while (end := claimed_end(data, offset)) is not None and end <= len(data):
        record = _record(read_frame(data, offset))
        if record is None:
            yield _damaged(path, offset)
        elif isinstance(record, HeightRecord):
            newest = max(newest, record.height)
        offset = end
    if any(data[offset:]) and claimed_end(data, offset) is None and offset + HEAD_BYTES <= len(data):
        yield _damaged(path, offset)
    if height >= 0 and newest > height + 1:
        yield by_hand(
            "database",
            f"ends at block {height} although this node committed block {newest}: the end was lost; "
            "start the node, and it fetches the blocks from its peers again",
        )


def _record(payload: bytes | None) -> WitnessRecord | None:
    """The record in a frame; None when either is damaged."""
    try:
        return None if payload is None else _WITNESS.decode(payload)
    except msgspec.DecodeError:
        return None


def _damaged(path: Path, offset: int) -> Finding:
    return by_hand(
        "witness",
        f"{path} is damaged at byte {offset}: the other records are still evidence, keep a copy of the file; "
        "for what was there, rely on the witness files of other nodes",
    )


def by_hand(place: str, problem: str) -> Finding:
    """A finding whose sentence says what to do."""
    return Finding(place=place, row="", problem=problem, cure=Cure.BY_HAND)
