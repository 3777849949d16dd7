"""Disputes over bills: what they stop, and how their sides or a ballot end them."""

from __future__ import annotations

from typing import Any

import pytest

from contracts import views
from contracts.bill.vocabulary import BillState, BillType
from tests.contracts.guards.bill_end import disputed
from tests.contracts.test_bill_life import EVERYBODY, handed_over
from tests.contracts.world import BILL, CONTENTS, DAY_MS, PROPOSAL, World


class TestDispute:
    def test_nobody_moves_a_disputed_bill(self) -> None:
        world = disputed(handed_over())
        tries = {
            "bill.transfer": {"to": "corridor-forwarding", "expires_ms": world.now + DAY_MS},
            "bill.surrender": {"purpose": "delivery"},
            "bill.blank_endorse": {},
            "bill.sign": {},
        }
        for who in EVERYBODY:
            for act, body in tries.items():
                world.refuse(act, BILL, who, body)

    def test_withdrawn_leaves_all_as_it_was(self) -> None:
        world = handed_over()
        before = world.record(BILL)
        disputed(world).do("bill.resolve", BILL, "chongqing-parts", {"outcome": "withdrawn"})
        after = world.record(BILL)
        assert (after.possessor, after.titleholder) == (before.possessor, before.titleholder)
        assert after.dispute is None
        world.offer("guangxi-bank", "haiphong-motors")

    def test_returned_gives_possession_back_with_the_title_that_came_with_it(self) -> None:
        world = World().issue()
        world.do("bill.endorse_to_order", BILL, "chongqing-parts", {"endorsee": "haiphong-motors"})
        world.offer().accept()
        disputed(world).do("bill.resolve", BILL, "haiphong-motors", {"outcome": "returned"})
        bill = world.record(BILL)
        assert (bill.possessor, bill.titleholder) == ("chongqing-parts", "chongqing-parts")
        assert (bill.received_from, bill.dispute) == (None, None)
        refusal = world.refuse("bill.surrender", BILL, "haiphong-motors", {"purpose": "delivery"})
        assert refusal.code == "bill.not-possessor"

    def test_returned_by_way_of_another_leaves_the_title_where_it_was_endorsed_to(self) -> None:
        world = World().issue()
        world.do("bill.endorse_to_order", BILL, "chongqing-parts", {"endorsee": "haiphong-motors"})
        world.offer("guangxi-bank").accept("guangxi-bank")
        world.offer("haiphong-motors", "guangxi-bank").accept("haiphong-motors")
        disputed(world, "guangxi-bank").do("bill.resolve", BILL, "haiphong-motors", {"outcome": "returned"})
        bill = world.record(BILL)
        assert (bill.possessor, bill.titleholder) == ("guangxi-bank", "haiphong-motors")

    def test_title_that_goes_back_can_be_endorsed_as_before(self) -> None:
        world = World().issue()
        world.do("bill.endorse", BILL, "chongqing-parts", {"endorsee": "haiphong-motors"})
        world.offer().accept()
        disputed(world).do("bill.resolve", BILL, "haiphong-motors", {"outcome": "returned"})
        world.do("bill.endorse", BILL, "chongqing-parts", {"endorsee": "guangxi-bank"})
        assert world.record(BILL).endorsed_by == "chongqing-parts"

    @pytest.mark.parametrize("kind", list(BillType))
    def test_returned_moves_no_title_that_did_not_pass_by_endorsement(self, kind: BillType) -> None:
        world = handed_over()
        title = "guangxi-bank" if kind is BillType.TO_ORDER else "haiphong-motors"
        world.change(BILL, titleholder=title)
        disputed(world)
        world.change(BILL, type=kind)
        world.do("bill.resolve", BILL, "haiphong-motors", {"outcome": "returned"})
        assert world.record(BILL).titleholder == title

    @pytest.mark.parametrize(
        ("who", "act", "body"),
        [("guangxi-bank", "bill.reject", {"reason": "other"}), ("haiphong-motors", "bill.cancel", {})],
    )
    def test_an_offer_can_still_be_declined_or_taken_back(
        self, who: str, act: str, body: dict[str, str]
    ) -> None:
        world = disputed(handed_over().offer("guangxi-bank", "haiphong-motors"))
        refusal = world.refuse("bill.accept", BILL, "guangxi-bank", {"contents": CONTENTS})
        assert refusal.code == "bill.disputed"
        world.do(act, BILL, who, body)
        assert world.record(BILL).offer is None

    def test_a_return_leaves_no_offer_behind(self) -> None:
        world = disputed(handed_over().offer("guangxi-bank", "haiphong-motors"))
        world.do("bill.resolve", BILL, "haiphong-motors", {"outcome": "returned"})
        refusal = world.refuse("bill.accept", BILL, "guangxi-bank", {"contents": CONTENTS})
        assert refusal.code == "bill.not-offered"

    def test_a_surrender_waits_for_the_end_of_a_dispute(self) -> None:
        world = handed_over()
        world.change(BILL, titleholder="haiphong-motors")
        disputed(world.surrender("haiphong-motors"))
        assert world.refuse("bill.accept_surrender", BILL, "beibu-line").code == "bill.disputed"
        refusal = world.refuse("bill.resolve", BILL, "beibu-line", {"outcome": "returned"})
        assert refusal.code == "bill.nobody-to-return-to"
        world.do("bill.resolve", BILL, "chongqing-parts", {"outcome": "withdrawn"})
        world.do("bill.accept_surrender", BILL, "beibu-line")

    @pytest.mark.parametrize("who", [*EVERYBODY[:3], "corridor-forwarding"])
    def test_who_has_a_stake(self, who: str) -> None:
        world = handed_over()
        world.change(BILL, titleholder="corridor-forwarding", shipper=None)
        world.do("bill.dispute", BILL, who, {"ground": "title_contested"})
        assert views.summary(world.record(BILL))["disputed"] == f"by {who} (title_contested)"

    def test_who_surrendered_has_one_while_the_carrier_possesses_the_bill(self) -> None:
        world = World().issue()
        world.do("bill.blank_endorse", BILL, "chongqing-parts")
        world.offer("guangxi-bank").accept("guangxi-bank")
        world.change(BILL, received_from=None)
        world.surrender("guangxi-bank")
        world.do("bill.dispute", BILL, "guangxi-bank", {"ground": "not_authorised"})

    def test_what_nobody_disputes_cannot_be_resolved(self) -> None:
        for who in EVERYBODY:
            refusal = handed_over().refuse("bill.resolve", BILL, who, {"outcome": "withdrawn"})
            assert refusal.code == "bill.no-side"

    def test_a_possessor_two_hands_ago_has_none(self) -> None:
        world = handed_over()
        world.change(BILL, shipper=None, titleholder=None)
        world.offer("guangxi-bank", "haiphong-motors").accept("guangxi-bank")
        refusal = world.refuse("bill.dispute", BILL, "chongqing-parts", {"ground": "other"})
        assert refusal.code == "bill.no-interest"


