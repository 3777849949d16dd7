"""The gate rule at its edges: which bill, place and errand it asks about, and which it leaves alone.

What mutation testing found that no other test held.
"""

from __future__ import annotations

from typing import Any

import pytest

from contracts.bill.model import Master
from contracts.clearance.vocabulary import DeclarationState
from contracts.execution import Accepted
from contracts.model import Direction
from contracts.movement.model import Departure
from tests.contracts.guards.house import ELSEWHERE, MASTER, UNDER
from tests.contracts.guards.movement import deliverable
from tests.contracts.test_house import LINE, NVOCC, TERMINAL, cleared, housed, surrender_master
from tests.contracts.test_linkage import NEW, SECOND_BILL, refused
from tests.contracts.world import BILL, CONTAINER, DECLARATION, ISSUE, World, digest

INLAND = {"place_of_delivery": "VNHAN"}


def test_transit_needs_no_declaration_of_each_bill() -> None:
    world = World().issue(**INLAND).issue(SECOND_BILL, **INLAND)
    world.lodge(type="transit", destination="phnom-penh-customs").accept_declaration().release().arrived()
    world.move(TERMINAL, "gate_out", "VNHPH", "transit")


def test_goods_that_nobody_declared_are_at_fault_themselves() -> None:
    world = World()
    gate_in = {**world.event("gate_in", "VNHPH", "transit"), "container": NEW}
    world.do("movement.record", CONTAINER, TERMINAL, gate_in)
    refusal = refused(world)
    assert (refusal.code, refusal.field) == ("linkage.no-declaration", "subject")
    assert CONTAINER in refusal.message


def test_a_bill_that_nobody_declared_is_named() -> None:
    refusal = refused(World().issue().arrived())
    assert (refusal.code, refusal.field) == ("linkage.no-declaration", "subject")
    assert BILL in refusal.message


def test_masters_in_a_circle_do_not_answer_for_one_another() -> None:
    world = World().issue().issue(SECOND_BILL)
    for bill, master in ((BILL, SECOND_BILL), (SECOND_BILL, BILL)):
        world.change(bill, master=Master(bill=master.partition("/")[2]))
    refusal = refused(world.arrived())
    assert (refusal.code, refusal.field) == ("linkage.no-declaration", "subject")


def test_a_release_is_asked_for_on_import_only() -> None:
    world = World().issue().at("in_facility", "CNQZH").weigh()
    world.change(BILL, release_required=True)
    world.lodge(type="export", office="qinzhou-customs", who="chongqing-parts")
    world.accept_declaration(who="qinzhou-customs").release(who="qinzhou-customs")
    world.move("qinzhou-terminal", "load", "CNQZH")


class TestMaster:
    def replaced(self, **house: Any) -> World:
        """The master's successor, which does not list the container, still circulates."""
        world = cleared(housed(**house))
        world.do("bill.surrender", MASTER, NVOCC, {"purpose": "amendment", "reason": "COD"})
        world.do("bill.accept_surrender", MASTER, LINE)
        world.do("bill.void", MASTER, LINE)
        more = {"possessor": NVOCC, "titleholder": NVOCC, "containers": []}
        world.issue("bill/" + digest("bill 3"), LINE, replaces=MASTER.partition("/")[2], **more)
        return world

    def test_on_the_way_elsewhere_it_may_circulate(self) -> None:
        world = housed(**INLAND).at("in_facility", "VNDAD")
        world.move(TERMINAL, "gate_out", "VNDAD", "transit")

    def test_what_arrives_where_it_ends_is_let_in(self) -> None:
        housed(**INLAND).at("on_road", None).move(TERMINAL, "gate_in", "VNHPH", "transit")

    def test_delivery_elsewhere_asks_for_it_all_the_same(self) -> None:
        world = self.replaced(**INLAND).at("in_facility", "VNHAN")
        body = world.event("gate_out", "VNHAN", "import")
        refusal = world.refuse("movement.record", CONTAINER, TERMINAL, body)
        assert (refusal.code, refusal.field) == ("linkage.master-not-given-up", "subject")

    def test_one_elsewhere_is_proven_for_delivery_only(self) -> None:
        World().issue(master=ELSEWHERE, **INLAND).arrived().move(TERMINAL, "gate_out", "VNHPH", "transit")

    def test_a_sea_waybill_is_given_up_as_it_is(self) -> None:
        world = World()
        given = {name: value for name, value in ISSUE.items() if name != "possessor"}
        world.do("bill.issue", MASTER, LINE, {**given, "type": "sea_waybill", "shipper": NVOCC})
        cleared(world.issue(**UNDER)).move(TERMINAL, "gate_out", "VNHPH", "import")

    @pytest.mark.parametrize(("voided", "mover"), [(False, NVOCC), (True, LINE)])
    def test_who_has_it_moves_next_and_of_a_voided_one_its_carrier(self, voided: bool, mover: str) -> None:
        world, successor = self.replaced(), "bill/" + digest("bill 3")
        if voided:
            world.do("bill.surrender", successor, NVOCC, {"purpose": "amendment", "reason": "COD"})
            world.do("bill.accept_surrender", successor, LINE)
            world.do("bill.void", successor, LINE)
        refusal = refused(world)
        assert refusal.code == "linkage.master-not-given-up"
        assert mover in refusal.message


