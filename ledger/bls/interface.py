"""What a BLS backend does, and the rules every backend shares.

The scheme is the proof-of-possession scheme of draft-irtf-cfrg-bls-signature,
minimal public key size: keys are points of G1 (48 bytes), signatures are points
of G2 (96 bytes), both compressed in the one encoding of the draft's appendix C.

Sealane is stricter than the draft in four places, because each admits a vote
that nobody cast: the identity point is refused as a signature as well as a key,
a list of keys may not name one key twice, keys whose sum is the identity are
refused, and an aggregate may not come out as the identity. That a key was
registered with a proof of possession is the caller's duty (`ledger.validators`).

This file holds the protocol, the constants and the checks of shape; curve
arithmetic belongs to the backends.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ledger.errors import CryptoKeyError, SignatureError

SIGNATURE_DST = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_"
"""Domain of signatures (draft-irtf-cfrg-bls-signature section 4.2.3); also the suite's name."""

POSSESSION_DST = b"BLS_POP_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_"
"""Domain of proofs of possession (section 4.2.3)."""

SECRET_BYTES = 32
PUBLIC_KEY_BYTES = 48
SIGNATURE_BYTES = 96

ENTROPY_BYTES_MIN = 32
"""Least key material that KeyGen takes (section 2.3)."""

GROUP_ORDER = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
"""r, the order of both groups; a secret is an integer from 1 to r - 1."""


class BlsBackend(Protocol):
    """One implementation of the scheme: bytes in, bytes out; verification raises.

    Every method raises `CryptoKeyError` for a bad secret or public key and
    `SignatureError` for a bad signature, naming the argument in `field`.
    """

    name: str
    """How configuration names this backend."""

    def derive_secret(self, entropy: bytes) -> bytes:
        """KeyGen (section 2.3) with empty key_info: a secret from at least 32 bytes of entropy."""

    def public_key(self, secret: bytes) -> bytes:
        """SkToPk (section 2.4)."""

    def sign(self, secret: bytes, message: bytes) -> bytes:
        """Sign (section 3.3); deterministic."""

    def verify(self, public_key: bytes, message: bytes, signature: bytes) -> None:
        """Verify (section 3.3)."""

    def aggregate(self, signatures: Sequence[bytes]) -> bytes:
        """Aggregate (section 2.8) of at least one valid signature, each checked to lie in the subgroup."""

    def fast_aggregate_verify(self, public_keys: Sequence[bytes], message: bytes, signature: bytes) -> None:
        """FastAggregateVerify (section 3.3.4): distinct, proven keys that all signed `message`."""

    def aggregate_verify(
        self, public_keys: Sequence[bytes], messages: Sequence[bytes], signature: bytes
    ) -> None:
        """AggregateVerify (section 3.3): `public_keys[i]` signed `messages[i]`; the keys are distinct."""

    def prove_possession(self, secret: bytes) -> bytes:
        """PopProve (section 3.3.2)."""

    def verify_possession(self, public_key: bytes, proof: bytes) -> None:
        """PopVerify (section 3.3.3); required before a key may enter any list of keys."""

    def validate_key(self, public_key: bytes) -> None:
        """KeyValidate (section 2.5): canonical, in the subgroup, not the identity."""

    def validate_signature(self, signature: bytes) -> None:
        """Canonical, in the subgroup, not the identity; says nothing of any message."""


def check_entropy(entropy: bytes) -> None:
    """Refuse key material too short to hold a secret's worth of entropy; `CryptoKeyError`."""
    if len(entropy) < ENTROPY_BYTES_MIN:
        raise CryptoKeyError(
            f"expected at least {ENTROPY_BYTES_MIN} bytes, got {len(entropy)}", field="entropy"
        )


def secret_scalar(secret: bytes) -> int:
    """The integer that a secret spells; `CryptoKeyError` outside 1 to r - 1.

    The message never repeats the secret.
    """
    if len(secret) != SECRET_BYTES:
        raise CryptoKeyError(f"expected {SECRET_BYTES} bytes, got {len(secret)}", field="secret")
    scalar = int.from_bytes(secret, "big")
    if not 0 < scalar < GROUP_ORDER:
        raise CryptoKeyError("a secret lies between 1 and the group order", field="secret")
    return scalar


def check_key_size(public_key: bytes) -> None:
    """`CryptoKeyError` unless the key has the size of a compressed G1 point."""
    if len(public_key) != PUBLIC_KEY_BYTES:
        raise CryptoKeyError(f"expected {PUBLIC_KEY_BYTES} bytes, got {len(public_key)}", field="public_key")


def check_signature_size(signature: bytes) -> None:
    """`SignatureError` unless the signature has the size of a compressed G2 point."""
    if len(signature) != SIGNATURE_BYTES:
        raise SignatureError(f"expected {SIGNATURE_BYTES} bytes, got {len(signature)}", field="signature")


def check_key_list(public_keys: Sequence[bytes]) -> None:
    """`CryptoKeyError` for an empty list or one that counts a key twice."""
    if not public_keys:
        raise CryptoKeyError("expected at least one public key", field="public_keys")
    if len(frozenset(public_keys)) != len(public_keys):
        raise CryptoKeyError("a public key appears twice", field="public_keys")


def check_signature_list(signatures: Sequence[bytes]) -> None:
    """`SignatureError` for an empty list of signatures to aggregate."""
    if not signatures:
        raise SignatureError("expected at least one signature", field="signatures")


def check_message_list(public_keys: Sequence[bytes], messages: Sequence[bytes]) -> None:
    """`SignatureError` unless there is one message for each key."""
    if len(messages) != len(public_keys):
        raise SignatureError(f"{len(messages)} messages for {len(public_keys)} public keys", field="messages")