def ballot(world: World, winner: str) -> World:
    """The one validator of the world decides the dispute."""
    return world.propose(decision(world, winner)).ballots("qinzhou-customs")


def decision(world: World, winner: str) -> dict[str, Any]:
    """What a proposal asks for that decides the open dispute."""
    since = world.record(BILL).dispute.since_version
    return {"type": "decide_dispute", "organisation": winner, "bill": BILL[5:], "since_version": since}


class TestDisputeDecidedByBallot:
    def test_for_the_possessor_all_stays_and_the_loser_has_no_say_any_more(self) -> None:
        world = disputed(handed_over())
        world.change(BILL, shipper=None, titleholder="haiphong-motors")
        bill = ballot(world, "haiphong-motors").record(BILL)
        assert (bill.possessor, bill.dispute) == ("haiphong-motors", None)
        refusal = world.refuse("bill.dispute", BILL, "chongqing-parts", {"ground": "other"})
        assert refusal.code == "bill.no-interest"

    def test_for_another_side_possession_goes_with_the_title_that_came_along(self) -> None:
        world = World().issue()
        world.do("bill.endorse_to_order", BILL, "chongqing-parts", {"endorsee": "haiphong-motors"})
        world.offer().accept().offer("guangxi-bank", "haiphong-motors")
        bill = ballot(disputed(world), "chongqing-parts").record(BILL)
        assert (bill.possessor, bill.titleholder) == ("chongqing-parts", "chongqing-parts")
        assert (bill.offer, bill.received_from) == (None, None)
        refusal = world.refuse("bill.blank_endorse", BILL, "haiphong-motors")
        assert refusal.code == "bill.not-possessor"

    def surrendered(self) -> World:
        world = handed_over()
        world.change(BILL, titleholder="haiphong-motors")
        return disputed(world.surrender("haiphong-motors"))

    def test_a_surrender_of_the_winner_goes_on(self) -> None:
        world = ballot(self.surrendered(), "haiphong-motors")
        world.do("bill.accept_surrender", BILL, "beibu-line")
        assert world.record(BILL).state is BillState.SURRENDERED_FOR_DELIVERY

    def test_a_surrender_of_the_loser_is_undone(self) -> None:
        bill = ballot(self.surrendered(), "chongqing-parts").record(BILL)
        assert (bill.state, bill.possessor, bill.surrender) == (BillState.ISSUED, "chongqing-parts", None)
        assert bill.titleholder == "chongqing-parts"

    def test_what_its_sides_ended_meanwhile_is_not_decided(self) -> None:
        world = disputed(handed_over())
        world.propose(decision(world, "beibu-line"))
        world.do("bill.resolve", BILL, "chongqing-parts", {"outcome": "withdrawn"})
        refusal = world.refuse("proposal.vote", PROPOSAL, "qinzhou-customs", {"choice": "yes"})
        assert refusal.code == "proposal.no-dispute"

    def test_ballots_for_one_dispute_do_not_decide_the_next(self) -> None:
        world = disputed(handed_over())
        world.propose(decision(world, "chongqing-parts"))
        world.do("bill.resolve", BILL, "chongqing-parts", {"outcome": "withdrawn"})
        disputed(world)
        refusal = world.refuse("proposal.vote", PROPOSAL, "qinzhou-customs", {"choice": "yes"})
        assert refusal.code == "proposal.no-dispute"
        assert world.record(BILL).possessor == "haiphong-motors"

    def test_a_dispute_keeps_its_name_while_the_bill_changes(self) -> None:
        world = disputed(handed_over().offer("guangxi-bank", "haiphong-motors"))
        world.propose(decision(world, "chongqing-parts"))
        world.do("bill.reject", BILL, "guangxi-bank", {"reason": "other"})
        assert world.ballots("qinzhou-customs").record(BILL).possessor == "chongqing-parts"


