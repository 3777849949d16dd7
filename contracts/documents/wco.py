"""WCO declarations (data model 3.6, message DEC) as declarations in our own form.

The mapping is the table `ELEMENTS`: which element gives which field. Elements are
found by local name. What our form has no place for stays in the national message,
which an office keeps as a supporting document. A declaration that cannot be mapped
is refused with every element at fault and what to do about it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts.documents.declaration import VERSION, DeclarationType
from contracts.documents.findings import Finding, error, shown
from contracts.documents.identifiers import check_container_number
from contracts.documents.wco_values import grams, minor_units, whole
from contracts.documents.xml_tree import Element

ORIGINAL: Final = "9"
"""Function code of an original declaration."""

REQUEST: Final = "13"
"""Function code of a request about a declaration."""

TYPES: Final[Mapping[str, DeclarationType]] = {
    "IM": DeclarationType.IMPORT,
    "CO": DeclarationType.IMPORT,
    "EX": DeclarationType.EXPORT,
    "T1": DeclarationType.TRANSIT,
    "T2": DeclarationType.TRANSIT,
    "TI": DeclarationType.TRANSIT,
}
"""Declaration type by the first two letters of TypeCode; CO is trade with special fiscal territories."""

AHEAD: Final = ("D", "E", "F", "K")
"""Third letters of TypeCode (additional declaration type) of declarations lodged before the goods arrive."""

BILL_TYPES: Final = ("705", "714", "703", "704", "730", "740", "741")
"""Document type codes of transport documents (UN/EDIFACT 1001, without their N)."""

_EORI = re.compile(r"[A-Z]{2}[A-Z0-9]{1,15}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """One row: an element of the message and the field that it becomes."""

    field: str
    """Field of our form."""
    path: str
    """Path of local names under Declaration, or under the goods item."""
    convert: Callable[[Element, list[Finding]], Any] | None = None
    """How the text becomes a value; as it stands when absent."""
    required: str = ""
    """What to do when it is missing; empty when it may be."""
    note: str = ""
    """What the page of the mapping says about it."""


DECLARATION_ELEMENTS: Final[tuple[Mapped, ...]] = (
    Mapped(
        field="local_reference_number",
        path="FunctionalReferenceID",
        required="Give your own reference (LRN).",
    ),
    Mapped(field="customs_office_code", path="PresentationOffice/ID"),
    Mapped(field="customs_office_code", path="SupervisingOffice/ID", note="when no office of presentation"),
    Mapped(field="exit_office_code", path="ExitOffice/ID"),
)
"""Elements of the declaration."""

ITEM_ELEMENTS: Final[tuple[Mapped, ...]] = (
    Mapped(
        field="item_number",
        path="SequenceNumeric",
        convert=whole,
        required="Number the goods items 1, 2, 3 in their order.",
    ),
    Mapped(
        field="description",
        path="Commodity/Description",
        required="Describe the goods.",
    ),
    Mapped(field="country_of_origin", path="Origin/CountryCode"),
    Mapped(
        field="gross_mass_grams",
        path="Commodity/GoodsMeasure/GrossMassMeasure",
        convert=grams,
        required="State the gross mass in kilograms.",
        note="kilograms to grams",
    ),
    Mapped(
        field="net_mass_grams",
        path="Commodity/GoodsMeasure/NetNetWeightMeasure",
        convert=grams,
        note="kilograms to grams",
    ),
    Mapped(
        field="customs_value_minor_units",
        path="Commodity/InvoiceLine/ItemChargeAmount",
        convert=minor_units,
        note="to the smallest unit of its currencyID",
    ),
    Mapped(
        field="customs_value_minor_units",
        path="StatisticalValueAmount",
        convert=minor_units,
        note="when no invoice line",
    ),
)
"""Elements of a goods item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FromWco:
    """What a WCO declaration says, in our form."""

    document: dict[str, Any]
    """The declaration; `check_declaration` has still to pass it."""
    ahead: bool
    """Whether it was made before the goods arrived."""
    findings: list[Finding]
    """What could not be mapped; errors stop it."""


def declaration_of(root: Element) -> Element | None:
    """The Declaration of a DEC message, bare, in its MetaData, or in a service's wrapping; else None."""
    if root.name == "Declaration":
        return root
    return (root.find("MetaData") or root).first("Declaration")


def _source(root: Element, findings: list[Finding]) -> Element | None:
    found = declaration_of(root)
    if found is None or root.find("Response") is not None:
        message = "This is no WCO declaration (message DEC): send one with an element Declaration."
        findings.append(error("wco.no-declaration", root.path, message))
        return None
    return found


