"""Every guard of membership, broken alone."""

from __future__ import annotations

from contracts.membership.model import (
    MAX_ADMINISTRATORS,
    MAX_MEMBER_KEYS,
    MemberKey,
    OrganisationState,
    Permission,
    Replacement,
)
from ledger.hashing import sha256
from ledger.sealing import ContentsKey
from tests.contracts.guards.case import Broken, Good
from tests.contracts.world import DAY_MS, World, key_text, signing_key

CLERK = "member/guangxi-bank/clerk"
CHIEF = "member/guangxi-bank/chief"
SAFE = "member/guangxi-bank/safe"
ORGANISATION = "organisation/guangxi-bank"
BAD_KEY = "B" + "_" * 43


def enrolled(world: World, *permissions: str) -> World:
    body = {"key": key_text("guangxi-bank/clerk"), "permissions": list(permissions) or ["signer"]}
    world.do("member.enrol", CLERK, "guangxi-bank", body)
    return world


def contents_key(label: str) -> str:
    return ContentsKey.from_bytes(sha256(label.encode())).text


SMALL_ORDER = "AQ" + "A" * 41
"""The point of order 1 on X25519's curve: every exchange with it is zero (RFC 7748 section 6.1)."""


def clerk_suspended(world: World) -> None:
    enrolled(world, "administrator")
    world.do("member.suspend", CLERK, "guangxi-bank", {"reason": "other"})


def recovery(world: World) -> None:
    """A clerk, and a member who recovers keys."""
    enrolled(world)
    world.members["guangxi-bank/safe"] = signing_key("safe")
    body = {"key": key_text("safe"), "permissions": ["recovery"]}
    world.do("member.enrol", SAFE, "guangxi-bank", body)


def heir(world: World) -> None:
    """A new administrator is to take over, and could."""
    enrolled(world, "administrator")
    world.change(ORGANISATION, replacement=Replacement(member="clerk", due_ms=0))
    world.members["guangxi-bank/clerk"] = signing_key("guangxi-bank/clerk")


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
    Good(
        act="organisation.set_anchors",
        subject=ORGANISATION,
        who="guangxi-bank",
        body=lambda w: {"anchors": ["ab" * 32]},
        prepare=recovery,
    ),
    Good(
        act="member.suspend",
        subject=CLERK,
        who="guangxi-bank",
        body=lambda w: {"reason": "other"},
        prepare=lambda w: enrolled(w, "administrator"),
    ),
    Good(act="member.reinstate", subject=CLERK, who="guangxi-bank", prepare=clerk_suspended),
    Good(
        act="member.recover",
        subject=CLERK,
        who="guangxi-bank/safe",
        body=lambda w: {"key": key_text("clerk", 2), "reason": "key_lost"},
        prepare=recovery,
    ),
    Good(act="organisation.veto", subject=ORGANISATION, who="guangxi-bank", prepare=heir),
    Good(act="organisation.take_over", subject=ORGANISATION, who="guangxi-bank/clerk", prepare=heir),
)


