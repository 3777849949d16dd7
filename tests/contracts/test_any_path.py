"""Every path that members can take obeys the laws of control and clearance, whatever acts there are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
from hypothesis import settings

from contracts.bill import disputes
from contracts.catalogue import ACTS
from tests.contracts.guards.case import nothing
from tests.contracts.guards.governance import DECIDE, SEATED, disputed_bill
from tests.contracts.models.laws import LawBroken
from tests.contracts.models.walk import GOOD, Walk, state_root
from tests.contracts.world import BILL, CONTAINER, ISSUE, ORGANISATIONS, World, digest

DECISION = "proposal/" + digest("a decision")[:32]

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


def dispute(world: World) -> None:
    world.do("bill.dispute", BILL, "chongqing-parts", {"ground": "not_authorised"})


@pytest.mark.parametrize(
    ("act", "row"),
    [
        ("bill.accept", {"guards": ()}),
        ("bill.endorse", {"guards": ()}),
        ("bill.blank_endorse", {"guards": ()}),
        ("bill.surrender", {"guards": ()}),
        ("bill.accept_surrender", {"guards": ()}),
        ("bill.reject_surrender", {"guards": ()}),
    ],
)
def test_the_laws_notice_control_that_moves_while_it_is_disputed(act: str, row: dict[str, Any]) -> None:
    walk, good = at_the_start_of(act, dispute), GOOD[act]
    with changed(act, **row), pytest.raises(LawBroken, match=r"(state|possessor|titleholder) never changes"):
        walk.do(act, good.subject, good.who, dict(good.body(walk.world)))


def to_decide(winner: str) -> Walk:
    """A ballot waits that decides a disputed bill; the buyer accepted it from the shipper."""
    walk = at_the_start_of("proposal.vote", disputed_bill)
    since = walk.world.record(BILL).dispute.since_version
    walk.world.propose({**DECIDE, "since_version": since, "organisation": winner}, key=DECISION)
    walk.root = state_root(walk.world.state)
    return walk


@pytest.mark.parametrize("winner", ["chongqing-parts", "haiphong-motors", "beibu-line"])
def test_a_ballot_moves_a_disputed_bill_to_one_of_its_sides(winner: str) -> None:
    walk = to_decide(winner)
    walk.do("proposal.vote", DECISION, SEATED, {"choice": "yes"})
    assert walk.world.record(BILL).possessor == winner


@pytest.mark.parametrize(
    ("spoil", "broken"),
    [
        ({"possessor": "guangxi-bank"}, "who is decided for controls the bill"),
        ({"dispute": None, "possessor": "haiphong-motors"}, "who is decided for controls the bill"),
    ],
)
def test_the_laws_notice_a_ballot_that_goes_wrong(
    spoil: dict[str, Any], broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk, real = to_decide("chongqing-parts"), disputes.decided
    monkeypatch.setattr(disputes, "decided", lambda *of: msgspec.structs.replace(real(*of), **spoil))
    with pytest.raises(LawBroken, match=broken):
        walk.do("proposal.vote", DECISION, SEATED, {"choice": "yes"})


def test_the_laws_notice_a_ballot_for_who_has_no_stake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disputes, "sides", lambda bill: ORGANISATIONS)
    walk = to_decide("guangxi-bank")
    with pytest.raises(LawBroken, match="to a side of its dispute"):
        walk.do("proposal.vote", DECISION, SEATED, {"choice": "yes"})


@pytest.mark.parametrize(
    ("outcome", "who", "broken"),
    [
        ("withdrawn", "guangxi-bank", "a dispute ends by its sides"),
        ("returned", "guangxi-bank", "a dispute ends by its sides"),
        ("withdrawn", "haiphong-motors", "what is returned goes back"),
    ],
)
def test_the_laws_notice_a_dispute_that_others_end(outcome: str, who: str, broken: str) -> None:
    walk = at_the_start_of("proposal.vote", disputed_bill)
    with changed("bill.resolve", relation=None, guards=()), pytest.raises(LawBroken, match=broken):
        walk.do("bill.resolve", BILL, who, {"outcome": outcome})


def test_the_laws_notice_who_passed_a_bill_on_and_acts_again() -> None:
    walk = at_the_start_of("proposal.vote", lambda w: w.issue().offer().accept())
    row: dict[str, Any] = {"relation": None}
    with changed("bill.request_amendment", **row), pytest.raises(LawBroken, match="passed a bill on"):
        walk.do("bill.request_amendment", BILL, "chongqing-parts", {"contents": "0" * 64})


def test_the_laws_notice_a_bill_of_a_stranger_on_a_container() -> None:
    walk = at_the_start_of("proposal.vote", World.issue)
    guards = tuple(one for one in ACTS["bill.issue"].guards if one.code.code != "bill.container-not-yours")
    with changed("bill.issue", guards=guards), pytest.raises(LawBroken, match="no stranger"):
        walk.do("bill.issue", "bill/" + digest("bill 2"), "tonkin-line", ISSUE)


@pytest.mark.parametrize(
    ("act", "broken"),
    [("clearance.release", "nothing is let go under a hold"), ("movement.record", "delivery under a hold")],
)
def test_the_laws_notice_goods_that_go_under_a_hold(act: str, broken: str) -> None:
    walk, good = at_the_start_of(act, World.hold), GOOD[act]
    with changed(act, guards=()), pytest.raises(LawBroken, match=broken):
        walk.do(act, good.subject, good.who, dict(good.body(walk.world)))


def test_the_laws_notice_goods_that_a_reissue_left_out() -> None:
    def left_out(world: World) -> None:
        world.issue().arrived().surrendered_with({"purpose": "amendment", "reason": "COD"})
        world.do("bill.void", BILL, "beibu-line")
        world.issue("bill/" + digest("bill 2"), containers=[], replaces=BILL.partition("/")[2])

    walk = at_the_start_of("proposal.vote", left_out)
    body = walk.world.event("gate_out", "VNHPH", "import")
    with changed("movement.record", guards=()), pytest.raises(LawBroken, match="before surrender"):
        walk.do("movement.record", CONTAINER, "haiphong-terminal", body)
