"""How often one address or one member may ask.

A token bucket for each: requests are let through as long as the average stays
within the rate, with `BURST_S` seconds' worth at once. Whoever asks more is told
how long to wait, and what it asked in vain costs it nothing. This machine itself
is not limited: a proxy in front of the node limits its own clients.
"""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict
from dataclasses import dataclass

from nodes.api import problems

BURST_S = 10.0
"""Seconds of the rate that may come at once: a page full of requests, a room that begins together."""

MAX_KEPT = 10_000
"""Addresses or members remembered, 2 MB; beyond them the one silent longest starts anew."""

NETWORK_BITS = 64
"""An IPv6 subscriber has a whole network of this prefix (RFC 6177), so it counts as one address."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    then_s: float


class Rates:
    """Buckets by key."""

    def __init__(self, per_s: float, *, kept: int = MAX_KEPT) -> None:
        """`per_s` requests a second on average; 0 limits nothing."""
        self._per_s = per_s
        self._kept = kept
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, key: str, now_s: float) -> None:
        """Count one request at a monotonic time; raises the problem `request.too-many`."""
        if self._per_s <= 0:
            return
        full = max(1.0, self._per_s * BURST_S)
        bucket = self._buckets.setdefault(key, _Bucket(full, now_s))
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._kept:
            self._buckets.popitem(last=False)
        bucket.tokens = min(full, bucket.tokens + (now_s - bucket.then_s) * self._per_s)
        bucket.then_s = now_s
        if bucket.tokens < 1.0:
            wait_s = math.ceil((1.0 - bucket.tokens) / self._per_s)
            raise problems.too_many(f"{self._per_s:g} requests a second are the limit for {key}.", wait_s)
        bucket.tokens -= 1.0


def limited(host: str) -> str | None:
    """The key under which an address counts; None for this machine, or where there is no address."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            network = ipaddress.ip_network((address, NETWORK_BITS), strict=False)
            return None if address.is_loopback else str(network)
        address = address.ipv4_mapped
    return None if address.is_loopback else str(address)
