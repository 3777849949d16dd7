"""Every path that members can take obeys the laws of control and clearance, whatever acts there are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import settings

from contracts.catalogue import ACTS
from tests.contracts.guards.case import nothing
from tests.contracts.models.laws import LawBroken
from tests.contracts.models.walk import GOOD, Walk, state_root
from tests.contracts.world import World

WALKS = int(os.environ.get("SEALANE_WALKS", "200"))
"""Walks of the deep test: 200 take about half a minute."""

TestAnyPath = Walk.TestCase
TestAnyPath.settings = settings(max_examples=15, stateful_step_count=30)


@pytest.mark.deep
@pytest.mark.timeout(3600)
class TestAnyPathInDepth(Walk.TestCase):  # type: ignore[misc, name-defined]
    settings = settings(max_examples=WALKS, stateful_step_count=60, derandomize=False, print_blob=True)


@contextmanager
def changed(act: str, **row: Any) -> Iterator[None]:
    """The table with another row for an act."""
    kept = {name: getattr(ACTS[act], name) for name in row}
    for name, value in row.items():
        object.__setattr__(ACTS[act], name, value)
    try:
        yield
    finally:
        for name, value in kept.items():
            object.__setattr__(ACTS[act], name, value)


def at_the_start_of(act: str, spoil: Callable[[World], Any] = nothing) -> Walk:
    """A walk in the world where an act is possible, after some change."""
    walk = Walk()
    walk.start(act)
    walk.world.state = dict(walk.begun)
    spoil(walk.world)
    walk.root = state_root(walk.world.state)
    return walk


@pytest.mark.parametrize(
    ("act", "who", "row", "broken"),
    [
        ("bill.transfer", "haiphong-motors", {"relation": None}, "only the possessor offers"),
        ("bill.accept", "guangxi-bank", {"relation": None}, "control moves by its holder"),
        ("bill.endorse", "guangxi-bank", {"relation": None, "guards": ()}, "control moves by its holder"),
        (
            "bill.surrender",
            "haiphong-motors",
            {"relation": None, "guards": ()},
            "control moves by its holder",
        ),
        ("clearance.lift", "haiphong-customs", {"relation": None, "guards": ()}, "with its authority"),
        ("document.revoke", "guangxi-bank", {"relation": None}, "its registrar alone"),
    ],
)
def test_the_laws_notice_a_row_that_lost_who_may_act(
    act: str, who: str, row: dict[str, Any], broken: str
) -> None:
    walk, good = at_the_start_of(act), GOOD[act]
    with changed(act, **row), pytest.raises(LawBroken, match=broken):
        walk.do(act, good.subject, who, dict(good.body(walk.world)))


@pytest.mark.parametrize(
    ("act", "broken"),
    [("clearance.release", "nothing is let go under a hold"), ("movement.record", "delivery under a hold")],
)
def test_the_laws_notice_goods_that_go_under_a_hold(act: str, broken: str) -> None:
    walk, good = at_the_start_of(act, World.hold), GOOD[act]
    with changed(act, guards=()), pytest.raises(LawBroken, match=broken):
        walk.do(act, good.subject, good.who, dict(good.body(walk.world)))
