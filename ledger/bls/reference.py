"""The independent backend: py-ecc, the Python reference of the Ethereum project.

About a hundred times slower than the default and written by others in another
language, so that a verifier who distrusts one implementation can use the other.
Importing it costs almost half a second: `ledger.bls.backend` does so only when
it is asked for by name.

py-ecc returns booleans, aggregates points outside the subgroup and accepts the
identity as a signature; this file turns all that into refusals.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from eth_typing import BLSPubkey, BLSSignature
from eth_utils.exceptions import ValidationError
from py_ecc.bls.ciphersuites import G2ProofOfPossession
from py_ecc.bls.g2_primitives import G1_to_pubkey, pubkey_to_G1, signature_to_G2, subgroup_check
from py_ecc.bls.typing import G1Uncompressed
from py_ecc.optimized_bls12_381.optimized_curve import Z1, add, is_inf

from ledger.bls import interface as rules
from ledger.errors import CryptoKeyError, SignatureError

KEYS_REMEMBERED = 1024
"""Validated keys kept; validating one costs 6 ms."""

_MALFORMED = (ValidationError, ValueError, AssertionError)
"""What py-ecc raises for bytes that encode no point."""


class ReferenceBackend:
    """The scheme over py-ecc; see `BlsBackend` for each method's contract."""

    name = "reference"

    def derive_secret(self, entropy: bytes) -> bytes:
        rules.check_entropy(entropy)
        return G2ProofOfPossession.KeyGen(entropy).to_bytes(rules.SECRET_BYTES, "big")

    def public_key(self, secret: bytes) -> bytes:
        return bytes(G2ProofOfPossession.SkToPk(rules.secret_scalar(secret)))

    def sign(self, secret: bytes, message: bytes) -> bytes:
        return bytes(G2ProofOfPossession.Sign(rules.secret_scalar(secret), message))

    def verify(self, public_key: bytes, message: bytes, signature: bytes) -> None:
        self.validate_key(public_key)
        self.validate_signature(signature)
        _require(G2ProofOfPossession.Verify(BLSPubkey(public_key), message, BLSSignature(signature)))

    def aggregate(self, signatures: Sequence[bytes]) -> bytes:
        rules.check_signature_list(signatures)
        for signature in signatures:
            self.validate_signature(signature)
        total = G2ProofOfPossession.Aggregate([BLSSignature(signature) for signature in signatures])
        if is_inf(signature_to_G2(total)):
            raise SignatureError("the signatures cancel out", field="signatures")
        return bytes(total)

    def fast_aggregate_verify(self, public_keys: Sequence[bytes], message: bytes, signature: bytes) -> None:
        rules.check_key_list(public_keys)
        total = Z1
        for public_key in public_keys:
            total = add(total, _key_point(public_key))
        if is_inf(total):
            raise CryptoKeyError("the public keys cancel out", field="public_keys")
        self.validate_signature(signature)
        _require(G2ProofOfPossession.Verify(G1_to_pubkey(total), message, BLSSignature(signature)))

    def aggregate_verify(
        self, public_keys: Sequence[bytes], messages: Sequence[bytes], signature: bytes
    ) -> None:
        rules.check_key_list(public_keys)
        rules.check_message_list(public_keys, messages)
        for public_key in public_keys:
            self.validate_key(public_key)
        self.validate_signature(signature)
        keys = [BLSPubkey(public_key) for public_key in public_keys]
        _require(G2ProofOfPossession.AggregateVerify(keys, messages, BLSSignature(signature)))

    def prove_possession(self, secret: bytes) -> bytes:
        return bytes(G2ProofOfPossession.PopProve(rules.secret_scalar(secret)))

    def verify_possession(self, public_key: bytes, proof: bytes) -> None:
        self.validate_key(public_key)
        self.validate_signature(proof)
        _require(G2ProofOfPossession.PopVerify(BLSPubkey(public_key), BLSSignature(proof)))

    def validate_key(self, public_key: bytes) -> None:
        _key_point(public_key)

    def validate_signature(self, signature: bytes) -> None:
        rules.check_signature_size(signature)
        try:
            point = signature_to_G2(BLSSignature(signature))
        except _MALFORMED:
            raise SignatureError("not the encoding of a point of the subgroup", field="signature") from None
        if is_inf(point):
            raise SignatureError("the identity point is no signature", field="signature")
        if not subgroup_check(point):
            raise SignatureError("not the encoding of a point of the subgroup", field="signature")


def _require(verified: bool) -> None:
    if not verified:
        raise SignatureError("the signature does not verify", field="signature")


@lru_cache(maxsize=KEYS_REMEMBERED)
def _key_point(public_key: bytes) -> G1Uncompressed:
    """The point a public key encodes; only valid keys are remembered."""
    rules.check_key_size(public_key)
    try:
        point = pubkey_to_G1(BLSPubkey(public_key))
    except _MALFORMED:
        raise CryptoKeyError("not the encoding of a point of the subgroup", field="public_key") from None
    if is_inf(point):
        raise CryptoKeyError("the identity point is no key", field="public_key")
    if not subgroup_check(point):
        raise CryptoKeyError("not the encoding of a point of the subgroup", field="public_key")
    return point
