"""Checking the state by executing the chain again: records, their history, pages, parties and links.

Each block's statements go through the contracts on the stored history as it stood
before, and what they write is compared with the rows that are stored. Signatures
are not verified: the log root of a sealed header has confirmed the entries. So a
damaged row is found where it was written, and named; memory stays bounded.
"""

from __future__ import annotations

from collections.abc import Generator

from sqlalchemy import Connection, bindparam, func, or_, select, tuple_

from contracts.context import Context
from contracts.execution import authenticate, check_envelope, context_at, execute, genesis_records
from contracts.refusals import Refusal
from ledger.genesis import Genesis, network_id
from ledger.primitives import Height, TimeMs
from ledger.statement import Statement
from nodes.checking.chain import Sound
from nodes.checking.findings import Cure, Finding
from nodes.checking.rows import BATCH_ROWS
from nodes.state_cache import MAX_RECORDS, Overlay, ReadThrough
from nodes.storage.digests import row_digest
from nodes.storage.models import RECORD, RECORD_VERSION
from nodes.writing import record_version

_AT_ENTRY = (
    select(RECORD_VERSION.c.value)
    .where(RECORD_VERSION.c.key == bindparam("key"), RECORD_VERSION.c.entry_index < bindparam("index"))
    .order_by(RECORD_VERSION.c.version.desc())
    .limit(1)
)

Write = tuple[str, int, int, int, bytes]
"""Key, version, height, entry index and value: a row of `record_version`."""


class StateReplay:
    """Executes one block after the other and compares what they write."""

    def __init__(self, connection: Connection, genesis: Genesis, pruned_size: int) -> None:
        self._connection = connection
        self._genesis = genesis
        self._pruned_size = pruned_size
        self._index = 0
        self._cache = ReadThrough(self._stored, MAX_RECORDS)
        self.complete = True
        """Whether every block above the pruning could be executed."""
        self.versions = 0
        """Rows of `record_version` that the blocks so far lead to."""

    def _stored(self, key: str) -> bytes | None:
        """A record as the stored history says that it stood before the block under way."""
        parameters = {"key": key, "index": self._index}
        value: bytes | None = self._connection.execute(_AT_ENTRY, parameters).scalar()
        return value

    def founding(self) -> Generator[Finding]:
        """Compare what the genesis writes."""
        writes = [(k, record_version(v), 0, 0, v) for k, v in genesis_records(self._genesis).items()]
        if self._pruned_size:
            return
        self._cache.update({key: value for key, _, _, _, value in writes})
        yield from self._compare(writes)

    def block(self, sound: Sound | None, end: int) -> Generator[Finding]:
        """Execute a block; without one, that of the entries below `end`, go on from what is stored."""
        start, self._index = self._index, end
        if end <= self._pruned_size:
            return
        if sound is None:
            self.complete = False
            self._cache = ReadThrough(self._stored, MAX_RECORDS)
            return
        self._index = start = sound.header.log_size_before
        overlay, writes = Overlay(self._cache), list[Write]()
        header = sound.header
        try:
            context = context_at(
                overlay, Height(header.height), TimeMs(header.time_ms), network_id(self._genesis)
            )
        except Exception as error:  # The record of the parameters may be damaged like any other.
            self.complete, self._index = False, end
            yield _unexecuted(start, f"cannot be executed on the stored history: {error}")
            return
        for index, statement in enumerate(sound.statements, start):
            try:
                wrote = self._execute(statement, overlay, context)
            except Exception as error:  # A damaged record may make anything fail.
                self.complete = False
                yield _unexecuted(index, f"cannot be executed on the stored history: {error}")
                break
            if wrote is None:
                self.complete = False
                yield _unexecuted(index, "is refused by the contracts on the stored history")
                break
            overlay.writes.update(wrote)
            height = header.height
            writes += [(key, record_version(value), height, index, value) for key, value in wrote]
        self._cache.update(overlay.writes)
        self._index = end
        yield from self._compare(writes)

    def _execute(
        self, statement: Statement, overlay: Overlay, context: Context
    ) -> tuple[tuple[str, bytes], ...] | None:
        if check_envelope(statement, context) is not None:
            return None
        actor = authenticate(statement, overlay, context)
        if isinstance(actor, Refusal):
            return None
        outcome = execute(statement, actor, overlay, context)
        return None if isinstance(outcome, Refusal) else outcome.writes

    def _compare(self, writes: list[Write]) -> Generator[Finding]:
        self.versions += len(writes)
        names = ("height", "entry_index", "value", "digest")
        for start in range(0, len(writes), BATCH_ROWS):
            part = writes[start : start + BATCH_ROWS]
            place = tuple_(RECORD_VERSION.c.key, RECORD_VERSION.c.version)
            rows = self._connection.execute(
                select(RECORD_VERSION).where(place.in_([one[:2] for one in part]))
            )
            found = {(row[0], row[1]): tuple(row[2:]) for row in rows}
            for key, version, *expected in part:
                stored = found.get((key, version))
                if stored is None:
                    yield _version(key, version, "is missing")
                elif stored != (*expected, None):
                    pairs = zip(names, stored, (*expected, None), strict=True)
                    wrong = ", ".join(name for name, one, two in pairs if one != two)
                    yield _version(key, version, f"{wrong} is not what the entry wrote")

    def finish(self) -> Generator[Finding]:
        """History from before the pruning, rows that nothing leads to, and records against their history."""
        if self._pruned_size:
            yield from self._kept_history()
        count = self._connection.execute(select(func.count()).select_from(RECORD_VERSION)).scalar_one()
        if self.complete and count > self.versions:
            yield _version_table(f"{count} rows, the blocks lead to {self.versions}")
        yield from _records(self._connection)

    def _kept_history(self) -> Generator[Finding]:
        """Versions written by pruned blocks: nothing but their digest confirms them."""
        older = RECORD_VERSION.c.entry_index < self._pruned_size
        query = select(RECORD_VERSION).where(or_(older, RECORD_VERSION.c.digest.is_not(None)))
        for row in self._connection.execute(query, execution_options={"yield_per": BATCH_ROWS}):
            self.versions += 1
            if row_digest(*row[:5]) != row[5]:
                yield Finding(
                    place="record_version",
                    row=f"key {row[0]} version {row[1]}",
                    problem="does not have its digest, and the entries that led to it are pruned",
                    cure=Cure.RESTORE,
                )


