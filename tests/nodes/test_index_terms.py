"""What contents are found by, whatever their documents look like."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.documents.package import ContainerOpening, Package
from nodes.index_terms import MAX_TERMS, index_terms
from nodes.storage import TermKind

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def package(kind: str, document: dict[str, Any], *containers: str) -> Package:
    return Package(
        kind=kind,
        subject=f"{kind}/" + "0" * (64 if kind == "bill" else 32),
        salt=bytes(16),
        document=document,
        containers={number: ContainerOpening(id="0" * 32, salt=bytes(16)) for number in containers},
    )


def example(name: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((EXAMPLES / name).read_text(encoding="utf-8"))
    return value


def test_a_bill_is_found_by_number_container_party_and_goods() -> None:
    document = example("corridor-to-order.json")
    terms = index_terms(package("bill", document))
    number = document["transportDocumentReference"]
    assert ("bill", number) in terms
    assert ("bill", f"{document['carrierCode']}:{number}") in terms
    kinds = {kind for kind, _ in terms}
    assert kinds == {"bill", "container", "party", "text"}
    assert len(terms) == len(set(terms))


def test_a_declaration_is_found_by_reference_bill_container_party_and_goods() -> None:
    terms = index_terms(package("declaration", example("declaration-import.json")))
    assert {kind for kind, _ in terms} == {"declaration", "bill", "container", "party", "text"}


def test_a_simplified_declaration_is_found_by_what_it_has() -> None:
    document = example("declaration-import.json")
    for name in ("transport_document_reference", "containers"):
        del document[name]
    del document["declarant"]["name"]
    terms = index_terms(package("declaration", {**document, "other_equipment": ["AD12345"]}))
    assert ("container", "AD12345") in terms
    assert ("party", document["declarant"]["identifier"]) in terms
    assert all(text for _, text in terms)
    assert "bill" not in {kind for kind, _ in terms}


def test_the_shipped_invoice_is_found_by_its_number() -> None:
    invoice = example("corridor-invoice.json")
    terms = index_terms(package("document", invoice))
    assert ("text", invoice["invoice_number"]) in terms
    assert ("text", invoice["transport_document_reference"]) in terms


def test_a_document_is_found_by_its_number_and_title() -> None:
    document = {"documentNumber": "INV-1", "title": "Invoice", "documentReference": 7, "other": "x"}
    assert index_terms(package("document", document)) == [("text", "INV-1"), ("text", "Invoice")]


def test_a_document_that_cannot_be_read_is_found_by_its_containers() -> None:
    terms = index_terms(package("bill", {"transportDocumentReference": 5}, "APZU4812090", "CRLU7770002"))
    assert terms == [("container", "APZU4812090"), ("container", "CRLU7770002")]


def test_terms_are_bounded() -> None:
    numbers = [f"CRLU{number:07}" for number in range(2 * MAX_TERMS)]
    assert len(index_terms(package("bill", {}, *numbers))) == MAX_TERMS


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@pytest.mark.parametrize("name", ["corridor-to-order.json", "declaration-import.json"])
@given(data=st.data())
def test_no_document_is_too_strange(name: str, data: st.DataObject) -> None:
    """A member may store any JSON: what does not fit is not found, and nothing fails."""
    document = example(name)
    for _ in range(data.draw(st.integers(1, 3))):
        place: Any = document
        while True:
            keys = sorted(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = data.draw(st.sampled_from(keys))
            if isinstance(place[key], (dict, list)) and data.draw(st.booleans()):
                place = place[key]
                continue
            place[key] = data.draw(JSON)
            break
    for kind in ("bill", "declaration", "document"):
        for term, text in index_terms(package(kind, document)):
            assert TermKind(term)
            assert isinstance(text, str)
