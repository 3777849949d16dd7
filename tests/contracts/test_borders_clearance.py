"""Borders of clearance and documents: see `test_borders`."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.clearance.decisions import lane_is_followed
from contracts.clearance.model import PRESENTATION_MS, Declaration
from contracts.clearance.vocabulary import DeclarationState, RequestKind, RequestState
from contracts.context import View
from contracts.execution import Accepted
from contracts.model import Direction
from contracts.movement.model import Departure
from contracts.table import Call
from tests.contracts.guards.clearance_cases import (
    OFFICE,
    accepted,
    ahead,
    asked,
)
from tests.contracts.world import BILL, CONTAINER, DECLARATION, DOCUMENT, LODGE, World, digest

BROKER = "red-river-brokers"
OTHER_BOX = "container/" + digest("container 2")[:32]


def test_concluding_one_control_leaves_the_other_going_on() -> None:
    world = accepted(World())
    for control in ("documents", "physical"):
        world.do("clearance.control", DECLARATION, OFFICE, {"control": control})
        assert world.record(DECLARATION).state.value == (
            "under_document_control" if control == "documents" else "under_physical_control"
        )
    done = {"control": "physical", "result": "satisfactory"}
    world.do("clearance.conclude", DECLARATION, OFFICE, done)
    record: Declaration = world.record(DECLARATION)
    assert record.state is DeclarationState.UNDER_DOCUMENT_CONTROL
    assert [one.result is None for one in record.examinations] == [True, False]
    world.do("clearance.control", DECLARATION, OFFICE, {"control": "physical"})
    world.do("clearance.conclude", DECLARATION, OFFICE, {**done, "result": "discrepancy"})
    results = [one.result for one in world.record(DECLARATION).examinations]
    assert [None if one is None else one.value for one in results] == [
        None,
        "satisfactory",
        "discrepancy",
    ]
    world.do("clearance.conclude", DECLARATION, OFFICE, {"control": "documents", "result": "satisfactory"})
    assert world.record(DECLARATION).state is DeclarationState.ACCEPTED


def test_a_lane_is_not_followed_by_a_control_that_goes_on_or_is_of_another_kind() -> None:
    world = accepted(World())
    world.do("clearance.route", DECLARATION, OFFICE, {"lane": "red", "reason": "selectivity"})
    world.do("clearance.control", DECLARATION, OFFICE, {"control": "documents"})
    world.do("clearance.conclude", DECLARATION, OFFICE, {"control": "documents", "result": "satisfactory"})
    assert world.refuse("clearance.release", DECLARATION, OFFICE).code == "clearance.lane"
    world.do("clearance.control", DECLARATION, OFFICE, {"control": "physical"})
    view, record = View(world), world.record(DECLARATION)
    call = Call("x", DECLARATION, world.actor(OFFICE), record, None, view, world.context)
    assert lane_is_followed(call) is not None


def test_answering_one_query_leaves_the_other_open() -> None:
    world = accepted(World()).query("one").query("two")
    world.do("clearance.answer", DECLARATION, BROKER, {"query": "two", "answer": digest("a")})
    record: Declaration = world.record(DECLARATION)
    assert record.state is DeclarationState.QUERIED
    assert {query.id: query.answer is None for query in record.queries} == {"one": True, "two": False}
    again = {"query": "two", "answer": digest("b")}
    assert world.refuse("clearance.answer", DECLARATION, BROKER, again).code == "clearance.no-query"
    world.do("clearance.answer", DECLARATION, BROKER, {"query": "one", "answer": digest("a")})
    assert world.record(DECLARATION).state is DeclarationState.ACCEPTED


def test_goods_declared_ahead_are_in_time_until_the_last_moment() -> None:
    world = ahead(World())
    world.now += PRESENTATION_MS
    last = world.copy()
    last.do("clearance.present", DECLARATION, BROKER)
    record: Declaration = last.record(DECLARATION)
    assert (record.awaits_goods, record.expires_ms) == (False, None)
    assert last.refuse("clearance.expire", DECLARATION, BROKER).code == "clearance.not-overdue"
    assert world.refuse("clearance.expire", DECLARATION, BROKER).code == "clearance.not-overdue"
    world.now += 1
    assert world.refuse("clearance.present", DECLARATION, BROKER).code == "clearance.overdue"
    world.do("clearance.expire", DECLARATION, BROKER)
    assert not world.record(DECLARATION).awaits_goods


def test_a_number_given_on_receipt_stays_when_customs_accept() -> None:
    world = World().issue().lodge()
    world.do("clearance.register", DECLARATION, OFFICE, {"reference": digest("MRN")})
    world.accept_declaration()
    assert world.record(DECLARATION).reference == digest("MRN")
    other = World().issue().lodge()
    other.do("clearance.accept", DECLARATION, OFFICE, {"reference": digest("MRN 2")})
    assert other.record(DECLARATION).reference == digest("MRN 2")
    assert not other.record(DECLARATION).awaits_goods


def test_a_rejected_declaration_awaits_nothing() -> None:
    world = ahead(World())
    world.do("clearance.reject", DECLARATION, OFFICE, {"errors": [{"code": "CDS12077"}]})
    record: Declaration = world.record(DECLARATION)
    assert (record.awaits_goods, record.expires_ms) == (False, None)


def two_boxes() -> World:
    """A bill over two containers, declared for import."""
    containers = [
        {"id": key.partition("/")[2], "commitment": digest(f"number of {key}")}
        for key in (CONTAINER, OTHER_BOX)
    ]
    return World().issue(containers=containers).lodge().accept_declaration()


def left(world: World, *keys: str, facility: str = "VNHPH", way: Direction = Direction.IMPORT) -> None:
    for key in keys:
        world.change(key, departures=(Departure(direction=way, facility=facility, event_ms=1),))


@pytest.mark.parametrize(
    ("gone", "held"),
    [
        ({"keys": (CONTAINER,)}, True),
        ({"keys": (CONTAINER, OTHER_BOX)}, False),
        ({"keys": (CONTAINER, OTHER_BOX), "facility": "KHKOS"}, True),
        ({"keys": (CONTAINER, OTHER_BOX), "way": Direction.EXPORT}, True),
    ],
)
def test_goods_can_be_held_while_one_container_is_within_reach(gone: dict[str, Any], held: bool) -> None:
    world = two_boxes()
    left(world, *gone.pop("keys"), **gone)
    outcome = world.try_("clearance.hold", DECLARATION, OFFICE, {"hold": "x", "reason": "security"})
    assert isinstance(outcome, Accepted) == held, outcome


def test_a_release_used_for_one_container_is_not_withdrawn() -> None:
    world = two_boxes().release()
    assert isinstance(
        world.copy().try_("clearance.withdraw", DECLARATION, OFFICE, {"reason": "mistake"}), Accepted
    )
    left(world, OTHER_BOX)
    refusal = world.refuse("clearance.withdraw", DECLARATION, OFFICE, {"reason": "mistake"})
    assert refusal.code == "clearance.release-used"


def requests_of(world: World) -> dict[str, str]:
    return {one.id: one.state.value for one in world.record(DECLARATION).requests}


def test_an_answer_to_one_request_is_not_one_to_another() -> None:
    world = accepted(World())
    old = asked("old", RequestState.DENIED)
    world.change(DECLARATION, requests=(old, asked("new", RequestState.OPEN)))
    world.do("clearance.decide", DECLARATION, OFFICE, {"request": "new", "outcome": "granted"})
    assert requests_of(world) == {"old": "denied", "new": "granted"}
    contents = world.record(DECLARATION).requests[1].contents
    world.do(
        "clearance.amend",
        DECLARATION,
        OFFICE,
        {"ground": "requested", "request": "new", "contents": contents},
    )
    assert requests_of(world) == {"old": "denied", "new": "done"}


def test_an_amendment_can_be_granted_while_goods_are_examined_and_a_cancellation_denied() -> None:
    world = accepted(World())
    world.do("clearance.control", DECLARATION, OFFICE, {"control": "physical"})
    amending = world.copy()
    amending.change(DECLARATION, requests=(asked("r", RequestState.OPEN, RequestKind.AMENDMENT),))
    amending.do("clearance.decide", DECLARATION, OFFICE, {"request": "r", "outcome": "granted"})
    world.change(DECLARATION, requests=(asked("r", RequestState.OPEN, RequestKind.CANCELLATION),))
    granted = {"request": "r", "outcome": "granted"}
    assert world.refuse("clearance.decide", DECLARATION, OFFICE, granted).code == "clearance.examination-due"
    denied = {"request": "r", "outcome": "denied", "ground": "other"}
    world.do("clearance.decide", DECLARATION, OFFICE, denied)


@pytest.mark.parametrize(
    "request_",
    [
        asked("r", RequestState.GRANTED, RequestKind.AMENDMENT),
        asked("r", RequestState.DENIED, RequestKind.CANCELLATION),
        asked("r", RequestState.DONE, RequestKind.CANCELLATION),
    ],
)
def test_after_release_only_a_granted_cancellation_lets_customs_invalidate(request_: Any) -> None:
    world = accepted(World()).release()
    world.change(DECLARATION, requests=(request_,))
    refusal = world.refuse("clearance.invalidate", DECLARATION, OFFICE, {"reason": "requested"})
    assert refusal.code == "clearance.no-grant"


def test_a_granted_cancellation_is_no_amendment() -> None:
    world = accepted(World())
    world.change(DECLARATION, requests=(asked("r", RequestState.GRANTED, RequestKind.CANCELLATION),))
    body = {"ground": "requested", "request": "r", "contents": digest("x")}
    assert world.refuse("clearance.amend", DECLARATION, OFFICE, body).code == "clearance.no-grant"
    body["request"] = "unknown"
    assert world.refuse("clearance.amend", DECLARATION, OFFICE, body).code == "clearance.no-grant"


def test_an_office_that_corrects_without_new_contents_keeps_them() -> None:
    world = accepted(World())
    before = world.record(DECLARATION).contents
    world.do("clearance.amend", DECLARATION, OFFICE, {"ground": "official_correction"})
    record: Declaration = world.record(DECLARATION)
    assert record.contents == before
    assert record.earlier == (before,)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"office": "guangxi-bank"}, "body.office"),
        ({"office": "nobody"}, "body.office"),
        ({"type": "export", "exit_office": "guangxi-bank"}, "body.exit_office"),
        ({"type": "transit", "destination": "guangxi-bank"}, "body.destination"),
        (
            {"type": "transit", "destination": "phnom-penh-customs", "transit_offices": ["guangxi-bank"]},
            "body.transit_offices.0",
        ),
    ],
)
def test_every_office_that_is_named_is_one(more: dict[str, Any], field: str) -> None:
    world = World().issue()
    refusal = world.refuse("clearance.lodge", DECLARATION, BROKER, {**LODGE, **more})
    assert (refusal.code, refusal.field) == ("clearance.not-customs", field)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"bills": [BILL[5:]] * 2}, "body.bills.1"),
        ({"containers": [CONTAINER[10:]] * 2}, "body.containers.1"),
        (
            {"type": "transit", "destination": OFFICE, "transit_offices": ["phnom-penh-customs"] * 2},
            "body.transit_offices.1",
        ),
    ],
)
def test_a_lodgement_lists_nothing_twice(body: dict[str, Any], field: str) -> None:
    refusal = World().issue().refuse("clearance.lodge", DECLARATION, BROKER, {**LODGE, **body})
    assert (refusal.code, refusal.field) == ("act.duplicate", field)


@pytest.mark.parametrize("ahead_", [True, False])
def test_only_what_is_declared_ahead_has_a_term(ahead_: bool) -> None:
    world = World().issue().lodge(ahead=ahead_)
    record: Declaration = world.record(DECLARATION)
    assert record.awaits_goods == ahead_
    assert record.expires_ms == (world.now + PRESENTATION_MS if ahead_ else None)


@pytest.mark.parametrize(
    "links", [{"bills": [BILL[5:]]}, {"declarations": [DECLARATION[12:]]}, {"containers": [CONTAINER[10:]]}]
)
def test_one_thing_is_enough_for_a_document_to_belong_to(links: dict[str, Any]) -> None:
    world = World().issue().lodge()
    body = {"type": "invoice", "contents": digest("invoice")}
    world.do("document.register", DOCUMENT, BROKER, {**body, **links})
    name, values = next(iter(links.items()))
    doubled = {**body, name: values * 2}
    refusal = world.refuse("document.register", "document/" + "0" * 32, BROKER, doubled)
    assert (refusal.code, refusal.field) == ("act.duplicate", f"body.{name}.1")
    assert world.refuse("document.register", "document/" + "1" * 32, "guangxi-bank", {**body, **links})


def test_authorities_register_documents_about_anything() -> None:
    world = World().issue()
    body = {"type": "phytosanitary", "contents": digest("p"), "bills": [BILL[5:]]}
    world.do("document.register", DOCUMENT, "kh-plant-health", body)
    world.do("document.revoke", DOCUMENT, "kh-plant-health", {"reason": "withdrawn"})
    assert world.record(DOCUMENT).reason.value == "withdrawn"
