"""What validators signed, read from the files they leave, with a reader of its own.

`docs/spec/formats.md` has no page for these files: their layout is told here again, so that a
change of it shows. A journal is a line of text and frames of length, two checksums
and a msgpack array; a witness file is lengths and msgpack arrays.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

_MAGIC = b"sealane-journal/1\n"
_SIGNED, _CAUGHT = 1, 2
_VOTE, _PROPOSAL = 1, 2

Said = defaultdict[tuple[Any, ...], set[bytes]]
"""Messages by what they speak for: a vote's type, height and round, or a proposal's height and round."""


class UnknownFormat(Exception):
    """The file is not laid out as this reader knows."""


def gather(path: Path, said: Said) -> None:
    """Add what a journal holds; while its node runs, up to the last whole record."""
    data = path.read_bytes()
    if not data.startswith(_MAGIC):
        raise UnknownFormat(f"{path} does not begin as a signing journal")
    offset = len(_MAGIC)
    while offset + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, offset)
        end = offset + 12 + length
        if end > len(data):
            return
        record = msgspec.msgpack.decode(data[offset + 12 : end])
        if record[0] == _SIGNED:
            _note(record[1], said)
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


def caught(node: str, witness: Path) -> Iterator[str]:
    """Contradictions of validators that a node caught."""
    data = witness.read_bytes()
    offset = 0
    while offset + 4 <= len(data):
        end = offset + 4 + int.from_bytes(data[offset : offset + 4], "big")
        if end > len(data):
            return
        record = msgspec.msgpack.decode(data[offset + 4 : end])
        if record[0] == _CAUGHT:
            yield f"{node} caught a validator that contradicted itself: {record[1][1:4]}"
        offset = end
