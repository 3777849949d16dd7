"""Values of JSON, msgpack, CBOR and XML as trees that can say what their formats should not.

A tree is plain data, with `Pairs` for maps (a key may come twice), `Lie` for a
container whose head announces another length than it has, and `Odd` for what
each format spells in a way that no encoder of its own would.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

import cbor2
import msgspec

from contracts.documents.xml_tree import Element, parse_xml


class Pair(list[Any]):
    """A key and its value."""


class Tagged(list[Any]):
    """What a CBOR tag holds, alone in a list."""

    tag = 0


class Pairs(list[Any]):
    """A map: its pairs in the order and number in which they are written."""


@dataclass(frozen=True)
class Lie:
    """A list, map or text whose announced length is off by `by`.

    JSON, which announces none, loses or repeats its end.
    """

    inner: Any
    by: int


@dataclass(frozen=True)
class Odd:
    """Bytes written as they are: JSON, msgpack, CBOR."""

    json: bytes
    msgpack: bytes
    cbor: bytes


ODDITIES = (
    Odd(b'"\xff"', b"\xa1\xff", b"\x61\xff"),  # text that is not UTF-8
    Odd(b'"\\ud800"', b"\xa3\xed\xa0\x80", b"\x63\xed\xa0\x80"),  # half a surrogate pair
    Odd(b"NaN", b"\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00", b"\xf9\x7e\x00"),
    Odd(b"Infinity", b"\xca\x7f\x80\x00\x00", b"\xf9\x7c\x00"),
    Odd(b"1e400", b"\xcb\x40\x00\x00\x00\x00\x00\x00\x00", b"\xfb\x40\x00\x00\x00\x00\x00\x00\x00"),
    Odd(b"-0", b"\xd3" + bytes(8), b"\x1b" + bytes(8)),  # a zero in more bytes than it needs
    Odd(b"1.0", b"\xd2\x00\x00\x00\x01", b"\x18\x01"),
    Odd(b'"\\u0061"', b"\xd9\x01a", b"\x78\x01a"),
    Odd(b" 1", b"\xcd\x00\x01", b"\x19\x00\x01"),
    Odd(b"1" * 5_000, b"\xcf" + b"\xff" * 8, b"\xc2\x58\x40" + b"\xff" * 64),
    Odd(b"[" * 40, b"\x91" * 40, b"\x81" * 40),
    Odd(b"[" * 2_000 + b"]" * 2_000, b"\x91" * 2_000 + b"\xc0", b"\x81" * 2_000 + b"\xf6"),
    Odd(b'{"a":1,"a":2}', b"\x82\xa1a\x01\xa1a\x02", b"\xa2\x61a\x01\x61a\x02"),
    Odd(b"", b"\xc1", b"\xff"),
    Odd(b"{}x", b"\xc7\x04\x05abcd", b"\xd8\x18\x41\x00"),  # an extension; embedded CBOR
    Odd(b"[]", b"\xdd\xff\xff\xff\xff", b"\x9f\xff"),  # four thousand million items; indefinite length
    Odd(b'""', b"\xc6\xff\xff\xff\xff", b"\x7f\x61a\xff"),
    Odd(b"null", b"\xd6\xff\x00\x00\x00\x00", b"\xf7"),  # a timestamp; undefined
    Odd(
        b"[[]]", b"\x81\x80\x01", b"\xd8\x1c\x81\xd8\x1d\x00"
    ),  # a map as a key; a shared reference to itself
)
"""What a careful decoder refuses, or at least reads in one way only."""


def read(form: str, data: bytes) -> Any:
    """The tree of a valid encoding."""
    if form == "json":
        return json.loads(data, object_pairs_hook=lambda pairs: Pairs(map(Pair, pairs)))
    if form == "xml":
        return [_elements(parse_xml(data))]
    plain = msgspec.msgpack.decode(data) if form == "msgpack" else cbor2.loads(data)
    return _tree(plain)


def _elements(element: Element) -> list[Any]:
    """Name, attributes, text and what is inside."""
    attributes = Pairs(Pair([key, value]) for key, value in element.attributes.items())
    return [element.name, attributes, element.text, [_elements(child) for child in element.children]]


def _tree(value: Any) -> Any:
    if isinstance(value, Mapping):
        return Pairs(Pair((_tree(key), _tree(item))) for key, item in value.items())
    if isinstance(value, list | tuple):
        return [_tree(item) for item in value]
    if isinstance(value, cbor2.CBORTag):
        tagged = Tagged([_tree(value.value)])
        tagged.tag = value.tag
        return tagged
    return value


def write(form: str, tree: Any) -> bytes:
    """The bytes of a tree, right or wrong."""
    return _WRITERS[form](tree, 0)


def _json(tree: Any, lie: int) -> bytes:
    if isinstance(tree, Lie):
        data = _json(tree.inner, 0)
        return data[: tree.by] if tree.by < 0 else data + data[-1:]
    if isinstance(tree, Odd):
        return tree.json
    if isinstance(tree, Pairs):
        return b"{" + b",".join(_json(k, 0) + b":" + _json(v, 0) for k, v in tree) + b"}"
    if isinstance(tree, list):
        return b"[" + b",".join(_json(item, 0) for item in tree) + b"]"
    if isinstance(tree, bytes):
        tree = tree.decode("latin-1")
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _msgpack(tree: Any, lie: int) -> bytes:
    if isinstance(tree, Lie):
        return _msgpack(tree.inner, tree.by)
    if isinstance(tree, Odd):
        return tree.msgpack
    if isinstance(tree, list | bytes | str):
        return _msgpack_sized(tree, lie)
    if isinstance(tree, int) and not isinstance(tree, bool) and not -(2**63) <= tree < 2**64:
        return b"\xcf" + b"\xff" * 8
    return msgspec.msgpack.encode(tree)


def _msgpack_sized(tree: Any, lie: int) -> bytes:
    if isinstance(tree, list):
        parts = [_msgpack(part, 0) for item in tree for part in (item if isinstance(tree, Pairs) else [item])]
        short, long, body = 0x80 if isinstance(tree, Pairs) else 0x90, 0xDD, b"".join(parts)
        long += 2 * isinstance(tree, Pairs)
    else:
        short, long = (0, 0xC6) if isinstance(tree, bytes) else (0, 0xDB)
        body = tree if isinstance(tree, bytes) else tree.encode("utf-8", "surrogatepass")
    if not lie and not isinstance(tree, list):
        plain = tree.encode("utf-8", "replace").decode("utf-8") if isinstance(tree, str) else tree
        return msgspec.msgpack.encode(plain)
    if not lie and len(tree) < 16:
        return bytes([short | len(tree)]) + body
    return bytes([long]) + struct.pack(">I", max(0, len(tree) + lie)) + body


def _cbor(tree: Any, lie: int) -> bytes:
    if isinstance(tree, Lie):
        return _cbor(tree.inner, tree.by)
    if isinstance(tree, Odd):
        return tree.cbor
    if isinstance(tree, Tagged):
        return _cbor_head(6, tree.tag) + b"".join(_cbor(item, 0) for item in tree)
    if isinstance(tree, list):
        parts = [_cbor(part, 0) for item in tree for part in (item if isinstance(tree, Pairs) else [item])]
        return _cbor_head(5 if isinstance(tree, Pairs) else 4, len(tree) + lie) + b"".join(parts)
    if isinstance(tree, bytes | str):
        raw = tree if isinstance(tree, bytes) else tree.encode("utf-8", "surrogatepass")
        return _cbor_head(2 if isinstance(tree, bytes) else 3, len(raw) + lie) + raw
    return cbor2.dumps(tree)


def _cbor_head(major: int, value: int) -> bytes:
    number = cbor2.dumps(max(0, value))
    return bytes([number[0] | major << 5]) + number[1:]


def _xml(tree: Any, lie: int) -> bytes:
    """Elements; what is none is written as text, which may then be anything."""
    if isinstance(tree, Lie):
        data = _xml(tree.inner, 0)
        return data[: tree.by] if tree.by < 0 else data + data[-1:]
    if isinstance(tree, list) and len(tree) == 4 and isinstance(tree[1], Pairs):
        name, attributes, text, inside = (_xml(part, 0) for part in tree)
        return b"<%b%b>%b%b</%b>" % (name, attributes, text, inside, name)
    if isinstance(tree, Pairs):
        return b"".join(b' %b="%b"' % (_xml(key, 0), _xml(value, 0)) for key, value in tree)
    if isinstance(tree, list):
        return b"".join(_xml(item, 0) for item in tree)
    if isinstance(tree, bytes | Odd):
        return tree if isinstance(tree, bytes) else tree.json
    return escape(str(tree)).encode("utf-8", "surrogatepass")


_WRITERS: dict[str, Callable[[Any, int], bytes]] = {
    "json": _json,
    "msgpack": _msgpack,
    "cbor": _cbor,
    "xml": _xml,
}
