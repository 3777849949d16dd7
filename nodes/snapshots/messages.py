"""What nodes ask each other for to join, and what they answer: msgpack behind one version byte.

Portions of the state are kept on disk as these very bytes, by who serves them and by
who joins with them, so that serving one is reading a file. Nothing in here is
believed: see `checking`.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from ledger.block import Block, Header
from ledger.evidence import SetChange
from ledger.primitives import HASH_BYTES, MAX_SAFE_INTEGER, Height
from ledger.seal import Seal

WIRE_VERSION = 1

PORTION_BYTES = 1_048_576
"""A portion of the state ends with the record that reaches this size. Part of the protocol: portions of
two nodes must begin at the same records, so that one can go on where another ended."""

MAX_RECORDS = 65_536
"""Records in a portion, likewise: with at least 16 bytes each, the size ends it first."""

MAX_OFFERS = 4
"""Snapshots that a node offers; it keeps two."""

MAX_PAST_BLOCKS = 256
"""Blocks in one answer about the past."""

MAX_HANDOVERS = 64
"""Changes of the validator set in one answer: with 100 validators each has 20 kB."""

_KEY_BITS = 8 * HASH_BYTES

HeightField = Annotated[Height, Meta(ge=1, le=MAX_SAFE_INTEGER)]
AnchorField = Annotated[Height, Meta(ge=0, le=MAX_SAFE_INTEGER)]
DepthField = Annotated[int, Meta(ge=0, lt=_KEY_BITS)]
SubtreeField = Annotated[bytes, Meta(min_length=HASH_BYTES, max_length=2 * HASH_BYTES)]
SideField = tuple[DepthField, SubtreeField]

T = TypeVar("T", bound=msgspec.Struct)


class _Wire(msgspec.Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True):
    """Base of the messages."""


class GetOffers(_Wire, frozen=True, kw_only=True, tag_field="kind", tag=1):
    """Which snapshots are there?"""


class GetHandovers(_Wire, frozen=True, kw_only=True, tag_field="kind", tag=2):
    """Which headers handed over to another validator set, above a height?"""

    after: AnchorField


class GetPortion(_Wire, frozen=True, kw_only=True, tag_field="kind", tag=3):
    """The records of a snapshot that follow a place."""

    height: HeightField
    after: Annotated[bytes, Meta(max_length=HASH_BYTES)]
    """Key hash of the last record that is known; empty for the first portion."""


class GetPast(_Wire, frozen=True, kw_only=True, tag_field="kind", tag=4):
    """Blocks that end with the one at a height."""

    height: HeightField


Request = GetOffers | GetHandovers | GetPortion | GetPast


class Offer(_Wire, frozen=True, kw_only=True):
    """A block after which the state can be had."""

    header: Header
    seal: Seal


class Offers(_Wire, frozen=True, kw_only=True):
    """All of them, the newest first."""

    offers: Annotated[tuple[Offer, ...], Meta(max_length=MAX_OFFERS)]


class Handovers(_Wire, frozen=True, kw_only=True):
    """Consecutive changes of the validator set; none when there are no more."""

    changes: Annotated[tuple[SetChange, ...], Meta(max_length=MAX_HANDOVERS)]


class Portion(_Wire, frozen=True, kw_only=True):
    """Consecutive records by the hash of their keys, and what lies to the right of the last one's way."""

    records: Annotated[tuple[tuple[str, bytes], ...], Meta(min_length=1, max_length=MAX_RECORDS)]
    """Key and canonical JSON."""
    right: Annotated[tuple[SideField, ...], Meta(max_length=_KEY_BITS)]
    """None after the last record of all."""


class Past(_Wire, frozen=True, kw_only=True):
    """Consecutive blocks, and the log before them."""

    frontier: Annotated[bytes, Meta(max_length=8 + 64 * HASH_BYTES)]
    """As `ledger.merkle.Frontier.encode` writes it."""
    blocks: Annotated[tuple[Block, ...], Meta(min_length=1, max_length=MAX_PAST_BLOCKS)]


class NotUnderstood(Exception):
    """Bytes that no honest node sends, or keeps."""


_PREFIX = bytes([WIRE_VERSION])
_ENCODER = msgspec.msgpack.Encoder()
_DECODERS: dict[Any, msgspec.msgpack.Decoder[Any]] = {
    kind: msgspec.msgpack.Decoder(kind) for kind in (Request, Offers, Handovers, Portion, Past, Offer)
}


def encode(message: Request | Offers | Handovers | Portion | Past | Offer) -> bytes:
    """The message's bytes."""
    return _PREFIX + _ENCODER.encode(message)


def decode_request(data: bytes) -> Request:
    """The request that the bytes encode; raises `NotUnderstood`."""
    request: Request = _decode(data, Request)
    return request


def decode(data: bytes, kind: type[T]) -> T:
    """The answer of a kind that the bytes encode; raises `NotUnderstood`."""
    answer: T = _decode(data, kind)
    return answer


def _decode(data: bytes, kind: Any) -> Any:
    if not data.startswith(_PREFIX):
        raise NotUnderstood(f"expected version {WIRE_VERSION}")
    try:
        return _DECODERS[kind].decode(memoryview(data)[1:])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotUnderstood(f"not a message about snapshots: {error}") from None
