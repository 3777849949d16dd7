"""Duties A1 and A2 of `nodes.engine`: where the chain stands, and what may enter a pool."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import cbor2
import msgspec
import pytest

from contracts.refusals import Refusal, Refused
from ledger.batch import BATCH_ACT, Batch, Part
from ledger.block import header_id
from ledger.errors import InvariantViolated
from ledger.genesis import network_id
from ledger.keys import ORDER
from ledger.statement import MAX_STATEMENT_BYTES, parse_statement
from tests.nodes.network_of_one import (
    CARRIER,
    FORWARDER,
    GENESIS,
    HOUR_MS,
    PORT,
    START_MS,
    TRADER,
    Solo,
    bill_package,
    digest,
    issue_body,
    make_genesis,
    member_key,
)


async def refusal(solo: Solo, leaf: bytes) -> Refusal:
    with pytest.raises(Refused) as refused:
        await solo.application.check(leaf)
    return refused.value.refusal


def with_high_s(leaf: bytes) -> bytes:
    s = int.from_bytes(leaf[-32:], "big")
    return leaf[:-32] + (ORDER - s).to_bytes(32, "big")


def with_parts(leaf: bytes, change: Callable[[list[object]], None]) -> bytes:
    parts = list(cbor2.loads(leaf).value)
    change(parts)
    return cbor2.dumps(cbor2.CBORTag(18, parts))


# A1


async def test_a1_info_names_the_genesis_and_then_each_committed_block(solo: Solo) -> None:
    tip = solo.application.info()
    assert (tip.height, tip.network, tip.header.time_ms) == (0, network_id(GENESIS), START_MS)
    block = await solo.accept(solo.gate_in("one"))
    tip = solo.application.info()
    assert (tip.height, tip.block_id) == (1, header_id(block.header))
    assert tip.frontier.size == 2


async def test_a1_info_is_the_same_after_a_restart(solo: Solo) -> None:
    await solo.accept(solo.gate_in("one"), solo.gate_in("two"))
    before = solo.application.info()
    solo.reopen()
    assert solo.application.info() == before


# A2


async def test_a2_what_a_sender_adds_is_dropped_and_high_s_turned_low(solo: Solo) -> None:
    leaf = solo.gate_in("one")
    plain = await solo.application.check(leaf)
    high = await solo.application.check(with_high_s(leaf))
    decorated = await solo.application.check(
        with_parts(leaf, lambda parts: parts.__setitem__(1, {b"note": "x" * 500}))
    )
    assert plain.leaf == high.leaf == decorated.leaf == leaf
    assert plain == high == decorated


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        b"{}",
        b"\xd2",
        b"\x81" * 50_000,
        bytes(MAX_STATEMENT_BYTES + 1),
        b"\xd2\x84\x40\xa0\x40\x40",
    ],
    ids=["empty", "zero", "json", "cut", "deep", "oversized", "hollow"],
)
async def test_a2_bytes_that_are_no_statement_are_refused_for_good(solo: Solo, data: bytes) -> None:
    found = await refusal(solo, data)
    assert found.code.startswith("statement.")
    assert found.final
    assert found.message


async def test_a2_hostile_bytes_do_not_spoil_the_batch_they_arrive_in(solo: Solo) -> None:
    good = [solo.gate_in(f"box {number}") for number in range(5)]
    mixed = [data for leaf in good for data in (leaf, leaf[:-1], b"\xff" * 40, leaf + b"\x00")]
    outcomes = await asyncio.gather(*map(solo.application.check, mixed), return_exceptions=True)
    assert [type(outcome).__name__ for outcome in outcomes] == [
        "Statement",
        "Refused",
        "Refused",
        "Refused",
    ] * 5


async def test_a2_a_statement_for_another_network_is_refused(solo: Solo) -> None:
    other = network_id(make_genesis("Another"))
    found = await refusal(solo, solo.sign("bill.void", "bill/" + "0" * 64, CARRIER, network=other, version=1))
    assert (found.code, found.final) == ("statement.other-network", True)


async def test_a2_a_statement_is_valid_up_to_its_last_millisecond(solo: Solo) -> None:
    leaf = solo.sign("movement.record", "container/" + "1" * 32, PORT, raw={}, valid_ms=5_000)
    last = parse_statement(leaf).payload.last_valid_ms
    solo.clock.time_ms = last
    assert (await refusal(solo, leaf)).code == "act.malformed"
    solo.clock.time_ms = last + 1
    found = await refusal(solo, leaf)
    assert (found.code, found.final) == ("statement.expired", False), "a clock alone settles nothing"
    await solo.accept(solo.gate_in("later"))
    found = await refusal(solo, leaf)
    assert (found.code, found.final) == ("statement.expired", True)


async def test_a2_time_is_the_later_of_the_clock_and_the_next_block(solo: Solo) -> None:
    """A node whose clock runs late still refuses what no further block could accept."""
    leaf = solo.gate_in("late")
    expired = solo.sign("movement.record", "container/" + "1" * 32, PORT, raw={}, valid_ms=10)
    proposed = await solo.propose(leaf)
    request = solo.request([parse_statement(leaf)], time_ms=solo.clock.time_ms + 10)
    block = (await solo.application.propose(request)).block
    assert block.header != proposed.block.header
    await solo.commit(block)
    assert (await refusal(solo, expired)).code == "statement.expired"


async def test_a2_a_statement_may_not_claim_validity_beyond_the_window(solo: Solo) -> None:
    fits = solo.sign("movement.record", "container/" + "1" * 32, PORT, raw={}, valid_ms=HOUR_MS)
    assert (await refusal(solo, fits)).code == "act.malformed"
    leaf = solo.sign("movement.record", "container/" + "1" * 32, PORT, raw={}, valid_ms=HOUR_MS + 1)
    found = await refusal(solo, leaf)
    assert (found.code, found.final) == ("statement.too-far-ahead", False)
    solo.clock.time_ms += 1
    assert (await refusal(solo, leaf)).code == "act.malformed"


async def test_a2_a_statement_that_the_ledger_holds_is_refused(solo: Solo) -> None:
    leaf = solo.gate_in("one")
    await solo.accept(leaf)
    found = await refusal(solo, leaf)
    assert (found.code, found.final) == ("statement.known", True)
    assert (await refusal(solo, with_high_s(leaf))).code == "statement.known"


async def test_a2_a_second_signature_of_a_known_statement_is_refused(solo: Solo) -> None:
    """ECDSA signs one content in many ways; the id is of the content."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    leaf = solo.gate_in("one")
    statement = parse_statement(leaf)
    key = member_key(statement.issuer).to_cryptography()
    r, s = decode_dss_signature(key.sign(statement.signed_bytes, ec.ECDSA(hashes.SHA256())))
    again = leaf[:-64] + r.to_bytes(32, "big") + min(s, ORDER - s).to_bytes(32, "big")
    assert again != leaf
    assert (await solo.application.check(again)).id == statement.id
    await solo.accept(leaf)
    assert (await refusal(solo, again)).code == "statement.known"


