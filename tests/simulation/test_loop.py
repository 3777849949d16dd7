"""The loop: virtual time, threads in turn, and what a crash leaves undone. The guard: nothing real."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from random import Random
from typing import Any

import pytest

from tests.simulation.guard import TouchedTheWorld, nothing_real
from tests.simulation.loop import LIFE, Life, VirtualLoop


def run(loop: VirtualLoop, work: Any, *, until: float = 1_000.0) -> None:
    loop.call_soon(lambda: loop.create_task(work))
    loop.run_until_time(until)


def test_sleeping_takes_virtual_time_only() -> None:
    loop, woke = VirtualLoop(Random(1)), []

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(seconds)
        woke.append((seconds, loop.time()))

    async def both() -> None:
        await asyncio.gather(sleep(300), sleep(100))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(50):
                await asyncio.sleep(60)
        woke.append((50, loop.time()))

    run(loop, both())
    assert woke == [(100, 100.0), (300, 300.0), (50, 350.0)]
    assert loop.time() == 1_000.0


def test_an_executor_of_one_thread_keeps_its_order_and_starts_no_thread() -> None:
    loop, done = VirtualLoop(Random(2)), []
    executor, threads = ThreadPoolExecutor(1), threading.active_count()

    async def work() -> None:
        calls = [loop.run_in_executor(executor, done.append, number) for number in range(50)]
        await asyncio.gather(*calls)
        assert await asyncio.to_thread(lambda: 7) == 7
        with pytest.raises(ZeroDivisionError):
            await asyncio.to_thread(lambda: 1 // 0)
        done.append(-1)

    run(loop, work())
    assert done == [*range(50), -1]
    assert threading.active_count() == threads


def test_a_crash_stops_a_task_where_it_stands_without_its_clean_up() -> None:
    loop, told = VirtualLoop(Random(3)), []
    life = Life("node")

    async def work() -> None:
        try:
            told.append("began")
            await asyncio.sleep(10)
            told.append("went on")
        finally:
            told.append("cleaned up")

    context = copy_context()
    context.run(LIFE.set, life)
    loop.call_soon(lambda: loop.create_task(work(), context=context), context=context)
    loop.call_later(5, lambda: setattr(life, "dead", True))
    loop.run_until_time(100)
    assert told == ["began"]
    assert not loop.errors


def test_an_exception_that_nobody_catches_is_kept() -> None:
    loop = VirtualLoop(Random(4))
    loop.call_soon(lambda: 1 // 0)
    loop.run_until_time(1)
    assert isinstance(loop.errors[0], ZeroDivisionError)


@pytest.mark.parametrize(
    ("owner", "name", "arguments"),
    [
        (time, "time", ()),
        (time, "monotonic", ()),
        (time, "sleep", (1,)),
        (os, "urandom", (4,)),
        (socket, "socket", ()),
        (random, "random", ()),
        (threading.Thread(target=print), "start", ()),
    ],
    ids=["time", "monotonic", "sleep", "urandom", "socket", "random", "thread"],
)
def test_the_guard_lets_nothing_real_through(owner: Any, name: str, arguments: tuple[Any, ...]) -> None:
    def touch() -> None:
        getattr(owner, name)(*arguments)

    with nothing_real(lambda: 12.5), pytest.raises(TouchedTheWorld):
        touch()


def test_after_the_guard_the_world_is_back() -> None:
    before = time.time
    with nothing_real(lambda: 12.5):
        assert time.time is not before
    assert time.time is before
