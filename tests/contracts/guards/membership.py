"""Every guard of membership, broken alone."""

from __future__ import annotations

from contracts.membership.model import MAX_ADMINISTRATORS, MAX_MEMBER_KEYS, MemberKey, Permission
from tests.contracts.guards.case import Broken, Good
from tests.contracts.world import DAY_MS, World, key_text

CLERK = "member/guangxi-bank/clerk"
CHIEF = "member/guangxi-bank/chief"
BAD_KEY = "B" + "_" * 43


def enrolled(world: World, *permissions: str) -> World:
    body = {"key": key_text("guangxi-bank/clerk"), "permissions": list(permissions) or ["signer"]}
    world.do("member.enrol", CLERK, "guangxi-bank", body)
    return world


GOOD = (
    Good(
        act="member.enrol",
        subject=CLERK,
        who="guangxi-bank",
        body=lambda w: {"key": key_text("clerk"), "permissions": ["signer", "administrator"]},
    ),
    Good(
        act="member.rotate",
        subject=CLERK,
        who="guangxi-bank",
        body=lambda w: {"key": key_text("clerk", 2), "overlap_until_ms": w.now + DAY_MS},
        prepare=enrolled,
    ),
    Good(
        act="member.revoke",
        subject=CLERK,
        who="guangxi-bank",
        body=lambda w: {"reason": "left"},
        prepare=lambda w: enrolled(w, "administrator"),
    ),
)


def full_of_keys(world: World) -> None:
    keys = tuple(MemberKey(key=key_text("clerk", n)) for n in range(10, 10 + MAX_MEMBER_KEYS))
    world.change(CLERK, keys=keys)


def full_of_administrators(world: World) -> None:
    names = tuple(f"admin-{n}" for n in range(MAX_ADMINISTRATORS))
    world.change("organisation/guangxi-bank", administrators=names)


BROKEN = (
    Broken(
        act="member.enrol",
        code="member.other-organisation",
        field="subject",
        who="oversight",
        says="guangxi-bank",
    ),
    Broken(
        act="member.enrol",
        code="act.duplicate",
        field="body.permissions.1",
        body={"permissions": ["signer", "signer"]},
    ),
    Broken(act="member.enrol", code="member.bad-key", field="body.key", body={"key": BAD_KEY}),
    Broken(act="member.enrol", code="record.full", field="body.permissions", spoil=full_of_administrators),
    Broken(act="member.rotate", code="member.not-yours", field="subject", who="oversight"),
    Broken(
        act="member.rotate",
        code="member.not-yours",
        field="subject",
        spoil=lambda w: w.change(CHIEF, permissions=(Permission.SIGNER,)),
    ),
    Broken(act="member.rotate", code="member.bad-key", field="body.key", body={"key": BAD_KEY}),
    Broken(
        act="member.rotate",
        code="member.key-known",
        field="body.key",
        body={"key": key_text("guangxi-bank/clerk")},
    ),
    Broken(
        act="member.rotate",
        code="member.overlap-too-long",
        field="body.overlap_until_ms",
        body={"overlap_until_ms": 2_000_000_000_000},
    ),
    Broken(act="member.rotate", code="record.full", field="body.key", spoil=full_of_keys),
    Broken(act="member.revoke", code="member.other-organisation", field="subject", who="oversight"),
    Broken(
        act="member.revoke",
        code="member.last-administrator",
        field="subject",
        spoil=lambda w: w.change("organisation/guangxi-bank", administrators=("clerk",)),
    ),
)
