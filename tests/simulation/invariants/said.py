"""Reading votes and proposals off the wire and out of journals, from docs/spec/consensus.md alone."""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

VOTE, PROPOSAL, BATCH = 1, 2, 3
"""Kinds of message (M2, M4, M5)."""

STEPS = {1: "prevote", 2: "precommit"}


class Said(NamedTuple):
    """One signed statement of a validator."""

    seat: int
    height: int
    round: int
    step: str
    """`proposal`, `prevote` or `precommit`."""
    block_id: bytes
    valid_round: int
    signature: bytes

    @property
    def place(self) -> tuple[int, int, str]:
        return self.height, self.round, self.step

    @property
    def content(self) -> tuple[bytes, int]:
        return self.block_id, self.valid_round


def block_id(header: Any) -> bytes:
    """The tagged hash of a header's canonical JSON (RFC 8785: sorted keys, no spaces)."""
    text = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return tagged("sealane/header/1", text.encode())


def tagged(tag: str, data: bytes) -> bytes:
    prefix = hashlib.sha256(tag.encode()).digest()
    return hashlib.sha256(prefix + prefix + data).digest()


def said_in(payload: bytes) -> list[Said]:
    """Every vote and proposal in a message, the sender's and others'."""
    if payload[:1] != b"\x01":
        return []
    message = msgspec.msgpack.decode(payload[1:])
    if message[0] == VOTE:
        return [_vote(message)]
    if message[0] == BATCH:
        return [_vote(vote) for vote in message[1]]
    if message[0] == PROPOSAL:
        _, height, round_, valid_round, seat, signature, _polka, block = message
        return [Said(seat, height, round_, "proposal", block_id(block["header"]), valid_round, signature)]
    return []


def _vote(fields: list[Any]) -> Said:
    _, kind, height, round_, block, valid_round, seat, signature = fields
    return Said(seat, height, round_, STEPS[kind], block, valid_round, signature)


def frames(data: bytes, offset: int) -> Iterator[tuple[int, bytes]]:
    """The whole frames of a journal or witness file from an offset on, each with where it ends."""
    while offset + 12 <= len(data):
        length, checksum, head = struct.unpack_from(">III", data, offset)
        end = offset + 12 + length
        if head != zlib.crc32(data[offset : offset + 8]) or end > len(data):
            return
        payload = data[offset + 12 : end]
        if zlib.crc32(payload) == checksum:
            yield end, payload
        offset = end


def in_message(network: bytes, validators_hash: bytes, said: Said) -> bytes:
    """What a vote signs."""
    kind = 1 if said.step == "prevote" else 2
    place = bytes([kind]) + said.height.to_bytes(8, "big") + said.round.to_bytes(4, "big")
    tail = said.valid_round.to_bytes(4, "big", signed=True) if kind == 1 else b""
    return (
        hashlib.sha256(b"sealane/vote/1").digest() + network + validators_hash + place + said.block_id + tail
    )


class Ballot(NamedTuple):
    """What a vote's signed bytes say."""

    step: str
    height: int
    round: int
    content: bytes


def ballot_of(message: bytes) -> Ballot | None:
    """The ballot in the bytes that a vote signs; None for a proposal's."""
    if message[:32] != hashlib.sha256(b"sealane/vote/1").digest():
        return None
    kind, rest = message[96], message[97:]
    return Ballot(STEPS[kind], int.from_bytes(rest[:8], "big"), int.from_bytes(rest[8:12], "big"), rest[12:])
