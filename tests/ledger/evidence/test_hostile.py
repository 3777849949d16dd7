"""Evidence made to mislead: of another time, another record, another field, or made to crash its reader."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
import rfc8785

from ledger import canonical
from ledger.evidence import (
    Outcome,
)
from ledger.primitives import encode_base64url
from tests.ledger.builder import Chain
from tests.ledger.evidence.making import (
    BILL,
    COMMITMENT,
    DOCUMENT,
    check,
    failed,
    make,
    one_record,
    prove_entry,
    prove_record,
)

# What a field of the record is said to be


def test_a_document_does_not_answer_for_the_record() -> None:
    """The author of a document writes what they like into it, `status` and `holder` included."""
    chain = one_record({"contents": COMMITMENT, "state": "void", "version": 2})
    evidence = make(chain, BILL, record=prove_record(chain, BILL), document=DOCUMENT)
    check(chain, evidence, ("status", "void"), ("document.holder", "thief"), ("document.status", "issued"))
    assert failed(chain, evidence, ("status", "issued")) == "expected"
    assert failed(chain, evidence, ("holder", "thief")) == "expected"


def test_without_a_record_there_is_no_status() -> None:
    chain = Chain()
    chain.add((chain.statement("alpha/clerk", BILL, "bill.issue", {"contents": COMMITMENT}),))
    evidence = make(chain, BILL, entries=(prove_entry(chain, 1, 1),))
    check(chain, evidence, ("bill", BILL))
    assert failed(chain, evidence, ("bill", "CRLN:CRLN0001")) == "expected"
    for name in ("status", "state", "holder", "version"):
        for value in ("issued", "thief", "", "None", "|"):
            assert failed(chain, evidence, (name, value)) == "expected"


def test_what_somebody_asked_for_is_not_what_the_record_says() -> None:
    """Contents that a statement names may never have become the record's."""
    chain = Chain()
    wish = chain.statement("alpha/clerk", BILL, "bill.request_amendment", {"contents": COMMITMENT})
    chain.add((wish,), {BILL: canonical.encode({"contents": "0" * 64, "state": "issued"})})
    entries = (prove_entry(chain, 1, 1),)
    assert failed(chain, make(chain, BILL, entries=entries, document=DOCUMENT)) == "contents"
    whole = make(chain, BILL, entries=entries, record=prove_record(chain, BILL), document=DOCUMENT)
    assert failed(chain, whole) == "contents"


def test_a_record_without_a_state_has_no_status() -> None:
    chain = one_record({"contents": COMMITMENT, "version": 1})
    evidence = make(chain, BILL, record=prove_record(chain, BILL), document=DOCUMENT)
    assert failed(chain, evidence, ("status", "issued")) == "expected"


def test_only_a_bill_has_a_number() -> None:
    """Anyone may attach a document to a record of their own; it does not become the bill that it names."""
    for subject in ("document/" + "ab" * 16, "declaration/" + "ab" * 16, "billet/1"):
        chain = one_record({"contents": COMMITMENT, "state": "issued"}, subject)
        evidence = make(chain, subject, record=prove_record(chain, subject), document=DOCUMENT)
        check(chain, evidence, ("status", "issued"))
        assert failed(chain, evidence, ("bill", "CRLN:CRLN0001")) == "expected"


def test_an_empty_expectation_is_not_met_by_absence() -> None:
    chain = one_record({"state": "issued"})
    evidence = make(chain, BILL, record=prove_record(chain, BILL))
    for value in ("", "|", "x|"):
        assert failed(chain, evidence, ("nothing", value)) == "expected"


def test_an_age_limit_without_a_clock_is_not_skipped() -> None:
    chain = one_record({"state": "issued"})
    evidence = make(chain, BILL, record=prove_record(chain, BILL))
    assert failed(chain, evidence, max_age_ms=1_000_000) == "age"
    assert check(chain, evidence, now_ms=0).checks[-1].outcome is Outcome.NOT_APPLICABLE


