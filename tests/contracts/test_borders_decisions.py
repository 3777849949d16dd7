"""Borders of decisions, of transit and exit, and of clearance cited from elsewhere: see `test_borders`."""

from __future__ import annotations

import pytest

from contracts.clearance.model import Declaration
from contracts.clearance.vocabulary import DeclarationState, RequestKind, RequestState
from contracts.execution import Accepted
from contracts.membership.model import Role
from contracts.wording import describe
from tests.contracts.guards.clearance_cases import (
    EXPORT,
    EXPORT_ID,
    OFFICE,
    accepted,
    ahead,
    asked,
    exported,
    under_way,
)
from tests.contracts.world import BILL, CONTAINER, DAY_MS, DECLARATION, World, digest

BROKER = "red-river-brokers"
OTHER_BOX = "container/" + digest("container 2")[:32]


@pytest.mark.parametrize(
    ("act", "body"),
    [("clearance.refuse", {"reason": "other"}), ("clearance.invalidate", {"reason": "other"})],
)
def test_what_customs_decide_against_before_the_goods_come_awaits_nothing(
    act: str, body: dict[str, str]
) -> None:
    world = ahead(World())
    world.do(act, DECLARATION, OFFICE, body)
    record: Declaration = world.record(DECLARATION)
    assert (record.awaits_goods, record.expires_ms) == (False, None)
    status = describe(record)["status"]
    assert "presented" not in status


def test_a_cancellation_that_customs_granted_is_done_once_they_invalidate() -> None:
    world = accepted(World()).release()
    cancelling = asked("r", RequestState.GRANTED, RequestKind.CANCELLATION)
    world.change(DECLARATION, requests=(asked("old", RequestState.DENIED), cancelling))
    world.do("clearance.invalidate", DECLARATION, OFFICE, {"reason": "requested"})
    requests = world.record(DECLARATION).requests
    assert {one.id: one.state.value for one in requests} == {"old": "denied", "r": "done"}


@pytest.mark.parametrize(
    ("lane", "control", "released"),
    [
        ("green", None, True),
        ("blue", None, True),
        ("yellow", None, False),
        ("yellow", "documents", True),
        ("yellow", "physical", True),
        ("red", "documents", False),
        ("red", "physical", True),
    ],
)
def test_what_each_lane_asks_for(lane: str, control: str | None, released: bool) -> None:
    """ASYCUDA lanes: yellow asks for documents or goods, red for the goods, the others for nothing."""
    world = accepted(World())
    world.do("clearance.route", DECLARATION, OFFICE, {"lane": lane, "reason": "selectivity"})
    if control is not None:
        world.do("clearance.control", DECLARATION, OFFICE, {"control": control})
        done = {"control": control, "result": "satisfactory"}
        world.do("clearance.conclude", DECLARATION, OFFICE, done)
    assert isinstance(world.try_("clearance.release", DECLARATION, OFFICE), Accepted) is released


@pytest.mark.parametrize("state", DeclarationState)
def test_what_is_evidence_of_clearance_abroad(state: DeclarationState) -> None:
    world = exported(World())
    world.change(EXPORT, state=state)
    outcome = world.try_("clearance.cite", DECLARATION, BROKER, {"declaration": EXPORT_ID})
    assert isinstance(outcome, Accepted) is (state.value in ("released", "cleared", "exited"))


@pytest.mark.parametrize(
    ("outcome", "ground", "state"),
    [("granted", None, "granted"), ("denied", "other", "denied"), ("rejected", "other", "rejected")],
)
def test_an_answer_is_kept_as_it_was_given(outcome: str, ground: str | None, state: str) -> None:
    world = accepted(World())
    world.change(DECLARATION, requests=(asked("r", RequestState.OPEN),))
    body = {"request": "r", "outcome": outcome, **({} if ground is None else {"ground": ground})}
    world.do("clearance.decide", DECLARATION, OFFICE, body)
    assert world.record(DECLARATION).requests[0].state.value == state


@pytest.mark.parametrize("cleared", [False, True])
def test_after_release_customs_act_on_what_they_granted_only(cleared: bool) -> None:
    world = accepted(World()).release()
    if cleared:
        world.do("clearance.clear", DECLARATION, OFFICE)
    for act, body in (
        ("clearance.amend", {"ground": "official_correction"}),
        ("clearance.invalidate", {"reason": "other"}),
    ):
        assert world.refuse(act, DECLARATION, OFFICE, body).code == "clearance.no-grant"


