"""Writing a block: one transaction, and what must hold between it and the block before.

Rows go to the driver as tuples under SQL compiled once, which costs a third of
an ORM's work per row. A block that breaks a rule here is a fault of the caller:
`InvariantViolated`, and nothing of it is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from ledger.errors import InvariantViolated
from nodes.storage.database import Database
from nodes.storage.log import node_position
from nodes.storage.models import (
    BLOCK,
    ENTRY,
    LOG_NODE,
    META,
    RECORD,
    RECORD_VERSION,
    SEAL,
    SEGMENT_ENTRIES,
    STATE_PAGE,
    VALIDATOR_SET,
)
from nodes.storage.readmodels import NO_PARTIES, ReadModelWriter
from nodes.storage.writes import BlockWrite, ValidatorSetWrite

_NEWEST = select(BLOCK.c.height, BLOCK.c.id, BLOCK.c.log_size).order_by(BLOCK.c.height.desc()).limit(1)
_BLOCK_ID = select(BLOCK.c.id).where(BLOCK.c.height == bindparam("height"))
_NEWEST_SET = select(VALIDATOR_SET.c.hash).order_by(VALIDATOR_SET.c.height.desc()).limit(1)


class BlockWriter:
    """Writes blocks inside a caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._block = database.insert_sql(BLOCK)
        self._seal = database.insert_sql(SEAL, conflict="keep")
        self._entry = database.insert_sql(ENTRY)
        self._record = database.insert_sql(RECORD, conflict="update")
        self._same_parties = database.insert_sql(RECORD, conflict="update", keep=("parties",))
        self._version = database.insert_sql(RECORD_VERSION)
        self._page = database.insert_sql(STATE_PAGE, conflict="update")
        self._node = database.insert_sql(LOG_NODE)
        self._meta = database.insert_sql(META, conflict="update")
        self.read_models = ReadModelWriter(database)
        """Parties, for whoever writes records in the same transaction."""

    def write_genesis(
        self, connection: Connection, genesis: bytes, network: bytes, block: BlockWrite
    ) -> None:
        """Write the block at height 0, whose one entry is the genesis document.

        Raises `InvariantViolated` for any other block, and when another genesis is stored.
        """
        if (
            block.height != 0
            or block.log_size_before != 0
            or [entry.leaf for entry in block.entries] != [genesis]
        ):
            raise InvariantViolated("the first block has height 0 and the genesis document as its one entry")
        if self._is_repeated(connection, block):
            return
        _run(connection, self._meta, [("genesis", genesis), ("network", network)])
        self.write_whole(connection, block)

    def write(self, connection: Connection, block: BlockWrite) -> None:
        """Write the next block; of one that is already stored, only seals that are new.

        Raises `InvariantViolated` unless it follows the newest block, or is stored.
        """
        if not self._is_repeated(connection, block):
            self._check_follows(connection, block)
            self.write_whole(connection, block)

    def _is_repeated(self, connection: Connection, block: BlockWrite) -> bool:
        row = connection.execute(_BLOCK_ID, {"height": block.height}).first()
        if row is None:
            return False
        if row[0] != block.block_id:
            known, new = row[0].hex()[:16], block.block_id.hex()[:16]
            raise InvariantViolated(f"block {new} at height {block.height}, where {known} is committed")
        _run(connection, self._seal, list(block.seals.items()))
        return True

    def _check_follows(self, connection: Connection, block: BlockWrite) -> None:
        row = connection.execute(_NEWEST).first()
        if row is None:
            raise InvariantViolated(f"block {block.height} before the genesis")
        height, block_id, log_size = row
        if (block.height, block.parent_id) != (height + 1, block_id):
            raise InvariantViolated(f"block {block.height} does not follow the newest one, {height}")
        if block.log_size_before != log_size:
            raise InvariantViolated(
                f"block {block.height} begins at entry {block.log_size_before}, the log has {log_size}"
            )

    def write_whole(self, connection: Connection, block: BlockWrite) -> None:
        """Write the block with all that it changes; that it follows is the caller's promise."""
        _run(connection, self._block, [_block_row(block)])
        _run(connection, self._seal, list(block.seals.items()))
        self._write_log(connection, block)
        self._write_state(connection, block)
        self.write_sets(connection, block.validator_sets)

    def _write_log(self, connection: Connection, block: BlockWrite) -> None:
        height = block.height
        entries = [
            (
                index,
                height,
                index // SEGMENT_ENTRIES,
                entry.statement_id,
                entry.leaf_hash,
                entry.issuer,
                entry.organisation,
                entry.act,
                entry.subject,
                entry.last_valid_ms,
                entry.leaf,
            )
            for index, entry in enumerate(block.entries, block.log_size_before)
        ]
        _run(connection, self._entry, entries)
        nodes = [(node_position(level, index), node) for (level, index), node in block.nodes.items() if level]
        _run(connection, self._node, nodes)
        _run(connection, self._meta, [("frontier", block.frontier)])

    def _write_state(self, connection: Connection, block: BlockWrite) -> None:
        height = block.height
        parties = self.read_models.write(connection, block.read_models)
        versions = [(r.key, r.version, height, r.entry_index, r.value, None) for r in block.records]
        _run(connection, self._version, versions)
        newest = {r.key: r for r in block.records}
        if not parties.keys() <= newest.keys():
            raise InvariantViolated("a block changes the parties of a record that it does not write")
        rows = {
            key: (key, r.version, height, r.entry_index, parties.get(key, NO_PARTIES), r.value)
            for key, r in newest.items()
        }
        _run(connection, self._record, [row for key, row in rows.items() if key in parties])
        _run(connection, self._same_parties, [row for key, row in rows.items() if key not in parties])
        _run(connection, self._page, list(block.pages.items()))

    def write_sets(self, connection: Connection, sets: Sequence[ValidatorSetWrite]) -> None:
        """Write validator sets that differ from the one before them."""
        if not sets:
            return
        newest = connection.execute(_NEWEST_SET).scalar()
        for one in sorted(sets, key=lambda one: one.height):
            if one.hash != newest:
                values = {"height": one.height, "hash": one.hash, "data": one.data}
                connection.execute(insert(VALIDATOR_SET), values)
                newest = one.hash


def _block_row(block: BlockWrite) -> tuple[Any, ...]:
    return (
        block.height,
        block.block_id,
        block.time_ms,
        block.proposer,
        len(block.entries),
        block.log_size,
        block.header,
        block.parent_seal,
    )


def _run(connection: Connection, sql: str, rows: list[Any]) -> None:
    if rows:
        connection.exec_driver_sql(sql, rows)
