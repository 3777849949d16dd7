"""Customs declarations in our own format, and the examples as one consistent story."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.documents.declaration import (
    MAX_AMOUNT,
    MAX_ITEMS,
    DeclarationType,
    check_declaration,
    summarise_declaration,
)
from contracts.documents.draft import CarrierDetails, draft_transport_document
from contracts.documents.findings import MAX_FINDINGS, Finding, Severity
from contracts.documents.summary import summarise
from contracts.documents.transport_document import check_transport_document
from ledger.canonical import decode, encode
from ledger.errors import EncodingError
from ledger.primitives import MAX_SAFE_INTEGER

Document = dict[str, Any]
Load = Callable[[str], Document]
Found = Callable[[list[Finding]], set[tuple[str, str]]]


@pytest.fixture
def declared(load: Load) -> Document:
    return load("declaration-import.json")


def item(document: Document) -> Any:
    return document["goods_items"][1]


BREAKS: dict[str, tuple[Callable[[Document], object], str, str]] = {
    "another version": (lambda d: d.update(version=2), "declaration.out-of-range", "version"),
    "another type": (
        lambda d: d.update(declaration_type="transhipment"),
        "declaration.not-in-list",
        "declaration_type",
    ),
    "an office without a country": (
        lambda d: d.update(customs_office_code="03TG"),
        "declaration.malformed",
        "customs_office_code",
    ),
    "a reference with blanks": (
        lambda d: d.update(local_reference_number="HP 577"),
        "declaration.malformed",
        "local_reference_number",
    ),
    "a declarant without a number": (
        lambda d: d["declarant"].pop("identifier"),
        "declaration.missing-field",
        "declarant.identifier",
    ),
    "an unknown scheme": (
        lambda d: d["declarant"].update(identifier_scheme="DUNS"),
        "declaration.not-in-list",
        "declarant.identifier_scheme",
    ),
    "a malformed EORI": (
        lambda d: d["declarant"].update(identifier_scheme="EORI"),
        "identifier.eori",
        "declarant.identifier",
    ),
    "a marker for a number that has a form": (
        lambda d: d["declarant"].update(identifier_scheme="EORI", identifier="EORI_PLACEHOLDER"),
        "declaration.placeholder",
        "declarant.identifier",
    ),
    "a malformed credit code": (
        lambda d: d["declarant"].update(identifier_scheme="USCC"),
        "identifier.uscc",
        "declarant.identifier",
    ),
    "no container": (lambda d: d.update(containers=[]), "declaration.too-few-items", "containers"),
    "a malformed container": (
        lambda d: d["containers"].append("BOX"),
        "identifier.container-number",
        "containers[2]",
    ),
    "a container twice": (
        lambda d: d["containers"].append("SLNU1002356"),
        "declaration.container-twice",
        "containers[2]",
    ),
    "no goods": (lambda d: d.update(goods_items=[]), "declaration.too-few-items", "goods_items"),
    "too many goods": (
        lambda d: d.update(goods_items=[{**item(d), "item_number": n} for n in range(1, MAX_ITEMS + 2)]),
        "declaration.too-many-items",
        "goods_items",
    ),
    "an item out of order": (
        lambda d: item(d).update(item_number=3),
        "declaration.item-number",
        "goods_items[1].item_number",
    ),
    "an item without a number": (
        lambda d: item(d).pop("item_number"),
        "declaration.missing-field",
        "goods_items[1].item_number",
    ),
    "a short HS code": (
        lambda d: item(d).update(hs_code="8714"),
        "identifier.hs-code",
        "goods_items[1].hs_code",
    ),
    "no gross mass": (
        lambda d: item(d).pop("gross_mass_grams"),
        "declaration.missing-field",
        "goods_items[1].gross_mass_grams",
    ),
    "a value without currency": (
        lambda d: item(d).pop("currency"),
        "declaration.missing-field",
        "goods_items[1].currency",
    ),
    "a currency without value": (
        lambda d: item(d).pop("customs_value_minor_units"),
        "declaration.missing-field",
        "goods_items[1].customs_value_minor_units",
    ),
    "a name for an origin": (
        lambda d: item(d).update(country_of_origin="China"),
        "identifier.country",
        "goods_items[1].country_of_origin",
    ),
    "a mass with a fraction": (
        lambda d: item(d).update(gross_mass_grams=17280500.5),
        "declaration.wrong-type",
        "goods_items[1].gross_mass_grams",
    ),
    "a mass of nothing": (
        lambda d: item(d).update(net_mass_grams=0),
        "declaration.out-of-range",
        "goods_items[1].net_mass_grams",
    ),
    "net above gross": (
        lambda d: item(d).update(net_mass_grams=17_280_501),
        "declaration.net-exceeds-gross",
        "goods_items[1].net_mass_grams",
    ),
    "a value too large": (
        lambda d: item(d).update(customs_value_minor_units=MAX_AMOUNT + 1),
        "declaration.out-of-range",
        "goods_items[1].customs_value_minor_units",
    ),
    "a currency in small letters": (
        lambda d: [goods.update(currency="usd") for goods in d["goods_items"][:1]] and d["goods_items"].pop(),
        "declaration.malformed",
        "goods_items[0].currency",
    ),
    "two currencies": (
        lambda d: item(d).update(currency="VND"),
        "declaration.mixed-currency",
        "goods_items[1].currency",
    ),
    "a procedure with a dash": (
        lambda d: item(d).update(procedure="A-11"),
        "declaration.malformed",
        "goods_items[1].procedure",
    ),
    "an unknown field": (lambda d: d.update(colour="blue"), "declaration.unknown-field", "colour"),
    "a marker": (
        lambda d: d.update(transport_document_reference="TDR_PLACEHOLDER"),
        "declaration.placeholder",
        "transport_document_reference",
    ),
}

# The number of the item that is too many is out of range as well.
SIDE_EFFECTS = {"too many goods": {("declaration.out-of-range", f"goods_items[{MAX_ITEMS}].item_number")}}


@pytest.mark.parametrize("name", BREAKS)
def test_each_fault_is_found_alone(name: str, declared: Document, found: Found) -> None:
    change, code, field = BREAKS[name]
    change(declared)
    findings = check_declaration(declared)
    assert found(findings) == {(code, field), *SIDE_EFFECTS.get(name, set())}
    assert {finding.severity for finding in findings} == {Severity.ERROR}


def test_goods_without_packaging_weigh_the_same_net_and_gross(declared: Document) -> None:
    item(declared).update(net_mass_grams=item(declared)["gross_mass_grams"])
    assert check_declaration(declared) == []


def test_another_currency_is_told_beside_the_first(declared: Document) -> None:
    item(declared).update(currency="VND")
    declared["goods_items"].append({**item(declared), "item_number": 3, "currency": "USD"})
    [finding] = check_declaration(declared)
    assert finding.field == "goods_items[1].currency"
    assert "'VND' beside 'USD'" in finding.message


def test_a_wrong_check_digit_is_only_a_warning(declared: Document) -> None:
    declared["containers"][0] = "MSCU1234567"
    [finding] = check_declaration(declared)
    assert (finding.severity, finding.code) == (
        Severity.WARNING,
        "identifier.container-number-check-digit",
    )


def test_what_is_no_object_is_refused() -> None:
    value: Any = [1]
    assert [finding.code for finding in check_declaration(value)] == ["declaration.wrong-type"]


EXPORT = json.loads((Path(__file__).resolve().parents[3] / "examples/declaration-export.json").read_text())
JSON = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just([]) | st.just({})
)


@given(st.data())
def test_no_json_value_anywhere_breaks_the_check(data: st.DataObject) -> None:
    document = copy.deepcopy(EXPORT)
    owner = data.draw(st.sampled_from([document, document["declarant"], document["goods_items"][0]]))
    owner[data.draw(st.sampled_from(sorted(owner)))] = data.draw(JSON)
    assert all(finding.message.endswith((".", "?")) for finding in check_declaration(document))


def test_the_summary_adds_up_the_items(load: Load) -> None:
    summary = summarise_declaration(load("declaration-export.json"))
    assert summary.declaration_type is DeclarationType.EXPORT
    assert summary.customs_office_code == "CN8015"
    assert summary.declarant_identifier == "91500000MA0EXAMP17"
    assert summary.declarant_name == "Chongqing Yunhe Motor Parts Co., Ltd."
    assert summary.descriptions == (
        "Motorcycle engine parts: cylinders, pistons and valves",
        "Motorcycle frames and wheels, unassembled",
    )
    assert summary.hs_codes == ("8409919990", "8714100090")
    assert summary.countries_of_origin == ("CN", "CN")
    assert (summary.gross_mass_grams, summary.net_mass_grams) == (26_520_500, 25_140_000)
    assert (summary.packages, summary.customs_value_minor_units, summary.currency) == (516, 15_163_200, "USD")


def test_equipment_without_a_container_number_is_in_the_summary(declared: Document) -> None:
    declared["other_equipment"] = ["AD12345", "AD12346"]
    assert check_declaration(declared) == []
    assert summarise_declaration(declared).other_equipment == ("AD12345", "AD12346")


@pytest.mark.parametrize("name", ["local_reference_number", "declaration_type"])
def test_an_unchecked_declaration_is_refused_by_field(declared: Document, name: str) -> None:
    del declared[name]
    with pytest.raises(EncodingError) as caught:
        summarise_declaration(declared)
    assert caught.value.field == name


def test_an_unchecked_type_is_refused(declared: Document) -> None:
    declared["declaration_type"] = "transhipment"
    with pytest.raises(EncodingError) as caught:
        summarise_declaration(declared)
    assert caught.value.field == "declaration_type"


def test_what_a_simplified_declaration_leaves_out_is_empty_in_the_summary(declared: Document) -> None:
    for name in ("customs_office_code", "transport_document_reference", "containers"):
        del declared[name]
    del declared["declarant"]["name"]
    kept = ("item_number", "description", "gross_mass_grams", "procedure")
    declared["goods_items"] = [{name: i[name] for name in kept} for i in declared["goods_items"]]
    assert check_declaration(declared) == []
    summary = summarise_declaration(declared)
    assert (summary.customs_office_code, summary.transport_document_reference, summary.currency) == (
        "",
        "",
        "",
    )
    assert (summary.containers, summary.hs_codes, summary.customs_value_minor_units) == ((), (), 0)


def test_the_largest_declaration_still_sums_safely() -> None:
    assert MAX_ITEMS * MAX_AMOUNT <= MAX_SAFE_INTEGER


def test_declarations_have_one_canonical_spelling(load: Load) -> None:
    for name in ("declaration-import.json", "declaration-export.json"):
        document = load(name)
        assert decode(encode(document), dict, max_bytes=10_000) == document


def test_the_examples_tell_one_story(load: Load, filled: Callable[[Any], Any]) -> None:
    summary = summarise(load("corridor-straight.json"))
    invoice = load("corridor-invoice.json")
    for name in ("declaration-import.json", "declaration-export.json"):
        declaration = load(name)
        assert check_declaration(declaration) == []
        declared = summarise_declaration(declaration)
        assert declared.transport_document_reference == summary.transport_document_reference
        assert declared.containers == summary.containers
        assert declared.gross_mass_grams == summary.gross_weight_grams
        assert declared.packages == summary.packages
        assert tuple(code[:6] for code in declared.hs_codes) == summary.hs_codes
        assert declared.customs_value_minor_units == invoice["total_minor_units"]
    for line in invoice["lines"]:
        assert line["quantity"] * line["unit_price_minor_units"] == line["amount_minor_units"]
    assert sum(line["amount_minor_units"] for line in invoice["lines"]) == invoice["total_minor_units"]
    assert (invoice["seller"], invoice["buyer"]) == (summary.shipper_name, summary.consignee_name)
    carrier = CarrierDetails(
        carrier_code="BBLN",
        carrier_code_list_provider="NMFTA",
        name=summary.parties["issuingParty"],
        street="Binhai Avenue",
        city="Qinzhou",
        country_code="CN",
    )
    draft = filled(draft_transport_document(load("corridor-shipping-instructions.json"), carrier)[0])
    assert check_transport_document(draft) == []
    assert summarise(draft).containers == summary.containers


def test_every_transport_document_of_the_examples_is_accepted(load: Load) -> None:
    for name in ("straight", "to-order", "sea-waybill"):
        assert check_transport_document(load(f"corridor-{name}.json")) == []


def test_a_hostile_declaration_has_a_bounded_answer(declared: Document) -> None:
    declared["goods_items"] = [{}] * 10_000
    findings = check_declaration(declared)
    assert len(findings) == MAX_FINDINGS
    assert findings[-1].code == "declaration.too-many-findings"
