"""House bills: what their carrier must hold, and a gate that asks for the whole chain; legs."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.bill.model import Master
from contracts.views import links_of, summary
from tests.contracts.guards.house import ELSEWHERE, MASTER, UNDER, mastered
from tests.contracts.world import BILL, CONTAINER, CONTENTS, DAY_MS, ISSUE, LODGE, World, digest

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


class TestOnAContainerOfAnother:
    """Bills over one container by a second carrier: by the first one's word, or under its bill."""

    AGAIN = "bill/" + digest("bill 3")

    def offered(self) -> World:
        world = World().issue()
        world.do("bill.transfer", BILL, SHIPPER, {"to": LINE, "expires_ms": world.now + DAY_MS})
        return world

    def refused(self, world: World, who: str = LINE, **more: Any) -> None:
        refusal = world.refuse("bill.issue", self.AGAIN, who, {**ISSUE, **more})
        assert (refusal.code, refusal.field) == ("bill.container-not-yours", "body.containers.0.id")

    def test_an_offer_gives_no_say_over_it(self) -> None:
        self.refused(self.offered())

    def test_who_possesses_the_bill_issues_under_it_only(self) -> None:
        world = self.offered()
        world.do("bill.accept", BILL, LINE, {"contents": CONTENTS})
        self.refused(world)
        under = {"master": {"bill": BILL.partition("/")[2]}}
        world.issue(self.AGAIN, LINE, **under)
        assert world.record(CONTAINER).bills == tuple(key.partition("/")[2] for key in (BILL, self.AGAIN))

    def test_a_master_that_does_not_cover_it_opens_nothing(self) -> None:
        world = World().issue()
        world.issue(MASTER, possessor=LINE, titleholder=LINE, containers=[])
        self.refused(world, **UNDER)

    @pytest.mark.parametrize(
        "wrote",
        [
            {"shipper": LINE},
            {"parties": [LINE]},
            {"type": "straight", "titleholder": LINE},
        ],
    )
    def test_who_the_issuer_wrote_into_the_bill_may(self, wrote: dict[str, Any]) -> None:
        World().issue(**wrote).issue(self.AGAIN, LINE)

    def test_an_endorsement_is_not_the_issuers_word(self) -> None:
        world = World().issue()
        world.do("bill.endorse", BILL, SHIPPER, {"endorsee": LINE})
        self.refused(world)

    @pytest.mark.parametrize("change", [{"release_to": LINE}, {"state": "voided", "parties": (LINE,)}])
    def test_nor_is_a_release_or_a_bill_that_ended(self, change: dict[str, Any]) -> None:
        world = World().issue()
        world.change(BILL, **change)
        self.refused(world)

    def test_a_replaced_bill_speaks_for_nobody_but_its_issuer(self) -> None:
        world = World().issue(parties=[LINE])
        world.change(BILL, state="switched_to_paper", replaced_by=digest("bill 4"))
        self.refused(world)
        world.change(CONTAINER, operator=LINE)
        world.issue(self.AGAIN)


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


def test_a_house_bill_that_was_replaced_is_followed_past_a_master_that_is_given_up() -> None:
    world, again = housed(), "bill/" + digest("bill 3")
    world.surrendered_with({"purpose": "amendment", "reason": "COD"})
    world.do("bill.void", BILL, NVOCC)
    world.issue(again, replaces=BILL.partition("/")[2], containers=[])
    surrender_master(world)
    world.lodge(bills=[MASTER.partition("/")[2]], who=SHIPPER).accept_declaration().release().arrived()
    refusal = gate_out(world)
    assert (refusal.code, again in refusal.message) == ("linkage.not-surrendered", True)


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
