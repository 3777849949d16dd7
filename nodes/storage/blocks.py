"""Reading the chain: the tip, blocks, seals and validator sets.

What is stored was checked before it was written, so decoding here trusts the
bytes; `checks` is where stored bytes are doubted.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import BindParameter, Select, bindparam, select

from ledger.block import Block, Header
from ledger.chain import Tip
from ledger.errors import InvariantViolated
from ledger.merkle import Frontier
from ledger.primitives import Hash, Height
from ledger.seal import NIL, Seal
from ledger.validators import ValidatorSet
from nodes.storage.database import AnyRow, Database
from nodes.storage.errors import DatabaseUnavailable
from nodes.storage.models import BLOCK, ENTRY, META, SEAL, VALIDATOR_SET
from nodes.storage.rows import BlockSummary, Page, check_limit

MAX_SETS = 10_000
"""Most changes of the validator set in one answer; far beyond any network's history."""

_HEIGHT: BindParameter[int] = bindparam("height")

_TIP = (
    select(BLOCK.c.header, BLOCK.c.id, select(META.c.value).where(META.c.key == "frontier").scalar_subquery())
    .order_by(BLOCK.c.height.desc())
    .limit(1)
)
_HEADER = select(BLOCK.c.header).where(BLOCK.c.height == _HEIGHT)
_SEAL = select(SEAL.c.seal).where(SEAL.c.height == _HEIGHT)
_BLOCK = (
    select(BLOCK.c.header, BLOCK.c.parent_seal, BLOCK.c.log_size, BLOCK.c.entries, SEAL.c.seal)
    .select_from(BLOCK.outerjoin(SEAL, SEAL.c.height == BLOCK.c.height))
    .where(BLOCK.c.height == _HEIGHT)
)
_LEAVES = (
    select(ENTRY.c.leaf)
    .where(ENTRY.c.index >= bindparam("start"), ENTRY.c.index < bindparam("end"))
    .order_by(ENTRY.c.index)
)
_SET_AT = (
    select(VALIDATOR_SET.c.data)
    .where(VALIDATOR_SET.c.height <= _HEIGHT)
    .order_by(VALIDATOR_SET.c.height.desc())
    .limit(1)
)
_SETS_AFTER = (
    select(VALIDATOR_SET.c.height, VALIDATOR_SET.c.data)
    .where(VALIDATOR_SET.c.height > _HEIGHT)
    .order_by(VALIDATOR_SET.c.height)
    .limit(MAX_SETS)
)
_SUMMARY = select(
    BLOCK.c.height, BLOCK.c.id, BLOCK.c.time_ms, BLOCK.c.proposer, BLOCK.c.entries, BLOCK.c.log_size
)
_BY_ID = _SUMMARY.where(BLOCK.c.id == bindparam("id"))
_BY_TIME = _SUMMARY.where(BLOCK.c.time_ms <= bindparam("time_ms")).order_by(BLOCK.c.time_ms.desc()).limit(1)
_BEFORE = _SUMMARY.where(BLOCK.c.height < _HEIGHT).order_by(BLOCK.c.height.desc())
_BEFORE_WITH_ENTRIES = _BEFORE.where(BLOCK.c.entries > 0)

_decode_header = msgspec.json.Decoder(Header).decode
_decode_seal = msgspec.json.Decoder(Seal).decode


@lru_cache(maxsize=64)
def _decode_set(data: bytes) -> ValidatorSet:
    return msgspec.json.decode(data, type=ValidatorSet)


class BlockReader:
    """Queries about blocks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def tip(self) -> Tip:
        """The newest block and what its successor depends on; `DatabaseUnavailable` before `initialise`."""
        row = self._database.first(_TIP)
        if row is None:
            raise DatabaseUnavailable("the database has no genesis yet")
        header = _decode_header(row[0])
        return Tip(
            header=header,
            block_id=Hash(row[1]),
            frontier=Frontier.decode(row[2]),
            validators=self.validators_at(Height(header.height + 1)),
            next_validators=self.validators_at(Height(header.height + 2)),
        )

    def header(self, height: Height) -> Header | None:
        """The header at a height, or None where there is no block."""
        row = self._database.first(_HEADER, {"height": height})
        return None if row is None else _decode_header(row[0])

    def seal(self, height: Height) -> Seal | None:
        """The seal of a height as this node learnt it, or None."""
        row = self._database.first(_SEAL, {"height": height})
        return None if row is None else _decode_seal(row[0])

    def load_block(self, height: Height) -> tuple[Block, Seal | None] | None:
        """A block with its seal; None where there is no block, or its entries are no longer kept."""
        row = self._database.first(_BLOCK, {"height": height})
        if row is None:
            return None
        data, parent_seal, log_size, entries, seal = row
        header = _decode_header(data)
        bounds = {"start": log_size - entries, "end": log_size}
        leaves = tuple(leaf for (leaf,) in self._database.all(_LEAVES, bounds)) if entries else ()
        if len(leaves) != entries or (parent_seal is None and header.parent_seal_hash != NIL.hex()):
            return None
        block = Block(
            header=header,
            entries=leaves,
            parent_seal=None if parent_seal is None else _decode_seal(parent_seal),
        )
        return block, None if seal is None else _decode_seal(seal)

    def validators_at(self, height: Height) -> ValidatorSet:
        """The set that seals a height, as far as the chain has appointed it: at most two above the tip."""
        row = self._database.first(_SET_AT, {"height": height})
        if row is None:
            raise InvariantViolated(f"no validator set is known for height {height}")
        return _decode_set(row[0])

    def validator_changes(self, after: Height) -> tuple[tuple[Height, ValidatorSet], ...]:
        """The sets that took over above a height, each with the first height that it seals."""
        rows = self._database.all(_SETS_AFTER, {"height": after})
        return tuple((Height(height), _decode_set(data)) for height, data in rows)

    def block_by_id(self, block_id: bytes) -> BlockSummary | None:
        """The block with this id, or None."""
        row = self._database.first(_BY_ID, {"id": block_id})
        return None if row is None else _summary(row)

    def block_at_time(self, time_ms: int) -> BlockSummary | None:
        """The newest block whose time is not later; None before the genesis."""
        row = self._database.first(_BY_TIME, {"time_ms": time_ms})
        return None if row is None else _summary(row)

    def blocks_before(
        self, height: Height, limit: int, *, with_entries: bool = False
    ) -> Page[BlockSummary, Height]:
        """Blocks below a height, newest first; with entries only, when asked. Pass `next` for the rest."""
        return self._list(_BEFORE_WITH_ENTRIES if with_entries else _BEFORE, height, limit)

    def _list(self, query: Select[Any], height: Height, limit: int) -> Page[BlockSummary, Height]:
        rows = self._database.all(query.limit(check_limit(limit) + 1), {"height": height})
        items = tuple(_summary(row) for row in rows[:limit])
        return Page(items=items, next=Height(items[-1].height) if len(rows) > limit else None)


def _summary(row: AnyRow) -> BlockSummary:
    height, block_id, time_ms, proposer, entries, log_size = row
    return BlockSummary(
        height=height,
        block_id=block_id,
        time_ms=time_ms,
        proposer=proposer,
        entries=entries,
        log_size=log_size,
    )