def test_an_export_that_has_not_left_in_time_is_overdue() -> None:
    """UCC delegated regulation, article 340: 150 days."""
    world = exported(World())
    world.now += 150 * DAY_MS
    assert world.refuse("clearance.expire", EXPORT, "qinzhou-customs").code == "clearance.not-overdue"
    world.now += 1
    world.do("clearance.expire", EXPORT, "qinzhou-customs")


def test_an_answered_query_does_not_keep_the_goods() -> None:
    world = accepted(World()).query("one")
    world.do("clearance.answer", DECLARATION, BROKER, {"query": "one", "answer": digest("a")})
    world.release()


def test_another_customs_office_of_the_country_is_no_authority_here() -> None:
    world = accepted(World())
    body = {"hold": "x", "reason": "security"}
    assert isinstance(world.copy().try_("clearance.hold", DECLARATION, "vn-plant-health", body), Accepted)
    world.change("organisation/vn-plant-health", roles=(Role.CUSTOMS,))
    refusal = world.refuse("clearance.hold", DECLARATION, "vn-plant-health", body)
    assert refusal.code == "clearance.not-authority"


def test_goods_of_a_transit_that_is_over_are_out_of_reach() -> None:
    world = under_way(World())
    world.do("clearance.arrive", DECLARATION, "phnom-penh-customs")
    body = {"hold": "x", "reason": "security"}
    assert isinstance(world.copy().try_("clearance.hold", DECLARATION, "qinzhou-customs", body), Accepted)
    world.do("clearance.clear", DECLARATION, "phnom-penh-customs")
    refusal = world.refuse("clearance.hold", DECLARATION, "qinzhou-customs", body)
    assert (refusal.code, refusal.field) == ("clearance.departed", "subject")


def test_a_transit_that_is_under_way_is_said_to_have_another_office_to_reach() -> None:
    world = under_way(World())
    refusal = world.refuse("clearance.clear", DECLARATION, "phnom-penh-customs")
    assert refusal.code == "clearance.not-arrived"
    assert "phnom-penh-customs" in refusal.message


def test_a_transit_without_offices_on_its_way_passes_none() -> None:
    world = World().issue()
    world.lodge(type="transit", office="qinzhou-customs", destination="phnom-penh-customs")
    world.accept_declaration(who="qinzhou-customs").release(who="qinzhou-customs")
    refusal = world.refuse("clearance.pass", DECLARATION, OFFICE)
    assert refusal.code == "clearance.not-on-route"
    assert "none" in refusal.message


def test_an_export_without_another_office_of_exit_leaves_by_its_own() -> None:
    world = accepted(World())
    world.lodge(EXPORT, "chongqing-parts", type="export", office="qinzhou-customs")
    world.accept_declaration(EXPORT, "qinzhou-customs").release(EXPORT, "qinzhou-customs")
    assert world.refuse("clearance.exit", EXPORT, "phnom-penh-customs").code == "clearance.not-exit-office"
    world.do("clearance.exit", EXPORT, "qinzhou-customs")
    assert world.record(EXPORT).state is DeclarationState.EXITED


def test_only_who_saw_the_goods_last_presents_them_for_the_declarant() -> None:
    world = ahead(World()).at("on_vessel", "VNHPH")
    world.move("haiphong-terminal", "discharge", "VNHPH")
    refusal = world.refuse("clearance.present", DECLARATION, "corridor-rail")
    assert (refusal.code, refusal.field) == ("clearance.not-presenter", "issuer")
    world.do("clearance.present", DECLARATION, "haiphong-terminal")


def test_a_shared_bill_is_evidence_even_where_it_has_no_containers() -> None:
    world = exported(World())
    body = {"declaration": EXPORT_ID}
    world.change(BILL, containers=())
    assert isinstance(world.copy().try_("clearance.cite", DECLARATION, BROKER, body), Accepted)
    other = BILL[5:][::-1]
    world.change(EXPORT, bills=(other, BILL[5:]))
    world.change(DECLARATION, bills=("0" * 64, BILL[5:]))
    world.do("clearance.cite", DECLARATION, BROKER, body)


def test_a_shared_container_is_evidence_whatever_brings_it() -> None:
    world = exported(World())
    world.change(EXPORT, bills=(), containers=(CONTAINER[10:],))
    world.change(DECLARATION, containers=(OTHER_BOX[10:],))
    world.do("clearance.cite", DECLARATION, BROKER, {"declaration": EXPORT_ID})
