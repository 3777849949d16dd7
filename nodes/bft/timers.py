"""Timers and tasks of the engine: one timer of each kind, and tasks that cannot die unseen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from nodes.bft.effects import SetTimer, TimerFired
from nodes.bft.round import Timeout
from nodes.storage.errors import StorageError

OF_THE_MACHINE = (OSError, StorageError)
"""Failures of disk, database or system: their reason helps who runs the node, a traceback does not."""

_log = structlog.get_logger("bft")


class Timers:
    """The core's timers, one of each kind."""

    def __init__(self, fire: Callable[[TimerFired], None]) -> None:
        self._fire = fire
        self._handles: dict[Timeout, asyncio.TimerHandle] = {}

    def set(self, effect: SetTimer) -> None:
        """Start a timer in place of the one of its kind."""
        self.cancel(effect.timeout)
        item = TimerFired(timeout=effect.timeout, height=effect.height, round=effect.round)
        loop = asyncio.get_running_loop()
        self._handles[effect.timeout] = loop.call_later(effect.duration_ms / 1000, self._fire, item)

    def cancel(self, timeout: Timeout) -> None:
        """Stop a timer."""
        handle = self._handles.pop(timeout, None)
        if handle is not None:
            handle.cancel()

    def cancel_all(self) -> None:
        """Stop them all."""
        for timeout in list(self._handles):
            self.cancel(timeout)


class Tasks:
    """Tasks whose failure reaches `failed` at once, whoever awaits them or not."""

    def __init__(self, failed: Callable[[BaseException], None]) -> None:
        self._failed = failed
        self._running: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run a coroutine beside everything else."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            if isinstance(error, OF_THE_MACHINE):
                _log.critical("task failed", task=task.get_name(), reason=str(error))
            else:
                _log.critical("task failed", task=task.get_name(), exc_info=error)
            self._failed(error)

    async def cancel(self) -> None:
        """End all tasks and wait until they have ended."""
        tasks = [task for task in self._running if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
