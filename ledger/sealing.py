"""Contents sealed to organisations: encrypted once, their key sealed to everyone who may read them.

A content is encrypted with AES-256-GCM (NIST SP 800-38D) under a key of its own.
That key is sealed with HPKE (RFC 9180, base mode: DHKEM(X25519, HKDF-SHA256),
HKDF-SHA256, AES-256-GCM) to the contents key of each organisation that may read,
as the ledger names it. To seal it to one more needs the content's key and not the
content. Commitment, kind and record are in clear, for whoever only stores it; both
encryptions are bound to them, so one content cannot be passed off as another.
Callers supply content keys, nonces, and HPKE's sealing operation, which draws an
ephemeral key; who is entitled is for the contracts to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from ledger.errors import CryptoKeyError, EncodingError, SealingError
from ledger.primitives import Hash, decode_base64url, encode_base64url

SEALED_VERSION = 1

SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)

KEY_BYTES = 32
"""Of an X25519 key, public or private, and of a content's key."""

NONCE_BYTES = 12

SEALED_KEY_BYTES = 80
"""An encapsulated key of 32 bytes, and a content's key with its tag of 16."""

MAX_RECIPIENTS = 200
"""More organisations than any bill has parties and offices."""

OVERHEAD_BYTES = 256 + MAX_RECIPIENTS * (KEY_BYTES + SEALED_KEY_BYTES + 8)
"""What sealing adds to a content at most."""

SealOperation = Callable[[bytes, X25519PublicKey, bytes], bytes]
"""HPKE SealBase in one shot: plaintext, recipient, info. `SUITE.encrypt`, except in tests."""

_INFO = b"sealane/contents/1"
_KINDS = ("bill", "declaration", "document")
_PRIME = 2**255 - 19
_PROBE = X25519PrivateKey.from_private_bytes(b"\x40" * KEY_BYTES)


