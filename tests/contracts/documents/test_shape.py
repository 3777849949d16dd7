"""The shape of a transport document: fields, types, lists, lengths, unknown fields, hostile input."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.documents.findings import MAX_FINDINGS, Finding, Severity
from contracts.documents.transport_document import check_transport_document
from ledger.canonical import MAX_DOCUMENT_DEPTH

Found = Callable[[list[Finding]], set[tuple[str, str]]]
Change = Callable[[dict[str, Any]], object]

EQUIPMENT = "utilizedTransportEquipments[0]"
CARGO = "consignmentItems[0].cargoItems[0]"


def cargo(document: dict[str, Any]) -> Any:
    return document["consignmentItems"][0]["cargoItems"][0]


def dangerous(document: dict[str, Any], **more: Any) -> None:
    goods = {"UNNumber": "1463", "properShippingName": "Chromium trioxide", "imoClass": "5.1", **more}
    cargo(document)["outerPackaging"]["dangerousGoods"] = [goods]


BREAKS: dict[str, tuple[Change, str, str]] = {
    "a required field is gone": (
        lambda d: d.pop("termsAndConditions"),
        "missing-field",
        "termsAndConditions",
    ),
    "a nested required field is gone": (
        lambda d: d["transports"].pop("plannedArrivalDate"),
        "missing-field",
        "transports.plannedArrivalDate",
    ),
    "a field of a list item is gone": (
        lambda d: d["utilizedTransportEquipments"][0].pop("seals"),
        "missing-field",
        f"{EQUIPMENT}.seals",
    ),
    "text is a number": (lambda d: d.update(termsAndConditions=7), "wrong-type", "termsAndConditions"),
    "text is null": (lambda d: d.update(issueDate=None), "wrong-type", "issueDate"),
    "a flag is text": (lambda d: d.update(isElectronic="true"), "wrong-type", "isElectronic"),
    "the parties are a list": (
        lambda d: d.update(documentParties=[]),
        "wrong-type",
        "documentParties",
    ),
    "a bill that does not say to whom it is": (
        lambda d: (d.update(isToOrder="no"), d["documentParties"].pop("consignee")),
        "wrong-type",
        "isToOrder",
    ),
    "an object is a list": (lambda d: d.update(invoicePayableAt=[]), "wrong-type", "invoicePayableAt"),
    "a list is an object": (lambda d: d.update(references={}), "wrong-type", "references"),
    "a whole number has a fraction": (
        lambda d: d.update(numberOfRiderPages=1.5),
        "wrong-type",
        "numberOfRiderPages",
    ),
    "a count is a flag": (lambda d: d.update(numberOfRiderPages=True), "wrong-type", "numberOfRiderPages"),
    "a count is negative": (lambda d: d.update(numberOfRiderPages=-1), "out-of-range", "numberOfRiderPages"),
    "a count is too large": (
        lambda d: d.update(numberOfRiderPages=2**31),
        "out-of-range",
        "numberOfRiderPages",
    ),
    "a weight is zero": (
        lambda d: cargo(d).update(cargoGrossVolume={"value": 0, "unit": "MTQ"}),
        "out-of-range",
        f"{CARGO}.cargoGrossVolume.value",
    ),
    "a weight is absurd": (
        lambda d: cargo(d).update(cargoGrossVolume={"value": 1e300, "unit": "MTQ"}),
        "out-of-range",
        f"{CARGO}.cargoGrossVolume.value",
    ),
    "a number is endless": (
        lambda d: cargo(d).update(cargoGrossVolume={"value": float("inf"), "unit": "MTQ"}),
        "wrong-type",
        f"{CARGO}.cargoGrossVolume.value",
    ),
    "a unit is unknown": (
        lambda d: cargo(d)["cargoGrossWeight"].update(unit="TNE"),
        "not-in-list",
        f"{CARGO}.cargoGrossWeight.unit",
    ),
    "a status is unknown": (
        lambda d: d.update(transportDocumentStatus="LOST"),
        "not-in-list",
        "transportDocumentStatus",
    ),
    "a document of no known type has no originals to count": (
        lambda d: d.update(transportDocumentTypeCode="XYZ", numberOfOriginalsWithCharges=1),
        "not-in-list",
        "transportDocumentTypeCode",
    ),
    "a document that does not say whether it is issued needs no date of issue": (
        lambda d: (d.pop("transportDocumentStatus"), d.pop("issueDate")),
        "missing-field",
        "transportDocumentStatus",
    ),
    "a departure is not planned": (
        lambda d: d["transports"].pop("plannedDepartureDate"),
        "missing-field",
        "transports.plannedDepartureDate",
    ),
    "a departure that is no date does not lie after the arrival": (
        lambda d: d["transports"].update(plannedDepartureDate="soon"),
        "bad-date",
        "transports.plannedDepartureDate",
    ),
    "an arrival that is no date does not lie before the departure": (
        lambda d: d["transports"].update(plannedArrivalDate="(2026-03-11)"),
        "bad-date",
        "transports.plannedArrivalDate",
    ),
    "the whole way is gone": (lambda d: d.pop("transports"), "missing-field", "transports"),
    "a text is too long": (
        lambda d: d.update(transportDocumentReference="X" * 21),
        "too-long",
        "transportDocumentReference",
    ),
    "a text is too short": (
        lambda d: cargo(d)["outerPackaging"].update(packageCode="4"),
        "too-short",
        f"{CARGO}.outerPackaging.packageCode",
    ),
    "a text ends in a blank": (
        lambda d: d.update(transportDocumentReference="HHL1 "),
        "malformed",
        "transportDocumentReference",
    ),
    "a reference holds a line break": (
        lambda d: d.update(transportDocumentReference="HHL\n1"),
        "malformed",
        "transportDocumentReference",
    ),
    "a date does not exist": (lambda d: d.update(issueDate="2026-02-30"), "bad-date", "issueDate"),
    "a date is short": (lambda d: d.update(issueDate="20260309"), "bad-date", "issueDate"),
    "a date has foreign digits": (lambda d: d.update(issueDate="\uff12026-03-09"), "bad-date", "issueDate"),
    "a moment has no offset": (
        lambda d: dangerous(d, fumigationDateTime="2026-03-01T08:00:00"),
        "bad-date",
        f"{CARGO}.outerPackaging.dangerousGoods[0].fumigationDateTime",
    ),
    "a moment has a 25th hour": (
        lambda d: dangerous(d, fumigationDateTime="2026-03-01T25:00:00Z"),
        "bad-date",
        f"{CARGO}.outerPackaging.dangerousGoods[0].fumigationDateTime",
    ),
    "a list is empty": (
        lambda d: d["utilizedTransportEquipments"][0].update(seals=[]),
        "too-few-items",
        f"{EQUIPMENT}.seals",
    ),
    "a list is too long": (
        lambda d: d.update(displayedNameForPortOfLoad=["Qinzhou"] * 6),
        "too-many-items",
        "displayedNameForPortOfLoad",
    ),
    "two places are alternatives": (
        lambda d: d["placeOfIssue"].update(countryCode="CN"),
        "choose-one",
        "placeOfIssue",
    ),
    "a contact cannot be reached": (
        lambda d: d["partyContactDetails"][0].pop("email"),
        "needs-one-of",
        "partyContactDetails[0]",
    ),
    "dangerous goods have two numbers": (
        lambda d: dangerous(d, NANumber="9037"),
        "choose-one",
        f"{CARGO}.outerPackaging.dangerousGoods[0]",
    ),
    "an unknown field": (lambda d: d.update(colour="blue"), "unknown-field", "colour"),
    "an unknown nested field": (
        lambda d: d["documentParties"]["shipper"].update(fax="1"),
        "unknown-field",
        "documentParties.shipper.fax",
    ),
    "a marker in a flag": (
        lambda d: d["utilizedTransportEquipments"][0].update(isShipperOwned="IS_SHIPPER_OWNED_PLACEHOLDER"),
        "placeholder",
        f"{EQUIPMENT}.isShipperOwned",
    ),
    "a marker inside a sentence": (
        lambda d: d.update(termsAndConditions="See TERMS_PLACEHOLDER."),
        "placeholder",
        "termsAndConditions",
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_each_departure_is_found_alone(name: str, straight: dict[str, Any], found: Found) -> None:
    change, code, field = BREAKS[name]
    change(straight)
    findings = check_transport_document(straight)
    assert found(findings) == {(f"document.{code}", field)}
    assert all(finding.severity is Severity.ERROR for finding in findings)


def test_nested_packagings_and_dangerous_goods_are_known(straight: dict[str, Any]) -> None:
    inner = {"quantity": 2, "material": "Plastic", "description": "Bags"}
    dangerous(
        straight,
        innerPackagings=[{**inner, "innerPackagings": [{**inner, "innerPackagings": [inner]}]}],
        fumigationDateTime="2026-03-01T08:00:00.5+08:00",
        limits={"temperatureUnit": "CEL", "flashPoint": -3.5},
    )
    assert check_transport_document(straight) == []


def test_a_slip_of_the_pen_is_answered_with_the_field_that_was_meant(straight: dict[str, Any]) -> None:
    straight["transportDocumentSubRefrence"] = "1"
    [finding] = check_transport_document(straight)
    assert "did you mean transportDocumentSubReference?" in finding.message


def test_unknown_fields_can_be_kept(straight: dict[str, Any]) -> None:
    straight["colour"] = {"anything": [1, "X_PLACEHOLDER"]}
    straight["transports"]["tide"] = "high"
    assert check_transport_document(straight, keep_unknown=True) == []


def test_all_departures_are_reported_at_once(straight: dict[str, Any], found: Found) -> None:
    straight.update(issueDate="soon", isElectronic=1)
    del straight["carrierCode"]
    assert found(check_transport_document(straight)) == {
        ("document.bad-date", "issueDate"),
        ("document.wrong-type", "isElectronic"),
        ("document.missing-field", "carrierCode"),
    }


def test_the_notification_spellings_of_two_states_are_accepted(straight: dict[str, Any]) -> None:
    for status in ("SURRENDER_FOR_AMENDMENT", "VOID"):
        straight["transportDocumentStatus"] = status
        assert check_transport_document(straight) == []


@pytest.mark.parametrize("value", [None, [], "text", 1])
def test_what_is_no_object_is_refused(value: Any) -> None:
    [finding] = check_transport_document(value)
    assert (finding.code, finding.field) == ("document.wrong-type", "")


def test_a_hostile_document_has_a_bounded_answer(straight: dict[str, Any]) -> None:
    straight["references"] = [{}] * 10_000
    findings = check_transport_document(straight)
    assert len(findings) == MAX_FINDINGS
    assert findings[-1].code == "document.too-many-findings"


def test_packagings_nested_without_end_are_refused_by_depth(straight: dict[str, Any]) -> None:
    innermost: dict[str, Any] = {}
    packaging = innermost
    for _ in range(10 * MAX_DOCUMENT_DEPTH):
        packaging = {"quantity": 1, "material": "a", "description": "b", "innerPackagings": [packaging]}
    dangerous(straight, innerPackagings=[packaging])
    assert [finding.code for finding in check_transport_document(straight)] == ["document.too-deep"]


def test_an_unknown_field_is_pointed_to_even_where_its_name_garbles_a_path(straight: dict[str, Any]) -> None:
    straight["documentParties"]["shipper"]["fax.a/b"] = "1"
    [finding] = check_transport_document(straight)
    assert finding.pointer == "/documentParties/shipper/fax.a~1b"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def spots(value: Any) -> list[tuple[Any, Any]]:
    """Every place in `value` that can be overwritten."""
    steps: list[tuple[Any, Any]] = []
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            steps.append((value, key))
            steps.extend(spots(item))
    return steps


EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
KINDS = [json.loads((EXAMPLES / f"corridor-{name}.json").read_text()) for name in ("straight", "sea-waybill")]


@given(st.sampled_from(KINDS), st.data())
def test_no_json_value_anywhere_breaks_the_check(document: dict[str, Any], data: st.DataObject) -> None:
    document = copy.deepcopy(document)
    for _ in range(data.draw(st.integers(1, 3))):
        owner, key = data.draw(st.sampled_from(spots(document)))
        owner[key] = data.draw(JSON)
    for finding in check_transport_document(document):
        assert finding.message.endswith((".", "?"))
