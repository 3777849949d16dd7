"""The read models: which organisations are parties to a record, since which entry, and its milestones.

They are functions of a record's versions, which the contracts' views compute. A
block stores only what changed, so an application compares a record before and
after; rebuilding walks the history of every record through the same comparison
and ends with the same rows. What a record says of its parties stands in its own
row as well, where changing it costs nothing beside the new version; the tables are
sorted as they are asked, so that new rows come at the end. Milestones are those of
the present version alone.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete, select, update

from nodes.storage.database import Database
from nodes.storage.models import MILESTONE, RECORD, RECORD_PARTY, RECORD_VERSION
from nodes.storage.writes import ReadModelChange

_BATCH_RECORDS = 1_000
"""Records rebuilt between two writes, so that memory stays bounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadModel:
    """Who finds a record, and what it says has happened."""

    parties: frozenset[str] = frozenset()
    """Organisations that are parties to it."""
    milestones: frozenset[tuple[str, int, str]] = frozenset()
    """Its milestones: kind, time in milliseconds, and what each is counted by. Lists that it stands in are
    among them, each a kind of two words, with the time at which the record was made."""


NOTHING = ReadModel()
"""The read model of a record that does not exist yet."""

View = Callable[[str, bytes], ReadModel]
"""The read model of a record, from its key and bytes."""


def change(key: str, entry_index: int, before: ReadModel, after: ReadModel) -> ReadModelChange:
    """What turns one read model of a record into the next; sorted, so that every node writes alike."""
    return ReadModelChange(
        key=key,
        entry_index=entry_index,
        parties_added=tuple(sorted(after.parties - before.parties)),
        parties_removed=tuple(sorted(before.parties - after.parties)),
        milestones_added=tuple(sorted(after.milestones - before.milestones)),
        milestones_removed=tuple(sorted(before.milestones - after.milestones)),
    )


_SET_PARTIES = update(RECORD).where(RECORD.c.key == bindparam("of")).values(parties=bindparam("to"))

NO_PARTIES = "{}"
"""The column `parties` of a record without any."""


class ReadModelWriter:
    """Writes changes of read models inside a caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._parties_of = database.point_sql(RECORD.c.parties, RECORD.c.key)
        self._add = database.insert_sql(RECORD_PARTY)
        self._remove = database.delete_sql(RECORD_PARTY)
        self._add_milestones = database.insert_sql(MILESTONE)
        self._remove_milestones = database.delete_sql(MILESTONE)

    def write(self, connection: Connection, changes: Iterable[ReadModelChange]) -> dict[str, str]:
        """Apply changes in order; the new column `parties` of each record whose parties change, for the
        caller to store with it.

        What was added and removed again leaves nothing.
        """
        changes = list(changes)
        self._write_milestones(connection, changes)
        return self._write_parties(
            connection, [one for one in changes if one.parties_added or one.parties_removed]
        )

    def _write_milestones(self, connection: Connection, changes: Iterable[ReadModelChange]) -> None:
        added: set[tuple[str, int, str, str]] = set()
        removed: set[tuple[str, int, str, str]] = set()
        for one in changes:
            old, new = (
                milestone_rows(one.key, one.milestones_removed),
                milestone_rows(one.key, one.milestones_added),
            )
            removed |= old - added
            added = (added - old) | (new - removed)
            removed -= new
        _run(connection, self._remove_milestones, sorted(removed))
        _run(connection, self._add_milestones, sorted(added))

    def _write_parties(self, connection: Connection, changes: Iterable[ReadModelChange]) -> dict[str, str]:
        before: dict[str, dict[str, int]] = {}
        after: dict[str, dict[str, int]] = {}
        for one in changes:
            if one.key not in before:
                stored = self._database.value_in(connection, self._parties_of, one.key)
                before[one.key] = decode_parties(stored or NO_PARTIES)
                after[one.key] = dict(before[one.key])
            for party in one.parties_removed:
                after[one.key].pop(party, None)
            after[one.key].update(dict.fromkeys(one.parties_added, one.entry_index))
        rows = [(party_rows(key, before[key]), party_rows(key, after[key])) for key in after]
        _run(connection, self._remove, sorted(row for old, new in rows for row in old - new))
        _run(connection, self._add, sorted(row for old, new in rows for row in new - old))
        return {key: encode_parties(parties) for key, parties in after.items()}

    def rebuild(self, connection: Connection, view: View) -> None:
        """Empty the read models and fill them from the history of all records."""
        connection.execute(delete(RECORD_PARTY))
        connection.execute(delete(MILESTONE))
        connection.execute(update(RECORD).values(parties=NO_PARTIES))
        with closing(_histories(connection)) as histories:
            while batch := list(islice(histories, _BATCH_RECORDS)):
                changes = (one for key, versions in batch for one in _replay(key, versions, view))
                found = self.write(connection, changes)
                if found:
                    connection.execute(_SET_PARTIES, [{"of": key, "to": text} for key, text in found.items()])


def encode_parties(parties: Mapping[str, int]) -> str:
    """The column `parties` of a record."""
    return msgspec.json.encode(dict(sorted(parties.items()))).decode()


def decode_parties(text: str) -> dict[str, int]:
    """What `encode_parties` wrote: the entry since which each organisation is a party."""
    return msgspec.json.decode(text, type=dict[str, int])


def party_rows(key: str, parties: Mapping[str, int]) -> set[tuple[str, str, int, str]]:
    """The rows of `record_party` that a record leads to."""
    kind = key.partition("/")[0]
    return {(party, kind, since, key) for party, since in parties.items()}


def milestone_rows(key: str, milestones: Iterable[tuple[str, int, str]]) -> set[tuple[str, int, str, str]]:
    """The rows of `milestone` that a record leads to."""
    return {(kind, time_ms, key, about) for kind, time_ms, about in milestones}


def _histories(connection: Connection) -> Generator[tuple[str, list[tuple[int, bytes]]]]:
    """Every record's (entry index, value) pairs in order of version."""
    columns = (RECORD_VERSION.c.key, RECORD_VERSION.c.entry_index, RECORD_VERSION.c.value)
    query = select(*columns).order_by(RECORD_VERSION.c.key, RECORD_VERSION.c.version)
    with connection.execute(query, execution_options={"yield_per": _BATCH_RECORDS}) as rows:
        for key, group in groupby(rows, key=lambda row: row[0]):
            yield key, [(row[1], row[2]) for row in group]


def _replay(key: str, versions: list[tuple[int, bytes]], view: View) -> Iterator[ReadModelChange]:
    before = NOTHING
    for entry_index, value in versions:
        after = view(key, value)
        yield change(key, entry_index, before, after)
        before = after


def _run(connection: Connection, sql: str, rows: list[Any]) -> None:
    if rows:
        connection.exec_driver_sql(sql, rows)
