"""Duty A3 of `nodes.engine`: proposing a block."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from ledger.batch import BATCH_ACT, Batch, Part
from ledger.block import header_id
from ledger.errors import (
    InvariantViolated,
)
from ledger.primitives import Height, TimeMs
from ledger.statement import parse_statement
from nodes.application import MAX_COMPUTED
from nodes.bft.pooling import Pooling
from nodes.engine import ProposeRequest
from nodes.mempool import Mempool
from tests.nodes.network_of_one import (
    CARRIER,
    FORWARDER,
    HOUR_MS,
    TRADER,
    Solo,
    bill_package,
    boxes,
    digest,
    issue_body,
    make_genesis,
)


async def test_a3_a_block_holds_the_candidates_in_their_order(solo: Solo) -> None:
    leaves = boxes(solo, 5)
    proposed = await solo.propose(*leaves)
    assert proposed.block.entries == tuple(leaves)
    assert proposed.refused == {}
    header = proposed.block.header
    assert (header.height, header.proposer, header.log_size_before, header.log_size) == (1, CARRIER, 1, 6)


async def test_a3_each_candidate_sees_what_the_ones_before_it_did(solo: Solo) -> None:
    package = bill_package()
    issue = solo.sign("bill.issue", package.subject, CARRIER, issue_body(package))
    offer = {"to": FORWARDER, "expires_ms": solo.clock.time_ms + HOUR_MS}
    transfer = solo.sign("bill.transfer", package.subject, TRADER, offer, version=1)
    accept = solo.sign(
        "bill.accept", package.subject, FORWARDER, {"contents": package.commitment().hex()}, version=2
    )
    await solo.accept(issue, transfer, accept)
    assert solo.record(package.subject).possessor == FORWARDER


async def test_a3_what_waits_for_a_version_keeps_out_nothing_else(solo: Solo) -> None:
    """More of it than a block has room for, sent by a member that means no good, and all of it first."""
    pool = Mempool()
    pooling = Pooling(
        application=solo.application, mempool=pool, organisation=CARRIER, on_refused=lambda *_: None
    )
    pad = msgspec.Raw(b'{"x":"' + b"a" * 64_000 + b'"}')
    part = Part(type="bill.cancel", subject=bill_package().subject, expected_version=9, body=pad)
    early = msgspec.structs.replace(part, body=msgspec.Raw(b"{}"))
    count = solo.application.parameters().max_block_bytes // 64_000 + 1
    for number in range(count):
        subject = f"batch/{digest(str(number))[:32]}"
        leaf = solo.sign(BATCH_ACT, subject, TRADER, raw=Batch(parts=(early, part)), version=0)
        pool.add(parse_statement(leaf), number, local=True)
    (good,) = boxes(solo, 1)
    pool.add(await solo.application.check(good), count, local=True)
    entries = [(await pooling.propose(TimeMs(solo.clock.time_ms), None)).entries for _ in range(2)]
    assert entries[-1] == (good,)
    assert len(pool) == count + 1


async def test_a3_what_is_refused_is_left_out_and_said_why(solo: Solo) -> None:
    good, other = boxes(solo, 2)
    twin = solo.gate_in("box 0")
    proposed = await solo.propose(good, twin, other)
    assert proposed.block.entries == (good, other)
    (refusal,) = proposed.refused.values()
    assert list(proposed.refused) == [parse_statement(twin).id]
    assert refusal.code == "record.exists"


async def test_a3_losing_a_race_within_a_proposal_is_not_final(solo: Solo) -> None:
    """The proposal may never be decided, and the loser win in another."""
    good, twin = solo.gate_in("box 0"), solo.gate_in("box 0")
    proposed = await solo.propose(good, twin)
    assert [why.final for why in proposed.refused.values()] == [False]
    await solo.accept(twin)
    again = await solo.application.propose(solo.request([parse_statement(good)]))
    assert [(why.code, why.final) for why in again.refused.values()] == [("record.exists", True)]


async def test_a3_too_late_for_a_proposal_is_not_final(solo: Solo) -> None:
    """Another proposer's clock may be behind, and the statement still be in time."""
    statement = parse_statement(solo.gate_in("late"))
    late = solo.request([statement], time_ms=statement.payload.last_valid_ms + 1)
    proposed = await solo.application.propose(late)
    assert [(why.code, why.final) for why in proposed.refused.values()] == [("statement.expired", False)]
    assert (await solo.propose(statement.leaf)).block.entries == (statement.leaf,)


async def test_a3_what_waits_for_a_version_is_left_out_and_not_refused(solo: Solo) -> None:
    early = solo.sign("bill.void", bill_package().subject, CARRIER, version=3)
    proposed = await solo.propose(early)
    assert (proposed.block.entries, proposed.refused) == ((), {})


async def test_a3_an_accepted_candidate_given_twice_is_not_reported_as_refused(solo: Solo) -> None:
    statement = await solo.application.check(solo.gate_in("one"))
    proposed = await solo.application.propose(solo.request([statement, statement]))
    assert (len(proposed.block.entries), proposed.refused) == (1, {})


async def test_a3_blocks_stay_within_the_limits_of_the_genesis(tmp_path: Path) -> None:
    solo = Solo(tmp_path, make_genesis(max_block_entries=3))
    leaves = boxes(solo, 5)
    proposed = await solo.propose(*leaves)
    assert (proposed.block.entries, proposed.refused) == (tuple(leaves[:3]), {})
    solo.close()


async def test_a3_bytes_are_limited_and_a_smaller_statement_may_fill_the_room(tmp_path: Path) -> None:
    solo = Solo(tmp_path, make_genesis(max_block_bytes=2_200))
    package = bill_package()
    large = solo.sign("bill.issue", package.subject, CARRIER, issue_body(package))
    small = boxes(solo, 3)
    assert len(small[0]) + len(small[1]) + len(large) > 2_200 > sum(map(len, small))
    proposed = await solo.propose(*small[:2], large, small[2])
    assert (proposed.block.entries, proposed.refused) == (tuple(small), {})
    solo.close()


async def test_a3_a_height_may_be_proposed_many_times_in_little_memory(solo: Solo) -> None:
    statements = [await solo.application.check(leaf) for leaf in boxes(solo, 3)]
    first = await solo.application.propose(solo.request(statements))
    for later in range(1, 3 * MAX_COMPUTED):
        time_ms = solo.clock.time_ms + later
        again = await solo.application.propose(solo.request(statements, time_ms=time_ms))
        assert again.block.entries == first.block.entries
        assert again.block.header.time_ms == time_ms
    assert len(solo.application._computed) <= MAX_COMPUTED
    await solo.application.judge(first.block)
    await solo.commit(first.block)
    assert solo.application.info().block_id == header_id(first.block.header)


async def test_a3_an_empty_block_changes_nothing_but_time(solo: Solo) -> None:
    await solo.accept(*boxes(solo, 2))
    before = solo.application.info().header
    await solo.accept()
    after = solo.application.info().header
    assert (after.state_root, after.log_root) == (before.state_root, before.log_root)
    assert after.time_ms > before.time_ms


@pytest.mark.parametrize("height", [0, 1, 3])
async def test_a3_only_the_next_height_is_proposed(solo: Solo, height: int) -> None:
    await solo.accept()
    request = solo.request([])
    wrong = ProposeRequest(
        height=Height(height),
        proposer=request.proposer,
        time_ms=request.time_ms,
        parent_seal=request.parent_seal,
        candidates=[],
    )
    with pytest.raises(InvariantViolated, match="asked to propose"):
        await solo.application.propose(wrong)
