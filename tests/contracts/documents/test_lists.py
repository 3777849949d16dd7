"""Every value of the lists that rules are made of, as the standards give them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contracts.documents.code_lists import CODE_KINDS, known_codes
from contracts.documents.findings import Finding
from contracts.documents.rules_carriage import originals_and_copies, places_say_where
from contracts.documents.rules_instructions import check_filings
from contracts.documents.rules_parties import each_party
from contracts.documents.transport_document import check_transport_document
from contracts.documents.wco_values import minor_units
from contracts.documents.xml_tree import Element

Found = Callable[[list[Finding]], set[tuple[str, str]]]

KINDS_OF_CODES = {
    "locode": "places (UN/LOCODE)",
    "hs": "goods (HS, six digits)",
    "scac": "carriers (NMFTA SCAC)",
    "smdg": "liners (SMDG)",
}


def test_kinds_of_codes_are_named_and_explained() -> None:
    assert {kind.name: kind.meaning for kind in CODE_KINDS.values()} == KINDS_OF_CODES
    assert [kind.name for kind in CODE_KINDS.values()] == list(CODE_KINDS)


ROLES = (
    "shipper",
    "onBehalfOfShipper",
    "consignee",
    "onBehalfOfConsignee",
    "endorsee",
    "issuingParty",
    "carriersAgentAtDestination",
)
PLACES = ("placeOfReceipt", "portOfLoading", "portOfDischarge", "placeOfDelivery", "onwardInlandRouting")


def test_parties_are_looked_for_wherever_a_document_names_them() -> None:
    """DCSA EBL 3.0.4, DocumentParties."""
    named: dict[str, Any] = {role: {} for role in ROLES}
    document = {"documentParties": {**named, "notifyParties": [{}, {}], "other": [{"party": {}}]}}
    assert {field for field, _ in each_party(document)} == {
        *(f"documentParties.{role}" for role in ROLES),
        "documentParties.notifyParties[0]",
        "documentParties.notifyParties[1]",
        "documentParties.other[0].party",
    }


def test_places_are_looked_up_wherever_a_document_names_them() -> None:
    """DCSA EBL 3.0.4: Transports, PlaceOfIssue, InvoicePayableAt and the address of a party."""
    place = {"UNLocationCode": "NLRTM"}
    party = {"address": place}
    document = {
        "transports": dict.fromkeys(PLACES, place),
        "placeOfIssue": place,
        "invoicePayableAt": place,
        "documentParties": {
            **dict.fromkeys(ROLES, party),
            "notifyParties": [party],
            "other": [{"party": party}],
        },
    }
    parties = [*ROLES, "notifyParties[0]", "other[0].party"]
    assert {finding.field for finding in known_codes(document, {"locode": {"CNQZH"}})} == {
        *(f"transports.{name}.UNLocationCode" for name in PLACES),
        "placeOfIssue.UNLocationCode",
        "invoicePayableAt.UNLocationCode",
        *(f"documentParties.{name}.address.UNLocationCode" for name in parties),
    }


def test_goods_codes_are_looked_up_wherever_a_document_names_them() -> None:
    codes = {"HSCodes": ["010121"], "extendedHSCodes": ["010121"]}
    document = {"consignmentItems": [{**codes, "cargoItems": [codes]}]}
    assert {finding.field for finding in known_codes(document, {"hs": {"010129"}})} == {
        f"consignmentItems[0].{inside}{name}[0]"
        for inside in ("", "cargoItems[0].")
        for name in ("HSCodes", "extendedHSCodes")
    }


@pytest.mark.parametrize("name", PLACES)
def test_a_place_that_is_given_says_where_it_is(name: str, found: Found) -> None:
    told = list(places_say_where({"transports": {name: {}}}))
    assert found(told) == {("document.place-empty", f"transports.{name}")}


@pytest.mark.parametrize("charges", ["With", "Without"])
def test_originals_and_copies_are_counted_with_and_without_charges(charges: str, found: Found) -> None:
    originals, copies = f"numberOfOriginals{charges}Charges", f"numberOfCopies{charges}Charges"
    bill = {"transportDocumentTypeCode": "BOL", "isElectronic": True}
    told = list(originals_and_copies({**bill, originals: 2, copies: 1}))
    assert found(told) == {
        ("document.electronic-one-original", originals),
        ("document.electronic-has-copies", copies),
    }
    assert list(originals_and_copies({**bill, originals: 1, copies: 0})) == []
    waybill = list(originals_and_copies({"transportDocumentTypeCode": "SWB", originals: 1}))
    assert found(waybill) == {("document.sea-waybill-has-originals", originals)}


@pytest.mark.parametrize("status", ["DRAFT", "APPROVED", "ISSUED", "VOIDED"])
def test_dates_may_wait_until_a_document_is_issued(
    status: str, straight: dict[str, Any], found: Found
) -> None:
    straight["transportDocumentStatus"] = status
    del straight["issueDate"], straight["shippedOnBoardDate"]
    issued = {
        ("document.needs-issue-date", "issueDate"),
        ("document.needs-shipment-date", "shippedOnBoardDate"),
    }
    told = {pair for pair in found(check_transport_document(straight)) if "date" in pair[0]}
    assert told == (set() if status in ("DRAFT", "APPROVED") else issued)


@pytest.mark.parametrize("code", ["22R1", "45H0", "45G1", "22U1", "22T0"])
def test_thermal_containers_by_the_third_letter_of_their_type(
    code: str, straight: dict[str, Any], found: Found
) -> None:
    """ISO 6346: R is refrigerated or heated, H refrigerated or heated with removable equipment."""
    straight["utilizedTransportEquipments"][0]["equipment"]["ISOEquipmentCode"] = code
    told = found(check_transport_document(straight))
    field = "utilizedTransportEquipments[0].isNonOperatingReefer"
    assert told == ({("document.reefer-needs-flag", field)} if code[2] in "RH" else set())


@pytest.mark.parametrize("method", "ABCDHYZ")
def test_methods_of_payment_of_house_bills(method: str) -> None:
    """DCSA EBL 3.0.4, HouseBillOfLading."""
    assert check_filings({"houseBillOfLadings": [{"methodOfPayment": method}]}) == []


@pytest.mark.parametrize("code", ["VY", "VS", "VR", "VQ", "VO", "VL", "NG", "NF", "NE", "VG"])
def test_packages_that_cannot_be_counted(code: str) -> None:
    """UNECE Recommendation 21: bulk, and goods without packaging."""
    packed = {"outerPackaging": {"packageCode": code}}
    assert check_filings({"houseBillOfLadings": [{"consignmentItems": [{"cargoItems": [packed]}]}]}) == []


def amount(currency: str) -> int | None:
    return minor_units(Element("E", "E", {"currencyID": currency}, text="7"), [])


def test_decimals_of_currencies() -> None:
    """ISO 4217, minor units."""
    none = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
    three = "BHD IQD JOD KWD LYD OMR TND"
    assert {currency for currency in none.split() if amount(currency) != 7} == set()
    assert {currency for currency in three.split() if amount(currency) != 7000} == set()
    assert {amount(currency) for currency in ("USD", "EUR", "CNY", "KHR", "THB")} == {700}
