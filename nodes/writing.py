"""From an executed block to what the database stores and what subscribers hear."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from contracts.catalogue import decode_record
from contracts.context import StateReader
from contracts.listings import listings_of
from contracts.milestones import milestones_of
from contracts.views import parties_of
from ledger.block import Block, Header, header_id
from ledger.canonical import encode
from ledger.chain import Tip
from ledger.merkle import Frontier, leaf_hash
from ledger.primitives import Hash
from ledger.seal import NIL, Seal
from ledger.state import StateUpdate
from ledger.validators import ValidatorSet
from nodes.execution import Execution
from nodes.outcomes import SealedBlock, SealedEntry
from nodes.storage import (
    NOTHING,
    BlockWrite,
    EntryWrite,
    ReadModel,
    ReadModelChange,
    RecordWrite,
    ValidatorSetWrite,
    change,
)


class _Stamp(msgspec.Struct):
    """The one field of a record that storage needs."""

    version: int


def record_version(value: bytes) -> int:
    """The version that a record's canonical JSON carries."""
    return msgspec.json.decode(value, type=_Stamp).version


def block_write(
    before: Tip,
    after: Tip,
    block: Block,
    seals: Sequence[Seal],
    execution: Execution,
    update: StateUpdate,
    committed: StateReader,
) -> BlockWrite:
    """Everything that a block changes, for one transaction. `committed` is the state before it."""
    hashes = [leaf_hash(entry) for entry in block.entries]
    frontier, nodes = before.frontier.extend(hashes)
    return BlockWrite(
        height=block.header.height,
        block_id=after.block_id,
        parent_id=before.block_id,
        header=encode(block.header),
        parent_seal=None if block.parent_seal is None else encode(block.parent_seal),
        time_ms=block.header.time_ms,
        proposer=block.header.proposer,
        log_size_before=before.frontier.size,
        frontier=frontier.encode(),
        entries=_entries(execution, hashes),
        records=_records(execution, before.frontier.size),
        pages=update.pages,
        nodes=nodes,
        seals={seal.height: encode(seal) for seal in seals},
        read_models=list(_read_models(execution, before.frontier.size, committed)),
        validator_sets=_validator_sets(before, after),
    )


def _entries(execution: Execution, hashes: list[Hash]) -> list[EntryWrite]:
    return [
        EntryWrite(
            statement_id=applied.statement.id,
            leaf=applied.statement.leaf,
            leaf_hash=leaf,
            issuer=applied.statement.issuer,
            organisation=applied.statement.issuer.partition("/")[0],
            act=applied.statement.payload.type,
            subject=applied.statement.subject,
            last_valid_ms=applied.statement.payload.last_valid_ms,
        )
        for applied, leaf in zip(execution.applied, hashes, strict=True)
    ]


def _records(execution: Execution, first_index: int) -> list[RecordWrite]:
    return [
        RecordWrite(key=key, version=record_version(value), value=value, entry_index=first_index + offset)
        for offset, applied in enumerate(execution.applied)
        for key, value in applied.writes
    ]


def _read_models(execution: Execution, first_index: int, committed: StateReader) -> Iterator[ReadModelChange]:
    """What each write changes in who is party to a record, and in its milestones."""
    latest: dict[str, ReadModel] = {}
    for offset, applied in enumerate(execution.applied):
        for key, value in applied.writes:
            before, after = latest.get(key), read_model(key, value)
            if before is None:
                old = committed.get(key)
                before = NOTHING if old is None else read_model(key, old)
            latest[key] = after
            if before != after:
                yield change(key, first_index + offset, before, after)


def read_model(key: str, value: bytes) -> ReadModel:
    """Who finds a record, what it says has happened and where it is listed, as the contracts see it."""
    record = decode_record(key, value)
    told = frozenset((one.kind.value, one.time_ms, one.about) for one in milestones_of(record))
    listed = frozenset((name, record.created_ms, "") for name in listings_of(record))
    return ReadModel(parties=frozenset(parties_of(record)), milestones=told | listed)


def _validator_sets(before: Tip, after: Tip) -> list[ValidatorSetWrite]:
    if after.next_validators == before.next_validators:
        return []
    fresh = after.next_validators
    return [ValidatorSetWrite(height=after.height + 2, hash=fresh.hash, data=encode(fresh))]


def sealed_block(after: Tip, seals: Sequence[Seal], execution: Execution, first_index: int) -> SealedBlock:
    """What subscribers hear of a block."""
    return SealedBlock(
        height=after.height,
        block_id=after.block_id.hex(),
        time_ms=after.header.time_ms,
        round=next((seal.round for seal in seals if seal.height == after.height), 0),
        entries=tuple(
            _sealed_entry(execution, offset, first_index + offset) for offset in range(len(execution.applied))
        ),
    )


def _sealed_entry(execution: Execution, offset: int, index: int) -> SealedEntry:
    applied = execution.applied[offset]
    statement = applied.statement
    versions = {key: record_version(value) for key, value in applied.writes}
    return SealedEntry(
        id=statement.id.hex(),
        index=index,
        issuer=statement.issuer,
        act=statement.payload.type,
        subject=statement.subject,
        version=versions.get(statement.subject, 0),
        writes=tuple(versions),
    )


def genesis_write(
    document: bytes,
    network: Hash,
    header: Header,
    frontier: Frontier,
    records: Mapping[str, bytes],
    update: StateUpdate,
    validators: ValidatorSet,
) -> BlockWrite:
    """What the genesis stores: block 0, the document as entry 0, and the founding records."""
    leaf = leaf_hash(document)
    return BlockWrite(
        height=0,
        block_id=header_id(header),
        parent_id=NIL,
        header=encode(header),
        parent_seal=None,
        time_ms=header.time_ms,
        proposer="",
        log_size_before=0,
        frontier=frontier.encode(),
        entries=[
            EntryWrite(
                statement_id=network,
                leaf=document,
                leaf_hash=leaf,
                issuer="",
                organisation="",
                act="",
                subject="",
                last_valid_ms=0,
            )
        ],
        records=[
            RecordWrite(key=key, version=record_version(value), value=value, entry_index=0)
            for key, value in records.items()
        ],
        pages=update.pages,
        nodes={(0, 0): leaf},
        read_models=[change(key, 0, NOTHING, read_model(key, value)) for key, value in records.items()],
        validator_sets=[ValidatorSetWrite(height=1, hash=validators.hash, data=encode(validators))],
    )
