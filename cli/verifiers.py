"""Verifying signatures on all cores while entries are executed in order on one.

What executing an entry needs is known only after the entry before it; whether its
signature verifies can be found out later, by another process. Checks are queued in
the order of the chain and their outcomes looked at in that order, so the first
fault is the same however many processes there are.
"""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from functools import lru_cache
from types import TracebackType
from typing import Any

from ledger.errors import LedgerError
from ledger.keys import PublicKey

BATCH = 256
"""Checks sent to a process at once: some 15 ms of work."""

PENDING_BATCHES = 8
"""Batches for each process that may wait, so that memory stays bounded."""

Job = tuple[str, Callable[..., None], tuple[Any, ...]]
"""Where in the chain, what to call, and with what; all of it can be pickled."""

Outcome = tuple[str, LedgerError] | None
"""Where the first fault of a batch is, and what it is."""


class FaultAt(Exception):
    """A check failed."""

    def __init__(self, place: str, error: LedgerError) -> None:
        super().__init__(f"{place}: {error}")
        self.place = place
        self.error = error


class Verifiers:
    """Checks in order, done by this process (`processes` is 1) or by others. Use as a context manager."""

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._batch: list[Job] = []
        self._waiting: deque[Future[Outcome]] = deque()
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Verifiers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def add(self, place: str, check: Callable[..., None], *args: Any) -> None:
        """Queue a check, a function that raises `LedgerError`; raises `FaultAt` for one queued before."""
        self._batch.append((place, check, args))
        if len(self._batch) < BATCH:
            return
        batch, self._batch = self._batch, []
        if self._processes == 1:
            self._look(run_batch(batch))
            return
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._processes, mp_context=context)
        self._waiting.append(self._pool.submit(run_batch, batch))
        while self._waiting and (
            self._waiting[0].done() or len(self._waiting) > PENDING_BATCHES * self._processes
        ):
            self._look(self._waiting.popleft().result())

    def drain(self) -> None:
        """Wait for everything that was queued; raises `FaultAt` for the first fault."""
        while self._waiting:
            self._look(self._waiting.popleft().result())
        batch, self._batch = self._batch, []
        self._look(run_batch(batch))

    def _look(self, outcome: Outcome) -> None:
        """Raise the fault of the oldest batch; what was queued behind it does not matter any more."""
        if outcome is not None:
            self._batch.clear()
            self._waiting.clear()
            raise FaultAt(*outcome)


def run_batch(batch: Sequence[Job]) -> Outcome:
    """The first fault of a batch, or None."""
    for place, check, args in batch:
        try:
            check(*args)
        except LedgerError as error:
            return place, error
    return None


def check_signature(key: bytes, signature: bytes, message: bytes) -> None:
    """Raise `SignatureError` unless the key signed the message."""
    _public_key(key).verify(signature, message)


@lru_cache(maxsize=4_096)
def _public_key(data: bytes) -> PublicKey:
    return PublicKey.from_bytes(data)
