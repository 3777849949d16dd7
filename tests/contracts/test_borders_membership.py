"""Members and their keys at their edges: what mutation testing found that no other test held."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.membership.model import (
    MAX_ADMINISTRATORS,
    MAX_MEMBER_KEYS,
    FormerNumbering,
    MemberKey,
    MemberState,
    OrganisationState,
    RevocationReason,
)
from tests.contracts.guards.membership import CHIEF, CLERK, ORGANISATION, SAFE, contents_key, enrolled
from tests.contracts.test_guards import GOOD, prepared
from tests.contracts.world import World, key_text, signing_key

BANK = "guangxi-bank"
RECOVERY = f"{BANK}/safe"
LOST = {"key": key_text("next"), "reason": "key_lost"}


@pytest.mark.parametrize(
    ("until_ms", "time_ms", "valid"),
    [
        (None, 9, False),
        (None, 10, True),
        (None, 2_000, True),
        (20, 9, False),
        (20, 10, True),
        (20, 20, True),
        (20, 21, False),
    ],
)
def test_a_key_is_valid_from_its_first_to_its_last_moment(
    until_ms: int | None, time_ms: int, valid: bool
) -> None:
    key = MemberKey(key=key_text("clerk"), valid_from_ms=10, valid_until_ms=until_ms)
    assert key.is_valid(time_ms) is valid


def test_a_bill_was_numbered_with_one_key_or_one_of_two_however_many_came_later() -> None:
    world, carrier = World(), "organisation/beibu-line"
    former = tuple(FormerNumbering(key=key * 64, until_ms=until) for key, until in (("B", 10), ("C", 20)))
    world.change(carrier, numbering_key="D" * 64, former_numbering=former)
    keys = [world.record(carrier).numbering_keys(issued) for issued in (9, 10, 11, 20, 21)]
    assert [tuple(key[0] for key in found) for found in keys] == [
        ("B",),
        ("B", "C"),
        ("C",),
        ("C", "D"),
        ("D",),
    ]


def test_only_an_administrator_needs_room_among_administrators() -> None:
    world = World()
    world.change(ORGANISATION, administrators=tuple(f"admin-{n}" for n in range(MAX_ADMINISTRATORS)))
    enrolled(world, "signer")
    world.change(CLERK, state=MemberState.SUSPENDED)
    world.do("member.reinstate", CLERK, BANK)


@pytest.mark.parametrize("act", ["member.revoke", "member.suspend"])
def test_why_a_member_may_not_act_any_more_is_said(act: str) -> None:
    world = enrolled(World())
    world.do(act, CLERK, BANK, {"reason": "key_compromised"})
    assert world.record(CLERK).reason is RevocationReason.KEY_COMPROMISED


def test_the_contents_key_is_the_one_that_was_named_last() -> None:
    world = World()
    for label in ("one", "two"):
        world.do("organisation.set_contents_key", ORGANISATION, BANK, {"key": contents_key(label)})
        assert world.record(ORGANISATION).contents_key == contents_key(label)
    refusal = world.refuse("organisation.set_contents_key", ORGANISATION, BANK, {"key": contents_key("one")})
    assert refusal.code == "organisation.contents-key-used"


@pytest.mark.parametrize("anchors", [[], ["cd" * 32]])
def test_an_organisation_without_recovery_gives_up_anchors_and_names_none(anchors: list[str]) -> None:
    world = World()
    world.change(ORGANISATION, anchors=("ab" * 32,))
    outcome: Any = world.try_("organisation.set_anchors", ORGANISATION, BANK, {"anchors": anchors})
    if anchors:
        assert outcome.code == "organisation.no-recovery"
    else:
        assert world.record(ORGANISATION).anchors == ()


# ----- recovery and new administrators ---------------------------------------------


def test_no_key_that_a_member_has_recovers_it() -> None:
    world = prepared("member.recover")
    keys = tuple(MemberKey(key=key_text("clerk", n)) for n in range(MAX_MEMBER_KEYS))
    world.change(CLERK, keys=keys)
    for key in keys:
        refusal = world.refuse("member.recover", CLERK, RECOVERY, {"key": key.key, "reason": "key_lost"})
        assert (refusal.code, refusal.field) == ("member.key-known", "body.key")


def test_a_caretaker_does_not_keep_others_from_being_recovered() -> None:
    world = prepared("member.recover")
    world.change(ORGANISATION, state=OrganisationState.SUSPENDED, caretaker="minder")
    world.do("member.recover", CHIEF, RECOVERY, LOST)
    assert world.record(ORGANISATION).administrators == ("chief",)


def test_an_heir_is_that_of_its_own_organisation() -> None:
    world = prepared("organisation.take_over")
    namesake = {"key": key_text("namesake"), "permissions": ["administrator"]}
    world.do("member.enrol", "member/oversight/clerk", "oversight", namesake)
    world.members["oversight/clerk"] = signing_key("namesake")
    refusal = world.refuse("organisation.take_over", ORGANISATION, "oversight/clerk")
    assert (refusal.code, refusal.field) == ("organisation.not-replacement", "issuer")


def test_who_takes_over_stays_active_and_the_others_are_told_why_they_are_not() -> None:
    world = prepared("organisation.take_over")
    safe = {"key": key_text("safe"), "permissions": ["recovery"]}
    world.do("member.enrol", SAFE, BANK, safe)
    assert world.record(ORGANISATION).administrators == ("chief", "clerk")
    world.do("organisation.take_over", ORGANISATION, GOOD["organisation.take_over"].who)
    assert world.record(CLERK).state is MemberState.ACTIVE
    for key, state in ((CHIEF, MemberState.SUSPENDED), (SAFE, MemberState.REVOKED)):
        member = world.record(key)
        assert (member.state, member.reason) == (state, RevocationReason.KEY_LOST)


def test_an_heir_that_is_vetoed_did_not_lose_its_key() -> None:
    world = prepared("organisation.veto")
    world.do("organisation.veto", ORGANISATION, BANK)
    heir = world.record(CLERK)
    assert (heir.state, heir.reason) == (MemberState.REVOKED, RevocationReason.OTHER)
