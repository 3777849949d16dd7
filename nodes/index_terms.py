"""What a stored content can be found by, in this node's private index.

Numbers never go on the ledger, so they are searched where the contents are. A
document that lacks a field is simply not found by it: the index is a help, not a
check.
"""

from __future__ import annotations

from collections.abc import Iterator

from contracts.documents.declaration import summarise_declaration
from contracts.documents.package import Package
from contracts.documents.summary import summarise
from ledger.errors import LedgerError

MAX_TERMS = 500
"""Terms of one content; beyond them it is found by the first ones only."""


def index_terms(package: Package) -> list[tuple[str, str]]:
    """Pairs of term kind (`bill`, `container`, `declaration`, `party`, `text`) and text."""
    try:
        terms = list(dict.fromkeys(_TERMS[package.kind](package)))
    except LedgerError:
        terms = []
    terms += [("container", number) for number in package.containers]
    return list(dict.fromkeys(terms))[:MAX_TERMS]


def _bill(package: Package) -> Iterator[tuple[str, str]]:
    bill = summarise(package.document)
    yield "bill", bill.transport_document_reference
    yield "bill", f"{bill.carrier_code}:{bill.transport_document_reference}"
    for number in bill.containers:
        yield "container", number
    for name in bill.parties.values():
        yield "party", name
    for text in bill.goods_descriptions:
        yield "text", text


def _declaration(package: Package) -> Iterator[tuple[str, str]]:
    declaration = summarise_declaration(package.document)
    yield "declaration", declaration.local_reference_number
    if declaration.transport_document_reference:
        yield "bill", declaration.transport_document_reference
    yield "party", declaration.declarant_name or declaration.declarant_identifier
    for number in (*declaration.containers, *declaration.other_equipment):
        yield "container", number
    for text in declaration.descriptions:
        yield "text", text


def _document(package: Package) -> Iterator[tuple[str, str]]:
    """Supporting documents have no common form: their own numbers, references and title are at the top."""
    for name, value in package.document.items():
        if isinstance(value, str) and name.lower().endswith(("number", "reference", "title")):
            yield "text", value


_TERMS = {"bill": _bill, "declaration": _declaration, "document": _document}
