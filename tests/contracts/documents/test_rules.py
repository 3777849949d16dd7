"""Every rule beyond the shape, each broken alone."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from contracts.documents import rules_codes, transport_document
from contracts.documents.findings import Finding, Severity
from contracts.documents.transport_document import check_transport_document
from tests.contracts.documents import broken_goods, broken_terms
from tests.contracts.documents.changes import (
    BOX,
    CARGO,
    POUND,
    POUND_IN_KG,
    Break,
    Change,
    box,
    cargo,
    dangerous,
    drop,
    identify,
    parties,
    together,
)

Documents = dict[str, dict[str, Any]]
Found = Callable[[list[Finding]], set[tuple[str, str]]]

ERRORS: dict[str, Break] = {**broken_terms.ERRORS, **broken_goods.ERRORS}

WARNINGS: dict[str, Break] = {
    "three lines of address on paper": (
        "straight",
        together(
            lambda d: d.update(isElectronic=False),
            lambda d: parties(d)["shipper"].update(displayedAddress=["line"] * 3),
        ),
        "document.displayed-address-on-paper",
        "documentParties.shipper.displayedAddress",
    ),
    "arrival before departure": (
        "straight",
        lambda d: d["transports"].update(plannedArrivalDate="2026-03-07"),
        "document.arrival-before-departure",
        "transports.plannedArrivalDate",
    ),
    "a platform that came later": (
        "straight",
        lambda d: parties(d)["shipper"].update(eblPlatform="SEAL"),
        "document.unknown-value",
        "documentParties.shipper.eblPlatform",
    ),
    "a list of codes that came later": (
        "straight",
        identify("NEWLIST", "1"),
        "document.unknown-value",
        "documentParties.shipper.identifyingCodes[0].codeListProvider",
    ),
    "a national code that came later": (
        "straight",
        lambda d: cargo(d).update(nationalCommodityCodes=[{"type": "AHTN", "values": ["84099149"]}]),
        "document.unknown-value",
        f"{CARGO}.nationalCommodityCodes[0].type",
    ),
    "an LEI with a wrong check digit": (
        "straight",
        identify("GLEIF", "529900T8BM49ADCSAO55"),
        "identifier.lei-check-digit",
        "documentParties.shipper.identifyingCodes[0].partyCode",
    ),
    "a container with a wrong check digit": (
        "straight",
        together(
            lambda d: cargo(d).update(equipmentReference="MSCU1234567"),
            lambda d: box(d)["equipment"].update(equipmentReference="MSCU1234567"),
        ),
        "identifier.container-number-check-digit",
        f"{BOX}.equipment.equipmentReference",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_each_rule_refuses_alone(name: str, documents: Documents, found: Found) -> None:
    kind, change, code, field = ERRORS[name]
    change(documents[kind])
    findings = check_transport_document(documents[kind])
    assert found(findings) == {(code, field)}
    assert {finding.severity for finding in findings} == {Severity.ERROR}


@pytest.mark.parametrize("name", WARNINGS)
def test_each_rule_warns_alone(name: str, documents: Documents, found: Found) -> None:
    kind, change, code, field = WARNINGS[name]
    change(documents[kind])
    findings = check_transport_document(documents[kind])
    assert found(findings) == {(code, field)}
    assert {finding.severity for finding in findings} == {Severity.WARNING}


@pytest.mark.parametrize("kind", ["straight", "to_order", "blank", "sea_waybill"])
def test_the_unbroken_documents_have_no_finding(kind: str, documents: Documents) -> None:
    assert check_transport_document(documents[kind]) == []


ALLOWED: dict[str, tuple[str, Change]] = {
    "an endorsee who is notified": (
        "to_order",
        together(
            lambda d: parties(d).pop("notifyParties"),
            lambda d: parties(d)["endorsee"].update(isNotifyParty=True),
        ),
    ),
    "originals and copies on paper": (
        "straight",
        lambda d: d.update(isElectronic=False, numberOfOriginalsWithCharges=2, numberOfCopiesWithCharges=3),
    ),
    "no originals of a waybill, said aloud": (
        "sea_waybill",
        lambda d: d.update(numberOfOriginalsWithCharges=0),
    ),
    "received for shipment": (
        "straight",
        lambda d: (
            drop(d, "shippedOnBoardDate"),
            d.update(isShippedOnBoardType=False, receivedForShipmentDate="2026-03-07"),
        ),
    ),
    "a draft without dates": (
        "straight",
        lambda d: (drop(d, "shippedOnBoardDate", "issueDate"), d.update(transportDocumentStatus="DRAFT")),
    ),
    "a non-operating reefer": (
        "sea_waybill",
        lambda d: (drop(box(d), "activeReeferSettings"), box(d).update(isNonOperatingReefer=True)),
    ),
    "equal weights in two units": (
        "straight",
        lambda d: cargo(d).update(cargoGrossWeight=POUND_IN_KG, cargoNetWeight=POUND),
    ),
    "a known party code of another list": ("straight", identify("W3C", "did:web:example.com")),
    "unstructured lines for an address": (
        "straight",
        lambda d: (drop(parties(d)["shipper"], "address"), parties(d)["shipper"].update(addressLines=["A"])),
    ),
    "dangerous goods in IMO packaging": (
        "straight",
        together(
            dangerous(),
            lambda d: drop(cargo(d)["outerPackaging"], "packageCode"),
            lambda d: cargo(d)["outerPackaging"].update(imoPackagingCode="1A2"),
        ),
    ),
    "arrival on the day of departure": (
        "straight",
        lambda d: d["transports"].update(plannedArrivalDate=d["transports"]["plannedDepartureDate"]),
    ),
    "customs references of another country or type": (
        "straight",
        lambda d: d.update(
            customsReferences=[
                {"type": kind, "countryCode": country, "values": ["1"]}
                for kind, country in (("ACID", "EG"), ("ACID", "SD"), ("CERS", "EG"))
            ]
        ),
    ),
    "six displayed lines on an electronic document": (
        "straight",
        lambda d: parties(d)["shipper"].update(displayedAddress=["line"] * 6),
    ),
    "two displayed lines on paper": (
        "straight",
        lambda d: (
            d.update(isElectronic=False),
            parties(d)["shipper"].update(displayedAddress=["line"] * 2),
        ),
    ),
    "tax references of another country or type": (
        "straight",
        lambda d: parties(d)["shipper"].update(
            taxLegalReferences=[
                {"type": kind, "countryCode": country, "value": "1"}
                for kind, country in (("VAT", "CN"), ("VAT", "VN"), ("TIN", "CN"))
            ]
        ),
    ),
    "another list of those who keep LEIs": (
        "straight",
        lambda d: parties(d)["shipper"].update(
            identifyingCodes=[
                {"codeListProvider": "GLEIF", "codeListName": "RAL", "partyCode": "RA000001"},
            ]
        ),
    ),
    "settings of a container of unknown type that operates": (
        "sea_waybill",
        lambda d: drop(box(d)["equipment"], "ISOEquipmentCode"),
    ),
}


@pytest.mark.parametrize("name", ALLOWED)
def test_what_is_beside_a_rule_stays_allowed(name: str, documents: Documents) -> None:
    kind, change = ALLOWED[name]
    change(documents[kind])
    assert check_transport_document(documents[kind]) == []


def test_places_are_looked_up_in_the_callers_list(straight: dict[str, Any], found: Found) -> None:
    parties(straight)["issuingParty"]["address"]["UNLocationCode"] = "CNXXX"
    known = {"CNCKG", "CNQZH", "VNHPH"}
    findings = check_transport_document(straight, lists={"locode": known})
    assert found(findings) == {
        ("identifier.location-unknown", "documentParties.issuingParty.address.UNLocationCode")
    }
    straight["placeOfIssue"]["UNLocationCode"] = "bad"
    findings = check_transport_document(straight, lists={"locode": {*known, "CNXXX"}})
    assert found(findings) == {("identifier.location-code", "placeOfIssue.UNLocationCode")}


@pytest.mark.parametrize("rule", transport_document.RULES, ids=lambda rule: rule.__name__)
def test_no_rule_is_idle(
    rule: Callable[[dict[str, Any]], object],
    documents: Documents,
    found: Found,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without this rule, one of the broken documents above passes unnoticed."""
    others = tuple(other for other in transport_document.RULES if other is not rule)
    monkeypatch.setattr(transport_document, "RULES", others)
    missed = 0
    for kind, change, code, field in (*ERRORS.values(), *WARNINGS.values()):
        document = copy.deepcopy(documents[kind])
        change(document)
        missed += (code, field) not in found(check_transport_document(document))
    assert missed > 0


def test_lists_of_values_name_fields_that_exist() -> None:
    from contracts.documents.model_document import TRANSPORT_DOCUMENT
    from contracts.documents.shape import ListOf, Node, Record

    paths = [path for path, _ in (*rules_codes.CLOSED_LISTS, *rules_codes.GROWING_LISTS)]
    for path in [*paths, *rules_codes.LOCATION_PATHS]:
        node: Node | None = TRANSPORT_DOCUMENT
        for name in path.split("."):
            if not isinstance(node, Record):
                break
            node = node.node(name.removesuffix("[]"))
            if isinstance(node, ListOf) and name.endswith("[]"):
                node = node.item
        optional_in_some_party = path.startswith("documentParties.")
        assert node is not None or optional_in_some_party, path