class TestAmendmentThatTheCarrierDoesNotMake:
    def given_up(self) -> World:
        return World().issue().surrendered_with({"purpose": "amendment", "reason": "COD"})

    def test_the_carrier_can_still_reject_it(self) -> None:
        world = self.given_up()
        world.do("bill.reject_surrender", BILL, "beibu-line", {"reason": "other"})
        bill = world.record(BILL)
        assert (bill.state, bill.possessor, bill.surrender) == (BillState.ISSUED, "chongqing-parts", None)

    def test_a_dispute_over_it_stops_its_end_and_can_be_withdrawn(self) -> None:
        world = disputed(self.given_up())
        assert world.refuse("bill.void", BILL, "beibu-line").code == "bill.disputed"
        refusal = world.refuse("bill.resolve", BILL, "beibu-line", {"outcome": "returned"})
        assert refusal.code == "bill.nobody-to-return-to"
        world.do("bill.resolve", BILL, "chongqing-parts", {"outcome": "withdrawn"})
        world.do("bill.void", BILL, "beibu-line")

    @pytest.mark.parametrize("winner", ["chongqing-parts", "beibu-line"])
    def test_a_ballot_gives_it_back_to_whoever_wins(self, winner: str) -> None:
        bill = ballot(disputed(self.given_up()), winner).record(BILL)
        assert (bill.state, bill.possessor, bill.surrender) == (BillState.ISSUED, winner, None)
        assert bill.dispute is None
