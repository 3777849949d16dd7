"""Votes as bytes, and the seal: one aggregate BLS signature of a quorum over a header.

A precommit signs the domain, the network, the validator set, the height, the
round and the block id, and nothing of its own, so that all precommits of one
round are equal bytes and aggregate. Signatures of different rounds sign
different bytes and never aggregate. A prevote adds the valid round, which makes
amnesia provable (accountable Tendermint). How votes are collected is the
engine's business; this file says what was signed and whether a seal proves it.
"""

from __future__ import annotations

import enum

from ledger.bls import BlsBackend, backend
from ledger.canonical import Canonical, encode
from ledger.errors import SealError
from ledger.hashing import Tag, sha256, tagged_hash
from ledger.primitives import (
    Base64Url,
    Hash,
    Height,
    HexHash,
    Round,
    UInt,
    decode_base64url,
    encode_base64url,
)
from ledger.validators import ValidatorSet, decode_signers, encode_signers

NIL = Hash(bytes(32))
"""The block id of a vote for no block."""

NO_ROUND = Round(-1)
"""The valid round of a fresh proposal and of a prevote for nil."""

_VOTE_DOMAIN = sha256(Tag.VOTE.value.encode("ascii"))
_PROPOSAL_DOMAIN = sha256(Tag.PROPOSAL.value.encode("ascii"))


class VoteType(enum.IntEnum):
    """The two votes of a round."""

    PREVOTE = 1
    PRECOMMIT = 2


def _position(
    domain: bytes, network: Hash, validators: Hash, kind: int, height: Height, round_: Round
) -> bytes:
    return (
        domain + network + validators + bytes([kind]) + height.to_bytes(8, "big") + round_.to_bytes(4, "big")
    )


def prevote_bytes(
    network: Hash, validators: Hash, height: Height, round_: Round, block_id: Hash, valid_round: Round
) -> bytes:
    """What a prevote signs; `valid_round` is -1 for nil and for fresh proposals."""
    place = _position(_VOTE_DOMAIN, network, validators, VoteType.PREVOTE, height, round_)
    return place + block_id + valid_round.to_bytes(4, "big", signed=True)


def precommit_bytes(network: Hash, validators: Hash, height: Height, round_: Round, block_id: Hash) -> bytes:
    """What a precommit signs, and so what a seal aggregates."""
    return _position(_VOTE_DOMAIN, network, validators, VoteType.PRECOMMIT, height, round_) + block_id


def proposal_bytes(
    network: Hash, validators: Hash, height: Height, round_: Round, block_id: Hash, valid_round: Round
) -> bytes:
    """What a proposer signs when it proposes a block in a round."""
    place = _position(_PROPOSAL_DOMAIN, network, validators, 0, height, round_)
    return place + block_id + valid_round.to_bytes(4, "big", signed=True)


class Seal(Canonical, frozen=True, kw_only=True):
    """Proof that a quorum of one height's validators precommitted one block in one round."""

    height: UInt
    """Height of the sealed block."""
    round: UInt
    """Round in which the quorum precommitted."""
    block_id: HexHash
    """Id of the sealed header."""
    signers: Base64Url
    """Bitmap of the seats that signed, lowest bit of the first byte first, ceil(n / 8) bytes."""
    signature: Base64Url
    """Aggregate BLS signature, 96 bytes."""


def seal_hash(seal: Seal | None) -> Hash:
    """What the next header commits to; block 1 follows the genesis, which has no seal."""
    return NIL if seal is None else tagged_hash(Tag.SEAL, encode(seal))


def make_seal(
    height: Height, round_: Round, block_id: Hash, size: int, signatures: dict[int, bytes], bls: BlsBackend
) -> Seal:
    """The seal made of precommit signatures by seat, of a set of `size` seats."""
    seats = tuple(sorted(signatures))
    return Seal(
        height=height,
        round=round_,
        block_id=block_id.hex(),
        signers=encode_base64url(encode_signers(seats, size)),
        signature=encode_base64url(bls.aggregate([signatures[seat] for seat in seats])),
    )


def seal_signers(seal: Seal, validators: ValidatorSet) -> tuple[int, ...]:
    """The seats that a seal names.

    Raises `SealError` when the bitmap has another length, bits beyond the set,
    or fewer bits than a quorum.
    """
    bitmap = decode_base64url(seal.signers, field="seal.signers")
    if len(bitmap) != (validators.size + 7) // 8:
        raise SealError(
            f"the bitmap has {len(bitmap)} bytes for {validators.size} validators", field="seal.signers"
        )
    seats = decode_signers(bitmap, validators.size)
    if encode_signers(seats, validators.size) != bitmap:
        raise SealError("the bitmap names a seat that does not exist", field="seal.signers")
    if len(seats) < validators.quorum:
        raise SealError(f"{len(seats)} signers, a quorum is {validators.quorum}", field="seal.signers")
    return seats


def verify_seal(seal: Seal, network: Hash, validators: ValidatorSet, bls: BlsBackend | None = None) -> None:
    """Raise unless a quorum of `validators` signed the block that the seal names.

    Raises `SealError` for the bitmap, `CryptoKeyError` or `SignatureError` for the aggregate.
    """
    if seal.round > 0xFFFFFFFF:
        raise SealError("the round is out of range", field="seal.round")
    keys = [validators.keys[seat] for seat in seal_signers(seal, validators)]
    message = precommit_bytes(
        network, validators.hash, Height(seal.height), Round(seal.round), Hash(bytes.fromhex(seal.block_id))
    )
    signature = decode_base64url(seal.signature, field="seal.signature", length=96)
    (bls or backend()).fast_aggregate_verify(keys, message, signature)
