"""What the checks read, as values: rows that may hold anything, even values of another type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, select

from ledger.block import MAX_HEADER_BYTES, Header
from ledger.canonical import decode
from ledger.errors import LedgerError
from ledger.merkle import Frontier
from ledger.primitives import Hash
from ledger.seal import Seal
from ledger.validators import ValidatorSet
from nodes.storage.log import node_position
from nodes.storage.models import BLOCK, ENTRY, LOG_NODE, SEAL

MAX_SEAL_BYTES = 1_024
MAX_SET_BYTES = 65_536

BATCH_ROWS = 500

T = TypeVar("T")

UNREADABLE = (LedgerError, TypeError, ValueError, AttributeError, OverflowError)
"""What reading a damaged value may raise: a row of a damaged file may even hold another type."""


@dataclass(frozen=True, slots=True)
class StoredBlock:
    """A row of `block` with its seal."""

    height: int
    id: bytes
    time_ms: int
    proposer: str
    entries: int
    log_size: int
    header: bytes
    parent_seal: bytes | None
    seal: bytes | None


BLOCKS = (
    select(*BLOCK.c, SEAL.c.seal)
    .select_from(BLOCK.outerjoin(SEAL, SEAL.c.height == BLOCK.c.height))
    .order_by(BLOCK.c.height)
)


def read_header(data: bytes) -> Header | None:
    """The header, or None for other bytes."""
    return _read(data, Header, MAX_HEADER_BYTES)


def read_seal(data: bytes) -> Seal | None:
    """The seal, or None for other bytes."""
    return _read(data, Seal, MAX_SEAL_BYTES)


def read_set(data: bytes) -> ValidatorSet | None:
    """The validator set, or None for other bytes."""
    return _read(data, ValidatorSet, MAX_SET_BYTES)


def _read(data: bytes, kind: type[T], max_bytes: int) -> T | None:
    try:
        return decode(data, kind, max_bytes=max_bytes)
    except UNREADABLE:
        return None


def log_hashes(connection: Connection, positions: Sequence[int]) -> dict[int, bytes]:
    """The stored hashes of subtrees by position."""
    found: dict[int, bytes] = {}
    for start in range(0, len(positions), BATCH_ROWS):
        part = positions[start : start + BATCH_ROWS]
        rows = connection.execute(select(LOG_NODE).where(LOG_NODE.c.position.in_(part)))
        found.update((row[0], row[1]) for row in rows)
    return found


def stored_frontier(connection: Connection, size: int) -> Frontier | None:
    """The frontier that stored subtrees make, or None where one is missing."""
    nodes: list[Hash] = []
    start = 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            nodes.append(Hash(_subtree(connection, level, start >> level)))
            start += 1 << level
    try:
        return Frontier(size=size, nodes=tuple(nodes))
    except UNREADABLE:
        return None


def _subtree(connection: Connection, level: int, index: int) -> bytes:
    position = node_position(level, index)
    found: Any = connection.execute(select(LOG_NODE.c.hash).where(LOG_NODE.c.position == position)).scalar()
    if found is None and level == 0:
        found = connection.execute(select(ENTRY.c.leaf_hash).where(ENTRY.c.index == index)).scalar()
    return found or b""
