"""Attestation: what one or several validators signed alike, without the block it is about.

A vote, a polka, a seal and a proposal are all attestation: some seats, one
statement, one (aggregate) signature. It is a few hundred bytes, whatever the size
of the block, and proves by itself that those seats signed.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Annotated

import msgspec

from ledger.bls import BlsBackend, backend
from ledger.canonical import Canonical
from ledger.errors import SealError
from ledger.primitives import Hash, Height, HexHash, Round, decode_base64url
from ledger.seal import NIL, NO_ROUND, Seal, precommit_bytes, prevote_bytes, proposal_bytes
from ledger.validators import ValidatorSet, decode_signers, encode_signers

MAX_ROUND = 2**31 - 1
"""A round is signed in four bytes, of which the valid round needs the sign."""

RoundNumber = Annotated[int, msgspec.Meta(ge=0, le=MAX_ROUND)]
ValidRound = Annotated[int, msgspec.Meta(ge=-1, le=MAX_ROUND)]
Signers = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{2,18}\Z")]
Signature = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{128}\Z")]


class Kind(enum.StrEnum):
    """What was signed."""

    PROPOSAL = "proposal"
    PREVOTE = "prevote"
    PRECOMMIT = "precommit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something was signed. All of it is in the signed bytes."""

    network: Hash
    validators: ValidatorSet
    height: Height


class Attestation(Canonical, frozen=True, kw_only=True):
    """Something signed at one height of one network, by some seats of one validator set."""

    kind: Kind
    round: RoundNumber
    block_id: HexHash
    """Zeros in a vote for no block."""
    valid_round: ValidRound
    """-1 in precommits, in votes for no block, and for fresh proposals."""
    signers: Signers
    """Bitmap of the seats that signed, lowest bit of the first byte first, ceil(n / 8) bytes."""
    signature: Signature
    """Aggregate BLS signature, 96 bytes."""

    @property
    def nil(self) -> bool:
        """Whether it is a vote for no block."""
        return self.block_id == NIL.hex()


def seal_attestation(seal: Seal) -> Attestation:
    """A seal, as the precommits that it aggregates; `SealError` for a round that nobody can sign."""
    if seal.round > MAX_ROUND:
        raise SealError("the round is out of range", field="seal.round")
    return Attestation(
        kind=Kind.PRECOMMIT,
        round=seal.round,
        block_id=seal.block_id,
        valid_round=NO_ROUND,
        signers=seal.signers,
        signature=seal.signature,
    )


def seats_of(attestation: Attestation, validators: ValidatorSet) -> tuple[int, ...]:
    """The seats that an attestation names, in order.

    Raises `SealError` when the bitmap has another length, is empty, or names a
    seat beyond the set.
    """
    bitmap = decode_base64url(attestation.signers, field="signers")
    if len(bitmap) != (validators.size + 7) // 8:
        raise SealError(f"a bitmap of {len(bitmap)} bytes for {validators.size} validators", field="signers")
    seats = decode_signers(bitmap, validators.size)
    if not seats or encode_signers(seats, validators.size) != bitmap:
        raise SealError("the bitmap names nobody, or a seat that does not exist", field="signers")
    return seats


def signed_bytes(attestation: Attestation, place: Place) -> bytes:
    """What its seats signed; `SealError` where no validator could have signed such a thing."""
    precommit = attestation.kind is Kind.PRECOMMIT
    if attestation.valid_round >= attestation.round or (
        attestation.valid_round != NO_ROUND and (precommit or attestation.nil)
    ):
        raise SealError("a valid round that this vote cannot have", field="valid_round")
    signed = (
        place.network,
        place.validators.hash,
        place.height,
        Round(attestation.round),
        Hash(bytes.fromhex(attestation.block_id)),
    )
    if precommit:
        return precommit_bytes(*signed)
    make = prevote_bytes if attestation.kind is Kind.PREVOTE else proposal_bytes
    return make(*signed, Round(attestation.valid_round))


def verify_attestation(attestation: Attestation, place: Place, bls: BlsBackend | None = None) -> None:
    """Raise unless the seats it names signed it.

    Raises `SealError` for its shape, `CryptoKeyError` or `SignatureError` for the aggregate.
    """
    keys = [place.validators.keys[seat] for seat in seats_of(attestation, place.validators)]
    signature = decode_base64url(attestation.signature, field="signature", length=96)
    (bls or backend()).fast_aggregate_verify(keys, signed_bytes(attestation, place), signature)
