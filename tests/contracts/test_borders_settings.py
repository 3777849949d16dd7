"""Parameters and rules by ballot at their edges: what mutation testing found that no other test held."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.execution import Accepted, remembered_ms
from contracts.governance.settings import BOUNDS, MAX_AHEAD, terms_at
from contracts.membership.model import MAX_PLANS, NetworkParameters, NewParameters, Plan
from contracts.views import summary
from ledger.genesis import Parameters
from ledger.primitives import Height
from tests.contracts.guards.governance import NUMBERS
from tests.contracts.test_borders_governance import decide, open_
from tests.contracts.world import World

PARAMETERS = "network/parameters"
HERE = 5
"""Height of the block in which a world acts."""


def plan(height: int, rules_version: int | None = None, **numbers: int) -> Plan:
    parameters = NewParameters(**numbers) if numbers else None
    return Plan(from_height=height, parameters=parameters, rules_version=rules_version)


def planned(*plans: Plan) -> World:
    world = World()
    world.change(PARAMETERS, planned=plans)
    return world


def heights(world: World) -> list[int]:
    return [one.from_height for one in world.record(PARAMETERS).planned]


def rules(height: int, version: int) -> dict[str, Any]:
    return {"type": "change_rules", "from_height": height, "rules_version": version}


def numbers(height: int, **parameters: int) -> dict[str, Any]:
    return {**NUMBERS, "from_height": height, "parameters": parameters}


def test_what_is_planned_is_in_force_from_its_height_on() -> None:
    plans = (plan(10, heartbeat_ms=1_000), plan(20, 2), plan(30, 3), plan(40, precision_ms=99))
    record = NetworkParameters(parameters=Parameters(), rules_version=1, planned=plans)
    heights = (9, 10, 19, 20, 29, 30, 39, 40)
    terms = [terms_at(record, Height(height)) for height in heights]
    assert [one.rules_version for one in terms] == [1, 1, 1, 2, 2, 3, 3, 3]
    assert [one.parameters.heartbeat_ms for one in terms] == [30_000, *[1_000] * 7]
    assert [one.parameters.precision_ms == 99 for one in terms] == [*[False] * 7, True]


@pytest.mark.parametrize("name", sorted(BOUNDS))
@pytest.mark.parametrize(("end", "beyond"), [(0, -1), (1, 1)])
def test_a_number_is_from_the_least_to_the_most(name: str, end: int, beyond: int) -> None:
    value = BOUNDS[name][end]
    assert isinstance(open_(World(), numbers(20, **{name: value})), Accepted)
    refusal = open_(World(), numbers(20, **{name: value + beyond}))
    assert (refusal.code, refusal.field) == ("proposal.bounds", f"body.change.parameters.{name}")


@pytest.mark.parametrize(
    ("ahead", "possible"), [(1, False), (2, True), (MAX_AHEAD, True), (MAX_AHEAD + 1, False)]
)
def test_settings_change_from_two_heights_on_and_not_in_a_far_future(ahead: int, possible: bool) -> None:
    outcome = open_(World(), numbers(HERE + ahead, heartbeat_ms=1_000))
    assert isinstance(outcome, Accepted) if possible else outcome.code == "proposal.height"


@pytest.mark.parametrize(
    ("plans", "version", "possible"),
    [
        ((), 1, False),
        ((plan(HERE + 2, 2),), 1, True),
        ((plan(HERE + 2, heartbeat_ms=1_000),), 1, False),
        ((plan(HERE + 1, 2),), 1, False),
        ((plan(HERE + 1, 2),), 2, False),
        ((plan(HERE + 1, 2),), 3, True),
        ((plan(HERE + 2, 2),), 2, True),
        ((plan(HERE + 1, 2), plan(HERE + 2, 3)), 1, False),
        ((plan(HERE + 1, 2), plan(HERE + 2, 3)), 2, True),
    ],
)
def test_rules_never_go_back_behind_those_of_the_next_block(
    plans: tuple[Plan, ...], version: int, possible: bool
) -> None:
    outcome = open_(planned(*plans), rules(20, version))
    assert isinstance(outcome, Accepted) if possible else outcome.code == "proposal.rules-version"


def test_rules_that_are_planned_take_no_room_from_numbers() -> None:
    waiting = tuple(plan(30 + n, heartbeat_ms=1_000) for n in range(MAX_PLANS - 2))
    world = decide(planned(*waiting, plan(90, 2)), numbers(20, heartbeat_ms=1_000))
    assert len(heights(world)) == MAX_PLANS
    assert open_(world, numbers(20, heartbeat_ms=2_000), 2).code == "proposal.plans-full"


def test_what_the_next_block_has_is_taken_over_and_the_rest_stays_planned() -> None:
    plans = (plan(HERE + 1, 2), plan(HERE + 1, heartbeat_ms=1_000), plan(HERE + 2, heartbeat_ms=2_000))
    record = decide(planned(*plans), numbers(30, heartbeat_ms=3_000)).record(PARAMETERS)
    assert (record.rules_version, record.parameters.heartbeat_ms) == (2, 1_000)
    assert [one.from_height for one in record.planned] == [HERE + 2, 30]


def test_rules_that_are_taken_back_leave_nothing_planned() -> None:
    assert heights(decide(planned(plan(30, 2)), rules(40, 1))) == []


def test_rules_take_the_place_of_rules_and_leave_numbers() -> None:
    world = decide(planned(plan(30, 2), plan(40, heartbeat_ms=1_000)), rules(50, 3))
    assert heights(world) == [40, 50]


def test_numbers_join_numbers_and_take_their_place_when_asked() -> None:
    plans = (plan(30, 2), plan(40, heartbeat_ms=1_000))
    assert heights(decide(planned(*plans), numbers(35, heartbeat_ms=2_000))) == [30, 35, 40]
    instead = {**numbers(35, heartbeat_ms=2_000), "instead": True}
    assert heights(decide(planned(*plans), instead)) == [30, 35]


def test_the_longest_window_is_kept_only_while_it_is_longer_than_the_one_in_force() -> None:
    usual = Parameters().statement_window_ms
    world = decide(World(), numbers(30, heartbeat_ms=1_000))
    assert world.record(PARAMETERS).longest_window_ms == 0
    decide(world, numbers(30, statement_window_ms=usual + 1), 2)
    assert (remembered_ms(world), world.record(PARAMETERS).longest_window_ms) == (usual + 1, 0)
    world.height = 29
    decide(world, numbers(40, statement_window_ms=usual), 3)
    assert world.record(PARAMETERS).longest_window_ms == 0
    world.height = 39
    decide(world, numbers(50, heartbeat_ms=1_000), 4)
    assert (remembered_ms(world), world.record(PARAMETERS).longest_window_ms) == (usual + 1, usual + 1)


def test_what_is_planned_is_said_with_its_height() -> None:
    world = planned(plan(30, 2), plan(40, heartbeat_ms=1_000))
    said = summary(world.record(PARAMETERS))["planned"]
    assert "rules version 2 from block 30 on" in said
    assert "heartbeat_ms 1000 from block 40 on" in said
