"""When to dial a peer again.

One dialler for each peer with an address. It sleeps while there is a connection,
whoever made it, and otherwise dials with pauses that double up to a cap and are
spread at random, so that a restarted network does not stumble over itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable

from nodes.network.interface import PeerId
from nodes.network.limits import Limits
from nodes.network.queues import backoff_s


class Dialer:
    """Keeps one peer connected."""

    def __init__(
        self,
        *,
        peer: PeerId,
        yields: bool,
        limits: Limits,
        jitter: random.Random,
        dial: Callable[[PeerId], Awaitable[bool]],
        penalty_s: Callable[[PeerId], float],
    ) -> None:
        """`yields`: the other side should dial first.

        `dial` says whether there is a connection now, `penalty_s` for how long
        there must be none.
        """
        self._peer = peer
        self._courtesy_s = limits.courtesy_s if yields else 0.0
        self._limits = limits
        self._jitter = jitter
        self._dial = dial
        self._penalty_s = penalty_s
        self._failures = 0
        self._connected_at: float | None = None
        self._loop = asyncio.get_running_loop()
        self._next_at = self._loop.time() + self._courtesy_s
        self._changed = asyncio.Event()
        self._task = self._loop.create_task(self._run())

    def connected(self) -> None:
        """There is a connection: do not dial."""
        self._connected_at = self._loop.time()
        self._changed.set()

    def disconnected(self) -> None:
        """There is none any more: dial, later if it did not last."""
        since, self._connected_at = self._connected_at, None
        lasted = since is not None and self._loop.time() - since >= self._limits.stable_s
        self._failures = 1 if lasted else self._failures + 1
        self._schedule()

    async def stop(self) -> None:
        """Dial no more."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await self._wait()
            if not await self._dial(self._peer):
                self._failures += 1
                self._schedule()

    async def _wait(self) -> None:
        while self._connected_at is not None or self._next_at > self._loop.time():
            self._changed.clear()
            until = None if self._connected_at is not None else self._next_at
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(until):
                    await self._changed.wait()

    def _schedule(self) -> None:
        pause_s = backoff_s(
            self._failures, first_s=self._limits.backoff_first_s, cap_s=self._limits.backoff_cap_s
        )
        spread_s = pause_s * (0.5 + 0.5 * self._jitter.random()) + self._courtesy_s
        self._next_at = self._loop.time() + max(spread_s, self._penalty_s(self._peer))
        self._changed.set()
