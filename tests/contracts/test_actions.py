"""What can be done next agrees with what is then accepted."""

from __future__ import annotations

import pytest

from contracts.execution import Accepted, allowed_actions
from tests.contracts.test_guards import GOOD, good_outcome, prepared
from tests.contracts.world import BILL, CONTAINER, DECLARATION, ORGANISATIONS, World, digest


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
        "bill.transfer",
        "bill.cancel",
        "bill.endorse",
        "bill.endorse_to_order",
        "bill.blank_endorse",
        "bill.surrender",
    ]
    assert acts(world, BILL, "haiphong-motors") == []
    assert acts(world, BILL, "beibu-line") == []


def test_what_waits_says_for_what() -> None:
    world = World().issue().lodge().accept_declaration().hold()
    actions = allowed_actions(world, DECLARATION, "haiphong-customs", world.context)
    release = next(action for action in actions if action.act == "clearance.release")
    assert release.readiness.value == "waiting"
    assert [refusal.code for refusal in release.waits_for] == ["clearance.hold-open"]
    assert "clearance.lift" not in [action.act for action in actions]
    assert "clearance.lift" in acts(world, DECLARATION, "vn-plant-health")


def test_needs_name_what_the_fields_must_satisfy() -> None:
    world = World().issue()
    action = next(a for a in allowed_actions(world, BILL, "chongqing-parts", world.context))
    assert "The offer ends after block time and within 30 days." in action.needs


def test_an_absent_record_can_be_created() -> None:
    world = World()
    assert acts(world, "bill/" + digest("new"), "beibu-line") == ["bill.issue"]
    assert acts(world, CONTAINER, "haiphong-terminal") == ["movement.record"]


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