@pytest.mark.parametrize(
    ("member", "code"),
    [
        ("coral-line/nobody", "actor.unknown-member"),
        ("nobody/lin-tao", "actor.unknown-member"),
        ("coral-line", "actor.unknown-member"),
        ("", "actor.unknown-member"),
        ("../../organisation/coral-line", "actor.unknown-member"),
        ("coral-line/lin-tao/", "actor.unknown-member"),
    ],
)
async def test_a2_an_unknown_member_is_refused(solo: Solo, member: str, code: str) -> None:
    leaf = solo.sign("bill.void", "bill/" + "0" * 64, CARRIER, version=1, member=member, key=member_key("x"))
    assert (await refusal(solo, leaf)).code == code


async def test_a2_a_key_that_is_not_the_members_is_refused(solo: Solo) -> None:
    leaf = solo.sign("bill.void", "bill/" + "0" * 64, CARRIER, version=1, key=member_key("a thief"))
    assert (await refusal(solo, leaf)).code == "actor.unknown-key"


async def test_a2_a_signature_that_does_not_match_is_refused_for_good(solo: Solo) -> None:
    leaf = bytearray(solo.gate_in("one"))
    leaf[-40] ^= 1
    found = await refusal(solo, bytes(leaf))
    assert (found.code, found.final) == ("statement.bad-signature", True)


