"""Checking the chain: every block against its neighbours, its seal, its entries and the log.

A header is confirmed by its child, which names its id, and the newest one by its
seal. A seal is confirmed by the child that carries the same one, and verified
where it does not. Entries are confirmed by the log root of their block. What can
be compared with something so confirmed is; the one who differs is named.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from ledger.block import Header, header_id
from ledger.errors import LedgerError
from ledger.merkle import Frontier, leaf_hash
from ledger.primitives import Hash
from ledger.seal import NIL, seal_hash, verify_seal
from ledger.statement import Statement, parse_statement
from ledger.validators import ValidatorSet
from nodes.checking.findings import Cure, Finding
from nodes.checking.rows import (
    UNREADABLE,
    StoredBlock,
    log_hashes,
    read_header,
    read_seal,
    stored_frontier,
)
from nodes.storage.log import node_position
from nodes.storage.models import BLOCK, ENTRY, SEAL, SEGMENT_ENTRIES

_EMPTY_LOG = Frontier.empty()
_ENTRY_COLUMNS = (
    "height",
    "segment",
    "statement_id",
    "leaf_hash",
    "issuer",
    "organisation",
    "act",
    "subject",
    "last_valid_ms",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A block of which everything was confirmed that executing it needs."""

    header: Header
    statements: tuple[Statement, ...]


@dataclass(slots=True)
class _Waiting:
    """A seal that the next block may confirm."""

    block: StoredBlock
    validators: str
    """Hash of the set that must have signed, as the header says."""


