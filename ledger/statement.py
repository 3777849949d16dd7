"""Statements: one act signed by one member, as a COSE_Sign1 message.

Layout (RFC 9052 section 4.2, tag 18; ES256; deterministic CBOR, RFC 8949 4.2):

    18([ protected, {}, payload, signature ])
    protected = { 1: -7, 3: content type, 4: kid, 15: { 1: issuer, 2: subject } }
    payload   = the act and its envelope as canonical JSON

`kid` is the key's RFC 9679 thumbprint; 15 holds CWT claims (RFC 9597). The leaf
of the log is these bytes with an empty unprotected header, so what a sender adds
there is dropped before anything is hashed (RFC 9943). The statement id is the
hash of the Sig_structure: a second signature of the same content has the same
id. This file reads and writes statements and checks a signature against a given
key; whose key it is, and whether the act is allowed, is the contracts' to say.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import cbor2
import msgspec

from ledger import canonical
from ledger.canonical import Canonical
from ledger.errors import EncodingError, StatementError
from ledger.genesis import Name
from ledger.hashing import Tag, tagged_hash
from ledger.keys import SIGNATURE_BYTES, PublicKey, SigningKey, low_s
from ledger.primitives import Hash, HexHash, UInt, decode_base64url, encode_base64url

CONTENT_TYPE = "application/vnd.sealane.act+json"
"""Media type of the payload."""

PAYLOAD_VERSION = 1

MAX_STATEMENT_BYTES = 65_536
"""Acts carry commitments, never documents: the largest, a batch of references, fits well below."""

NONCE_BYTES = 16

COSE_SIGN1_TAG = 18

MAX_CBOR_DEPTH = 8
"""Deepest nesting of a message; ours reach 3, and an unprotected header may hold a certificate chain."""

_SIGNATURE1 = b"\x84\x6aSignature1"
_EMPTY_BYTES = b"\x40"


ActName = Annotated[str, msgspec.Meta(pattern=r"\A[a-z]+\.[a-z_]+\Z", max_length=64)]
"""An act, such as `bill.transfer`."""


class Payload(Canonical, frozen=True, kw_only=True):
    """The envelope around an act."""

    version: UInt
    """Version of this format."""
    network: HexHash
    """The network the act is meant for; on any other it is void."""
    type: ActName
    """The act, such as `bill.transfer`."""
    body: msgspec.Raw
    """The act's own fields, one canonical JSON object, which the contract of `type` decodes."""
    expected_version: UInt
    """Version of the subject record that the act builds on; 0 requires its absence."""
    last_valid_ms: UInt
    """Last block time at which the act may take effect."""
    nonce: Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{22}\Z")]
    """16 random bytes, so that two equal acts are two statements."""
    on_behalf_of: Name | None = None
    """The organisation in whose name the issuer acts, when not its own; that takes a mandate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A well-formed statement. Its signature is not yet verified."""

    leaf: bytes
    """The bytes that the log holds: low S, empty unprotected header."""
    id: Hash
    """Hash of the Sig_structure."""
    kid: Hash
    """Thumbprint of the key said to have signed."""
    issuer: str
    """The member that acts, as `organisation/name`."""
    subject: str
    """Key of the record acted on, such as `bill/<64 hex digits>`."""
    payload: Payload
    """The act in its envelope."""
    signature: bytes
    """64 bytes, low S."""
    signed_bytes: bytes
    """The Sig_structure that the signature covers."""

    def verify(self, key: PublicKey) -> None:
        """Raise `SignatureError` unless `key` signed this, `StatementError` when kid names another key."""
        if key.thumbprint != self.kid:
            raise StatementError("kid names another key than the member's", field="kid")
        key.verify(self.signature, self.signed_bytes)

    def cache_key(self, key: PublicKey) -> Hash:
        """Where the outcome of `verify` may be remembered: bound to every byte, never to the id alone."""
        return tagged_hash(Tag.ENTRY_CACHE, key.data, self.leaf)


def head(major: int, value: int) -> bytes:
    """The shortest CBOR head of a major type and argument (RFC 8949 section 4.2.1)."""
    kind = major << 5
    if value < 24:
        return bytes((kind | value,))
    if value < 1 << 8:
        return bytes((kind | 24, value))
    if value < 1 << 16:
        return bytes((kind | 25, value >> 8, value & 255))
    if value < 1 << 32:
        return bytes((kind | 26,)) + value.to_bytes(4, "big")
    return bytes((kind | 27,)) + value.to_bytes(8, "big")


def cbor_bytes(data: bytes) -> bytes:
    """A CBOR byte string in deterministic form."""
    return head(2, len(data)) + data


def _text(text: str) -> bytes:
    data = text.encode("utf-8")
    return head(3, len(data)) + data


def _protected(kid: bytes, issuer: str, subject: str) -> bytes:
    claims = b"\xa2\x01" + _text(issuer) + b"\x02" + _text(subject)
    return b"\xa4\x01\x26\x03" + _text(CONTENT_TYPE) + b"\x04" + cbor_bytes(kid) + b"\x0f" + claims


def _signed_bytes(protected: bytes, payload: bytes) -> bytes:
    return _SIGNATURE1 + cbor_bytes(protected) + _EMPTY_BYTES + cbor_bytes(payload)


def _leaf(protected: bytes, payload: bytes, signature: bytes) -> bytes:
    return b"\xd2\x84" + cbor_bytes(protected) + b"\xa0" + cbor_bytes(payload) + cbor_bytes(signature)