# What a quorum could seal and a reader could choke on


@pytest.mark.parametrize("value", [[], "x", 1, None, True, [{"contents": COMMITMENT}]])
def test_a_record_that_is_no_object(value: Any) -> None:
    chain = one_record(value)
    record = prove_record(chain, BILL)
    assert failed(chain, make(chain, BILL, record=record, document=DOCUMENT)) == "file"
    assert failed(chain, make(chain, BILL, record=record)) == "file"


@pytest.mark.parametrize("value", [b"1" * 5000, b'{"a":"\xff"}', b'{"a":' + b"9" * 4400 + b"}"])
def test_a_record_that_is_no_plain_json(value: bytes) -> None:
    chain = Chain()
    chain.add((), {BILL: value})
    assert failed(chain, make(chain, BILL, record=prove_record(chain, BILL))) in {"file", "record"}


def test_a_commitment_of_another_type() -> None:
    for commitment in (1, None, ["x"], {"a": 1}, True, "", "AB" * 32, COMMITMENT + "\n"):
        chain = one_record({"contents": commitment, "state": "issued"})
        evidence = make(chain, BILL, record=prove_record(chain, BILL), document=DOCUMENT)
        assert failed(chain, evidence) == "contents"


# Contents


def test_the_document_has_one_spelling_in_a_file() -> None:
    chain = one_record({"contents": COMMITMENT, "state": "issued"})
    record = prove_record(chain, BILL)
    for spelling in (
        json.dumps(DOCUMENT).encode(),
        rfc8785.dumps(DOCUMENT) + b"\n",
        json.dumps(DOCUMENT, separators=(",", ":"), sort_keys=True).replace("thief", "\\u0074hief").encode(),
    ):
        assert failed(chain, make(chain, BILL, record=record, document=spelling)) == "contents"
    assert check(chain, make(chain, BILL, record=record, document=DOCUMENT)).document == DOCUMENT


@pytest.mark.parametrize(
    "document", [b"", b"[]", b"1", b'{"a":NaN}', b'{"a":1,"a":1}', b"{" * 999, b"\xff", b'{"a":1e999}']
)
def test_documents_that_are_none(document: bytes) -> None:
    chain = one_record({"contents": COMMITMENT})
    evidence = make(chain, BILL, record=prove_record(chain, BILL), document=document)
    assert failed(chain, evidence) == "contents"


def test_salts() -> None:
    chain = one_record({"contents": COMMITMENT})
    evidence = make(chain, BILL, record=prove_record(chain, BILL), document=DOCUMENT)
    for salt in ("", "AA", "A" * 21 + "B", encode_base64url(b"\x01" * 16), encode_base64url(bytes(17))):
        assert evidence.contents is not None
        changed = msgspec.structs.replace(evidence.contents, salt=salt)
        assert failed(chain, msgspec.structs.replace(evidence, contents=changed)) == "contents"


@pytest.mark.parametrize(
    "spelling",
    [b'{"b":1,"a":2}', b'{"a": 1}', b'{"a":1.0}', b'{"a":9007199254740993}', b'{"a":"\xff"}', b"[]", b"3"],
)
def test_a_record_in_another_spelling_is_no_evidence_even_if_the_state_holds_it(spelling: bytes) -> None:
    chain = Chain()
    chain.add((), {BILL: spelling, "other": b"{}"})
    assert failed(chain, make(chain, BILL, record=prove_record(chain, BILL))) == "file"


def test_values_that_are_no_text_are_compared_in_their_rfc_8785_form() -> None:
    chain = one_record({"flag": True, "list": [1, "a"], "none": None, "state": "issued", "version": 1})
    evidence = make(chain, BILL, record=prove_record(chain, BILL))
    check(chain, evidence, ("flag", "true"), ("list", '[1,"a"]'), ("version", "1"))
    assert failed(chain, evidence, ("none", "null")) == "expected"