class TestMass:
    def test_what_is_said_to_be_empty_is_loaded_without(self) -> None:
        world = World()
        stuffing = {**world.event("stuffing", "CNQZH"), "container": NEW}
        world.do("movement.record", CONTAINER, "chongqing-parts", stuffing)
        world.at("in_facility", "CNQZH").move("qinzhou-terminal", "load", "CNQZH", "empty")


def test_goods_come_in_where_they_end_for_whatever_purpose() -> None:
    World().issue().at("on_road", None).move(TERMINAL, "gate_in", "VNHPH", "transit")


def test_the_bill_that_ends_here_is_named() -> None:
    world = World().issue().arrived()
    refusal = refused(world, "transit")
    assert (refusal.code, refusal.field) == ("linkage.purpose-contradicts", "body.purpose")
    assert BILL in refusal.message


def test_of_a_master_and_its_house_bill_that_both_end_here_the_master_is_named_first() -> None:
    world = cleared(housed())
    surrender_master(world)
    refusal = refused(world, "transit")
    assert (refusal.code, MASTER in refusal.message) == ("linkage.purpose-contradicts", True)


def test_what_replaced_a_bill_may_have_the_goods() -> None:
    world = World().issue().arrived()
    world.change(BILL, replaced_by=digest("bill 4"))
    refusal = refused(world, "empty")
    assert (refusal.code, refusal.field) == ("linkage.purpose-contradicts", "body.purpose")


def test_what_a_bill_covers_is_not_empty_anywhere_on_its_way() -> None:
    world = World().issue().at("in_facility", "CNQZH")
    body = world.event("gate_out", "CNQZH", "empty")
    refusal = world.refuse("movement.record", CONTAINER, "qinzhou-terminal", body)
    assert (refusal.code, refusal.field) == ("linkage.purpose-contradicts", "body.purpose")


def test_what_was_delivered_and_stripped_goes_back_empty_and_as_nothing_else() -> None:
    world = World().issue().surrendered().lodge().accept_declaration().release().arrived()
    world.move(TERMINAL, "gate_out", "VNHPH", "import")
    world.move(TERMINAL, "stripping", "VNHPH").move(TERMINAL, "gate_in", "VNHPH", "empty")
    assert refused(world, "transit").code == "linkage.purpose-contradicts"
    world.move(TERMINAL, "gate_out", "VNHPH", "empty")


