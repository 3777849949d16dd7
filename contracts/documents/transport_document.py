"""Checking a transport document before it is issued or accepted.

`check_transport_document` runs the shape of DCSA EBL 3.0.4, then the rules that
a schema cannot express (`rules_*`), each with a code of its own. The findings are
all there is to know; whether a bill may be issued, transferred or surrendered is
the bill contract's decision.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contracts.documents import rules_carriage, rules_codes, rules_goods, rules_parties
from contracts.documents.code_lists import CodeLists, known_codes
from contracts.documents.findings import Finding, bounded, error
from contracts.documents.model_document import TRANSPORT_DOCUMENT
from contracts.documents.paths import Document
from contracts.documents.shape import check_shape
from ledger.errors import EncodingError

RULES = (*rules_parties.RULES, *rules_carriage.RULES, *rules_goods.RULES, *rules_codes.RULES)
"""Every rule beyond the shape, in the order of the findings."""

_WRAPPERS = ("document", "transportDocument")


def check_transport_document(
    document: Document, *, keep_unknown: bool = False, lists: CodeLists | None = None
) -> list[Finding]:
    """Everything wrong or doubtful about a transport document; no error among it means acceptable.

    With `keep_unknown`, fields that DCSA EBL 3.0.4 does not define are passed
    over, for documents of a later minor version. `lists` are codes that the
    operator loaded; one that is on none of them is worth a warning. At most
    `MAX_FINDINGS` are returned. No JSON value raises.
    """
    if not isinstance(document, dict):
        return [error("document.wrong-type", "", "A transport document is a JSON object; pass the object.")]
    return bounded(_all(document, keep_unknown, lists or {}), code="document.too-many-findings")


def _all(document: Document, keep_unknown: bool, lists: CodeLists) -> Iterator[Finding]:
    yield from check_shape(document, TRANSPORT_DOCUMENT, prefix="document", keep_unknown=keep_unknown)
    for rule in RULES:
        yield from rule(document)
    yield from known_codes(document, lists)


def unwrap(message: Any) -> Document:
    """The transport document in `message`.

    Takes a bare transport document, a DCSA issuance request (`document`) or a
    PINT envelope (`transportDocument`). Raises `EncodingError` when there is no
    object where the document should be.
    """
    if not isinstance(message, dict):
        raise EncodingError("expected a JSON object holding a transport document")
    if "transportDocumentReference" in message:
        return message
    for name in _WRAPPERS:
        if name in message:
            inner = message[name]
            if not isinstance(inner, dict):
                raise EncodingError("expected the transport document as an object", field=name)
            return inner
    return message
