"""Handing many small jobs to a thread in few hops.

A hop to another thread costs as much as verifying a signature. Jobs that arrive
while a batch is being worked on wait and form the next batch, so one job alone
starts at once and many share the cost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Generic, TypeVar

from ledger.errors import InvariantViolated

T = TypeVar("T")
R = TypeVar("R")

MAX_BATCH = 128
"""Jobs a batch: at 100 µs each, a batch holds its callers up for about 13 ms."""


class Batcher(Generic[T, R]):
    """Collects jobs on the event loop and runs them, in order, in batches on an executor."""

    def __init__(self, work: Callable[[Sequence[T]], Sequence[R]], executor: Executor) -> None:
        self._work = work
        self._executor = executor
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._task: asyncio.Task[None] | None = None

    async def submit(self, job: T) -> R:
        """The result of one job."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[R] = loop.create_future()
        self._waiting.append((job, future))
        if self._task is None:
            self._task = loop.create_task(self._drain())
        return await future

    async def _drain(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
                await self._run(batch)
        finally:
            self._task = None
            for _, future in self._waiting:
                future.cancel()
            self._waiting = []

    async def _run(self, batch: list[tuple[T, asyncio.Future[R]]]) -> None:
        """One batch; whatever goes wrong with it, each of its callers gets an answer."""
        loop = asyncio.get_running_loop()
        try:
            results = await loop.run_in_executor(self._executor, self._work, [job for job, _ in batch])
            if len(results) != len(batch):
                raise InvariantViolated(f"{len(results)} results for {len(batch)} jobs")
        except Exception as error:
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        except BaseException:
            for _, future in batch:
                future.cancel()
            raise
        for (_, future), result in zip(batch, results, strict=True):
            if not future.done():
                future.set_result(result)
