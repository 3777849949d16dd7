"""The corridor examples as fresh dictionaries, and a carrier that fills what templates leave open."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contracts.documents.findings import Finding
from contracts.documents.placeholders import is_placeholder
from ledger.canonical import parse_document

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"

# What a carrier would write for each marker, by the name of the field.
FILLING: dict[str, str] = {
    "transportDocumentReference": "HHL71800000",
    "shippingInstructionsReference": "si-1",
    "carrierBookingReference": "BOOK-1",
    "partyName": "Example Trading Ltd",
    "codeListProvider": "ZZZ",
    "codeListName": "MUTUAL",
    "partyCode": "EX-1",
    "shippedOnBoardDate": "2026-03-01",
    "receivedForShipmentDate": "2026-03-01",
    "plannedDepartureDate": "2026-03-02",
    "plannedArrivalDate": "2026-03-20",
    "UNLocationCode": "NLRTM",
    "vesselName": "EXAMPLE SEA",
    "carrierExportVoyageNumber": "2603S",
    "termsAndConditions": "As published.",
    "receiptTypeAtOrigin": "CY",
    "deliveryTypeAtDestination": "CY",
    "cargoMovementTypeAtOrigin": "FCL",
    "cargoMovementTypeAtDestination": "FCL",
    "street": "Quay 1",
    "city": "Rotterdam",
    "countryCode": "NL",
    "name": "Desk",
    "phone": "+31 10 555 0100",
    "description": "Cartons",
}


def fill(value: Any, name: str = "") -> Any:
    """A copy of `value` in which every marker is replaced by plausible data."""
    if isinstance(value, dict):
        return {inner: fill(item, inner) for inner, item in value.items()}
    if isinstance(value, list):
        return [fill(item, name) for item in value]
    return FILLING[name] if isinstance(value, str) and is_placeholder(value) else value


def markers(value: Any, field: str = "") -> set[str]:
    """The fields that hold a marker, found without the code under test."""
    if isinstance(value, dict):
        return {
            found
            for name, item in value.items()
            for found in markers(item, f"{field}.{name}" if field else name)
        }
    if isinstance(value, list):
        return {found for index, item in enumerate(value) for found in markers(item, f"{field}[{index}]")}
    is_marker = isinstance(value, str) and (
        value.endswith(("_PLACEHOLDER", "_CODE_LIST_PROVIDER")) or value == "{CBR}"
    )
    return {field} if is_marker else set()


def pairs(findings: list[Finding]) -> set[tuple[str, str]]:
    """Code and field of each finding."""
    return {(finding.code, finding.field) for finding in findings}


def example(name: str) -> dict[str, Any]:
    return parse_document((EXAMPLES / name).read_bytes())


@pytest.fixture
def load() -> Callable[[str], dict[str, Any]]:
    """Reads an example by its file name."""
    return example


@pytest.fixture
def straight() -> dict[str, Any]:
    return example("corridor-straight.json")


@pytest.fixture
def documents() -> dict[str, dict[str, Any]]:
    """One fresh document of each kind; `blank` is the to-order one without its endorsee."""
    to_order = example("corridor-to-order.json")
    blank = copy.deepcopy(to_order)
    del blank["documentParties"]["endorsee"]
    return {
        "straight": example("corridor-straight.json"),
        "to_order": to_order,
        "blank": blank,
        "sea_waybill": example("corridor-sea-waybill.json"),
    }


@pytest.fixture
def filled() -> Callable[[Any], Any]:
    return fill


@pytest.fixture
def marked() -> Callable[[Any], set[str]]:
    return markers


@pytest.fixture
def found() -> Callable[[list[Finding]], set[tuple[str, str]]]:
    return pairs
