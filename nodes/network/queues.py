"""What waits for a slow peer, and how fast a quick one may speak.

`SendQueue` is bounded in frames and bytes. Urgent channels overtake the others, and
when there is no room the least urgent frames give way. `TokenBucket` measures a
rate. Both are plain values over the caller's clock; the waiting is the connection's.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from nodes.network.interface import Channel

_URGENT_FIRST = sorted(Channel)


class SendQueue:
    """Frames that wait to be written to one peer."""

    def __init__(self, *, max_frames: int, max_bytes: int) -> None:
        self._max_frames = max_frames
        self._max_bytes = max_bytes
        self._frames: dict[Channel, deque[tuple[bytes, Callable[[], None] | None]]] = {
            channel: deque() for channel in _URGENT_FIRST
        }
        self._bytes: dict[Channel, int] = dict.fromkeys(_URGENT_FIRST, 0)
        self.dropped = 0
        """Frames refused or displaced for want of room."""

    def __len__(self) -> int:
        return sum(len(frames) for frames in self._frames.values())

    @property
    def size_bytes(self) -> int:
        """Bytes waiting."""
        return sum(self._bytes.values())

    def put(self, channel: Channel, frame: bytes, on_drop: Callable[[], None] | None = None) -> bool:
        """Queue a frame; False when it has no room even after every less urgent frame gave way.

        The newest of the least urgent channel go first: what waited longest is
        nearest to being sent. `on_drop` is called if the frame is displaced later,
        never when this returns False.
        """
        excess_frames = len(self) + 1 - self._max_frames
        excess_bytes = self.size_bytes + len(frame) - self._max_bytes
        if excess_frames > 0 or excess_bytes > 0:
            lower = [c for c in _URGENT_FIRST if c > channel]
            spare_frames = sum(len(self._frames[c]) for c in lower)
            if spare_frames < excess_frames or sum(self._bytes[c] for c in lower) < excess_bytes:
                self.dropped += 1
                return False
            self._displace(lower, excess_frames, excess_bytes)
        self._frames[channel].append((frame, on_drop))
        self._bytes[channel] += len(frame)
        return True

    def take(self, max_bytes: int, max_frames: int) -> bytes:
        """The most urgent frame and what follows it within the bounds, joined; empty when none waits."""
        batch: list[bytes] = []
        size = 0
        for channel in _URGENT_FIRST:
            frames = self._frames[channel]
            while frames and (
                not batch or (len(batch) < max_frames and size + len(frames[0][0]) <= max_bytes)
            ):
                frame, _ = frames.popleft()
                self._bytes[channel] -= len(frame)
                size += len(frame)
                batch.append(frame)
            if frames:
                break
        return batch[0] if len(batch) == 1 else b"".join(batch)

    def _displace(self, lower: list[Channel], excess_frames: int, excess_bytes: int) -> None:
        for channel in reversed(lower):
            frames = self._frames[channel]
            while frames and (excess_frames > 0 or excess_bytes > 0):
                frame, on_drop = frames.pop()
                self._bytes[channel] -= len(frame)
                excess_frames -= 1
                excess_bytes -= len(frame)
                self.dropped += 1
                if on_drop is not None:
                    on_drop()


class TokenBucket:
    """A rate with one second of burst. Time is whatever non-decreasing seconds the caller passes."""

    def __init__(self, per_s: float, now: float) -> None:
        self._per_s = per_s
        self._tokens = per_s
        self._then = now

    def take(self, amount: float, now: float) -> float:
        """Spend `amount`; the seconds to wait before going on, 0 while within the rate."""
        self._tokens = min(self._per_s, self._tokens + (now - self._then) * self._per_s) - amount
        self._then = now
        return max(0.0, -self._tokens / self._per_s)


def backoff_s(failures: int, *, first_s: float, cap_s: float) -> float:
    """The pause after so many failures in a row, doubling up to the cap; 0 for none."""
    if failures <= 0:
        return 0.0
    return min(cap_s, first_s * 2.0 ** min(failures - 1, 32))
