"""Each element of a WCO declaration alone: what it becomes, what replaces it, what its absence means."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.documents.findings import Finding, Severity
from contracts.documents.wco import declaration_of, map_declaration
from contracts.documents.wco_values import grams, minor_units, whole
from contracts.documents.xml_tree import Element, parse_xml

PROCEDURE = "<GovernmentProcedure><CurrentCode>40</CurrentCode></GovernmentProcedure>"
ITEM = "<SequenceNumeric>1</SequenceNumeric>" + PROCEDURE
GOODS = """<Commodity><Description>Tea</Description><GoodsMeasure><GrossMassMeasure>2</GrossMassMeasure>
</GoodsMeasure></Commodity>"""
TEA = {"item_number": 1, "description": "Tea", "gross_mass_grams": 2000, "procedure": "40"}


def declaration(
    *, kind: str = "IMA", more: str = "", shipment: str = "", item: str = ITEM + GOODS, who: str = ""
) -> str:
    return (
        f"<Declaration><FunctionCode>9</FunctionCode><TypeCode>{kind}</TypeCode>{more}"
        "<FunctionalReferenceID>LRN1</FunctionalReferenceID>"
        f"<Declarant>{who or '<ID>GB123456789000</ID>'}</Declarant><GoodsShipment>{shipment}"
        f"<GovernmentAgencyGoodsItem>{item}</GovernmentAgencyGoodsItem></GoodsShipment></Declaration>"
    )


def document(**parts: str) -> dict[str, Any]:
    """What maps without any finding."""
    result = map_declaration(parse_xml(declaration(**parts).encode()))
    assert result.findings == []
    return result.document


def item(inside: str) -> dict[str, Any]:
    goods: dict[str, Any] = document(item=inside)["goods_items"][0]
    return goods


def test_the_least_that_a_declaration_says() -> None:
    assert document() == {
        "version": 1,
        "declaration_type": "import",
        "local_reference_number": "LRN1",
        "declarant": {"identifier_scheme": "EORI", "identifier": "GB123456789000"},
        "goods_items": [TEA],
    }


@pytest.mark.parametrize("around", ["{}", "<MetaData>{}</MetaData>", "<Sent><MetaData>{}</MetaData></Sent>"])
def test_a_declaration_is_found_bare_in_its_metadata_or_in_a_wrapping(around: str) -> None:
    root = parse_xml(around.format(declaration()).encode())
    found = declaration_of(root)
    assert found is not None
    assert found.name == "Declaration"
    assert map_declaration(root).document == document()


@pytest.mark.parametrize(
    "xml", ["<Sent/>", "<Sent><Other><Declaration/></Other></Sent>", "<MetaData>x</MetaData>"]
)
def test_what_holds_no_declaration(xml: str) -> None:
    result = map_declaration(parse_xml(xml.encode()))
    [finding] = result.findings
    assert (finding.code, finding.field) == ("wco.no-declaration", parse_xml(xml.encode()).name)
    assert (result.document, result.ahead) == ({"version": 1}, False)


def test_a_request_is_mapped_no_further() -> None:
    text = declaration(kind="IMD").replace("<FunctionCode>9", "<FunctionCode>13")
    result = map_declaration(parse_xml(text.encode()))
    [finding] = result.findings
    assert (finding.code, finding.field) == ("wco.not-original", "Declaration/FunctionCode")
    assert "'13' with type 'IMD'" in finding.message
    assert (result.document, result.ahead) == ({"version": 1}, False)


@pytest.mark.parametrize(
    ("kind", "ahead"),
    [("IMA", False), ("IMD", True), ("IMDX", True), ("DEA", False), ("IM", False), ("EXK", True)],
)
def test_the_third_letter_alone_says_whether_goods_are_awaited(kind: str, ahead: bool) -> None:
    assert map_declaration(parse_xml(declaration(kind=kind).encode())).ahead is ahead


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("IM", "import"),
        ("CO", "import"),
        ("EX", "export"),
        ("T1", "transit"),
        ("T2", "transit"),
        ("TI", "transit"),
    ],
)
def test_types_of_declarations(code: str, kind: str) -> None:
    assert document(kind=code)["declaration_type"] == kind


PRESENTED = "<PresentationOffice><ID>GB000060</ID></PresentationOffice>"
SUPERVISED = "<SupervisingOffice><ID>GBXYZ007</ID></SupervisingOffice>"


@pytest.mark.parametrize(
    ("more", "office"),
    [(PRESENTED, "GB000060"), (SUPERVISED, "GBXYZ007"), (SUPERVISED + PRESENTED, "GB000060")],
)
def test_the_office_of_presentation_comes_before_the_supervising_one(more: str, office: str) -> None:
    assert document(more=more)["customs_office_code"] == office


def test_the_office_of_exit() -> None:
    assert document(more="<ExitOffice><ID>GB000060</ID></ExitOffice>")["exit_office_code"] == "GB000060"


@pytest.mark.parametrize(
    ("who", "declarant"),
    [
        ("<ID>GB1</ID><Name>A</Name>", {"identifier_scheme": "EORI", "identifier": "GB1", "name": "A"}),
        ("<ID>0201</ID>", {"identifier_scheme": "OTHER", "identifier": "0201"}),
    ],
)
def test_who_declares(who: str, declarant: dict[str, str]) -> None:
    assert document(who=who)["declarant"] == declarant


NAMED = "<{0}><ID>BILL1</ID><TypeCode>{1}</TypeCode></{0}>"


@pytest.mark.parametrize("kind", ["705", "N705", "714", "703", "704", "730", "740", "741"])
@pytest.mark.parametrize("place", ["TransportContractDocument", "PreviousDocument"])
def test_a_transport_document_of_the_shipment(kind: str, place: str) -> None:
    named = NAMED.format(place, kind)
    shipment = f"<Consignment>{named}</Consignment>" if place.startswith("Transport") else named
    assert document(shipment=shipment)["transport_document_reference"] == "BILL1"


@pytest.mark.parametrize("place", ["AdditionalDocument", "PreviousDocument"])
def test_a_transport_document_of_an_item(place: str) -> None:
    inside = ITEM + GOODS + NAMED.format(place, "380") + NAMED.format(place, "N704").replace("BILL1", "BILL2")
    assert document(item=inside)["transport_document_reference"] == "BILL2"


def test_the_shipments_transport_document_comes_before_an_items() -> None:
    inside = ITEM + GOODS + NAMED.format("PreviousDocument", "705").replace("BILL1", "BILL2")
    told = document(shipment=NAMED.format("PreviousDocument", "705"), item=inside)
    assert told["transport_document_reference"] == "BILL1"


@pytest.mark.parametrize("named", [NAMED.format("PreviousDocument", "380"), "<PreviousDocument/>"])
def test_other_documents_are_no_transport_documents(named: str) -> None:
    assert "transport_document_reference" not in document(shipment=named)


def test_a_transport_document_without_a_number_is_none() -> None:
    nameless = "<PreviousDocument><TypeCode>705</TypeCode></PreviousDocument>"
    assert "transport_document_reference" not in document(shipment=nameless)


def test_equipment_is_listed_once_and_by_what_it_is() -> None:
    numbers = ("SLNU1002356", "AD12345", "", "SLNU1002356", "MSCU1234567", "AD12345")
    inside = "".join(f"<TransportEquipment><ID>{number}</ID></TransportEquipment>" for number in numbers)
    told = document(shipment=f"<Consignment>{inside}</Consignment>")
    assert told["containers"] == ["SLNU1002356", "MSCU1234567"], "a wrong check digit is only doubtful"
    assert told["other_equipment"] == ["AD12345"]
    alone = document(
        shipment="<Consignment><TransportEquipment><ID>AD1</ID></TransportEquipment></Consignment>"
    )
    assert "containers" not in alone


def classified(**codes: str) -> str:
    inside = "".join(
        f"<Classification><ID>{code}</ID><IdentificationTypeCode>{kind}</IdentificationTypeCode></Classification>"
        for kind, code in codes.items()
    )
    return ITEM + GOODS.replace("</Commodity>", f"{inside}</Commodity>")


@pytest.mark.parametrize(
    ("codes", "hs"),
    [
        ({"TSP": "09022000"}, "09022000"),
        ({"TSP": "09022000", "TRC": "10"}, "0902200010"),
        ({"GN": "X", "TRC": "10", "TSP": "09022000"}, "0902200010"),
        ({"TRC": "10"}, None),
        ({"GN": "09022000"}, None),
    ],
)
def test_the_commodity_code_has_two_parts(codes: dict[str, str], hs: str | None) -> None:
    assert item(classified(**codes)).get("hs_code") == hs


def test_packages_are_added_up() -> None:
    packed = "<Packaging><QuantityQuantity>{}</QuantityQuantity></Packaging>"
    assert item(ITEM + GOODS + packed.format(3) + packed.format(4))["packages"] == 7
    text = declaration(item=ITEM + GOODS + packed.format(3) + packed.format("four"))
    result = map_declaration(parse_xml(text.encode()))
    assert [finding.code for finding in result.findings] == ["wco.unreadable"]
    assert result.document["goods_items"][0]["packages"] == 3


def test_the_procedure_has_two_parts() -> None:
    both = ITEM.replace("</CurrentCode>", "</CurrentCode><PreviousCode>71</PreviousCode>")
    assert item(both + GOODS)["procedure"] == "4071"


@pytest.mark.parametrize("procedure", ["", PROCEDURE.replace("Current", "Previous")])
def test_an_item_without_a_procedure(procedure: str) -> None:
    text = declaration(item=ITEM.replace(PROCEDURE, procedure) + GOODS)
    [finding] = map_declaration(parse_xml(text.encode())).findings
    assert finding.code == "wco.missing-element"
    assert finding.field.endswith("GovernmentAgencyGoodsItem/GovernmentProcedure/CurrentCode")


def test_an_item_says_where_its_goods_come_from_and_what_they_weigh_net() -> None:
    net = "<NetNetWeightMeasure>1.5</NetNetWeightMeasure></GoodsMeasure>"
    inside = GOODS.replace("</GoodsMeasure>", net) + "<Origin><CountryCode>CN</CountryCode></Origin>"
    assert item(ITEM + inside) == {**TEA, "net_mass_grams": 1500, "country_of_origin": "CN"}


LINE = '<InvoiceLine><ItemChargeAmount currencyID="USD">5.10</ItemChargeAmount></InvoiceLine></Commodity>'
STATISTICAL = '<StatisticalValueAmount currencyID="EUR">7</StatisticalValueAmount>'
INVOICE = '<InvoiceAmount currencyID="VND">9</InvoiceAmount>'


@pytest.mark.parametrize(
    ("inside", "more", "value", "currency"),
    [
        (GOODS.replace("</Commodity>", LINE) + STATISTICAL, INVOICE, 510, "USD"),
        (GOODS + STATISTICAL, INVOICE, 700, "EUR"),
        (GOODS, INVOICE, 9, "VND"),
    ],
)
def test_the_nearest_value_of_an_item_counts(inside: str, more: str, value: int, currency: str) -> None:
    told = document(more=more, item=ITEM + inside)["goods_items"][0]
    assert (told["customs_value_minor_units"], told["currency"]) == (value, currency)


def test_an_unreadable_value_has_no_currency_either() -> None:
    text = declaration(more='<InvoiceAmount currencyID="USD">much</InvoiceAmount>')
    result = map_declaration(parse_xml(text.encode()))
    [finding] = result.findings
    assert (finding.code, finding.field) == ("wco.unreadable", "Declaration/InvoiceAmount")
    assert result.document["goods_items"] == [TEA]


def test_the_invoices_total_is_not_the_value_of_each_of_two_items() -> None:
    second = ITEM.replace(">1<", ">2<") + GOODS
    inside = f"{ITEM}{GOODS}</GovernmentAgencyGoodsItem><GovernmentAgencyGoodsItem>{second}"
    goods = document(more=INVOICE, item=inside)["goods_items"]
    assert goods == [TEA, {**TEA, "item_number": 2}]


def element(text: str, **attributes: str) -> Element:
    return Element(name="E", path="A/E", attributes=attributes, text=text)


def read(convert: Any, text: str, **attributes: str) -> Any:
    """The value, or the finding that says why there is none."""
    findings: list[Finding] = []
    value = convert(element(text, **attributes), findings)
    if value is not None:
        assert findings == []
        return value
    [finding] = findings
    assert (finding.severity, finding.code, finding.field) == (Severity.ERROR, "wco.unreadable", "A/E")
    return None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("7", 7),
        ("999999999", 999_999_999),
        ("1234567890", None),
        ("", None),
        ("-1", None),
        ("1.0", None),
        ("\u0661", None),
    ],
)
def test_whole_numbers(text: str, number: int | None) -> None:
    assert read(whole, text) == number


@pytest.mark.parametrize(
    ("text", "mass"),
    [
        ("0.001", 1),
        ("2", 2000),
        ("2.5000", 2500),
        ("0.0001", None),
        (".5", None),
        ("1e3", None),
        ("999999999999", 999_999_999_999_000),
        ("1234567890123", None),
        ("1,5", None),
    ],
)
def test_kilograms_are_grams_exactly(text: str, mass: int | None) -> None:
    assert read(grams, text) == mass
    assert read(grams, text, unitCode="KGM") == mass
    assert read(grams, text, unitCode="LBR") is None


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("5.10", "USD", 510),
        ("5.1", "USD", 510),
        ("5.125", "USD", None),
        ("5.125", "KWD", 5125),
        ("5.00", "VND", 5),
        ("5.10", "VND", None),
        ("5", "usd", None),
        ("5", "", None),
        ("5", "USDX", None),
    ],
)
def test_amounts_are_in_the_smallest_unit_of_their_currency(
    text: str, currency: str, amount: int | None
) -> None:
    """ISO 4217: the dinar of Kuwait has three decimals, the dong none."""
    assert read(minor_units, text, currencyID=currency) == amount


def test_an_amount_needs_a_currency() -> None:
    assert read(minor_units, "5") is None
