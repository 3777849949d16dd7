"""What a ballot appointed and what a recovery gave back stay apart, in suspended organisations too."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contracts.membership.model import REPLACEMENT_DELAY_MS, MemberState
from tests.contracts.test_governance import network
from tests.contracts.test_standing import (
    TRADER,
    VOTERS,
    ballot,
    heir_of,
    reinstate,
    replace_by,
    safe,
    suspend,
    with_caretaker,
)
from tests.contracts.world import BILL, DAY_MS, World, key_text, signing_key

ORGANISATION = f"organisation/{TRADER}"
THIEF, AGENT = f"member/{TRADER}/thief", "corridor-forwarding"
MANDATE = f"mandate/{TRADER}/{AGENT}"
WHY = {"reason": "key_compromised"}


@pytest.fixture
def world() -> World:
    return network(*VOTERS)


def test_no_recovery_makes_the_caretaker_an_administrator(world: World) -> None:
    recovery = safe(world)
    caretaker = with_caretaker(world, TRADER)
    body = {"key": key_text("thief"), "reason": "key_lost"}
    refusal = world.refuse("member.recover", f"member/{caretaker}", recovery, body)
    assert (refusal.code, refusal.field) == ("member.caretaker", "subject")
    assert caretaker in refusal.message


@pytest.mark.parametrize("next_caretaker", [True, False])
def test_a_caretaker_that_ends_administers_nothing(world: World, next_caretaker: bool) -> None:
    name = with_caretaker(world, TRADER).partition("/")[2]
    world.change(ORGANISATION, administrators=(name, "chief"))
    if next_caretaker:
        with_caretaker(world, TRADER, 2)
    else:
        ballot(world, reinstate(TRADER), 2)
    assert world.record(ORGANISATION).administrators == ("chief",)


def test_recovering_brings_no_revoked_member_back(world: World) -> None:
    recovery = safe(world)
    world.change(f"member/{TRADER}/chief", state=MemberState.REVOKED)
    body = {"key": key_text("next"), "reason": "key_lost"}
    world.do("member.recover", f"member/{TRADER}/next", recovery, body)
    assert world.record(f"member/{TRADER}/chief").state is MemberState.REVOKED


def robbed(world: World) -> World:
    """A thief enrolled a signer and gave an agent a mandate; then the organisation was suspended."""
    safe(world)
    world.do("member.enrol", THIEF, TRADER, {"key": key_text("thief"), "permissions": ["signer"]})
    world.members[f"{TRADER}/thief"] = signing_key("thief")
    world.grant("bill.transfer", principal=TRADER, agent=AGENT)
    ballot(world, suspend(TRADER), 1)
    return world


def recovered(world: World) -> str:
    body = {"key": key_text("next"), "reason": "key_compromised"}
    world.do("member.recover", f"member/{TRADER}/next", f"{TRADER}/safe", body)
    world.members[f"{TRADER}/next"] = signing_key("next")
    return f"{TRADER}/next"


def taken_over(world: World) -> str:
    ballot(world, replace_by(TRADER), 2)
    world.now += REPLACEMENT_DELAY_MS
    heir = heir_of(world, TRADER)
    world.do("organisation.take_over", ORGANISATION, heir)
    return heir


@pytest.mark.parametrize("regain", [recovered, taken_over])
def test_who_got_the_organisation_back_cleans_up_before_it_is_reinstated(
    world: World, regain: Callable[[World], str]
) -> None:
    administrator = regain(robbed(world))
    world.copy().do("member.suspend", THIEF, administrator, WHY)
    world.do("member.revoke", THIEF, administrator, WHY)
    world.do("mandate.revoke", MANDATE, administrator)
    enrol = {"key": key_text("x"), "permissions": ["signer"]}
    assert world.refuse("member.enrol", f"member/{TRADER}/x", administrator, enrol).code == "actor.suspended"
    ballot(world, reinstate(TRADER), 3)
    offer = {"to": "guangxi-bank", "expires_ms": world.now + DAY_MS}
    assert world.refuse("bill.transfer", BILL, f"{TRADER}/thief", offer).code == "actor.revoked"
    assert world.refuse("bill.transfer", BILL, AGENT, offer, principal=TRADER).code == "mandate.none"


def refused_all(world: World, who: str) -> None:
    for act, subject, body in (
        ("member.suspend", THIEF, WHY),
        ("member.revoke", THIEF, WHY),
        ("mandate.revoke", MANDATE, {}),
    ):
        refusal = world.refuse(act, subject, who, body)
        assert (refusal.code, refusal.field) == ("actor.suspended", "issuer")


def test_an_administrator_of_before_prunes_nobody_who_may_veto(world: World) -> None:
    refused_all(robbed(world), TRADER)


def test_who_recovered_before_the_suspension_does_not_clean_up_in_it(world: World) -> None:
    """The key that it got may be the one stolen since; the recovery key is there for that."""
    safe(world)
    administrator = recovered(world)
    world.do("member.enrol", THIEF, administrator, {"key": key_text("thief"), "permissions": ["signer"]})
    power = {"acts": ["bill.transfer"], "until_ms": world.now + DAY_MS}
    world.do("mandate.grant", MANDATE, administrator, {"power": power})
    ballot(world, suspend(TRADER), 1)
    refused_all(world, administrator)


def test_another_suspension_asks_for_another_recovery(world: World) -> None:
    administrator = recovered(robbed(world))
    ballot(world, reinstate(TRADER), 2)
    ballot(world, suspend(TRADER), 3)
    refused_all(world, administrator)


def test_who_is_to_take_over_cleans_up_only_then(world: World) -> None:
    """Though another got the organisation back meanwhile."""
    recovered(robbed(world))
    ballot(world, replace_by(TRADER), 2)
    world.now += REPLACEMENT_DELAY_MS
    refused_all(world, heir_of(world, TRADER))
