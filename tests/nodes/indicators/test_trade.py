"""Indicators of trade on cases that were worked out by hand."""

from __future__ import annotations

from contracts.bill.vocabulary import BillState, BillType, SurrenderPurpose
from contracts.clearance.model import Declaration
from contracts.clearance.vocabulary import RefusalReason
from contracts.model import Direction
from nodes.indicators.model import Leg, RefusedDocuments, Spread, Surrendered, nearest_rank, spread
from nodes.indicators.publishing import for_strangers
from nodes.indicators.service import IndicatorService
from nodes.indicators.trade import trade
from nodes.storage import Store
from tests.nodes.indicators.records import (
    HOUR,
    bill,
    bill_id,
    by_sea,
    container,
    held,
    refused,
    rejected,
    released,
    write,
)
from tests.nodes.storage.chain import ChainBuilder

DAY = 24 * HOUR
START, END = 100 * DAY, 130 * DAY


def test_the_nearest_rank_is_a_value_that_was_observed() -> None:
    ten = list(range(1, 11))
    assert [nearest_rank(ten, percent) for percent in (50, 90, 100)] == [5, 9, 10]
    assert [nearest_rank([7], percent) for percent in (1, 50, 90)] == [7, 7, 7]
    assert spread([30, 10, 20]) == Spread(count=3, median_ms=20, p90_ms=30)
    assert spread([]) is None


def test_time_from_discharge_to_release(store: Store, chain: ChainBuilder) -> None:
    """Four containers at one office took 2, 5, 5 and 0 hours; the last was released before discharge."""
    at = START + 5 * DAY
    boxes = {f"container_{box}": container(*by_sea(at - HOUR, at)) for box in "abcd"}
    write(store, chain, bill_two=bill("b", "c"), **boxes)
    write(
        store,
        chain,
        declaration_one=released(at + 2 * HOUR, "a"),
        declaration_two=released(at + 5 * HOUR, bills=(bill_id("two"),), declarant="mekong-tiles"),
        declaration_early=released(at - 3 * HOUR, "d"),
        declaration_other=released(at + HOUR, "a", office="hanoi-customs"),
        declaration_export=released(at + 9 * HOUR, "a", type=Direction.EXPORT),
        declaration_before=released(START, "a"),
        declaration_after=released(END + 1, "a"),
        declaration_undischarged=released(at, "nowhere"),
    )
    first, second = trade(store, START, END).release
    assert (first.office, first.ahead, first.organisations) == ("haiphong-customs", 1, 2)
    assert first.time == Spread(count=4, median_ms=2 * HOUR, p90_ms=5 * HOUR)
    assert (second.office, second.time.median_ms, second.organisations) == ("hanoi-customs", HOUR, 1)


def test_the_first_discharge_in_the_country_begins_it(store: Store, chain: ChainBuilder) -> None:
    at = START + DAY
    transhipped = container(
        ("discharge", "SGSIN", at),
        ("discharge", "VNHPH", at + HOUR),
        ("rail_discharge", "VNHAN", at + 5 * HOUR),
    )
    write(store, chain, container_a=transhipped, declaration_a=released(at + 7 * HOUR, "a"))
    (line,) = trade(store, START, END).release
    assert line.time.median_ms == 6 * HOUR


def test_time_from_discharge_to_the_gate(store: Store, chain: ChainBuilder) -> None:
    at, out = START + 2 * DAY, START + 3 * DAY
    write(
        store,
        chain,
        container_a=container(*by_sea(at, at), out=("VNHPH", out), declarations=["x", "transit"]),
        container_b=container(*by_sea(at, at), out=("VNHPH", out + DAY), declarations=["x"]),
        container_c=container(*by_sea(at, at), out=("VNHPH", out + 4 * DAY)),
        container_abroad=container(*by_sea(at, at), out=("THLCH", out)),
        container_late=container(*by_sea(at, at), out=("VNHPH", END + 1), declarations=["x"]),
        declaration_x=released(out - HOUR, "a", "b"),
        declaration_transit=released(out, "a", type=Direction.TRANSIT, office="lang-son-customs"),
    )
    declared, undeclared = trade(store, START, END).gate_out
    assert (declared.office, declared.time) == (
        "haiphong-customs",
        Spread(count=2, median_ms=DAY, p90_ms=2 * DAY),
    )
    assert (undeclared.office, undeclared.time.median_ms, undeclared.organisations) == ("", 5 * DAY, 1)


def test_a_corrected_discharge_moves_the_time_and_a_withdrawn_release_takes_it_away(
    store: Store, chain: ChainBuilder
) -> None:
    at = START + DAY
    write(store, chain, container_a=container(*by_sea(at, at)), declaration_a=released(at + 4 * HOUR, "a"))
    assert trade(store, START, END).release[0].time.median_ms == 4 * HOUR
    write(store, chain, container_a=container(*by_sea(at, at + HOUR)))
    assert trade(store, START, END).release[0].time.median_ms == 3 * HOUR
    write(store, chain, declaration_a=released(0, "a", released_ms=None))
    assert trade(store, START, END).release == ()


