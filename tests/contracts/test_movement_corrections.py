"""Events that get another time or are withdrawn, and what stays of them."""

from __future__ import annotations

import pytest

from contracts import views
from contracts.movement.model import MAX_EVENTS
from contracts.movement.vocabulary import ContainerState
from contracts.times import utc
from tests.contracts.test_movement import HOUR_MS, container, later
from tests.contracts.world import CONTAINER, DAY_MS, DECLARATION, World


class TestCorrections:
    def breached(self) -> World:
        world = World().issue().arrived()
        world.do(
            "movement.breach", CONTAINER, "haiphong-terminal", world.event("gate_out", "VNHPH", "import")
        )
        return world

    def test_a_right_time_stands_beside_the_first_one_and_moves_the_departure(self) -> None:
        world = later(self.breached())
        first = container(world).events[0]
        for hours in (2, 3):
            body = {"event": first.version, "event_ms": first.event_ms - hours * HOUR_MS, "reason": "clock"}
            world.do("movement.correct", CONTAINER, "haiphong-terminal", body)
        event = container(world).events[0]
        assert (event.event_ms, event.first_ms) == (first.event_ms - 3 * HOUR_MS, first.event_ms)
        assert container(world).departures[0].event_ms == event.event_ms

    def test_thirty_days_count_from_the_first_time(self) -> None:
        world = later(self.breached())
        first = container(world).events[0]
        body = {"event": first.version, "event_ms": world.now, "reason": "clock"}
        world.do("movement.correct", CONTAINER, "haiphong-terminal", body)
        later(world, 30 * DAY_MS)
        refusal = world.refuse("movement.correct", CONTAINER, "haiphong-terminal", body)
        assert refusal.code == "movement.too-late"

    def test_thirty_days_end_with_the_last_millisecond(self) -> None:
        world = later(self.breached())
        event = container(world).events[0]
        world.now = event.event_ms + 30 * DAY_MS
        body = {"event": event.version, "reason": "clerical"}
        world.do("movement.withdraw", CONTAINER, "haiphong-terminal", body)

    @pytest.mark.parametrize("side", ["after the one before", "before the one after"])
    def test_events_keep_their_order_but_for_the_precision_of_clocks(self, side: str) -> None:
        world = World().issue()
        times = []
        for _ in range(4):
            later(world).move("qinzhou-terminal", "available_for_drop_off", "CNQZH")
            times.append(world.now)
        later(world)
        _, before, corrected, after = container(world).events
        precision = world.context.parameters.precision_ms
        assert precision > 0
        limit = times[1] - precision if side == "after the one before" else times[3] + precision
        beyond = limit - 1 if side == "after the one before" else limit + 1
        body = {"event": corrected.version, "reason": "clock"}
        too_far = {**body, "event_ms": beyond}
        refusal = world.refuse("movement.correct", CONTAINER, "qinzhou-terminal", too_far)
        assert refusal.code == "movement.misplaced"
        neighbour = before if side == "after the one before" else after
        assert utc(neighbour.event_ms) in refusal.message
        world.do("movement.correct", CONTAINER, "qinzhou-terminal", {**body, "event_ms": limit})

    def test_a_withdrawn_departure_never_was_but_its_breach_stays(self) -> None:
        world = self.breached()
        body = {"event": container(world).events[0].version, "reason": "other_container"}
        world.do("movement.withdraw", CONTAINER, "haiphong-terminal", body)
        found = container(world)
        assert (found.state, found.events, found.departures) == (ContainerState.IN_FACILITY, (), ())
        assert [breach.withdrawn for breach in found.breaches] == [True]
        assert "withdrawn since" in views.summary(found)["breaches"]
        hold = {"hold": "late", "reason": "security"}
        world.lodge().do("clearance.hold", DECLARATION, "haiphong-customs", hold)

    def test_of_two_breaches_the_one_that_was_withdrawn_is_marked(self) -> None:
        world = later(self.breached()).move("haiphong-terminal", "gate_in", "VNHPH", "import")
        out = later(world).event("gate_out", "VNHPH", "import")
        world.do("movement.breach", CONTAINER, "haiphong-terminal", out)
        body = {"event": container(world).events[-1].version, "reason": "clerical"}
        world.do("movement.withdraw", CONTAINER, "haiphong-terminal", body)
        assert [breach.withdrawn for breach in container(world).breaches] == [False, True]
        assert len(container(world).departures) == 1

    def test_what_went_into_the_base_stands(self) -> None:
        world = World().issue()
        world.move("qinzhou-terminal", "gate_in", "CNQZH", "export")
        first = container(world).events[0].version
        for _ in range(MAX_EVENTS):
            later(world).move("qinzhou-terminal", "inspection", "CNQZH")
        assert container(world).base is not None
        body = {"event": first, "reason": "clerical"}
        refusal = world.refuse("movement.withdraw", CONTAINER, "qinzhou-terminal", body)
        assert refusal.code == "movement.not-kept"
        body = {"event": container(world).events[0].version, "reason": "clerical"}
        world.do("movement.withdraw", CONTAINER, "qinzhou-terminal", body)
        assert container(world).state is ContainerState.IN_FACILITY
        assert container(world).export_from == "CN"
