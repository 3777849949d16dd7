"""What customs tell, read from XML, and the acts that it comes to."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from contracts.clearance.authority import By, Case, Planned, UnknownStatus
from contracts.clearance.model import Declaration, Examination, Request
from contracts.clearance.status_codes import STATUS_ROWS, acts_of
from contracts.clearance.vocabulary import (
    Control,
    DeclarationState,
    RequestGround,
    RequestKind,
    RequestState,
)
from contracts.documents.wco_messages import Ask, StatusMessage, read_status, read_submission, time_ms
from contracts.documents.xml_tree import parse_xml
from contracts.execution import make_body
from contracts.model import Direction
from ledger.errors import EncodingError
from tests.contracts.world import digest

S = DeclarationState

BLANK = Declaration(
    type=Direction.IMPORT,
    state=S.ACCEPTED,
    office="customs",
    jurisdiction="VN",
    declarant="broker",
    contents=digest("c"),
    reference=digest("MRN"),
)

TOLD = """<MetaData><WCOTypeName>RES</WCOTypeName><Response><FunctionCode>03</FunctionCode>
<IssueDateTime><DateTimeString formatCode="304">20241206154614Z</DateTimeString></IssueDateTime>
<AdditionalInformation><StatementCode>x</StatementCode><StatementTypeCode>1</StatementTypeCode>
</AdditionalInformation><AdditionalInformation><StatementCode>A1</StatementCode>
<StatementTypeCode>AFB</StatementTypeCode></AdditionalInformation>
<Error><ValidationCode>CDS12077</ValidationCode><Pointer><DocumentSectionCode>42A</DocumentSectionCode>
</Pointer><Pointer><SequenceNumeric>1</SequenceNumeric><DocumentSectionCode>68A</DocumentSectionCode>
<TagID>166</TagID></Pointer></Error><Status><NameCode>39</NameCode></Status>
<Declaration><ID>24GBDIRIGZ7QLCPAA8</ID><VersionID>2</VersionID></Declaration></Response></MetaData>"""


def case(message: StatusMessage, **fields: Any) -> Case:
    return Case(
        message=message,
        declaration=replace(BLANK, **fields),
        asked=RequestKind.AMENDMENT,
        goods_seen=False,
        commit=digest,
    )


def told(code: str, status: str = "", **fields: Any) -> list[str]:
    """The acts of a code, in short."""
    planned = acts_of(case(StatusMessage(function=code, status=status, reference="MRN"), **fields))
    return [step.act.removeprefix("clearance.") for step in planned]


def asked(state: RequestState, kind: RequestKind = RequestKind.AMENDMENT) -> tuple[Request, ...]:
    contents = digest("amended") if kind is RequestKind.AMENDMENT else None
    return (Request(id="r", kind=kind, ground=RequestGround.OTHER, state=state, contents=contents),)


def test_a_status_is_read_with_all_that_it_says() -> None:
    assert read_status(parse_xml(TOLD.encode()), "a.xml") == StatusMessage(
        function="03",
        status="39",
        reference="24GBDIRIGZ7QLCPAA8",
        version="2",
        issued_ms=1_733_499_974_000,
        result="A1",
        errors=(("CDS12077", "42A/68A#1/166"),),
        source="a.xml",
    )


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("19700101000000Z", 0),
        ("19700101010000+01", 0),
        ("19691231230000-01", 0),
        ("20000229000000Z", 951782400000),
    ],
)
def test_times_of_format_304(text: str, ms: int) -> None:
    assert time_ms(text, field="t") == ms


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "20241206154614",
        "20241306154614Z",
        "20240230000000Z",
        "20241206154614+1",
        "\u0662\u0660\u0662\u06641206154614Z",
    ],
)
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(EncodingError) as caught:
        time_ms(text, field="IssueDateTime")
    assert caught.value.field == "IssueDateTime"


@pytest.mark.parametrize(
    ("xml", "asks"),
    [
        (
            "<MetaData><Declaration><FunctionCode>13</FunctionCode><TypeCode>COR</TypeCode></Declaration></MetaData>",
            Ask.AMENDMENT,
        ),
        (
            "<MetaData><Declaration><FunctionCode>13</FunctionCode><TypeCode>INV</TypeCode></Declaration></MetaData>",
            Ask.CANCELLATION,
        ),
        (
            "<MetaData><Declaration><FunctionCode>13</FunctionCode><TypeCode>GPR</TypeCode></Declaration></MetaData>",
            Ask.PRESENTATION,
        ),
        (
            "<inventoryLinkingMovementRequest><messageCode>EAL</messageCode></inventoryLinkingMovementRequest>",
            Ask.PRESENTATION,
        ),
    ],
)
def test_what_a_declarant_sends_later(xml: str, asks: Ask) -> None:
    sent = read_submission(parse_xml(xml.encode()))
    assert sent is not None
    assert sent.asks is asks


@pytest.mark.parametrize(
    "xml",
    [
        "<inventoryLinkingMovementRequest><messageCode>EDL</messageCode></inventoryLinkingMovementRequest>",
        "<MetaData><Declaration><FunctionCode>9</FunctionCode></Declaration></MetaData>",
        "<MetaData><Declaration><FunctionCode>13</FunctionCode><TypeCode>QQQ</TypeCode></Declaration></MetaData>",
        "<Report><Details><Declaration><FunctionCode>9</FunctionCode></Declaration></Details></Report>",
    ],
)
def test_what_is_no_submission(xml: str) -> None:
    assert read_submission(parse_xml(xml.encode())) is None
    assert read_status(parse_xml(xml.encode())) is None


LODGED = {"state": S.PRELODGED}
EXAMINED = {
    "state": S.UNDER_PHYSICAL_CONTROL,
    "examinations": tuple(Examination(control=control, begun_ms=1) for control in Control),
}

MEANS: dict[str, tuple[tuple[str, str], dict[str, Any], list[str]]] = {
    "01": (("01", ""), LODGED, ["accept"]),
    "02 first": (("02", ""), {**LODGED, "reference": None}, ["register"]),
    "02 of goods that came": (("02", ""), {**LODGED, "awaits_goods": True}, ["present"]),
    "02 of a request": (("02", ""), {}, ["request"]),
    "02 of a request before acceptance": (("02", ""), LODGED, ["request"]),
    "02 after clearing": (("02", ""), {"state": S.CLEARED}, ["request"]),
    "03 of a declaration": (("03", ""), LODGED, ["reject"]),
    "03 after clearing": (("03", ""), {"state": S.CLEARED}, ["request", "decide"]),
    "03 of an open request": (("03", ""), {"requests": asked(RequestState.OPEN)}, ["decide"]),
    "05": (("05", ""), {}, ["control"]),
    "06": (("06", ""), {}, ["control"]),
    "07": (("07", ""), {}, ["amend"]),
    "08": (("08", ""), {}, ["release"]),
    "08 during controls": (("08", ""), EXAMINED, ["conclude", "conclude", "release"]),
    "09 at once": (("09", ""), {}, ["release", "clear"]),
    "09 after 08": (("09", ""), {"state": S.RELEASED}, ["clear"]),
    "10": (("10", ""), {}, ["invalidate"]),
    "11": (("11", "39"), {"requests": asked(RequestState.OPEN)}, ["decide"]),
    "13 first": (("13", "67"), LODGED, ["assess"]),
    "14": (("14", ""), {}, ["assess"]),
    "15": (("15", ""), {}, ["assess"]),
    "16": (("16", "A1"), {}, ["exit"]),
    "17": (("17", ""), {}, []),
    "18": (("18", ""), {}, []),
    "50": (("50", ""), {}, []),
    "51": (("51", ""), {}, ["query"]),
    "52": (("52", ""), {}, ["hold"]),
}


@pytest.mark.parametrize("name", MEANS)
def test_what_each_code_comes_to(name: str) -> None:
    (code, status), fields, acts = MEANS[name]
    assert told(code, status, **fields) == acts


def test_every_row_is_tried() -> None:
    reached = set()
    for (code, status), fields, _ in MEANS.values():
        tried = case(StatusMessage(function=code, status=status), **fields)
        reached.add(next(i for i, row in enumerate(STATUS_ROWS) if row.code == code and row.applies(tried)))
    assert reached == set(range(len(STATUS_ROWS)))


@pytest.mark.parametrize("name", MEANS)
def test_every_act_can_be_written(name: str) -> None:
    (code, status), fields, _ = MEANS[name]
    for step in acts_of(case(StatusMessage(function=code, status=status, reference="MRN"), **fields)):
        make_body(step.act, step.fields)


def only(code: str, status: str = "", **fields: Any) -> Planned:
    (step,) = acts_of(case(StatusMessage(function=code, status=status, reference="MRN"), **fields))
    return step


def test_who_does_what() -> None:
    assert only("16").by is By.EXIT_OFFICE
    assert only("02").by is By.DECLARANT
    assert only("13").by is By.OFFICE


def test_a_number_is_given_once() -> None:
    assert "reference" in only("01", state=S.PRELODGED, reference=None).fields
    assert "reference" not in only("01", state=S.PRELODGED).fields


def test_an_amendment_carries_out_what_was_granted() -> None:
    assert only("07", requests=asked(RequestState.GRANTED)).fields["contents"] == digest("amended")
    assert only("07").fields["ground"] == "official_correction"


@pytest.mark.parametrize(("status", "outcome"), [("39", "granted"), ("41", "denied")])
def test_answers_to_requests(status: str, outcome: str) -> None:
    fields = only("11", status, requests=asked(RequestState.OPEN)).fields
    assert (fields["request"], fields["outcome"]) == ("r", outcome)


@pytest.mark.parametrize(("code", "status"), [("99", ""), ("", ""), ("9", ""), ("11", "40"), ("11", "")])
def test_an_unknown_code_is_said_to_be_so(code: str, status: str) -> None:
    with pytest.raises(UnknownStatus, match="known"):
        told(code, status)


def test_the_reason_to_invalidate_is_the_request_that_was_granted() -> None:
    wish = asked(RequestState.GRANTED, RequestKind.CANCELLATION)
    assert only("10", requests=wish).fields == {"reason": "requested"}
    assert only("10").fields == {"reason": "other"}
