"""Memory of signed requests, so that each is served once.

A request is fresh for `FRESHNESS_S` on either side of its time, so its nonce is
kept for twice that from its arrival. What was signed before the node started is
refused, so nothing need outlast a restart. Only requests whose signature verified get
here; a member that fills its share must wait, and never pushes others out.
"""

from __future__ import annotations

from collections import Counter, OrderedDict

from ledger.requests import FRESHNESS_S
from nodes.api import problems

KEPT_S = 2 * FRESHNESS_S + 1
"""How long a nonce is kept after its arrival."""

MAX_NONCES = 100_000
"""At about 250 bytes each, 25 MB."""

MAX_MEMBER_NONCES = 20_000
"""Of one member: 165 requests a second, for as long as it likes."""


class Nonces:
    """Nonces by member, oldest first."""

    def __init__(self, limit: int = MAX_NONCES, member_limit: int = MAX_MEMBER_NONCES) -> None:
        self._limit = limit
        self._member_limit = member_limit
        self._seen: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._of_member: Counter[str] = Counter()

    def use(self, member: str, nonce: str, now_s: float) -> None:
        """Remember a nonce at a monotonic time.

        Raises the problems `request.replayed`, `request.too-many` and `node.busy`.
        """
        self._forget(now_s)
        if (member, nonce) in self._seen:
            raise problems.REPLAYED("The nonce was used before.", at="nonce")
        if self._of_member[member] >= self._member_limit:
            raise problems.TOO_MANY(f"{self._member_limit} requests within {KEPT_S} seconds are the limit.")
        if len(self._seen) >= self._limit:
            raise problems.BUSY("The node remembers as many signed requests as it can.")
        self._seen[member, nonce] = now_s + KEPT_S
        self._of_member[member] += 1

    def _forget(self, now_s: float) -> None:
        while self._seen:
            key, until_s = next(iter(self._seen.items()))
            if until_s > now_s:
                return
            del self._seen[key]
            self._of_member[key[0]] -= 1
            if not self._of_member[key[0]]:
                del self._of_member[key[0]]

    def __len__(self) -> int:
        return len(self._seen)