def test_refusals_by_reason(store: Store, chain: ChainBuilder) -> None:
    health, prohibited = RefusalReason.HEALTH_RISK, RefusalReason.PROHIBITED_GOODS
    write(
        store,
        chain,
        declaration_a=refused(START + 1, health),
        declaration_b=refused(START + 2, health, declarant="mekong-tiles"),
        declaration_c=refused(END, prohibited, office="hanoi-customs"),
        declaration_d=rejected(START + 4, "CDS12077"),
        declaration_old=refused(START, health),
    )
    found = trade(store, START, END).refused
    assert found[0] == RefusedDocuments(
        what="refused", office="haiphong-customs", reason="health_risk", count=2, organisations=2
    )
    assert {(one.what, one.office, one.reason, one.count) for one in found[1:]} == {
        ("refused", "hanoi-customs", "prohibited_goods", 1),
        ("rejected", "haiphong-customs", "CDS12077", 1),
    }


def test_open_holds_count_whenever_they_were_placed_and_lifted_ones_do_not(
    store: Store, chain: ChainBuilder
) -> None:
    write(
        store,
        chain,
        declaration_a=held(("plant-health", START - DAY), ("haiphong-customs", END - HOUR)),
        declaration_b=held(("plant-health", END - 2 * HOUR), declarant="mekong-tiles"),
    )
    plants, customs = trade(store, START, END).holds
    assert (plants.authority, plants.age.count, plants.organisations) == ("plant-health", 2, 2)
    assert (plants.age.median_ms, plants.oldest_ms) == (2 * HOUR, 31 * DAY)
    assert (customs.authority, customs.oldest_ms) == ("haiphong-customs", HOUR)
    write(store, chain, declaration_a=held(("plant-health", START - DAY)))
    assert [one.authority for one in trade(store, START, END).holds] == ["plant-health"]


def test_bills_surrendered_before_their_goods_arrive(store: Store, chain: ChainBuilder) -> None:
    """Of five bills that count two were surrendered in time; the others are not counted."""
    at = START + 3 * DAY
    box = container(*by_sea(at), bills=["in-time", "telex", "late", "amended", "unsurrendered"])
    origin, amendment = SurrenderPurpose.ORIGIN, SurrenderPurpose.AMENDMENT
    other = ["waybill", "paper", "elsewhere", "two-boxes"]
    write(
        store,
        chain,
        container_a=box,
        container_b=container(*by_sea(at), bills=other),
        container_first=container(*by_sea(START - HOUR), bills=["two-boxes"]),
        **{
            "bill_in-time": bill("a", accepted_ms=at - 1),
            "bill_telex": bill("a", accepted_ms=at - DAY, purpose=origin, carrier="jade-line"),
            "bill_late": bill("a", accepted_ms=at + 1),
            "bill_amended": bill("a", accepted_ms=at - 1, purpose=amendment),
            "bill_unsurrendered": bill("a"),
            "bill_waybill": bill("b", type=BillType.SEA_WAYBILL),
            "bill_paper": bill("b", state=BillState.SWITCHED_TO_PAPER),
            "bill_elsewhere": bill("b", place_of_delivery="KHKOS"),
            "bill_two-boxes": bill("first", "b", accepted_ms=at),
        },
    )
    assert trade(store, START, END).surrendered == Surrendered(arrived=5, before=2, organisations=2)
    assert trade(store, START - DAY, START).surrendered == Surrendered(arrived=1, before=0, organisations=1)


def test_teu_by_mode_and_leg(store: Store, chain: ChainBuilder) -> None:
    at = START + 3 * DAY
    by_rail = (("rail_departure", "CNCKG", at - 90 * HOUR), ("rail_arrival", "CNQZH", at - 60 * HOUR))
    write(
        store,
        chain,
        container_twenty=container(*by_rail, *by_sea(at)[1:], length="2"),
        container_forty=container(*by_sea(at), length="4"),
        container_long=container(*by_sea(at), length="L", operator="jade-line"),
        container_unsized=container(*by_sea(at)),
        container_old=container(*by_sea(START), length="4"),
    )
    assert trade(store, START, END).legs == (
        Leg(
            mode="sea",
            origin="CNQZH",
            destination="VNHPH",
            containers=4,
            teu_hundredths=525,
            unsized=1,
            organisations=2,
        ),
        Leg(
            mode="rail",
            origin="CNCKG",
            destination="CNQZH",
            containers=1,
            teu_hundredths=100,
            unsized=0,
            organisations=1,
        ),
    )


def test_more_than_is_looked_at_is_said(store: Store, chain: ChainBuilder) -> None:
    at = START + DAY
    boxes = {f"container_{box}": container(*by_sea(at, at)) for box in "ab"}
    write(
        store, chain, **boxes, declaration_a=released(at + HOUR, "a"), declaration_b=released(at + DAY, "b")
    )
    assert trade(store, START, END).whole
    limited = trade(store, START, END, limit=1)
    (line,) = limited.release
    assert (line.time.count, line.time.median_ms, limited.whole) == (1, DAY, False)


def test_strangers_see_no_line_of_fewer_organisations(store: Store, chain: ChainBuilder) -> None:
    """Two declarants would each be left with the other's business by taking its own away."""

    def one_of(declarant: str) -> Declaration:
        return held(("plant-health", 1), declarant=declarant)

    class Clock:
        def monotonic_s(self) -> float:
            return 0.0

    write(store, chain, declaration_a=one_of("one"), declaration_b=one_of("two"))
    service = IndicatorService(store, Clock(), fewest=3)  # type: ignore[arg-type]
    assert [line.age.count for line in service.read().trade.holds] == [2]
    assert service.public().trade.holds == ()
    assert service.public().blocks == service.read().blocks
    assert for_strangers(service.read(), 2).trade.holds == service.read().trade.holds
