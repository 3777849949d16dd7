"""Doubting what is stored: a quick check of the tip at every start, and a full one on request.

Both compare stored bytes with each other: hashes, sizes and order. Whether
seals verify and statements were rightly accepted is the audit's to say, which
replays them through the contracts.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, select

from ledger.block import MAX_HEADER_BYTES, Header, header_id
from ledger.canonical import decode
from ledger.errors import LedgerError
from ledger.merkle import Frontier, leaf_hash
from ledger.seal import NIL, Seal, seal_hash
from ledger.validators import ValidatorSet
from nodes.storage.log import node_position
from nodes.storage.models import BLOCK, ENTRY, LOG_NODE, META, RECORD, RECORD_VERSION, SEAL, VALIDATOR_SET

MAX_FINDINGS = 100
"""After this many a check stops: the database is lost, and the list long enough to show how."""

_MAX_SEAL_BYTES = 1_024
_MAX_SET_BYTES = 65_536
_BATCH_ROWS = 500
_EMPTY_LOG = Frontier.empty()


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


@dataclass(slots=True)
class _Chain:
    """How far a check has come."""

    height: int = -1
    block_id: bytes = NIL
    time_ms: int = -1
    frontier: Frontier = _EMPTY_LOG


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


def check_everything(connection: Connection) -> Generator[str]:
    """Everything that contradicts itself, as sentences, in one walk over blocks, entries and records."""
    chain = _Chain()
    with connection.execute(_BLOCKS, execution_options={"yield_per": _BATCH_ROWS}) as rows:
        for row in rows:
            block = _StoredBlock(*tuple(row))
            try:
                header = _header(block)
                yield from _check_block(block, header)
                yield from _check_follows(block, header, chain)
                yield from _check_log(connection, block, header, chain)
            except LedgerError as error:
                yield f"block {block.height} cannot be read, and later ones were not checked: {error}"
                return
            chain.height, chain.block_id, chain.time_ms = block.height, block.id, block.time_ms
    yield from check_tip(connection)
    yield from _check_records(connection)


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


def _check_follows(block: _StoredBlock, header: Header, chain: _Chain) -> Generator[str]:
    """A block against the one before it."""
    if block.height != chain.height + 1 or header.parent != chain.block_id.hex():
        yield f"block {block.height} does not follow block {chain.height}"
    if block.time_ms <= chain.time_ms:
        yield f"block {block.height} is not later than block {chain.height}"


def _check_log(connection: Connection, block: _StoredBlock, header: Header, chain: _Chain) -> Generator[str]:
    """The entries of a block, the subtrees that they complete, and the log root that they lead to."""
    query = select(ENTRY.c.index, ENTRY.c.height, ENTRY.c.leaf_hash, ENTRY.c.leaf).where(_in(block))
    rows = connection.execute(query.order_by(ENTRY.c.index)).all() if block.entries else ()
    if len(rows) != block.entries:
        yield f"block {block.height} holds {len(rows)} entries instead of {block.entries}"
    for index, height, stored, leaf in rows:
        if height != block.height or leaf_hash(leaf) != stored:
            yield f"entry {index} does not have its leaf hash, or belongs to another block"
    chain.frontier, completed = chain.frontier.extend([leaf_hash(row[3]) for row in rows])
    expected = {node_position(*node): value for node, value in completed.items() if node[0]}
    positions = sorted(expected)
    for start in range(0, len(positions), _BATCH_ROWS):
        part = positions[start : start + _BATCH_ROWS]
        found = connection.execute(select(LOG_NODE).where(LOG_NODE.c.position.in_(part))).all()
        if {row[0]: row[1] for row in found} != {position: expected[position] for position in part}:
            yield f"subtrees of the log that block {block.height} completed are missing or wrong"
    if chain.frontier.root().hex() != header.log_root:
        yield f"the entries up to block {block.height} do not lead to its log root"


def _check_records(connection: Connection) -> Generator[str]:
    """That each record is the newest of its versions, and that versions have no gaps."""
    versions = (
        select(
            RECORD_VERSION.c.key,
            func.max(RECORD_VERSION.c.version).label("newest"),
            func.min(RECORD_VERSION.c.version).label("oldest"),
            func.count().label("versions"),
        )
        .group_by(RECORD_VERSION.c.key)
        .subquery()
    )
    newest = (versions.c.key == RECORD_VERSION.c.key) & (versions.c.newest == RECORD_VERSION.c.version)
    same = (
        (RECORD.c.version == RECORD_VERSION.c.version)
        & (RECORD.c.value == RECORD_VERSION.c.value)
        & (RECORD.c.entry_index == RECORD_VERSION.c.entry_index)
        & (RECORD.c.height == RECORD_VERSION.c.height)
        & (versions.c.versions == versions.c.newest - versions.c.oldest + 1)
    )
    query = (
        select(RECORD_VERSION.c.key)
        .join(versions, newest)
        .outerjoin(RECORD, RECORD.c.key == RECORD_VERSION.c.key)
        .where((RECORD.c.key.is_(None)) | ~same)
        .limit(MAX_FINDINGS)
    )
    for (key,) in connection.execute(query):
        yield f"record {key} is not the newest of its versions, or versions are missing"
    counts = select(
        select(func.count()).select_from(RECORD).scalar_subquery(),
        select(func.count()).select_from(versions).scalar_subquery(),
    )
    current, known = connection.execute(counts).one()
    if current != known:
        yield f"{current} records are stored, {known} have a history"
