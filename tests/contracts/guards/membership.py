"""Every guard of membership, broken alone."""

from __future__ import annotations

from contracts.membership.model import MAX_ADMINISTRATORS, MAX_MEMBER_KEYS, MemberKey, Permission
from ledger.hashing import sha256
from ledger.sealing import ContentsKey
from tests.contracts.guards.case import Broken, Good
from tests.contracts.world import DAY_MS, World, key_text

CLERK = "member/guangxi-bank/clerk"
CHIEF = "member/guangxi-bank/chief"
BAD_KEY = "B" + "_" * 43


def enrolled(world: World, *permissions: str) -> World:
    body = {"key": key_text("guangxi-bank/clerk"), "permissions": list(permissions) or ["signer"]}
    world.do("member.enrol", CLERK, "guangxi-bank", body)
    return world


def contents_key(label: str) -> str:
    return ContentsKey.from_bytes(sha256(label.encode())).text


SMALL_ORDER = "AQ" + "A" * 41
"""The point of order 1 on X25519's curve: every exchange with it is zero (RFC 7748 section 6.1)."""


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
    Good(
        act="organisation.set_contents_key",
        subject="organisation/guangxi-bank",
        who="guangxi-bank",
        body=lambda w: {"key": contents_key("one")},
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
    Broken(
        act="organisation.set_contents_key",
        code="member.other-organisation",
        field="subject",
        who="oversight",
    ),
    Broken(
        act="organisation.set_contents_key",
        code="organisation.bad-contents-key",
        field="body.key",
        body={"key": SMALL_ORDER},
    ),
    Broken(
        act="organisation.set_contents_key",
        code="organisation.contents-key-used",
        field="body.key",
        spoil=lambda w: w.do(
            "organisation.set_contents_key",
            "organisation/oversight",
            "oversight",
            {"key": contents_key("one")},
        ),
        says="contents key of oversight",
    ),
)
