"""WCO declarations in XML: mapped to our form, or refused with the element and what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.documents.declaration import check_declaration
from contracts.documents.findings import Severity
from contracts.documents.wco import FromWco, map_declaration
from contracts.documents.xml_tree import MAX_XML_BYTES, MAX_XML_DEPTH, MAX_XML_ELEMENTS, parse_xml
from ledger.errors import EncodingError

Load = Callable[[str], dict[str, Any]]

XML = (Path(__file__).parents[3] / "examples" / "declaration-import.xml").read_text(encoding="utf-8")
ITEM = "MetaData/Declaration/GoodsShipment/GovernmentAgencyGoodsItem"


def mapped(text: str = XML) -> FromWco:
    return map_declaration(parse_xml(text.encode()))


def test_the_example_says_the_same_in_xml_and_in_json(load: Load) -> None:
    assert mapped().document == load("declaration-import.json")
    assert (mapped().findings, mapped().ahead) == ([], False)


@pytest.mark.parametrize("letter", ["D", "E", "F", "K"])
def test_the_third_letter_of_the_type_says_that_goods_are_still_to_come(letter: str) -> None:
    assert mapped(XML.replace("IMA", f"IM{letter}")).ahead


@pytest.mark.parametrize(("code", "kind"), [("EXA", "export"), ("COA", "import"), ("T1", "transit")])
def test_the_first_letters_of_the_type_say_which_way(code: str, kind: str) -> None:
    assert mapped(XML.replace("IMA", code)).document["declaration_type"] == kind


BROKEN = {
    "another type": ("IMA", "QQA", "wco.type", "MetaData/Declaration/TypeCode", "IM, CO, EX"),
    "a request": (
        "<FunctionCode>9",
        "<FunctionCode>13",
        "wco.not-original",
        "MetaData/Declaration/FunctionCode",
        "sealane clearance request",
    ),
    "no reference": (
        "HP-2026-00577",
        " ",
        "wco.missing-element",
        "MetaData/Declaration/FunctionalReferenceID",
        "LRN",
    ),
    "no declarant": (
        "0201999992",
        "",
        "wco.missing-element",
        "MetaData/Declaration/Declarant/ID",
        "EORI",
    ),
    "no goods": (
        "GovernmentAgencyGoodsItem",
        "SomethingElse",
        "wco.missing-element",
        ITEM,
        "at least one",
    ),
    "no description": (
        "Motorcycle frames and wheels, unassembled",
        "",
        "wco.missing-element",
        f"{ITEM}[2]/Commodity/Description",
        "Describe",
    ),
    "no mass": (
        '<GrossMassMeasure unitCode="KGM">9240</GrossMassMeasure>',
        "",
        "wco.missing-element",
        f"{ITEM}/Commodity/GoodsMeasure/GrossMassMeasure",
        "kilograms",
    ),
    "a mass finer than a gram": (
        "17280.5",
        "17280.5004",
        "wco.unreadable",
        f"{ITEM}[2]/Commodity/GoodsMeasure/GrossMassMeasure",
        "three decimals",
    ),
    "a mass in pounds": (
        'unitCode="KGM">9240',
        'unitCode="LBR">9240',
        "wco.unreadable",
        f"{ITEM}/Commodity/GoodsMeasure/GrossMassMeasure",
        "LBR",
    ),
    "an amount without currency": (
        'currencyID="USD">63504.00',
        ">63504.00",
        "wco.unreadable",
        f"{ITEM}/Commodity/InvoiceLine/ItemChargeAmount",
        "currencyID",
    ),
    "more decimals than the currency has": (
        'currencyID="USD">63504.00',
        'currencyID="JPY">63504.50',
        "wco.unreadable",
        f"{ITEM}/Commodity/InvoiceLine/ItemChargeAmount",
        "0 decimals",
    ),
    "a count that is none": (
        ">420<",
        ">four<",
        "wco.unreadable",
        f"{ITEM}/Packaging/QuantityQuantity",
        "whole number",
    ),
    "no procedure": (
        "<CurrentCode>A11</CurrentCode>",
        "",
        "wco.missing-element",
        f"{ITEM}/GovernmentProcedure/CurrentCode",
        "procedure",
    ),
    "a message of customs": (
        "<Declaration>",
        "<Response/><Declaration>",
        "wco.no-declaration",
        "MetaData",
        "DEC",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_mapped_is_named_with_its_element_and_what_to_do(name: str) -> None:
    old, new, code, field, says = BROKEN[name]
    assert old in XML
    found = mapped(XML.replace(old, new)).findings
    assert (found[0].severity, found[0].code, found[0].field) == (Severity.ERROR, code, field)
    assert says in found[0].message


def test_every_fault_is_told_at_once() -> None:
    twice = XML.replace("0201999992", "").replace("HP-2026-00577", "").replace(">96<", ">-1<")
    assert len(mapped(twice).findings) == 3


def test_a_number_that_is_no_container_number_is_other_equipment() -> None:
    document = mapped(XML.replace("SLNU5601286", "AD12345")).document
    assert (document["containers"], document["other_equipment"]) == (["SLNU1002356"], ["AD12345"])
    assert check_declaration(document) == []


def test_the_total_of_the_invoice_is_the_value_of_an_only_item() -> None:
    item = XML[XML.index("<GovernmentAgencyGoodsItem>") : XML.index("</GoodsShipment>")]
    one = item[: item.index("</GovernmentAgencyGoodsItem>")] + "</GovernmentAgencyGoodsItem>"
    line = one[one.index("<InvoiceLine>") : one.index("</Commodity>")]
    bare = XML.replace(item, one.replace(line, ""))
    assert "currency" not in mapped(bare).document["goods_items"][0]
    told = bare.replace("<Declarant>", '<InvoiceAmount currencyID="BHD">5.125</InvoiceAmount><Declarant>')
    goods = mapped(told).document["goods_items"][0]
    assert (goods["customs_value_minor_units"], goods["currency"]) == (5125, "BHD")


HOSTILE = {
    "a document type": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    "a document type without entities": '<!DOCTYPE a SYSTEM "http://example.com/a.dtd"><a/>',
    "a processing instruction": "<a><?php echo 1 ?></a>",
    "a style sheet": '<?xml-stylesheet href="x"?><a/>',
    "an undeclared entity": "<a>&nbsp;</a>",
    "another encoding": '<?xml version="1.0" encoding="UTF-16"?><a/>',
    "an encoding of its own": '<?xml version="1.0" encoding="ISO-8859-1"?><a/>',
    "too many levels": "<a>" * (MAX_XML_DEPTH + 1) + "</a>" * (MAX_XML_DEPTH + 1),
    "too many elements": f"<a>{'<b/>' * MAX_XML_ELEMENTS}</a>",
    "too many bytes": f"<a>{' ' * MAX_XML_BYTES}</a>",
    "two roots": "<a/><b/>",
    "an end without a beginning": "</a>",
    "a beginning without an end": "<a>",
    "nothing": "",
}


def test_bytes_of_another_encoding_are_not_read() -> None:
    for encoding in ("utf-16", "utf-16-le", "utf-32", "cp037"):
        with pytest.raises(EncodingError):
            parse_xml("<a>b</a>".encode(encoding))


@pytest.mark.parametrize("name", HOSTILE)
def test_dangerous_xml_is_not_read(name: str) -> None:
    with pytest.raises(EncodingError):
        parse_xml(HOSTILE[name].encode())


def test_what_is_just_within_the_limits_is_read() -> None:
    deep = parse_xml(("<a>" * MAX_XML_DEPTH + "</a>" * MAX_XML_DEPTH).encode())
    wide = parse_xml(f"<a>{'<b/>' * (MAX_XML_ELEMENTS - 1)}</a>".encode())
    assert deep.path == "a"
    assert len(wide.children) == MAX_XML_ELEMENTS - 1
    assert wide.children[-1].path == f"a/b[{MAX_XML_ELEMENTS - 1}]"


@given(st.binary(max_size=200) | st.text(alphabet="<>/&!?[]='\"a: ", max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        root = parse_xml(data)
    except EncodingError:
        return
    assert root.path == root.name


@given(st.sampled_from([line for line in XML.splitlines() if line.strip()]), st.text(max_size=8))
def test_any_line_may_say_anything(line: str, other: str) -> None:
    """A mapping never fails otherwise than by its findings."""
    try:
        root = parse_xml(XML.replace(line, other).encode("utf-8", "surrogatepass"))
    except EncodingError:
        return
    result = map_declaration(root)
    for finding in (*result.findings, *check_declaration(result.document)):
        assert finding.field
        assert finding.message.endswith(".")


@pytest.mark.conformance
def test_every_published_declaration_is_mapped(conformance_data: Path) -> None:
    files = sorted((conformance_data / "hmrc-cds" / "scenarios").glob("*/*.xml"))
    lodged = 0
    for file in files:
        root = parse_xml(file.read_bytes())
        declaration = root.find("Declaration")
        if root.find("Response") or declaration is None or declaration.text_of("FunctionCode") != "9":
            continue
        result = map_declaration(root)
        wrong = [f for f in (*result.findings, *check_declaration(result.document)) if f.severity == "error"]
        assert wrong == [], file
        lodged += 1
    assert lodged == 52