def sign_statement(key: SigningKey, *, issuer: str, subject: str, payload: Payload) -> bytes:
    """The leaf bytes of a statement by `issuer`, signed with `key`, about the record `subject`."""
    protected = _protected(key.public_key.thumbprint, issuer, subject)
    data = canonical.encode(payload)
    return _leaf(protected, data, key.sign(_signed_bytes(protected, data)))


def make_payload(
    *,
    network: Hash,
    act: str,
    body: Any,
    expected_version: int,
    last_valid_ms: int,
    nonce: bytes,
    on_behalf_of: str | None = None,
) -> Payload:
    """A payload for an act's body, a Canonical value or plain JSON-like data; `nonce` is 16 random bytes."""
    return Payload(
        version=PAYLOAD_VERSION,
        network=network.hex(),
        type=act,
        body=msgspec.Raw(canonical.encode(body)),
        expected_version=expected_version,
        last_valid_ms=last_valid_ms,
        nonce=encode_base64url(nonce),
        on_behalf_of=on_behalf_of,
    )


def parse_statement(data: bytes, *, normalise: bool = False) -> Statement:
    """The statement that `data` encodes.

    With `normalise`, as on first receipt, the unprotected header is emptied and
    a high S is turned low; without it, as inside a block, both are refused.
    Raises `EncodingError`, `SignatureError` or `StatementError`, each naming the field.
    """
    if len(data) > MAX_STATEMENT_BYTES:
        raise EncodingError(
            f"{len(data)} bytes, the limit for a statement is {MAX_STATEMENT_BYTES}", field="statement"
        )
    protected, body, signature = _read_sign1(data)
    kid, issuer, subject = _read_protected(protected)
    low = low_s(signature)
    payload = canonical.decode(body, Payload, max_bytes=MAX_STATEMENT_BYTES, field="payload")
    if payload.version != PAYLOAD_VERSION:
        raise StatementError(f"payload version {payload.version} is not known here", field="payload.version")
    decode_base64url(payload.nonce, field="payload.nonce", length=NONCE_BYTES)
    canonical.decode(bytes(payload.body), dict, max_bytes=MAX_STATEMENT_BYTES, field="payload.body")
    leaf = _leaf(protected, body, low)
    if not normalise and leaf != data:
        raise StatementError(
            "not the accepted encoding: a second form of the same statement", field="statement"
        )
    signed = _signed_bytes(protected, body)
    return Statement(
        leaf=leaf,
        id=tagged_hash(Tag.STATEMENT, signed),
        kid=Hash(kid),
        issuer=issuer,
        subject=subject,
        payload=payload,
        signature=low,
        signed_bytes=signed,
    )


def _read_sign1(data: bytes) -> tuple[bytes, bytes, bytes]:
    value = decode_cbor(data, field="statement")
    if not isinstance(value, cbor2.CBORTag) or value.tag != COSE_SIGN1_TAG:
        raise StatementError("expected a tagged COSE_Sign1 message (tag 18)", field="statement")
    parts = value.value
    if not isinstance(parts, (list, tuple)) or len(parts) != 4:
        raise StatementError("a COSE_Sign1 message has four parts", field="statement")
    protected, unprotected, payload, signature = parts
    if not isinstance(unprotected, Mapping):
        raise StatementError("the unprotected header is a map", field="statement")
    if not (isinstance(protected, bytes) and isinstance(payload, bytes) and isinstance(signature, bytes)):
        raise StatementError("protected header, payload and signature are byte strings", field="statement")
    if len(signature) != SIGNATURE_BYTES:
        raise StatementError(f"an ES256 signature has {SIGNATURE_BYTES} bytes", field="signature")
    return protected, payload, signature


def _read_protected(protected: bytes) -> tuple[bytes, str, str]:
    header = decode_cbor(protected, field="protected")
    try:
        kid, claims = header[4], header[15]
        issuer, subject = claims[1], claims[2]
        again = _protected(kid, issuer, subject)
    except (TypeError, KeyError, IndexError, AttributeError):
        raise StatementError(
            "expected alg, content type, kid and the claims iss and sub", field="protected"
        ) from None
    if again != protected or len(kid) != 32:
        raise StatementError(
            f"expected exactly ES256, {CONTENT_TYPE}, a 32-byte kid, iss and sub, in deterministic CBOR",
            field="protected",
        )
    return kid, issuer, subject


class _OnlySign1(dict[int, Callable[[Any, bool], Any]]):
    """Decoders of semantic tags: none, for any tag but COSE_Sign1's, which stays a plain tag.

    Others would build what nobody asked for here: shared references make a map key of 600 bytes
    that takes for ever to hash, and big integers make keys that collide.
    """

    def __missing__(self, tag: int) -> Callable[[Any, bool], Any]:
        if tag == COSE_SIGN1_TAG:
            raise KeyError(tag)
        raise ValueError(f"tag {tag} has no place here")


def decode_cbor(data: bytes, *, field: str) -> Any:
    """One CBOR item and nothing after it; `EncodingError` naming `field` for anything else.

    Also refused: indefinite lengths, repeated map keys, deep nesting, and every tag but 18.
    """
    stream = io.BytesIO(data)
    try:
        value = cbor2.CBORDecoder(
            stream,
            semantic_decoders=_OnlySign1(),
            max_depth=MAX_CBOR_DEPTH,
            allow_indefinite=False,
            allow_duplicate_keys=False,
        ).decode()
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, RecursionError, MemoryError) as error:
        raise EncodingError(f"not CBOR: {type(error).__name__}", field=field) from None
    if stream.read(1):
        raise EncodingError("bytes follow the end of the CBOR item", field=field)
    return value
