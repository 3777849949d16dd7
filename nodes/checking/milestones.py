"""Checking milestones: computed again from each record's present value, and compared."""

from __future__ import annotations

from collections.abc import Generator

from sqlalchemy import Connection, bindparam, func, select, tuple_

from nodes.checking.findings import Cure, Finding
from nodes.checking.rows import BATCH_ROWS
from nodes.storage.models import MILESTONE, RECORD
from nodes.storage.readmodels import View, milestone_rows

MilestoneRow = tuple[str, int, str, str]
"""A row of `milestone`, in the order of its columns."""

_VALUES = select(RECORD.c.key, RECORD.c.value).order_by(RECORD.c.key)
_VALUE = select(RECORD.c.value).where(RECORD.c.key == bindparam("key"))


def check_milestones(connection: Connection, view: View) -> Generator[Finding]:
    """What is wrong with `milestone`. Records that are damaged are said to be elsewhere."""
    confirmed = 0
    for key, value in connection.execute(_VALUES, execution_options={"yield_per": BATCH_ROWS}):
        expected = _expected(key, value, view)
        found = _stored(connection, expected or set())
        confirmed += len(found)
        for row in sorted((expected or set()) - found):
            yield _finding(row, "is missing")
    if connection.execute(select(func.count()).select_from(MILESTONE)).scalar_one() > confirmed:
        yield from _surplus(connection, view)


def _expected(key: str, value: bytes, view: View) -> set[MilestoneRow] | None:
    try:
        return milestone_rows(key, view(key, value).milestones)
    except Exception:  # Whatever a damaged value makes the contracts' views do.
        return None


def _stored(connection: Connection, rows: set[MilestoneRow]) -> set[MilestoneRow]:
    if not rows:
        return set()
    query = select(MILESTONE).where(tuple_(*MILESTONE.columns).in_(rows))
    return {(row[0], row[1], row[2], row[3]) for row in connection.execute(query)}


def _surplus(connection: Connection, view: View) -> Generator[Finding]:
    """Rows that no record leads to."""
    for row in connection.execute(select(MILESTONE), execution_options={"yield_per": BATCH_ROWS}):
        place: MilestoneRow = (row[0], row[1], row[2], row[3])
        value = connection.execute(_VALUE, {"key": place[2]}).scalar()
        expected: set[MilestoneRow] | None = set() if value is None else _expected(place[2], value, view)
        if expected is not None and place not in expected:
            yield _finding(place, "is not what its record says")


def _finding(row: MilestoneRow, problem: str) -> Finding:
    kind, time_ms, key, about = row
    named = f"kind {kind} time_ms {time_ms} key {key} about {about}"
    return Finding(place="milestone", row=named, problem=problem, cure=Cure.REBUILD)
