"""What the node counts, for Prometheus.

Every application has a registry of its own, so that several nodes can live in
one process. Gauges are read from the node when they are asked for; histograms
and counters are fed by the requests and by the blocks as they are committed.
Labels come from fixed lists (routes, refusal codes), never from what was sent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from nodes.clock import Clock
from nodes.engine import Engine
from nodes.outcomes import Outcomes

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_FAST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_INTERVAL = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)

MAX_LATEST = 10_000
"""Latest statements whose time to finality is kept one by one; 320 kB."""


class _NodeGauges(Collector):
    """The node's state at the moment of the question."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges."""
        status = self._engine.status()
        for name, meaning, value in (
            ("sealane_block_height", "Height of the newest committed block.", status.height),
            ("sealane_round", "Round being worked on for the next height.", status.round),
            ("sealane_ready", "1 when the node can be relied on.", int(status.ready)),
            ("sealane_pool_entries", "Statements waiting in the pool.", status.pool_entries),
            ("sealane_pool_bytes", "Size of the statements waiting in the pool.", status.pool_bytes),
            ("sealane_validators_guilty", "Validators proven to contradict themselves.", len(status.guilty)),
            ("sealane_peers_connected", "Nodes connected now.", len(status.peers)),
        ):
            yield GaugeMetricFamily(name, meaning, value=value)


class Metrics:
    """The registry of one application and everything in it that is fed."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._clock = clock
        self.registry = CollectorRegistry(auto_describe=False)
        self.registry.register(_NodeGauges(engine))
        self._interval = Histogram(
            "sealane_block_interval_seconds",
            "Block time from one block to the next.",
            buckets=_INTERVAL,
            registry=self.registry,
        )
        self._finality = Histogram(
            "sealane_finality_seconds",
            "From the arrival of a statement at this node to its commit here.",
            buckets=_FAST,
            registry=self.registry,
        )
        self._latest_finality: deque[float] = deque(maxlen=MAX_LATEST)
        self._entries = self._counter("sealane_entries", "Entries committed since this node started.")
        self._refusals = self._counter("sealane_refusals", "Submissions refused here, by code.", "code")
        self._contents = self._counter("sealane_contents", "Contents stored and fetched here.", "action")
        self._requests = self._counter(
            "sealane_http_requests", "Requests by route.", "route", "method", "status"
        )
        self._duration = Histogram(
            "sealane_http_request_seconds",
            "Time from a request to the end of its answer.",
            ("route",),
            buckets=_FAST,
            registry=self.registry,
        )

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(name, meaning, labels, registry=self.registry)

    def now_s(self) -> float:
        """The clock against which `sealed` measures."""
        return self._clock.monotonic_s()

    def sealed(self, since_s: float) -> None:
        """A statement that arrived at `since_s` is sealed."""
        spent_s = self._clock.monotonic_s() - since_s
        self._finality.observe(spent_s)
        self._latest_finality.append(spent_s)

    def latest_finality(self) -> tuple[float, ...]:
        """How many seconds each of the latest statements took to be sealed, oldest first."""
        return tuple(self._latest_finality)

    def refused_by_code(self) -> tuple[tuple[str, int], ...]:
        """How many submissions were refused with each code, the most first."""
        samples = (sample for family in self._refusals.collect() for sample in family.samples)
        counts = ((s.labels["code"], int(s.value)) for s in samples if s.name.endswith("_total"))
        return tuple(sorted(counts, key=lambda one: (-one[1], one[0])))

    def refused(self, code: str) -> None:
        """A submission was refused."""
        self._refusals.labels(code).inc()

    def content(self, action: str) -> None:
        """A content was `stored` or `fetched`."""
        self._contents.labels(action).inc()

    def count_request(self, route: str, method: str, status: int, seconds: float) -> None:
        """A request was answered; status 0 when its sender went away."""
        known = method if method in _METHODS else "other"
        self._requests.labels(route, known, str(status)).inc()
        self._duration.labels(route).observe(seconds)

    async def follow(self, outcomes: Outcomes, height: int, time_ms: int) -> None:
        """Watch blocks until the node stops, starting after the block at `height`."""
        while not outcomes.closed:
            subscription = outcomes.subscribe()
            try:
                while (block := await subscription.queue.get()) is not None:
                    if block.height == height + 1:
                        self._interval.observe((block.time_ms - time_ms) / 1000)
                    height, time_ms = block.height, block.time_ms
                    self._entries.inc(len(block.entries))
            finally:
                outcomes.unsubscribe(subscription)

    def exposition(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return generate_latest(self.registry)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
