"""DCSA's own messages: refused while they hold markers, accepted once filled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contracts.documents.draft import CarrierDetails, draft_transport_document
from contracts.documents.findings import Finding, Severity
from contracts.documents.summary import BillKind, summarise
from contracts.documents.transport_document import check_transport_document, unwrap
from ledger.canonical import parse_document
from ledger.errors import EncodingError

Found = Callable[[list[Finding]], set[tuple[str, str]]]
Marked = Callable[[Any], set[str]]

INSTRUCTIONS = ("2c1u", "clad", "negotiable-bl", "request", "soc-references", "straight-bl")
CHECK_DIGITS = {"identifier.container-number-check-digit", "identifier.lei-check-digit"}
CARRIER = CarrierDetails(
    carrier_code="MMCU",
    carrier_code_list_provider="NMFTA",
    name="Example Carrier",
    street="Quay 1",
    city="Rotterdam",
    country_code="NL",
)


@pytest.fixture
def published(conformance_data: Path) -> Callable[[str], dict[str, Any]]:
    return lambda name: parse_document((conformance_data / "dcsa/examples" / f"{name}.json").read_bytes())


def test_the_issuance_request_is_refused_naming_each_marker(
    published: Callable[[str], dict[str, Any]], found: Found, marked: Marked
) -> None:
    document = unwrap(published("eblissuance-v3.0.0-request"))
    refused = found(check_transport_document(document))
    assert refused >= {("document.placeholder", field) for field in marked(document)}
    assert {code for code, _ in refused} == {"document.placeholder"}
    assert len(refused) == 15


def test_the_filled_issuance_request_is_accepted(
    published: Callable[[str], dict[str, Any]], filled: Callable[[Any], Any]
) -> None:
    document = filled(unwrap(published("eblissuance-v3.0.0-request")))
    assert check_transport_document(document) == []
    assert summarise(document).kind is BillKind.STRAIGHT


@pytest.mark.parametrize("name", INSTRUCTIONS)
def test_instructions_become_a_draft_that_names_each_marker(
    name: str, published: Callable[[str], dict[str, Any]], found: Found, marked: Marked
) -> None:
    document, findings = draft_transport_document(published(f"ebl-api-3.0.0-{name}"), CARRIER)
    refused = {field for code, field in found(findings) if code == "document.placeholder"}
    assert refused == marked(document)
    assert "consignmentItems[0].carrierBookingReference" in refused
    assert "transportDocumentReference" in refused
    others = [finding for finding in findings if finding.code != "document.placeholder"]
    assert {finding.code for finding in others} <= {*CHECK_DIGITS, "draft.request"}


@pytest.mark.parametrize("name", INSTRUCTIONS)
def test_a_filled_draft_is_accepted_with_check_digit_warnings_only(
    name: str, published: Callable[[str], dict[str, Any]], filled: Callable[[Any], Any]
) -> None:
    document = filled(draft_transport_document(published(f"ebl-api-3.0.0-{name}"), CARRIER)[0])
    findings = check_transport_document(document)
    assert {finding.code for finding in findings} == CHECK_DIGITS
    assert {finding.severity for finding in findings} == {Severity.WARNING}


def test_an_envelope_and_a_bare_document_are_unwrapped(straight: dict[str, Any]) -> None:
    assert unwrap(straight) is straight
    assert unwrap({"document": straight, "issueTo": {}}) is straight
    assert unwrap({"transportDocument": straight, "envelopeTransferChain": []}) is straight
    both = {"transportDocumentReference": "1", "document": {}}
    assert unwrap(both) is both
    assert unwrap({"other": 1}) == {"other": 1}


@pytest.mark.parametrize("message", [None, [], "text", {"document": "x"}, {"transportDocument": None}])
def test_what_holds_no_document_is_refused(message: Any) -> None:
    with pytest.raises(EncodingError):
        unwrap(message)