class Recipient(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The content's key, sealed to one organisation."""

    key: bytes
    """The contents key it is sealed to, 32 bytes."""
    sealed: bytes
    """Encapsulated key and ciphertext, 80 bytes."""


class SealedContent(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A content as it is stored, and as it travels."""

    version: int
    commitment: bytes
    """What the content opens, 32 bytes."""
    kind: str
    """`bill`, `declaration` or `document`."""
    subject: str
    """Key of the record that it belongs to."""
    recipients: tuple[Recipient, ...]
    """By rising key."""
    nonce: bytes
    data: bytes
    """The encrypted content with its tag."""

    def recipient(self, key: bytes) -> Recipient | None:
        """What is sealed to a contents key, if anything."""
        return next((one for one in self.recipients if one.key == key), None)

    def only(self, recipient: Recipient) -> SealedContent:
        """The same without what is sealed to others."""
        return msgspec.structs.replace(self, recipients=(recipient,))


@dataclass(frozen=True, slots=False)
class ContentsKey:
    """An organisation's private contents key. Its representation shows nothing of it."""

    _key: X25519PrivateKey = field(repr=False)

    @staticmethod
    def from_bytes(secret: bytes) -> ContentsKey:
        """The key with these 32 bytes of the caller's entropy (RFC 7748 section 5)."""
        if len(secret) != KEY_BYTES:
            raise CryptoKeyError(f"expected {KEY_BYTES} bytes", field="contents_key")
        return ContentsKey(X25519PrivateKey.from_private_bytes(secret))

    @staticmethod
    def from_cryptography(key: object) -> ContentsKey:
        """Take a key that PyPI `cryptography` has loaded; `CryptoKeyError` unless it is X25519."""
        if not isinstance(key, X25519PrivateKey):
            raise CryptoKeyError("expected an X25519 private key", field="contents_key")
        return ContentsKey(key)

    @cached_property
    def public(self) -> bytes:
        """The public half, 32 bytes."""
        return self._key.public_key().public_bytes_raw()

    @property
    def text(self) -> str:
        """The public half as the ledger writes it."""
        return encode_base64url(self.public)

    def to_cryptography(self) -> X25519PrivateKey:
        """The key as PyPI `cryptography` holds it, for key files."""
        return self._key


class Keyring:
    """The contents keys at hand, of one organisation or several, current and replaced."""

    def __init__(self, keys: Iterable[ContentsKey] = ()) -> None:
        self._keys = {key.public: key for key in keys}

    def __bool__(self) -> bool:
        """Whether there is any key at all."""
        return bool(self._keys)

    def holds(self, public: bytes | None) -> bool:
        """Whether the private half of a contents key is here."""
        return public in self._keys

    def can_open(self, sealed: SealedContent) -> bool:
        """Whether a content's key is sealed to one of these keys."""
        return any(one.key in self._keys for one in sealed.recipients)

    def content_key(self, sealed: SealedContent) -> bytes:
        """The key of a content; `SealingError` when it is sealed to none of these, or damaged."""
        info = _bound(sealed.commitment, sealed.kind, sealed.subject)
        for one in sealed.recipients:
            holder = self._keys.get(one.key)
            if holder is None:
                continue
            try:
                key = SUITE.decrypt(one.sealed, holder.to_cryptography(), info)
            except (InvalidTag, ValueError):
                raise SealingError("its key is damaged, or of another content") from None
            if len(key) == KEY_BYTES:
                return key
        raise SealingError("it is sealed to other organisations, or to a key that is not here")

    def open(self, sealed: SealedContent) -> bytes:
        """The content; `SealingError` as for `content_key`."""
        key = self.content_key(sealed)
        bound = _bound(sealed.commitment, sealed.kind, sealed.subject)
        try:
            return AESGCM(key).decrypt(sealed.nonce, sealed.data, bound)
        except (InvalidTag, ValueError):
            raise SealingError("it is damaged, or another content") from None


def check_contents_key(data: bytes, *, field: str = "contents_key") -> X25519PublicKey:
    """The public key of these 32 bytes; `CryptoKeyError` for one with which every secret is zero.

    RFC 7748 section 6.1, RFC 9180 section 7.1.4: points of small order are refused. So is a second
    spelling of a key, which RFC 7748 section 5 lets a reader take: keys are compared as bytes.
    """
    if len(data) != KEY_BYTES:
        raise CryptoKeyError(f"expected {KEY_BYTES} bytes", field=field)
    key = X25519PublicKey.from_public_bytes(data)
    try:
        _PROBE.exchange(key)
    except ValueError:
        raise CryptoKeyError("a point of small order is no key", field=field) from None
    if int.from_bytes(data, "little") >= _PRIME:
        raise CryptoKeyError("a key has one spelling, below 2^255 - 19", field=field)
    return key


def contents_key_from_text(text: str, *, field: str = "contents_key") -> bytes:
    """The public contents key that base64url text encodes; raises as `check_contents_key` does."""
    data = decode_base64url(text, field=field, length=KEY_BYTES)
    check_contents_key(data, field=field)
    return data


def seal_content(
    data: bytes,
    *,
    commitment: Hash,
    kind: str,
    subject: str,
    keys: Sequence[bytes],
    content_key: bytes,
    nonce: bytes,
    seal: SealOperation = SUITE.encrypt,
) -> SealedContent:
    """A content under a fresh key and nonce, its key sealed to each of the public `keys`."""
    bound = _bound(commitment, kind, subject)
    return SealedContent(
        version=SEALED_VERSION,
        commitment=bytes(commitment),
        kind=kind,
        subject=subject,
        recipients=_recipients(content_key, keys, bound, seal),
        nonce=nonce,
        data=AESGCM(content_key).encrypt(nonce, data, bound),
    )


def reseal(
    sealed: SealedContent, content_key: bytes, keys: Sequence[bytes], *, seal: SealOperation = SUITE.encrypt
) -> SealedContent:
    """The same content, its key sealed to these public `keys` and to no other."""
    bound = _bound(sealed.commitment, sealed.kind, sealed.subject)
    return msgspec.structs.replace(sealed, recipients=_recipients(content_key, keys, bound, seal))


def _recipients(
    content_key: bytes, keys: Sequence[bytes], bound: bytes, seal: SealOperation
) -> tuple[Recipient, ...]:
    return tuple(
        Recipient(key, seal(content_key, check_contents_key(key), bound))
        for key in sorted(dict.fromkeys(keys))
    )


def _bound(commitment: bytes, kind: str, subject: str) -> bytes:
    """What both encryptions are bound to: info of HPKE, associated data of the content."""
    return _INFO + msgspec.msgpack.encode((bytes(commitment), kind, subject))


def encode_sealed(sealed: SealedContent) -> bytes:
    """The bytes of a sealed content."""
    return msgspec.msgpack.encode(sealed)


def is_sealed(data: bytes) -> bool:
    """Whether bytes claim to be a sealed content, and not a package in clear, which is JSON."""
    return data[:1] == b"\x97"


def parse_sealed(data: bytes) -> SealedContent:
    """The sealed content that the bytes encode; `EncodingError` names the field at fault."""
    try:
        sealed = msgspec.msgpack.decode(data, type=SealedContent)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise EncodingError(f"no sealed content: {error}", field="sealed") from None
    if sealed.version != SEALED_VERSION:
        raise EncodingError(f"version {sealed.version} is not known here", field="sealed.version")
    if len(sealed.commitment) != KEY_BYTES:
        raise EncodingError("expected 32 bytes", field="sealed.commitment")
    if sealed.kind not in _KINDS or not sealed.subject.startswith(f"{sealed.kind}/"):
        raise EncodingError(f"expected one of {', '.join(_KINDS)}, and its record", field="sealed.kind")
    if len(sealed.nonce) != NONCE_BYTES:
        raise EncodingError(f"expected {NONCE_BYTES} bytes", field="sealed.nonce")
    keys = [one.key for one in sealed.recipients]
    if not 0 < len(keys) <= MAX_RECIPIENTS or keys != sorted(set(keys)):
        raise EncodingError(f"expected 1 to {MAX_RECIPIENTS} keys, rising", field="sealed.recipients")
    if any((len(one.key), len(one.sealed)) != (KEY_BYTES, SEALED_KEY_BYTES) for one in sealed.recipients):
        raise EncodingError("a key or what is sealed to it has another length", field="sealed.recipients")
    if encode_sealed(sealed) != data:
        raise EncodingError("not in its one form", field="sealed")
    return sealed
