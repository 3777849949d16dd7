"""What can be done next, at its edges: what mutation testing found that no other test held."""

from __future__ import annotations

import pytest

from contracts.actions import AllowedAction, Outlook, Readiness, outlook
from contracts.catalogue import ACTS
from contracts.checks import has_role
from contracts.context import View
from contracts.membership.model import OrganisationState, Role
from tests.contracts.world import BILL, CONTAINER, DECLARATION, World

OFFICE, TERMINAL = "haiphong-customs", "haiphong-terminal"


def held() -> World:
    """Goods at the place of delivery, declared, with a hold: much is waited for, by several."""
    return World().issue().arrived().lodge().accept_declaration().hold()


def ahead(world: World, key: str, who: str) -> Outlook:
    return outlook(world, key, who, world.context)


def of(world: World, key: str, who: str, act: str, likely: str = "") -> AllowedAction:
    own = ahead(world, key, who).own
    return next(action for action in own if (action.act, action.likely) == (act, likely))


@pytest.mark.parametrize("key", [BILL, CONTAINER, DECLARATION])
@pytest.mark.parametrize("who", ["chongqing-parts", "red-river-brokers", OFFICE, "oversight"])
def test_others_are_those_who_may_do_it_now_and_never_who_asks(key: str, who: str) -> None:
    world = held()
    steps = ahead(world, key, who).others
    assert steps
    for step in steps:
        assert step.organisations
        assert who not in step.organisations
        for organisation in step.organisations:
            assert of(world, key, organisation, step.act).readiness is Readiness.READY


def test_what_could_be_asked_beforehand_is_no_need_of_the_fields() -> None:
    world = held()
    for action in ahead(world, DECLARATION, OFFICE).own:
        if action.readiness is not Readiness.LATER:
            standing = [guard.holds for guard in ACTS[action.act].guards if guard.standing]
            assert not set(standing) & set(action.needs)
            assert len(standing) + len(action.needs) == len(ACTS[action.act].guards)


def test_what_is_likely_to_be_wanted_builds_on_the_same_version() -> None:
    world = held()
    gate = of(world, CONTAINER, TERMINAL, "movement.record", "gate_out at VNHPH for import")
    assert gate.expected_version == world.version(CONTAINER) > 1
    assert gate.needs == ()


def test_what_nobody_can_open_is_not_promised() -> None:
    """A terminal abroad: no act of anyone brings the container into its country."""
    listed = ahead(held(), CONTAINER, "qinzhou-terminal").own
    assert not [action.likely for action in listed if action.likely]


def test_an_absent_record_has_version_zero_and_nobody_else_to_act() -> None:
    view = ahead(World(), BILL, "beibu-line")
    assert {action.expected_version for action in view.own} == {0}
    assert view.others == ()


@pytest.mark.parametrize(
    ("organisation", "state", "has"),
    [
        (OFFICE, OrganisationState.ACTIVE, True),
        (OFFICE, OrganisationState.SUSPENDED, False),
        (TERMINAL, OrganisationState.ACTIVE, False),
        ("nobody", None, False),
    ],
)
def test_a_role_is_that_of_an_active_organisation(
    organisation: str, state: OrganisationState | None, has: bool
) -> None:
    world = World()
    if state is not None:
        world.change(f"organisation/{organisation}", state=state)
    assert has_role(View(world), organisation, Role.CUSTOMS) is has
