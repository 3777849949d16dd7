"""Members by X.509 chain: bound at enrolment, ended by block time, and never a network that cannot go on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.membership.model import REPLACEMENT_DELAY_MS
from ledger.keys import SigningKey
from tests.contracts.test_governance import network
from tests.contracts.test_standing import VOTERS, ballot, heir_of, reinstate, replace_by, suspend
from tests.contracts.world import DAY_MS, World, key_text, signing_key
from tests.ledger.authority import Authority, root

RAIL = "corridor-rail"
CLERK = f"member/{RAIL}/clerk"
ROOT = root()
OTHER = root("Other")


def certified(member: str, until_ms: int, generation: int = 0, by: Authority = ROOT) -> Authority:
    end = datetime.fromtimestamp(until_ms // 1000, UTC)
    return by.issue(member, signing_key(member, generation).to_cryptography(), end=end)


def body(issued: Authority, **more: Any) -> dict[str, Any]:
    key = SigningKey.from_cryptography(issued.key).public_key.text
    return {"key": key, "chain": issued.chain_text, **more}


@pytest.fixture
def world() -> World:
    world = network(*VOTERS)
    safe = {"key": key_text("safe"), "permissions": ["recovery"]}
    world.do("member.enrol", f"member/{RAIL}/safe", RAIL, safe)
    world.members[f"{RAIL}/safe"] = signing_key("safe")
    world.do("organisation.set_anchors", f"organisation/{RAIL}", RAIL, {"anchors": [ROOT.anchor]})
    world.members[f"{RAIL}/clerk"] = signing_key("clerk")
    return world


def enrol(world: World, until_ms: int, *permissions: str) -> Authority:
    issued = certified("clerk", until_ms)
    fields = body(issued, permissions=list(permissions) or ["signer"])
    world.do("member.enrol", CLERK, RAIL, fields)
    return issued


def test_a_member_acts_until_its_chain_ends(world: World) -> None:
    end = world.now + DAY_MS
    issued = enrol(world, end, "administrator", "signer")
    (key,) = world.record(CLERK).keys
    assert key.certificate == issued.anchor, "SHA-256 of the member's own certificate"
    assert key.valid_until_ms == end // 1000 * 1000 + 999
    world.now = key.valid_until_ms
    fresh = body(certified("clerk", end + DAY_MS, 1), overlap_until_ms=0)
    late = world.copy()
    late.now += 1
    refusal = late.refuse("member.rotate", CLERK, f"{RAIL}/clerk", fresh)
    assert refusal.code == "actor.unknown-key", "block time ends it, whatever a clock says"
    world.do("member.rotate", CLERK, f"{RAIL}/clerk", fresh)


def test_a_chain_is_renewed_for_the_same_key(world: World) -> None:
    enrol(world, world.now + DAY_MS)
    longer = body(certified("clerk", world.now + 9 * DAY_MS), overlap_until_ms=world.now + DAY_MS // 2)
    world.do("member.rotate", CLERK, f"{RAIL}/clerk", longer)
    (key,) = world.record(CLERK).keys
    assert key.valid_until_ms is not None
    assert key.valid_until_ms > world.now + 8 * DAY_MS
    world.now += 5 * DAY_MS
    world.do("member.rotate", CLERK, f"{RAIL}/clerk", longer)


def test_a_replaced_key_ends_with_its_chain_or_the_overlap_whichever_is_first(world: World) -> None:
    enrol(world, world.now + DAY_MS)
    fresh = body(certified("clerk", world.now + 99 * DAY_MS, 1), overlap_until_ms=world.now + 6 * DAY_MS)
    world.do("member.rotate", CLERK, f"{RAIL}/clerk", fresh)
    old, new = world.record(CLERK).keys
    assert old.valid_until_ms < new.valid_until_ms
    assert old.valid_until_ms < world.now + 2 * DAY_MS
    assert old.certificate is not None, "what vouched for it stays said"


@pytest.mark.parametrize(
    ("change", "problem", "field"),
    [
        ({"chain": []}, "2 to 4 certificates", "body.chain"),
        ({"chain": certified("clerk", 4_000_000_000_000, by=OTHER).chain_text}, "anchor", "body.chain"),
        ({"chain": certified("else", 4_000_000_000_000).chain_text}, "another key", "body.key"),
        ({"chain": certified("clerk", 1_690_000_000_000).chain_text}, "not valid", "body.chain"),
        ({"chain": ["AAAA", *ROOT.chain_text]}, "DER", "body.chain.0"),
        ({"chain": ["A", *ROOT.chain_text]}, "base64url", "body.chain.0"),
    ],
)
def test_what_does_not_vouch_is_refused(
    world: World, change: dict[str, Any], problem: str, field: str
) -> None:
    good = body(certified("clerk", 4_000_000_000_000), permissions=["signer"])
    refusal = world.refuse("member.enrol", CLERK, RAIL, good | change)
    assert (refusal.code, refusal.field) == ("member.bad-chain", field)
    assert problem in refusal.message


def test_bare_keys_stay_where_no_anchor_is_and_in_the_safe(world: World) -> None:
    again = {"key": key_text("safe", 2), "overlap_until_ms": 0}
    world.do("member.rotate", f"member/{RAIL}/safe", f"{RAIL}/safe", again)
    issued = body(certified("x", 4_000_000_000_000), permissions=["signer"])
    refusal = world.refuse("member.enrol", "member/oversight/x", "oversight", issued)
    assert "no chain is asked for" in refusal.message
    world.do("organisation.set_anchors", f"organisation/{RAIL}", RAIL, {"anchors": []})
    world.do("member.enrol", CLERK, RAIL, {"key": key_text("clerk"), "permissions": ["signer"]})


def expired(world: World) -> None:
    """Every administrator's certificate has ended."""
    enrol(world, world.now + DAY_MS, "administrator", "signer")
    world.do("member.revoke", f"member/{RAIL}/chief", f"{RAIL}/clerk", {"reason": "left"})
    world.now += 2 * DAY_MS
    late = body(certified("clerk", world.now + DAY_MS, 1), overlap_until_ms=0)
    assert world.refuse("member.rotate", CLERK, f"{RAIL}/clerk", late).code == "actor.unknown-key"