def nobody(world: World) -> None:
    world.change(ORGANISATION, replacement=None)


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
    Broken(
        act="member.enrol",
        code="member.recovery-alone",
        field="body.permissions",
        body={"permissions": ["recovery", "signer"]},
        says="nobody",
    ),
    Broken(
        act="member.enrol",
        code="member.recovery-alone",
        field="body.permissions",
        body={"permissions": ["recovery"]},
        spoil=lambda w: w.change(ORGANISATION, recovery="safe"),
        says="safe",
    ),
    Broken(
        act="member.revoke",
        code="member.recovery-spared",
        field="subject",
        spoil=lambda w: w.change(CLERK, permissions=(Permission.RECOVERY,)),
    ),
    Broken(act="member.suspend", code="member.other-organisation", field="subject", who="oversight"),
    Broken(
        act="member.suspend",
        code="member.recovery-spared",
        field="subject",
        spoil=lambda w: w.change(CLERK, permissions=(Permission.RECOVERY,)),
    ),
    Broken(
        act="member.suspend",
        code="member.last-administrator",
        field="subject",
        spoil=lambda w: w.change(ORGANISATION, administrators=("clerk",)),
    ),
    Broken(act="member.reinstate", code="member.other-organisation", field="subject", who="oversight"),
    Broken(act="member.reinstate", code="record.full", field="subject", spoil=full_of_administrators),
    Broken(
        act="member.recover",
        code="member.other-organisation",
        field="subject",
        who="oversight",
        spoil=lambda w: w.change("member/oversight/chief", permissions=(Permission.RECOVERY,)),
    ),
    Broken(
        act="member.recover",
        code="member.recovers-others",
        field="subject",
        who="guangxi-bank/clerk",
        spoil=lambda w: [
            w.members.update({"guangxi-bank/clerk": signing_key("guangxi-bank/clerk")}),
            w.change(CLERK, permissions=(Permission.RECOVERY,)),
        ],
    ),
    Broken(
        act="member.recover",
        code="member.caretaker",
        field="subject",
        spoil=lambda w: w.change(ORGANISATION, caretaker="clerk"),
        says="guangxi-bank/clerk",
    ),
    Broken(act="member.recover", code="member.bad-key", field="body.key", body={"key": BAD_KEY}),
    Broken(
        act="member.recover",
        code="member.key-known",
        field="body.key",
        body={"key": key_text("guangxi-bank/clerk")},
    ),
    Broken(act="organisation.veto", code="organisation.not-replaced", field="issuer", who="oversight"),
    Broken(
        act="organisation.veto", code="organisation.not-replaced", field="issuer", who="guangxi-bank/clerk"
    ),
    Broken(
        act="organisation.veto",
        code="organisation.not-replaced",
        field="issuer",
        spoil=lambda w: w.change(CHIEF, permissions=(Permission.SIGNER,)),
    ),
    Broken(act="organisation.veto", code="organisation.no-replacement", field="subject", spoil=nobody),
    Broken(
        act="organisation.take_over", code="organisation.not-replacement", field="issuer", who="guangxi-bank"
    ),
    Broken(act="organisation.take_over", code="organisation.not-replacement", field="issuer", spoil=nobody),
    Broken(
        act="member.enrol",
        code="member.bad-chain",
        field="body.chain",
        spoil=lambda w: w.change(ORGANISATION, anchors=("ab" * 32,)),
        says="2 to 4 certificates",
    ),
    Broken(
        act="member.rotate",
        code="member.bad-chain",
        field="body.chain",
        body={"chain": ["AA"]},
        says="no chain is asked for",
    ),
    Broken(
        act="organisation.set_anchors", code="member.other-organisation", field="subject", who="oversight"
    ),
    Broken(
        act="organisation.set_anchors",
        code="organisation.no-recovery",
        field="body.anchors",
        spoil=lambda w: w.change(ORGANISATION, recovery=None),
    ),
    Broken(
        act="organisation.set_anchors",
        code="act.duplicate",
        field="body.anchors.1",
        body={"anchors": ["ab" * 32, "ab" * 32]},
    ),
    Broken(
        act="member.revoke",
        code="actor.suspended",
        field="issuer",
        spoil=lambda w: w.change(ORGANISATION, state=OrganisationState.SUSPENDED),
    ),
    Broken(
        act="member.revoke",
        code="member.appointed",
        field="subject",
        spoil=lambda w: w.change(ORGANISATION, caretaker="clerk"),
    ),
    Broken(
        act="member.revoke",
        code="member.appointed",
        field="subject",
        spoil=lambda w: w.change(ORGANISATION, replacement=Replacement(member="clerk", due_ms=0)),
    ),
    Broken(
        act="member.suspend",
        code="actor.suspended",
        field="issuer",
        spoil=lambda w: w.change(ORGANISATION, state=OrganisationState.SUSPENDED),
    ),
    Broken(
        act="member.suspend",
        code="member.appointed",
        field="subject",
        spoil=lambda w: w.change(ORGANISATION, caretaker="clerk"),
    ),
    Broken(
        act="member.suspend",
        code="member.appointed",
        field="subject",
        spoil=lambda w: w.change(ORGANISATION, replacement=Replacement(member="clerk", due_ms=0)),
    ),
)
