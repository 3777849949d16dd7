"""What one request, and all requests together, may take of this node.

Every bound of the API stands here beside its reason. Bodies are read piece by
piece against their own limit and a common one, so that nobody fills the memory
by sending much, slowly, or both.
"""

from __future__ import annotations

import asyncio
import collections
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from starlette.requests import Request

from ledger.canonical import MAX_DOCUMENT_BYTES
from ledger.sealing import OVERHEAD_BYTES
from nodes.api import problems

MAX_HEAD_BYTES = 16_384
"""Request line and headers; a signed request has about 800 bytes."""

MAX_BATCH_STATEMENTS = 500
"""A quarter of the largest block."""

MAX_BATCH_BYTES = 4 * 1_048_576
"""500 statements of 8 KiB; most have 1."""

MAX_CONTENTS_BYTES = MAX_DOCUMENT_BYTES + OVERHEAD_BYTES
"""A contents package is read as a trade document is; sealed it is somewhat larger."""

MAX_BODIES_BYTES = 64 * 1_048_576
"""All bodies in memory at once."""

BODY_TIMEOUT_S = 20.0
"""A megabyte at 50 kB/s, a poor line."""

REQUEST_TIMEOUT_S = 60.0
"""Beyond the longest wait for a statement; streams have none once they have begun."""

MAX_WAIT_MS = 30_000
DEFAULT_WAIT_MS = 10_000
"""How long a submission is held until it is final: hundreds of blocks on an idle network."""

MAX_WAITING = 10_000
"""Statements held by waiting submissions: five full blocks."""

MAX_SUBSCRIBERS = 200
"""Event streams; each has a queue of up to a thousand blocks."""

MAX_SUBSCRIBERS_EACH = 20
"""Event streams of one member."""

MAX_SUBSCRIBERS_ORGANISATION = 100
"""Event streams of all members of one organisation: however many it enrols, half are left to the others."""

MAX_ONLOOKERS = 100
"""Pages that follow the tip, of whoever they are; members' own streams are counted apart."""

MAX_VERIFICATIONS = 2
"""Files that the verify page's node checks at once, for browsers without its program: each takes a core."""

MAX_EXPORTS = 4
"""Exports under way: each keeps one database thread busy."""

DEFAULT_PAGE, MAX_PAGE = 100, 1_000
"""Rows in one answer, as the storage bounds them."""


class Counter:
    """How much of a bounded resource is in use."""

    def __init__(self, limit: int, kind: problems.ProblemKind, detail: str) -> None:
        self._limit = limit
        self._kind = kind
        self._detail = detail
        self.used = 0

    def take(self, amount: int = 1) -> None:
        """Use some; raises the counter's problem when that is too much."""
        if self.used + amount > self._limit:
            raise self._kind(self._detail)
        self.used += amount

    def give_back(self, amount: int = 1) -> None:
        """Stop using some."""
        self.used -= amount

    @contextmanager
    def holding(self, amount: int = 1) -> Iterator[None]:
        """Use some for a while."""
        self.take(amount)
        try:
            yield
        finally:
            self.give_back(amount)


class Limits:
    """The resources of one node's API."""

    def __init__(self) -> None:
        self.bodies = Counter(
            MAX_BODIES_BYTES, problems.BUSY, "The node is reading as many request bodies as it can hold."
        )
        self.waiting = Counter(
            MAX_WAITING, problems.BUSY, "The node holds as many waiting submissions as it can."
        )
        self.subscribers = Counter(
            MAX_SUBSCRIBERS, problems.BUSY, f"The node serves {MAX_SUBSCRIBERS} event streams already."
        )
        self.onlookers = Counter(
            MAX_ONLOOKERS, problems.BUSY, f"The node tells {MAX_ONLOOKERS} pages of new blocks already."
        )
        self.verifications = Counter(
            MAX_VERIFICATIONS, problems.BUSY, f"The node checks {MAX_VERIFICATIONS} files already."
        )
        self.exports = Counter(MAX_EXPORTS, problems.BUSY, f"The node writes {MAX_EXPORTS} exports already.")

        self._subscribing: collections.Counter[str] = collections.Counter()
        """Event streams of each member, and of each organisation."""

    @contextmanager
    def subscribing(self, member: str) -> Iterator[None]:
        """Count one more event stream of a member for a while."""
        organisation = member.partition("/")[0]
        shares = {member: MAX_SUBSCRIBERS_EACH, organisation: MAX_SUBSCRIBERS_ORGANISATION}
        for holder, most in shares.items():
            if self._subscribing[holder] >= most:
                raise problems.TOO_MANY(f"{most} event streams of {holder} are the limit.")
        self._subscribing.update(shares.keys())
        try:
            yield
        finally:
            self._subscribing.subtract(shares.keys())
            self._subscribing = +self._subscribing

    @asynccontextmanager
    async def body(self, request: Request, limit: int) -> AsyncIterator[bytes]:
        """The body of a request, counted until the caller is done with it.

        Raises the problems `request.too-large`, `request.too-slow` and `node.busy`.
        """
        announced = request.headers.get("content-length", "")
        if announced.isascii() and announced.isdigit() and int(announced) > limit:
            raise _too_large(limit)
        data = bytearray()
        try:
            await self._read(request, limit, data)
            yield bytes(data)
        finally:
            self.bodies.give_back(len(data))

    async def _read(self, request: Request, limit: int, data: bytearray) -> None:
        """Append the body to `data`, each part of it counted before it is kept."""
        try:
            async with asyncio.timeout(BODY_TIMEOUT_S):
                async for part in request.stream():
                    if len(data) + len(part) > limit:
                        raise _too_large(limit)
                    self.bodies.take(len(part))
                    data += part
        except TimeoutError:
            raise problems.TOO_SLOW(f"The body did not arrive within {BODY_TIMEOUT_S:.0f} seconds.") from None


def _too_large(limit: int) -> problems.ApiProblem:
    if limit == 0:
        return problems.TOO_LARGE("This request takes no body.")
    return problems.TOO_LARGE(f"The body is larger than {limit} bytes.")
