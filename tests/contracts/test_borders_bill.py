"""Bills at their edges: the last moment of an offer, what stays of a title, what a new bill may replace.

What mutation testing found that no other test held.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contracts.actions import allowed_actions
from contracts.bill.vocabulary import BillState
from contracts.catalogue import ACTS
from contracts.execution import Accepted
from contracts.membership.model import OrganisationState
from contracts.views import summary
from tests.contracts.guards.bill import OTHER
from tests.contracts.guards.bill_draft import approved, drafted, ended
from tests.contracts.guards.bill_end import disputed
from tests.contracts.guards.house import MASTER, UNDER
from tests.contracts.test_bill_dispute import ballot
from tests.contracts.test_bill_life import NEW_BILL
from tests.contracts.test_guards import GOOD, prepared
from tests.contracts.test_house import LINE, NVOCC, SHIPPER, housed
from tests.contracts.world import BILL, CONTAINER, DAY_MS, ISSUE, World, digest

AGAIN = "bill/" + digest("bill 3")
REPLACES = {"replaces": OTHER.partition("/")[2]}
WISH = {"contents": digest("wish")}

DRAFTING = "publish request_amendment answer_amendment cancel_amendment issue void"
ANSWERING = "accept_surrender reject_surrender dispute resolve prove_master"
DELIVERING = "release revoke_release prove_master"
LIFE = {
    BillState.DRAFT: f"{DRAFTING} approve",
    BillState.APPROVED: DRAFTING,
    BillState.ISSUED: (
        "transfer accept reject cancel endorse endorse_to_order blank_endorse sign surrender dispute resolve"
        f" request_amendment answer_amendment cancel_amendment amend void {DELIVERING}"
    ),
    BillState.PENDING_SURRENDER_FOR_DELIVERY: ANSWERING,
    BillState.PENDING_SURRENDER_FOR_AMENDMENT: ANSWERING,
    BillState.SURRENDERED_FOR_DELIVERY: DELIVERING,
    BillState.SURRENDERED_FOR_AMENDMENT: (
        "reject_surrender void switch_to_paper dispute resolve prove_master"
    ),
    BillState.SWITCHED_TO_PAPER: DELIVERING,
    BillState.VOIDED: "",
}
"""What can be done with a bill in each state: DCSA eBL use cases 3 to 18, PINT's control of a bill that is
issued, disputes while there is control to have back, and delivery from then on."""


@pytest.mark.parametrize("name", [name for name in sorted(ACTS) if name.startswith("bill.")])
def test_each_act_is_possible_in_its_states_and_no_others(name: str) -> None:
    for state, acts in LIFE.items():
        world, good = prepared(name), GOOD[name]
        world.change(BILL, state=state)
        outcome = world.try_(name, BILL, good.who, good.body(world))
        told = getattr(outcome, "code", ""), getattr(outcome, "field", "")
        wrong = told == ("record.wrong-state", "subject")
        assert wrong != (name.partition(".")[2] in acts.split()), state


def without(name: str, **more: Any) -> dict[str, Any]:
    return {key: value for key, value in {**ISSUE, **more}.items() if key != name}


class TestOffer:
    @pytest.mark.parametrize(
        ("ms", "fair"), [(0, False), (1, True), (30 * DAY_MS, True), (30 * DAY_MS + 1, False)]
    )
    def test_it_ends_after_now_and_within_thirty_days(self, ms: int, fair: bool) -> None:
        world = World().issue()
        body = {"to": "guangxi-bank", "expires_ms": world.now + ms}
        assert isinstance(world.try_("bill.transfer", BILL, SHIPPER, body), Accepted) == fair

    def test_it_lives_to_its_last_millisecond(self) -> None:
        world = World().issue().offer()
        world.now += DAY_MS
        late = world.copy()
        late.now += 1
        assert world.accept().record(BILL).possessor == "haiphong-motors"
        refusal = late.refuse("bill.reject", BILL, "haiphong-motors", {"reason": "other"})
        assert (refusal.code, SHIPPER in refusal.message) == ("bill.offer-expired", True)


class TestTitle:
    """Title goes back with possession to whoever had endorsed it away, and to nobody else."""

    def by_way_of(self, *hands: str) -> World:
        """Endorsed by the shipper to its buyer, the bill goes from hand to hand."""
        world = World().issue()
        world.do("bill.endorse_to_order", BILL, SHIPPER, {"endorsee": "haiphong-motors"})
        for giver, taker in zip((SHIPPER, *hands), hands, strict=False):
            world.offer(taker, giver).accept(taker)
        return world

    def returned(self, world: World, by: str, to: str) -> World:
        disputed(world, to).do("bill.resolve", BILL, by, {"outcome": "returned"})
        return world

    def test_it_stays_undone_by_a_return_to_another(self) -> None:
        world = self.returned(
            self.by_way_of("guangxi-bank", "haiphong-motors"), "haiphong-motors", "guangxi-bank"
        )
        assert world.record(BILL).endorsed_by == SHIPPER
        world.offer(SHIPPER, "guangxi-bank").accept(SHIPPER).offer().accept()
        bill = self.returned(world, "haiphong-motors", SHIPPER).record(BILL)
        assert (bill.possessor, bill.titleholder, bill.endorsed_by) == (SHIPPER, SHIPPER, None)

    def test_a_return_leaves_the_title_of_who_never_possessed_the_bill(self) -> None:
        world = World().issue()
        world.do("bill.endorse", BILL, SHIPPER, {"endorsee": "guangxi-bank"})
        bill = self.returned(world.offer().accept(), "haiphong-motors", SHIPPER).record(BILL)
        assert (bill.possessor, bill.titleholder, bill.endorsed_by) == (SHIPPER, "guangxi-bank", SHIPPER)
        assert not bill.endorsable

    @pytest.mark.parametrize("act", ["bill.endorse", "bill.endorse_to_order"])
    @pytest.mark.parametrize("winner", [SHIPPER, NVOCC])
    def test_a_ballot_gives_the_losers_title_as_it_was_and_that_of_the_endorser_as_it_had_it(
        self, act: str, winner: str
    ) -> None:
        world = World().issue()
        world.do(act, BILL, SHIPPER, {"endorsee": "haiphong-motors"})
        bill = ballot(disputed(world.offer().accept()), winner).record(BILL)
        assert (bill.possessor, bill.titleholder, bill.endorsed_by) == (winner, winner, None)
        assert bill.endorsable == (winner == SHIPPER or act == "bill.endorse_to_order")

    def test_a_ballot_leaves_title_that_the_loser_does_not_hold(self) -> None:
        world = World().issue()
        world.do("bill.endorse", BILL, SHIPPER, {"endorsee": "guangxi-bank"})
        bill = ballot(disputed(world.offer().accept()), SHIPPER).record(BILL)
        assert (bill.possessor, bill.titleholder, bill.endorsed_by) == (SHIPPER, "guangxi-bank", SHIPPER)
        assert not bill.endorsable

    def test_a_ballot_leaves_the_consignee_of_a_straight_bill(self) -> None:
        world = World().issue(type="straight", titleholder="haiphong-motors").offer().accept()
        bill = ballot(disputed(world), SHIPPER).record(BILL)
        assert (bill.possessor, bill.titleholder) == (SHIPPER, "haiphong-motors")

    def test_a_plain_endorsement_ends_the_chain_and_one_to_order_does_not(self) -> None:
        for act, further in (("bill.endorse", False), ("bill.endorse_to_order", True)):
            world = World().issue()
            world.do(act, BILL, SHIPPER, {"endorsee": "haiphong-motors"})
            bill = world.record(BILL)
            assert (bill.titleholder, bill.endorsed_by) == ("haiphong-motors", SHIPPER)
            next_one = (
                world.offer()
                .accept()
                .try_("bill.endorse", BILL, "haiphong-motors", {"endorsee": "guangxi-bank"})
            )
            assert isinstance(next_one, Accepted) == further
            if not further:
                assert next_one.code == "bill.endorsement-closed"
                assert "haiphong-motors" in next_one.message

    def test_a_bearer_has_no_title_to_endorse_and_is_told_so(self) -> None:
        world = World().issue()
        world.do("bill.blank_endorse", BILL, SHIPPER)
        bill = world.record(BILL)
        assert (bill.titleholder, bill.endorsed_by, bill.endorsable) == (None, None, False)
        refusal = world.refuse("bill.endorse", BILL, SHIPPER, {"endorsee": "guangxi-bank"})
        assert (refusal.code, "the bearer" in refusal.message) == ("bill.not-endorsee", True)
        action = next(
            one
            for one in allowed_actions(world, BILL, SHIPPER, world.context)
            if one.act == "bill.blank_endorse"
        )
        assert [one.code for one in action.waits_for] == ["bill.not-endorsee", "bill.endorsement-closed"]
        assert all("the bearer" in one.message for one in action.waits_for)

    @pytest.mark.parametrize("act", ["bill.endorse", "bill.endorse_to_order", "bill.blank_endorse"])
    def test_an_endorsement_leaves_no_offer_that_has_expired(self, act: str) -> None:
        world = World().issue().offer()
        world.now += DAY_MS + 1
        body = {} if act == "bill.blank_endorse" else {"endorsee": "guangxi-bank"}
        world.do(act, BILL, SHIPPER, body)
        assert world.record(BILL).offer is None


class TestIssue:
    @pytest.mark.parametrize("name", ["possessor", "titleholder", "shipper"])
    def test_whoever_is_not_active_is_named(self, name: str) -> None:
        refusal = World().refuse("bill.issue", BILL, NVOCC, {**ISSUE, name: "nobody"})
        assert (refusal.code, refusal.field) == ("organisation.not-active", f"body.{name}")

    def test_what_is_not_there_is_not_replaced(self) -> None:
        refusal = World().refuse("bill.issue", BILL, NVOCC, {**ISSUE, **REPLACES})
        assert (refusal.code, refusal.field) == ("bill.not-replaceable", "body.replaces")

    def test_nor_is_the_bill_of_another_carrier(self) -> None:
        world = World().issue(OTHER, LINE, containers=[], possessor=SHIPPER)
        world.change(OTHER, state=BillState.VOIDED)
        refusal = world.refuse("bill.issue", BILL, NVOCC, {**ISSUE, **REPLACES})
        assert (refusal.code, refusal.field) == ("bill.not-replaceable", "body.replaces")

    @pytest.mark.parametrize("name", ["shipper", "titleholder"])
    def test_a_waybill_in_the_place_of_a_bill_that_was_given_up_is_its_last_holders(self, name: str) -> None:
        world, holder = World(), "guangxi-bank"
        ended(world, holder)
        body = without("possessor", type="sea_waybill", **REPLACES)
        refusal = world.refuse("bill.issue", BILL, NVOCC, body)
        assert (refusal.code, refusal.field) == ("bill.replacement-possessor", "body.titleholder")
        assert holder in refusal.message
        world.do("bill.issue", BILL, NVOCC, {**body, name: holder})
        assert world.record(OTHER).replaced_by == BILL.partition("/")[2]

    def test_to_ship_under_a_bill_of_lading_is_not_to_possess_it(self) -> None:
        world = World()
        ended(world, "guangxi-bank")
        body = {**ISSUE, **REPLACES, "shipper": "guangxi-bank", "titleholder": "guangxi-bank"}
        refusal = world.refuse("bill.issue", BILL, NVOCC, body)
        assert (refusal.code, refusal.field) == ("bill.replacement-possessor", "body.possessor")

    def test_a_bill_that_nobody_gave_up_is_replaced_for_whomever_the_carrier_names(self) -> None:
        world = drafted(World())
        world.do("bill.void", BILL, NVOCC)
        world.issue(NEW_BILL, replaces=BILL.partition("/")[2], possessor="guangxi-bank")

    def test_a_container_that_is_known_keeps_what_is_known_of_it(self) -> None:
        world = World().issue().arrived().issue(NEW_BILL)
        container = world.record(CONTAINER)
        assert container.facility == "VNHPH"
        assert container.bills == (BILL.partition("/")[2], NEW_BILL.partition("/")[2])


class TestHouse:
    def test_the_proof_of_a_master_on_this_ledger_is_its_record(self) -> None:
        refusal = housed().refuse("bill.prove_master", BILL, NVOCC, {"proof": digest("proof")})
        assert refusal.code == "bill.no-master-elsewhere"

    def test_a_house_bill_is_issued_again_under_the_same_master(self) -> None:
        world = housed()
        world.surrendered_with({"purpose": "amendment", "reason": "COD"})
        world.do("bill.void", BILL, NVOCC)
        world.issue(AGAIN, replaces=BILL.partition("/")[2], **UNDER)
        assert world.record(AGAIN).master.bill == MASTER.partition("/")[2]


class TestEnd:
    def test_a_surrender_leaves_no_offer_that_has_expired(self) -> None:
        world = World().issue().offer()
        world.now += DAY_MS + 1
        assert world.surrender().record(BILL).offer is None

    def given_up(self, reason: str) -> World:
        """Handed over, an amendment asked for and confirmed, and surrendered for one."""
        world = World().issue()
        world.do("bill.endorse_to_order", BILL, SHIPPER, {"endorsee": "haiphong-motors"})
        world.offer().accept()
        world.do("bill.request_amendment", BILL, "haiphong-motors", WISH)
        world.do("bill.answer_amendment", BILL, NVOCC, {"outcome": "confirmed"})
        world.surrender("haiphong-motors", purpose="amendment", reason=reason)
        world.do("bill.accept_surrender", BILL, NVOCC)
        return world

    def test_of_a_voided_bill_nobody_has_control_and_no_amendment_is_left_to_make(self) -> None:
        world = self.given_up("COD")
        world.do("bill.void", BILL, NVOCC)
        bill = world.record(BILL)
        assert (bill.possessor, bill.received_from, bill.amendment) == (None, None, None)

    def test_whoever_handed_over_what_is_on_paper_now_has_no_say_in_it_any_more(self) -> None:
        world = self.given_up("SWTP")
        world.do("bill.switch_to_paper", BILL, NVOCC, {"paper": digest("paper")})
        bill = world.record(BILL)
        assert (bill.possessor, bill.received_from) == (None, None)

    @pytest.mark.parametrize(("purpose", "taken"), [("delivery", True), ("amendment", False)])
    def test_a_caretaker_takes_bills_for_delivery_only(self, purpose: str, taken: bool) -> None:
        world = World().issue().surrender(purpose=purpose)
        world.change("organisation/beibu-line", state=OrganisationState.SUSPENDED, caretaker="chief")
        assert isinstance(world.try_("bill.accept_surrender", BILL, NVOCC), Accepted) == taken


@pytest.mark.parametrize("prepare", [drafted, approved])
def test_a_draft_is_not_said_to_be_anybodys(prepare: Callable[[World], World]) -> None:
    said = summary(prepare(World()).record(BILL))
    assert not {"possessor", "titleholder"} & set(said)


def test_an_amendment_of_a_draft_without_shipper_is_asked_for_by_nobody() -> None:
    world = drafted(World())
    world.change(BILL, shipper=None)
    refusal = world.refuse("bill.request_amendment", BILL, SHIPPER, WISH)
    assert (refusal.code, refusal.field) == ("bill.may-not-ask", "issuer")
    assert "no organisation here" in refusal.message
