"""Checking parties and links: computed again from the kept history of each record, and compared."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Table, func, select

from nodes.checking.findings import Cure, Finding
from nodes.checking.rows import BATCH_ROWS
from nodes.storage.models import RECORD_LINK, RECORD_PARTY, RECORD_VERSION
from nodes.storage.readmodels import NOTHING, View

Rows = dict[tuple[Any, ...], tuple[Any, ...]]
"""Values of rows by their key."""


def check_read_models(connection: Connection, view: View) -> Generator[Finding]:
    """What is wrong with `record_party` and `record_link`."""
    parties = links = 0
    for key, versions in _histories(connection):
        try:
            want_parties, want_links = _expected(key, versions, view)
        except Exception:  # The history is damaged, which was said; what it would lead to is unknown.
            want_parties, want_links = _stored_parties(connection, key), _stored_links(connection, key)
        parties, links = parties + len(want_parties), links + len(want_links)
        yield from _compare("record_party", want_parties, _stored_parties(connection, key))
        yield from _compare("record_link", want_links, _stored_links(connection, key))
    yield from _surplus(connection, RECORD_PARTY, parties)
    yield from _surplus(connection, RECORD_LINK, links)


def _histories(connection: Connection) -> Iterator[tuple[str, list[tuple[int, bytes]]]]:
    columns = (RECORD_VERSION.c.key, RECORD_VERSION.c.entry_index, RECORD_VERSION.c.value)
    query = select(*columns).order_by(RECORD_VERSION.c.key, RECORD_VERSION.c.version)
    rows = connection.execute(query, execution_options={"yield_per": BATCH_ROWS})
    for key, group in groupby(rows, key=lambda row: row[0]):
        yield key, [(row[1], row[2]) for row in group]


def _expected(key: str, versions: list[tuple[int, bytes]], view: View) -> tuple[Rows, Rows]:
    since: dict[str, int] = {}
    model = NOTHING
    for entry_index, value in versions:
        model = view(key, value)
        since = {party: since.get(party, entry_index) for party in model.parties}
    kind = key.partition("/")[0]
    parties: Rows = {(key, party): (kind, entry_index) for party, entry_index in since.items()}
    return parties, {(key, link): () for link in model.links}


def _stored_parties(connection: Connection, key: str) -> Rows:
    query = select(RECORD_PARTY).where(RECORD_PARTY.c.key == key)
    return {(row[0], row[1]): (row[2], row[3]) for row in connection.execute(query)}


def _stored_links(connection: Connection, key: str) -> Rows:
    query = select(RECORD_LINK).where(RECORD_LINK.c.from_key == key)
    return {(row[0], row[1]): () for row in connection.execute(query)}


def _compare(table: str, expected: Rows, stored: Rows) -> Generator[Finding]:
    for place in expected.keys() | stored.keys():
        if stored.get(place) == expected.get(place):
            continue
        problem = "is missing" if place not in stored else "is not what the records say"
        yield _finding(table, f"{place[0]} {place[1]}", problem)


def _surplus(connection: Connection, table: Table, expected: int) -> Generator[Finding]:
    """Rows of records that do not exist."""
    if connection.execute(select(func.count()).select_from(table)).scalar_one() <= expected:
        return
    key = table.columns[0]
    known = select(RECORD_VERSION.c.key).distinct()
    for one in connection.execute(select(key).distinct().where(key.not_in(known))).scalars():
        yield _finding(table.name, str(one), "is of a record that does not exist")


def _finding(table: str, row: str, problem: str) -> Finding:
    return Finding(place=table, row=f"key {row}", problem=problem, cure=Cure.REBUILD)
