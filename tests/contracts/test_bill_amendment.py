"""Amendments asked for: by whoever the document is, as long as it is, and not without end."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contracts.bill.model import MAX_ASKED
from tests.contracts.guards.bill_draft import AMEND, drafted, waybill
from tests.contracts.test_bill_life import handed_over
from tests.contracts.world import BILL, CONTENTS, World, digest


def test_a_request_that_is_declined_or_taken_back_is_gone() -> None:
    declined = {"outcome": "declined", "reason": "amendment_not_possible"}
    for who, act, body in (
        ("beibu-line", "bill.answer_amendment", declined),
        ("chongqing-parts", "bill.cancel_amendment", {}),
    ):
        world = World().issue()
        world.do("bill.request_amendment", BILL, "chongqing-parts", {"contents": digest("wish")})
        world.do(act, BILL, who, body)
        assert world.record(BILL).amendment is None


def test_what_nobody_asked_for_nobody_takes_back() -> None:
    refusal = World().issue().refuse("bill.cancel_amendment", BILL, "chongqing-parts")
    assert refusal.code == "bill.not-requester"


def test_whoever_possesses_a_bill_of_lading_asks_and_nobody_else() -> None:
    world = handed_over()
    wish = {"contents": digest("wish")}
    refusal = world.refuse("bill.request_amendment", BILL, "chongqing-parts", wish)
    assert (refusal.code, refusal.field) == ("bill.may-not-ask", "issuer")
    assert "haiphong-motors" in refusal.message
    world.do("bill.request_amendment", BILL, "haiphong-motors", wish)
    assert world.record(BILL).contents == CONTENTS, "a bill of lading changes by surrender alone"
    refusal = world.refuse("bill.amend", BILL, "beibu-line", AMEND)
    assert refusal.code == "bill.not-waybill"


@pytest.mark.parametrize("answered", [False, True])
def test_a_request_that_waits_ends_with_the_possession_that_allowed_it(answered: bool) -> None:
    world = World().issue().offer()
    world.do("bill.request_amendment", BILL, "chongqing-parts", {"contents": digest("wish")})
    if answered:
        world.do("bill.answer_amendment", BILL, "beibu-line", {"outcome": "confirmed"})
    world.accept()
    amendment = world.record(BILL).amendment
    assert (amendment is not None) == answered, "what the carrier agreed to is worth knowing"
    refusal = world.refuse("bill.cancel_amendment", BILL, "chongqing-parts")
    assert refusal.code == ("bill.no-amendment" if answered else "bill.not-requester")
    world.do("bill.request_amendment", BILL, "haiphong-motors", {"contents": digest("another wish")})


def test_a_request_of_the_loser_of_a_dispute_is_gone() -> None:
    world = handed_over()
    world.do("bill.request_amendment", BILL, "haiphong-motors", {"contents": digest("wish")})
    world.do("bill.dispute", BILL, "chongqing-parts", {"ground": "wrong_recipient"})
    world.do("bill.resolve", BILL, "haiphong-motors", {"outcome": "returned"})
    assert world.record(BILL).possessor == "chongqing-parts"
    assert world.record(BILL).amendment is None


def test_paper_takes_a_request_along() -> None:
    world = World().issue()
    world.do("bill.request_amendment", BILL, "chongqing-parts", {"contents": digest("wish")})
    world.surrendered_with({"purpose": "amendment", "reason": "SWTP"})
    world.do("bill.switch_to_paper", BILL, "beibu-line", {"paper": digest("paper")})
    assert world.record(BILL).amendment is None


@pytest.mark.parametrize("prepare", [drafted, waybill, World.issue])
def test_nobody_asks_without_end(prepare: Callable[[World], World]) -> None:
    world = prepare(World())
    for _ in range(MAX_ASKED):
        world.do("bill.request_amendment", BILL, "chongqing-parts", {"contents": digest("wish")})
        world.do("bill.cancel_amendment", BILL, "chongqing-parts")
    refusal = world.refuse("bill.request_amendment", BILL, "chongqing-parts", {"contents": digest("x")})
    assert (refusal.code, refusal.field, refusal.final) == ("bill.asked-too-often", "subject", False)
    assert f"{MAX_ASKED} times" in refusal.message


def test_what_the_carrier_writes_anew_can_be_asked_about_anew() -> None:
    world = drafted(World())
    world.change(BILL, asked=MAX_ASKED)
    drafted(world)
    world.do("bill.request_amendment", BILL, "chongqing-parts", {"contents": digest("wish")})
    assert world.record(BILL).asked == 1
    world = waybill(World())
    world.change(BILL, asked=MAX_ASKED)
    world.do("bill.amend", BILL, "beibu-line", AMEND)
    assert world.record(BILL).asked == 0
    world = World().issue().offer()
    world.change(BILL, asked=MAX_ASKED)
    assert world.accept().record(BILL).asked == 0
