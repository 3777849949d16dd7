"""The whole state at once: read out after one block in the order of its proofs, and written in at a join.

Reading pins the database at a block, so that blocks go on being committed; the
database sorts, within its own memory. Writing replaces the founding state by that
after a later block, in one transaction: a crash leaves a node at its genesis.
What a snapshot cannot know is not there afterwards: entries and blocks before the
first one that came with it (but those that changed the validator set), and the
history of records. Their present version counts as written by the last entry of
the snapshot's block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, literal, select

from ledger.block import Header
from ledger.canonical import encode
from ledger.errors import InvariantViolated
from ledger.hashing import Tag, sha256
from ledger.merkle import Frontier, frontier_nodes
from ledger.primitives import Hash
from ledger.state import apply, key_hash
from nodes.storage.commit import BlockWriter
from nodes.storage.database import Database
from nodes.storage.digests import row_digest
from nodes.storage.log import node_position
from nodes.storage.models import (
    BLOCK,
    LOG_NODE,
    META,
    MILESTONE,
    RECORD,
    RECORD_PARTY,
    RECORD_VERSION,
    SEAL,
    STATE_PAGE,
    VALIDATOR_SET,
)
from nodes.storage.readmodels import NO_PARTIES
from nodes.storage.writes import BlockWrite, ReadModelChange, RecordWrite, ValidatorSetWrite

_BATCH_ROWS = 1_000
JOINED_KEY = "joined"
_TAG = sha256(Tag.STATE_KEY.value.encode("ascii")) * 2
"""What a tagged hash begins with, for the database to compute key hashes."""

_NEWEST = select(BLOCK.c.height, BLOCK.c.header).order_by(BLOCK.c.height.desc()).limit(1)
_PAGE = select(STATE_PAGE.c.data).where(STATE_PAGE.c.path == bindparam("path"))
_VALUE = select(RECORD.c.value).where(RECORD.c.key == bindparam("key"))


class PinnedState:
    """The state after the newest block, unchanged for as long as this is open. For one thread at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._open = ExitStack()
        self._connection = self._open.enter_context(database.snapshot())
        newest = self._connection.execute(_NEWEST).first()
        self.header: bytes = b"" if newest is None else newest[1]
        """Canonical JSON of the block's header."""

    def records(self) -> Iterator[tuple[str, bytes]]:
        """Key and canonical JSON of every record, in the order of the key hashes."""
        connection = self._connection
        if self._database.is_sqlite:
            driver = connection.connection.driver_connection
            if driver is None:
                raise InvariantViolated("a connection without its driver")
            driver.create_function("state_key", 1, key_hash, deterministic=True)
            place = func.state_key(RECORD.c.key)
        else:
            place = func.sha256(literal(_TAG).op("||")(func.convert_to(RECORD.c.key, "UTF8")))
        query = select(RECORD.c.key, RECORD.c.value).order_by(place)
        with connection.execute(query, execution_options={"yield_per": _BATCH_ROWS}) as rows:
            yield from (tuple(row) for row in rows)

    def page(self, path: str) -> bytes | None:
        """A state page: a `ledger.state.PageReader`."""
        page: bytes | None = self._connection.execute(_PAGE, {"path": path}).scalar()
        return page

    def close(self) -> None:
        """Let go of the database."""
        self._open.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """Where a database was joined: it holds what follows, and no history before."""

    first: int
    """The oldest block that came with the snapshot; below it are the genesis and changes of the set."""
    height: int
    """The block whose state it was."""
    log_size: int
    """Entries in the log after that block: what changed the state is in the entries from here on."""

    def encode(self) -> bytes:
        """The three numbers as 8 bytes, big-endian, and their digest, for nothing else confirms them."""
        numbers = b"".join(value.to_bytes(8, "big") for value in (self.first, self.height, self.log_size))
        return numbers + row_digest(JOINED_KEY, numbers)

    @classmethod
    def decode(cls, data: bytes) -> Joined | None:
        """What `encode` wrote; None for any other bytes."""
        numbers = data[:24]
        if len(numbers) != 24 or data != numbers + row_digest(JOINED_KEY, numbers):
            return None
        first, height, log_size = (int.from_bytes(numbers[at : at + 8], "big") for at in (0, 8, 16))
        return cls(first=first, height=height, log_size=log_size)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverWrite:
    """A block of which only the header and its seal are known."""

    header: Header
    block_id: bytes
    seal: bytes
    """Canonical JSON of its seal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortionWrite:
    """Some of the records of a snapshot, in the order of their key hashes."""

    records: Sequence[RecordWrite]
    read_models: Sequence[ReadModelChange]
    leaves: Mapping[Hash, Hash]
    """Record hashes by key hash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotWrite:
    """A verified snapshot; the parts that may be large are read while they are written."""

    joined: Joined
    state_root: bytes
    """The root that the records must have."""
    before: Frontier
    """The log before the first block."""
    handovers: Sequence[HandoverWrite]
    """Older blocks that changed the validator set."""
    blocks: Iterable[BlockWrite]
    """The blocks that came with it, by rising height, without effects on the state."""
    portions: Iterable[PortionWrite]
    sets: Sequence[ValidatorSetWrite]
    """The validator sets that headers appointed, by rising height."""
    appoint: Callable[[Callable[[str], bytes | None]], ValidatorSetWrite]
    """The set that the state appoints, given a reader of records."""


