"""From a verified snapshot on disk to what the database stores (N5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from contracts.execution import validators_after
from ledger.block import Block, header_id
from ledger.canonical import encode
from ledger.errors import InvariantViolated
from ledger.evidence import SetChange
from ledger.merkle import Frontier, leaf_hash
from ledger.primitives import Height
from ledger.state import key_hash, record_hash
from ledger.statement import parse_statement
from nodes.snapshots.messages import Offer, Past, Portion, decode
from nodes.snapshots.shelf import Folder
from nodes.storage import (
    NOTHING,
    BlockWrite,
    EntryWrite,
    HandoverWrite,
    Joined,
    PortionWrite,
    RecordWrite,
    SnapshotWrite,
    ValidatorSetWrite,
    change,
)
from nodes.writing import read_model, record_version


def snapshot_write(offer: Offer, changes: Sequence[SetChange], folder: Folder) -> SnapshotWrite:
    """What to store; the files are read when the parts are written."""
    header = offer.header
    tops = _tops(folder, Height(header.height))
    oldest = _past(folder, tops[-1])
    first = oldest.blocks[0].header.height
    before = Frontier.decode(oldest.frontier)
    return SnapshotWrite(
        joined=Joined(first=first, height=header.height, log_size=header.log_size),
        state_root=bytes.fromhex(header.state_root),
        before=before,
        handovers=[
            HandoverWrite(header=one.header, block_id=header_id(one.header), seal=encode(one.seal))
            for one in changes
            if one.header.height < first
        ],
        blocks=_blocks(offer, folder, tops, before),
        portions=_portions(folder, header.log_size - 1),
        sets=[
            ValidatorSetWrite(
                height=one.header.height + 1, hash=one.validators.hash, data=encode(one.validators)
            )
            for one in changes
        ],
        appoint=lambda read: _appointed(header.height, read),
    )


def _tops(folder: Folder, height: Height) -> list[Height]:
    """The last heights of the answers about the past, falling."""
    tops = []
    while folder.past(height) is not None:
        tops.append(height)
        height = Height(_past(folder, height).blocks[0].header.height - 1)
    return tops


def _past(folder: Folder, height: Height) -> Past:
    data = folder.past(height)
    if data is None:
        raise InvariantViolated(f"the blocks up to {height} of the snapshot are gone")
    return decode(data, Past)


def _blocks(offer: Offer, folder: Folder, tops: Sequence[Height], frontier: Frontier) -> Iterator[BlockWrite]:
    """The blocks by rising height. Each brings its parent's seal; the offer, that of the last."""
    waiting: Block | None = None
    for top in reversed(tops):
        for block in _past(folder, top).blocks:
            if waiting is not None:
                write, frontier = _block(waiting, frontier, encode(block.parent_seal))
                yield write
            waiting = block
    if waiting is not None:
        yield _block(waiting, frontier, encode(offer.seal))[0]


def _block(block: Block, before: Frontier, seal: bytes) -> tuple[BlockWrite, Frontier]:
    header = block.header
    hashes = [leaf_hash(entry) for entry in block.entries]
    frontier, nodes = before.extend(hashes)
    return BlockWrite(
        height=header.height,
        block_id=header_id(header),
        parent_id=bytes.fromhex(header.parent),
        header=encode(header),
        parent_seal=None if block.parent_seal is None else encode(block.parent_seal),
        time_ms=header.time_ms,
        proposer=header.proposer,
        log_size_before=before.size,
        frontier=frontier.encode(),
        entries=[_entry(entry, hashed) for entry, hashed in zip(block.entries, hashes, strict=True)],
        nodes=nodes,
        seals={header.height: seal},
    ), frontier


def _entry(leaf: bytes, hashed: bytes) -> EntryWrite:
    statement = parse_statement(leaf)
    return EntryWrite(
        statement_id=statement.id,
        leaf=statement.leaf,
        leaf_hash=hashed,
        issuer=statement.issuer,
        organisation=statement.issuer.partition("/")[0],
        act=statement.payload.type,
        subject=statement.subject,
        last_valid_ms=statement.payload.last_valid_ms,
    )


def _portions(folder: Folder, index: int) -> Iterator[PortionWrite]:
    after = b""
    while (data := folder.portion(after)) is not None:
        records = decode(data, Portion).records
        leaves = {key_hash(key): record_hash(value) for key, value in records}
        yield PortionWrite(
            records=[
                RecordWrite(key=key, version=record_version(value), value=value, entry_index=index)
                for key, value in records
            ],
            read_models=[change(key, index, NOTHING, read_model(key, value)) for key, value in records],
            leaves=leaves,
        )
        after = next(reversed(leaves))


class _Reader:
    """A `StateReader` over a function."""

    def __init__(self, read: Callable[[str], bytes | None]) -> None:
        self.get = read


def _appointed(height: int, read: Callable[[str], bytes | None]) -> ValidatorSetWrite:
    validators = validators_after(_Reader(read))
    return ValidatorSetWrite(height=height + 2, hash=validators.hash, data=encode(validators))
