"""Reading a CBOR array of byte strings (RFC 8949), and nothing else that CBOR can say.

A general decoder would build whatever four megabytes can describe before anyone
could object. Here each length is checked against its bound before it is used.
"""

from __future__ import annotations

from ledger.errors import EncodingError

_ARRAY, _BYTES = 4, 2


def read_byte_strings(data: bytes, *, max_items: int, max_item_bytes: int) -> list[bytes]:
    """The byte strings in an array of definite length; `EncodingError` for anything else or too many."""
    count, place = _head(data, 0, _ARRAY, "batch")
    if not 1 <= count <= max_items:
        raise EncodingError(f"expected 1 to {max_items} statements, got {count}", field="batch")
    items = []
    for number in range(count):
        field = f"batch.{number}"
        size, place = _head(data, place, _BYTES, field)
        if size > max_item_bytes:
            raise EncodingError(f"{size} bytes, the limit for a statement is {max_item_bytes}", field=field)
        if len(data) - place < size:
            raise EncodingError("the batch ends within this statement", field=field)
        items.append(data[place : place + size])
        place += size
    if place != len(data):
        raise EncodingError("bytes follow the end of the array", field="batch")
    return items


def _head(data: bytes, place: int, major: int, field: str) -> tuple[int, int]:
    """Argument and end of the head at a place, which must be of a major type and of definite length."""
    first = data[place] if place < len(data) else 0xFF
    short = first & 0x1F
    if first >> 5 != major or short > 27:
        kind = "a CBOR array" if major == _ARRAY else "a CBOR byte string"
        raise EncodingError(f"expected {kind} of definite length", field=field)
    if short < 24:
        return short, place + 1
    end = place + 1 + (1 << short - 24)
    if end > len(data):
        raise EncodingError("the batch ends within a length", field=field)
    return int.from_bytes(data[place + 1 : end], "big"), end
