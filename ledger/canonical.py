"""Canonical JSON (RFC 8785): the one way to write acts, records, headers and evidence.

Sealane's own formats restrict themselves so that a fast encoder is conformant:
typed decoding only, no floats, integers below 2^53, ASCII keys, absent optionals
omitted. `decode` refuses whatever would not re-encode to the same bytes, so each
value has exactly one spelling. Trade documents come from others and keep their
own numbers: `parse_document` reads them strictly as I-JSON (RFC 7493) and
`document_checksum` canonicalises them in full, as DCSA does.
"""

from __future__ import annotations

import json
from typing import Any, TypeVar

import msgspec
import rfc8785

from ledger.errors import EncodingError
from ledger.hashing import sha256
from ledger.primitives import MAX_SAFE_INTEGER, Hash

MAX_DEPTH = 16
"""Deepest nesting of our own formats; deeper input is refused before it is parsed."""

MAX_DOCUMENT_DEPTH = 32
"""Deepest nesting of a trade document; DCSA's own examples reach 9."""

MAX_DOCUMENT_BYTES = 1_048_576
"""Largest trade document; the largest DCSA example is 12 kB."""

T = TypeVar("T")

_ENCODER = msgspec.json.Encoder(order="sorted")
_QUOTE = ord('"')
_BESIDE_MARKS = bytes(byte for byte in range(256) if byte not in b'"[]{}')
"""What says nothing about nesting."""