@dataclass(slots=True, kw_only=True)
class ChainWalk:
    """One walk over the blocks from the genesis up."""

    connection: Connection
    network: Hash
    sets: dict[str, ValidatorSet]
    """Stored validator sets by the hash of their bytes."""
    pruned_size: int
    """Entries below this index may be absent; their leaf hashes are kept."""
    joined_first: int = 0
    """The oldest block that came with the snapshot by which the node joined: of those before it there are the
    genesis and, as headers with their seals, changes of the set."""
    height: int = -1
    frontier: Frontier = _EMPTY_LOG
    nodes: int = 0
    """Rows of `log_node` that the blocks so far lead to."""
    header: Header | None = None
    """The newest header that was readable."""
    _ids: tuple[str, ...] = (NIL.hex(),)
    """What the next block may name as its parent: of a damaged row both candidates."""
    _time_ms: int = -1
    _seal: _Waiting | None = None
    _unsealed: bool = False
    """Whether the last block has no seal: that of the newest may still come."""
    sound: Sound | None = field(default=None)
    """The block just checked, if it can be executed."""

    def block(self, block: StoredBlock) -> Generator[Finding]:
        """What is wrong with the next row of `block`, its seal and its entries."""
        self.sound = None
        row, header = f"height {block.height}", read_header(block.header)
        if header is not None and header.height != block.height:
            yield _lost("block", row, f"its header is that of block {header.height}")
            return
        yield from self._position(block)
        ids = tuple(dict.fromkeys([block.id.hex(), *([header_id(header).hex()] if header else ())]))
        if header is None:
            yield _lost("block", row, "its header cannot be read")
        else:
            yield from self._columns(block, header, ids)
        carried = None if block.parent_seal is None else read_seal(block.parent_seal)
        if header is not None:
            unnamed = seal_hash(carried).hex() != header.parent_seal_hash
            if (unnamed and not self._is_alone(block)) or (block.parent_seal and not carried):
                yield _lost("block", row, "parent_seal is not the one that its header names")
                carried = None
            self.header = header
        yield from self._confirm_seal(block if carried is not None else None)
        self.height, self._ids, self._time_ms = block.height, ids, block.time_ms
        yield from self._own_seal(block, header, ids)
        if not self._is_alone(block):
            yield from self._log(block, header)

    def finish(self) -> Generator[Finding]:
        """What is wrong with the newest seal, and seals of blocks that are not there."""
        yield from self._confirm_seal(None)
        strays = select(SEAL.c.height).where(SEAL.c.height.not_in(select(BLOCK.c.height)))
        for height in self.connection.execute(strays).scalars():
            yield _lost("seal", f"height {height}", "is of a block that is not there")

    def _is_alone(self, block: StoredBlock) -> bool:
        """Whether only the header and its seal are kept."""
        return 0 < block.height < self.joined_first

    def _position(self, block: StoredBlock) -> Generator[Finding]:
        first, last = self.height + 1, block.height - 1
        if first <= last and block.height <= self.joined_first:
            yield from self._confirm_seal(None)
            self._ids = ()
        elif first <= last:
            missing = f"height {first}" if first == last else f"heights {first} to {last}"
            yield _lost("block", missing, "is missing" if first == last else "are missing")
            self._ids, self._seal, self._unsealed = (), None, False
        if self._unsealed:
            yield _lost("seal", f"height {self.height}", "is missing")

    def _columns(self, block: StoredBlock, header: Header, ids: Sequence[str]) -> Generator[Finding]:
        row = f"height {block.height}"
        if len(ids) > 1:
            yield _lost("block", row, "its header does not hash to its id")
        stated = {
            "time_ms": header.time_ms,
            "proposer": header.proposer,
            "log_size": header.log_size,
            "entries": header.log_size - header.log_size_before,
        }
        for name, value in stated.items():
            if getattr(block, name) != value:
                yield Finding(
                    place="block", row=row, problem=f"{name} differs from its header", cure=Cure.REBUILD
                )
        if header.network != self.network.hex():
            yield _lost("block", row, "its header is of another network")
        if self._ids and header.parent not in self._ids:
            yield _lost("block", row, f"does not follow block {self.height}")

    def _own_seal(self, block: StoredBlock, header: Header | None, ids: Sequence[str]) -> Generator[Finding]:
        if block.height == 0:
            return
        row = f"height {block.height}"
        if block.seal is None:
            self._unsealed = True
            return
        self._unsealed = False
        seal = read_seal(block.seal)
        if seal is None:
            yield _lost("seal", row, "cannot be read")
        elif seal.height != block.height or seal.block_id not in ids:
            yield _lost("seal", row, "seals another block")
        elif header is not None:
            self._seal = _Waiting(block, header.validators_hash)

    def _confirm_seal(self, child: StoredBlock | None) -> Generator[Finding]:
        """Compare the waiting seal with the one that the next block carries, or verify it."""
        waiting, self._seal = self._seal, None
        if waiting is None:
            return
        if child is not None and child.parent_seal == waiting.block.seal:
            return
        seal, validators = read_seal(waiting.block.seal or b""), self.sets.get(waiting.validators)
        if seal is None or validators is None:
            return
        try:
            verify_seal(seal, self.network, validators)
        except LedgerError as error:
            row = f"height {waiting.block.height}"
            yield _lost("seal", row, f"does not verify: {error.message}")

    def _log(self, block: StoredBlock, header: Header | None) -> Generator[Finding]:
        """The entries of a block, the subtrees that they complete, and the root that they lead to."""
        end = block.log_size if header is None else header.log_size
        start = block.log_size - block.entries if header is None else header.log_size_before
        before: Frontier | None = self.frontier
        if self.frontier.size != start:
            before = stored_frontier(self.connection, start)
        if block.height == self.joined_first and start > 1:
            self.nodes += start.bit_count()
        leaves = _Leaves(self, block, start, end)
        yield from leaves.read()
        if before is None or any(one is None for one in leaves.hashes):
            self.frontier = stored_frontier(self.connection, end) or _EMPTY_LOG
            self.nodes += _completed(start, end)
            return
        hashes = [Hash(one) for one in leaves.hashes if one is not None]
        self.frontier, completed = before.extend(hashes)
        if header is not None and self.frontier.root().hex() != header.log_root:
            if not leaves.damaged:
                row = f"height {block.height}"
                yield _lost("block", row, "the entries up to it do not lead to its log root")
            self.frontier = stored_frontier(self.connection, end) or _EMPTY_LOG
            self.nodes += _completed(start, end)
            return
        yield from self._nodes({node_position(*node): value for node, value in completed.items() if node[0]})
        if header is not None and not leaves.damaged and not leaves.pruned:
            self.sound = Sound(header=header, statements=tuple(leaves.statements))

    def _nodes(self, expected: dict[int, Hash]) -> Generator[Finding]:
        self.nodes += len(expected)
        found = log_hashes(self.connection, sorted(expected))
        for position, value in expected.items():
            if found.get(position) != value:
                problem = "is missing" if position not in found else "is not the hash of what is below it"
                yield Finding(
                    place="log_node", row=f"position {position}", problem=problem, cure=Cure.REBUILD
                )


