"""House bills: what their carrier must hold, and a gate that asks for the whole chain; legs."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.bill.model import Master
from contracts.views import links_of, summary
from tests.contracts.guards.house import ELSEWHERE, MASTER, UNDER, mastered
from tests.contracts.world import BILL, CONTAINER, ISSUE, LODGE, World, digest

NVOCC, LINE, SHIPPER, TERMINAL = "beibu-line", "tonkin-line", "chongqing-parts", "haiphong-terminal"


def housed(**changes: Any) -> World:
    """A master in the hands of who issues a house bill under it, over the same container."""
    return mastered(World()).issue(**{**UNDER, **changes})


def surrender_master(world: World) -> None:
    world.do("bill.surrender", MASTER, NVOCC, {"purpose": "delivery"})
    world.do("bill.accept_surrender", MASTER, LINE)


def cleared(world: World) -> World:
    """Everything but the master is ready for delivery."""
    return world.surrendered().lodge().accept_declaration().release().arrived()


def gate_out(world: World, facility: str = "VNHPH", purpose: str = "import") -> Any:
    return world.try_("movement.record", CONTAINER, TERMINAL, world.event("gate_out", facility, purpose))


def test_a_house_bill_shows_its_master_and_leads_to_it() -> None:
    bill = housed().record(BILL)
    assert summary(bill)["house bill under"] == MASTER
    assert MASTER in links_of(bill)


@pytest.mark.parametrize(
    "change",
    [
        {"possessor": "guangxi-bank"},
        {"state": "surrendered_for_delivery"},
        {"carrier": NVOCC},
    ],
)
def test_only_who_controls_the_master_of_another_issues_under_it(change: dict[str, Any]) -> None:
    world = mastered(World())
    world.change(MASTER, **change)

    refusal = world.refuse("bill.issue", BILL, NVOCC, {**ISSUE, **UNDER})
    assert (refusal.code, refusal.field) == ("bill.master-not-held", "body.master.bill")


def test_under_a_sea_waybill_its_shipper_issues() -> None:
    waybill = {"type": "sea_waybill", "possessor": None, "titleholder": "guangxi-bank", "shipper": NVOCC}
    world = World()
    body = {name: value for name, value in waybill.items() if value is not None}

    given = {name: value for name, value in {**ISSUE, **body}.items() if name != "possessor"}
    world.do("bill.issue", MASTER, LINE, given)
    world.issue(**UNDER)


def test_a_voided_waybill_master_holds_nothing_back() -> None:
    world = World()
    given = {name: value for name, value in ISSUE.items() if name != "possessor"}
    world.do("bill.issue", MASTER, LINE, {**given, "type": "sea_waybill", "shipper": NVOCC})
    cleared(world.issue(**UNDER))
    world.do("bill.void", MASTER, LINE)
    world.move(TERMINAL, "gate_out", "VNHPH", "import")


def test_the_gate_asks_for_master_and_house() -> None:
    world = cleared(housed())
    refusal = gate_out(world)
    assert refusal.code == "linkage.not-surrendered"
    assert NVOCC in refusal.message
    surrender_master(world)
    world.move(TERMINAL, "gate_out", "VNHPH", "import")


def test_only_the_house_bill_has_to_be_declared() -> None:
    world = cleared(housed())
    surrender_master(world)
    assert world.record("declaration/" + digest("declaration 1")[:32]).bills == tuple(LODGE["bills"])
    assert not hasattr(gate_out(world), "code")


def test_a_master_that_was_replaced_is_followed() -> None:
    world = cleared(housed())
    world.do("bill.surrender", MASTER, NVOCC, {"purpose": "amendment", "reason": "COD"})
    world.do("bill.accept_surrender", MASTER, LINE)
    world.do("bill.void", MASTER, LINE)
    again = "bill/" + digest("bill 3")
    more = {"possessor": NVOCC, "titleholder": NVOCC, "containers": [], "replaces": MASTER.partition("/")[2]}
    world.issue(again, LINE, **more)
    refusal = gate_out(world)
    assert (refusal.code, refusal.field) == ("linkage.master-not-given-up", "subject")
    assert again in refusal.message
    world.do("bill.surrender", again, NVOCC, {"purpose": "delivery"})
    world.do("bill.accept_surrender", again, LINE)
    world.move(TERMINAL, "gate_out", "VNHPH", "import")


def test_a_master_elsewhere_opens_the_gate_once_it_is_proven() -> None:
    world = cleared(World().issue(master=ELSEWHERE))
    assert summary(world.record(BILL))["house bill under"] == "a bill elsewhere, not yet given up"
    assert gate_out(world).code == "linkage.master-not-given-up"
    world.do("bill.prove_master", BILL, NVOCC, {"proof": digest("a delivery order")})
    assert summary(world.record(BILL))["house bill under"] == "a bill elsewhere, given up"
    world.move(TERMINAL, "gate_out", "VNHPH", "import")


def test_goods_go_on_under_the_house_bill_once_the_master_is_given_up() -> None:
    world = housed(place_of_delivery="VNHAN").arrived()
    refusal = gate_out(world, purpose="transit")
    assert refusal.code == "linkage.master-not-given-up"
    surrender_master(world)
    world.move(TERMINAL, "gate_out", "VNHPH", "transit")


def test_without_a_house_bill_the_master_ends_where_it_says() -> None:
    world = mastered(World()).arrived()
    assert gate_out(world, purpose="transit").code == "linkage.purpose-contradicts"


class TestLegs:
    def test_they_are_kept_and_shown(self) -> None:
        legs = [
            {"mode": "rail", "to": "CNQZH"},
            {"mode": "sea", "to": "VNHPH"},
            {"mode": "road", "to": "VNHAN"},
        ]
        world = World().issue(place_of_loading="CNCKG", place_of_delivery="VNHAN", legs=legs)
        bill = world.record(BILL)
        assert [(leg.mode.value, leg.to) for leg in bill.legs] == [
            ("rail", "CNQZH"),
            ("sea", "VNHPH"),
            ("road", "VNHAN"),
        ]
        assert summary(bill)["legs"] == "rail to CNQZH, sea to VNHPH, road to VNHAN"

    @pytest.mark.parametrize(
        ("legs", "place"),
        [
            ([{"mode": "sea", "to": "CNQZH"}], 0),
            ([{"mode": "sea", "to": "VNHPH"}, {"mode": "road", "to": "VNHPH"}], 1),
            ([{"mode": "rail", "to": "CNNNG"}, {"mode": "sea", "to": "VNDAD"}], 1),
        ],
    )
    def test_each_goes_somewhere_and_the_last_to_the_end(self, legs: Any, place: int) -> None:

        refusal = World().refuse("bill.issue", BILL, NVOCC, {**ISSUE, "legs": legs})
        assert (refusal.code, refusal.field) == ("bill.legs", f"body.legs.{place}.to")


def test_a_master_is_named_in_the_record_as_in_the_act() -> None:
    assert housed().record(BILL).master == Master(bill=MASTER.partition("/")[2])
