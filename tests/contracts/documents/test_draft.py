"""From shipping instructions to a draft: nothing lost, nothing invented, refused until filled."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.documents.draft import CarrierDetails, draft_transport_document
from contracts.documents.findings import MAX_FINDINGS, Finding, Severity, errors
from contracts.documents.placeholders import is_placeholder, placeholder_for
from contracts.documents.transport_document import check_transport_document
from ledger.errors import EncodingError

Document = dict[str, Any]
Load = Callable[[str], Document]
Found = Callable[[list[Finding]], set[tuple[str, str]]]
Marked = Callable[[Any], set[str]]

CARRIER = CarrierDetails(
    carrier_code="BBLN",
    carrier_code_list_provider="NMFTA",
    name="Beibu Blue Line Shipping Co., Ltd.",
    street="Binhai Avenue",
    city="Qinzhou",
    country_code="CN",
    post_code="535008",
)


@pytest.fixture
def instructions(load: Load) -> Document:
    return load("corridor-shipping-instructions.json")


def test_the_draft_lists_what_the_carrier_has_to_fill(
    instructions: Document, found: Found, marked: Marked
) -> None:
    document, findings = draft_transport_document(instructions, CARRIER)
    to_fill = {
        "transportDocumentReference",
        "termsAndConditions",
        "receiptTypeAtOrigin",
        "deliveryTypeAtDestination",
        "cargoMovementTypeAtOrigin",
        "cargoMovementTypeAtDestination",
        "shippedOnBoardDate",
        "transports.plannedArrivalDate",
        "transports.plannedDepartureDate",
        "transports.portOfLoading.UNLocationCode",
        "transports.portOfDischarge.UNLocationCode",
        "transports.vesselVoyages[0].vesselName",
        "transports.vesselVoyages[0].carrierExportVoyageNumber",
    }
    assert found(findings) == {("document.placeholder", field) for field in to_fill}
    assert marked(document) == to_fill
    assert {finding.severity for finding in findings} == {Severity.ERROR}


def test_the_draft_holds_what_the_shipper_and_the_carrier_said(
    instructions: Document, straight: Document
) -> None:
    document, _ = draft_transport_document(instructions, CARRIER)
    assert document["transportDocumentStatus"] == "DRAFT"
    assert document["carrierCode"] == "BBLN"
    assert document["consignmentItems"] == straight["consignmentItems"]
    for role in ("shipper", "consignee", "notifyParties"):
        assert document["documentParties"][role] == straight["documentParties"][role]
    assert document["documentParties"]["issuingParty"] == {
        "partyName": "Beibu Blue Line Shipping Co., Ltd.",
        "address": {
            "street": "Binhai Avenue",
            "city": "Qinzhou",
            "countryCode": "CN",
            "postCode": "535008",
        },
    }
    numbers = [item["equipment"]["equipmentReference"] for item in document["utilizedTransportEquipments"]]
    assert numbers == ["SLNU1002356", "SLNU5601286"]


def test_a_filled_draft_is_accepted_and_can_be_issued(
    instructions: Document, filled: Callable[[Any], Any]
) -> None:
    document = filled(draft_transport_document(instructions, CARRIER)[0])
    assert check_transport_document(document) == []
    document.update(transportDocumentStatus="ISSUED", issueDate="2026-03-09")
    assert check_transport_document(document) == []


def test_the_instructions_are_left_as_they_were(instructions: Document) -> None:
    before = copy.deepcopy(instructions)
    draft_transport_document(instructions, CARRIER)
    assert instructions == before


def test_standing_terms_are_taken_over(instructions: Document, marked: Marked) -> None:
    carrier = CarrierDetails(
        carrier_code="BBLN",
        carrier_code_list_provider="NMFTA",
        name="B",
        street="S",
        city="C",
        country_code="CN",
        terms_and_conditions="As published.",
    )
    document, _ = draft_transport_document(instructions, carrier)
    assert document["termsAndConditions"] == "As published."
    assert "termsAndConditions" not in marked(document)


def test_received_for_shipment_asks_for_the_other_date(instructions: Document) -> None:
    instructions["isShippedOnBoardType"] = False
    document, _ = draft_transport_document(instructions, CARRIER)
    assert is_placeholder(document["receivedForShipmentDate"])
    assert "shippedOnBoardDate" not in document


def test_a_required_agent_at_destination_is_asked_for(instructions: Document, marked: Marked) -> None:
    instructions["isCarriersAgentAtDestinationRequired"] = True
    document, _ = draft_transport_document(instructions, CARRIER)
    assert "documentParties.carriersAgentAtDestination.partyName" in marked(document)


def test_what_the_shipper_left_out_is_asked_for(instructions: Document, marked: Marked) -> None:
    del instructions["documentParties"]["consignee"]["identifyingCodes"]
    del instructions["consignmentItems"][0]["cargoItems"][0]["outerPackaging"]
    del instructions["invoicePayableAt"]
    document, _ = draft_transport_document(instructions, CARRIER)
    assert {
        "documentParties.consignee.identifyingCodes[0].codeListProvider",
        "documentParties.consignee.identifyingCodes[0].partyCode",
        "consignmentItems[0].cargoItems[0].outerPackaging.numberOfPackages",
        "consignmentItems[0].cargoItems[0].outerPackaging.description",
        "invoicePayableAt.UNLocationCode",
    } <= marked(document)


def test_fields_without_a_place_are_reported_unless_they_belong_to_instructions(
    instructions: Document, found: Found
) -> None:
    instructions["colour"] = "blue"
    instructions["documentParties"]["shipper"]["fax"] = "1"
    instructions["requestedCarrierClauses"] = ["CARGO_CARGOSPECIFICS"]
    instructions["advanceManifestFilings"] = []
    assert others(instructions, found) == {
        ("draft.field-left-out", "colour"),
        ("draft.field-left-out", "documentParties.shipper.fax"),
        ("draft.request", "requestedCarrierClauses"),
    }
    assert "colour" not in draft_transport_document(instructions, CARRIER)[0]


def others(instructions: Document, found: Found) -> set[tuple[str, str]]:
    """What is found beside the fields that a carrier has to fill."""
    _, findings = draft_transport_document(instructions, CARRIER)
    return {pair for pair in found(findings) if pair[0] != "document.placeholder"}


@pytest.mark.parametrize("name", ["requestedCarrierClauses", "requestedCarrierCertificates"])
def test_what_the_shipper_asks_for_is_a_warning(instructions: Document, found: Found, name: str) -> None:
    instructions[name] = ["CARGO_CARGOSPECIFICS"]
    assert others(instructions, found) == {("draft.request", name)}


def test_what_is_left_out_of_a_list_is_reported_with_its_place(instructions: Document, found: Found) -> None:
    instructions["consignmentItems"][1]["colour"] = "blue"
    instructions["utilizedTransportEquipments"][0]["equipment"] = {"equipmentReference": "SLNU1002356"}
    assert others(instructions, found) == {
        ("draft.field-left-out", "consignmentItems[1].colour"),
        ("draft.field-left-out", "utilizedTransportEquipments[0].equipmentReference"),
    }


WRONG_SHAPES: dict[str, tuple[Callable[[Document], object], str, str]] = {
    "no containers": (lambda d: d.pop("utilizedTransportEquipments"), "too-few-items", ""),
    "text for containers": (lambda d: d.update(utilizedTransportEquipments="x"), "wrong-type", ""),
    "a number for a container": (
        lambda d: d.update(utilizedTransportEquipments=[1]),
        "wrong-type",
        "[0]",
    ),
}


@pytest.mark.parametrize("name", WRONG_SHAPES)
def test_containers_of_a_wrong_shape_are_reported(instructions: Document, found: Found, name: str) -> None:
    change, code, place = WRONG_SHAPES[name]
    change(instructions)
    told = others(instructions, found)
    assert {pair for pair in told if pair[0] != "document.cargo-in-unknown-container"} == {
        (f"document.{code}", f"utilizedTransportEquipments{place}")
    }


@pytest.mark.parametrize(("name", "value"), [("isToOrder", {"yes": True}), ("documentParties", [])])
def test_fields_of_a_wrong_shape_are_reported(
    instructions: Document, found: Found, name: str, value: Any
) -> None:
    instructions |= {name: value, "isCarriersAgentAtDestinationRequired": True}
    assert others(instructions, found) == {("document.wrong-type", name)}


def test_of_alternatives_one_is_asked_for(instructions: Document) -> None:
    del instructions["partyContactDetails"], instructions["invoicePayableAt"]
    document, _ = draft_transport_document(instructions, CARRIER)
    assert document["partyContactDetails"] == [{"name": "NAME_PLACEHOLDER", "phone": "PHONE_PLACEHOLDER"}]
    assert document["invoicePayableAt"] == {"UNLocationCode": "UN_LOCATION_CODE_PLACEHOLDER"}


def test_ports_are_told_apart_by_their_markers(instructions: Document) -> None:
    document, _ = draft_transport_document(instructions, CARRIER)
    for port, name in (("portOfLoading", "PORT_OF_LOADING"), ("portOfDischarge", "PORT_OF_DISCHARGE")):
        assert document["transports"][port] == {"UNLocationCode": f"{name}_UN_LOCATION_CODE_PLACEHOLDER"}


def test_hostile_instructions_have_a_bounded_answer(instructions: Document) -> None:
    instructions["references"] = [{"colour": "blue"}] * 10_000
    _, findings = draft_transport_document(instructions, CARRIER)
    assert len(findings) == MAX_FINDINGS
    assert findings[-1].code == "draft.too-many-findings"


def test_instructions_for_another_carrier_are_an_error(instructions: Document) -> None:
    instructions["carrierCode"] = "OTHR"
    _, findings = draft_transport_document(instructions, CARRIER)
    [finding] = [finding for finding in errors(findings) if finding.code != "document.placeholder"]
    assert (finding.code, finding.field) == ("draft.other-carrier", "carrierCode")


@pytest.mark.parametrize("value", [None, [], "text"])
def test_what_is_no_object_is_refused(value: Any) -> None:
    with pytest.raises(EncodingError):
        draft_transport_document(value, CARRIER)


def test_an_empty_object_gives_a_draft_of_markers_and_flags_missing(found: Found) -> None:
    _, findings = draft_transport_document({}, CARRIER)
    assert ("document.placeholder", "isToOrder") in found(findings)


SHALLOW = st.none() | st.booleans() | st.text(max_size=5) | st.lists(st.integers(), max_size=2)
FIELDS = st.sampled_from(
    [
        "documentParties",
        "consignmentItems",
        "utilizedTransportEquipments",
        "isToOrder",
        "carrierCode",
        "advanceManifestFilings",
        "houseBillOfLadings",
        "requestedCarrierClauses",
        "transports",
        "references",
    ]
)


@given(st.dictionaries(FIELDS, SHALLOW | st.lists(st.dictionaries(FIELDS, SHALLOW), max_size=2)))
def test_no_instructions_break_the_draft(instructions: Document) -> None:
    document, findings = draft_transport_document(instructions, CARRIER)
    assert errors(findings)
    json.dumps(document)


@pytest.mark.parametrize(
    ("name", "marker"),
    [
        ("shippedOnBoardDate", "SHIPPED_ON_BOARD_DATE_PLACEHOLDER"),
        ("UNLocationCode", "UN_LOCATION_CODE_PLACEHOLDER"),
        ("partyName", "PARTY_NAME_PLACEHOLDER"),
    ],
)
def test_markers_name_their_field_and_are_recognised(name: str, marker: str) -> None:
    assert placeholder_for(name) == marker
    assert is_placeholder(marker)


@pytest.mark.parametrize(
    "text", ["{CBR}", "{carrier booking}", "SHIPPER_CODE_LIST_PROVIDER", "x A_PLACEHOLDER y"]
)
def test_leftovers_of_templates_are_recognised(text: str) -> None:
    assert is_placeholder(text)


@pytest.mark.parametrize(
    "text",
    ["", "PLACEHOLDER", "_CODE_LIST_NAME", "placeholder cards", "A_B", "{}", "{1}", "PRE", "CODE_LIST"],
)
def test_data_is_not_mistaken_for_a_leftover(text: str) -> None:
    assert not is_placeholder(text)
