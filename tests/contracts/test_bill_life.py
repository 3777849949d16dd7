"""What becomes of a bill: disputed, given up at origin, switched to paper, its goods released and kept."""

from __future__ import annotations

from contracts import views
from contracts.bill.vocabulary import BillState, BillType
from contracts.relations import declarant_parties
from tests.contracts.guards.bill_draft import AMEND, PUBLISH, approved, drafted, waybill
from tests.contracts.guards.bill_end import released, surrendered_for_paper
from tests.contracts.world import BILL, CONTAINER, CONTENTS, ISSUE, World, digest

EVERYBODY = ("beibu-line", "chongqing-parts", "haiphong-motors", "guangxi-bank")
NEW_BILL = "bill/" + digest("bill 2")


def handed_over() -> World:
    """The bill went from the shipper to the buyer, who holds no title yet."""
    return World().issue().offer().accept()


def status(world: World) -> str:
    return views.summary(world.record(BILL))["status"]


def cleared(world: World) -> World:
    return world.arrived().lodge().accept_declaration().release()


def at_the_gate(world: World) -> str:
    """The code with which the gate refuses an import, or nothing."""
    event = world.event("gate_out", "VNHPH", "import")
    return getattr(world.copy().try_("movement.record", CONTAINER, "haiphong-terminal", event), "code", "")


ORIGIN = {"purpose": "origin", "deliver_to": "guangxi-bank"}


class TestSurrenderAtOrigin:
    def test_the_receiver_learns_of_it_and_may_declare_the_goods(self) -> None:
        world = World().issue()
        world.surrender("chongqing-parts", **ORIGIN)
        bill = world.record(BILL)
        assert bill.state is BillState.PENDING_SURRENDER_FOR_DELIVERY
        assert "guangxi-bank" in views.entitled(BILL, world.state[BILL], world)
        assert "guangxi-bank" in declarant_parties(bill)
        said = "Surrendered at origin by chongqing-parts, for delivery to guangxi-bank"
        assert status(world) == f"{said}; beibu-line has to answer."

    def test_accepted_it_opens_the_gate(self) -> None:
        world = cleared(World().issue().surrendered_with(ORIGIN))
        assert world.record(BILL).state is BillState.SURRENDERED_FOR_DELIVERY
        assert at_the_gate(world) == ""

    def test_a_straight_bill_is_given_up_for_its_consignee(self) -> None:
        straight = {"type": "straight", "titleholder": "guangxi-bank"}
        World().issue(**straight).surrender("chongqing-parts", **ORIGIN)
        World().issue(**straight).surrender("chongqing-parts", purpose="delivery")

    def test_whose_it_is_when_the_shipper_is_not_on_the_ledger(self) -> None:
        world = World().issue(shipper=None)
        refusal = world.refuse("bill.surrender", BILL, "chongqing-parts", ORIGIN)
        assert "no organisation here is" in refusal.message

    def test_a_straight_bill_without_consignee_is_no_bearer_bill(self) -> None:
        world = World().issue()
        world.change(BILL, type=BillType.STRAIGHT, titleholder=None, shipper=None)
        refusal = world.refuse("bill.surrender", BILL, "chongqing-parts", {"purpose": "delivery"})
        assert refusal.code == "bill.may-not-surrender"

    def test_rejected_it_leaves_no_receiver(self) -> None:
        world = World().issue().surrender("chongqing-parts", **ORIGIN)
        world.do("bill.reject_surrender", BILL, "beibu-line", {"reason": "charges_unpaid"})
        assert world.record(BILL).possessor == "chongqing-parts"
        assert "guangxi-bank" not in views.entitled(BILL, world.state[BILL], world)


class TestPaper:
    def on_paper(self) -> World:
        world = surrendered_for_paper(World())
        world.do("bill.switch_to_paper", BILL, "beibu-line", {"paper": digest("paper")})
        return world

    def test_nobody_controls_what_paper_replaced(self) -> None:
        world = self.on_paper()
        bill = world.record(BILL)
        assert (bill.possessor, bill.paper) == (None, digest("paper"))
        assert status(world) == "Replaced by paper; it controls nothing any more."
        for who in EVERYBODY:
            refusal = world.refuse("bill.surrender", BILL, who, {"purpose": "delivery"})
            assert refusal.code == "bill.not-possessor"
        assert world.refuse("bill.void", BILL, "beibu-line").code == "record.wrong-state"

    def test_the_goods_wait_for_the_carrier_to_have_the_paper_back(self) -> None:
        world = cleared(self.on_paper())
        assert at_the_gate(world) == "linkage.release-needed"
        assert at_the_gate(released(world)) == ""


