"""Doubting what is stored: the quick check of the newest block at every start.

Stored bytes are compared with each other: hashes, sizes and order. The full
check, of everything, is in `nodes.checking`.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, select

from ledger.block import MAX_HEADER_BYTES, Header, header_id
from ledger.canonical import decode
from ledger.errors import LedgerError
from ledger.merkle import Frontier
from ledger.seal import Seal, seal_hash
from ledger.validators import ValidatorSet
from nodes.storage.models import BLOCK, ENTRY, META, SEAL, VALIDATOR_SET
from nodes.storage.snapshots import read_joined

MAX_FINDINGS = 100
"""After this many a check stops: the database is lost, and the list long enough to show how."""

_MAX_SEAL_BYTES = 1_024
_MAX_SET_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class _StoredBlock:
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


_BLOCKS = (
    select(*BLOCK.c, SEAL.c.seal)
    .select_from(BLOCK.outerjoin(SEAL, SEAL.c.height == BLOCK.c.height))
    .order_by(BLOCK.c.height)
)


def check_tip(connection: Connection) -> Generator[str]:
    """What is wrong with the newest block, as sentences; nothing for a database without a genesis."""
    row = connection.execute(_BLOCKS.order_by(None).order_by(BLOCK.c.height.desc()).limit(1)).first()
    if row is None:
        return
    block = _StoredBlock(*tuple(row))
    try:
        header = _header(block)
        yield from _check_block(block, header)
        yield from _check_newest(connection, block, header)
    except LedgerError as error:
        yield f"block {block.height} or what belongs to it cannot be read: {error}"


def _header(block: _StoredBlock) -> Header:
    return decode(block.header, Header, max_bytes=MAX_HEADER_BYTES, field="header")


def _check_block(block: _StoredBlock, header: Header) -> Generator[str]:
    """A block against its own header and seals."""
    if header_id(header) != block.id:
        yield f"the header of block {block.height} does not hash to its id"
    stated = (header.height, header.time_ms, header.proposer, header.log_size_before, header.log_size)
    before = block.log_size - block.entries
    if stated != (block.height, block.time_ms, block.proposer, before, block.log_size):
        yield f"the row of block {block.height} differs from its header"
    if seal_hash(_seal(block.parent_seal)).hex() != header.parent_seal_hash:
        yield f"the parent's seal in block {block.height} is not the one that its header names"
    seal = _seal(block.seal)
    if seal is not None and (seal.height, seal.block_id) != (block.height, block.id.hex()):
        yield f"the seal of block {block.height} seals another block"


def _seal(data: bytes | None) -> Seal | None:
    return None if data is None else decode(data, Seal, max_bytes=_MAX_SEAL_BYTES, field="seal")


def _check_newest(connection: Connection, block: _StoredBlock, header: Header) -> Generator[str]:
    """What is stored once and belongs to the newest block: frontier, end of the log, validator sets."""
    value = connection.execute(select(META.c.value).where(META.c.key == "frontier")).scalar()
    frontier = Frontier.decode(value or b"")
    if (frontier.size, frontier.root().hex()) != (header.log_size, header.log_root):
        yield f"the frontier of the log does not lead to the log root of block {block.height}"
    newest = connection.execute(select(func.max(ENTRY.c.index))).scalar()
    joined = read_joined(connection)
    if newest is not None and joined is not None:  # The last W that came along may hold no entry at all.
        newest = max(newest, joined.log_size - 1)
    if newest is not None and newest + 1 != block.log_size:
        yield f"the newest entry is {newest}, the newest block says that the log has {block.log_size}"
    held = select(func.count()).where(ENTRY.c.height == block.height, _in(block))
    if (count := connection.execute(held).scalar_one()) != block.entries:
        yield f"block {block.height} holds {count} entries instead of {block.entries}"
    yield from _check_sets(connection, header)


def _in(block: _StoredBlock) -> ColumnElement[bool]:
    return ENTRY.c.index.between(block.log_size - block.entries, block.log_size - 1)


def _check_sets(connection: Connection, header: Header) -> Generator[str]:
    """The validator sets that the newest header names."""
    query = select(VALIDATOR_SET.c.height, VALIDATOR_SET.c.hash, VALIDATOR_SET.c.data)
    rows = connection.execute(query.order_by(VALIDATOR_SET.c.height)).all()
    wanted = (
        (max(header.height, 1), header.validators_hash),
        (header.height + 1, header.next_validators_hash),
    )
    for height, expected in wanted:
        known = [row for row in rows if row[0] <= height]
        if not known or known[-1][1].hex() != expected:
            yield f"the validator set of height {height} is not the one that block {header.height} names"
    for height, stored, data in rows:
        validators = decode(data, ValidatorSet, max_bytes=_MAX_SET_BYTES, field=f"validators {height}")
        if validators.hash != stored:
            yield f"the validator set from height {height} does not have its hash"
