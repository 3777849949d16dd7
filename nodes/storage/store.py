"""The store: one front door to a node's database.

It opens and checks the database, writes blocks, and gathers the readers: blocks,
log and records answer directly, `search`, `statistics` and `contents` under their names. It
computes nothing that the ledger or the contracts decide. Everything is
synchronous and may be called from any thread; readers never wait for a block
being written. Reads of committed data are as of the newest block at the moment
of each call.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from itertools import islice
from types import TracebackType

from sqlalchemy import select

from ledger.errors import InvariantViolated
from ledger.primitives import Height
from nodes.storage.blocks import BlockReader
from nodes.storage.checks import MAX_FINDINGS, check_tip
from nodes.storage.commit import BlockWriter
from nodes.storage.contents import ContentStore
from nodes.storage.database import Database, parse_url, prepare_file
from nodes.storage.errors import DatabaseCorrupt, LimitExceeded
from nodes.storage.log import LogReader
from nodes.storage.models import META
from nodes.storage.pruning import Dropped, Pruned, Pruner
from nodes.storage.readmodels import ReadModelWriter, View
from nodes.storage.records import RecordReader
from nodes.storage.schema import prepare_schema
from nodes.storage.search import SearchReader
from nodes.storage.snapshots import Joined, SnapshotWrite, SnapshotWriter, read_joined
from nodes.storage.statistics import StatisticsReader
from nodes.storage.writes import BlockWrite


class Store(RecordReader, BlockReader, LogReader):
    """A node's database. Close it, or use it as a context manager."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.search = SearchReader(database)
        """Finding records."""
        self.statistics = StatisticsReader(database)
        """Counting and measuring."""
        self.contents = ContentStore(database)
        """Contents that the parties entrusted to this node."""
        self._blocks = BlockWriter(database)
        self._read_models = ReadModelWriter(database)

    @classmethod
    def open(cls, url: str, *, create: bool) -> Store:
        """The store at a URL (`sqlite:////path/ledger.db`, `postgresql://host/name`), migrated and checked.

        With `create`, one that is not there yet is made, still without a genesis.
        Raises `DatabaseMissing`, `DatabaseUnavailable`, `SchemaTooNew` or `DatabaseCorrupt`.
        """
        where = parse_url(url)
        prepare_file(where, create=create)
        database = Database(where)
        try:
            prepare_schema(database, create=create)
            store = cls(database)
            store.check()
        except BaseException:
            database.close()
            raise
        return store

    @property
    def database(self) -> Database:
        """The connections, for those who look at everything: checks and backups."""
        return self._database

    def close(self) -> None:
        """Close the connections; calls in progress on other threads should have ended."""
        self._database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def initialise(self, *, genesis: bytes, network: bytes, block: BlockWrite) -> None:
        """Write the genesis: block 0 with its founding records, and the document that it came from.

        Harmless when the same is stored. Raises `InvariantViolated` when another is,
        for a block that is not a genesis, and without the set that seals block 1.
        """
        if [one.height for one in block.validator_sets] != [1]:
            raise InvariantViolated("the genesis appoints the validator set that seals block 1")
        with self._database.writing() as connection:
            self._blocks.write_genesis(connection, genesis, network, block)

    def commit_block(self, block: BlockWrite) -> None:
        """Write the next block with all that it changes, durably, in one transaction.

        Harmless for a block that is stored, of which seals not yet known are kept.
        Raises `InvariantViolated` for another block at a stored height, or one that
        does not follow the newest; and `DatabaseUnavailable`. Then nothing is changed.
        """
        with self._database.writing() as connection:
            self._blocks.write(connection, block)

    def adopt(self, snapshot: SnapshotWrite) -> None:
        """Replace the founding state by a verified snapshot, in one transaction.

        Raises `InvariantViolated` unless nothing but the genesis is stored and the
        records have their root; and `DatabaseUnavailable`. Then nothing is changed.
        """
        with self._database.writing() as connection:
            SnapshotWriter(self._database, self._blocks).write(connection, snapshot)

    def joined(self) -> Joined | None:
        """Where this database was joined by a snapshot; None when it goes back to the genesis."""
        with self._database.reading() as connection:
            return read_joined(connection)

    def genesis(self) -> bytes | None:
        """The genesis document, or None before `initialise`."""
        return self._meta("genesis")

    def network(self) -> bytes | None:
        """The network id, or None before `initialise`."""
        return self._meta("network")

    def _meta(self, key: str) -> bytes | None:
        row = self._database.first(select(META.c.value).where(META.c.key == key))
        return None if row is None else row[0]

    def check(self) -> None:
        """The check of every start, of the newest block only; raises `DatabaseCorrupt` with what it found."""
        with self._database.snapshot() as connection:
            _refuse(check_tip(connection))

    def pruned(self) -> Pruned:
        """Down to where entries are kept: not pruned, nor older than a snapshot that the node joined by."""
        own = super().pruned()
        with self._database.reading() as connection:
            joined = read_joined(connection)
        whole = joined is None or joined.first <= max(own.height, 1)
        first = None if joined is None or whole else self.header(Height(joined.first))
        return own if first is None else Pruned(height=first.height, log_size=first.log_size_before)

    def prune(self, height: int, view: View) -> Dropped:
        """Drop entries and superseded history of the blocks below `height`, and give the space back.

        Raises `LimitExceeded` unless the height is above what is pruned already and
        not above the newest block. That nobody needs the rest is the caller's to know.
        """
        pruned, newest = self.pruned().height, self.tip().height
        if not pruned < height <= newest:
            raise LimitExceeded(f"pruned below {pruned}, the newest block is {newest}: not below {height}")
        pruner = Pruner(self._database)
        dropped = pruner.run(height, view)
        self._pruned = None
        pruner.reclaim()
        return dropped

    def rebuild_read_models(self, view: View) -> None:
        """Empty the read models and fill them from the history of all records, in one transaction."""
        with self._database.writing() as connection:
            self._read_models.rebuild(connection, view)


def _refuse(findings: Generator[str]) -> None:
    with closing(findings):
        found = tuple(dict.fromkeys(islice(findings, MAX_FINDINGS)))
    if found:
        raise DatabaseCorrupt(found)
