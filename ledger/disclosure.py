"""Documents whose fields can be shown one by one: salted digests of SD-JWT (RFC 9901), bound to a commitment.

Every field and every element of a document has a digest of its own, of a salt, its
name and its value (RFC 9901 section 4.2), objects within objects recursively, so
that even which fields there are stays hidden. The ledger's commitment is made of the
digests at the top. So whoever holds a document and its salt can show any part of it
later, and its reader sees that it belongs to what was committed to when the record
was made. All salts follow from the package's one: each is the beginning of a tagged
hash of it and of the field's path.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import rfc8785

from ledger import canonical
from ledger.canonical import MAX_DOCUMENT_DEPTH
from ledger.errors import EncodingError, ProofError
from ledger.hashing import Tag, sha256, tagged_hash
from ledger.primitives import Hash, encode_base64url

SALT_BYTES = 16
"""128 bits keep a guessed value from being confirmed by hashing it (RFC 9901 section 9.3)."""

MAX_FIELDS = 20_000
"""Fields and elements of one document at all depths; DCSA's largest example has some 300."""

MAX_NAME_BYTES = 256
"""Of one field, in UTF-8; the longest of DCSA's has some 40."""

MAX_PATH_BYTES = 4_194_304
"""Of the paths of all fields together, as JSON: each is hashed for the salt of its field."""

DIGESTS, ELEMENT = "_sd", "..."
RESERVED: Final = frozenset({DIGESTS, ELEMENT, "_sd_alg"})
"""Names that RFC 9901 section 4.1 keeps for itself."""

Path = tuple[str | int, ...]
"""Names and places of array elements that lead to a field."""


@dataclass(frozen=True, slots=True)
class Concealed:
    """A document as digests, and what discloses each of its fields."""

    digests: dict[str, Any]
    """The object in whose place the digests at the top stand: `{"_sd": [...]}`."""
    disclosures: Mapping[Path, str]
    """Disclosures in base64url, by the path of the field; outer fields before those within."""
    opening: bytes
    """The salt of the commitment to `digests`, 16 bytes; it opens no field."""


def conceal(document: dict[str, Any], salt: bytes) -> Concealed:
    """A document as digests.

    Raises `EncodingError` for a reserved or long name, too many fields, too deep or
    too long paths, or too large a number.
    """
    if len(salt) != SALT_BYTES:
        raise EncodingError(f"expected {SALT_BYTES} bytes", field="salt")
    hiding = _Hiding(salt)
    digests = hiding.object_(document, ())
    outer_first = sorted(hiding.disclosures.items(), key=lambda item: len(item[0]))
    return Concealed(digests, dict(outer_first), _salt(salt, b"[]"))


def digests_commitment(opening: bytes, digests: dict[str, Any]) -> Hash:
    """The commitment to a document of which these are the digests at the top."""
    return tagged_hash(Tag.COMMITMENT, opening, sha256(canonical.encode(digests)))


def digest_of(disclosure: str) -> str:
    """The digest by which a disclosure is referred to (RFC 9901 section 4.2.3)."""
    return encode_base64url(sha256(disclosure.encode("ascii")))


def _salt(salt: bytes, path: bytes) -> bytes:
    return tagged_hash(Tag.FIELD_SALT, salt, path)[:SALT_BYTES]


def _written(parts: list[Any]) -> bytes:
    """RFC 8785, by the fast encoder where the value is no number that it writes otherwise."""
    if type(parts[-1]) not in (int, float):
        return canonical.encode(parts)
    try:
        return rfc8785.dumps(parts)
    except rfc8785.CanonicalizationError as error:
        raise EncodingError(f"cannot be written in one way: {error}", field="document") from None


class _Hiding:
    """One pass over a document, fields within a field before it."""

    def __init__(self, salt: bytes) -> None:
        self._salt = salt
        self._path_bytes = 0
        self.disclosures: dict[Path, str] = {}

    def object_(self, value: dict[str, Any], path: Path) -> dict[str, Any]:
        digests = []
        for name, inner in value.items():
            if name in RESERVED:
                raise EncodingError(f"a field cannot be called {name!r} (RFC 9901)", field="document")
            if _is_long(name):
                raise EncodingError(
                    f"a field's name has more than {MAX_NAME_BYTES} bytes: {name[:40]!r}...", field="document"
                )
            place = (*path, name)
            digests.append(self._disclosed(place, (name, self._value(inner, place))))
        return {DIGESTS: sorted(digests)} if digests else {}

    def _value(self, value: Any, path: Path) -> Any:
        if len(path) > MAX_DOCUMENT_DEPTH:
            raise EncodingError(f"fields nest deeper than {MAX_DOCUMENT_DEPTH} levels", field="document")
        if isinstance(value, dict):
            return self.object_(value, path)
        if not isinstance(value, list):
            return value
        elements = []
        for place, inner in enumerate(value):
            at = (*path, place)
            elements.append({ELEMENT: self._disclosed(at, (self._value(inner, at),))})
        return elements

    def _disclosed(self, path: Path, parts: tuple[Any, ...]) -> str:
        """Note the disclosure of a field or element; its digest."""
        if len(self.disclosures) >= MAX_FIELDS:
            raise EncodingError(f"more than {MAX_FIELDS} fields", field="document")
        where = canonical.encode(list(path))
        self._path_bytes += len(where)
        if self._path_bytes > MAX_PATH_BYTES:
            raise EncodingError(
                f"the paths of its fields have more than {MAX_PATH_BYTES} bytes together; "
                "shorten names or split it",
                field="document",
            )
        text = encode_base64url(_written([encode_base64url(_salt(self._salt, where)), *parts]))
        self.disclosures[path] = text
        return digest_of(text)


