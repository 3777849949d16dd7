"""What is counted and measured: milestones by kind and time, and the newest blocks with the seals they carry.

Every query is bounded, by a number of rows or by what there is to tell apart, so
that an answer costs the same however long the chain grows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import BindParameter, bindparam, func, select

from nodes.storage.database import Database
from nodes.storage.models import BLOCK, MILESTONE

_KIND: BindParameter[str] = bindparam("kind")
_FROM: BindParameter[int] = bindparam("from_ms")
_UNTIL: BindParameter[int] = bindparam("until_ms")

_WITHIN = (MILESTONE.c.kind == _KIND) & (MILESTONE.c.time_ms > _FROM) & (MILESTONE.c.time_ms <= _UNTIL)
_MILESTONES = (
    select(MILESTONE.c.time_ms, MILESTONE.c.key, MILESTONE.c.about)
    .where(_WITHIN)
    .order_by(MILESTONE.c.time_ms.desc(), MILESTONE.c.key, MILESTONE.c.about)
)
_COUNTED = (
    select(MILESTONE.c.about, func.count())
    .where(_WITHIN)
    .group_by(MILESTONE.c.about)
    .order_by(func.count().desc(), MILESTONE.c.about)
)
_BLOCKS = (
    select(BLOCK.c.height, BLOCK.c.time_ms, BLOCK.c.parent_seal)
    .where(BLOCK.c.time_ms > _FROM, BLOCK.c.time_ms <= _UNTIL)
    .order_by(BLOCK.c.time_ms.desc())
)


class StoredMilestone(NamedTuple):
    """Something that a record says has happened; see `contracts.milestones`."""

    time_ms: int
    """When."""
    key: str
    """Record that says so."""
    about: str
    """What it is counted by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockTrace:
    """When a block was made, and who had sealed the one before it."""

    height: int
    """Position in the chain."""
    time_ms: int
    """Block time."""
    parent_seal: bytes | None
    """Canonical JSON of the parent's seal as the block carries it; None below a joined snapshot."""


class StatisticsReader:
    """Queries that count. Times are above `from_ms` and not above `until_ms`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def milestones(self, kind: str, from_ms: int, until_ms: int, limit: int) -> tuple[StoredMilestone, ...]:
        """The newest milestones of a kind, newest first."""
        times = {"kind": kind, "from_ms": from_ms, "until_ms": until_ms}
        rows = self._database.all(_MILESTONES.limit(limit), times)
        return tuple(StoredMilestone(*row) for row in rows)

    def counted(self, kind: str, from_ms: int, until_ms: int, limit: int) -> tuple[tuple[str, int], ...]:
        """How many milestones of a kind there are by what they are counted by, the most first."""
        times = {"kind": kind, "from_ms": from_ms, "until_ms": until_ms}
        rows = self._database.all(_COUNTED.limit(limit), times)
        return tuple((row[0], row[1]) for row in rows)

    def blocks(self, from_ms: int, until_ms: int, limit: int) -> tuple[BlockTrace, ...]:
        """The newest blocks, newest first."""
        rows = self._database.all(_BLOCKS.limit(limit), {"from_ms": from_ms, "until_ms": until_ms})
        return tuple(BlockTrace(height=row[0], time_ms=row[1], parent_seal=row[2]) for row in rows)
