"""Customs declarations in our own format: its shape, its rules and its summary.

The format holds what a gate, a control and a release need and no more; an office
keeps its national message beside it as a supporting document. Unlike a transport
document it follows our own schema rule: integers only, units in the names, no
unknown fields.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from contracts.documents.findings import Finding, bounded, error, shown
from contracts.documents.identifiers import (
    IdentifierCheck,
    check_container_number,
    check_country,
    check_eori,
    check_hs_code,
    check_uscc,
)
from contracts.documents.model_parts import CURRENCY, trimmed
from contracts.documents.paths import Document, each, first
from contracts.documents.placeholders import is_placeholder
from contracts.documents.shape import Identifier, ListOf, Record, Text, Whole, check_shape
from ledger.errors import EncodingError

VERSION = 1
"""Version of the format."""

MAX_ITEMS = 999
"""Goods items of one declaration, the limit that customs systems commonly set."""

MAX_CONTAINERS = 999
"""Containers of one declaration."""

MAX_AMOUNT = 10**12
"""Largest mass in grams or value in minor units of one item; 999 of them stay below 2^53."""

_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]*")
_OFFICE = re.compile(r"[A-Z]{2}[A-Z0-9]{2,8}")
_VALUE = "customs_value_minor_units"
_CAPITALS = re.compile(r"[A-Z0-9]+")


class DeclarationType(enum.StrEnum):
    """What is to happen to the goods."""

    IMPORT = "import"
    EXPORT = "export"
    TRANSIT = "transit"


IDENTIFIER_CHECKS: Mapping[str, IdentifierCheck] = {"EORI": check_eori, "USCC": check_uscc}
"""How a declarant's number is checked, by its scheme; numbers of scheme OTHER are taken as they are."""

_ITEM = Record(
    required={
        "item_number": Whole(minimum=1, maximum=MAX_ITEMS),
        "description": trimmed(512),
        "gross_mass_grams": Whole(minimum=1, maximum=MAX_AMOUNT),
        "procedure": Text(most=7, least=2, pattern=_CAPITALS, looks="a procedure code (capitals and digits)"),
    },
    optional={
        "hs_code": Identifier(check=check_hs_code),
        "country_of_origin": Identifier(check=check_country),
        "net_mass_grams": Whole(minimum=1, maximum=MAX_AMOUNT),
        "packages": Whole(maximum=99_999_999),
        "customs_value_minor_units": Whole(maximum=MAX_AMOUNT),
        "currency": CURRENCY,
    },
)
"""A goods item. Simplified and transit declarations leave much to a later, supplementary one."""

OFFICE = Text(most=10, pattern=_OFFICE, looks="an office code (country, then 2 to 8 capitals or digits)")

DECLARATION = Record(
    required={
        "version": Whole(minimum=VERSION, maximum=VERSION),
        "declaration_type": Text(most=7, choices=tuple(DeclarationType)),
        "local_reference_number": Text(
            most=22, least=1, pattern=_REFERENCE, looks="a reference (letters, digits, . / _ and -)"
        ),
        "declarant": Record(
            required={
                "identifier_scheme": Text(most=5, choices=(*IDENTIFIER_CHECKS, "OTHER")),
                "identifier": trimmed(35),
            },
            optional={"name": trimmed(70)},
        ),
        "goods_items": ListOf(item=_ITEM, least=1, most=MAX_ITEMS),
    },
    optional={
        "customs_office_code": OFFICE,
        "exit_office_code": OFFICE,
        "transport_document_reference": trimmed(35),
        "containers": ListOf(item=Identifier(check=check_container_number), least=1, most=MAX_CONTAINERS),
        "other_equipment": ListOf(item=trimmed(17), least=1, most=MAX_CONTAINERS),
    },
)
"""Every field of a declaration. `other_equipment` names what carries goods and bears no ISO 6346 number."""


def check_declaration(declaration: Document) -> list[Finding]:
    """Everything wrong or doubtful about a declaration; no error among it means it can be lodged."""
    return bounded(_findings(declaration), code="declaration.too-many-findings")


def _findings(declaration: Document) -> Iterator[Finding]:
    yield from check_shape(declaration, DECLARATION, prefix="declaration")
    rules = (_declarant_number, _containers_differ, _items_in_order, _net_within_gross, _value_has_currency)
    for rule in (*rules, _one_currency):
        yield from rule(declaration)


def _declarant_number(declaration: Document) -> Iterator[Finding]:
    """The declarant's number has the form of its scheme."""
    scheme = first(declaration, "declarant.identifier_scheme", str)
    check = IDENTIFIER_CHECKS.get(scheme or "")
    for field, number in each(declaration, "declarant.identifier", str):
        if check is not None and not is_placeholder(number):
            yield from check(number, field=field)


def _containers_differ(declaration: Document) -> Iterator[Finding]:
    """A container is listed once."""
    seen: set[str] = set()
    for field, number in each(declaration, "containers[]", str):
        if number in seen:
            message = f"{shown(number)} is listed twice; list it once."
            yield error("declaration.container-twice", field, message)
        seen.add(number)


