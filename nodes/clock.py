"""The node's clocks, behind one small interface so that tests can turn them."""

from __future__ import annotations

import time
from typing import Protocol

from ledger.primitives import TimeMs


class Clock(Protocol):
    """Where the node reads time."""

    def now_ms(self) -> TimeMs:
        """Wall clock, in milliseconds since 1970. It may jump."""
        ...

    def monotonic_s(self) -> float:
        """Seconds that never go backwards, from an arbitrary start."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now_ms(self) -> TimeMs:
        """Wall clock, in milliseconds since 1970."""
        return TimeMs(time.time_ns() // 1_000_000)

    def monotonic_s(self) -> float:
        """Seconds since an arbitrary start."""
        return time.monotonic()
