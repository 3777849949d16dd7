"""What a ballot appointed and what a recovery gave back stay apart, in suspended organisations too."""

from __future__ import annotations

import pytest

from contracts.membership.model import MemberState
from tests.contracts.test_governance import network
from tests.contracts.test_standing import TRADER, VOTERS, ballot, reinstate, safe, with_caretaker
from tests.contracts.world import World, key_text

ORGANISATION = f"organisation/{TRADER}"


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
