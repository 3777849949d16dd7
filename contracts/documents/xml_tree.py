"""XML from strangers, read into a small tree by local name, or refused.

Customs' messages are XML. The parser beneath (expat) is driven by hand so that
what makes XML dangerous never happens: a document type, an entity or a processing
instruction ends the reading, as do too many bytes, elements or levels. Namespaces
are dropped, because published messages declare ones that do not match their
schemas.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from ledger.errors import EncodingError

MAX_XML_BYTES: Final = 1_048_576
"""Largest message; the largest published scenario has some 30 kB."""

MAX_XML_DEPTH: Final = 32
"""Deepest nesting; WCO declarations reach 9."""

MAX_XML_ELEMENTS: Final = 50_000
"""Elements of one message: 999 goods items with 50 elements each."""


@dataclass(slots=True)
class Element:
    """One element, without namespace."""

    name: str
    """Local name."""
    path: str
    """Local names from the root, with the position among brothers of the same name beyond the first."""
    attributes: Mapping[str, str]
    """Attributes by local name."""
    children: list[Element] = field(default_factory=list)
    """Elements inside, in their order."""
    text: str = ""
    """The text inside, without blanks at its ends."""

    def all(self, path: str) -> Iterator[Element]:
        """Every element that a path of local names (`GoodsShipment/Importer/ID`) leads to."""
        name, _, rest = path.partition("/")
        for child in self.children:
            if child.name == name:
                if rest:
                    yield from child.all(rest)
                else:
                    yield child

    def first(self, path: str) -> Element | None:
        """The first of them that has a text or something inside, or None."""
        return next((found for found in self.all(path) if found.text or found.children), None)

    def text_of(self, path: str) -> str:
        """The text of the first of them, or nothing."""
        found = self.first(path)
        return "" if found is None else found.text

    def find(self, name: str) -> Element | None:
        """This element or the first one inside, at any depth, that bears a name."""
        if self.name == name:
            return self
        return next((found for child in self.children if (found := child.find(name)) is not None), None)


def parse_xml(data: bytes, *, what: str = "message") -> Element:
    """The root of an XML message; `EncodingError` says why it is not read."""
    if len(data) > MAX_XML_BYTES:
        raise EncodingError(f"{len(data)} bytes, the limit is {MAX_XML_BYTES}", field=what)
    # No character of XML is zero in UTF-8; where one is, the bytes are UTF-16 or 32, which expat would take.
    if b"\0" in data:
        raise EncodingError("bytes that are not UTF-8; send UTF-8", field=what)
    reader = _Reader(what)
    try:
        reader.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise EncodingError(f"not well-formed XML ({error})", field=what) from None
    if reader.root is None:
        raise EncodingError("no element", field=what)
    return reader.root


class _Reader:
    """Builds the tree from what the parser calls out."""

    def __init__(self, what: str) -> None:
        self.root: Element | None = None
        self._what = what
        self._open: list[Element] = []
        self._texts: list[list[str]] = []
        self._seen: list[dict[str, int]] = []
        self._elements = 0
        self.parser = expat.ParserCreate("utf-8")
        self.parser.buffer_text = True
        self.parser.XmlDeclHandler = self._declared
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._character_data
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.EntityDeclHandler = self._entity
        self.parser.ProcessingInstructionHandler = self._instruction

    def _declared(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding is not None and encoding.lower() not in ("utf-8", "us-ascii"):
            raise EncodingError(f"the encoding {encoding[:20]}; send UTF-8", field=self._what)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if len(self._open) >= MAX_XML_DEPTH:
            raise EncodingError(f"nested deeper than {MAX_XML_DEPTH} levels", field=self._what)
        if self._elements > MAX_XML_ELEMENTS:
            raise EncodingError(f"more than {MAX_XML_ELEMENTS} elements", field=self._what)
        local = _local(name)
        element = Element(local, self._path_of(local), {_local(key): attributes[key] for key in attributes})
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)
        self._texts.append([])
        self._seen.append({})

    def _path_of(self, local: str) -> str:
        if not self._open:
            return local
        seen = self._seen[-1]
        seen[local] = seen.get(local, 0) + 1
        step = local if seen[local] == 1 else f"{local}[{seen[local]}]"
        return f"{self._open[-1].path}/{step}"

    def _end(self, name: str) -> None:
        self._seen.pop()
        self._open.pop().text = "".join(self._texts.pop()).strip()

    def _character_data(self, text: str) -> None:
        self._texts[-1].append(text)

    def _doctype(self, *parts: object) -> None:
        raise EncodingError("a document type (DOCTYPE); remove it", field=self._what)

    def _entity(self, *parts: object) -> None:
        raise EncodingError("an entity declaration; remove it", field=self._what)

    def _instruction(self, target: str, text: str) -> None:
        raise EncodingError("a processing instruction; remove it", field=self._what)


def _local(name: str) -> str:
    return name.rpartition(":")[2]
