"""An asyncio event loop on virtual time, in which nothing runs beside anything else.

Time passes only from one scheduled call to the next. Calls that production hands to
threads run here too, after a chosen delay, one at a time for executors of one
thread; their answers arrive after another. Each node runs in a context of its own,
and what was scheduled in the context of a node that has crashed is never run: its
tasks stop where they stand, without clean-up, as in a process that lost its power.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from contextvars import Context, ContextVar, copy_context
from random import Random
from typing import Any


class Crashed(BaseException):
    """Unwinds the Python stack of a node that has just crashed; nobody catches it but the loop."""


class Life:
    """One run of a node, from start to crash."""

    def __init__(self, name: str, *, slowness: float = 1.0) -> None:
        self.name = name
        self.dead = False
        self.slowness = slowness
        """By how much its threads are slower than others."""
        self.tasks: list[asyncio.Task[Any]] = []
        """All of them, so that none is collected, and so cleaned up, before the simulation ends."""


LIFE: ContextVar[Life | None] = ContextVar("life", default=None)
"""Whose code is running."""


class Call:
    """Something to run; what asyncio calls a handle."""

    __slots__ = ("_args", "_callback", "_context", "_when", "done")

    def __init__(
        self, callback: Callable[..., Any], args: tuple[Any, ...], context: Context, when: float
    ) -> None:
        self._callback = callback
        self._args = args
        self._context = context
        self._when = when
        self.done = False

    def cancel(self) -> None:
        self.done = True

    def cancelled(self) -> bool:
        return self.done

    def when(self) -> float:
        return self._when

    def run(self) -> None:
        self.done = True
        life = self._context.get(LIFE)
        if life is None or not life.dead:
            self._context.run(self._callback, *self._args)


class VirtualLoop(asyncio.AbstractEventLoop):
    """See the module. `random` decides how long calls handed to threads take."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._now = 0.0
        self._sequence = 0
        self._ready: deque[Call] = deque()
        self._later: list[tuple[float, int, Call]] = []
        self._free_at: dict[Executor, float] = {}
        self._tasks: list[asyncio.Task[Any]] = []
        self._stopped = False
        self.calls = 0
        """How many calls were run."""
        self.errors: list[BaseException] = []
        """What nobody caught."""

    # ----- what asyncio asks of a loop ---------------------------------------

    def time(self) -> float:
        return self._now

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return asyncio._get_running_loop() is self

    def is_closed(self) -> bool:
        return self._stopped

    def call_soon(self, callback: Any, *args: Any, context: Context | None = None) -> Any:
        call = Call(callback, args, copy_context() if context is None else context, self._now)
        self._ready.append(call)
        return call

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Context | None = None) -> Any:
        return self.call_soon(callback, *args, context=context)

    def call_later(self, delay: float, callback: Any, *args: Any, context: Context | None = None) -> Any:
        return self.call_at(self._now + (delay if delay > 0 else 0.0), callback, *args, context=context)

    def call_at(self, when: float, callback: Any, *args: Any, context: Context | None = None) -> Any:
        call = Call(callback, args, copy_context() if context is None else context, when)
        self._sequence += 1
        heapq.heappush(self._later, (when, self._sequence, call))
        return call

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(self, coro: Any, *, name: str | None = None, context: Context | None = None) -> Any:
        task = asyncio.Task(coro, loop=self, name=name or "task", context=context)
        life = LIFE.get() if context is None else context.get(LIFE)
        (self._tasks if life is None else life.tasks).append(task)
        return task

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        error = context.get("exception")
        self.errors.append(error or RuntimeError(context["message"]))

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:
        """Run it inline, after a while, in the order of its executor when that has one thread."""
        answer: asyncio.Future[Any] = self.create_future()
        life = LIFE.get()
        slowness = 1.0 if life is None else life.slowness
        start = self._now
        in_order = executor is not None and getattr(executor, "_max_workers", 2) == 1
        if in_order:
            start = max(start, self._free_at.get(executor, 0.0))
        when = start + self._random.random() * 0.002 * slowness
        if in_order:
            self._free_at[executor] = when
        self.call_at(when, self._work, answer, func, args)
        return answer

    def _work(self, answer: asyncio.Future[Any], func: Any, args: Any) -> None:
        if answer.cancelled():
            return
        try:
            result, error = func(*args), None
        except Exception as problem:
            result, error = None, problem
        # The loop hears of it a moment after the thread has done it.
        self.call_later(self._random.random() * 0.000_5, _answer, answer, result, error)

    # ----- running -----------------------------------------------------------

    def stop(self) -> None:
        self._stopped = True

    def run_until_time(self, end: float) -> None:
        """Run everything that is due by `end`, or until `stop` or an uncaught error."""
        self._stopped = False
        asyncio._set_running_loop(self)
        try:
            ready, later = self._ready, self._later
            while not self._stopped and not self.errors:
                if ready:
                    call = ready.popleft()
                elif later and later[0][0] <= end:
                    when, _, call = heapq.heappop(later)
                    if when > self._now and not call.done:
                        self._now = when
                else:
                    break
                if call.done:
                    continue
                self.calls += 1
                try:
                    call.run()
                except Crashed:
                    continue
                except Exception as error:
                    self.errors.append(error)
            if not self._stopped:
                self._now = max(self._now, end)
        finally:
            asyncio._set_running_loop(None)

    def dispose(self, lives: list[Life]) -> None:
        """Let go of everything; what is left unfinished stays so."""
        self._ready.clear()
        self._later.clear()
        for task in [*self._tasks, *(task for life in lives for task in life.tasks)]:
            task._log_destroy_pending = False  # type: ignore[attr-defined]
            if task.done() and not task.cancelled():
                task.exception()
        for life in lives:
            life.dead = True
            life.tasks.clear()
        self._tasks.clear()


def _answer(answer: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if answer.cancelled():
        return
    if error is not None:
        answer.set_exception(error)
    else:
        answer.set_result(result)
