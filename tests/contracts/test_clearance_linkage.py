"""Clearance where goods are: presented by who has them, withdrawn before the gate, under transit, overdue."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.clearance.model import EXIT_MS, PRESENTATION_MS
from contracts.clearance.vocabulary import DeclarationState
from contracts.views import commitments_of, entitled, links_of, parties_of, summary
from tests.contracts.guards.clearance_cases import EXPORT, EXPORT_ID, TRANSIT, exported, under_way
from tests.contracts.world import BILL, CONTAINER, CONTENTS, DAY_MS, DECLARATION, World, digest

OFFICE = "haiphong-customs"


def at_the_gate(world: World) -> World:
    """Released and surrendered goods in Hai Phong."""
    world.issue().lodge().accept_declaration().release()
    return world.surrendered().arrived()


def gate_out(world: World, purpose: str = "import") -> Any:
    return world.try_(
        "movement.record", CONTAINER, "haiphong-terminal", world.event("gate_out", "VNHPH", purpose)
    )


def test_a_release_that_is_withdrawn_keeps_the_goods_inside() -> None:
    world = at_the_gate(World())
    world.do("clearance.withdraw", DECLARATION, OFFICE, {"reason": "mistake"})
    assert gate_out(world).code == "linkage.not-released"
    world.release()
    world.move("haiphong-terminal", "gate_out", "VNHPH", "import")
    refusal = world.refuse("clearance.withdraw", DECLARATION, OFFICE, {"reason": "mistake"})
    assert refusal.code == "clearance.release-used"
    assert CONTAINER.partition("/")[2] in refusal.message


def test_a_release_can_be_withdrawn_after_clearing_and_decided_again() -> None:
    world = at_the_gate(World())
    world.do("clearance.clear", DECLARATION, OFFICE)
    world.do("clearance.withdraw", DECLARATION, OFFICE, {"reason": "new_information"})
    world.do("clearance.refuse", DECLARATION, OFFICE, {"reason": "prohibited_goods"})
    assert gate_out(world).code == "linkage.not-released"


@pytest.mark.parametrize("state", ["rejected", "expired", "invalidated"])
def test_what_counts_for_nothing_clears_nothing(state: str) -> None:
    world = at_the_gate(World())
    world.change(DECLARATION, state=DeclarationState(state))
    assert gate_out(world).code == "linkage.no-declaration"


def test_an_agency_holds_what_customs_have_cleared_until_it_leaves() -> None:
    world = at_the_gate(World())
    world.do("clearance.clear", DECLARATION, OFFICE)
    world.hold()
    assert gate_out(world).code == "linkage.hold-open"
    assert world.refuse("clearance.lift", DECLARATION, OFFICE, {"hold": "plants"}).code == (
        "clearance.not-your-hold"
    )
    world.do("clearance.lift", DECLARATION, "vn-plant-health", {"hold": "plants"})
    world.move("haiphong-terminal", "gate_out", "VNHPH", "import")
    body = {"hold": "again", "reason": "food_safety"}
    assert world.refuse("clearance.hold", DECLARATION, "vn-plant-health", body).code == "clearance.departed"


def test_the_terminal_that_has_the_goods_presents_them() -> None:
    world = World().issue().lodge(ahead=True).at("on_vessel", "CNQZH")
    assert (
        world.refuse("clearance.present", DECLARATION, "haiphong-terminal").code == "clearance.not-presenter"
    )
    world.move("haiphong-terminal", "discharge", "VNHPH")
    world.do("clearance.present", DECLARATION, "haiphong-terminal")
    assert world.record(DECLARATION).expires_ms is None


def test_nobody_presents_goods_in_a_country_where_they_are_not() -> None:
    world = World().issue().lodge(ahead=True)
    world.move("qinzhou-terminal", "gate_in", "CNQZH", "export")
    assert (
        world.refuse("clearance.present", DECLARATION, "qinzhou-terminal").code == "clearance.not-presenter"
    )


def test_goods_that_are_not_presented_in_time_expire_by_block_time_alone() -> None:
    world = World().issue().lodge(ahead=True)
    due = world.record(DECLARATION).expires_ms
    assert due == world.now + PRESENTATION_MS == world.now + 30 * DAY_MS
    world.now = due
    assert world.refuse("clearance.expire", DECLARATION, OFFICE).code == "clearance.not-overdue"
    world.now += 1
    assert world.refuse("clearance.present", DECLARATION, "red-river-brokers").code == "clearance.overdue"
    world.do("clearance.expire", DECLARATION, "red-river-brokers")
    assert world.refuse("clearance.accept", DECLARATION, OFFICE).code == "record.wrong-state"


def test_an_export_that_never_left_expires_150_days_after_release() -> None:
    world = World()
    exported(world)
    world.now += EXIT_MS
    assert world.refuse("clearance.expire", EXPORT, "qinzhou-customs").code == "clearance.not-overdue"
    world.now += 1
    world.do("clearance.expire", EXPORT, "qinzhou-customs")
    body = {"declaration": EXPORT_ID}
    assert world.refuse("clearance.cite", DECLARATION, OFFICE, body).code == "clearance.no-evidence"


def test_a_loaded_export_does_not_expire() -> None:
    world = World()
    exported(world)
    world.at("in_facility", "CNQZH").weigh().move("qinzhou-terminal", "load", "CNQZH")
    world.now += EXIT_MS + 1
    assert world.refuse("clearance.expire", EXPORT, "qinzhou-customs").code == "clearance.release-used"


def test_evidence_from_abroad_is_kept_as_it_stood() -> None:
    world = World()
    exported(world)
    version = world.record(EXPORT).version
    world.do("clearance.cite", DECLARATION, OFFICE, {"declaration": EXPORT_ID})
    world.do("clearance.exit", EXPORT, "phnom-penh-customs")
    (cited,) = world.record(DECLARATION).cites
    assert (cited.jurisdiction, cited.state.value, cited.at_version) == ("CN", "released", version)
    world.release()
    assert EXPORT in links_of(world.record(DECLARATION))
    assert summary(world.record(DECLARATION))["relies on"] == f"{EXPORT}, released in CN"


class TestTransit:
    def leaving(self, world: World) -> Any:
        world.at("in_facility", "VNHPH")
        world.change(BILL, place_of_delivery="KHPNH")
        return gate_out(world, "transit")

    def test_goods_move_on_a_released_transit_and_not_before(self) -> None:
        world = World().issue().lodge(**TRANSIT).accept_declaration(who="qinzhou-customs")
        assert self.leaving(world).code == "linkage.not-released"
        world.release(who="qinzhou-customs")
        self.leaving(world)
        assert world.record(CONTAINER).state.value == "on_road"
        assert world.record(CONTAINER).departures[0].direction.value == "transit"

    @pytest.mark.parametrize("who", ["vn-plant-health", "kh-plant-health", "phnom-penh-customs", OFFICE])
    def test_every_country_on_the_way_can_stop_it(self, who: str) -> None:
        world = World()
        under_way(world)
        world.do("clearance.hold", DECLARATION, who, {"hold": "stop", "reason": "security"})
        assert self.leaving(world).code == "linkage.hold-open"
        assert world.refuse("clearance.pass", DECLARATION, OFFICE).code == "clearance.hold-open"

    def test_it_passes_arrives_and_is_cleared_where_it_ends(self) -> None:
        world = World()
        under_way(world)
        assert (
            world.refuse("clearance.clear", DECLARATION, "phnom-penh-customs").code == "clearance.not-arrived"
        )
        world.do("clearance.pass", DECLARATION, OFFICE)
        reason = {"reason": "mistake"}
        refusal = world.refuse("clearance.withdraw", DECLARATION, "qinzhou-customs", reason)
        assert refusal.code == "clearance.release-used"
        world.do("clearance.arrive", DECLARATION, "phnom-penh-customs")
        assert "phnom-penh-customs" in summary(world.record(DECLARATION))["status"]
        world.do("clearance.clear", DECLARATION, "phnom-penh-customs")
        body = {"hold": "late", "reason": "security"}
        assert world.refuse("clearance.hold", DECLARATION, OFFICE, body).code == "clearance.departed"

    def test_its_offices_are_its_parties(self) -> None:
        world = World()
        under_way(world)
        offices = {"qinzhou-customs", OFFICE, "phnom-penh-customs"}
        assert offices <= set(parties_of(world.record(DECLARATION)))
        assert offices <= set(entitled(BILL, world.state[BILL], world))

    def test_transit_without_a_declaration_is_none_of_customs_business_here(self) -> None:
        world = World().issue()
        self.leaving(world)
        assert world.record(CONTAINER).departures == ()


def test_an_amendment_leaves_a_trace() -> None:
    world = World().issue().lodge().accept_declaration()
    before = world.record(DECLARATION).contents
    body = {"request": "value", "kind": "amendment", "ground": "value", "contents": CONTENTS}
    world.do("clearance.request", DECLARATION, "red-river-brokers", body)
    assert commitments_of(world.record(DECLARATION)) == (before, CONTENTS)
    assert summary(world.record(DECLARATION))["requests"] == "value: amendment open"
    world.do("clearance.decide", DECLARATION, OFFICE, {"request": "value", "outcome": "granted"})
    amended = {"ground": "requested", "request": "value", "contents": CONTENTS}
    world.do("clearance.amend", DECLARATION, OFFICE, amended)
    record = world.record(DECLARATION)
    assert (record.contents, record.earlier) == (CONTENTS, (before,))
    assert commitments_of(record) == (CONTENTS, before)
    assert summary(record)["amendments"] == "1"
    assert "requests" not in summary(record)


def test_a_lane_binds_release_and_a_rerouting_says_why() -> None:
    world = World().issue().lodge().accept_declaration()
    world.do("clearance.route", DECLARATION, OFFICE, {"lane": "red", "reason": "selectivity"})
    world.do("clearance.control", DECLARATION, OFFICE, {"control": "documents"})
    done = {"control": "documents", "result": "satisfactory"}
    world.do("clearance.conclude", DECLARATION, OFFICE, done)
    assert world.refuse("clearance.release", DECLARATION, OFFICE).code == "clearance.lane"
    world.do("clearance.route", DECLARATION, OFFICE, {"lane": "yellow", "reason": "officer"})
    assert summary(world.record(DECLARATION))["lane"] == "yellow (officer)"
    world.release()


@pytest.mark.parametrize("lane", ["green", "blue"])
def test_some_lanes_ask_for_nothing_before_release(lane: str) -> None:
    world = World().issue().lodge().accept_declaration()
    world.do("clearance.route", DECLARATION, OFFICE, {"lane": lane, "reason": "selectivity"})
    world.release()


def test_the_words_of_a_declaration_cover_every_state() -> None:
    world = World().issue().lodge(ahead=True)
    assert "have to be presented by 2023-12-14" in summary(world.record(DECLARATION))["status"]
    for state in DeclarationState:
        world.change(DECLARATION, state=state, awaits_goods=False)
        assert summary(world.record(DECLARATION))["status"].endswith(".")
    world.change(DECLARATION, contents=digest("x"))
    assert "errors" not in summary(world.record(DECLARATION))
