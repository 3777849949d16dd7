"""Reading the log: entries, and the hashes that proofs are made of.

Leaf hashes stand in `entry`; the perfect subtrees above them in `log_node`, under
their in-order number: 2i for leaf i, odd numbers above. One integer key then
holds level and index, new nodes land near each other, and a log of n entries
takes n - 1 rows, and one more for each leaf whose entry is pruned. An inclusion
or consistency proof costs one query for the inner nodes and, when it needs leaves
(never more than a few), one or two for those.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, or_, select, tuple_

from ledger.batch import BATCH_ACT
from ledger.errors import InvariantViolated
from ledger.merkle import Node
from ledger.primitives import EntryIndex, Hash
from nodes.storage.database import AnyRow, Database
from nodes.storage.errors import LimitExceeded
from nodes.storage.models import ENTRY, LOG_NODE, RECORD_VERSION
from nodes.storage.pruning import Pruned, read_pruned
from nodes.storage.rows import Page, StoredEntry, check_limit

SCANNED_ENTRIES = 20_000
"""Entries that one page looks at where it leaves some out: a tenth of a second, however long the log is."""

MAX_NODES = 1_024
"""Most subtree hashes in one answer; a proof in a log of 2^53 entries needs about a hundred."""

_STREAM_ROWS = 10_000
"""Rows fetched at a time where a caller goes through many: about a megabyte."""

_FULL = select(
    ENTRY.c.index,
    ENTRY.c.height,
    ENTRY.c.statement_id,
    ENTRY.c.issuer,
    ENTRY.c.organisation,
    ENTRY.c.act,
    ENTRY.c.subject,
    ENTRY.c.last_valid_ms,
    ENTRY.c.leaf_hash,
    ENTRY.c.leaf,
)
_BY_INDEX = _FULL.where(ENTRY.c.index == bindparam("index"))
_SEGMENTS = select(func.max(ENTRY.c.segment).label("segment")).cte(recursive=True)
_SEGMENTS = _SEGMENTS.union_all(select(_SEGMENTS.c.segment - 1).where(_SEGMENTS.c.segment > 0))
_BY_STATEMENT = (
    _FULL.select_from(_SEGMENTS.join(ENTRY, ENTRY.c.segment == _SEGMENTS.c.segment))
    .where(ENTRY.c.statement_id == bindparam("statement_id"))
    .limit(1)
)
_LEAF_HASHES = select(ENTRY.c.index, ENTRY.c.leaf_hash).where(
    ENTRY.c.index.in_(bindparam("indexes", expanding=True))
)
_NODES = select(LOG_NODE.c.position, LOG_NODE.c.hash).where(
    LOG_NODE.c.position.in_(bindparam("positions", expanding=True))
)
_VALID = (
    select(ENTRY.c.last_valid_ms, ENTRY.c.statement_id)
    .where(
        tuple_(ENTRY.c.last_valid_ms, ENTRY.c.statement_id) > tuple_(bindparam("time_ms"), bindparam("id")),
        ENTRY.c.index > 0,
    )
    .order_by(ENTRY.c.last_valid_ms, ENTRY.c.statement_id)
    .limit(_STREAM_ROWS)
)


def node_position(level: int, index: int) -> int:
    """The in-order number of a perfect subtree among all nodes of the tree."""
    return (index << level + 1) + (1 << level) - 1


class LogReader:
    """Queries about entries and subtrees of the log."""

    _pruned: Pruned | None = None

    def __init__(self, database: Database) -> None:
        self._database = database

    def pruned(self) -> Pruned:
        """Down to where entries are kept; remembered, since no running node is pruned."""
        if self._pruned is None:
            with self._database.reading() as connection:
                self._pruned = read_pruned(connection)
        return self._pruned

    def entry(self, index: EntryIndex) -> StoredEntry | None:
        """The entry at an index, or None beyond the end of the log and where it is pruned."""
        row = self._database.first(_BY_INDEX, {"index": index})
        return None if row is None else _entry(row)

    def entry_by_statement(self, statement_id: bytes) -> StoredEntry | None:
        """The entry that accepted a statement, or None."""
        row = self._database.first(_BY_STATEMENT, {"statement_id": statement_id})
        return None if row is None else _entry(row)

    def entries_after(
        self,
        index: int,
        limit: int,
        *,
        organisation: str | None = None,
        act: str | None = None,
        subject: str | None = None,
    ) -> Page[StoredEntry, EntryIndex]:
        """Entries above an index (-1 for all), oldest first, with their bytes. Pass `next` for the rest.

        Of an act or a subject, for which there is no index, those among the next `SCANNED_ENTRIES` only:
        a page may then be short, or empty, and not be the last.
        """
        query = (
            _filtered(_FULL, organisation, act, subject).where(ENTRY.c.index > index).order_by(ENTRY.c.index)
        )
        looked = None if act is None and subject is None else EntryIndex(index + SCANNED_ENTRIES)
        if looked is not None:
            query = query.where(ENTRY.c.index <= looked)
        rows = self._database.all(query.limit(check_limit(limit) + 1))
        items = tuple(_entry(row) for row in rows[:limit])
        if len(rows) > limit:
            return Page(items=items, next=EntryIndex(items[-1].index))
        return Page(items=items, next=looked if looked is not None and looked < self._last() else None)

    def _last(self) -> int:
        """Index of the newest entry."""
        row = self._database.first(select(func.max(ENTRY.c.index)))
        return -1 if row is None or row[0] is None else row[0]

    def log_nodes(self, nodes: Sequence[Node]) -> tuple[Hash, ...]:
        """The hashes of perfect subtrees in the order asked: a `ledger.merkle.Reader`.

        Raises `LimitExceeded` for more than MAX_NODES and `InvariantViolated` for a
        subtree that the log has not completed.
        """
        if len(nodes) > MAX_NODES:
            raise LimitExceeded(f"asked for {len(nodes)} subtrees, the limit is {MAX_NODES}")
        leaves = [index for level, index in nodes if level == 0]
        inner = [node_position(level, index) for level, index in nodes if level > 0]
        found: dict[int, bytes] = {}
        if inner:
            found.update((row[0], row[1]) for row in self._database.all(_NODES, {"positions": inner}))
        if leaves:
            rows = self._database.all(_LEAF_HASHES, {"indexes": leaves})
            found.update((node_position(0, index), leaf_hash) for index, leaf_hash in rows)
            # Of an entry that is not kept, the hash may be: where it was pruned, or the log was joined.
            if gone := [at for index in leaves if (at := node_position(0, index)) not in found]:
                found.update((row[0], row[1]) for row in self._database.all(_NODES, {"positions": gone}))
        try:
            return tuple(Hash(found[node_position(level, index)]) for level, index in nodes)
        except KeyError:
            raise InvariantViolated("asked for a subtree that the log does not have") from None

    def recent_statements(self, time_ms: int) -> Iterator[tuple[Hash, int]]:
        """Ids and last valid times of the entries that could still be accepted at a block time.

        With these a restarted node refuses what it has already accepted. Ordered by
        last valid time, fetched in portions.
        """
        after: tuple[int, bytes] = (time_ms - 1, b"\xff" * 33)
        while True:
            rows = self._database.all(_VALID, {"time_ms": after[0], "id": after[1]})
            for last_valid_ms, statement_id in rows:
                yield Hash(statement_id), last_valid_ms
            if len(rows) < _STREAM_ROWS:
                return
            after = (rows[-1][0], rows[-1][1])


def _filtered(
    query: Select[Any], organisation: str | None, act: str | None, subject: str | None
) -> Select[Any]:
    for column, value in ((ENTRY.c.organisation, organisation), (ENTRY.c.act, act)):
        if value is not None:
            query = query.where(column == value)
    if subject is not None:
        wrote = select(RECORD_VERSION.c.entry_index).where(RECORD_VERSION.c.key == subject)
        in_batch = and_(ENTRY.c.act == BATCH_ACT, ENTRY.c.index.in_(wrote))
        query = query.where(or_(ENTRY.c.subject == subject, in_batch))
    return query


def _entry(row: AnyRow) -> StoredEntry:
    index, height, statement_id, issuer, organisation, act, subject, last_valid_ms, leaf_hash, leaf = row
    return StoredEntry(
        index=index,
        height=height,
        statement_id=statement_id,
        issuer=issuer,
        organisation=organisation,
        act=act,
        subject=subject,
        last_valid_ms=last_valid_ms,
        leaf_hash=leaf_hash,
        leaf=leaf,
    )
