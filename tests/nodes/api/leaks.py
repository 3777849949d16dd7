"""Looking for secrets in what a node says and stores: plain, simply hashed, or encoded, however deep."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

from ledger.hashing import Tag, sha256, tagged_hash
from ledger.primitives import encode_base64url

MIN_SECRET = 5
"""Shorter texts than this stand in anything."""


def leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from leaves(one)
    elif not isinstance(value, bool):
        yield str(value)


def spellings(data: bytes) -> list[bytes]:
    """The ways in which bytes stand in JSON, in msgpack and in a database."""
    return [data, data.hex().encode(), data.hex().upper().encode(), encode_base64url(data).encode()]


def forms(text: bytes) -> list[bytes]:
    """A guessable text: as it is, and simply hashed, as it could be confirmed by whoever guesses it."""
    digests = [hashlib.new(name, text).digest() for name in ("sha256", "sha1", "md5", "sha512", "sha3_256")]
    digests += [sha256(json.dumps(text.decode()).encode())]
    digests += [tagged_hash(tag, text) for tag in Tag]
    digests += [tagged_hash(tag, bytes(16), text) for tag in (Tag.CONTAINER, Tag.COMMITMENT)]
    spelled = [
        one for digest in digests for one in (*spellings(digest), digest[:16], digest[:16].hex().encode())
    ]
    return [text, encode_base64url(text).encode(), text.hex().encode(), *spelled]


def unpacked(data: bytes, depth: int = 3) -> Iterator[bytes]:
    """Some bytes, and whatever is encoded in them: base64 and hexadecimal, as often as one is in another."""
    yield data
    if depth == 0:
        return
    for token in set(re.findall(rb"[A-Za-z0-9_+/-]{24,}", data)):
        for decode in (_base64, _hexadecimal):
            inner = decode(token)
            if inner:
                yield from unpacked(inner, depth - 1)


def _base64(token: bytes) -> bytes:
    try:
        return base64.b64decode(token.translate(bytes.maketrans(b"-_", b"+/")) + b"==", validate=False)
    except ValueError:
        return b""


def _hexadecimal(token: bytes) -> bytes:
    try:
        return bytes.fromhex(token.decode())
    except ValueError:
        return b""


Index = dict[bytes, list[tuple[bytes, str]]]


def indexed(secrets: dict[bytes, str]) -> Index:
    """Secrets by their first bytes, so that thousands are looked for in one pass."""
    found: Index = {}
    for secret, origin in secrets.items():
        found.setdefault(secret[:MIN_SECRET], []).append((secret, origin))
    return found


def found_in(data: bytes, secrets: Index) -> set[str]:
    """What of the secrets stands in some bytes, however it is encoded there."""
    whole = b"\x00".join(dict.fromkeys(unpacked(data)))
    return flat(whole, secrets)


def flat(data: bytes, secrets: Index) -> set[str]:
    """What of the secrets stands in some bytes as they are."""
    return {
        origin
        for place in range(len(data) - MIN_SECRET)
        if (begun := secrets.get(data[place : place + MIN_SECRET])) is not None
        for secret, origin in begun
        if data.startswith(secret, place) and not _by_chance(data, secret, place)
    }


def _by_chance(data: bytes, secret: bytes, place: int) -> bool:
    """Whether a few digits are part of a longer number, such as a time or a count of bytes."""
    around = data[max(place - 1, 0) : place] + data[place + len(secret) : place + len(secret) + 1]
    return len(secret) < 8 and secret.isdigit() and any(byte in b"0123456789." for byte in around)
