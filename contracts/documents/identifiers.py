"""Identifiers that trade documents carry: containers, places, ships, organisations, goods.

Each check takes the text and the field it stands in and returns findings. A
malformed identifier is an error. A wrong check digit is a warning, because real
messages carry them and refusing the document would not mend the container door.
Patterns come first and are ASCII: the check-digit library accepts digits in an
owner code and foreign digits elsewhere. Code lists that someone owns (SCAC, SMDG)
are checked by form only.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

from stdnum import imo, iso6346, lei
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from contracts.documents.findings import Finding, error, shown, warning

_CONTAINER = re.compile(r"[A-Z]{3}[UJZ][0-9]{7}")
_LOCATION = re.compile(r"[A-Z]{2}[A-Z2-9]{3}")
_IMO = re.compile(r"[0-9]{7}")
_LEI = re.compile(r"[A-Z0-9]{18}[0-9]{2}")
_USCC = re.compile(r"[0-9A-HJ-NP-RT-UW-Y]{18}")
_EORI = re.compile(r"[A-Z]{2}[A-Z0-9]{1,15}")
_MRN = re.compile(r"[0-9]{2}[A-Z]{2}[A-Z0-9]{14}")
_HS = re.compile(r"[0-9]{6,12}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_CARRIER = {"NMFTA": re.compile(r"[A-Z]{2,4}"), "SMDG": re.compile(r"[A-Z0-9]{2,4}")}


class IdentifierCheck(Protocol):
    """A check of one identifier, as the tables of document fields refer to it."""

    def __call__(self, value: str, *, field: str) -> list[Finding]: ...


def _check(
    value: str,
    field: str,
    pattern: re.Pattern[str],
    name: str,
    expected: str,
    check_digit: Callable[[str], str] | None,
) -> list[Finding]:
    """The two steps common to all: form, then check digit."""
    if not pattern.fullmatch(value):
        message = f"{shown(value)} is not {expected}; correct it at its source."
        return [error(f"identifier.{name}", field, message)]
    if check_digit is None:
        return []
    try:
        check_digit(value)
    except ValidationError:
        message = f"{value} has a wrong check digit; compare it with the original for a mistyped character."
        return [warning(f"identifier.{name}-check-digit", field, message)]
    return []


def check_container_number(value: str, *, field: str) -> list[Finding]:
    """ISO 6346: three letters, U, J or Z, six digits and a check digit."""
    expected = "a container number (three letters, U, J or Z, then seven digits)"
    return _check(value, field, _CONTAINER, "container-number", expected, iso6346.validate)


def check_location_code(value: str, *, field: str) -> list[Finding]:
    """UN/LOCODE: country and three of A-Z or 2-9."""
    expected = "a UN/LOCODE (two letters of the country, then three letters or digits 2 to 9)"
    return _check(value, field, _LOCATION, "location-code", expected, None)


def check_imo_number(value: str, *, field: str) -> list[Finding]:
    """IMO ship identification number: seven digits, the last a check digit."""
    return _check(value, field, _IMO, "imo-number", "an IMO ship number (seven digits)", imo.validate)


def check_lei(value: str, *, field: str) -> list[Finding]:
    """ISO 17442 legal entity identifier: 20 characters, the last two check digits."""
    expected = "a legal entity identifier (18 letters or digits, then two check digits)"
    return _check(value, field, _LEI, "lei", expected, lei.validate)


def check_uscc(value: str, *, field: str) -> list[Finding]:
    """GB 32100 unified social credit code of a Chinese organisation: 18 characters, the last a check."""
    expected = "a unified social credit code (18 digits or letters, without I, O, S, V and Z)"
    return _check(value, field, _USCC, "uscc", expected, uscc.validate)


def check_carrier_code(value: str, *, field: str, code_list_provider: str) -> list[Finding]:
    """A carrier's SCAC (NMFTA) or SMDG liner code, by form only; an unknown provider says nothing."""
    pattern = _CARRIER.get(code_list_provider)
    if pattern is None:
        return []
    expected = f"a carrier code of {code_list_provider} (two to four capitals, digits only with SMDG)"
    return _check(value, field, pattern, "carrier-code", expected, None)


def check_hs_code(value: str, *, field: str) -> list[Finding]:
    """A Harmonized System code with national digits, 6 to 10 in all (DCSA `HSCodes`)."""
    if len(value) > 10:
        return [error("identifier.hs-code", field, f"{shown(value)} is longer than 10 digits; shorten it.")]
    return check_extended_hs_code(value, field=field)


def check_extended_hs_code(value: str, *, field: str) -> list[Finding]:
    """A Harmonized System code with national digits, 6 to 12 in all (DCSA `extendedHSCodes`)."""
    return _check(value, field, _HS, "hs-code", "an HS code (6 to 10 digits, extended 12, no dots)", None)


def check_eori(value: str, *, field: str) -> list[Finding]:
    """Economic operator's registration and identification: country and up to 15 characters."""
    return _check(value, field, _EORI, "eori", "an EORI number (country, 1 to 15 capitals or digits)", None)


def check_mrn(value: str, *, field: str) -> list[Finding]:
    """Movement reference number: year, country, 14 characters; by form only, national schemes differ."""
    return _check(value, field, _MRN, "mrn", "an MRN (two digits, country, 14 capitals or digits)", None)


def check_country(value: str, *, field: str) -> list[Finding]:
    """ISO 3166-1 alpha-2 by form; DCSA writes ZZ for unknown."""
    return _check(value, field, _COUNTRY, "country", "a country code (two capitals)", None)
