"""Checking a database: its file, its schema, and every row of every table.

One snapshot is read from end to end, so a running node may go on committing. A
part that cannot be read at all is a finding like any other, and the parts after
it are still looked at.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import DBAPIError

from contracts.execution import validators_after
from ledger.canonical import encode
from ledger.genesis import Genesis, network_id
from ledger.sealing import Keyring
from ledger.validators import ValidatorSet
from nodes.checking.chain import ChainWalk
from nodes.checking.contents import check_contents
from nodes.checking.findings import MAX_FINDINGS, Cure, Finding
from nodes.checking.milestones import check_milestones
from nodes.checking.readmodels import check_read_models
from nodes.checking.rows import BATCH_ROWS, BLOCKS, StoredBlock, read_set
from nodes.checking.state import StateReplay
from nodes.checking.trie import check_trie
from nodes.storage import Store
from nodes.storage.database import Database
from nodes.storage.models import LOG_NODE, META, RECORD, VALIDATOR_SET
from nodes.storage.pruning import PRUNED_KEY, Pruned, read_pruned
from nodes.storage.snapshots import JOINED_KEY, Joined, read_joined
from nodes.writing import read_model

_META = ("network", "genesis", "frontier")
_DIGESTED: Mapping[str, Callable[[bytes], object]] = {JOINED_KEY: Joined.decode, PRUNED_KEY: Pruned.decode}
"""What there may be one of; decoding gives None for damage."""


@dataclass(slots=True)
class Report:
    """What a check of a database found."""

    height: int = -1
    """Newest block that was reached."""
    entries: int = 0
    """Entries up to it."""
    findings: list[Finding] = field(default_factory=list)

    def take(self, findings: Iterator[Finding]) -> None:
        """Keep findings, as long as there is room; each once."""
        known = {one.sentence for one in self.findings}
        for one in findings:
            if one.sentence not in known and len(self.findings) < MAX_FINDINGS:
                known.add(one.sentence)
                self.findings.append(one)
            if len(self.findings) >= MAX_FINDINGS:
                return


def check_database(database: Database, genesis: Genesis, keyring: Keyring | None) -> Report:
    """Check everything in a database whose schema is this software's."""
    report = Report()
    with database.snapshot() as connection, _lenient(database, connection):
        check = _Check(connection, genesis, report)
        if database.is_sqlite:
            _part(report, "database", lambda: _file_findings(connection))
        _part(report, "meta", check.meta)
        _part(report, "validator_set", check.load_sets)
        _part(report, "block", check.walk)
        _part(report, "validator_set", check.sets)
        _part(report, "state_page", check.trie)
        _part(report, "record_party", lambda: check_read_models(connection, read_model))
        _part(report, "milestone", lambda: check_milestones(connection, read_model))
        _part(report, "content", lambda: check_contents(connection, keyring))
    return report


def _part(report: Report, place: str, check: Callable[[], Iterator[Finding]]) -> None:
    """One part of the check; what it cannot even read is what it finds."""
    try:
        report.take(check())
    except DBAPIError as error:
        report.take(iter([_unreadable(place, str(error.orig))]))
    except Exception as error:  # Rows of a damaged file may hold values of any type.
        report.take(iter([_unreadable(place, f"{type(error).__name__}: {error}")]))


def _unreadable(place: str, why: str) -> Finding:
    return Finding(place=place, row="", problem=f"cannot be read to its end: {why}", cure=Cure.REBUILD)


@contextmanager
def _lenient(database: Database, connection: Connection) -> Iterator[None]:
    """Let SQLite hand out text that is not UTF-8, with the wrong bytes as lone surrogates."""
    if not database.is_sqlite:
        yield
        return
    driver = connection.connection.driver_connection
    if driver is None:
        raise TypeError("a connection without its driver")
    driver.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    try:
        yield
    finally:
        driver.text_factory = str


def _file_findings(connection: Connection) -> Generator[Finding]:
    """SQLite's own check of its file, and the schema against that of a new database."""
    for line in connection.exec_driver_sql("PRAGMA integrity_check").scalars():
        if line != "ok":
            yield Finding(place="database", row="", problem=f"SQLite says: {line}", cure=Cure.REBUILD)
    expected, stored = _fresh_schema(), _schema(connection)
    for name in sorted(expected.keys() | stored.keys()):
        if stored.get(name) != expected.get(name):
            problem = "the schema's definition differs from this software's"
            yield Finding(place="database", row=name, problem=problem, cure=Cure.REBUILD)


def _schema(connection: Connection) -> dict[str, tuple[str, ...]]:
    rows = connection.execute(text("SELECT name, type, tbl_name, sql FROM sqlite_schema"))
    return {str(row[0]): tuple(str(value) for value in row[1:]) for row in rows}


@cache
def _fresh_schema() -> Mapping[str, tuple[str, ...]]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'fresh.db'}"
        with Store.open(url, create=True) as store, store.database.snapshot() as connection:
            return _schema(connection)


