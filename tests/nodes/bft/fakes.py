"""Stand-ins with the shape of the real things: a BLS without curves, a ledger without contracts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.block import Block, Header, header_id
from ledger.bls import BlsBackend, backend
from ledger.chain import Draft, Tip, advance, check_block, genesis_tip, next_header
from ledger.errors import SignatureError
from ledger.merkle import Frontier, leaf_hash
from ledger.primitives import Hash, Height, TimeMs, encode_base64url
from ledger.seal import NIL, Seal, verify_seal
from ledger.validators import Validator, ValidatorSet
from nodes.bft.recovery import CommittedRecord, LockRecord, Record

START_MS = 1_790_000_000_000


class FakeBls:
    """Signatures that anyone can forge, yet that verify and aggregate by the same rules: XOR of hashes."""

    name = "fake"

    def derive_secret(self, entropy: bytes) -> bytes:
        return hashlib.sha256(entropy).digest()

    def public_key(self, secret: bytes) -> bytes:
        return hashlib.sha384(secret).digest()

    def _signature(self, public_key: bytes, message: bytes) -> bytes:
        return b"".join(hashlib.sha256(bytes([i]) + public_key + message).digest() for i in range(3))

    def sign(self, secret: bytes, message: bytes) -> bytes:
        return self._signature(self.public_key(secret), message)

    def verify(self, public_key: bytes, message: bytes, signature: bytes) -> None:
        self.fast_aggregate_verify([public_key], message, signature)

    def aggregate(self, signatures: Sequence[bytes]) -> bytes:
        total = bytes(96)
        for signature in signatures:
            total = bytes(a ^ b for a, b in zip(total, signature, strict=True))
        return total

    def fast_aggregate_verify(self, public_keys: Sequence[bytes], message: bytes, signature: bytes) -> None:
        if self.aggregate([self._signature(key, message) for key in public_keys]) != signature:
            raise SignatureError("the signature does not verify", field="signature")


def fake_bls() -> BlsBackend:
    return FakeBls()  # type: ignore[return-value]


def real_bls() -> BlsBackend:
    return backend()


def names(count: int) -> tuple[str, ...]:
    return tuple(f"org-{chr(97 + i)}" for i in range(count))


def secret_of(name: str, bls: BlsBackend) -> bytes:
    return bls.derive_secret(hashlib.sha512(name.encode()).digest())


def make_set(organisations: Sequence[str], bls: BlsBackend) -> ValidatorSet:
    return ValidatorSet(
        validators=tuple(
            Validator(organisation=o, bls_key=encode_base64url(bls.public_key(secret_of(o, bls))))
            for o in organisations
        )
    )


def make_genesis_tip(validators: ValidatorSet, network: bytes = b"\x07" * 32) -> Tip:
    frontier, _ = Frontier.empty().extend([leaf_hash(b"genesis")])
    header = Header(
        version=1,
        rules_version=1,
        network=network.hex(),
        height=0,
        time_ms=START_MS,
        parent=NIL.hex(),
        parent_seal_hash=NIL.hex(),
        proposer="",
        log_size_before=0,
        log_size=1,
        log_root=frontier.root().hex(),
        state_root=NIL.hex(),
        validators_hash=validators.hash.hex(),
        next_validators_hash=validators.hash.hex(),
    )
    return genesis_tip(header, frontier, validators)


@dataclass
class FakeLedger:
    """A chain of entries without state: builds, judges and commits blocks as the boundary asks."""

    tip: Tip
    blocks: list[tuple[Block, Seal]]
    bls: BlsBackend

    @classmethod
    def new(cls, validators: ValidatorSet, bls: BlsBackend) -> FakeLedger:
        return cls(make_genesis_tip(validators), [], bls)

    @property
    def seal(self) -> Seal | None:
        return self.blocks[-1][1] if self.blocks else None

    def build(self, proposer: str, clock_ms: int, entries: Sequence[bytes]) -> Block:
        draft = Draft(
            proposer=proposer,
            time_ms=TimeMs(max(self.tip.header.time_ms + 1, clock_ms)),
            parent_seal=self.seal,
            leaf_hashes=[leaf_hash(entry) for entry in entries],
        )
        header, _ = next_header(self.tip, draft, state_root=NIL, rules_version=1)
        return Block(header=header, entries=tuple(entries), parent_seal=self.seal)

    def judge(self, block: Block) -> None:
        check_block(self.tip, block, state_root=NIL, rules_version=1)

    def commit(self, block: Block, seal: Seal) -> Tip:
        frontier = check_block(self.tip, block, state_root=NIL, rules_version=1)
        assert seal.block_id == header_id(block.header).hex()
        verify_seal(seal, self.tip.network, self.tip.validators, self.bls)
        self.tip = advance(self.tip, block, frontier, self.tip.next_validators)
        self.blocks.append((block, seal))
        return self.tip

    def block_id(self, height: int) -> Hash:
        return header_id(self.blocks[height - 1][0].header)

    def height(self) -> Height:
        return self.tip.height


class MemoryJournal:
    """A journal of which a crash keeps what was synced."""

    def __init__(self) -> None:
        self.fresh = False
        self.durable: list[Record] = []
        self.pending: list[Record] = []

    def records(self) -> list[Record]:
        return self.durable + self.pending

    def locks(self) -> list[LockRecord]:
        return []

    def is_long(self) -> bool:
        return False

    def compact(self) -> None:
        """What does not matter any more is gone already."""

    def append(self, record: Record) -> None:
        if isinstance(record, CommittedRecord):
            self.durable, self.pending = [], []
        self.pending.append(record)

    def sync(self) -> None:
        self.durable, self.pending = self.durable + self.pending, []

    def close(self) -> None:
        self.sync()

    def crash(self) -> None:
        self.pending = []
