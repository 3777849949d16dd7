"""The validator set: which organisations sign blocks, with which BLS keys, and what a quorum is."""

from __future__ import annotations

from functools import lru_cache

from ledger.bls import backend
from ledger.canonical import Canonical, encode
from ledger.errors import CryptoKeyError, GenesisError
from ledger.hashing import Tag, tagged_hash
from ledger.primitives import Base64Url, Hash, decode_base64url

MAX_VALIDATORS = 100
"""Votes are all-to-all, so a block costs n^2 messages; Tendermint networks run about a hundred."""


class Validator(Canonical, frozen=True, kw_only=True):
    """One seat."""

    organisation: str
    """The organisation whose node signs."""
    bls_key: Base64Url
    """Its BLS public key, 48 bytes, whose possession was proven when it entered the ledger."""


class ValidatorSet(Canonical, frozen=True, kw_only=True):
    """The validators of one height, in the order that bitmaps and the proposer schedule use."""

    validators: tuple[Validator, ...]

    @property
    def size(self) -> int:
        """How many validators there are (n)."""
        return len(self.validators)

    @property
    def faults(self) -> int:
        """How many may be Byzantine: f = floor((n - 1) / 3)."""
        return (self.size - 1) // 3

    @property
    def quorum(self) -> int:
        """How many make a quorum: floor(2n / 3) + 1, which is n - f."""
        return 2 * self.size // 3 + 1

    @property
    def hash(self) -> Hash:
        """What headers and votes commit to."""
        return _hash(self)

    @property
    def keys(self) -> tuple[bytes, ...]:
        """The BLS public keys in order."""
        return _keys(self)

    def index_of(self, organisation: str) -> int | None:
        """The seat of an organisation, or None when it has none."""
        return next((i for i, v in enumerate(self.validators) if v.organisation == organisation), None)


@lru_cache(maxsize=64)
def _hash(validators: ValidatorSet) -> Hash:
    return tagged_hash(Tag.VALIDATORS, encode(validators))


@lru_cache(maxsize=64)
def _keys(validators: ValidatorSet) -> tuple[bytes, ...]:
    return tuple(decode_base64url(v.bls_key, field="bls_key", length=48) for v in validators.validators)


def check_validator_set(validators: ValidatorSet) -> None:
    """Refuse an empty or oversized set, repeated organisations or keys, and invalid BLS keys.

    Raises `GenesisError` for the shape and `CryptoKeyError` for a key.
    """
    if not 1 <= validators.size <= MAX_VALIDATORS:
        raise GenesisError(
            f"expected 1 to {MAX_VALIDATORS} validators, got {validators.size}", field="validators"
        )
    names = [v.organisation for v in validators.validators]
    if len(set(names)) != len(names):
        raise GenesisError("an organisation has two seats", field="validators")
    if len(set(validators.keys)) != len(names):
        raise CryptoKeyError("two seats share a BLS key", field="validators")
    for key in validators.keys:
        backend().validate_key(key)


def decode_signers(bitmap: bytes, size: int) -> tuple[int, ...]:
    """The seats whose bit is set, lowest bit of the first byte first; shape is the caller's check."""
    return tuple(i for i in range(size) if bitmap[i // 8] >> (i % 8) & 1)


def encode_signers(seats: tuple[int, ...], size: int) -> bytes:
    """The bitmap in which exactly the given seats are set."""
    bitmap = bytearray((size + 7) // 8)
    for seat in seats:
        bitmap[seat // 8] |= 1 << (seat % 8)
    return bytes(bitmap)
