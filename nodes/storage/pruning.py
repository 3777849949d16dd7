"""Pruning: dropping old entries and superseded history, keeping what proves and what is still needed.

Kept for ever: headers, seals, validator sets, every hash of the log's tree, and of
each record, as of the height below which is pruned, the newest version and the
newest that an entry about the record itself wrote, and the newest of a batch, with those entries; so what old
evidence says still verifies, and new evidence of any record can be made. Members'
records keep all versions, since they hold the keys that signed. What is kept of the
history gets digests, for nothing else confirms it any more. All of it is one
transaction: a crash leaves the database as it was or as it shall be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    Connection,
    bindparam,
    column,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    table,
    text,
    tuple_,
    update,
)

from ledger.batch import BATCH_ACT
from nodes.storage.database import Database
from nodes.storage.digests import row_digest
from nodes.storage.models import BLOCK, ENTRY, INTEGER, LOG_NODE, META, RECORD_VERSION, TEXT
from nodes.storage.readmodels import ReadModelWriter, View

PRUNED_KEY = "pruned"

_BATCH_ROWS = 1_000
_NUMBER_BYTES = 8
_MEMBERS = "member/%"
"""Records whose every version is kept: evidence names the key that signed."""

_KEEP = table("prune_keep", column("key", TEXT), column("version", INTEGER))
"""The versions that are kept, for the length of a pruning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """Down to where entries are kept."""

    height: int
    """Blocks below this may lack entries; 0 when all are kept."""
    log_size: int
    """Entries below this index may be absent."""

    def encode(self) -> bytes:
        """Both numbers as 8 bytes, big-endian, and their digest."""
        numbers = self.height.to_bytes(_NUMBER_BYTES, "big") + self.log_size.to_bytes(_NUMBER_BYTES, "big")
        return numbers + row_digest(PRUNED_KEY, numbers)

    @classmethod
    def decode(cls, data: bytes) -> Pruned | None:
        """What `encode` wrote; None for any other bytes."""
        numbers = data[: 2 * _NUMBER_BYTES]
        if len(numbers) != 2 * _NUMBER_BYTES or data != numbers + row_digest(PRUNED_KEY, numbers):
            return None
        height, log_size = numbers[:_NUMBER_BYTES], numbers[_NUMBER_BYTES:]
        return cls(height=int.from_bytes(height, "big"), log_size=int.from_bytes(log_size, "big"))


NOTHING_PRUNED = Pruned(height=0, log_size=0)


def read_pruned(connection: Connection) -> Pruned:
    """Down to where a database keeps entries; one whose note is damaged is taken to keep all."""
    value = connection.execute(select(META.c.value).where(META.c.key == PRUNED_KEY)).scalar()
    return (None if value is None else Pruned.decode(value)) or NOTHING_PRUNED


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """What a pruning took away."""

    entries: int
    versions: int


class Pruner:
    """Prunes one database, which no node has open."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._read_models = ReadModelWriter(database)

    def run(self, height: int, view: View) -> Dropped:
        """Drop what may be dropped of the blocks below `height`; the caller has checked that it may be."""
        with self._database.writing() as connection:
            size = connection.execute(
                select(BLOCK.c.log_size).where(BLOCK.c.height == height - 1)
            ).scalar_one()
            self._choose(connection, size)
            dropped = Dropped(
                entries=self._entries(connection, size), versions=self._versions(connection, size)
            )
            connection.execute(text("DROP TABLE prune_keep"))
            self._digests(connection, size)
            self._read_models.rebuild(connection, view)
            connection.execute(delete(META).where(META.c.key == PRUNED_KEY))
            note = Pruned(height=height, log_size=size).encode()
            connection.execute(insert(META), {"key": PRUNED_KEY, "value": note})
        return dropped

    def reclaim(self) -> None:
        """Give the freed space back to the file system; needs room for a second copy meanwhile."""
        self._database.compact()

    def _choose(self, connection: Connection, size: int) -> None:
        """List the versions that are kept."""
        old = RECORD_VERSION.c.entry_index < size
        newest = select(RECORD_VERSION.c.key, func.max(RECORD_VERSION.c.version).label("version"))
        by_entry = newest.join(ENTRY, ENTRY.c.index == RECORD_VERSION.c.entry_index)
        own = by_entry.where(ENTRY.c.subject == RECORD_VERSION.c.key)
        # Whether a part of a batch is about the record stands in its leaf: the newest batch stays as well.
        in_batch = by_entry.where(ENTRY.c.act == BATCH_ACT)
        connection.execute(text("CREATE TEMPORARY TABLE prune_keep (key TEXT, version BIGINT)"))
        for query in (newest, own, in_batch):
            chosen = query.where(old).group_by(RECORD_VERSION.c.key)
            connection.execute(insert(_KEEP).from_select(["key", "version"], chosen))
        connection.execute(text("CREATE INDEX prune_keep_key ON prune_keep (key, version)"))

    def _entries(self, connection: Connection, size: int) -> int:
        """Drop entries, whose hashes move to the other hashes of the log."""
        kept = (
            select(RECORD_VERSION.c.entry_index)
            .join(
                _KEEP, (_KEEP.c.key == RECORD_VERSION.c.key) & (_KEEP.c.version == RECORD_VERSION.c.version)
            )
            .distinct()
        )
        gone = (ENTRY.c.index > 0) & (ENTRY.c.index < size) & ENTRY.c.index.not_in(kept)
        hashes = select(ENTRY.c.index * 2, ENTRY.c.leaf_hash).where(gone)
        connection.execute(insert(LOG_NODE).from_select(["position", "hash"], hashes))
        return connection.execute(delete(ENTRY).where(gone)).rowcount

    def _versions(self, connection: Connection, size: int) -> int:
        chosen = exists().where(
            _KEEP.c.key == RECORD_VERSION.c.key, _KEEP.c.version == RECORD_VERSION.c.version
        )
        gone = (RECORD_VERSION.c.entry_index < size) & ~or_(RECORD_VERSION.c.key.like(_MEMBERS), chosen)
        return connection.execute(delete(RECORD_VERSION).where(gone)).rowcount

    def _digests(self, connection: Connection, size: int) -> None:
        place = (RECORD_VERSION.c.key == bindparam("k")) & (RECORD_VERSION.c.version == bindparam("v"))
        statement = update(RECORD_VERSION).where(place).values(digest=bindparam("d"))
        for batch in _without_digest(connection, size):
            connection.execute(statement, batch)


def _without_digest(connection: Connection, size: int) -> Iterator[Sequence[dict[str, object]]]:
    """Parameters that give digests to the versions that are left, some at a time, in the order of the key."""
    after: tuple[str, int] = ("", 0)
    while True:
        query = select(RECORD_VERSION).where(
            RECORD_VERSION.c.entry_index < size,
            tuple_(RECORD_VERSION.c.key, RECORD_VERSION.c.version) > after,
        )
        query = query.order_by(RECORD_VERSION.c.key, RECORD_VERSION.c.version).limit(_BATCH_ROWS)
        rows = connection.execute(query).all()
        if not rows:
            return
        yield [{"k": row[0], "v": row[1], "d": row_digest(*row[:5])} for row in rows]
        after = (rows[-1][0], rows[-1][1])
