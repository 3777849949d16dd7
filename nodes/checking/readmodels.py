"""Checking parties: computed again from the kept history of each record, and compared."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from itertools import groupby

from sqlalchemy import Connection, bindparam, func, select, tuple_

from nodes.checking.findings import Cure, Finding
from nodes.checking.rows import BATCH_ROWS
from nodes.storage.models import RECORD, RECORD_PARTY, RECORD_VERSION
from nodes.storage.readmodels import View, encode_parties, party_rows

PartyRow = tuple[str, str, int, str]
"""A row of `record_party`, in the order of its columns."""

_COLUMNS = tuple(RECORD_PARTY.columns)
_PARTIES = select(RECORD.c.parties).where(RECORD.c.key == bindparam("key"))
_HISTORY = select(RECORD_VERSION.c.key, RECORD_VERSION.c.entry_index, RECORD_VERSION.c.value).order_by(
    RECORD_VERSION.c.key, RECORD_VERSION.c.version
)


def check_read_models(connection: Connection, view: View) -> Generator[Finding]:
    """What is wrong with `record_party` and with the parties in `record`."""
    confirmed = 0
    rows = connection.execute(_HISTORY, execution_options={"yield_per": BATCH_ROWS})
    for key, group in groupby(rows, key=lambda row: row[0]):
        parties = _parties(((row[1], row[2]) for row in group), key, view)
        if parties is None:
            continue
        stored = connection.execute(_PARTIES, {"key": key}).scalar()
        if stored is not None and stored != encode_parties(parties):
            yield _finding("record", f"key {key}", "parties is not what its history says")
        expected = party_rows(key, parties)
        found = _stored(connection, expected)
        confirmed += len(found)
        for row in sorted(expected - found):
            yield _finding("record_party", _named(row), "is missing")
    if connection.execute(select(func.count()).select_from(RECORD_PARTY)).scalar_one() > confirmed:
        yield from _surplus(connection, view)


def _parties(versions: Iterator[tuple[int, bytes]], key: str, view: View) -> dict[str, int] | None:
    """The parties that a history leads to; None for one that is damaged, which is said elsewhere."""
    since: dict[str, int] = {}
    try:
        for entry_index, value in versions:
            since = {party: since.get(party, entry_index) for party in view(key, value).parties}
    except Exception:  # Whatever a damaged value makes the contracts' views do.
        return None
    return since


def _stored(connection: Connection, rows: set[PartyRow]) -> set[PartyRow]:
    if not rows:
        return set()
    query = select(RECORD_PARTY).where(tuple_(*_COLUMNS).in_(rows))
    return {(row[0], row[1], row[2], row[3]) for row in connection.execute(query)}


def _surplus(connection: Connection, view: View) -> Generator[Finding]:
    """Rows that no history leads to."""
    rows = connection.execute(select(RECORD_PARTY), execution_options={"yield_per": BATCH_ROWS})
    for row in rows:
        place: PartyRow = (row[0], row[1], row[2], row[3])
        history = connection.execute(_HISTORY.where(RECORD_VERSION.c.key == place[3])).all()
        parties = _parties(((one[1], one[2]) for one in history), place[3], view)
        if parties is not None and place not in party_rows(place[3], parties):
            yield _finding("record_party", _named(place), "is not what the history of its record says")


def _named(row: PartyRow) -> str:
    organisation, kind, since, key = row
    return f"organisation {organisation} kind {kind} since {since} key {key}"


def _finding(table: str, row: str, problem: str) -> Finding:
    return Finding(place=table, row=row, problem=problem, cure=Cure.REBUILD)
