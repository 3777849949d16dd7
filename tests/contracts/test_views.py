"""Who may read, what a record names, and how it is said."""

from __future__ import annotations

import pytest

from contracts import views
from contracts.catalogue import decode_record
from contracts.times import utc
from ledger.errors import InvariantViolated
from tests.contracts.guards.registry import REGISTER
from tests.contracts.world import BILL, CONTAINER, DECLARATION, DOCUMENT, World


def story() -> World:
    world = (
        World()
        .issue()
        .offer("guangxi-bank")
        .grant("clearance.lodge")
        .lodge(principal="haiphong-motors")
        .accept_declaration()
        .hold()
    )
    world.do("document.register", DOCUMENT, "red-river-brokers", REGISTER)
    return world


def readers(world: World, key: str) -> set[str]:
    found = views.entitled(key, world.state[key], world)
    assert len(set(found)) == len(found)
    return set(found)


def test_a_bill_is_for_its_parties_and_the_customs_it_is_declared_to() -> None:
    parties = {"beibu-line", "chongqing-parts", "haiphong-motors", "red-river-brokers", "guangxi-bank"}
    assert readers(story(), BILL) == parties | {"haiphong-customs"}


def test_a_past_offeree_is_no_longer_entitled() -> None:
    world = story()
    world.do("bill.cancel", BILL, "chongqing-parts")
    assert "guangxi-bank" not in readers(world, BILL)


def test_who_surrendered_stays_entitled() -> None:
    world = World().issue()
    world.surrender()
    assert "chongqing-parts" in readers(world, BILL)


def test_a_declaration_is_for_declarant_office_principal_and_who_holds_it() -> None:
    expected = {"red-river-brokers", "haiphong-customs", "haiphong-motors", "vn-plant-health"}
    assert readers(story(), DECLARATION) == expected


def test_a_container_is_for_all_of_them_and_who_handled_it() -> None:
    world = story()
    world.move("qinzhou-terminal", "gate_in", "CNQZH", "export")
    assert {"qinzhou-terminal", "vn-plant-health", "guangxi-bank"} <= readers(world, CONTAINER)
    assert "oversight" not in readers(world, CONTAINER)


def test_a_document_is_for_its_readers_and_customs() -> None:
    assert readers(story(), DOCUMENT) == {"red-river-brokers", "haiphong-motors", "haiphong-customs"}


def test_records_without_contents_have_no_readers() -> None:
    assert readers(story(), "organisation/beibu-line") == set()


def test_unknown_keys_and_damaged_records_are_errors() -> None:
    with pytest.raises(KeyError):
        decode_record("ship/1", b"{}")
    with pytest.raises(InvariantViolated):
        decode_record(BILL, b'{"kind":"declaration"}')


def test_links() -> None:
    world = story()
    assert views.links_of(world.record(BILL)) == (CONTAINER,)
    assert views.links_of(world.record(DECLARATION)) == (BILL,)
    assert views.links_of(world.record(CONTAINER)) == (BILL, DECLARATION)
    assert views.links_of(world.record(DOCUMENT)) == (BILL, DECLARATION, CONTAINER)
    assert views.links_of(world.record("member/beibu-line/chief")) == ("organisation/beibu-line",)
    assert views.links_of(world.record("organisation/beibu-line")) == ("member/beibu-line/chief",)
    assert views.links_of(world.record("network/parameters")) == ()


def test_parties() -> None:
    world = story()
    assert views.parties_of(world.record(DOCUMENT)) == ("red-river-brokers", "haiphong-motors")
    assert views.parties_of(world.record("organisation/beibu-line")) == ("beibu-line",)
    assert views.parties_of(world.record("member/beibu-line/chief")) == ("beibu-line",)
    assert views.parties_of(world.record("network/validators")) == ("qinzhou-customs",)
    assert views.parties_of(world.record("network/parameters")) == ()
    assert set(views.parties_of(world.record(CONTAINER))) == {"beibu-line"}


def test_every_record_has_words() -> None:
    world = story()
    for key in world.state:
        lines = views.summary(world.record(key))
        assert list(lines)[:2] == ["title", "status"]
        assert list(lines)[-1] == "changed"
        assert all(lines.values())


def test_the_words_of_the_story() -> None:
    world = story()
    bill = views.summary(world.record(BILL))
    assert bill["title"] == "Bill of lading to order of beibu-line"
    assert bill["status"] == "Issued; chongqing-parts possesses it."
    assert bill["offered to"] == "guangxi-bank, until 2023-11-15 22:13:21 UTC"
    assert (
        views.summary(world.record(DECLARATION))["open holds"] == "plants by vn-plant-health (phytosanitary)"
    )
    world.do("bill.cancel", BILL, "chongqing-parts")
    world.surrender("chongqing-parts", purpose="amendment", reason="SWTP")
    status = views.summary(world.record(BILL))["status"]
    assert status == "Surrendered for amendment by chongqing-parts (SWTP); beibu-line has to answer."
    world.do("bill.accept_surrender", BILL, "beibu-line")
    assert views.summary(world.record(BILL))["status"].endswith("(SWTP), accepted by beibu-line.")
    world.do("bill.void", BILL, "beibu-line")
    assert views.summary(world.record(BILL))["status"] == "Voided; it controls nothing any more."


def test_a_breach_is_said() -> None:
    world = World().issue().arrived()
    world.do("movement.breach", CONTAINER, "haiphong-terminal", world.event("gate_out", "VNHPH", "import"))
    lines = views.summary(world.record(CONTAINER))
    assert "linkage.no-declaration" in lines["breaches"]
    assert lines["status"] == "On the road from VNHPH."


def test_times() -> None:
    assert utc(0) == "1970-01-01 00:00:00 UTC"
    assert utc(1_700_000_000_999) == "2023-11-14 22:13:20 UTC"
    assert utc(2**53 - 1) == "9007199254740991 ms"
