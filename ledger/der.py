"""DER read strictly: one spelling for each value, or none (ITU-T X.690 section 10).

Certificates are judged by every node and by whoever replays the chain in years to
come, so nothing here may depend on how lenient some library is in some version.
What is read is a tree of tags and bytes; what they mean is for the caller.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ledger.errors import EncodingError

INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
OBJECT_ID: Final = 0x06
BOOLEAN: Final = 0x01
UTC_TIME: Final = 0x17
GENERALIZED_TIME: Final = 0x18
SEQUENCE: Final = 0x30

MAX_LENGTH_BYTES: Final = 3
"""Bytes of a length: sixteen megabytes are more than any certificate."""


@dataclass(frozen=True, slots=True)
class Element:
    """One value."""

    tag: int
    """Its tag, one byte."""
    content: bytes
    """What is inside."""
    whole: bytes
    """Tag, length and content."""

    def expect(self, tag: int, field: str) -> Element:
        """Itself; `EncodingError` unless it has this tag."""
        if self.tag != tag:
            raise EncodingError(f"expected DER tag {tag:#04x}, got {self.tag:#04x}", field=field)
        return self

    def parts(self, field: str) -> list[Element]:
        """The values inside, in order."""
        found, place = [], 0
        while place < len(self.content):
            element = _read(self.content, place, field)
            found.append(element)
            place += len(element.whole)
        return found


def read_der(data: bytes, field: str) -> Element:
    """The one value that the bytes are; `EncodingError` for anything before, behind or beside it."""
    element = _read(data, 0, field)
    if len(element.whole) != len(data):
        raise EncodingError("bytes follow the DER value", field=field)
    return element


def _read(data: bytes, place: int, field: str) -> Element:
    if place + 2 > len(data):
        raise EncodingError("the DER value is cut short", field=field)
    tag, first, start = data[place], data[place + 1], place + 2
    if tag & 0x1F == 0x1F:
        raise EncodingError("a DER tag of several bytes", field=field)
    length = first
    if first >= 0x80:
        count = first - 0x80
        digits = data[start : start + count]
        if not 1 <= count <= MAX_LENGTH_BYTES or len(digits) != count:
            raise EncodingError("a DER length that is indefinite, cut short or absurd", field=field)
        length = int.from_bytes(digits, "big")
        if length < 0x80 or digits[0] == 0:
            raise EncodingError("a DER length that is not the shortest", field=field)
        start += count
    if start + length > len(data):
        raise EncodingError("the DER value is cut short", field=field)
    return Element(tag=tag, content=data[start : start + length], whole=data[place : start + length])


def integer(element: Element, field: str) -> int:
    """A non-negative integer in its shortest form."""
    content = element.expect(INTEGER, field).content
    if not content or content[0] >= 0x80 or (len(content) > 1 and content[0] == 0 and content[1] < 0x80):
        raise EncodingError("an integer that is negative or not in its shortest form", field=field)
    return int.from_bytes(content, "big")


def bit_string(element: Element, field: str) -> bytes:
    """The bytes of a bit string without unused bits."""
    content = element.expect(BIT_STRING, field).content
    if not content or content[0] != 0:
        raise EncodingError("a bit string that does not fill its bytes", field=field)
    return content[1:]


def boolean(element: Element, field: str) -> bool:
    """True; DER leaves out what is false by default."""
    if element.expect(BOOLEAN, field).content != b"\xff":
        raise EncodingError("a boolean that is not spelled as true", field=field)
    return True
