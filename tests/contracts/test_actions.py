"""What can be done next agrees with what is then accepted."""

from __future__ import annotations

import re

import pytest

from contracts import execution
from contracts.actions import AllowedAction, Outlook, outlook
from contracts.bill.model import BillState
from contracts.catalogue import ACTS
from contracts.context import View
from contracts.execution import Accepted, allowed_actions
from contracts.prospects import Prospects, Step
from contracts.table import Call, Guard
from tests.contracts.guards.case import Broken
from tests.contracts.test_guards import BROKEN, GOOD, good_outcome, prepared
from tests.contracts.world import BILL, CONTAINER, DECLARATION, ORGANISATIONS, World, digest


def moves(of: AllowedAction | Outlook, where: str = "steps") -> list[tuple[str, str, tuple[str, ...]]]:
    return [(step.act, step.subject, step.organisations) for step in getattr(of, where)]


def acts(world: World, key: str, who: str) -> list[str]:
    return [action.act for action in allowed_actions(world, key, who, world.context)]


@pytest.mark.parametrize("act", sorted(GOOD))
def test_what_is_accepted_was_listed_as_ready(act: str) -> None:
    world, good = prepared(act), GOOD[act]
    listed = allowed_actions(world, good.subject, world.actor(good.who), world.context)
    action = next(action for action in listed if action.act == act)
    assert action.readiness.value == "ready"
    assert action.expected_version == world.version(good.subject)
    assert isinstance(good_outcome(world, act), Accepted)


@pytest.mark.parametrize("act", sorted(GOOD))
def test_what_is_not_listed_is_refused(act: str) -> None:
    for organisation in ORGANISATIONS:
        world, good = prepared(act), GOOD[act]
        if act not in acts(world, good.subject, organisation):
            world.refuse(act, good.subject, organisation, good.body(world))


def test_the_possessor_of_a_new_bill() -> None:
    world = World().issue()
    assert acts(world, BILL, "chongqing-parts") == [
        "bill.request_amendment",
        "bill.transfer",
        "bill.cancel",
        "bill.endorse",
        "bill.endorse_to_order",
        "bill.blank_endorse",
        "bill.sign",
        "bill.dispute",
        "bill.surrender",
    ]
    assert acts(world, BILL, "haiphong-motors") == []
    assert set(acts(world, BILL, "beibu-line")) == {
        "bill.answer_amendment",
        "bill.dispute",
        "bill.prove_master",
        "bill.void",
        "bill.release",
        "bill.revoke_release",
    }


def test_what_waits_says_for_what() -> None:
    world = World().issue().lodge().accept_declaration().hold()
    actions = allowed_actions(world, DECLARATION, "haiphong-customs", world.context)
    release = next(action for action in actions if action.act == "clearance.release")
    assert release.readiness.value == "waiting"
    assert [refusal.code for refusal in release.waits_for] == ["clearance.hold-open"]
    assert moves(release) == [("clearance.lift", DECLARATION, ("vn-plant-health",))]
    assert "clearance.lift" not in [action.act for action in actions]
    assert "clearance.lift" in acts(world, DECLARATION, "vn-plant-health")


def test_what_is_possible_later_says_whose_move_comes_first() -> None:
    world = World().issue()
    ahead = outlook(world, BILL, "beibu-line", world.context)
    later = {action.act: action for action in ahead.own if action.readiness.value == "later"}
    assert set(later) == {"bill.accept_surrender", "bill.reject_surrender", "bill.switch_to_paper"}
    for action in later.values():
        assert moves(action) == [("bill.surrender", BILL, ("chongqing-parts",))]
        assert [refusal.code for refusal in action.waits_for] == ["record.wrong-state"]
    assert ("bill.transfer", BILL, ("chongqing-parts",)) in moves(ahead, "others")


def test_a_way_that_is_barred_names_who_can_open_it() -> None:
    """The carrier waits for a surrender, which waits for an answer to the offer."""
    world = World().issue().offer()
    ahead = outlook(world, BILL, "beibu-line", world.context)
    answer = next(action for action in ahead.own if action.act == "bill.accept_surrender")
    assert moves(answer) == [
        ("bill.accept", BILL, ("haiphong-motors",)),
        ("bill.reject", BILL, ("haiphong-motors",)),
        ("bill.cancel", BILL, ("chongqing-parts",)),
    ]


