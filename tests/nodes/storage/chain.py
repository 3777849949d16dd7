"""Small chains for tests: real headers, hashes and frontiers; entries and seals that nobody verified."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from ledger.block import HEADER_VERSION, Block, Header, header_id
from ledger.canonical import encode
from ledger.merkle import Frontier, leaf_hash
from ledger.primitives import Hash, encode_base64url
from ledger.seal import NIL, Seal, seal_hash
from ledger.validators import Validator, ValidatorSet
from nodes.storage import BlockWrite, EntryWrite, ReadModelChange, RecordWrite, Store, ValidatorSetWrite

NETWORK = hashlib.sha256(b"a network").digest()
GENESIS = b'{"name":"a network"}'


def digest(*parts: object) -> bytes:
    return hashlib.sha256(repr(parts).encode()).digest()


def validators(*names: str) -> ValidatorSet:
    return ValidatorSet(
        validators=tuple(
            Validator(organisation=name, bls_key=encode_base64url(digest("key", name) + bytes(16)))
            for name in names
        )
    )


FOUNDERS = validators("customs-cn", "carrier", "port")


def set_write(height: int, members: ValidatorSet) -> ValidatorSetWrite:
    return ValidatorSetWrite(height=height, hash=members.hash, data=encode(members))


def seal_of(header: Header) -> Seal:
    return Seal(
        height=header.height,
        round=0,
        block_id=header_id(header).hex(),
        signers=encode_base64url(b"\x07"),
        signature=encode_base64url(digest("seal", header.height) * 3),
    )


def entry(
    name: str, *, organisation: str = "carrier", last_valid_ms: int = 10_000, size: int = 40
) -> EntryWrite:
    leaf = name.encode().ljust(size, b".")
    return EntryWrite(
        statement_id=digest("statement", name),
        leaf=leaf,
        leaf_hash=leaf_hash(leaf),
        issuer=f"{organisation}/clerk",
        organisation=organisation,
        act="bill.issue",
        subject=f"bill/{name}",
        last_valid_ms=last_valid_ms,
    )


def record(key: str, version: int, entry_index: int, value: bytes | None = None) -> RecordWrite:
    data = value if value is not None else b'{"key":"%s","v":%d}' % (key.encode(), version)
    return RecordWrite(key=key, version=version, value=data, entry_index=entry_index)


@dataclass
class ChainBuilder:
    """Builds block after block."""

    frontier: Frontier = field(default_factory=Frontier.empty)
    headers: list[Header] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    sets: dict[int, ValidatorSet] = field(default_factory=lambda: {0: FOUNDERS})

    @property
    def height(self) -> int:
        return len(self.headers) - 1

    @property
    def size(self) -> int:
        return self.frontier.size

    def initialise(self, store: Store) -> BlockWrite:
        leaf = EntryWrite(
            statement_id=NETWORK,
            leaf=GENESIS,
            leaf_hash=leaf_hash(GENESIS),
            issuer="",
            organisation="",
            act="",
            subject="",
            last_valid_ms=0,
        )
        block = self.block(
            [leaf], records=[record("organisation/carrier", 1, 0)], sets=[set_write(1, FOUNDERS)]
        )
        store.initialise(genesis=GENESIS, network=NETWORK, block=block)
        return block

    def block(
        self,
        entries: Sequence[EntryWrite] = (),
        *,
        records: Sequence[RecordWrite] = (),
        pages: dict[str, bytes] | None = None,
        read_models: Sequence[ReadModelChange] = (),
        sets: Sequence[ValidatorSetWrite] = (),
        proposer: str = "carrier",
        sealed: bool = True,
    ) -> BlockWrite:
        """The next block; the builder moves on as though it were committed."""
        height = len(self.headers)
        parent = self.headers[-1] if self.headers else None
        parent_seal = None if parent is None or height == 1 else seal_of(parent)
        before = self.frontier.size
        self.frontier, nodes = self.frontier.extend([Hash(one.leaf_hash) for one in entries])
        header = Header(
            version=HEADER_VERSION,
            rules_version=1,
            network=NETWORK.hex(),
            height=height,
            time_ms=1_000 * (height + 1),
            parent=(NIL if parent is None else header_id(parent)).hex(),
            parent_seal_hash=seal_hash(parent_seal).hex(),
            proposer=proposer if height else "",
            log_size_before=before,
            log_size=self.frontier.size,
            log_root=self.frontier.root().hex(),
            state_root=NIL.hex(),
            validators_hash=self.set_at(height).hash.hex(),
            next_validators_hash=self.set_at(height + 1).hash.hex(),
        )
        self.headers.append(header)
        self.blocks.append(
            Block(header=header, entries=tuple(e.leaf for e in entries), parent_seal=parent_seal)
        )
        return BlockWrite(
            height=height,
            block_id=header_id(header),
            parent_id=bytes.fromhex(header.parent),
            header=encode(header),
            parent_seal=None if parent_seal is None else encode(parent_seal),
            time_ms=header.time_ms,
            proposer=header.proposer,
            log_size_before=before,
            frontier=self.frontier.encode(),
            entries=entries,
            records=records,
            pages=pages or {},
            nodes=nodes,
            seals={height: encode(seal_of(header))} if height and sealed else {},
            read_models=read_models,
            validator_sets=sets,
        )

    def set_at(self, height: int) -> ValidatorSet:
        return self.sets[max(start for start in self.sets if start <= height)]

    def commit(self, store: Store, count: int = 1) -> BlockWrite:
        """Commit a block of `count` entries, each with a record of its own."""
        names = [f"{self.size + i:06d}" for i in range(count)]
        records = [record(f"bill/{name}", 1, self.size + i) for i, name in enumerate(names)]
        block = self.block([entry(name) for name in names], records=records)
        store.commit_block(block)
        return block
