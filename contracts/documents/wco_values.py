"""Numbers of WCO messages as integers: grams and minor units, exactly or not at all."""

from __future__ import annotations

import decimal
import re
from collections.abc import Mapping
from typing import Final

from contracts.documents.findings import Finding, error, shown
from contracts.documents.xml_tree import Element

_WHOLE = re.compile(r"[0-9]{1,9}")
_DECIMAL = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,6})?")
_CURRENCY = re.compile(r"[A-Z]{3}")

DECIMALS: Final[Mapping[str, int]] = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF"), 0),
    **dict.fromkeys(("UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
"""Decimals of ISO 4217 currencies; those not listed have two."""


def whole(source: Element, findings: list[Finding]) -> int | None:
    """An integer; None, with a finding, for anything else."""
    if _WHOLE.fullmatch(source.text):
        return int(source.text)
    findings.append(_unreadable(source, "a whole number of at most nine digits"))
    return None


def grams(source: Element, findings: list[Finding]) -> int | None:
    """Kilograms as grams; None, with a finding, when it is no number or finer than a gram."""
    unit = source.attributes.get("unitCode", "KGM")
    if unit != "KGM":
        findings.append(_unreadable(source, f"a mass in KGM, not {shown(unit)}"))
        return None
    return _scaled(source, 3, "kilograms with at most three decimals", findings)


def minor_units(source: Element, findings: list[Finding]) -> int | None:
    """An amount in the smallest unit of its currency; None, with a finding, when it is none."""
    currency = source.attributes.get("currencyID", "")
    if not _CURRENCY.fullmatch(currency):
        findings.append(_unreadable(source, "an amount with its currency in currencyID"))
        return None
    places = DECIMALS.get(currency, 2)
    return _scaled(source, places, f"an amount in {currency} with at most {places} decimals", findings)


def _scaled(source: Element, places: int, expected: str, findings: list[Finding]) -> int | None:
    if _DECIMAL.fullmatch(source.text):
        value = decimal.Decimal(source.text).scaleb(places)
        if value == value.to_integral_value():
            return int(value)
    findings.append(_unreadable(source, expected))
    return None


def _unreadable(source: Element, expected: str) -> Finding:
    message = f"{shown(source.text)} is not {expected}; correct it."
    return error("wco.unreadable", source.path, message)
