"""The bytes between two nodes: frames, and the greeting before them.

A WebSocket message is one or more frames. A frame is a kind, a channel, a request
id and a length (big-endian, ten bytes) and then the payload, which belongs to the
channel's handler. Everything here is pure; `WireError` means that no honest peer
sent this.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Iterator
from typing import Annotated, NamedTuple

import msgspec

from nodes.network.interface import Channel, PeerId
from nodes.network.limits import MAX_PAYLOAD_BYTES, MAX_REASON_BYTES

PROTOCOL_VERSION = 1
"""Nodes of different versions refuse each other by name rather than misread each other."""

MAX_HELLO_BYTES = 1_024
"""Names and numbers only."""

MAX_BATCH_FRAMES = 1_024
"""Most frames in one WebSocket message: handling them takes milliseconds, in which nothing else happens."""

_HEADER = struct.Struct(">BBII")

MAX_MESSAGE_BYTES = MAX_PAYLOAD_BYTES + _HEADER.size
"""Largest WebSocket message: one frame of the largest payload, or a batch of smaller ones."""


class WireError(Exception):
    """Bytes that are no frames or no greeting."""


class Kind(enum.IntEnum):
    """What a frame is."""

    MESSAGE = 1
    """Fire and forget; its request id is 0."""
    REQUEST = 2
    """Wants one answer under its id."""
    ANSWER = 3
    """The answer to a request of the receiver."""
    FAILURE = 4
    """No answer; the payload says why in UTF-8."""


class CloseCode(enum.IntEnum):
    """Why a node closes a connection, as a WebSocket close code (RFC 6455 section 7.4.2, private use)."""

    PROTOCOL_VERSION = 4001
    """The versions of the protocol differ."""
    WRONG_NETWORK = 4002
    """The other side belongs to another network."""
    NOT_A_MEMBER = 4003
    """The key is not, or no longer, in the directory."""
    WRONG_IDENTITY = 4004
    """The greeting, the key and the dialled node do not name the same peer."""
    DUPLICATE = 4005
    """There is another connection between the two nodes, which stays."""
    FAULT = 4006
    """The other side broke the protocol."""
    PENALTY = 4007
    """The other side broke the protocol a short while ago."""
    STOPPING = 4008
    """The node is about to stop."""


class Frame(NamedTuple):
    """One message, request or answer."""

    kind: Kind
    channel: Channel
    request_id: int
    """Chosen by the side that asks; 0 for messages."""
    payload: bytes


class Hello(msgspec.Struct, frozen=True, kw_only=True):
    """The first WebSocket message in each direction.

    Unknown fields are ignored, so that the version of a later protocol is readable.
    """

    version: int
    network: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    """Network id; nodes of two networks may share a key but never a connection."""
    organisation: Annotated[str, msgspec.Meta(max_length=48)]
    node: Annotated[str, msgspec.Meta(max_length=48)]
    software: Annotated[str, msgspec.Meta(max_length=64, pattern=r"\A[ -~]*\Z")]
    """Version of the node's software, for people, in ASCII."""
    instance: Annotated[bytes, msgspec.Meta(min_length=8, max_length=8)]
    """Drawn at every start: a new one means that connections to the old process are dead."""

    @property
    def peer(self) -> PeerId:
        """Who says hello."""
        return PeerId(self.organisation, self.node)


def encode_frame(kind: Kind, channel: Channel, request_id: int, payload: bytes) -> bytes:
    """The bytes of one frame; `ValueError` when the caller's payload is too large."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise ValueError(f"a payload of {len(payload)} bytes exceeds {MAX_PAYLOAD_BYTES}")
    return _HEADER.pack(kind, channel, request_id, len(payload)) + payload


def decode_frames(data: str | bytes) -> Iterator[Frame]:
    """The frames of a WebSocket message, in order; raises `WireError` where they end being frames."""
    if isinstance(data, str):
        raise WireError("a text message, which the protocol does not have")
    position = count = 0
    while position < len(data):
        count += 1
        if count > MAX_BATCH_FRAMES:
            raise WireError(f"more than {MAX_BATCH_FRAMES} frames in one message")
        start = position + _HEADER.size
        if start > len(data):
            raise WireError("a frame header is cut short")
        kind, channel, request_id, length = _HEADER.unpack_from(data, position)
        position = start + length
        if position > len(data):
            raise WireError(f"a frame announces {length} bytes, {len(data) - start} follow")
        try:
            frame = Frame(_KINDS[kind], _CHANNELS[channel], request_id, data[start:position])
        except KeyError:
            raise WireError(f"unknown kind {kind} or channel {channel}") from None
        if (frame.kind is Kind.MESSAGE) != (request_id == 0):
            raise WireError(f"request id {request_id} on a {frame.kind.name.lower()}")
        yield frame


def encode_hello(hello: Hello) -> bytes:
    """The bytes of a greeting."""
    return msgspec.msgpack.encode(hello)


def decode_hello(data: str | bytes) -> Hello:
    """The greeting that `data` encodes; raises `WireError`."""
    if isinstance(data, str) or len(data) > MAX_HELLO_BYTES:
        raise WireError("expected a short binary greeting")
    try:
        return msgspec.msgpack.decode(data, type=Hello)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise WireError(f"not a greeting: {error}") from None


def encode_reason(text: str) -> bytes:
    """A refusal as it travels: UTF-8, cut to a length that a close frame can carry."""
    return text.encode("utf-8", "replace")[:MAX_REASON_BYTES]


def decode_reason(data: bytes) -> str:
    """A peer's refusal, made safe to show and to log."""
    text = data[:MAX_REASON_BYTES].decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "?" for c in text) or "no reason given"


_KINDS = {int(kind): kind for kind in Kind}
_CHANNELS = {int(channel): channel for channel in Channel}