class _Check:
    """The parts of a check that build on each other."""

    def __init__(self, connection: Connection, genesis: Genesis, report: Report) -> None:
        self._connection = connection
        self._genesis = genesis
        self._report = report
        self._network = network_id(genesis)
        self._appointed: dict[int, str] = {}
        """Hash of each validator set by the first height that it seals, as the headers say."""
        self._sets: dict[str, ValidatorSet] = {}
        self._walk: ChainWalk | None = None

    def meta(self) -> Generator[Finding]:
        """What there is one of."""
        stored = {row[0]: row[1] for row in self._connection.execute(select(META))}
        expected = {"network": bytes(self._network), "genesis": encode(self._genesis)}
        for key in sorted(stored.keys() | set(_META)):
            if key not in stored:
                yield _meta(key, "is missing")
            elif key not in (*_META, *_DIGESTED):
                yield _meta(key, "is not known")
            elif key in _DIGESTED and _DIGESTED[key](stored[key]) is None:
                yield _meta(key, "does not have its digest")
            elif key in expected and stored[key] != expected[key]:
                yield _meta(key, "is not that of the genesis file")

    def load_sets(self) -> Generator[Finding]:
        """Read the validator sets, which seals are verified against."""
        rows = self._connection.execute(select(VALIDATOR_SET).order_by(VALIDATOR_SET.c.height))
        for height, stored, data in rows:
            validators = read_set(data)
            if validators is None or validators.hash != stored:
                yield _set(height, "does not have its hash")
            if validators is not None:
                self._sets[validators.hash.hex()] = validators

    def walk(self) -> Generator[Finding]:
        """Blocks, seals, entries, the log and the history of records."""
        connection = self._connection
        joined, pruned = read_joined(connection), read_pruned(connection)
        started = max(pruned.log_size, joined.log_size if joined else 0)
        replay = StateReplay(connection, self._genesis, started)
        yield from replay.founding()
        walk = ChainWalk(
            connection=connection,
            network=self._network,
            sets=self._sets,
            pruned_size=pruned.log_size,
            joined_first=joined.first if joined else 0,
        )
        self._walk = walk
        for row in connection.execute(BLOCKS, execution_options={"yield_per": BATCH_ROWS}):
            yield from walk.block(StoredBlock(*tuple(row)))
            self._report.height, self._report.entries = walk.height, walk.frontier.size
            if walk.height > 0:
                yield from replay.block(walk.sound, walk.frontier.size)
            self._note_sets(walk)
        yield from walk.finish()
        yield from replay.finish()
        yield from self._end(walk)

    def _note_sets(self, walk: ChainWalk) -> None:
        header = walk.header
        if header is None or header.height != walk.height:
            return
        if header.height == 0 or header.next_validators_hash != header.validators_hash:
            self._appointed[header.height + 1] = header.next_validators_hash

    def _end(self, walk: ChainWalk) -> Generator[Finding]:
        """The frontier, and rows of the log that no block leads to."""
        frontier = self._connection.execute(select(META.c.value).where(META.c.key == "frontier")).scalar()
        if frontier is not None and frontier != walk.frontier.encode():
            yield _meta("frontier", "is not the edge of the log that the entries lead to")
        count = self._connection.execute(select(func.count()).select_from(LOG_NODE)).scalar_one()
        if count > walk.nodes:
            problem = f"{count} rows, the entries lead to {walk.nodes}"
            yield Finding(place="log_node", row="", problem=problem, cure=Cure.REBUILD)

    def sets(self) -> Generator[Finding]:
        """Each validator set against the headers, and the newest against the state."""
        walk = self._walk
        if walk is not None and walk.header is not None and walk.height > 0:
            after = validators_after(_Records(self._connection)).hash.hex()
            if after != walk.header.next_validators_hash:
                self._appointed[walk.header.height + 2] = after
        rows = self._connection.execute(select(VALIDATOR_SET.c.height, VALIDATOR_SET.c.hash)).all()
        stored = {row[0]: row[1].hex() for row in rows}
        for height in sorted(stored.keys() | self._appointed.keys()):
            if height not in stored:
                yield _set(height, "is missing")
            elif stored[height] != self._appointed.get(height):
                yield _set(height, "is not the set that the headers name")

    def trie(self) -> Generator[Finding]:
        """The state trie."""
        if self._walk is not None and self._walk.header is not None:
            yield from check_trie(self._connection, self._walk.header.state_root)


class _Records:
    """The current records as a `StateReader`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, key: str) -> bytes | None:
        """A record's canonical JSON, or None."""
        found: bytes | None = self._connection.execute(
            select(RECORD.c.value).where(RECORD.c.key == key)
        ).scalar()
        return found


def _meta(key: str, problem: str) -> Finding:
    return Finding(place="meta", row=f"key {key}", problem=problem, cure=Cure.REBUILD)


def _set(height: int, problem: str) -> Finding:
    return Finding(place="validator_set", row=f"height {height}", problem=problem, cure=Cure.REBUILD)
