"""Believes in another time: far ahead, far behind, or both in turn. Its blocks and statuses say so."""

from __future__ import annotations

from random import Random

from ledger.primitives import TimeMs
from nodes.clock import Clock
from tests.simulation.adversaries.base import Adversary


class _Wrong:
    """A clock that goes its own ways."""

    def __init__(self, clock: Clock, random: Random) -> None:
        self._clock = clock
        self._random = random

    def now_ms(self) -> TimeMs:
        lie = self._random.choice((0, 900, 4_000, -4_000, 60_000, -60_000, 10**9))
        return TimeMs(max(0, self._clock.now_ms() + lie))

    def monotonic_s(self) -> float:
        return self._clock.monotonic_s()


class TimeLiar(Adversary):
    """See the module."""

    name = "time_liar"

    def clock(self, clock: Clock) -> Clock:
        return _Wrong(clock, self.random)
