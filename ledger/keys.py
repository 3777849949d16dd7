"""ES256 keys: what members, nodes and organisations sign with.

ECDSA on P-256 with SHA-256 (RFC 9053 section 2.1), signatures as r || s in 64
bytes. Signing is deterministic (RFC 6979) and always low-S, so one key and one
message have one signature here; verification refuses high S, which would be a
second spelling of the same signature. Keys are named by their COSE key
thumbprint (RFC 9679). Making entropy and keeping files are the caller's job.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from ledger.errors import CryptoKeyError, SignatureError
from ledger.hashing import sha256
from ledger.primitives import Hash, decode_base64url, encode_base64url

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Order of P-256 (SEC 2 section 2.4.2)."""

PUBLIC_KEY_BYTES = 33
"""A public key is a compressed SEC 1 point."""

SIGNATURE_BYTES = 64

_ALGORITHM = ec.ECDSA(hashes.SHA256())
_DETERMINISTIC = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)


@dataclass(frozen=True, slots=False)
class PublicKey:
    """A P-256 public key that is known to be on the curve."""

    data: bytes
    """Compressed SEC 1 point, 33 bytes: the only encoding accepted."""
    _key: ec.EllipticCurvePublicKey = field(repr=False, compare=False)

    @staticmethod
    def from_bytes(data: bytes, *, field: str = "key") -> PublicKey:
        """The key that 33 bytes encode; `CryptoKeyError` when they are no point of P-256."""
        if len(data) != PUBLIC_KEY_BYTES:
            raise CryptoKeyError(f"expected a {PUBLIC_KEY_BYTES}-byte compressed P-256 point", field=field)
        try:
            return PublicKey(data, ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), data))
        except ValueError:
            raise CryptoKeyError("not a point of P-256", field=field) from None

    @staticmethod
    def from_text(text: str, *, field: str = "key") -> PublicKey:
        """The key that base64url text encodes; remembered, since ledgers name the same keys again."""
        return _from_text(text, field)

    @property
    def text(self) -> str:
        """The key as it is written in JSON."""
        return encode_base64url(self.data)

    @cached_property
    def thumbprint(self) -> Hash:
        """COSE key thumbprint (RFC 9679 section 4): SHA-256 of the required EC2 parameters."""
        numbers = self._key.public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        return sha256(b"\xa4\x01\x02\x20\x01\x21\x58\x20" + x + b"\x22\x58\x20" + y)

    def verify(self, signature: bytes, message: bytes) -> None:
        """Raise `SignatureError` unless `signature` is this key's low-S signature of `message`."""
        if len(signature) != SIGNATURE_BYTES:
            raise SignatureError(f"expected {SIGNATURE_BYTES} bytes", field="signature")
        s = int.from_bytes(signature[32:], "big")
        if s > ORDER // 2:
            raise SignatureError("high S: the same signature has a low-S spelling", field="signature")
        try:
            self._key.verify(
                encode_dss_signature(int.from_bytes(signature[:32], "big"), s), message, _ALGORITHM
            )
        except InvalidSignature:
            raise SignatureError(
                "the signature does not match the key and the content", field="signature"
            ) from None

    def to_cryptography(self) -> ec.EllipticCurvePublicKey:
        """The key as PyPI `cryptography` holds it, for certificates and foreign formats."""
        return self._key


@lru_cache(maxsize=4096)
def _from_text(text: str, field: str) -> PublicKey:
    return PublicKey.from_bytes(decode_base64url(text, field=field), field=field)


@dataclass(frozen=True, slots=False)
class SigningKey:
    """A P-256 private key. Its representation shows nothing of it."""

    _key: ec.EllipticCurvePrivateKey = field(repr=False)

    @staticmethod
    def from_entropy(entropy: bytes) -> SigningKey:
        """The key derived from at least 40 bytes of the caller's entropy.

        FIPS 186-5 appendix A.2.1: reduce N + 64 extra bits modulo n - 1, add 1.
        """
        if len(entropy) < 40:
            raise CryptoKeyError("a P-256 key needs at least 40 bytes of entropy", field="entropy")
        secret = int.from_bytes(entropy, "big") % (ORDER - 1) + 1
        return SigningKey(ec.derive_private_key(secret, ec.SECP256R1()))

    @staticmethod
    def from_cryptography(key: object) -> SigningKey:
        """Take a key that PyPI `cryptography` has loaded; `CryptoKeyError` unless it is P-256."""
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise CryptoKeyError("expected a P-256 private key", field="key")
        return SigningKey(key)

    @cached_property
    def public_key(self) -> PublicKey:
        """The public half."""
        numbers = self._key.public_key().public_numbers()
        return PublicKey.from_bytes(bytes([2 + numbers.y % 2]) + numbers.x.to_bytes(32, "big"))

    def sign(self, message: bytes) -> bytes:
        """The deterministic (RFC 6979), low-S, 64-byte signature of `message`."""
        r, s = decode_dss_signature(self._key.sign(message, _DETERMINISTIC))
        return r.to_bytes(32, "big") + min(s, ORDER - s).to_bytes(32, "big")

    def to_cryptography(self) -> ec.EllipticCurvePrivateKey:
        """The key as PyPI `cryptography` holds it, for key files and certificates."""
        return self._key


def low_s(signature: bytes) -> bytes:
    """The low-S spelling of a 64-byte signature; `SignatureError` when r or s is out of range."""
    if len(signature) != SIGNATURE_BYTES:
        raise SignatureError(f"expected {SIGNATURE_BYTES} bytes", field="signature")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if not (0 < r < ORDER and 0 < s < ORDER):
        raise SignatureError("r or s is out of range", field="signature")
    return signature if s <= ORDER // 2 else signature[:32] + (ORDER - s).to_bytes(32, "big")
