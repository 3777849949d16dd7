"""No organisation fills a record for others: breaches, expectations, declarations and holds have shares."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.clearance.model import MAX_DECLARATIONS_EACH, MAX_HOLDS, MAX_HOLDS_EACH
from contracts.execution import Accepted
from contracts.movement.model import MAX_BREACHES_EACH, MAX_EXPECTED, Container
from contracts.movement.vocabulary import EventType
from tests.contracts.world import CONTAINER, DAY_MS, DECLARATION, LODGE, World, digest

PORT, LINE, TERMINAL, TERMINAL_CN = "beibu-port", "beibu-line", "haiphong-terminal", "qinzhou-terminal"
SCHEDULE = [(event.value, place) for event in (EventType.LOAD, EventType.DISCHARGE) for place in range(40)]
"""Events that ports and carriers alike may expect, each at a place of its own."""


def place(number: int) -> str:
    return f"CNA{chr(65 + number // 26)}{chr(65 + number % 26)}"


def expect(world: World, who: str, number: int, *, days: int = 1) -> None:
    event, where = SCHEDULE[number]
    body = {"event": event, "classifier": "estimated", "facility": place(where)}
    world.do("movement.expect", CONTAINER, who, {**body, "event_ms": world.now + days * DAY_MS})


def said(world: World) -> list[tuple[str, str]]:
    container: Container = world.record(CONTAINER)
    assert len(container.expected) <= MAX_EXPECTED
    return [(one.organisation, one.facility) for one in container.expected]


class TestExpected:
    def flooded(self, by: str = PORT) -> World:
        world = World().issue()
        for number in range(MAX_EXPECTED + 5):
            expect(world, by, number)
        return world

    def test_who_says_more_than_there_is_room_for_loses_its_own_oldest(self) -> None:
        first = 5
        assert said(self.flooded()) == [(PORT, place(first + n)) for n in range(MAX_EXPECTED)]

    def test_who_said_little_is_heard_and_stays(self) -> None:
        world = self.flooded()
        expect(world, LINE, 30)
        for number in range(31, 36):
            expect(world, PORT, number)
        assert (LINE, place(30)) in said(world)
        assert len(said(world)) == MAX_EXPECTED

    def test_two_who_flood_take_from_each_other_only(self) -> None:
        world = World().issue()
        expect(world, TERMINAL_CN, 39)
        for number in range(MAX_EXPECTED):
            expect(world, PORT, number)
            expect(world, LINE, number + MAX_EXPECTED)
        count = Counter(who for who, _ in said(world))
        assert count[TERMINAL_CN] == 1
        assert abs(count[PORT] - count[LINE]) <= 1

    def test_what_is_overdue_makes_room_first(self) -> None:
        world = World().issue()
        for number in range(MAX_EXPECTED):
            expect(world, PORT, number, days=3 if number != 7 else 1)
        world.now += 2 * DAY_MS
        expect(world, PORT, 20)
        assert (PORT, place(7)) not in said(world)
        assert (PORT, place(0)) in said(world)

    def test_a_newer_word_takes_no_other_place(self) -> None:
        world = World().issue()
        for number in range(MAX_EXPECTED):
            expect(world, PORT, number)
        expect(world, LINE, 3, days=2)
        assert sorted(where for _, where in said(world)) == [place(n) for n in range(MAX_EXPECTED)]


def breach(world: World, who: str, event: str = "gate_out", purpose: str = "import") -> Any:
    return world.try_("movement.breach", CONTAINER, who, world.event(event, "VNHPH", purpose))


def test_who_told_of_many_breaches_leaves_room_for_those_of_others() -> None:
    world = World().issue().arrived()
    for _ in range(MAX_BREACHES_EACH):
        assert not hasattr(breach(world, TERMINAL), "code")
        world.move(TERMINAL, "gate_in", "VNHPH", "import")
    refusal = breach(world, TERMINAL)
    assert (refusal.code, refusal.field, refusal.final) == ("movement.breaches-told", "issuer", False)
    assert f"{MAX_BREACHES_EACH} breaches" in refusal.message
    assert not hasattr(breach(world, PORT), "code")


def test_an_offer_makes_nobody_a_party_to_the_goods() -> None:
    world = World().issue(parties=[]).offer("haiphong-motors")
    strip = world.event("stripping", "VNHPH")
    assert world.refuse("movement.record", CONTAINER, "haiphong-motors", strip).code == "movement.not-party"
    world.accept().do("movement.record", CONTAINER, "haiphong-motors", strip)


def lodged(world: World, who: str, number: int) -> Any:
    key = "declaration/" + digest(f"{who} {number}")[:32]
    return world.try_("clearance.lodge", key, who, {**LODGE, "office": "phnom-penh-customs"})


def test_who_declares_goods_again_and_again_leaves_room_for_who_has_to() -> None:
    world, seller = World().issue(), "chongqing-parts"
    for number in range(MAX_DECLARATIONS_EACH):
        assert isinstance(lodged(world, seller, number), Accepted)
    refusal = lodged(world, seller, MAX_DECLARATIONS_EACH)
    assert (refusal.code, refusal.field) == ("record.full", "body")
    assert f"{MAX_DECLARATIONS_EACH} declarations of one declarant" in refusal.message
    world.lodge()


def test_an_authority_that_holds_for_every_reason_leaves_room_for_the_hold_of_another() -> None:
    world, agency = World().issue().lodge(), "vn-plant-health"
    for number in range(MAX_HOLDS_EACH):
        world.hold(agency, f"plants-{number}")
    again = {"hold": "plants", "reason": "phytosanitary"}
    refusal = world.refuse("clearance.hold", DECLARATION, agency, again)
    assert (refusal.code, refusal.field) == ("record.full", "subject")
    assert f"{MAX_HOLDS_EACH} open holds of {agency}" in refusal.message
    world.hold("haiphong-customs", "security")
    world.do("clearance.lift", DECLARATION, agency, {"hold": "plants-0"})
    world.do("clearance.hold", DECLARATION, agency, again)


@pytest.mark.parametrize("room", [0, 1])
def test_all_authorities_together_have_room_for_so_many_holds(room: int) -> None:
    world = World().issue().lodge().hold()
    (hold,) = world.record(DECLARATION).holds
    count = MAX_HOLDS - room
    others = [replace(hold, id=f"h-{number}", authority=f"agency-{number % 3}") for number in range(count)]
    world.change(DECLARATION, holds=tuple(others))
    outcome = world.try_(
        "clearance.hold", DECLARATION, "haiphong-customs", {"hold": "x", "reason": "security"}
    )
    assert isinstance(outcome, Accepted) == bool(room)
    if not room:
        assert f"{MAX_HOLDS} open holds." in outcome.message