class SnapshotWriter:
    """Writes a snapshot inside a caller's transaction."""

    def __init__(self, database: Database, blocks: BlockWriter) -> None:
        self._blocks = blocks
        self._block = database.insert_sql(BLOCK)
        self._seal = database.insert_sql(SEAL)
        self._record = database.insert_sql(RECORD)
        self._version = database.insert_sql(RECORD_VERSION)
        self._page = database.insert_sql(STATE_PAGE, conflict="update")
        self._node = database.insert_sql(LOG_NODE)
        self._meta = database.insert_sql(META)

    def write(self, connection: Connection, snapshot: SnapshotWrite) -> None:
        """Replace the founding state; raises `InvariantViolated` when blocks were committed since, or
        when the records do not have the root that was verified.
        """
        newest = connection.execute(_NEWEST).first()
        if newest is None or newest[0] != 0:
            raise InvariantViolated("a snapshot is only for a database that holds nothing but its genesis")
        for table in (RECORD, RECORD_VERSION, STATE_PAGE, RECORD_PARTY, MILESTONE):
            connection.execute(delete(table))
        self._write_log(connection, snapshot)
        root = self._write_state(connection, snapshot)
        if root != snapshot.state_root:
            raise InvariantViolated("the records of the snapshot do not have the state root")

        def read(key: str) -> bytes | None:
            value: bytes | None = connection.execute(_VALUE, {"key": key}).scalar()
            return value

        connection.execute(delete(VALIDATOR_SET).where(VALIDATOR_SET.c.height > 1))
        self._blocks.write_sets(connection, [*snapshot.sets, snapshot.appoint(read)])
        _run(connection, self._meta, [(JOINED_KEY, snapshot.joined.encode())])

    def _write_log(self, connection: Connection, snapshot: SnapshotWrite) -> None:
        rows = [_handover_row(handover) for handover in snapshot.handovers]
        _run(connection, self._block, rows)
        _run(connection, self._seal, [(one.header.height, one.seal) for one in snapshot.handovers])
        size = snapshot.before.size
        if size > 1:  # The genesis entry alone is kept as any other.
            edge = zip(frontier_nodes(size), snapshot.before.nodes, strict=True)
            _run(connection, self._node, [(node_position(*node), value) for node, value in edge])
        for block in snapshot.blocks:
            self._blocks.write_whole(connection, block)

    def _write_state(self, connection: Connection, snapshot: SnapshotWrite) -> bytes:
        height, root = snapshot.joined.height, b""

        def read(path: str) -> bytes | None:
            page: bytes | None = connection.execute(_PAGE, {"path": path}).scalar()
            return page

        for portion in snapshot.portions:
            parties = self._blocks.read_models.write(connection, portion.read_models)
            rows = [(r.key, r.version, height, r.entry_index, r.value) for r in portion.records]
            _run(connection, self._version, [(*row, row_digest(*row)) for row in rows])
            _run(connection, self._record, [(*r[:4], parties.get(r[0], NO_PARTIES), r[4]) for r in rows])
            update = apply(portion.leaves, read)
            _run(connection, self._page, list(update.pages.items()))
            root = update.root
        return root


def _handover_row(handover: HandoverWrite) -> tuple[Any, ...]:
    header = handover.header
    entries = header.log_size - header.log_size_before
    place = (header.height, handover.block_id, header.time_ms, header.proposer)
    return (*place, entries, header.log_size, encode(header), None)


def read_joined(connection: Connection) -> Joined | None:
    """Where the database was joined; None when it goes back to the genesis, or the note of it is damaged."""
    value = connection.execute(select(META.c.value).where(META.c.key == JOINED_KEY)).scalar()
    return None if value is None else Joined.decode(value)


def _run(connection: Connection, sql: str, rows: list[Any]) -> None:
    if rows:
        connection.exec_driver_sql(sql, rows)