def map_declaration(root: Element) -> FromWco:
    """The original declaration that a DEC message holds."""
    findings: list[Finding] = []
    document: dict[str, Any] = {"version": VERSION}
    source = _source(root, findings)
    if source is None:
        return FromWco(document=document, ahead=False, findings=findings)
    code = source.text_of("TypeCode")
    if source.text_of("FunctionCode") != ORIGINAL:
        findings.append(_no_original(source, code))
        return FromWco(document=document, ahead=False, findings=findings)
    _type(source, code, document, findings)
    _fill(source, DECLARATION_ELEMENTS, document, findings)
    _declarant(source, document, findings)
    _bill(source, document)
    _equipment(source, document)
    items = list(source.all("GoodsShipment/GovernmentAgencyGoodsItem"))
    if not items:
        path = f"{source.path}/GoodsShipment/GovernmentAgencyGoodsItem"
        findings.append(error("wco.missing-element", path, "Declare at least one goods item."))
    document["goods_items"] = [_item(item, findings) for item in items]
    if len(items) == 1:
        _invoice(source, document["goods_items"][0], findings)
    return FromWco(document=document, ahead=code[2:3] in AHEAD, findings=findings)


def _no_original(source: Element, code: str) -> Finding:
    message = (
        f"Function code {shown(source.text_of('FunctionCode'))} with type {shown(code)} is a request about a "
        "declaration, not a declaration: use `sealane clearance request`."
    )
    return error("wco.not-original", f"{source.path}/FunctionCode", message)


def _type(source: Element, code: str, document: dict[str, Any], findings: list[Finding]) -> None:
    kind = TYPES.get(code[:2])
    if kind is None:
        message = (
            f"{shown(code)} is no declaration type that is known here; it begins with {', '.join(TYPES)}."
        )
        findings.append(error("wco.type", f"{source.path}/TypeCode", message))
    else:
        document["declaration_type"] = kind.value


def _fill(source: Element, rows: tuple[Mapped, ...], target: dict[str, Any], findings: list[Finding]) -> None:
    """Give the target what the rows find; the first row of a field that finds something wins."""
    for row in rows:
        found = source.first(row.path)
        if row.field in target:
            continue
        if found is None:
            if row.required:
                findings.append(error("wco.missing-element", f"{source.path}/{row.path}", row.required))
            continue
        value = found.text if row.convert is None else row.convert(found, findings)
        if value is not None:
            target[row.field] = value
            if row.field == "customs_value_minor_units":
                target["currency"] = found.attributes["currencyID"]


def _declarant(source: Element, document: dict[str, Any], findings: list[Finding]) -> None:
    number, name = source.text_of("Declarant/ID"), source.text_of("Declarant/Name")
    if not number:
        path = f"{source.path}/Declarant/ID"
        findings.append(error("wco.missing-element", path, "Give the declarant's number (EORI)."))
        return
    scheme = "EORI" if _EORI.fullmatch(number) else "OTHER"
    document["declarant"] = {
        "identifier_scheme": scheme,
        "identifier": number,
        **({"name": name} if name else {}),
    }


def _bill(source: Element, document: dict[str, Any]) -> None:
    """The first transport document that the declaration or an item of it names."""
    shipment = "GoodsShipment"
    places = (
        f"{shipment}/Consignment/TransportContractDocument",
        f"{shipment}/PreviousDocument",
        f"{shipment}/GovernmentAgencyGoodsItem/AdditionalDocument",
        f"{shipment}/GovernmentAgencyGoodsItem/PreviousDocument",
    )
    for place in places:
        for named in source.all(place):
            if named.text_of("TypeCode").removeprefix("N") in BILL_TYPES and named.text_of("ID"):
                document["transport_document_reference"] = named.text_of("ID")
                return


def _equipment(source: Element, document: dict[str, Any]) -> None:
    """Containers by their ISO 6346 numbers, and whatever else bears a number."""
    numbers = dict.fromkeys(
        found.text for found in source.all("GoodsShipment/Consignment/TransportEquipment/ID") if found.text
    )
    containers = [n for n in numbers if not any(f.severity == "error" for f in _container(n))]
    others = [n for n in numbers if n not in containers]
    document |= {"containers": containers} if containers else {}
    document |= {"other_equipment": others} if others else {}


def _container(number: str) -> list[Finding]:
    return check_container_number(number, field="")


def _item(source: Element, findings: list[Finding]) -> dict[str, Any]:
    item: dict[str, Any] = {}
    _fill(source, ITEM_ELEMENTS, item, findings)
    classes = {
        found.text_of("IdentificationTypeCode"): found.text_of("ID")
        for found in source.all("Commodity/Classification")
    }
    if classes.get("TSP"):
        item["hs_code"] = classes["TSP"] + classes.get("TRC", "")
    packages = [whole(found, findings) for found in source.all("Packaging/QuantityQuantity")]
    if packages:
        item["packages"] = sum(number for number in packages if number is not None)
    procedure = source.first("GovernmentProcedure")
    current = "" if procedure is None else procedure.text_of("CurrentCode")
    if procedure is None or not current:
        path = f"{source.path}/GovernmentProcedure/CurrentCode"
        findings.append(error("wco.missing-element", path, "State the customs procedure."))
    else:
        item["procedure"] = current + procedure.text_of("PreviousCode")
    return item


def _invoice(source: Element, item: dict[str, Any], findings: list[Finding]) -> None:
    """The invoice's total is the value of the only item, when the item states none."""
    total = source.first("InvoiceAmount")
    if total is None or "customs_value_minor_units" in item:
        return
    value = minor_units(total, findings)
    if value is not None:
        item |= {"customs_value_minor_units": value, "currency": total.attributes["currencyID"]}
