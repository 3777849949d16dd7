"""What customs tell, read from XML, and the acts that it comes to."""

from __future__ import annotations

import dataclasses
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
from contracts.documents.wco_messages import (
    StatusMessage,
)
from contracts.execution import make_body
from contracts.model import Direction
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


def planned(code: str, status: str = "", *, reference: str = "MRN", **more: Any) -> list[Planned]:
    """The acts of a code; `message` and `declaration` have more fields of these, the rest is of the case."""
    message = StatusMessage(function=code, status=status, reference=reference, **more.pop("message", {}))
    return acts_of(dataclasses.replace(case(message, **more.pop("declaration", {})), **more))


def steps(acts: list[Planned]) -> list[str]:
    return [step.act.removeprefix("clearance.") for step in acts]


@pytest.mark.parametrize(
    ("awaited", "seen", "acts"),
    [
        (True, True, ["present", "accept"]),
        (True, False, ["accept"]),
        (False, True, ["accept"]),
        (False, False, ["accept"]),
    ],
)
def test_goods_that_were_seen_are_presented_before_acceptance(
    awaited: bool, seen: bool, acts: list[str]
) -> None:
    found = planned("01", declaration={**LODGED, "awaits_goods": awaited}, goods_seen=seen)
    assert steps(found) == acts
    assert found[0].by is (By.DECLARANT if acts[0] == "present" else By.OFFICE)


def test_a_message_without_a_number_gives_none() -> None:
    nameless = {**LODGED, "reference": None}
    assert planned("01", reference="", declaration=nameless)[0].fields == {}
    assert planned("01", declaration=nameless)[0].fields == {"reference": digest("MRN")}
    assert planned("02", reference="", declaration=nameless)[0].fields == {"reference": digest("received")}
    assert planned("02", declaration=nameless)[0].fields == {"reference": digest("MRN")}


def test_what_is_received_after_acceptance_is_no_first_receipt() -> None:
    assert steps(planned("02", declaration={"reference": None})) == ["request"]


def test_a_request_is_named_by_its_place_and_asks_for_one_thing() -> None:
    amendment, after = planned("02"), planned("02", declaration={"requests": asked(RequestState.DENIED)})
    assert amendment[0].fields == {
        "request": "request-1",
        "kind": "amendment",
        "ground": "other",
        "contents": digest("amended declaration"),
    }
    assert after[0].fields["request"] == "request-2"
    assert planned("02", asked=RequestKind.CANCELLATION)[0].fields == {
        "request": "request-1",
        "kind": "cancellation",
        "ground": "duplicate",
    }


def test_an_answer_is_to_the_open_request_or_to_the_next() -> None:
    open_, denied = asked(RequestState.OPEN), asked(RequestState.DENIED)
    assert planned("11", "39", declaration={"requests": denied})[0].fields["request"] == "request-2"
    assert planned("11", "41", declaration={"requests": open_})[0].fields == {
        "request": "r",
        "outcome": "denied",
        "ground": "other",
    }
    assert planned("03", declaration={"requests": open_})[0].fields == {
        "request": "r",
        "outcome": "rejected",
        "ground": "malformed",
    }
    made, answered = planned("03", declaration={"requests": denied})
    assert made.fields["request"] == answered.fields["request"] == "request-2"


def test_a_rejection_tells_its_errors_and_where_they_are() -> None:
    told_errors = (("CDS12077", "42A/68A#1"), ("CDS10020", ""))
    [step] = planned("03", declaration=LODGED, message={"errors": told_errors})
    assert step.fields == {
        "errors": [{"code": "CDS12077", "pointer": "42A/68A#1"}, {"code": "CDS10020"}],
    }
    assert planned("03", declaration=LODGED)[0].fields == {"errors": [{"code": "03"}]}


@pytest.mark.parametrize(("code", "what"), [("05", "physical"), ("06", "documents")])
def test_what_is_controlled(code: str, what: str) -> None:
    assert only(code).fields == {"control": what}


def test_a_granted_amendment_is_carried_out_as_requested() -> None:
    step = only("07", requests=asked(RequestState.GRANTED))
    assert step.act == "clearance.amend"
    assert step.fields == {"ground": "requested", "request": "r", "contents": digest("amended")}
    assert only("07").fields["contents"] == digest("corrected declaration")


@pytest.mark.parametrize(
    ("result", "found"),
    [("A1", "satisfactory"), ("A2", "considered_satisfactory"), ("", "considered_satisfactory")],
)
def test_a_release_says_what_the_control_found(result: str, found: str) -> None:
    """Result codes of the Union's customs data model: A1 is satisfactory, A2 considered so."""
    *controls, released = planned("08", declaration=EXAMINED, message={"result": result})
    assert [step.fields["result"] for step in controls] == [found, found]
    assert {step.fields["control"] for step in controls} == {"documents", "physical"}
    assert released.fields == {}


@pytest.mark.parametrize("state", [S.RELEASED, S.ARRIVED, S.CLEARED])
def test_what_is_released_is_only_cleared(state: DeclarationState) -> None:
    assert told("09", state=state) == ["clear"]


@pytest.mark.parametrize(
    ("code", "status", "fields"),
    [
        ("13", "67", {"notice": "debt", "assessment": digest("debt"), "status": "67"}),
        ("14", "", {"notice": "insufficient_balance", "assessment": digest("insufficient_balance")}),
        ("15", "", {"notice": "payment_reminder", "assessment": digest("payment_reminder")}),
        ("51", "", {"query": "query-1", "question": digest("query")}),
        ("52", "", {"hold": "detained-1", "reason": "other"}),
        ("16", "", {}),
    ],
)
def test_what_the_acts_say(code: str, status: str, fields: dict[str, str]) -> None:
    assert only(code, status).fields == fields


def test_the_reason_to_invalidate_is_the_request_that_was_granted() -> None:
    wish = asked(RequestState.GRANTED, RequestKind.CANCELLATION)
    assert only("10", requests=wish).fields == {"reason": "requested"}
    assert only("10").fields == {"reason": "other"}
