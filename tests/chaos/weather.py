"""An Ethernet switch in one thread that treats every frame as the weather of its link demands.

Each directed link between two hosts has its own loss, delay, jitter, duplication
and cut, changed at run time. Jitter is drawn per frame, so frames overtake each
other. What a frame holds is never looked at: TCP and TLS above are the kernel's and
the node's own.
"""

from __future__ import annotations

import heapq
import os
import random
import select
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.chaos.ground import Host

MAX_FRAME = 65_536
MAX_QUEUED = 20_000
"""Frames in flight; a queue that is full loses the newest, as a router does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The weather from one host to another."""

    cut: bool = False
    """Nothing arrives."""
    loss: float = 0.0
    """Share of frames that never arrive."""
    delay_ms: float = 0.2
    jitter_ms: float = 0.0
    """Added to the delay, drawn evenly up to this for each frame."""
    twice: float = 0.0
    """Share of frames that arrive twice."""


CALM = Link()

Overlay = Mapping[tuple[str, str], Link]
"""What one fault does to links, by source and target."""


def _both(one: Link, other: Link) -> Link:
    """The worse of both in every respect."""
    return Link(
        cut=one.cut or other.cut,
        loss=max(one.loss, other.loss),
        delay_ms=max(one.delay_ms, other.delay_ms),
        jitter_ms=max(one.jitter_ms, other.jitter_ms),
        twice=max(one.twice, other.twice),
    )


class Weather:
    """The switch. `start` it, change links, `stop` it."""

    def __init__(self, hosts: Mapping[str, Host], seed: int) -> None:
        self._hosts = dict(hosts)
        self._by_mac = {host.mac: name for name, host in hosts.items()}
        self._random = random.Random(seed)
        self._links: dict[tuple[str, str], Link] = {}
        self._queue: list[tuple[float, int, int, bytes]] = []
        self._sequence = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="weather", daemon=True)
        self.frames: Counter[str] = Counter()
        """What became of frames: passed, lost, cut, doubled, overflowed."""
        self.failure: BaseException | None = None
        """What ended the thread, if anything did."""

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def link(self, source: str, target: str) -> Link:
        return self._links.get((source, target), CALM)

    def change(self, overlays: Iterable[Overlay]) -> None:
        """Replace the weather by these overlays, one upon the other; none heals everything."""
        links: dict[tuple[str, str], Link] = {}
        for overlay in overlays:
            for place, worse in overlay.items():
                links[place] = _both(links.get(place, CALM), worse)
        self._links = links

    def _run(self) -> None:
        try:
            self._switch()
        except BaseException as error:
            self.failure = error
            raise

    def _switch(self) -> None:
        poll = select.epoll()
        by_tap = {host.tap: name for name, host in self._hosts.items()}
        for tap in by_tap:
            poll.register(tap, select.EPOLLIN)
        while not self._stop.is_set():
            for tap, _ in poll.poll(self._wait_s()):
                self._read(tap, by_tap[tap])
            self._deliver()

    def _wait_s(self) -> float:
        if not self._queue:
            return 0.1
        return min(0.1, max(0.0, self._queue[0][0] - time.monotonic()))

    def _read(self, tap: int, source: str) -> None:
        for _ in range(64):
            try:
                frame = os.read(tap, MAX_FRAME)
            except BlockingIOError:
                return
            target = self._by_mac.get(frame[:6])
            if target is not None:
                self.send(source, target, frame, time.monotonic())

    def send(self, source: str, target: str, frame: bytes, now: float) -> None:
        """Let a frame set out: drawn against the weather of its link."""
        link = self.link(source, target)
        if link.cut:
            self.frames["cut"] += 1
            return
        if link.loss and self._random.random() < link.loss:
            self.frames["lost"] += 1
            return
        copies = 1
        if link.twice and self._random.random() < link.twice:
            self.frames["doubled"] += 1
            copies = 2
        for _ in range(copies):
            if len(self._queue) >= MAX_QUEUED:
                self.frames["overflowed"] += 1
                return
            delay_ms = link.delay_ms + (self._random.uniform(0, link.jitter_ms) if link.jitter_ms else 0.0)
            self._sequence += 1
            item = (now + delay_ms / 1000, self._sequence, self._hosts[target].tap, frame)
            heapq.heappush(self._queue, item)

    def due(self, now: float) -> list[tuple[int, bytes]]:
        """Take out what arrives by now, each with the interface it arrives at."""
        arrived = []
        while self._queue and self._queue[0][0] <= now:
            _, _, tap, frame = heapq.heappop(self._queue)
            arrived.append((tap, frame))
        return arrived

    def _deliver(self) -> None:
        for tap, frame in self.due(time.monotonic()):
            try:
                os.write(tap, frame)
                self.frames["passed"] += 1
            except BlockingIOError:
                self.frames["overflowed"] += 1
