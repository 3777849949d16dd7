"""Which header may follow which: the one door through which a block joins the chain.

A `Tip` is all that must be known of the past. `next_header` derives the only
header that the given entries and state can have; `check_block` compares it with
the proposed one field by field. Executing the entries is the contracts' work,
and whether a quorum wants the block is the engine's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from ledger.block import HEADER_VERSION, Block, Header, header_id
from ledger.errors import ChainError
from ledger.genesis import Parameters
from ledger.merkle import Frontier, leaf_hash
from ledger.primitives import Hash, Height, TimeMs
from ledger.seal import Seal, seal_hash
from ledger.validators import ValidatorSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Tip:
    """The newest block of a chain and what its successor depends on."""

    header: Header
    """Its header."""
    block_id: Hash
    """Its id."""
    frontier: Frontier
    """The log after it."""
    validators: ValidatorSet
    """The set that seals the next block."""
    next_validators: ValidatorSet
    """The set that seals the block after the next."""

    @property
    def height(self) -> Height:
        """Height of the newest block."""
        return Height(self.header.height)

    @property
    def network(self) -> Hash:
        """Network id."""
        return Hash(bytes.fromhex(self.header.network))


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a proposer chooses freely; everything else in a header follows."""

    proposer: str
    time_ms: TimeMs
    parent_seal: Seal | None
    leaf_hashes: Sequence[Hash]
    """RFC 9162 leaf hashes of the entries, in order."""


def next_header(tip: Tip, draft: Draft, *, state_root: Hash, rules_version: int) -> tuple[Header, Frontier]:
    """The header that follows `tip` for this draft and resulting state, and the log after it."""
    frontier, _ = tip.frontier.extend(draft.leaf_hashes)
    header = Header(
        version=HEADER_VERSION,
        rules_version=rules_version,
        network=tip.header.network,
        height=tip.height + 1,
        time_ms=draft.time_ms,
        parent=tip.block_id.hex(),
        parent_seal_hash=seal_hash(draft.parent_seal).hex(),
        proposer=draft.proposer,
        log_size_before=tip.frontier.size,
        log_size=frontier.size,
        log_root=frontier.root().hex(),
        state_root=state_root.hex(),
        validators_hash=tip.validators.hash.hex(),
        next_validators_hash=tip.next_validators.hash.hex(),
    )
    return header, frontier


def check_position(tip: Tip, block: Block) -> None:
    """Refuse what can be refused before execution: height, parent, time, proposer and parent seal.

    That the parent seal verifies is the caller's check, since it costs a pairing
    and has often been made before. Raises `ChainError` naming the field.
    """
    header = block.header
    if header.height != tip.height + 1:
        raise ChainError(f"does not follow block {tip.height}", field="header.height")
    if header.parent != tip.block_id.hex():
        raise ChainError(f"does not follow block {tip.height}", field="header.parent")
    if header.time_ms <= tip.header.time_ms:
        raise ChainError("block time must be later than the parent's", field="header.time_ms")
    if tip.validators.index_of(header.proposer) is None:
        raise ChainError("the proposer is not a validator of this height", field="header.proposer")
    seal = block.parent_seal
    if tip.height == 0 and seal is not None:
        raise ChainError("the genesis has no seal", field="parent_seal")
    if tip.height > 0 and (seal is None or seal.block_id != header.parent or seal.height != tip.height):
        raise ChainError("the parent's seal is missing or seals another block", field="parent_seal")


def check_size(entries: Sequence[bytes], parameters: Parameters) -> None:
    """Refuse more entries, or bytes of them, than the parameters in force allow; raises `ChainError`."""
    if len(entries) > parameters.max_block_entries:
        raise ChainError(f"more than {parameters.max_block_entries} entries", field="entries")
    if sum(map(len, entries)) > parameters.max_block_bytes:
        raise ChainError(f"more than {parameters.max_block_bytes} bytes of entries", field="entries")


def check_block(tip: Tip, block: Block, *, state_root: Hash, rules_version: int) -> Frontier:
    """Compare a block's header with the one its entries lead to, and return the log after it.

    Raises `ChainError` naming the first field that differs.
    """
    check_position(tip, block)
    draft = Draft(
        proposer=block.header.proposer,
        time_ms=TimeMs(block.header.time_ms),
        parent_seal=block.parent_seal,
        leaf_hashes=[leaf_hash(entry) for entry in block.entries],
    )
    expected, frontier = next_header(tip, draft, state_root=state_root, rules_version=rules_version)
    if expected != block.header:
        ours, theirs = msgspec.structs.asdict(expected), msgspec.structs.asdict(block.header)
        wrong = next(name for name in ours if ours[name] != theirs[name])
        raise ChainError(f"expected {ours[wrong]}, the block says {theirs[wrong]}", field=f"header.{wrong}")
    return frontier


def advance(tip: Tip, block: Block, frontier: Frontier, next_validators: ValidatorSet) -> Tip:
    """The tip after a block, given the set that its state appoints for two heights later."""
    return Tip(
        header=block.header,
        block_id=header_id(block.header),
        frontier=frontier,
        validators=tip.next_validators,
        next_validators=next_validators,
    )


def genesis_tip(header: Header, frontier: Frontier, validators: ValidatorSet) -> Tip:
    """The tip of a chain that has only its genesis."""
    return Tip(
        header=header,
        block_id=header_id(header),
        frontier=frontier,
        validators=validators,
        next_validators=validators,
    )
