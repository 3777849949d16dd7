"""Read models: which organisations are parties to a record, and which records it names.

Both are functions of a record's bytes, which the contracts' views compute. A
block stores only what changed, so an application compares a record before and
after; rebuilding walks the history of every record through the same comparison
and ends with the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Any

from sqlalchemy import Connection, delete, select

from nodes.storage.database import Database
from nodes.storage.models import RECORD_LINK, RECORD_PARTY, RECORD_VERSION
from nodes.storage.writes import ReadModelChange

_BATCH_RECORDS = 1_000
"""Records rebuilt between two writes, so that memory stays bounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadModel:
    """Who finds a record, and what it leads to."""

    parties: frozenset[str] = frozenset()
    """Organisations that are parties to it."""
    links: frozenset[str] = frozenset()
    """Keys of the records that it names."""


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
        links_added=tuple(sorted(after.links - before.links)),
        links_removed=tuple(sorted(before.links - after.links)),
    )


class ReadModelWriter:
    """Writes changes of read models inside a caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._add_party = database.insert_sql(RECORD_PARTY, conflict="update")
        self._add_link = database.insert_sql(RECORD_LINK, conflict="keep")
        self._remove_party = database.delete_sql(RECORD_PARTY)
        self._remove_link = database.delete_sql(RECORD_LINK)

    def write(self, connection: Connection, changes: Iterable[ReadModelChange]) -> None:
        """Apply changes in order; what was added and removed again leaves nothing."""
        parties: dict[tuple[str, str], int | None] = {}
        links: dict[tuple[str, str], bool] = {}
        for one in changes:
            parties.update(((one.key, party), None) for party in one.parties_removed)
            parties.update(((one.key, party), one.entry_index) for party in one.parties_added)
            links.update(((one.key, link), False) for link in one.links_removed)
            links.update(((one.key, link), True) for link in one.links_added)
        _run(connection, self._remove_party, [pair for pair, since in parties.items() if since is None])
        _run(connection, self._remove_link, [pair for pair, kept in links.items() if not kept])
        rows = [
            (key, party, key.partition("/")[0], since)
            for (key, party), since in parties.items()
            if since is not None
        ]
        _run(connection, self._add_party, rows)
        _run(connection, self._add_link, [pair for pair, kept in links.items() if kept])

    def rebuild(self, connection: Connection, view: View) -> None:
        """Empty both tables and fill them from the history of all records."""
        connection.execute(delete(RECORD_PARTY))
        connection.execute(delete(RECORD_LINK))
        with closing(_histories(connection)) as histories:
            while batch := list(islice(histories, _BATCH_RECORDS)):
                self.write(
                    connection, (one for key, versions in batch for one in _replay(key, versions, view))
                )


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