class TestRelease:
    def test_a_release_taken_back_closes_the_gate_until_the_next(self) -> None:
        world = cleared(World().issue().surrendered())
        assert at_the_gate(world) == ""
        released(world).do("bill.revoke_release", BILL, "beibu-line", {"reason": "lien"})
        assert at_the_gate(world) == "linkage.release-needed"
        assert views.summary(world.record(BILL))["goods"] == "stay until beibu-line releases them"
        assert at_the_gate(released(world, "corridor-forwarding")) == ""
        assert views.summary(world.record(BILL))["goods"] == "released to corridor-forwarding"

    def test_whoever_collects_may_read_the_bill(self) -> None:
        world = released(World().issue().surrendered(), "corridor-forwarding")
        assert "corridor-forwarding" in views.entitled(BILL, world.state[BILL], world)
        assert "corridor-forwarding" not in declarant_parties(world.record(BILL))

    def test_the_goods_of_a_sea_waybill_are_released_without_surrender(self) -> None:
        world = waybill(World())
        released(world).do("bill.revoke_release", BILL, "beibu-line", {"reason": "charges_unpaid"})
        assert at_the_gate(cleared(world)) == "linkage.release-needed"

    def test_what_has_left_is_neither_released_nor_kept(self) -> None:
        world = cleared(released(World().issue().surrendered()))
        world.move("haiphong-terminal", "gate_out", "VNHPH", "import")
        refusal = world.refuse("bill.revoke_release", BILL, "beibu-line", {"reason": "lien"})
        assert refusal.code == "bill.delivered"

    def test_goods_without_containers_can_be_released(self) -> None:
        released(World().issue(containers=[]).surrendered())

    def test_what_is_left_of_a_bill_can_still_be_kept(self) -> None:
        second = digest("container 2")[:32]
        containers = [*ISSUE["containers"], {"id": second, "commitment": digest("number 2")}]
        world = cleared(released(World().issue(containers=containers).surrendered()))
        world.move("haiphong-terminal", "gate_out", "VNHPH", "import")
        world.do("bill.revoke_release", BILL, "beibu-line", {"reason": "lien"})


def test_goods_of_a_bill_that_waits_for_its_replacement_stay() -> None:
    world = cleared(World().issue())
    world.surrender("chongqing-parts", purpose="amendment", reason="COD")
    world.do("bill.accept_surrender", BILL, "beibu-line")
    world.do("bill.void", BILL, "beibu-line")
    assert at_the_gate(world) == "linkage.not-surrendered"
    world.issue(NEW_BILL, replaces=BILL.removeprefix("bill/"))
    world.change(NEW_BILL, state=BillState.SURRENDERED_FOR_DELIVERY)
    assert at_the_gate(world) == "linkage.no-declaration", "of the replacement; the old bill does not count"


def test_signing_changes_nothing_but_the_history() -> None:
    world = handed_over().offer("guangxi-bank", "haiphong-motors")
    before = world.record(BILL)
    world.do("bill.sign", BILL, "haiphong-motors")
    after = world.record(BILL)
    assert after.changed_act == "bill.sign"
    assert (after.possessor, after.titleholder, after.offer) == (
        before.possessor,
        before.titleholder,
        before.offer,
    )
    world.accept("guangxi-bank")


class TestDraft:
    def test_a_draft_controls_nothing(self) -> None:
        world = drafted(World())
        bill = world.record(BILL)
        assert (bill.possessor, bill.titleholder, bill.containers) == (None, None, ())
        assert CONTAINER not in world.state
        for who in EVERYBODY:
            refusal = world.refuse("bill.surrender", BILL, who, {"purpose": "delivery"})
            assert refusal.code == "bill.not-possessor"

    def test_shipper_and_carrier_agree_on_what_is_issued(self) -> None:
        world = drafted(World())
        assert status(world) == "A draft; chongqing-parts has to approve it, or to say what should change."
        world.do("bill.request_amendment", BILL, "chongqing-parts", {"contents": digest("wish")})
        assert views.commitments_of(world.record(BILL)) == (CONTENTS, digest("wish"))
        world.do("bill.answer_amendment", BILL, "beibu-line", {"outcome": "confirmed"})
        assert views.summary(world.record(BILL))["amendment"] == "asked for by chongqing-parts, confirmed"
        drafted(world, contents=digest("second draft"))
        assert world.record(BILL).amendment is None
        world.do("bill.approve", BILL, "chongqing-parts", {"contents": digest("second draft")})
        assert status(world) == "A draft, approved by chongqing-parts; beibu-line has to issue it."
        assert world.refuse("bill.issue", BILL, "beibu-line", ISSUE).code == "bill.not-the-draft"
        world.issue(contents=digest("second draft"))
        assert world.record(BILL).state is BillState.ISSUED

    def test_a_draft_that_nobody_approved_can_be_issued(self) -> None:
        assert drafted(World()).issue().record(BILL).possessor == "chongqing-parts"

    def test_publishing_again_takes_an_approval_back(self) -> None:
        assert drafted(approved(World())).record(BILL).state is BillState.DRAFT

    def test_a_number_is_issued_once(self) -> None:
        world = drafted(World()).issue()
        for act, body in (("bill.issue", ISSUE), ("bill.publish", PUBLISH)):
            assert world.refuse(act, BILL, "beibu-line", body).code == "record.wrong-state"
            assert world.refuse(act, BILL, "beibu-line", body, version=0).code == "record.exists"

    def test_a_draft_that_is_withdrawn_is_over(self) -> None:
        world = drafted(World())
        world.do("bill.void", BILL, "beibu-line")
        assert world.refuse("bill.publish", BILL, "beibu-line", PUBLISH).code == "record.wrong-state"
        world.issue(NEW_BILL, replaces=BILL.removeprefix("bill/"), possessor="haiphong-motors")

    def test_a_draft_without_shipper_is_approved_by_nobody(self) -> None:
        world = drafted(World())
        world.change(BILL, shipper=None)
        refusal = world.refuse("bill.approve", BILL, "chongqing-parts", {"contents": CONTENTS})
        assert "no organisation here is" in refusal.message


