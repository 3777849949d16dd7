"""Lists that an operator loads: what they may look like, and what they say about documents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contracts.documents.code_lists import CODE_KINDS, MAX_CODES, known_codes, parse_codes
from contracts.documents.transport_document import check_transport_document
from ledger.errors import EncodingError

Findings = list[tuple[str, str]]


def found(document: Any, **lists: set[str]) -> Findings:
    return [(finding.code, finding.field) for finding in known_codes(document, lists)]


@pytest.mark.parametrize(
    ("kind", "text", "codes"),
    [
        ("locode", "CNQZH\nVNHPH\n", {"CNQZH", "VNHPH"}),
        ("locode", "\ufeffunlocode,name\r\nCNQZH,Qinzhou\r\n\r\nVNHPH,Hai Phong\r\n", {"CNQZH", "VNHPH"}),
        ("locode", '"VNHPH","Hai Phong, port"', {"VNHPH"}),
        ("locode", "\ufeffCNQZH\nVNHPH", {"CNQZH", "VNHPH"}),
        ("locode", "code;name\nCNQZH;Qinzhou, Guangxi\nVNHPH\tHai Phong", {"CNQZH", "VNHPH"}),
        ("hs", "code\n010121\n010121\n", {"010121"}),
        ("scac", "MAEU\nCOSU", {"MAEU", "COSU"}),
        ("smdg", "CMA\n1AB", {"CMA", "1AB"}),
    ],
)
def test_a_list_is_one_code_a_line_or_the_first_column(kind: str, text: str, codes: set[str]) -> None:
    assert parse_codes(CODE_KINDS[kind], text) == codes


@pytest.mark.parametrize(
    ("kind", "text", "field"),
    [
        ("locode", "", "line 1"),
        ("locode", "heading only", "line 1"),
        ("locode", "heading\nanother heading\nCNQZH", "line 2"),
        ("locode", "CNQZH\ncnqzh", "line 2"),
        ("locode", "CNQZH\nCNQZ1", "line 2"),
        ("locode", "CNQZH\nVNHPHx", "line 2"),
        ("hs", "010121\n01012", "line 2"),
        ("hs", "010121\n\uff10\uff11\uff10\uff11\uff12\uff11", "line 2"),
        ("scac", "MAEU\nMAEU1", "line 2"),
    ],
)
def test_what_is_no_list_is_refused_by_line(kind: str, text: str, field: str) -> None:
    with pytest.raises(EncodingError) as caught:
        parse_codes(CODE_KINDS[kind], text)
    assert caught.value.field == field


def test_too_many_codes_are_refused() -> None:
    most = "".join(f"{number:06}\n" for number in range(MAX_CODES))
    assert len(parse_codes(CODE_KINDS["hs"], f"{most}000000\n")) == MAX_CODES
    with pytest.raises(EncodingError) as caught:
        parse_codes(CODE_KINDS["hs"], f"{most}{MAX_CODES:06}\n")
    assert caught.value.field == f"line {MAX_CODES + 1}"


DOCUMENT = {
    "carrierCode": "CORL",
    "carrierCodeListProvider": "NMFTA",
    "transports": {"portOfLoading": {"UNLocationCode": "CNQZH"}},
    "consignmentItems": [
        {
            "HSCodes": ["0101211234"],
            "cargoItems": [{"HSCodes": ["010129"], "extendedHSCodes": ["010130999999"]}],
        }
    ],
}


def test_codes_on_no_list_are_named_and_only_where_there_is_a_list() -> None:
    assert found(DOCUMENT) == []
    assert found(DOCUMENT, locode={"VNHPH"}) == [
        ("identifier.location-unknown", "transports.portOfLoading.UNLocationCode")
    ]
    assert found(DOCUMENT, hs={"010121"}) == [
        ("identifier.hs-unknown", "consignmentItems[0].cargoItems[0].HSCodes[0]"),
        ("identifier.hs-unknown", "consignmentItems[0].cargoItems[0].extendedHSCodes[0]"),
    ]
    assert found(DOCUMENT, scac={"MAEU"}) == [("identifier.carrier-unknown", "carrierCode")]
    assert found(DOCUMENT, smdg={"MAE"}) == [], "the document's carrier code is of another list"
    smdg = {**DOCUMENT, "carrierCodeListProvider": "SMDG"}
    assert found(smdg, smdg={"MAE"}, scac={"CORL"}) == [("identifier.carrier-unknown", "carrierCode")]
    assert found(DOCUMENT, locode={"CNQZH"}, hs={"010121", "010129", "010130"}, scac={"CORL"}) == []


def test_a_code_of_a_wrong_form_is_not_also_unknown() -> None:
    wrong = {
        "transports": {"portOfLoading": {"UNLocationCode": "bad"}},
        "consignmentItems": [{"HSCodes": ["1"]}],
    }
    assert found(wrong, locode={"VNHPH"}, hs={"010121"}) == []
    long = {
        "carrierCode": "CORLX",
        "carrierCodeListProvider": "NMFTA",
        "transports": {"portOfLoading": {"UNLocationCode": "CNQZHX"}},
        "consignmentItems": [{"HSCodes": ["010129.1", "010129_PLACEHOLDER"]}],
    }
    assert found(long, locode={"VNHPH"}, hs={"010121"}, scac={"MAEU"}) == []


def test_whoever_checks_a_document_hands_over_the_lists(straight: dict[str, Any]) -> None:
    codes = [finding.code for finding in check_transport_document(straight, lists={"hs": {"010121"}})]
    assert codes
    assert set(codes) == {"identifier.hs-unknown"}


@pytest.mark.conformance
def test_the_published_lists_are_read_whole(conformance_data: Path, straight: dict[str, Any]) -> None:
    places = (conformance_data / "codes/unlocode-ports.csv").read_text(encoding="utf-8")
    goods = (conformance_data / "codes/hs6.txt").read_text(encoding="utf-8")
    lists = {"locode": parse_codes(CODE_KINDS["locode"], places), "hs": parse_codes(CODE_KINDS["hs"], goods)}
    assert lists["locode"] == {line.partition(",")[0] for line in places.splitlines()[1:]}
    assert lists["hs"] == set(goods.splitlines())
    assert {"CNQZH", "VNHPH", "KHKOS"} <= lists["locode"]
    sea = {
        finding.field for finding in known_codes(straight, lists) if finding.code.startswith("identifier.hs")
    }
    assert sea == set()


@pytest.mark.parametrize(
    ("kind", "provider", "meaning"),
    [
        ("locode", "NMFTA", "places (UN/LOCODE)"),
        ("hs", "NMFTA", "goods (HS, six digits)"),
        ("scac", "NMFTA", "carriers (NMFTA SCAC)"),
        ("smdg", "SMDG", "liners (SMDG)"),
    ],
)
def test_a_finding_says_on_which_list_a_code_is_not(kind: str, provider: str, meaning: str) -> None:
    findings = list(known_codes({**DOCUMENT, "carrierCodeListProvider": provider}, {kind: {"none"}}))
    assert findings
    assert all(f"is not on the list of {meaning}; confirm" in finding.message for finding in findings)
