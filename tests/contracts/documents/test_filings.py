"""Advance manifest filings and house bills of shipping instructions, each rule broken alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contracts.documents.findings import Finding
from contracts.documents.rules_instructions import check_filings

Document = dict[str, Any]
Found = Callable[[list[Finding]], set[tuple[str, str]]]

ENS: Document = {
    "manifestTypeCode": "ENS",
    "countryCode": "NL",
    "advanceManifestFilingsHouseBLPerformedBy": "SELF",
    "identificationNumber": "1",
}
ACE: Document = {
    "manifestTypeCode": "ACE",
    "countryCode": "US",
    "advanceManifestFilingsHouseBLPerformedBy": "SELF",
    "selfFilerCode": "F",
}
PACKED: Document = {"outerPackaging": {"packageCode": "4G", "numberOfPackages": 1}}
HOUSE: Document = {
    "isToOrder": False,
    "methodOfPayment": "A",
    "documentParties": {"shipper": {}, "notifyParty": {}, "buyer": {}, "seller": {}},
    "isCargoDeliveredInICS2Zone": True,
    "placeOfAcceptance": {"UNLocationCode": "NLRTM"},
    "placeOfFinalDelivery": {"locationName": "Hamburg", "countryCode": "DE"},
    "routingOfConsignmentCountries": ["NL", "DE"],
    "consignmentItems": [{"cargoItems": [PACKED]}],
}
GOOD: Document = {
    "isHouseBillOfLadingsIssued": True,
    "isCargoDeliveredInICS2Zone": False,
    "documentParties": {},
    "advanceManifestFilings": [ENS, ACE],
    "houseBillOfLadings": [HOUSE],
}


def house(**changes: Any) -> Document:
    return {**GOOD, "houseBillOfLadings": [{**HOUSE, **changes}]}


def without(value: Document, name: str) -> Document:
    return {inner: item for inner, item in value.items() if inner != name}


BY_CARRIER: Document = {**ENS, "advanceManifestFilingsHouseBLPerformedBy": "CARRIER"}

NO_SELLER = house(documentParties=without(HOUSE["documentParties"], "seller"))
ACE_BY_CARRIER: Document = {**ACE, "advanceManifestFilingsHouseBLPerformedBy": "CARRIER"}

FILING_FAULTS: dict[str, tuple[Document, str, str]] = {
    "a filing twice": (
        {**GOOD, "advanceManifestFilings": [ENS, ACE, ENS]},
        "filing-twice",
        "advanceManifestFilings[2]",
    ),
    "ENS without the flag": (
        without(GOOD, "isHouseBillOfLadingsIssued"),
        "ens-house-bill-flag",
        "isHouseBillOfLadingsIssued",
    ),
    "ENS without the number": (
        {**GOOD, "advanceManifestFilings": [without(ENS, "identificationNumber")]},
        "ens-identification",
        "advanceManifestFilings[0].identificationNumber",
    ),
    "ACE without the code": (
        {**GOOD, "advanceManifestFilings": [without(ACE, "selfFilerCode")]},
        "self-filer-code",
        "advanceManifestFilings[0].selfFilerCode",
    ),
    "ACI without the code": (
        {**GOOD, "advanceManifestFilings": [without({**ACE, "manifestTypeCode": "ACI"}, "selfFilerCode")]},
        "self-filer-code",
        "advanceManifestFilings[0].selfFilerCode",
    ),
    "a house bill to order with nobody to notify": (
        house(isToOrder=True, documentParties=without(HOUSE["documentParties"], "notifyParty")),
        "house-bill-notify-party",
        "houseBillOfLadings[0].documentParties.notifyParty",
    ),
    "a house bill paid in shells": (
        house(methodOfPayment="S"),
        "house-bill-payment",
        "houseBillOfLadings[0].methodOfPayment",
    ),
    "a house bill from a name alone": (
        house(placeOfAcceptance={"locationName": "Rotterdam"}),
        "house-bill-place",
        "houseBillOfLadings[0].placeOfAcceptance",
    ),
    "a route that starts elsewhere": (
        house(routingOfConsignmentCountries=["BE", "DE"]),
        "house-bill-routing",
        "houseBillOfLadings[0].routingOfConsignmentCountries",
    ),
    "a route that ends elsewhere": (
        house(routingOfConsignmentCountries=["NL", "DK"]),
        "house-bill-routing",
        "houseBillOfLadings[0].routingOfConsignmentCountries",
    ),
    "packages uncounted": (
        house(consignmentItems=[{"cargoItems": [{"outerPackaging": {"packageCode": "4G"}}]}]),
        "house-bill-packages",
        "houseBillOfLadings[0].consignmentItems[0].cargoItems[0].outerPackaging.numberOfPackages",
    ),
    "no seller in a house bill": (
        {**NO_SELLER, "advanceManifestFilings": [ACE, BY_CARRIER]},
        "ens-buyer-seller",
        "houseBillOfLadings[0].documentParties.seller",
    ),
    "no buyer without house bills": (
        {
            "isHouseBillOfLadingsIssued": False,
            "isCargoDeliveredInICS2Zone": True,
            "documentParties": {"seller": {}},
            "advanceManifestFilings": [BY_CARRIER],
        },
        "ens-buyer-seller",
        "documentParties.buyer",
    ),
}


def test_good_filings_have_no_finding() -> None:
    assert check_filings(GOOD) == []
    assert (
        check_filings(house(consignmentItems=[{"cargoItems": [{"outerPackaging": {"packageCode": "VL"}}]}]))
        == []
    )
    assert check_filings({**GOOD, "advanceManifestFilings": [BY_CARRIER]}) == []
    assert check_filings({"advanceManifestFilings": [ACE]}) == [], "only ENS asks for house bills"
    elsewhere, otherwise = {**ACE, "countryCode": "CA"}, {**ACE, "manifestTypeCode": "ACI"}
    assert check_filings({"advanceManifestFilings": [ACE, elsewhere, otherwise]}) == []


ALLOWED: dict[str, Document] = {
    "the carrier, who files the ENS, has a number of its own": {
        **GOOD,
        "advanceManifestFilings": [without(BY_CARRIER, "identificationNumber")],
    },
    "the carrier, who files for America, has a code of its own": {
        **GOOD,
        "advanceManifestFilings": [without(ACE_BY_CARRIER, "selfFilerCode")],
    },
    "no seller where the carrier files for America only": {
        **NO_SELLER,
        "advanceManifestFilings": [ACE_BY_CARRIER, ENS],
    },
    "no seller where the goods stay outside the zone": {
        **house(isCargoDeliveredInICS2Zone=False, documentParties={"shipper": {}}),
        "advanceManifestFilings": [BY_CARRIER],
    },
    "buyer and seller in the house bills only": {
        **GOOD,
        "isCargoDeliveredInICS2Zone": True,
        "advanceManifestFilings": [BY_CARRIER],
    },
    "a straight house bill with nobody to notify": house(
        documentParties=without(HOUSE["documentParties"], "notifyParty")
    ),
    "a house bill without a route": house(routingOfConsignmentCountries=[]),
    "a route by other countries": house(routingOfConsignmentCountries=["NL", "BE", "DE"]),
    "packages of no known type": house(consignmentItems=[{"cargoItems": [{"outerPackaging": {}}]}]),
}


@pytest.mark.parametrize("name", ALLOWED)
def test_what_is_beside_a_rule_stays_allowed(name: str) -> None:
    assert check_filings(ALLOWED[name]) == []


def test_without_any_party_both_are_missing(found: Found) -> None:
    bare = {
        "advanceManifestFilings": [BY_CARRIER],
        "isHouseBillOfLadingsIssued": True,
        "houseBillOfLadings": [without(HOUSE, "documentParties")],
    }
    assert found(check_filings(bare)) == {
        ("instructions.ens-buyer-seller", f"houseBillOfLadings[0].documentParties.{role}")
        for role in ("buyer", "seller")
    }


@pytest.mark.parametrize("name", FILING_FAULTS)
def test_each_fault_of_filings_is_found_alone(name: str, found: Found) -> None:
    instructions, code, field = FILING_FAULTS[name]
    assert found(check_filings(instructions)) == {(f"instructions.{code}", field)}