def _is_long(name: str) -> bool:
    return len(name.encode()) > MAX_NAME_BYTES


def chosen(concealed: Concealed, paths: list[Path]) -> list[str]:
    """The disclosures that show these fields whole, with the way to them; `EncodingError` for no field."""
    for path in paths:
        if path not in concealed.disclosures:
            raise EncodingError("the document has no such field", field=spell(path))
    return [
        disclosure
        for place, disclosure in concealed.disclosures.items()
        if any(place[: len(path)] == path or path[: len(place)] == place for path in paths)
    ]


def spell(path: Path) -> str:
    """A path as people write it: `consignmentItems.0.cargoItems`."""
    return ".".join(map(str, path))


@dataclass(slots=True)
class Revealed:
    """What disclosures show of a document."""

    document: dict[str, Any]
    """As RFC 9901 section 7.1 puts it together: what is not disclosed is left out."""
    fields: list[tuple[Path, Any]]
    """Each value that is shown, by its true path."""


def reveal(digests: dict[str, Any], disclosures: Mapping[str, list[Any]]) -> Revealed:
    """What the disclosures, decoded and by digest, show of a document with these digests at the top.

    Raises `ProofError` for one that belongs nowhere, or in two places (RFC 9901 section 7.1), and
    for names and nesting that `conceal` would refuse.
    """
    walk = _Walk(disclosures)
    document = walk.object_(digests, ())
    if len(walk.used) != len(disclosures):
        raise ProofError("a disclosure belongs to nothing in the document", field="disclosed")
    return Revealed(document, walk.fields)


class _Walk:
    """One pass over the digests, from the top."""

    def __init__(self, disclosures: Mapping[str, list[Any]]) -> None:
        self._disclosures = disclosures
        self.used: set[str] = set()
        self.fields: list[tuple[Path, Any]] = []

    def object_(self, value: dict[str, Any], path: Path) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        if value.keys() - {DIGESTS}:
            raise ProofError("an object holds more than digests", field="disclosed")
        for parts in self._taken(value.get(DIGESTS, []), 3):
            _, name, inner = parts
            if not isinstance(name, str) or name in RESERVED or name in shown or _is_long(name):
                raise ProofError("a disclosure has a name that cannot be", field="disclosed")
            shown[name] = self._value(inner, (*path, name))
        return shown

    def _value(self, value: Any, path: Path) -> Any:
        if len(path) > MAX_DOCUMENT_DEPTH:
            raise ProofError(f"fields nest deeper than {MAX_DOCUMENT_DEPTH} levels", field="disclosed")
        if isinstance(value, dict):
            return self.object_(value, path)
        if isinstance(value, list):
            return [
                element for place, one in enumerate(value) for element in self._element(one, (*path, place))
            ]
        self.fields.append((path, value))
        return value

    def _element(self, one: Any, path: Path) -> Iterator[Any]:
        if not isinstance(one, dict) or one.keys() != {ELEMENT}:
            raise ProofError("an array holds more than digests", field="disclosed")
        for _, inner in self._taken([one[ELEMENT]], 2):
            yield self._value(inner, path)

    def _taken(self, digests: Any, parts: int) -> Iterator[list[Any]]:
        """The disclosures of these digests, each to be used once."""
        if not isinstance(digests, list) or not all(isinstance(digest, str) for digest in digests):
            raise ProofError("expected a list of digests", field="disclosed")
        for digest in digests:
            disclosure = self._disclosures.get(digest)
            if disclosure is None:
                continue
            if digest in self.used or len(disclosure) != parts:
                raise ProofError("a disclosure is used twice, or where it does not fit", field="disclosed")
            self.used.add(digest)
            yield disclosure
