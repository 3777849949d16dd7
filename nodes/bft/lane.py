"""The lane to the application: one call at a time, in order, for the open height only (duties E5, E6)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ledger.block import Block
from ledger.primitives import Height
from ledger.seal import Seal
from nodes.bft.pooling import Pooling
from nodes.clock import Clock
from nodes.engine import Application


class ApplicationLane:
    """Serialises propose, judge and commit, and remembers the seal of the last block."""

    def __init__(self, application: Application, pooling: Pooling, clock: Clock) -> None:
        self._application = application
        self._pooling = pooling
        self._clock = clock
        self._seal: Seal | None = None
        self._closed = False
        self.lock = asyncio.Lock()
        """Held during every call; whoever takes it sees the application between two calls."""

    async def open(self) -> None:
        """Learn the seal of the last committed block (E1)."""
        tip = self._application.info()
        if tip.height > 0:
            loaded = await self._application.load_block(tip.height)
            self._seal = loaded[1] if loaded else None

    async def close(self) -> None:
        """Let the call under way end; later ones do nothing (E2)."""
        async with self.lock:
            self._closed = True

    def _open_height(self) -> Height:
        return Height(-1) if self._closed else Height(self._application.info().height + 1)

    async def build(self, height: Height, wanted: Callable[[], bool]) -> Block | None:
        """A block of this height, or None when it has passed or is not wanted once its turn has come."""
        async with self.lock:
            if height != self._open_height() or not wanted():
                return None
            return await self._pooling.propose(self._clock.now_ms(), self._seal)

    async def judge(self, block: Block) -> None:
        """Judge a block if its height is still open; raises `LedgerError`."""
        async with self.lock:
            if block.header.height == self._open_height():
                await self._application.judge(block)

    async def commit(self, block: Block, seal: Seal) -> bool:
        """Commit a sealed block; False when its height is committed already. Raises `LedgerError`."""
        async with self.lock:
            if block.header.height != self._open_height():
                return False
            await self._application.judge(block)
            limits = self._application.parameters()
            await self._application.commit(block, [seal])
            self._seal = seal
            await self._pooling.committed(block, limits, int(self._clock.monotonic_s() * 1000))
            return True
