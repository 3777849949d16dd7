"""Identifiers: what is well formed, what is malformed, what has a wrong check digit."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.documents import identifiers
from contracts.documents.findings import Finding, Severity

Check = Callable[..., list[Finding]]

scac = partial(identifiers.check_carrier_code, code_list_provider="NMFTA")
smdg = partial(identifiers.check_carrier_code, code_list_provider="SMDG")

GOOD: list[tuple[Check, str]] = [
    (identifiers.check_container_number, "NARU3472484"),
    (identifiers.check_container_number, "APZU4812090"),
    (identifiers.check_container_number, "KKFU6671914"),
    (identifiers.check_location_code, "CNQZH"),
    (identifiers.check_location_code, "US2AB"),
    (identifiers.check_imo_number, "9321483"),
    (identifiers.check_lei, "213800HX6IZM1QNBAJ33"),
    (identifiers.check_uscc, "91500000MA0EXAMP17"),
    (identifiers.check_hs_code, "840991"),
    (identifiers.check_hs_code, "8409919990"),
    (identifiers.check_extended_hs_code, "840991999012"),
    (identifiers.check_eori, "GB150454489082"),
    (identifiers.check_mrn, "19GBCKKCQSXV2FGVA8"),
    (identifiers.check_country, "VN"),
    (scac, "MMCU"),
    (smdg, "MSK"),
]

MALFORMED: list[tuple[Check, str, str]] = [
    (identifiers.check_container_number, "", "container-number"),
    (identifiers.check_container_number, "123U3054380", "container-number"),
    (identifiers.check_container_number, "A_BU3054383", "container-number"),
    (identifiers.check_container_number, "CSQX3054383", "container-number"),
    (identifiers.check_container_number, "csqu3054383", "container-number"),
    (identifiers.check_container_number, "CSQU 3054383", "container-number"),
    (identifiers.check_container_number, "CSQU3054383\n", "container-number"),
    (identifiers.check_container_number, "ÇSQU3054383", "container-number"),
    (identifiers.check_container_number, "CSQU305438\uff13", "container-number"),
    (identifiers.check_location_code, "CNQZ", "location-code"),
    (identifiers.check_location_code, "CNQZ1", "location-code"),
    (identifiers.check_location_code, "cnqzh", "location-code"),
    (identifiers.check_imo_number, "\uff19\uff13\uff12\uff11\uff14\uff18\uff13", "imo-number"),
    (identifiers.check_imo_number, "93214830", "imo-number"),
    (identifiers.check_lei, "213800HX6IZM1QNBAJ3", "lei"),
    (identifiers.check_lei, "213800hx6izm1qnbaj33", "lei"),
    (identifiers.check_uscc, "91500000MA0EXAMPI7", "uscc"),
    (identifiers.check_hs_code, "84099", "hs-code"),
    (identifiers.check_hs_code, "8409.91", "hs-code"),
    (identifiers.check_hs_code, "84099199901", "hs-code"),
    (identifiers.check_extended_hs_code, "8409919990123", "hs-code"),
    (identifiers.check_hs_code, "٨٤٠٩٩١", "hs-code"),
    (identifiers.check_eori, "GB", "eori"),
    (identifiers.check_eori, "G1150454489082", "eori"),
    (identifiers.check_mrn, "19GBCKKCQSXV2FGVA", "mrn"),
    (identifiers.check_mrn, "GB19CKKCQSXV2FGVA8", "mrn"),
    (identifiers.check_country, "VNM", "country"),
    (scac, "MM1U", "carrier-code"),
    (smdg, "M", "carrier-code"),
]

WRONG_CHECK_DIGIT: list[tuple[Check, str, str]] = [
    (identifiers.check_container_number, "MSCU1234567", "container-number-check-digit"),
    (identifiers.check_imo_number, "7654321", "imo-number-check-digit"),
    (identifiers.check_lei, "529900T8BM49ADCSAO55", "lei-check-digit"),
    (identifiers.check_uscc, "91500000MA0EXAMP18", "uscc-check-digit"),
]


@pytest.mark.parametrize(("check", "value"), GOOD)
def test_a_good_identifier_has_no_finding(check: Check, value: str) -> None:
    assert check(value, field="f") == []


@pytest.mark.parametrize(("check", "value", "name"), MALFORMED)
def test_a_malformed_identifier_is_an_error(check: Check, value: str, name: str) -> None:
    [finding] = check(value, field="a.b[0]")
    assert (finding.severity, finding.code, finding.field) == (Severity.ERROR, f"identifier.{name}", "a.b[0]")


@pytest.mark.parametrize(("check", "value", "name"), WRONG_CHECK_DIGIT)
def test_a_wrong_check_digit_is_a_warning(check: Check, value: str, name: str) -> None:
    [finding] = check(value, field="f")
    assert (finding.severity, finding.code) == (Severity.WARNING, f"identifier.{name}")


def test_a_carrier_code_of_an_unknown_list_is_not_judged() -> None:
    assert identifiers.check_carrier_code("??", field="f", code_list_provider="OTHER") == []


@given(st.text(max_size=30) | st.from_regex(r"\A[A-Z]{3}[UJZ][0-9]{7}\Z"))
def test_no_text_breaks_a_check(text: str) -> None:
    for check, _ in GOOD:
        for finding in check(text, field="f"):
            assert finding.message.endswith(".")
            assert len(finding.message) < 250


def _iso6346_digit(prefix: str) -> int:
    """ISO 6346 annex A written out: letters count from 10 without multiples of 11."""
    letters = [value for value in range(10, 39) if value % 11]
    values = [letters[ord(c) - 65] if c.isalpha() else int(c) for c in prefix]
    return sum(value << position for position, value in enumerate(values)) % 11 % 10


@given(st.from_regex(r"\A[A-Z]{3}[UJZ][0-9]{6}\Z"), st.integers(0, 9))
def test_container_check_digits_follow_the_standard(prefix: str, digit: int) -> None:
    found = identifiers.check_container_number(f"{prefix}{digit}", field="f")
    assert bool(found) == (digit != _iso6346_digit(prefix))


def test_movement_reference_numbers_of_a_real_authority_are_well_formed(conformance_data: Path) -> None:
    texts = [path.read_text() for path in sorted((conformance_data / "hmrc-cds/scenarios").rglob("*.xml"))]
    numbers = {mrn for text in texts for mrn in re.findall(r">(\d\dGB[A-Z0-9]{14})<", text)}
    assert numbers
    assert [mrn for mrn in sorted(numbers) if identifiers.check_mrn(mrn, field="f")] == []


def test_real_places_and_goods_codes_are_well_formed(conformance_data: Path) -> None:
    ports = (conformance_data / "codes/unlocode-ports.csv").read_text(encoding="utf-8").splitlines()[1:]
    goods = (conformance_data / "codes/hs6.txt").read_text().split()
    assert len(ports) > 10_000
    assert len(goods) > 5_000
    assert not any(identifiers.check_location_code(line[:5], field="f") for line in ports)
    assert not any(identifiers.check_hs_code(code, field="f") for code in goods)
