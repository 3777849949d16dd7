"""What became of statements: everyone who waits is told once, and memory is bounded."""

from __future__ import annotations

import asyncio

import pytest

from contracts.refusals import Refusal
from ledger.hashing import sha256
from ledger.primitives import Hash
from nodes.outcomes import MAX_QUEUED_EVENTS, Outcomes, Sealed, SealedBlock, SealedEntry

NO = Refusal(code="record.version-passed", field="expected_version", message="Too late.", final=True)


def number(value: int) -> Hash:
    return sha256(value.to_bytes(8, "big"))


def block(height: int, *ids: Hash) -> SealedBlock:
    entries = tuple(
        SealedEntry(id=one.hex(), index=index, issuer="a/b", act="x.y", subject="z", version=1, writes=("z",))
        for index, one in enumerate(ids)
    )
    return SealedBlock(height=height, block_id="00" * 32, time_ms=height, round=0, entries=entries)


async def waiting(outcomes: Outcomes, one: Hash, timeout_s: float = 10) -> asyncio.Task[object]:
    task: asyncio.Task[object] = asyncio.ensure_future(outcomes.wait(one, timeout_s))
    await asyncio.sleep(0)
    return task


async def test_all_who_wait_hear_of_the_seal() -> None:
    outcomes = Outcomes()
    tasks = [await waiting(outcomes, number(1)) for _ in range(3)]
    other = await waiting(outcomes, number(2))
    sealed = block(5, number(0), number(1))
    outcomes.committed(sealed)
    for task in tasks:
        outcome = await task
        assert isinstance(outcome, Sealed)
        assert (outcome.block, outcome.entry) == (sealed, sealed.entries[1])
    assert not other.done()
    outcomes.refused(number(2), NO)
    assert await other is NO
    assert outcomes._waiting == {}


async def test_whoever_waits_too_long_gets_nothing_and_leaves_nothing() -> None:
    outcomes = Outcomes()
    assert await outcomes.wait(number(1), 0) is None
    assert await outcomes.wait(number(1), 0.001) is None
    assert outcomes._waiting == {}
    outcomes.committed(block(1, number(1)))


async def test_a_waiter_that_is_cancelled_leaves_nothing() -> None:
    outcomes = Outcomes()
    first, second = await waiting(outcomes, number(1)), await waiting(outcomes, number(1))
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    outcomes.refused(number(1), NO)
    assert await second is NO
    assert outcomes._waiting == {}


async def test_a_refusal_is_remembered_until_the_statement_comes_back_or_is_sealed() -> None:
    outcomes = Outcomes()
    outcomes.submitted(number(1))
    assert outcomes.pending(number(1))
    outcomes.refused(number(1), NO)
    assert not outcomes.pending(number(1))
    assert outcomes.refusal(number(1)) is NO
    outcomes.submitted(number(1))
    assert outcomes.refusal(number(1)) is None
    outcomes.refused(number(1), NO)
    outcomes.committed(block(1, number(1)))
    assert outcomes.refusal(number(1)) is None
    assert outcomes.sealed(number(1)) is not None


async def test_a_sealed_statement_cannot_be_refused_afterwards() -> None:
    """As when another node's pool still held it and tried it once more."""
    outcomes = Outcomes()
    outcomes.committed(block(1, number(1)))
    outcomes.refused(number(1), NO)
    assert outcomes.refusal(number(1)) is None
    assert outcomes.sealed(number(1)) is not None


async def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MAX_REMEMBERED", "MAX_SEALED", "MAX_PENDING"):
        monkeypatch.setattr(f"nodes.outcomes.{name}", 3)
    outcomes = Outcomes()
    for value in range(10):
        outcomes.refused(number(value), NO)
        outcomes.submitted(number(100 + value))
        outcomes.committed(block(value, number(200 + value)))
    assert [outcomes.refusal(number(value)) for value in range(10)] == [None] * 7 + [NO] * 3
    assert [outcomes.pending(number(100 + value)) for value in range(10)] == [False] * 7 + [True] * 3
    known = [outcomes.sealed(number(200 + value)) is not None for value in range(10)]
    assert known == [False] * 7 + [True] * 3


async def test_a_withdrawn_statement_is_not_pending() -> None:
    outcomes = Outcomes()
    outcomes.submitted(number(1))
    outcomes.withdrawn(number(1))
    outcomes.withdrawn(number(2))
    assert not outcomes.pending(number(1))


async def test_subscribers_get_every_block_in_order() -> None:
    outcomes = Outcomes()
    first, second = outcomes.subscribe(), outcomes.subscribe()
    blocks = [block(height) for height in range(1, 5)]
    for one in blocks[:2]:
        outcomes.committed(one)
    outcomes.unsubscribe(second)
    outcomes.unsubscribe(second)
    for one in blocks[2:]:
        outcomes.committed(one)
    assert [first.queue.get_nowait() for _ in range(4)] == blocks
    assert [second.queue.get_nowait() for _ in range(2)] == blocks[:2]
    assert second.queue.empty()


async def test_a_slow_subscriber_is_cut_off_and_the_others_are_not() -> None:
    outcomes = Outcomes()
    slow, quick = outcomes.subscribe(), outcomes.subscribe()
    last = MAX_QUEUED_EVENTS + 10
    for height in range(1, last + 1):
        outcomes.committed(block(height))
        assert quick.queue.get_nowait() == block(height)
    heights = []
    while (heard := slow.queue.get_nowait()) is not None:
        heights.append(heard.height)
    assert slow.queue.empty()
    assert heights == list(range(2, MAX_QUEUED_EVENTS + 1))


async def test_closing_ends_subscriptions_old_and_new() -> None:
    outcomes = Outcomes()
    subscription = outcomes.subscribe()
    outcomes.committed(block(1))
    outcomes.close()
    outcomes.close()
    assert outcomes.closed
    assert [subscription.queue.get_nowait() for _ in range(2)] == [block(1), None]
    assert outcomes.subscribe().queue.get_nowait() is None
    outcomes.committed(block(2))
    assert subscription.queue.empty()


async def test_what_is_expected_before_submission_cannot_be_missed() -> None:
    outcomes = Outcomes()
    future = outcomes.expect(number(1))
    outcomes.committed(block(1, number(1)))
    assert isinstance(future.result(), Sealed)
    outcomes.release(number(1), future)
    outcomes.release(number(1), future)
