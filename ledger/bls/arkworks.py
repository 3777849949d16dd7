"""The default backend: curve arithmetic by arkworks (Rust).

arkworks decides which bytes are a point of the subgroup; this file adds what it
leaves open. Its loaders accept the identity, and accept it in many spellings,
so the identity is refused by value. Pairing checks release the interpreter
lock, so verification in threads uses several cores; hashing to the curve and
decompression do not.

Keys and hashed messages repeat (a validator's key in every vote, a vote's bytes
from every validator), so both are remembered, within bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from py_arkworks_bls12381 import GT, G1Point, G2Point, Scalar

from ledger.bls import interface as rules
from ledger.errors import CryptoKeyError, SignatureError
from ledger.hashing import sha256

KEYS_REMEMBERED = 4096
"""Validated keys kept: far above any validator set, about 1 MB."""

MESSAGES_REMEMBERED = 64
"""Hashed messages kept: the votes of the rounds under way."""

_KEYGEN_SALT = b"BLS-SIG-KEYGEN-SALT-"
_KEYGEN_BYTES = 48
"""L = ceil(3 * ceil(log2(r)) / 16): enough that reduction modulo r is unbiased."""

_NEGATED_GENERATOR = -G1Point()
_G1_IDENTITY = G1Point.identity()
_G2_IDENTITY = G2Point.identity()


class ArkworksBackend:
    """The scheme over py-arkworks-bls12381; see `BlsBackend` for each method's contract."""

    name = "arkworks"

    def derive_secret(self, entropy: bytes) -> bytes:
        rules.check_entropy(entropy)
        salt = _KEYGEN_SALT
        while True:
            salt = sha256(salt)
            info = _KEYGEN_BYTES.to_bytes(2, "big")
            stretched = HKDF(hashes.SHA256(), _KEYGEN_BYTES, salt, info).derive(entropy + b"\x00")
            scalar = int.from_bytes(stretched, "big") % rules.GROUP_ORDER
            if scalar:
                return scalar.to_bytes(rules.SECRET_BYTES, "big")

    def public_key(self, secret: bytes) -> bytes:
        return (G1Point() * _scalar(secret)).to_compressed_bytes()

    def sign(self, secret: bytes, message: bytes) -> bytes:
        return _sign(secret, message, rules.SIGNATURE_DST)

    def verify(self, public_key: bytes, message: bytes, signature: bytes) -> None:
        _verify(_key_point(public_key), message, signature, rules.SIGNATURE_DST)

    def aggregate(self, signatures: Sequence[bytes]) -> bytes:
        rules.check_signature_list(signatures)
        total = _G2_IDENTITY
        for signature in signatures:
            total = total + _signature_point(signature)
        if total == _G2_IDENTITY:
            raise SignatureError("the signatures cancel out", field="signatures")
        return total.to_compressed_bytes()

    def fast_aggregate_verify(self, public_keys: Sequence[bytes], message: bytes, signature: bytes) -> None:
        rules.check_key_list(public_keys)
        total = _G1_IDENTITY
        for public_key in public_keys:
            total = total + _key_point(public_key)
        if total == _G1_IDENTITY:
            raise CryptoKeyError("the public keys cancel out", field="public_keys")
        _verify(total, message, signature, rules.SIGNATURE_DST)

    def aggregate_verify(
        self, public_keys: Sequence[bytes], messages: Sequence[bytes], signature: bytes
    ) -> None:
        rules.check_key_list(public_keys)
        rules.check_message_list(public_keys, messages)
        left = [_key_point(public_key) for public_key in public_keys]
        right = [hash_to_curve(message, rules.SIGNATURE_DST) for message in messages]
        _check_pairing([*left, _NEGATED_GENERATOR], [*right, _signature_point(signature)])

    def prove_possession(self, secret: bytes) -> bytes:
        return _sign(secret, self.public_key(secret), rules.POSSESSION_DST)

    def verify_possession(self, public_key: bytes, proof: bytes) -> None:
        _verify(_key_point(public_key), public_key, proof, rules.POSSESSION_DST)

    def validate_key(self, public_key: bytes) -> None:
        _key_point(public_key)

    def validate_signature(self, signature: bytes) -> None:
        _signature_point(signature)


def _sign(secret: bytes, message: bytes, dst: bytes) -> bytes:
    scalar = _scalar(secret)
    return (hash_to_curve(message, dst) * scalar).to_compressed_bytes()


def _verify(key: G1Point, message: bytes, signature: bytes, dst: bytes) -> None:
    """e(key, H(message)) = e(generator, signature), as one product of two pairings."""
    point = _signature_point(signature)
    _check_pairing([key, _NEGATED_GENERATOR], [hash_to_curve(message, dst), point])


def _check_pairing(left: list[G1Point], right: list[G2Point]) -> None:
    if not GT.pairing_check(left, right):
        raise SignatureError("the signature does not verify", field="signature")


def _scalar(secret: bytes) -> Scalar:
    rules.secret_scalar(secret)
    return Scalar.from_be_bytes(secret)


@lru_cache(maxsize=MESSAGES_REMEMBERED)
def hash_to_curve(message: bytes, dst: bytes) -> G2Point:
    """The point of G2 that `message` hashes to in the domain `dst` (RFC 9380 section 8.8.2)."""
    return G2Point.hash_to_curve(message, dst)


@lru_cache(maxsize=KEYS_REMEMBERED)
def _key_point(public_key: bytes) -> G1Point:
    """The point a public key encodes; only valid keys are remembered."""
    rules.check_key_size(public_key)
    try:
        point = G1Point.from_compressed_bytes(public_key)
    except ValueError:
        raise CryptoKeyError("not the encoding of a point of the subgroup", field="public_key") from None
    if point == _G1_IDENTITY:
        raise CryptoKeyError("the identity point is no key", field="public_key")
    return point


def _signature_point(signature: bytes) -> G2Point:
    rules.check_signature_size(signature)
    try:
        point = G2Point.from_compressed_bytes(signature)
    except ValueError:
        raise SignatureError("not the encoding of a point of the subgroup", field="signature") from None
    if point == _G2_IDENTITY:
        raise SignatureError("the identity point is no signature", field="signature")
    return point