def _items_in_order(declaration: Document) -> Iterator[Finding]:
    """Items are numbered 1, 2, 3 in their order, so that a query can name one."""
    for position, (field, item) in enumerate(each(declaration, "goods_items[]", dict), start=1):
        number = item.get("item_number")
        if isinstance(number, int) and number != position:
            message = f"Item {position} bears the number {number}; number the items 1, 2, 3 in their order."
            yield error("declaration.item-number", f"{field}.item_number", message)


def _net_within_gross(declaration: Document) -> Iterator[Finding]:
    """Goods do not weigh more without their packaging."""
    for field, item in each(declaration, "goods_items[]", dict):
        net, gross = first(item, "net_mass_grams", int), first(item, "gross_mass_grams", int)
        if net is not None and gross is not None and net > gross:
            message = "The net mass is more than the gross mass; correct one of them."
            yield error("declaration.net-exceeds-gross", f"{field}.net_mass_grams", message)


def _value_has_currency(declaration: Document) -> Iterator[Finding]:
    """A value is stated in a currency, and a currency with a value."""
    for field, item in each(declaration, "goods_items[]", dict):
        for name, other in (("customs_value_minor_units", "currency"), ("currency", _VALUE)):
            if name in item and other not in item:
                yield error("declaration.missing-field", f"{field}.{other}", f"State it beside {name}.")


def _one_currency(declaration: Document) -> Iterator[Finding]:
    """All values are in one currency, so that they have a sum."""
    currencies = list(each(declaration, "goods_items[].currency", str))
    for field, currency in currencies[1:]:
        if currency != currencies[0][1]:
            message = f"{shown(currency)} beside {shown(currencies[0][1])}; state all values in one currency."
            yield error("declaration.mixed-currency", field, message)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationSummary:
    """The gist of one declaration, for lists and private search."""

    declaration_type: DeclarationType
    """Import, export or transit."""
    customs_office_code: str
    """The office it is lodged with; this and any text below is empty where the declaration leaves it out."""
    local_reference_number: str
    """The declarant's own number for it."""
    declarant_name: str
    """Who declares."""
    declarant_identifier: str
    """The declarant's number, in the scheme of the document."""
    transport_document_reference: str
    """The bill or waybill that covers the goods."""
    containers: tuple[str, ...]
    """Container numbers in the order of the document."""
    other_equipment: tuple[str, ...]
    """What else carries the goods, in the order of the document."""
    hs_codes: tuple[str, ...]
    """One for each item that has one."""
    descriptions: tuple[str, ...]
    """One for each item."""
    countries_of_origin: tuple[str, ...]
    """One for each item that has one."""
    gross_mass_grams: int
    """Sum over the items."""
    net_mass_grams: int
    """Sum over the items."""
    packages: int
    """Sum over the items."""
    customs_value_minor_units: int
    """Sum over the items, in the smallest unit of `currency`."""
    currency: str
    """ISO 4217 code of all values."""


def summarise_declaration(declaration: Document) -> DeclarationSummary:
    """The summary of a declaration in which `check_declaration` found no error.

    Raises `EncodingError` naming the field when the declaration was not checked
    and lacks something.
    """
    return DeclarationSummary(
        declaration_type=_type(declaration),
        customs_office_code=_maybe(declaration, "customs_office_code"),
        local_reference_number=_one(declaration, "local_reference_number"),
        declarant_name=_maybe(declaration, "declarant.name"),
        declarant_identifier=_one(declaration, "declarant.identifier"),
        transport_document_reference=_maybe(declaration, "transport_document_reference"),
        containers=_all(declaration, "containers[]"),
        other_equipment=_all(declaration, "other_equipment[]"),
        hs_codes=_all(declaration, "goods_items[].hs_code"),
        descriptions=_all(declaration, "goods_items[].description"),
        countries_of_origin=_all(declaration, "goods_items[].country_of_origin"),
        gross_mass_grams=_sum(declaration, "gross_mass_grams"),
        net_mass_grams=_sum(declaration, "net_mass_grams"),
        packages=_sum(declaration, "packages"),
        customs_value_minor_units=_sum(declaration, "customs_value_minor_units"),
        currency=_maybe(declaration, "goods_items[].currency"),
    )


def _type(declaration: Document) -> DeclarationType:
    value = _one(declaration, "declaration_type")
    if value not in tuple(DeclarationType):
        raise EncodingError(f"{shown(value)} is none of import, export and transit", field="declaration_type")
    return DeclarationType(value)


def _one(declaration: Document, path: str) -> str:
    text = first(declaration, path, str)
    if text is None:
        raise EncodingError("the declaration lacks this; check it before summarising it", field=path)
    return text


def _maybe(declaration: Document, path: str) -> str:
    return first(declaration, path, str) or ""


def _all(declaration: Document, path: str) -> tuple[str, ...]:
    return tuple(text for _, text in each(declaration, path, str))


def _sum(declaration: Document, name: str) -> int:
    return sum(number for _, number in each(declaration, f"goods_items[].{name}", int))
