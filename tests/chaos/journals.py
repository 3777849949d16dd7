"""What validators signed, read from the files they leave, with a reader of its own.

The layout is told here a second time, so that a change of it shows. A journal is a
line of text and frames of length, CRC-32 of the record, CRC-32 of those two, and the
record in msgpack; between them are marks, which are records that hold their own
place in the file. What a node caught others at is lines of JSON.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

_MAGIC = b"sealane-journal/1\n"
_HEAD_BYTES = 12
_SIGNED = 1
_VOTE, _PROPOSAL = 1, 2

Said = defaultdict[tuple[Any, ...], set[bytes]]
"""Messages by what they speak for: a vote's type, height and round, or a proposal's height and round."""


class UnknownFormat(Exception):
    """The file is not laid out as this reader knows."""


def gather(path: Path, said: Said) -> None:
    """Add what a journal holds, whole records only."""
    data = path.read_bytes()
    if not data.startswith(_MAGIC):
        raise UnknownFormat(f"{path} does not begin as a signing journal")
    for record in _records(data):
        if record[0] == _SIGNED:
            _note(record[1], said)


def _records(data: bytes) -> Iterator[list[Any]]:
    """The records in whole frames, up to the first head that is torn; marks are no records."""
    offset = len(_MAGIC)
    while offset + _HEAD_BYTES <= len(data):
        length, of_record, of_head = struct.unpack_from(">III", data, offset)
        end = offset + _HEAD_BYTES + length
        if zlib.crc32(data[offset : offset + 8]) != of_head or end > len(data):
            return
        payload = data[offset + _HEAD_BYTES : end]
        if zlib.crc32(payload) == of_record and payload != offset.to_bytes(8, "big"):
            try:
                yield msgspec.msgpack.decode(payload, type=list)
            except msgspec.DecodeError as error:
                raise UnknownFormat(f"at byte {offset}: {error}") from error
        offset = end


def _note(message: bytes, said: Said) -> None:
    fields = msgspec.msgpack.decode(memoryview(message)[1:])
    if fields[0] == _VOTE:
        _, type_, height, round_ = fields[:4]
        said["vote", type_, height, round_].add(message)
    elif fields[0] == _PROPOSAL:
        said["proposal", *fields[1:3]].add(message)
    else:
        raise UnknownFormat(f"a journal holds a signed message of kind {fields[0]}")


def contradictions(node: str, said: Said) -> Iterator[str]:
    """Places for which a validator signed two different things."""
    for place, messages in said.items():
        if len(messages) > 1:
            yield f"{node} signed {len(messages)} different messages for {' '.join(map(str, place))}"


def caught(node: str, charges: Path) -> Iterator[str]:
    """Contradictions of validators that a node kept: a checksum and JSON on a line each."""
    for line in charges.read_text(encoding="utf-8").splitlines():
        if line:
            height = json.loads(line.partition(" ")[2])["height"]
            yield f"{node} caught a validator that contradicted itself at height {height}"