def test_the_key_from_the_safe_replaces_an_administrator_whose_certificate_ended(world: World) -> None:
    expired(world)
    recovered = {"key": key_text("clerk", 5), "reason": "other"}
    world.do("member.recover", CLERK, f"{RAIL}/safe", recovered)
    world.members[f"{RAIL}/clerk"] = signing_key("clerk", 5)
    renewed = body(certified("clerk", world.now + DAY_MS, 6), overlap_until_ms=0)
    world.do("member.rotate", CLERK, f"{RAIL}/clerk", renewed)


def test_a_ballot_replaces_an_administrator_whose_certificate_ended(world: World) -> None:
    expired(world)
    ballot(world, suspend(RAIL), 1)
    ballot(world, replace_by(RAIL), 2)
    heir = heir_of(world, RAIL)
    world.now += REPLACEMENT_DELAY_MS
    world.do("organisation.take_over", f"organisation/{RAIL}", heir)
    ballot(world, reinstate(RAIL), 3)
    fields = body(certified("next", world.now + DAY_MS), permissions=["administrator"])
    world.do("member.enrol", f"member/{RAIL}/next", heir, fields)


def test_validators_whose_certificates_all_ended_still_seal_and_admit_new_administrators() -> None:
    """Seals are by BLS keys, which no certificate ends; a seat's own safe gives its vote back."""
    world = network(*VOTERS)
    for office in VOTERS:
        world.members[f"{office}/safe"] = signing_key(f"{office}/safe")
        safe = {"key": key_text(f"{office}/safe"), "permissions": ["recovery"]}
        world.do("member.enrol", f"member/{office}/safe", office, safe)
        world.do("organisation.set_anchors", f"organisation/{office}", office, {"anchors": [ROOT.anchor]})
        ends = body(certified(office, world.now + DAY_MS), overlap_until_ms=0)
        world.do("member.rotate", f"member/{office}/chief", office, ends)
        world.members[f"{office}/chief"] = signing_key(office)
    world.now += 2 * DAY_MS
    asked = {"title": "t", "expires_ms": world.now + DAY_MS, "change": suspend("guangxi-bank")}
    ask = ("proposal.open", "proposal/" + "1" * 32, VOTERS[0], asked)
    assert world.refuse(*ask).code == "actor.unknown-key"
    for office in VOTERS:
        recovered = {"key": key_text(office, 3), "reason": "other"}
        world.do("member.recover", f"member/{office}/chief", f"{office}/safe", recovered)
        world.members[f"{office}/chief"] = signing_key(office, 3)
    world.do(*ask)