def _records(connection: Connection) -> Generator[Finding]:
    """Each record against the newest of its versions."""
    columns = (RECORD.c.key, RECORD.c.version, RECORD.c.height, RECORD.c.entry_index, RECORD.c.value)
    query = select(*columns).order_by(RECORD.c.key)
    newest = (
        select(RECORD_VERSION.c.version, RECORD_VERSION.c.height, RECORD_VERSION.c.entry_index)
        .add_columns(RECORD_VERSION.c.value)
        .where(RECORD_VERSION.c.key == bindparam("key"))
        .order_by(RECORD_VERSION.c.version.desc())
        .limit(1)
    )
    names = ("version", "height", "entry_index", "value")
    for key, *stored in connection.execute(query, execution_options={"yield_per": BATCH_ROWS}):
        history = connection.execute(newest, {"key": key}).first()
        if history is None:
            yield _record(key, "has no history")
        elif tuple(history) != tuple(stored):
            pairs = zip(names, stored, history, strict=True)
            wrong = ", ".join(name for name, one, two in pairs if one != two)
            yield _record(key, f"{wrong} differs from the newest version in its history")
    keys = select(RECORD_VERSION.c.key).distinct().except_(select(RECORD.c.key))
    for (key,) in connection.execute(keys):
        yield _record(key, "is missing: only its history is there")


def _unexecuted(index: int, problem: str) -> Finding:
    return Finding(place="entry", row=f"index {index}", problem=problem, cure=Cure.REBUILD)


def _record(key: str, problem: str) -> Finding:
    return Finding(place="record", row=f"key {key}", problem=problem, cure=Cure.REBUILD)


def _version(key: str, version: int, problem: str) -> Finding:
    row = f"key {key} version {version}"
    return Finding(place="record_version", row=row, problem=problem, cure=Cure.REBUILD)


def _version_table(problem: str) -> Finding:
    return Finding(place="record_version", row="", problem=problem, cure=Cure.REBUILD)
