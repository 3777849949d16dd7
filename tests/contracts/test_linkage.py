"""When a container may leave: the linkage of control, clearance and movement, case by case."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.bill.vocabulary import BillState
from contracts.clearance.model import PRESENTATION_MS
from contracts.clearance.vocabulary import DeclarationState
from contracts.movement.vocabulary import ContainerState
from tests.contracts.world import (
    BILL,
    COMMITMENT,
    CONTAINER,
    CONTAINER_ID,
    DECLARATION,
    ISSUE,
    LODGE,
    World,
    digest,
)

SECOND_BILL = "bill/" + digest("bill 2")
SECOND_DECLARATION = "declaration/" + digest("declaration 2")[:32]
WAYBILL: dict[str, Any] = {"type": "sea_waybill", "titleholder": "haiphong-motors"}
NEW = {"commitment": COMMITMENT, "operator": "beibu-line", "parties": ["chongqing-parts"]}


def released(world: World) -> World:
    return world.lodge().accept_declaration().release()


def waybill(world: World) -> World:
    body = {"contents": digest("w"), "containers": [{"id": CONTAINER_ID, "commitment": COMMITMENT}]}
    places = {"place_of_loading": "CNQZH", "place_of_delivery": "VNHPH", "parties": ["red-river-brokers"]}
    world.do("bill.issue", BILL, "beibu-line", {**WAYBILL, **body, **places})
    return world


def leave(world: World, purpose: str = "import") -> World:
    return world.move("haiphong-terminal", "gate_out", "VNHPH", purpose)


def refused(
    world: World, purpose: str = "import", event: str = "gate_out", who: str = "haiphong-terminal"
) -> Any:
    return world.refuse("movement.record", CONTAINER, who, world.event(event, "VNHPH", purpose))


def test_a_sea_waybill_needs_no_surrender() -> None:
    world = leave(released(waybill(World()).arrived()))
    assert world.record(CONTAINER).state is ContainerState.ON_ROAD
    assert world.record(CONTAINER).departures[0].direction.value == "import"


def test_a_cleared_declaration_will_do() -> None:
    world = released(waybill(World()).arrived())
    world.do("clearance.clear", DECLARATION, "haiphong-customs")
    leave(world)


def test_every_bill_on_a_shared_container_must_be_ready() -> None:
    world = released(World().issue().arrived()).surrendered()
    world.issue(SECOND_BILL)
    assert SECOND_BILL in refused(world).message
    world.lodge(SECOND_DECLARATION, bills=[SECOND_BILL.partition("/")[2]])
    world.accept_declaration(SECOND_DECLARATION).release(SECOND_DECLARATION)
    refusal = refused(world)
    assert (refusal.code, SECOND_BILL in refusal.message) == ("linkage.not-surrendered", True)
    world.change(SECOND_BILL, state=BillState.VOIDED)
    leave(world)


def test_a_declaration_of_the_container_covers_all_its_bills() -> None:
    world = World().issue().arrived().surrendered()
    body = {name: value for name, value in LODGE.items() if name != "bills"}
    world.do("clearance.lodge", DECLARATION, "red-river-brokers", {**body, "containers": [CONTAINER_ID]})
    leave(world.accept_declaration().release())


def test_clearance_elsewhere_does_not_count() -> None:
    world = waybill(World()).arrived()
    world.lodge(office="phnom-penh-customs")
    world.accept_declaration(who="phnom-penh-customs").release(who="phnom-penh-customs")
    assert refused(world).code == "linkage.no-declaration"


def test_refused_goods_stay_until_customs_invalidate() -> None:
    world = released(waybill(World()).arrived())
    world.lodge(SECOND_DECLARATION)
    world.do("clearance.refuse", SECOND_DECLARATION, "haiphong-customs", {"reason": "health_risk"})
    assert refused(world).code == "linkage.not-released"
    world.do("clearance.invalidate", SECOND_DECLARATION, "haiphong-customs", {"reason": "replaced"})
    leave(world)


@pytest.mark.parametrize("purpose", ["transit", "export", "empty"])
def test_no_other_purpose_leads_around_the_rule(purpose: str) -> None:
    assert refused(World().issue().arrived(), purpose).code == "linkage.purpose-contradicts"


def test_nor_does_the_railway() -> None:
    world = World().issue().arrived()
    assert refused(world, "transit", "rail_departure", "corridor-rail").code == "linkage.purpose-contradicts"
    assert refused(world, "import", "rail_departure", "corridor-rail").code == "linkage.no-declaration"


def test_nor_does_a_container_that_nobody_announced() -> None:
    world = World()
    body = world.event("rail_departure", "VNHPH", "import", container=NEW)
    assert world.refuse("movement.record", CONTAINER, "corridor-rail", body).code == "linkage.no-declaration"


def test_transit_elsewhere_needs_no_clearance() -> None:
    world = World().issue().at("in_facility", "VNSGN")
    world.move("haiphong-terminal", "gate_out", "VNSGN", "transit")


def test_an_empty_container_comes_and_goes() -> None:
    world = World()
    world.move("haiphong-terminal", "gate_in", "VNHPH", "empty", container=NEW)
    leave(world, "empty")


class TestLeftOut:
    """A container of a bill that was surrendered for amendment, and is not on the one in its place."""

    def voided(self) -> World:
        world = World().issue().arrived().surrendered_with({"purpose": "amendment", "reason": "COD"})
        world.do("bill.void", BILL, "beibu-line")
        return world

    def left_out(self) -> World:
        return self.voided().issue(SECOND_BILL, containers=[], replaces=BILL.partition("/")[2])

    def test_it_is_not_empty_because_no_bill_names_it(self) -> None:
        for world in (self.voided(), self.left_out()):
            refusal = refused(world, "empty")
            assert (refusal.code, refusal.field) == ("linkage.purpose-contradicts", "body.purpose")
            assert BILL in refusal.message

    def test_it_is_empty_once_it_was_stripped(self) -> None:
        leave(self.left_out().move("haiphong-terminal", "stripping", "VNHPH"), "empty")

    def test_its_goods_wait_for_the_bill_that_took_the_place_of_theirs(self) -> None:
        world = self.left_out()
        world.lodge(who="chongqing-parts", bills=[], containers=[CONTAINER_ID]).accept_declaration().release()
        refusal = refused(world)
        assert (refusal.code, SECOND_BILL in refusal.message) == ("linkage.not-surrendered", True)
        world.do("bill.surrender", SECOND_BILL, "chongqing-parts", {"purpose": "amendment", "reason": "SWTP"})
        world.do("bill.accept_surrender", SECOND_BILL, "beibu-line")
        world.do("bill.switch_to_paper", SECOND_BILL, "beibu-line", {"paper": digest("paper")})
        refusal = refused(world)
        assert (refusal.code, SECOND_BILL in refusal.message) == ("linkage.release-needed", True)
        world.do("bill.release", SECOND_BILL, "beibu-line", {"to": "haiphong-motors"})
        leave(world)

    def test_a_word_at_the_gate_empties_it_no_more(self) -> None:
        world = self.left_out().at("on_road", None)
        gate_in = world.event("gate_in", "VNHPH", "empty")
        refusal = world.refuse("movement.record", CONTAINER, "haiphong-terminal", gate_in)
        assert refusal.code == "linkage.purpose-contradicts"

    def test_what_a_further_bill_carries_on_is_delivered_by_that(self) -> None:
        world = self.left_out().issue("bill/" + digest("bill 3"))
        world.lodge(bills=[digest("bill 3")]).accept_declaration().release()
        third = "bill/" + digest("bill 3")
        world.do("bill.surrender", third, "chongqing-parts", {"purpose": "delivery"})
        world.do("bill.accept_surrender", third, "beibu-line")
        leave(world).move("haiphong-terminal", "stripping", "VNHPH")
        world.move("haiphong-terminal", "gate_in", "VNHPH", "empty")


class TestHold:
    def held(self, world: World) -> World:
        hold = {"hold": "plants", "reason": "phytosanitary"}
        world.arrived().lodge().accept_declaration()
        world.do("clearance.hold", DECLARATION, "vn-plant-health", hold)
        return world

    def test_it_outlasts_the_waybill(self) -> None:
        world = self.held(waybill(World()))
        world.do("bill.void", BILL, "beibu-line")
        assert refused(world, "empty").code == "linkage.hold-open"
        world.do("clearance.lift", DECLARATION, "vn-plant-health", {"hold": "plants"})
        leave(world, "empty")

    def test_it_outlasts_a_bill_that_is_replaced_by_one_without_the_container(self) -> None:
        world = self.held(World().issue()).surrendered_with({"purpose": "amendment", "reason": "COD"})
        world.do("bill.void", BILL, "beibu-line")
        world.issue(SECOND_BILL, containers=[], replaces=BILL.partition("/")[2])
        world.move("haiphong-terminal", "stripping", "VNHPH")
        assert refused(world, "empty").code == "linkage.hold-open"

    def ready(self, world: World) -> World:
        """Another declaration of the same goods is released, and the bill given up."""
        world.lodge(SECOND_DECLARATION).accept_declaration(SECOND_DECLARATION).release(SECOND_DECLARATION)
        return world.surrendered()

    @pytest.mark.parametrize("ends", ["reject", "expire"])
    def test_it_outlasts_its_declaration(self, ends: str) -> None:
        world = World().issue().arrived().lodge(ahead=True).hold()
        if ends == "reject":
            world.do("clearance.reject", DECLARATION, "haiphong-customs", {"errors": [{"code": "X1"}]})
        else:
            world.now += PRESENTATION_MS + 1
            world.do("clearance.expire", DECLARATION, "red-river-brokers")
        assert refused(self.ready(world)).code == "linkage.hold-open"
        world.do("clearance.lift", DECLARATION, "vn-plant-health", {"hold": "plants"})
        leave(world)

    def test_what_left_against_it_comes_and_goes_empty_afterwards(self) -> None:
        world = self.held(World().issue())
        out = world.event("gate_out", "VNHPH", "import")
        world.do("movement.breach", CONTAINER, "haiphong-terminal", out)
        assert "linkage.hold-open" in world.record(CONTAINER).breaches[0].codes
        world.move("haiphong-terminal", "stripping", "VNHPH")
        world.move("haiphong-terminal", "gate_in", "VNHPH", "empty")
        leave(world, "empty")

    def test_another_country_stops_its_own_goods_only(self) -> None:
        world = self.held(World().issue()).at("in_facility", "SGSIN").weigh()
        world.do("movement.record", CONTAINER, "beibu-line", world.event("load", "SGSIN"))

    def test_a_barge_takes_no_held_goods_abroad(self) -> None:
        world = World().issue().at("in_facility", "CNQZH")
        world.lodge(type="export", office="qinzhou-customs", who="chongqing-parts")
        world.accept_declaration(who="qinzhou-customs")
        out = world.event("barge_departure", "CNQZH", "export")
        refusal = world.refuse("movement.record", CONTAINER, "qinzhou-terminal", out)
        assert refusal.code == "linkage.not-released"
        world.release(who="qinzhou-customs")
        hold = {"hold": "scan", "reason": "inspection"}
        world.do("clearance.hold", DECLARATION, "qinzhou-customs", hold)
        refusal = world.refuse("movement.record", CONTAINER, "qinzhou-terminal", out)
        assert refusal.code == "linkage.hold-open"
        world.do("clearance.lift", DECLARATION, "qinzhou-customs", {"hold": "scan"})
        world.do("movement.record", CONTAINER, "qinzhou-terminal", out)
        assert world.record(CONTAINER).departures[0].direction.value == "export"

    def test_a_delivered_box_goes_back_by_barge_within_the_country_where_it_was_packed(self) -> None:
        world = released(World().issue(place_of_loading="VNSGN").arrived()).surrendered()
        leave(world).move("haiphong-terminal", "stripping", "VNHPH")
        world.move("haiphong-terminal", "gate_in", "VNHPH", "empty")
        world.move("haiphong-terminal", "barge_departure", "VNHPH", "empty")


class TestExport:
    def stuffed(self) -> World:
        """Gated in for export before any bill exists."""
        return World().move("qinzhou-terminal", "gate_in", "CNQZH", "export", container=NEW)

    def test_loading_before_the_bill_needs_export_release(self) -> None:
        world = self.stuffed()
        load = world.event("load", "CNQZH")
        assert world.refuse("movement.record", CONTAINER, "beibu-line", load).code == "linkage.no-declaration"
        body = {"type": "export", "office": "qinzhou-customs", "contents": digest("export")}
        world.do("clearance.lodge", DECLARATION, "chongqing-parts", {**body, "containers": [CONTAINER_ID]})
        assert world.refuse("movement.record", CONTAINER, "beibu-line", load).code == "linkage.not-released"
        world.accept_declaration(who="qinzhou-customs").release(who="qinzhou-customs")
        world.do("clearance.hold", DECLARATION, "qinzhou-customs", {"hold": "scan", "reason": "inspection"})
        assert world.refuse("movement.record", CONTAINER, "beibu-line", load).code == "linkage.hold-open"
        world.do("clearance.lift", DECLARATION, "qinzhou-customs", {"hold": "scan"})
        assert (
            world.refuse("movement.record", CONTAINER, "beibu-line", load).code == "linkage.no-verified-mass"
        )
        world.weigh().do("movement.record", CONTAINER, "beibu-line", load)
        hold = {"hold": "late", "reason": "security"}
        assert (
            world.refuse("clearance.hold", DECLARATION, "qinzhou-customs", hold).code == "clearance.departed"
        )

    def test_transhipment_elsewhere_is_no_export(self) -> None:
        world = World().issue().at("in_facility", "SGSIN").weigh()
        world.do("movement.record", CONTAINER, "beibu-line", world.event("load", "SGSIN"))

    def test_a_stranger_cannot_declare_it(self) -> None:
        world = self.stuffed()
        body = {"type": "export", "office": "qinzhou-customs", "contents": digest("export")}
        body = {**body, "containers": [CONTAINER_ID]}
        assert (
            world.refuse("clearance.lodge", DECLARATION, "haiphong-motors", body).code
            == "clearance.not-party"
        )

    def test_a_bill_follows_its_operator_only(self) -> None:
        world = self.stuffed()
        assert world.refuse("bill.issue", BILL, "tonkin-line", ISSUE).code == "bill.container-not-yours"
        world.issue()
        assert world.record(CONTAINER).bills == (BILL.partition("/")[2],)


class TestBreach:
    def test_what_left_anyway_is_on_record(self) -> None:
        world = World().issue().arrived().lodge()
        world.do(
            "movement.breach", CONTAINER, "haiphong-terminal", world.event("gate_out", "VNHPH", "import")
        )
        container = world.record(CONTAINER)
        assert container.state is ContainerState.ON_ROAD
        assert container.breaches[0].codes == ("linkage.not-released", "linkage.not-surrendered")
        assert container.breaches[0].organisation == "haiphong-terminal"
        assert world.record(DECLARATION).state is DeclarationState.PRELODGED

    def test_what_could_leave_is_no_breach(self) -> None:
        world = released(waybill(World()).arrived())
        body = world.event("gate_out", "VNHPH", "import")
        assert (
            world.refuse("movement.breach", CONTAINER, "haiphong-terminal", body).code == "movement.no-breach"
        )


class TestCorridorByRail:
    def test_rail_sea_and_rail(self) -> None:
        world = World().issue()
        world.move("corridor-rail", "rail_departure", "CNCKG", "export")
        world.move("corridor-rail", "rail_arrival", "CNQZH")
        assert world.record(CONTAINER).facility == "CNQZH"
        load = world.event("load", "CNQZH")
        assert (
            world.refuse("movement.record", CONTAINER, "qinzhou-terminal", load).code
            == "linkage.no-declaration"
        )

    @pytest.mark.parametrize(
        ("event", "who", "purpose"),
        [
            ("gate_out", "qinzhou-terminal", "export"),
            ("load", "qinzhou-terminal", None),
            ("discharge", "qinzhou-terminal", None),
            ("rail_arrival", "corridor-rail", None),
        ],
    )
    def test_nothing_happens_before_it_can(self, event: str, who: str, purpose: str | None) -> None:
        world = World().issue()
        refusal = world.refuse("movement.record", CONTAINER, who, world.event(event, "CNQZH", purpose))
        assert refusal.code == "movement.out-of-order"