class _Leaves:
    """The entries of one block as they are stored."""

    def __init__(self, walk: ChainWalk, block: StoredBlock, start: int, end: int) -> None:
        self._walk = walk
        self._block = block
        self._indexes = range(start, end)
        self.hashes: list[bytes | None] = []
        self.statements: list[Statement] = []
        self.damaged = self.pruned = False

    def read(self) -> Generator[Finding]:
        """What is wrong with the rows; fills `hashes` and `statements`."""
        walk, indexes = self._walk, self._indexes
        query = select(ENTRY).where(ENTRY.c.index.between(indexes.start, indexes.stop - 1))
        rows = {row[0]: row[1:] for row in walk.connection.execute(query)} if indexes else {}
        absent = [index for index in indexes if index not in rows and 0 < index < walk.pruned_size]
        kept = log_hashes(walk.connection, [node_position(0, index) for index in absent])
        walk.nodes += len(kept)
        for index in indexes:
            row = rows.get(index)
            if row is not None:
                yield from self._entry(index, tuple(row))
            elif (value := kept.get(node_position(0, index))) is not None:
                self.pruned = True
                self.hashes.append(value)
            else:
                self.damaged = True
                self.hashes.append(None)
                yield _lost("entry", f"index {index}", "is missing")
                if 0 < index < walk.pruned_size:
                    position = f"position {node_position(0, index)}"
                    yield _lost("log_node", position, "is missing, unless the entry is what was lost")

    def _entry(self, index: int, row: tuple[object, ...]) -> Generator[Finding]:
        leaf = row[-1]
        try:
            hashed = leaf_hash(leaf)  # type: ignore[arg-type] # a damaged row may hold anything
            statement = None if index == 0 else parse_statement(leaf)  # type: ignore[arg-type]
        except UNREADABLE as error:
            self.damaged = True
            self.hashes.append(row[3] if isinstance(row[3], bytes) else None)
            yield _lost("entry", f"index {index}", f"leaf cannot be read: {error}")
            return
        self.hashes.append(hashed)
        place = self._block.height, index // SEGMENT_ENTRIES
        expected = (*place, *_entry_row(hashed, statement, self._walk.network))
        wrong = [
            name for name, one, two in zip(_ENTRY_COLUMNS, row[:-1], expected, strict=True) if one != two
        ]
        if {"statement_id", "leaf_hash"} & set(wrong):
            self.damaged = True
            yield _lost("entry", f"index {index}", f"leaf does not agree with {', '.join(wrong)}")
        elif wrong:
            problem = f"{', '.join(wrong)} differs from what the leaf says"
            yield Finding(place="entry", row=f"index {index}", problem=problem, cure=Cure.REBUILD)
        if statement is not None:
            self.statements.append(statement)


def _entry_row(
    hashed: Hash, statement: Statement | None, network: Hash
) -> tuple[bytes, bytes, str, str, str, str, int]:
    """The columns of `entry` that follow from its leaf."""
    if statement is None:
        return network, hashed, "", "", "", "", 0
    return (
        statement.id,
        hashed,
        statement.issuer,
        statement.issuer.partition("/")[0],
        statement.payload.type,
        statement.subject,
        statement.payload.last_valid_ms,
    )


def _completed(start: int, end: int) -> int:
    """How many perfect subtrees above the leaves a log completes as it grows."""
    return (end - end.bit_count()) - (start - start.bit_count())


def _lost(place: str, row: str, problem: str) -> Finding:
    return Finding(place=place, row=row, problem=problem, cure=Cure.REFETCH)
