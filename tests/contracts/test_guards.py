"""Each guard of each table is broken alone, and no guard is left out."""

from __future__ import annotations

import pytest

from contracts.catalogue import ACTS
from contracts.execution import Accepted
from contracts.membership.model import Permission
from contracts.refusals import Refusal
from tests.contracts.guards import (
    bill,
    bill_draft,
    bill_end,
    clearance,
    clearance_decision,
    clearance_life,
    governance,
    house,
    mandate,
    membership,
    movement,
    movement_more,
    registry,
)
from tests.contracts.guards.alone import broken_conditions
from tests.contracts.guards.case import Broken
from tests.contracts.world import World

SUITES = (
    membership,
    mandate,
    bill,
    house,
    bill_draft,
    bill_end,
    clearance,
    clearance_life,
    clearance_decision,
    movement,
    movement_more,
    registry,
    governance,
)
GOOD = {good.act: good for suite in SUITES for good in suite.GOOD}
BROKEN = [broken for suite in SUITES for broken in suite.BROKEN]


def prepared(act: str) -> World:
    world = World()
    GOOD[act].prepare(world)
    return world


def good_outcome(world: World, act: str) -> Accepted | Refusal:
    good = GOOD[act]
    return world.try_(act, good.subject, good.who, good.body(world))


def test_every_act_has_a_good_case() -> None:
    assert set(GOOD) == set(ACTS)


@pytest.mark.parametrize("act", sorted(ACTS))
def test_the_good_case_is_accepted(act: str) -> None:
    assert isinstance(good_outcome(prepared(act), act), Accepted)


@pytest.mark.parametrize("broken", BROKEN, ids=str)
def test_one_broken_condition_refuses(broken: Broken) -> None:
    good, world = GOOD[broken.act], prepared(broken.act)
    broken.spoil(world)
    body = {**good.body(world), **broken.body}
    body = {name: value for name, value in body.items() if value is not None}
    refusal = world.refuse(broken.act, broken.subject or good.subject, broken.who or good.who, body)
    assert (refusal.code, refusal.field) == (broken.code, broken.field)
    assert broken.says in refusal.message
    assert "{" not in refusal.message


@pytest.mark.parametrize("act", sorted(ACTS))
def test_every_guard_of_the_act_is_broken_alone(act: str) -> None:
    """For each condition of the row, a case in which it fails and every other holds.

    Where another cannot hold either, the case names it in `also`.
    """
    conditions = ACTS[act].conditions
    alone: set[int] = set()
    together: dict[int, list[str]] = {}
    for broken in (case for case in BROKEN if case.act == act):
        world = prepared(act)
        broken.spoil(world)
        first, *others = broken_conditions(world, broken, GOOD[act])
        assert conditions[first].code.code == broken.code
        more = [conditions[place].code.code for place in others]
        if all(code in broken.also for code in more):
            alone.add(first)
        else:
            together[first] = more
    missing = {
        f"{guard.code.code} ({guard.holds})": together.get(place, "no case")
        for place, guard in enumerate(conditions)
        if place not in alone
    }
    assert missing == {}, f"add a line to BROKEN in tests/contracts/guards that breaks {act} there alone"


@pytest.mark.parametrize("act", sorted(act.name for act in ACTS.values() if act.states))
def test_every_act_is_refused_in_every_other_state(act: str) -> None:
    row, subject = ACTS[act], GOOD[act].subject
    for state in type(row.states[0]):
        if state not in row.states:
            world = prepared(act)
            world.change(subject, state=state)
            outcome = good_outcome(world, act)
            assert isinstance(outcome, Refusal)
            assert (outcome.code, outcome.final) == ("record.wrong-state", False)
            assert state.value in outcome.message


@pytest.mark.parametrize("act", sorted(act.name for act in ACTS.values() if act.roles))
def test_every_act_with_roles_is_refused_to_others(act: str) -> None:
    world, good = prepared(act), GOOD[act]
    refusal = world.refuse(act, good.subject, "oversight", good.body(world))
    assert (refusal.code, refusal.field) == ("actor.role", "issuer")


@pytest.mark.parametrize("act", sorted(act.name for act in ACTS.values() if act.permission))
def test_every_act_needs_its_permission(act: str) -> None:
    world, good = prepared(act), GOOD[act]
    others = tuple(permission for permission in Permission if permission is not ACTS[act].permission)
    member = good.who if "/" in good.who else f"{good.who}/chief"
    world.change(f"member/{member}", permissions=others)
    outcome = good_outcome(world, act)
    assert isinstance(outcome, Refusal)
    assert (outcome.code, outcome.field) == ("actor.permission", "issuer")
