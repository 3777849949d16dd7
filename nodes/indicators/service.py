"""The indicators of one node: computed when asked, and kept until they are old enough to differ.

Readers of a page and scrapers ask again and again; a block a second changes little
in thirty days. So an answer is kept while no block follows, and for a while after.
Safe to use from several threads: one computes, the others wait for it.
"""

from __future__ import annotations

import threading
from typing import Final

from nodes.clock import Clock
from nodes.indicators.chain import blocks
from nodes.indicators.model import DAY_MS, Indicators
from nodes.indicators.publishing import for_strangers
from nodes.indicators.trade import trade
from nodes.storage import Store

WINDOWS_DAYS: Final = (1, 7, 30, 90, 365)
"""Windows that can be asked for: few, so that what strangers make a node compute and keep is bounded."""

DEFAULT_DAYS: Final = 30
"""The window unless told."""

KEPT_S: Final = 15.0
"""How long an answer is given again although blocks have followed."""


class IndicatorService:
    """See the module."""

    def __init__(self, store: Store, clock: Clock, fewest: int) -> None:
        """`fewest` organisations' business is in a line that strangers see."""
        self._store = store
        self._clock = clock
        self._fewest = fewest
        self._kept: dict[int, tuple[float, Indicators]] = {}
        self._lock = threading.Lock()

    def read(self, days: int = DEFAULT_DAYS) -> Indicators:
        """The indicators of the last days, all lines; `days` is one of `WINDOWS_DAYS`, else `ValueError`."""
        if days not in WINDOWS_DAYS:
            raise ValueError(f"there is no window of {days} days")
        with self._lock:
            tip, now_s = self._store.tip().header, self._clock.monotonic_s()
            computed_s, found = self._kept.get(days, (0.0, None))
            if found is None or (found.height != tip.height and now_s - computed_s >= KEPT_S):
                found = _compute(self._store, tip.height, tip.time_ms, days)
                self._kept[days] = now_s, found
            return found

    def public(self, days: int = DEFAULT_DAYS) -> Indicators:
        """The same without the lines that strangers are not shown."""
        return for_strangers(self.read(days), self._fewest)

    def absences(self, limit: int) -> dict[str, int]:
        """How many of the newest `limit` seals lack each validator's signature."""
        found = blocks(self._store, -1, self._store.tip().header.time_ms, limit)
        return {one.organisation: one.missed for one in found.attendance}


def _compute(store: Store, height: int, until_ms: int, days: int) -> Indicators:
    from_ms = max(-1, until_ms - days * DAY_MS)
    return Indicators(
        height=height,
        until_ms=until_ms,
        from_ms=from_ms,
        trade=trade(store, from_ms, until_ms),
        blocks=blocks(store, from_ms, until_ms),
    )
