"""How long a peer that broke the protocol stays away.

The first fault costs a short pause, each further one twice as much up to a cap, and
an hour of good conduct is forgotten as a clean slate. An honest peer with a bug is
back by itself; a hostile one gets a few messages a minute.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nodes.network.interface import PeerId
from nodes.network.limits import Limits
from nodes.network.queues import backoff_s


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    count: int
    last: float
    until: float


class Penalties:
    """The record of faults, one line for each peer that ever committed one."""

    def __init__(self, limits: Limits, monotonic: Callable[[], float]) -> None:
        self._limits = limits
        self._monotonic = monotonic
        self._records: dict[PeerId, _Record] = {}

    def add(self, peer: PeerId) -> float:
        """Note a fault; the seconds that the peer stays away for it."""
        now = self._monotonic()
        before = self._records.get(peer)
        forgotten = before is None or now - before.last > self._limits.penalty_memory_s
        count = 1 if before is None or forgotten else before.count + 1
        pause_s = backoff_s(count, first_s=self._limits.penalty_first_s, cap_s=self._limits.penalty_cap_s)
        self._records[peer] = _Record(count=count, last=now, until=now + pause_s)
        return pause_s

    def remaining_s(self, peer: PeerId) -> float:
        """Seconds until the peer may connect again; 0 when it may."""
        record = self._records.get(peer)
        return 0.0 if record is None else max(0.0, record.until - self._monotonic())
