"""The batcher: every caller gets its own answer, whatever becomes of the others."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from ledger.errors import InvariantViolated
from nodes.batching import MAX_BATCH, Batcher


@pytest.fixture
def thread() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor


def double(jobs: Sequence[int]) -> list[int]:
    return [2 * job for job in jobs]


async def test_each_job_gets_its_result(thread: ThreadPoolExecutor) -> None:
    batcher = Batcher(double, thread)
    assert await batcher.submit(1) == 2
    assert await asyncio.gather(*map(batcher.submit, range(1_000))) == double(range(1_000))
    assert await batcher.submit(3) == 6


async def test_jobs_that_wait_share_a_batch_of_bounded_size(thread: ThreadPoolExecutor) -> None:
    sizes: list[int] = []

    def work(jobs: Sequence[int]) -> list[int]:
        sizes.append(len(jobs))
        return double(jobs)

    await asyncio.gather(*map(Batcher(work, thread).submit, range(3 * MAX_BATCH)))
    assert sizes == [MAX_BATCH] * 3


async def test_a_batch_that_fails_does_not_stop_the_next(thread: ThreadPoolExecutor) -> None:
    def work(jobs: Sequence[int]) -> list[int]:
        if 13 in jobs:
            raise ValueError("unlucky")
        return double(jobs)

    batcher = Batcher(work, thread)
    outcomes = await asyncio.gather(*map(batcher.submit, range(MAX_BATCH + 5)), return_exceptions=True)
    assert all(isinstance(outcome, ValueError) for outcome in outcomes[:MAX_BATCH])
    assert outcomes[MAX_BATCH:] == double(range(MAX_BATCH, MAX_BATCH + 5))
    assert await batcher.submit(1) == 2


async def test_a_wrong_number_of_results_is_a_broken_invariant_and_no_hang(
    thread: ThreadPoolExecutor,
) -> None:

    def work(jobs: Sequence[int]) -> list[int]:
        return [] if len(jobs) > 1 else double(jobs)

    batcher = Batcher(work, thread)
    outcomes = await asyncio.gather(batcher.submit(1), batcher.submit(2), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [InvariantViolated] * 2
    assert await batcher.submit(4) == 8


async def test_a_caller_that_gives_up_does_not_hold_up_the_others(thread: ThreadPoolExecutor) -> None:
    started, finish = threading.Event(), threading.Event()

    def work(jobs: Sequence[int]) -> list[int]:
        started.set()
        assert finish.wait(10)
        return double(jobs)

    batcher = Batcher(work, thread)
    first, second = (asyncio.ensure_future(batcher.submit(job)) for job in (1, 2))
    await asyncio.to_thread(started.wait, 10)
    waiting = asyncio.ensure_future(batcher.submit(3))
    await asyncio.sleep(0)
    first.cancel()
    waiting.cancel()
    finish.set()
    assert await second == 4
    assert await batcher.submit(5) == 10
    assert first.cancelled()
    assert waiting.cancelled()


async def test_nobody_waits_for_ever_when_the_work_is_cancelled(thread: ThreadPoolExecutor) -> None:
    started, finish = threading.Event(), threading.Event()

    def work(jobs: Sequence[int]) -> list[int]:
        started.set()
        assert finish.wait(10)
        return double(jobs)

    batcher = Batcher(work, thread)
    running = asyncio.ensure_future(batcher.submit(1))
    await asyncio.to_thread(started.wait, 10)
    waiting = asyncio.ensure_future(batcher.submit(2))
    await asyncio.sleep(0)
    assert batcher._task is not None
    batcher._task.cancel()
    finish.set()
    for future in (running, waiting):
        with pytest.raises(asyncio.CancelledError):
            await future
    assert await batcher.submit(3) == 6


async def test_after_the_thread_has_stopped_callers_hear_so() -> None:
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.raises(RuntimeError):
        await Batcher(double, executor).submit(1)