def test_the_gate_names_everyone_whose_move_it_waits_for() -> None:
    """Delivery waits for a release that waits for a hold, and for a surrender by whoever has the bill."""
    world = World().issue().arrived().lodge().accept_declaration().hold()
    listed = allowed_actions(world, CONTAINER, "haiphong-terminal", world.context)
    gate = next(action for action in listed if action.likely == "gate_out at VNHPH for import")
    assert gate.readiness.value == "waiting"
    assert [refusal.code for refusal in gate.waits_for] == [
        "linkage.not-released",
        "linkage.hold-open",
        "linkage.not-surrendered",
    ]
    assert moves(gate) == [
        ("clearance.lift", DECLARATION, ("vn-plant-health",)),
        ("bill.surrender", BILL, ("chongqing-parts",)),
    ]
    ready = next(action for action in listed if action.act == "movement.record" and not action.likely)
    assert ready.readiness.value == "ready"


def test_a_gate_that_is_open_waits_for_nobody() -> None:
    world = World().issue().arrived().lodge().accept_declaration().release().surrendered()
    listed = allowed_actions(world, CONTAINER, "haiphong-terminal", world.context)
    assert not [action.likely for action in listed if "gate_out" in action.likely]


def test_nothing_is_promised_of_a_record_at_its_end() -> None:
    world = World().issue()
    world.change(BILL, state=BillState.VOIDED, possessor=None)
    for organisation in ORGANISATIONS:
        ahead = outlook(world, BILL, organisation, world.context)
        assert (ahead.own, ahead.others) == ((), ())


STANDING = {
    (act.name, guard.code.code): guard for act in ACTS.values() for guard in act.guards if guard.opened_by
}


@pytest.mark.parametrize("key", sorted(STANDING), ids="-".join)
def test_what_opens_a_condition_can_be_done_by_someone(key: tuple[str, str]) -> None:
    """In a world where the condition is broken a move is found, and whoever it names may make it."""
    found = []
    for case in (case for case in BROKEN if (case.act, case.code) == key):
        world = prepared(case.act)
        case.spoil(world)
        for step in opening(world, case, STANDING[key]):
            found.append(step)
            for organisation in step.organisations:
                assert step.act in acts(world, step.subject, organisation)
    assert found


def opening(world: World, case: Broken, guard: Guard) -> tuple[Step, ...]:
    """The moves toward a guard that a case breaks."""
    good, view = GOOD[case.act], View(world)
    body = {name: value for name, value in {**good.body(world), **case.body}.items() if value is not None}
    record = view.get(good.subject, ACTS[case.act].record)
    fields, actor = execution.make_body(case.act, body), world.actor(case.who or good.who)
    call = Call(case.act, good.subject, actor, record, fields, view, world.context)
    return Prospects(view, world.context).opening(guard, call)


def test_a_summary_says_what_the_actor_does() -> None:
    """Waiting for someone is told as: who, and the summary of what they do."""
    for act in ACTS.values():
        assert re.fullmatch(r"[A-Z][a-z]*s\b.+\.", act.summary), act.name


def test_needs_name_what_the_fields_must_satisfy() -> None:
    world = World().issue()
    actions = allowed_actions(world, BILL, "chongqing-parts", world.context)
    action = next(action for action in actions if action.act == "bill.transfer")
    assert "The offer ends after block time and within 30 days." in action.needs


def test_an_absent_record_can_be_created() -> None:
    world = World()
    assert acts(world, "bill/" + digest("new"), "beibu-line") == ["bill.publish", "bill.issue"]
    assert acts(world, CONTAINER, "haiphong-terminal") == ["movement.record", "movement.expect"]


@pytest.mark.parametrize("key", ["", "bill", "ship/1", "bill/xyz"])
def test_a_key_of_no_kind_offers_nothing(key: str) -> None:
    assert acts(World(), key, "beibu-line") == []


def test_nobody_can_do_nothing() -> None:
    assert acts(World().issue(), BILL, "nobody") == []


def test_a_clerk_sees_only_what_a_clerk_may_sign() -> None:
    from contracts.membership.model import Permission

    world = World()
    world.change("member/beibu-line/chief", permissions=(Permission.SIGNER,))
    actor = world.actor("beibu-line")
    listed = allowed_actions(world, "member/beibu-line/chief", actor, world.context)
    assert [action.act for action in listed] == ["member.rotate"]
