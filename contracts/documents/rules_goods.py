"""Goods and containers: who is in what, refrigeration, dangerous goods, masses.

Source of each rule: DCSA EBL 3.0.4 (descriptions of the fields named) and the
checks of DCSA's conformance gateway.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contracts.documents.findings import Finding, error, shown
from contracts.documents.masses import grams
from contracts.documents.paths import Document, each

_CARGO = "consignmentItems[].cargoItems[]"
_EQUIPMENT = "utilizedTransportEquipments[]"
_NUMBER = "equipment.equipmentReference"

REEFER_TYPES = ("R", "H")
"""Third character of an ISO 6346 size-type code that marks a thermal container."""

_PAIRED_SETTINGS = (("temperatureSetpoint", "temperatureUnit"), ("airExchangeSetpoint", "airExchangeUnit"))


def cargo_and_containers_agree(document: Document) -> Iterator[Finding]:
    """Every cargo item names a listed container, every listed container is named, none is listed twice."""
    listed: dict[str, str] = {}
    for field, number in each(document, f"{_EQUIPMENT}.{_NUMBER}", str):
        if number in listed:
            message = f"Container {shown(number)} is listed twice; list it once."
            yield error("document.container-twice", field, message)
        listed.setdefault(number, field)
    loaded: set[str] = set()
    for field, number in each(document, f"{_CARGO}.equipmentReference", str):
        loaded.add(number)
        if number not in listed:
            message = f"{shown(number)} is not a container of the document; add the container or correct it."
            yield error("document.cargo-in-unknown-container", field, message)
    for number, field in listed.items():
        if number not in loaded:
            message = f"No cargo item is in container {shown(number)}; add the cargo or remove the container."
            yield error("document.container-without-cargo", field, message)


def reefers(document: Document) -> Iterator[Finding]:
    """Refrigeration settings fit the container's ISO type and the non-operating flag."""
    for field, equipment in each(document, _EQUIPMENT, dict):
        yield from _reefer_flag(field, equipment)
        yield from _reefer_settings(field, equipment)
        for where, settings in each(equipment, "activeReeferSettings", dict, base=field):
            yield from _paired(where, settings)


def _reefer_flag(field: str, equipment: dict[str, Any]) -> Iterator[Finding]:
    """Whether the flag and the settings belong on this type of container."""
    flag, settings = "isNonOperatingReefer" in equipment, "activeReeferSettings" in equipment
    codes = [code for _, code in each(equipment, "equipment.ISOEquipmentCode", str)]
    if not codes:
        if settings and not flag:
            message = "With reefer settings, say whether the reefer operates; add isNonOperatingReefer false."
            yield error("document.reefer-needs-flag", f"{field}.isNonOperatingReefer", message)
    elif codes[0][2:3] in REEFER_TYPES:
        if not flag:
            message = f"{shown(codes[0])} is a reefer type; add isNonOperatingReefer, true or false."
            yield error("document.reefer-needs-flag", f"{field}.isNonOperatingReefer", message)
    elif flag or settings:
        name = "activeReeferSettings" if settings else "isNonOperatingReefer"
        message = f"{shown(codes[0])} is not a reefer type; remove {name} or correct the ISO code."
        yield error("document.not-a-reefer", f"{field}.{name}", message)


def _reefer_settings(field: str, equipment: dict[str, Any]) -> Iterator[Finding]:
    """An operating reefer has settings; a non-operating one has none."""
    flag, settings = equipment.get("isNonOperatingReefer"), "activeReeferSettings" in equipment
    where = f"{field}.activeReeferSettings"
    if flag is False and not settings:
        message = "An operating reefer needs its settings; add activeReeferSettings."
        yield error("document.reefer-needs-settings", where, message)
    if flag is True and settings:
        message = "A non-operating reefer has no settings; remove them or set isNonOperatingReefer to false."
        yield error("document.reefer-not-operating", where, message)


def _paired(field: str, settings: dict[str, Any]) -> Iterator[Finding]:
    """A set point and its unit come together."""
    for value, unit in _PAIRED_SETTINGS:
        if (value in settings) != (unit in settings):
            absent = unit if value in settings else value
            message = f"{value} and {unit} come together; add {absent} or remove the other."
            yield error("document.setpoint-unit", f"{field}.{absent}", message)


def dangerous_goods_packaging(document: Document) -> Iterator[Finding]:
    """Dangerous goods need a packaging code."""
    for field, packaging in each(document, f"{_CARGO}.outerPackaging", dict):
        if packaging.get("dangerousGoods") and not (
            "packageCode" in packaging or "imoPackagingCode" in packaging
        ):
            message = "Dangerous goods need imoPackagingCode, or packageCode where there is none; add it."
            yield error("document.dangerous-goods-packaging", field, message)


def net_within_gross(document: Document) -> Iterator[Finding]:
    """Goods do not weigh more without their packaging."""
    for field, item in each(document, _CARGO, dict):
        net, gross = grams(item.get("cargoNetWeight")), grams(item.get("cargoGrossWeight"))
        if net is not None and gross is not None and net > gross:
            message = "The net weight is more than the gross weight; correct one of them."
            yield error("document.net-exceeds-gross", f"{field}.cargoNetWeight", message)


def customs_references_differ(document: Document) -> Iterator[Finding]:
    """One customs reference of a type and country in each place."""
    for path in ("", "consignmentItems[]", _CARGO, _EQUIPMENT):
        owners = each(document, path, dict) if path else iter([("", document)])
        for field, owner in owners:
            seen: set[tuple[str, str]] = set()
            for where, reference in each(owner, "customsReferences[]", dict, base=field):
                key = (str(reference.get("countryCode")), str(reference.get("type")))
                if key in seen:
                    message = f"The reference {shown(' '.join(key))} stands twice; put its values into one."
                    yield error("document.customs-reference-twice", where, message)
                seen.add(key)


RULES = (
    cargo_and_containers_agree,
    reefers,
    dangerous_goods_packaging,
    net_within_gross,
    customs_references_differ,
)
"""The rules of this file."""
