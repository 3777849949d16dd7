"""Which lists records stand in, after acts that the contracts accepted."""

from __future__ import annotations

import msgspec

from contracts.bill.model import Leg
from contracts.bill.vocabulary import LegMode
from contracts.clearance.vocabulary import DeclarationState
from contracts.listings import DECIDED, at_place, listings_of, waiting_at
from tests.contracts.world import BILL, CONTAINER, DECLARATION, World

HERE = {waiting_at("haiphong-customs")}


def lists(world: World, key: str) -> set[str]:
    return set(listings_of(world.record(key)))


def test_a_declaration_waits_until_it_is_decided_and_again_while_its_goods_are_held() -> None:
    world = World().issue().lodge()
    assert lists(world, DECLARATION) == HERE
    world.accept_declaration()
    assert lists(world, DECLARATION) == HERE
    world.release()
    assert lists(world, DECLARATION) == set()
    world.hold()
    assert lists(world, DECLARATION) == HERE
    world.do("clearance.lift", DECLARATION, "vn-plant-health", {"hold": "plants"})
    assert lists(world, DECLARATION) == set()


def test_a_transit_waits_at_both_its_offices() -> None:
    record = msgspec.structs.replace(World().issue().lodge().record(DECLARATION), destination="hanoi-customs")
    assert set(listings_of(record)) == HERE | {waiting_at("hanoi-customs")}


def test_every_state_is_decided_or_waited_for() -> None:
    waiting = {
        "prelodged",
        "accepted",
        "under_document_control",
        "under_physical_control",
        "queried",
        "arrived",
    }
    assert {state.value for state in set(DeclarationState) - DECIDED} == waiting


def test_a_bill_is_where_it_leads_and_a_container_where_it_is() -> None:
    world = World().issue()
    bill = world.record(BILL)
    assert lists(world, BILL) == {at_place(bill.place_of_loading), at_place(bill.place_of_delivery)}
    inland = msgspec.structs.replace(bill, legs=(Leg(mode=LegMode.RAIL, to="CNCKG"),))
    assert set(listings_of(inland)) - lists(world, BILL) == {at_place("CNCKG")}
    world.move("qinzhou-terminal", "gate_in", "CNQZH", "export")
    assert lists(world, CONTAINER) == {at_place("CNQZH")}


def test_a_place_that_is_not_named_makes_no_list() -> None:
    world = World().issue()
    world.move("qinzhou-terminal", "gate_in", "CNQZH", "export")
    bill, container = world.record(BILL), world.record(CONTAINER)
    unnamed = msgspec.structs.replace(bill, place_of_loading="")
    assert set(listings_of(unnamed)) == {at_place(bill.place_of_delivery)}
    assert set(listings_of(msgspec.structs.replace(container, facility=None))) == set()


def test_other_records_stand_in_no_list() -> None:
    assert lists(World(), "organisation/haiphong-customs") == set()