class TestWaybill:
    def test_what_it_said_before_stays_named(self) -> None:
        world = waybill(World())
        world.do("bill.request_amendment", BILL, "chongqing-parts", {"contents": digest("wish")})
        world.do("bill.answer_amendment", BILL, "beibu-line", {"outcome": "confirmed"})
        places = {"place_of_loading": "CNSHA", "place_of_delivery": "VNSGN"}
        world.do("bill.amend", BILL, "beibu-line", {**AMEND, **places})
        bill = world.record(BILL)
        assert (bill.amendment, bill.place_of_loading) == (None, "CNSHA")
        assert (bill.contents, bill.earlier) == (AMEND["contents"], (CONTENTS,))
        assert (bill.titleholder, bill.place_of_delivery) == ("guangxi-bank", "VNSGN")
        assert bill.parties == ("red-river-brokers",)
        assert views.commitments_of(bill) == (AMEND["contents"], CONTENTS)
        assert views.summary(bill)["amended"] == "once"

    def test_goods_that_were_released_wait_for_the_next_release(self) -> None:
        world = cleared(released(waybill(World())))
        world.do("bill.amend", BILL, "beibu-line", AMEND)
        assert at_the_gate(world) == "linkage.release-needed"

    def test_goods_that_were_kept_are_still_kept(self) -> None:
        world = cleared(released(waybill(World())))
        world.do("bill.revoke_release", BILL, "beibu-line", {"reason": "lien"})
        world.do("bill.amend", BILL, "beibu-line", AMEND)
        assert at_the_gate(world) == "linkage.release-needed"

    def test_goods_that_were_not_need_none(self) -> None:
        world = cleared(waybill(World()))
        world.do("bill.amend", BILL, "beibu-line", AMEND)
        assert at_the_gate(world) == ""


class TestPaperMadeElectronic:
    def test_a_bill_in_place_of_paper_names_it(self) -> None:
        world = World().issue(from_paper=digest("paper"))
        assert world.record(BILL).from_paper == digest("paper")
        assert views.summary(world.record(BILL))["replaces"] == "a paper bill"

    def test_paper_that_came_from_a_bill_is_replaced_once(self) -> None:
        world = TestPaper().on_paper()
        back = {"replaces": BILL.removeprefix("bill/"), "from_paper": digest("paper")}
        world.issue(NEW_BILL, possessor="haiphong-motors", **back)
        assert world.record(BILL).replaced_by == NEW_BILL.removeprefix("bill/")

    def test_paper_that_came_from_a_bill_is_exchanged_for_no_other(self) -> None:
        world = TestPaper().on_paper()
        alone = {**ISSUE, "from_paper": digest("paper")}
        refusal = world.refuse("bill.issue", NEW_BILL, "beibu-line", alone)
        assert (refusal.code, refusal.field) == ("bill.other-paper", "body.replaces")
        assert BILL in refusal.message
        world.issue(NEW_BILL, from_paper=digest("the paper of other goods"))

    def test_the_gate_asks_for_the_electronic_bill_alone(self) -> None:
        world = TestPaper().on_paper()
        number = BILL.removeprefix("bill/")
        back = {"replaces": number, "from_paper": digest("paper")}
        world.issue(NEW_BILL, **back)
        world.arrived().lodge(bills=[NEW_BILL.removeprefix("bill/")]).accept_declaration().release()
        assert at_the_gate(world) == "linkage.not-surrendered", "of the new one"
        world.do("bill.surrender", NEW_BILL, "chongqing-parts", {"purpose": "delivery"})
        world.do("bill.accept_surrender", NEW_BILL, "beibu-line")
        assert at_the_gate(world) == "", "nobody has to release, nor to declare, what the old bill was for"
        third = "bill/" + digest("bill 3")
        assert (
            world.refuse("bill.issue", third, "beibu-line", {**ISSUE, **back}).code == "bill.not-replaceable"
        )
