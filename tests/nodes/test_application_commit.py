"""Duty A5 of `nodes.engine`: committing a decided block."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.block import header_id
from ledger.errors import (
    ChainError,
    InvariantViolated,
)
from ledger.primitives import Height
from ledger.seal import verify_seal
from ledger.statement import parse_statement
from nodes.storage import DatabaseUnavailable, Store
from tests.nodes.network_of_one import (
    Solo,
    altered,
    boxes,
    seal_of,
    stored_block,
)


async def test_a5_a_block_is_durable_before_commit_returns(solo: Solo) -> None:
    leaf = solo.gate_in("one")
    block = await solo.accept(leaf)
    with Store.open(f"sqlite:///{solo.path}", create=False) as other:
        assert other.tip() == solo.application.info()
        entry = other.entry_by_statement(parse_statement(leaf).id)
        assert entry is not None
        assert (entry.leaf, entry.height) == (leaf, 1)
        assert other.record_value(parse_statement(leaf).subject) is not None
        assert other.load_block(Height(1)) == (block, solo.seals[1])


async def test_a5_subscribers_hear_of_a_block_once(solo: Solo) -> None:
    leaf = solo.gate_in("one")
    block = await solo.accept(leaf)
    await solo.commit(block)
    (heard,) = solo.heard
    (entry,) = heard.entries
    statement = parse_statement(leaf)
    assert (heard.height, heard.block_id, heard.round) == (1, header_id(block.header).hex(), 0)
    assert (entry.id, entry.index, entry.subject) == (statement.id.hex(), 1, statement.subject)
    assert (entry.version, entry.act, entry.issuer) == (1, "movement.record", statement.issuer)
    assert statement.subject in entry.writes


async def test_a5_committing_again_is_harmless(solo: Solo) -> None:
    first = await solo.accept(*boxes(solo, 2))
    second = await solo.accept(*boxes(solo, 2, "next"))
    tip = solo.application.info()
    for block in (first, second):
        await solo.commit(block)
    solo.reopen()
    for block in (first, second):
        await solo.commit(block)
    assert solo.application.info() == tip


async def test_a5_another_block_at_a_committed_height_is_a_broken_invariant(solo: Solo) -> None:
    rival = (await solo.propose(*boxes(solo, 1, "rival"))).block
    await solo.accept(*boxes(solo, 2))
    tip = solo.application.info()
    with pytest.raises(InvariantViolated, match="another block is committed at height 1"):
        await solo.application.commit(rival, [])
    await solo.accept()
    with pytest.raises(InvariantViolated, match="another block is committed at height 1"):
        await solo.application.commit(rival, [])
    assert solo.store.header(Height(1)) is not None
    assert solo.application.info().header.parent == tip.block_id.hex()


async def test_a5_a_block_from_the_future_or_of_another_past_is_not_committed(solo: Solo) -> None:
    await solo.accept(*boxes(solo, 1))
    block = (await solo.propose(*boxes(solo, 1, "next"))).block
    for wrong in (
        altered(block, height=3),
        altered(block, parent="88" * 32),
        altered(block, state_root="99" * 32),
    ):
        with pytest.raises(ChainError):
            await solo.application.commit(wrong, [])
    assert solo.height == 1


async def test_a5_a_crash_between_computing_and_committing_loses_nothing(
    solo: Solo, monkeypatch: pytest.MonkeyPatch
) -> None:
    await solo.accept(*boxes(solo, 2))
    tip = solo.application.info()
    leaves = boxes(solo, 2, "next")
    block = (await solo.propose(*leaves)).block
    await solo.application.judge(block)
    seal = solo.seal(block)

    def full(_: object) -> None:
        raise DatabaseUnavailable("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(solo.store, "commit_block", full)
        with pytest.raises(DatabaseUnavailable):
            await solo.application.commit(block, [seal])
    assert solo.application.info() == tip
    assert solo.record(parse_statement(leaves[0]).subject) is None
    assert len(solo.heard) == 1
    solo.reopen()
    assert solo.application.info() == tip
    await solo.application.commit(block, [seal])
    assert solo.application.info().block_id == header_id(block.header)
    assert solo.record(parse_statement(leaves[0]).subject) is not None


async def test_a5_a_failed_commit_may_be_tried_again_without_a_restart(
    solo: Solo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the answer of a database is lost: the block was written, nobody heard."""
    leaves = boxes(solo, 2)
    block = (await solo.propose(*leaves)).block
    real = solo.store.commit_block

    def lost(write: Any) -> None:
        real(write)
        raise DatabaseUnavailable("the connection is gone")

    with monkeypatch.context() as patch:
        patch.setattr(solo.store, "commit_block", lost)
        with pytest.raises(DatabaseUnavailable):
            await solo.commit(block)
    await solo.commit(block)
    assert solo.height == 1
    await solo.accept(*boxes(solo, 2, "next"))


async def test_a5_commit_without_judging_first_judges(solo: Solo) -> None:
    """As when a node catches up: blocks come with their seals and were never proposed to it."""
    blocks = [await solo.accept(*boxes(solo, 3, f"block {number}")) for number in range(3)]
    late = Solo(solo.path.parent, name="late.db")
    for block in blocks:
        await late.application.commit(block, [solo.seals[block.header.height]])
    assert late.application.info() == solo.application.info()
    late.close()


async def test_a5_a_seal_may_arrive_with_a_later_block(solo: Solo) -> None:
    """As with an engine whose seals follow."""
    first = (await solo.propose(*boxes(solo, 1))).block
    await solo.application.commit(first, [])
    assert solo.store.seal(Height(1)) is None
    assert await solo.application.load_block(Height(1)) is None
    seal = solo.seals[1] = seal_of(first, solo.network, solo.store.validators_at(Height(1)))
    second = (await solo.propose(*boxes(solo, 1, "next"))).block
    await solo.application.commit(second, [seal])
    assert solo.store.seal(Height(1)) == seal
    assert await solo.application.load_block(Height(1)) == (first, seal)


async def test_a5_blocks_come_back_as_they_were(solo: Solo) -> None:
    blocks = [await solo.accept(*boxes(solo, count, f"block {count}")) for count in (2, 0, 1)]
    for block in blocks:
        height = Height(block.header.height)
        stored, seal = await stored_block(solo, height)
        assert (stored, seal) == (block, solo.seals[height])
        verify_seal(seal, solo.network, solo.store.validators_at(height))
    assert await solo.application.load_block(Height(4)) is None
