"""Movement case by case: modes, seals, what is expected, mass. Its guards are in `guards`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from contracts import views
from contracts.movement.events import EVENTS
from contracts.movement.model import MAX_EVENTS, Container
from contracts.movement.vocabulary import ContainerState, EventType
from tests.contracts.test_clearance_linkage import TRANSIT
from tests.contracts.world import BILL, COMMITMENT, CONTAINER, DAY_MS, DECLARATION, World, digest

HOUR_MS = 3_600_000
SEAL, OTHER_SEAL = digest("seal 1"), digest("seal 2")
NEW = {"commitment": COMMITMENT, "operator": "beibu-line", "parties": ["chongqing-parts"]}


def container(world: World) -> Container:
    found = world.record(CONTAINER)
    assert isinstance(found, Container)
    return found


def warned(world: World) -> list[str]:
    return [warning.value for event in container(world).events for warning in event.warnings]


def later(world: World, ms: int = HOUR_MS) -> World:
    world.now += ms
    return world


class TestModes:
    def test_a_box_by_truck_barge_sea_and_rail(self) -> None:
        world = World().move("chongqing-parts", "stuffing", "CNCKG", container=NEW)
        way = [
            ("chongqing-parts", "seal", "CNCKG", None, {"seal": SEAL}),
            ("beibu-line", "pick_up", "CNCKG", "export", {}),
            ("beibu-line", "road_departure", "CNCKG", None, {}),
            ("beibu-line", "road_arrival", "CNNNG", None, {}),
            ("beibu-line", "drop_off", "CNNNG", "transit", {}),
            ("beibu-port", "barge_load", "CNNNG", None, {}),
            ("beibu-port", "barge_departure", "CNNNG", "transit", {}),
            ("beibu-port", "barge_arrival", "CNQZH", None, {}),
            ("beibu-port", "barge_discharge", "CNQZH", None, {"seal": SEAL}),
            ("beibu-port", "load", "CNQZH", "transit", {}),
            ("beibu-line", "vessel_departure", "CNQZH", None, {}),
            ("beibu-line", "vessel_arrival", "VNHPH", None, {}),
            ("haiphong-terminal", "discharge", "VNHPH", None, {}),
            ("haiphong-terminal", "available_for_pick_up", "VNHPH", None, {}),
            ("corridor-rail", "rail_load", "VNHPH", None, {}),
            ("corridor-rail", "rail_departure", "VNHPH", "transit", {}),
            ("corridor-rail", "border_crossing", "LAVTE", None, {}),
            ("corridor-rail", "rail_arrival", "LAVTE", None, {}),
            ("corridor-rail", "rail_discharge", "LAVTE", None, {}),
        ]
        world.weigh()
        for who, event, where, purpose, more in way:
            later(world).move(who, event, where, purpose, **more)
        found = container(world)
        assert (found.state, found.facility, found.laden) == (ContainerState.IN_FACILITY, "LAVTE", True)
        assert (found.seal, warned(world)) == (SEAL, [])
        assert len(found.events) == MAX_EVENTS
        assert found.base is not None
        assert (found.base.state, found.base.seal) == (ContainerState.ON_ROAD, SEAL)

    def test_nothing_is_discharged_at_sea(self) -> None:
        world = World().issue().at("in_facility", "CNQZH")
        world.change(CONTAINER, state=ContainerState.AT_SEA)
        refusal = world.refuse("movement.record", CONTAINER, "beibu-line", world.event("discharge", "VNHPH"))
        assert refusal.code == "movement.out-of-order"

    def test_an_event_that_moves_nothing_leaves_it_where_it_is(self) -> None:
        world = World().issue().at("in_facility", "VNHPH")
        world.move("haiphong-terminal", "inspection", "VNHPH")
        assert (container(world).state, container(world).facility) == (ContainerState.IN_FACILITY, "VNHPH")

    def test_every_code_of_dcsa_is_covered(self, conformance_data: Path) -> None:
        text = (conformance_data / "dcsa/specs/event_domain_v3.2.0.yaml").read_text()
        codes: set[str] = set()
        for name in ("equipmentEventTypeCode", "transportEventTypeCode"):
            schema = text.partition(f"\n    {name}:\n")[2].partition("example:")[0]
            codes |= set(re.findall(r"^ {8}- ([A-Z]{4})$", schema.partition("enum:")[2], re.MULTILINE))
        assert len(codes) == 19
        assert {row.code for row in EVENTS.values()} == codes

    test_every_code_of_dcsa_is_covered = pytest.mark.conformance(test_every_code_of_dcsa_is_covered)


class TestDepartures:
    def test_entering_for_import_takes_nothing_out_of_customs_reach(self) -> None:
        world = World().issue().at("on_road", "VNHPH").move("haiphong-terminal", "gate_in", "VNHPH", "import")
        assert container(world).departures == ()

    def test_entering_in_transit_does_not_either(self) -> None:
        world = World().issue().lodge(**TRANSIT).at("on_road", "CNQZH")
        world.move("qinzhou-terminal", "gate_in", "CNQZH", "transit")
        assert container(world).departures == ()

    def test_leaving_for_export_is_no_transit(self) -> None:
        world = World().issue().lodge(**TRANSIT).at("in_facility", "CNQZH")
        world.move("qinzhou-terminal", "gate_out", "CNQZH", "export")
        assert container(world).departures == ()


class TestSeals:
    def sealed(self) -> World:
        world = World().issue().at("in_facility", "VNHPH")
        return world.move("haiphong-terminal", "seal", "VNHPH", seal=SEAL)

    @pytest.mark.parametrize(
        ("event", "more", "warning", "left"),
        [
            ("inspection", {"seal": SEAL}, None, SEAL),
            ("inspection", {"seal": OTHER_SEAL}, "seal_differs", SEAL),
            ("inspection", {"seal_found": "broken"}, "seal_broken", SEAL),
            ("inspection", {"seal_found": "missing"}, "seal_missing", SEAL),
            ("seal", {"seal": OTHER_SEAL}, "seal_replaced", OTHER_SEAL),
            ("reseal", {"seal": OTHER_SEAL}, None, OTHER_SEAL),
            ("seal_removal", {}, None, None),
            ("stripping", {}, "opened_under_seal", SEAL),
        ],
    )
    def test_a_broken_or_changed_seal_is_noticed(
        self, event: str, more: dict[str, Any], warning: str | None, left: str | None
    ) -> None:
        world = self.sealed().move("haiphong-terminal", event, "VNHPH", **more)
        assert warned(world) == ([] if warning is None else [warning])
        assert container(world).seal == left

    @pytest.mark.parametrize(
        ("event", "more"), [("seal_removal", {}), ("reseal", {"seal": SEAL})], ids=["removal", "reseal"]
    )
    def test_a_seal_that_nobody_put_on_is_odd(self, event: str, more: dict[str, Any]) -> None:
        world = World().issue().at("in_facility", "VNHPH").move("haiphong-terminal", event, "VNHPH", **more)
        assert warned(world) == ["no_seal"]

    def test_the_first_seal_that_is_read_counts_from_then_on(self) -> None:
        world = World().move("haiphong-terminal", "gate_in", "VNHPH", "empty", container=NEW, seal=SEAL)
        assert (container(world).seal, warned(world)) == (SEAL, [])
        assert "in place" in views.summary(container(world))["seal"]

    @pytest.mark.parametrize(
        ("event", "more"),
        [("seal", {}), ("reseal", {}), ("seal_removal", {"seal": SEAL}), ("customs_scan", {"seal": SEAL})],
    )
    def test_who_seals_says_with_what_and_nobody_else_has_to(self, event: str, more: dict[str, Any]) -> None:
        who = "haiphong-customs" if event == "customs_scan" else "haiphong-terminal"
        world = World().issue().at("in_facility", "VNHPH")
        refusal = world.refuse("movement.record", CONTAINER, who, world.event(event, "VNHPH", **more))
        assert refusal.code == "movement.seal"


class TestFill:
    def test_goods_that_vanish_are_odd_and_those_taken_out_are_not(self) -> None:
        world = World().move("chongqing-parts", "stuffing", "CNCKG", container=NEW)
        gate_in = world.event("gate_in", "CNQZH", "empty")
        odd = world.copy()
        odd.do("movement.record", CONTAINER, "qinzhou-terminal", gate_in)
        assert warned(odd) == ["fill_changed"]
        world.move("chongqing-parts", "stripping", "CNCKG")
        world.do("movement.record", CONTAINER, "qinzhou-terminal", gate_in)
        assert warned(world) == []
        assert container(world).laden is False

    def test_a_delivered_box_goes_back_empty_to_a_depot(self) -> None:
        world = World().issue().arrived().surrendered().lodge().accept_declaration().release()
        world.move("haiphong-terminal", "gate_out", "VNHPH", "import")
        back = world.event("gate_in", "VNHPH", "empty")
        refusal = world.refuse("movement.record", CONTAINER, "haiphong-terminal", back)
        assert refusal.code == "linkage.purpose-contradicts"
        world.move("haiphong-terminal", "stripping", "VNHPH")
        world.do("movement.record", CONTAINER, "haiphong-terminal", back)
        world.move("haiphong-terminal", "gate_out", "VNHPH", "empty")
        assert len(container(world).departures) == 1

    def test_stripped_before_delivery_it_is_not_let_out_as_empty(self) -> None:
        world = World().issue().arrived().move("haiphong-terminal", "stripping", "VNHPH")
        out = world.event("gate_out", "VNHPH", "empty")
        refusal = world.refuse("movement.record", CONTAINER, "haiphong-terminal", out)
        assert refusal.code == "linkage.purpose-contradicts"


class TestCustomsSelection:
    def test_what_is_selected_stays_until_customs_release_it(self) -> None:
        world = World().issue().arrived().surrendered().lodge().accept_declaration().release()
        world.move("haiphong-customs", "customs_inspection", "VNHPH")
        out = world.event("gate_out", "VNHPH", "import")
        refusal = world.refuse("movement.record", CONTAINER, "haiphong-terminal", out)
        assert refusal.code == "linkage.selected"
        foreign = world.event("customs_release", "CNQZH")
        world.do("movement.record", CONTAINER, "qinzhou-customs", foreign)
        assert container(world).selected == ("VN",)
        breach = world.copy()
        breach.do("movement.breach", CONTAINER, "haiphong-terminal", out)
        assert container(breach).breaches[0].codes == ("linkage.selected",)
        world.move("haiphong-customs", "customs_release", "VNHPH")
        world.do("movement.record", CONTAINER, "haiphong-terminal", out)


class TestExpected:
    def expect(self, world: World, event: str, ms: int, **more: Any) -> World:
        body = {"event": event, "classifier": "estimated", "facility": "VNHPH", "event_ms": world.now + ms}
        world.do("movement.expect", CONTAINER, "beibu-line", {**body, **more})
        return world

    def test_the_newest_word_counts_and_what_happened_is_expected_no_more(self) -> None:
        world = World().issue().at("on_vessel", "CNQZH")
        world.move("beibu-line", "vessel_departure", "CNQZH")
        self.expect(world, "vessel_arrival", DAY_MS, classifier="planned")
        self.expect(world, "discharge", 2 * DAY_MS)
        self.expect(world, "vessel_arrival", DAY_MS + HOUR_MS)
        assert [(e.event.value, e.classifier.value) for e in container(world).expected] == [
            ("discharge", "estimated"),
            ("vessel_arrival", "estimated"),
        ]
        later(world, DAY_MS).move("beibu-line", "vessel_arrival", "VNHPH")
        assert [event.event.value for event in container(world).expected] == ["discharge"]
        assert container(world).state is ContainerState.ON_VESSEL

    def test_an_expectation_of_an_unknown_box_makes_its_record_and_moves_nothing(self) -> None:
        world = self.expect(World(), "discharge", DAY_MS, container=NEW)
        assert container(world).state is ContainerState.ANNOUNCED
        assert container(world).events == ()
        assert "discharge at VNHPH" in views.summary(container(world))["expected"]


class TestMass:
    def test_an_empty_box_is_loaded_without(self) -> None:
        world = World().move("qinzhou-terminal", "gate_in", "CNQZH", "empty", container=NEW)
        world.move("qinzhou-terminal", "load", "CNQZH", "empty")
        assert container(world).state is ContainerState.ON_VESSEL

    def test_a_box_that_nobody_said_is_packed_is_loaded_without(self) -> None:
        world = World().move("beibu-port", "barge_departure", "CNNNG", "empty", container=NEW)
        world.move("beibu-port", "barge_arrival", "CNQZH")
        world.move("beibu-port", "load", "CNQZH")

    def test_a_packed_box_without_a_bill_needs_one_too_and_a_terminal_may_weigh_it(self) -> None:
        world = World().move("chongqing-parts", "stuffing", "CNCKG", container=NEW)
        world.move("beibu-port", "gate_in", "CNQZH", "transit")
        load = world.event("load", "CNQZH", "transit")
        refusal = world.refuse("movement.record", CONTAINER, "beibu-port", load)
        assert refusal.code == "linkage.no-verified-mass"
        mass = {"type": "verified_gross_mass", "contents": digest("mass")}
        mass_key = "document/" + digest("by the terminal")[:32]
        registered = {**mass, "bills": [BILL.partition("/")[2]]}
        world.issue().do("document.register", mass_key, "chongqing-parts", registered)
        body = {"document": mass_key.partition("/")[2], "method": "SM2"}
        refusal = world.refuse("movement.verify_mass", CONTAINER, "beibu-port", body)
        assert refusal.code == "movement.not-a-mass"
        world.do("movement.verify_mass", CONTAINER, "chongqing-parts", body)
        assert views.summary(container(world))["verified gross mass"] == f"{mass_key} (SM2)"

    def test_loading_without_is_a_breach_that_is_kept(self) -> None:
        world = World().move("chongqing-parts", "stuffing", "CNCKG", container=NEW)
        world.move("beibu-port", "gate_in", "CNQZH", "transit")
        world.do("movement.breach", CONTAINER, "beibu-port", world.event("load", "CNQZH", "transit"))
        assert container(world).breaches[0].codes == ("linkage.no-verified-mass",)
        assert container(world).state is ContainerState.ON_VESSEL


def test_a_party_may_handle_its_own_box_and_no_other() -> None:
    world = World()
    body = world.event("stuffing", "CNCKG", container=NEW)
    refusal = world.refuse("movement.record", CONTAINER, "haiphong-motors", body)
    assert refusal.code == "movement.not-party"
    world.do("movement.record", CONTAINER, "chongqing-parts", body)
    strip = world.event("stripping", "CNCKG")
    assert world.refuse("movement.record", CONTAINER, "haiphong-motors", strip).code == "movement.not-party"
    world.issue()
    world.do("movement.record", CONTAINER, "haiphong-motors", strip)


def test_who_handled_a_box_is_entitled_to_its_timeline() -> None:
    world = World().issue().at("in_facility", "VNHPH").move("haiphong-terminal", "inspection", "VNHPH")
    assert "haiphong-terminal" in views.parties_of(container(world))
    assert "haiphong-terminal" in views.entitled(CONTAINER, world.state[CONTAINER], world)


def test_customs_selection_says_nothing_of_who_saw_the_goods() -> None:
    world = World().issue()
    world.lodge(ahead=True)
    world.move("haiphong-customs", "customs_scan", "VNHPH")
    refusal = world.refuse("clearance.present", DECLARATION, "haiphong-customs")
    assert refusal.field == "issuer"


@pytest.mark.parametrize("event", list(EventType), ids=str)
def test_every_event_has_a_row(event: EventType) -> None:
    row = EVENTS[event]
    assert row.states
    assert row.is_transport == event.value.endswith(("_arrival", "_departure"))
