"""The small types that every layer shares, and the strings that stand for bytes.

Heights, rounds, indexes and times are distinct types so that one cannot be
passed for another. In JSON a hash is 64 lower-case hexadecimal digits, because
people read, compare and paste hashes; every other byte string is base64url
without padding (RFC 4648 section 5), of which exactly one spelling is accepted.
"""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, NewType

import msgspec

from ledger.errors import EncodingError

Hash = NewType("Hash", bytes)
"""A SHA-256 digest: 32 bytes."""

Height = NewType("Height", int)
"""Position of a block in the chain; the genesis is 0."""

Round = NewType("Round", int)
"""Attempt at deciding a height, from 0."""

EntryIndex = NewType("EntryIndex", int)
"""Position of an entry in the log; the genesis document is 0."""

TimeMs = NewType("TimeMs", int)
"""Milliseconds since 1970-01-01T00:00:00Z, always block time inside the core."""

MAX_SAFE_INTEGER = 2**53 - 1
"""Largest integer that every JSON implementation keeps exactly (RFC 8785 section 3.2.2.3)."""

HASH_BYTES = 32

UInt = Annotated[int, msgspec.Meta(ge=0, le=MAX_SAFE_INTEGER)]
"""A non-negative integer that survives JSON."""

HexHash = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
"""A hash as it is written in JSON."""

Base64Url = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]*\Z", max_length=1_400_000)]
"""Bytes as they are written in JSON; `decode_base64url` still has to accept them."""


def encode_base64url(data: bytes) -> str:
    """Bytes as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode_base64url(text: str, *, field: str, length: int | None = None) -> bytes:
    """The bytes that `text` spells.

    Raises `EncodingError` for padding, foreign characters, stray trailing bits
    or, where `length` is given, any other number of bytes.
    """
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise EncodingError(f"expected base64url without padding: {error}", field=field) from None
    if encode_base64url(data) != text:
        raise EncodingError("this base64url is not the one spelling of its bytes", field=field)
    if length is not None and len(data) != length:
        raise EncodingError(f"expected {length} bytes, got {len(data)}", field=field)
    return data


def decode_hash(text: str, *, field: str) -> Hash:
    """The 32 bytes that 64 lower-case hexadecimal digits spell; `EncodingError` otherwise."""
    if len(text) != 2 * HASH_BYTES or not set(text) <= set("0123456789abcdef"):
        raise EncodingError("expected 64 lower-case hexadecimal digits", field=field)
    return Hash(bytes.fromhex(text))
