"""How records lie in a file: length, CRC-32 of the record, CRC-32 of those two, and the record.

The head has a checksum of its own, so that a damaged length is never believed, and
so that records can be stepped over unread. What a damaged frame means is for the
owner of the file.
"""

from __future__ import annotations

import struct
import zlib

_HEAD = struct.Struct(">III")
_CHECKED = 8

HEAD_BYTES = _HEAD.size


def frame(payload: bytes) -> bytes:
    """A record in its frame."""
    checked = struct.pack(">II", len(payload), zlib.crc32(payload))
    return checked + struct.pack(">I", zlib.crc32(checked)) + payload


def claimed_end(data: bytes, offset: int) -> int | None:
    """Where the frame at `offset` says that it ends; None when its head is cut short or damaged."""
    if offset + HEAD_BYTES > len(data):
        return None
    length, _, check = _HEAD.unpack_from(data, offset)
    if check != zlib.crc32(data[offset : offset + _CHECKED]):
        return None
    return offset + HEAD_BYTES + int(length)


def read_frame(data: bytes, offset: int) -> bytes | None:
    """The record in the frame at `offset`; None when it is cut short or damaged."""
    end = claimed_end(data, offset)
    if end is None or end > len(data):
        return None
    _, checksum, _ = _HEAD.unpack_from(data, offset)
    payload = data[offset + HEAD_BYTES : end]
    return payload if zlib.crc32(payload) == checksum else None