class TestHold:
    def test_leaving_another_country_ends_none_here(self) -> None:
        world = World().issue(place_of_loading="VNHPH", **INLAND)
        world.lodge(type="export", who="chongqing-parts").accept_declaration().hold()
        world.arrived().change(CONTAINER, departures=(departure("export", "CNQZH"),))
        assert refused(world, "transit").code == "linkage.hold-open"

    def test_transit_goes_on_until_the_goods_are_delivered(self) -> None:
        world = World().issue(**INLAND)
        world.lodge(type="transit", office="qinzhou-customs", destination="phnom-penh-customs")
        world.accept_declaration(who="qinzhou-customs").hold("qinzhou-customs").arrived()
        body = world.event("load", "VNHPH")
        assert world.refuse("movement.record", CONTAINER, TERMINAL, body).code == "linkage.hold-open"
        world.change(CONTAINER, departures=(departure("import", "VNHPH"),))
        world.do("movement.record", CONTAINER, TERMINAL, body)

    def test_what_left_and_came_back_is_stopped_by_its_own_declaration(self) -> None:
        world = World().issue().surrendered().lodge().accept_declaration().release().arrived()
        world.hold().change(CONTAINER, departures=(departure("import", "VNHPH"),))
        assert refused(world).code == "linkage.hold-open"


def departure(direction: str, facility: str) -> Departure:
    return Departure(direction=Direction(direction), facility=facility, event_ms=1)


class TestTransit:
    def test_what_nobody_announced_is_under_no_transit(self) -> None:
        body = {**World().event("pick_up", "VNHPH", "transit"), "container": NEW}
        World().do("movement.record", CONTAINER, TERMINAL, body)

    @pytest.mark.parametrize("more", [{}, {"type": "transit", "destination": "phnom-penh-customs"}])
    def test_only_a_transit_declaration_that_counts_is_waited_for(self, more: dict[str, Any]) -> None:
        world = World().issue(**INLAND).lodge(**more).accept_declaration().arrived()
        if more:
            assert refused(world, "transit").code == "linkage.not-released"
            world.change(DECLARATION, state=DeclarationState.INVALIDATED)
        world.move(TERMINAL, "gate_out", "VNHPH", "transit")


def test_the_declarant_of_a_queried_declaration_moves_next_else_its_office() -> None:
    world = World().issue().surrendered().lodge().accept_declaration().arrived()
    asked = world.copy().query()
    for one, mover in ((world, "haiphong-customs"), (asked, "red-river-brokers")):
        refusal = refused(one)
        assert (refusal.code, mover in refusal.message) == ("linkage.not-released", True)


INLAND_WAYS = ("pick_up", "gate_out", "rail_departure", "barge_departure")
"""By truck from a terminal's gate or from premises, by rail, by barge."""


@pytest.mark.parametrize("way", INLAND_WAYS)
def test_however_goods_leave_inland_they_are_declared(way: str) -> None:
    world = World().issue().arrived()
    body = world.event(way, "VNHPH", "import")
    refusal = world.refuse("movement.record", CONTAINER, TERMINAL, body)
    assert (refusal.code, refusal.field) == ("linkage.no-declaration", "subject")


@pytest.mark.parametrize("way", [*INLAND_WAYS, "load", "barge_load"])
def test_what_customs_selected_leaves_in_no_way(way: str) -> None:
    world = deliverable(World()).weigh()
    world.change(CONTAINER, selected=("VN",))
    body = world.event(way, "VNHPH", "import" if way in INLAND_WAYS else None)
    assert world.refuse("movement.record", CONTAINER, TERMINAL, body).code == "linkage.selected"
    world.change(CONTAINER, selected=("KH",))
    world.do("movement.record", CONTAINER, TERMINAL, body)


@pytest.mark.parametrize("state", list(DeclarationState), ids=str)
def test_goods_go_while_their_declaration_is_released_or_what_follows(state: DeclarationState) -> None:
    world = deliverable(World())
    world.change(DECLARATION, state=state)
    outcome = world.try_("movement.record", CONTAINER, TERMINAL, world.event("gate_out", "VNHPH", "import"))
    if state.value in ("released", "arrived", "cleared", "exited"):
        assert isinstance(outcome, Accepted)
    elif state.value in ("rejected", "invalidated", "expired"):
        assert outcome.code == "linkage.no-declaration"
    else:
        assert outcome.code == "linkage.not-released"
