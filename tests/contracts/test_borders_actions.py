"""What can be done next, at its edges: what mutation testing found that no other test held."""

from __future__ import annotations

import enum
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from contracts import codes, prospects
from contracts.actions import AllowedAction, Outlook, Readiness, outlook
from contracts.bill.vocabulary import BillState
from contracts.catalogue import ACTS
from contracts.checks import has_role
from contracts.context import View
from contracts.membership.model import OrganisationState, Role
from contracts.prospects import MAX_STEPS_AHEAD, Prospects, Step, once
from contracts.registry.model import Document
from contracts.table import Act, Guard, fault
from tests.contracts.guards.governance import ADD, seat, suspended
from tests.contracts.world import BILL, CONTAINER, DECLARATION, PROPOSAL, World, digest

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


# ----- looking ahead -----------------------------------------------------------------------


def parties(world: World, key: str) -> list[str]:
    found = Prospects(View(world), world.context).parties(world.record(key))
    return [party.organisation for party in found]


def test_those_a_record_names_could_act_on_it_and_validators_on_a_proposal() -> None:
    world = World().issue().propose(ADD)
    assert parties(world, BILL) == ["beibu-line", "chongqing-parts", "haiphong-motors", "red-river-brokers"]
    assert parties(world, PROPOSAL) == ["qinzhou-customs", "beibu-line"]
    seat("qinzhou-customs", "corridor-rail")(world)
    assert parties(world, PROPOSAL) == ["qinzhou-customs", "beibu-line", "corridor-rail"]
    suspended("chongqing-parts", "corridor-rail")(world)
    assert parties(world, BILL) == ["beibu-line", "haiphong-motors", "red-river-brokers"]
    assert parties(world, PROPOSAL) == ["qinzhou-customs", "beibu-line"]


def barred(name: str, by: str) -> Act:
    """An act of the possessor that waits for another act, whatever else is so."""
    return replace(ACTS["bill.sign"], name=name, guards=(never(by),))


def never(*by: str, record: str = "none") -> Guard:
    """A condition that does not hold; these acts could change that, on this record."""
    return Guard(
        holds="Never.",
        code=codes.NOT_FOUND,
        check=lambda call: fault("x", record=record),
        standing=True,
        opened_by=by,
    )


def steps_of(monkeypatch: pytest.MonkeyPatch, *rows: Act, world: World | None = None) -> list[str]:
    """What is to be done for the first of these acts, where there are no others."""
    monkeypatch.setattr(prospects, "ACTS", {row.name: row for row in rows})
    world = world or World().issue()
    ahead = Prospects(View(world), world.context)
    (who,) = (party for party in ahead.parties(world.record(BILL)) if party.organisation == "chongqing-parts")
    return [step.act for step in ahead.steps(rows[0], ahead.call(rows[0], BILL, who))]


@pytest.mark.parametrize(
    ("between", "found"), [(0, True), (MAX_STEPS_AHEAD - 1, True), (MAX_STEPS_AHEAD, False)]
)
def test_so_many_acts_are_looked_ahead(monkeypatch: pytest.MonkeyPatch, between: int, found: bool) -> None:
    names = [f"bill.step-{number}" for number in range(between + 2)]
    chain = [barred(name, after) for name, after in pairwise(names)]
    last = replace(ACTS["bill.sign"], name=names[-1], guards=())
    assert steps_of(monkeypatch, *chain, last) == ([names[-1]] if found else [])


def test_acts_that_wait_for_one_another_wait_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    assert steps_of(monkeypatch, barred("bill.hen", "bill.egg"), barred("bill.egg", "bill.hen")) == []


def test_an_act_on_a_record_that_is_not_there_is_no_step(monkeypatch: pytest.MonkeyPatch) -> None:
    waits = never("clearance.release", "clearance.lodge", record=DECLARATION)
    row = replace(ACTS["bill.sign"], guards=(waits,))
    found = steps_of(monkeypatch, row, ACTS["clearance.release"], ACTS["clearance.lodge"])
    assert found == ["clearance.lodge"]


