"""What customs and declarants send in XML, and what is read from it."""

from __future__ import annotations

import pytest

from contracts.documents.wco_messages import (
    MAX_TOLD_ERRORS,
    Ask,
    StatusMessage,
    read_status,
    read_submission,
    time_ms,
)
from contracts.documents.xml_tree import parse_xml
from ledger.errors import EncodingError

TOLD = """<MetaData><WCOTypeName>RES</WCOTypeName><Response><FunctionCode>03</FunctionCode>
<IssueDateTime><DateTimeString formatCode="304">20241206154614Z</DateTimeString></IssueDateTime>
<AdditionalInformation><StatementCode>x</StatementCode><StatementTypeCode>1</StatementTypeCode>
</AdditionalInformation><AdditionalInformation><StatementCode>A1</StatementCode>
<StatementTypeCode>AFB</StatementTypeCode></AdditionalInformation>
<Error><ValidationCode>CDS12077</ValidationCode><Pointer><DocumentSectionCode>42A</DocumentSectionCode>
</Pointer><Pointer><SequenceNumeric>1</SequenceNumeric><DocumentSectionCode>68A</DocumentSectionCode>
<TagID>166</TagID></Pointer></Error><Status><NameCode>39</NameCode></Status>
<Declaration><ID>24GBDIRIGZ7QLCPAA8</ID><VersionID>2</VersionID></Declaration></Response></MetaData>"""


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


def test_a_status_without_a_time_or_anything_else() -> None:
    bare = parse_xml(b"<MetaData><Response><FunctionCode>01</FunctionCode></Response></MetaData>")
    assert read_status(bare) == StatusMessage(function="01")
    assert read_status(parse_xml(b"<MetaData><Declaration>1</Declaration></MetaData>")) is None


def test_a_status_of_a_time_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(EncodingError) as caught:
        read_status(parse_xml(TOLD.replace("20241206154614Z", "soon").encode()))
    assert caught.value.field == "IssueDateTime"


def test_of_very_many_errors_the_first_are_read() -> None:
    told = "".join(f"<Error><ValidationCode>E{number}</ValidationCode></Error>" for number in range(60))
    status = read_status(parse_xml(f"<a><Response>{told}</Response></a>".encode()))
    assert status is not None
    assert status.errors == tuple((f"E{number}", "") for number in range(MAX_TOLD_ERRORS))


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("19700101000000Z", 0),
        ("19700101010000+01", 0),
        ("19691231230000-01", 0),
        ("20000229000000Z", 951782400000),
        ("19700101230000+23", 0),
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
        "20241206154614+001",
        "20241206154614+0a",
        "20241206154614+\u0660\u0661",
        "20241206154614x01",
        "202412 6154614Z",
        "20241206154614 01",
        "20241206154614+1 ",
        "20241206154614+24",
        "2024120615461Z",
        "2024120615461 Z",
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
        "<MetaData><Declaration><FunctionCode>9</FunctionCode><TypeCode>COR</TypeCode></Declaration></MetaData>",
        "<Report><Details><Declaration><FunctionCode>9</FunctionCode></Declaration></Details></Report>",
    ],
)
def test_what_is_no_submission(xml: str) -> None:
    assert read_submission(parse_xml(xml.encode())) is None
    assert read_status(parse_xml(xml.encode())) is None