class Canonical(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of every value that is written as canonical JSON.

    Subclasses repeat `frozen=True, kw_only=True`: msgspec does not inherit the one, mypy not the other.
    msgspec omits a default that is the same object, not an equal one. So a default is None, (), "",
    False or 0, or the subclass says `omit_defaults=False` and spells every field.
    """


def encode(value: Any) -> bytes:
    """The canonical bytes of one of our own values (never of a trade document)."""
    return _ENCODER.encode(value)


def check_depth(data: bytes, *, limit: int, field: str = "") -> None:
    """Refuse JSON nested deeper than `limit`, without parsing it.

    Parsers recurse: at a depth that depends on the caller's stack they raise
    instead of answering, so depth is bounded first.
    """
    if data.count(b"{") + data.count(b"[") <= limit:
        return
    # Without escapes a quotation mark begins or ends a string, and two side by side change nothing. Only
    # copies shorter than the input are made: lists of pieces would take fifty times its size.
    plain = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    depth, in_string = 0, False
    for mark in plain.translate(None, _BESIDE_MARKS).replace(b'""', b""):
        if mark == _QUOTE:
            in_string = not in_string
        elif not in_string:
            depth += 1 if mark in b"[{" else -1
            if depth > limit:
                raise EncodingError(f"JSON is nested deeper than {limit} levels", field=field)


def decode(data: bytes, kind: type[T], *, max_bytes: int, field: str = "") -> T:
    """The value of type `kind` that `data` canonically encodes.

    Raises `EncodingError` naming the field when the bytes are too many, too
    deep, not JSON, of another shape, or not canonical.
    """
    if len(data) > max_bytes:
        raise EncodingError(f"{len(data)} bytes, the limit is {max_bytes}", field=field)
    check_depth(data, limit=MAX_DEPTH, field=field)
    try:
        value = msgspec.json.decode(data, type=kind)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _explain(error, field) from None
    if _ENCODER.encode(value) != data:
        raise EncodingError(
            "not canonical JSON (RFC 8785): it would not re-encode to the same bytes", field=field
        )
    return value


def _explain(error: Exception, field: str) -> EncodingError:
    """msgspec's message, with the path it ends in moved to the field."""
    message, _, path = str(error).partition(" - at `$")
    inner = path.rstrip("`").lstrip(".")
    return EncodingError(message, field=".".join(part for part in (field, inner) if part))


def parse_document(data: bytes, *, field: str = "") -> dict[str, Any]:
    """A trade document as a dictionary, read strictly as I-JSON (RFC 7493).

    Raises `EncodingError` for oversized or deep input, duplicate keys, numbers
    that JSON implementations would not agree on, lone surrogates, or anything
    that is not an object.
    """
    return _read_document(data, MAX_DOCUMENT_BYTES, field)[0]


def parse_object(data: bytes, *, max_bytes: int = MAX_DOCUMENT_BYTES, field: str = "") -> dict[str, Any]:
    """An object of any fields whose bytes are its RFC 8785 form.

    For what no type describes: records, acts and documents as a verifier meets them, in
    whatever language it is written. Raises `EncodingError` as `parse_document` does, and for
    any other spelling.
    """
    value, form = _read_document(data, max_bytes, field)
    if form != data:
        raise EncodingError("not in its RFC 8785 form", field=field)
    return value


def parse_own(data: bytes, *, field: str = "") -> dict[str, Any]:
    """An object of one of our own formats, as a verifier meets it.

    Raises `EncodingError` as `parse_object` does, and for floats and names beyond ASCII.
    """
    value = parse_object(data, field=field)
    _check_own(value, field)
    return value


def _check_own(value: Any, field: str) -> None:
    """Raise `EncodingError` for a float or a name beyond ASCII; the value is no deeper than documents are."""
    if isinstance(value, float):
        raise EncodingError("our own formats have no floats", field=field)
    names = value if isinstance(value, dict) else ()
    if not all(name.isascii() for name in names):
        raise EncodingError("names in our own formats are ASCII", field=field)
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _check_own(inner, field)


def _read_document(data: bytes, max_bytes: int, field: str) -> tuple[dict[str, Any], bytes]:
    """A document, and its RFC 8785 form."""
    if len(data) > max_bytes:
        raise EncodingError(f"{len(data)} bytes, the limit is {max_bytes}", field=field)
    check_depth(data, limit=MAX_DOCUMENT_DEPTH, field=field)
    try:
        text = data.decode("utf-8")
        value = json.loads(
            text, object_pairs_hook=_unique_keys, parse_constant=_no_constant, parse_int=_safe_int
        )
        form = rfc8785.dumps(value)
    except EncodingError as error:
        raise EncodingError(error.message, field=error.field or field) from None
    except UnicodeError:
        raise EncodingError("text is not valid UTF-8 or holds a lone surrogate", field=field) from None
    except (ValueError, rfc8785.CanonicalizationError) as error:
        raise EncodingError(f"not I-JSON: {error}", field=field) from None
    if not isinstance(value, dict):
        raise EncodingError("expected a JSON object", field=field)
    return value, form


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        seen = set[str]()
        for name, _ in pairs:
            if name in seen:
                raise EncodingError(f"the key {name!r} appears twice", field=name)
            seen.add(name)
    return value


def _no_constant(name: str) -> Any:
    raise EncodingError(f"{name} is not a JSON number")


def _safe_int(text: str) -> int:
    value = int(text) if len(text) <= 17 else MAX_SAFE_INTEGER + 1
    if abs(value) > MAX_SAFE_INTEGER:
        raise EncodingError(f"the integer {text[:40]} is too large for JSON to keep exactly")
    return value


def document_checksum(document: dict[str, Any]) -> Hash:
    """SHA-256 of the document's full RFC 8785 form: DCSA's documentChecksum."""
    return sha256(canonical_document(document))


def canonical_document(document: dict[str, Any]) -> bytes:
    """The document's full RFC 8785 form, floats included."""
    return rfc8785.dumps(document)


def parse_json(data: bytes, *, field: str = "") -> Any:
    """Any JSON that is not too deep, as Python reads it: for files and answers that nobody hashes.

    `json` alone recurses as deep as the text does, which ends the process where
    the recursion limit was raised, and reads half a surrogate pair as text, which
    nothing can write again. Raises `EncodingError`.
    """
    check_depth(data, limit=MAX_DOCUMENT_DEPTH, field=field)
    try:
        text = data.decode("utf-8-sig")
        value = json.loads(text)
        if "\\ud" in text.lower():
            json.dumps(value, ensure_ascii=False).encode()
        return value
    except ValueError as error:
        raise EncodingError(f"not JSON: {error}", field=field) from None