def leads(name: str, before: enum.StrEnum, after: enum.StrEnum, **more: Any) -> Act:
    return replace(ACTS["bill.sign"], name=name, states=(before,), leads_to=(after,), guards=(), **more)


ISSUED, *WAY = [BillState.ISSUED, *(state for state in BillState if state is not BillState.ISSUED)]


@pytest.mark.parametrize(
    ("moves", "found"), [(1, True), (MAX_STEPS_AHEAD, True), (MAX_STEPS_AHEAD + 1, False)]
)
def test_a_way_through_so_many_states_is_found(
    monkeypatch: pytest.MonkeyPatch, moves: int, found: bool
) -> None:
    states = [ISSUED, *WAY[:moves]]
    way = [leads(f"bill.go-{place}", *pair) for place, pair in enumerate(pairwise(states))]
    wanted = leads("bill.wanted", states[-1], states[-1])
    assert steps_of(monkeypatch, wanted, *way) == (["bill.go-0"] if found else [])


class Other(enum.StrEnum):
    """States of another kind of record that are called the same."""

    ISSUED = "issued"
    LAST = WAY[1].value


@pytest.mark.parametrize(
    "short",
    [
        leads("document.short", Other.ISSUED, Other.LAST, record=Document),
        leads("bill.short", ISSUED, WAY[1], scope=(never(),)),
    ],
    ids=["another kind", "not meant for it"],
)
def test_an_act_that_is_not_for_the_record_is_no_short_cut(
    monkeypatch: pytest.MonkeyPatch, short: Act
) -> None:
    away = leads("bill.away", ISSUED, WAY[2])
    detour = (leads("bill.detour", ISSUED, WAY[3]), leads("bill.aside", WAY[3], WAY[0]))
    way = (leads("bill.first", ISSUED, WAY[0]), leads("bill.second", WAY[0], WAY[1]), away, *detour)
    assert steps_of(monkeypatch, leads("bill.wanted", WAY[1], WAY[1]), short, *way) == ["bill.first"]


def test_what_a_condition_names_is_where_an_act_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it is the record itself, and else those that it refers to."""
    accept = ACTS["clearance.accept"]
    named = replace(ACTS["bill.sign"], guards=(never(accept.name, record=DECLARATION),))
    world = World().issue().lodge()
    assert steps_of(monkeypatch, named, accept, world=world) == [accept.name]
    event = replace(ACTS["movement.record"], guards=())
    linked = replace(ACTS["bill.sign"], guards=(never(event.name),))
    world.change(BILL, replaces=digest("before"))
    ahead = Prospects(View(world), world.context)
    call = ahead.call(linked, BILL, ahead.parties(world.record(BILL))[0])
    monkeypatch.setattr(prospects, "ACTS", {event.name: event})
    assert [(step.act, step.subject) for step in ahead.steps(linked, call)] == [(event.name, CONTAINER)]


def test_who_may_do_the_same_is_gathered() -> None:
    def step(act: str, *organisations: str) -> Step:
        return Step(act=act, summary=ACTS[act].summary, subject=BILL, organisations=organisations)

    given = (step("bill.sign", "a", "b"), step("bill.cancel", "c"), step("bill.sign", "b", "d"))
    assert once(given) == (step("bill.sign", "a", "b", "d"), step("bill.cancel", "c"))


def test_a_member_of_a_suspended_organisation_is_promised_nothing() -> None:
    world = World().issue()
    suspended("chongqing-parts")(world)
    assert outlook(world, BILL, world.actor("chongqing-parts"), world.context).own == ()


def test_a_row_says_which_states_follow_which() -> None:
    row = leads("bill.x", WAY[0], WAY[1])
    assert replace(row, states=(WAY[0], WAY[2])).moves() == ((WAY[0], WAY[1]), (WAY[2], WAY[1]))
    assert replace(row, states=()).moves() == ((None, WAY[1]),)
    assert replace(row, paths=((WAY[3], WAY[2]),)).moves() == ((WAY[3], WAY[2]),)