async def test_a2_a_verified_signature_does_not_cover_for_another(solo: Solo) -> None:
    """The cache of verified signatures is keyed by every byte, not by the id."""
    leaf = solo.gate_in("one")
    await solo.application.check(leaf)
    forged = bytearray(leaf)
    forged[-1] ^= 1
    assert (await refusal(solo, bytes(forged))).code == "statement.bad-signature"


async def test_a2_an_act_that_builds_on_one_under_way_may_enter(solo: Solo) -> None:
    package = bill_package()
    offer = {"to": FORWARDER, "expires_ms": solo.clock.time_ms + HOUR_MS}
    early = solo.sign("bill.transfer", package.subject, TRADER, offer, version=1)
    statement = await solo.application.check(early)
    assert statement.payload.expected_version == 1
    issue = solo.sign("bill.issue", package.subject, CARRIER, issue_body(package))
    await solo.accept(issue, early)
    assert solo.record(package.subject).offer.to == FORWARDER


async def test_a2_a_batch_that_builds_on_one_under_way_is_refused_for_now(solo: Solo) -> None:
    bill = (await solo.issue()).subject
    part = Part(type="bill.cancel", subject=bill, expected_version=2, body=msgspec.Raw(b"{}"))
    leaf = solo.sign(BATCH_ACT, f"batch/{digest('early')[:32]}", TRADER, raw=Batch(parts=(part,)), version=0)
    found = await refusal(solo, leaf)
    assert (found.code, found.final) == ("record.version-ahead", False)
    offer = {"to": FORWARDER, "expires_ms": solo.clock.time_ms + HOUR_MS}
    await solo.do("bill.transfer", bill, TRADER, offer)
    assert (await solo.application.check(leaf)).leaf == leaf


async def test_a2_an_act_on_a_passed_version_is_refused(solo: Solo) -> None:
    package = await solo.issue()
    offer = {"to": FORWARDER, "expires_ms": solo.clock.time_ms + HOUR_MS}
    late = solo.sign("bill.transfer", package.subject, TRADER, offer)
    await solo.do("bill.transfer", package.subject, TRADER, offer)
    found = await refusal(solo, late)
    assert (found.code, found.final) == ("record.version-passed", True)


async def test_a2_checking_changes_nothing(solo: Solo) -> None:
    tip, leaf = solo.application.info(), solo.gate_in("one")
    for _ in range(3):
        await solo.application.check(leaf)
    assert solo.application.info() is tip
    assert solo.record(parse_statement(leaf).subject) is None
    assert solo.store.entry_by_statement(parse_statement(leaf).id) is None


async def test_a2_a_commit_between_two_reads_is_no_broken_state(
    solo: Solo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Admission reads beside commits: what looks damaged is looked at again while no commit can come."""
    real, calls = solo.application._executor.judge_one, 0

    def torn(*arguments: object) -> object:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise InvariantViolated("the state refers to bill/…, which does not exist")
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(solo.application._executor, "judge_one", torn)
    await solo.application.check(solo.gate_in("one"))
    assert calls == 2


async def test_a2_a_state_that_stays_broken_is_reported(solo: Solo, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> object:
        raise InvariantViolated("damaged")

    monkeypatch.setattr(solo.application._executor, "judge_one", broken)
    with pytest.raises(InvariantViolated, match="damaged"):
        await solo.application.check(solo.gate_in("one"))


async def test_ids_are_forgotten_only_when_they_have_expired(solo: Solo) -> None:
    """Whatever a node forgets is too late by then, so no statement is ever accepted twice."""
    short = solo.gate_in("short", valid_ms=1_000)
    await solo.accept(short)
    statement = parse_statement(short)
    while solo.height < 64:
        solo.clock.time_ms += 2_000
        await solo.accept()
    assert solo.application.info().header.time_ms > statement.payload.last_valid_ms
    assert statement.id not in solo.application._recent
    assert (await refusal(solo, short)).code == "statement.expired"
