"""What became of statements: tells those who wait, and remembers for those who ask later.

A statement ends sealed or refused. Sealed ones are in the database; refusals are
not part of the ledger, so the last ones are remembered here, in memory, so that
a submitter who lost its connection can still learn why.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from typing import Any

from contracts.refusals import Refusal
from ledger.primitives import Hash

MAX_REMEMBERED = 10_000
"""Refusals remembered; at about 400 bytes each, 4 MB."""

MAX_SEALED = 10_000
"""Sealed statements remembered, so that those who ask at once need not go to the database; some 8 MB."""

MAX_PENDING = 100_000
"""Submitted statements remembered until their outcome is known; at about 100 bytes each, 10 MB."""

MAX_QUEUED_EVENTS = 1_000
"""Blocks a subscriber may lag behind before it is cut off and must reconnect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedEntry:
    """Where a statement ended up."""

    id: str
    """Statement id."""
    index: int
    """Place in the log."""
    issuer: str
    act: str
    subject: str
    version: int
    """Version of the subject's record after the act."""
    writes: tuple[str, ...]
    """Keys of all records that the act wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedBlock:
    """A block that this node has just committed."""

    height: int
    block_id: str
    time_ms: int
    round: int
    entries: tuple[SealedEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """The outcome of a statement that the ledger accepted."""

    block: SealedBlock
    entry: SealedEntry


Outcome = Sealed | Refusal


class Subscription:
    """Blocks as they are committed, for one reader."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[SealedBlock | None] = asyncio.Queue(MAX_QUEUED_EVENTS)

    def put(self, block: SealedBlock) -> bool:
        """False when the reader lags too far behind."""
        try:
            self.queue.put_nowait(block)
        except asyncio.QueueFull:
            return False
        return True


class Outcomes:
    """The hub. All methods run on the event loop's thread."""

    def __init__(self) -> None:
        self._waiting: defaultdict[Hash, list[asyncio.Future[Outcome]]] = defaultdict(list)
        self._refused: OrderedDict[Hash, Refusal] = OrderedDict()
        self._sealed: OrderedDict[Hash, Sealed] = OrderedDict()
        self._pending: OrderedDict[Hash, None] = OrderedDict()
        self._subscriptions: set[Subscription] = set()
        self.closed = False
        """Whether the node stops: nothing will be told any more."""

    async def wait(self, statement_id: Hash, timeout_s: float) -> Outcome | None:
        """What becomes of a statement, or None when the time is up first."""
        future = self.expect(statement_id)
        try:
            async with asyncio.timeout(timeout_s):
                return await future
        except TimeoutError:
            return None
        finally:
            self.release(statement_id, future)

    def expect(self, statement_id: Hash) -> asyncio.Future[Outcome]:
        """What will become of a statement: ask before it is submitted, `release` it afterwards."""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting[statement_id].append(future)
        return future

    def release(self, statement_id: Hash, future: asyncio.Future[Outcome]) -> None:
        """Nobody waits for this future any more."""
        future.cancel()
        waiting = self._waiting.get(statement_id, [])
        if future in waiting:
            waiting.remove(future)
        if not waiting:
            self._waiting.pop(statement_id, None)

    def submitted(self, statement_id: Hash) -> None:
        """A statement entered the pool of this node."""
        self._refused.pop(statement_id, None)
        self._pending[statement_id] = None
        _keep(self._pending, MAX_PENDING)

    def withdrawn(self, statement_id: Hash) -> None:
        """A statement could not enter the pool after all."""
        self._pending.pop(statement_id, None)

    def pending(self, statement_id: Hash) -> bool:
        """Whether a statement was submitted here and its outcome is not known yet."""
        return statement_id in self._pending

    def sealed(self, statement_id: Hash) -> Sealed | None:
        """Where a statement ended up, if it was sealed lately; the database knows all."""
        return self._sealed.get(statement_id)

    def refused(self, statement_id: Hash, refusal: Refusal) -> None:
        """A statement left the pool without being accepted; said of a sealed one, it is a mistake."""
        if statement_id in self._sealed:
            return
        self._pending.pop(statement_id, None)
        self._refused[statement_id] = refusal
        _keep(self._refused, MAX_REMEMBERED)
        self._tell(statement_id, refusal)

    def committed(self, block: SealedBlock) -> None:
        """A block is durable."""
        for entry in block.entries:
            statement_id = Hash(bytes.fromhex(entry.id))
            self._refused.pop(statement_id, None)
            self._pending.pop(statement_id, None)
            self._sealed[statement_id] = Sealed(block=block, entry=entry)
            self._tell(statement_id, self._sealed[statement_id])
        _keep(self._sealed, MAX_SEALED)
        for subscription in list(self._subscriptions):
            if not subscription.put(block):
                self._subscriptions.discard(subscription)
                self._end(subscription)

    def refusal(self, statement_id: Hash) -> Refusal | None:
        """Why a statement was refused lately, if it was."""
        return self._refused.get(statement_id)

    def subscribe(self) -> Subscription:
        """Start to receive blocks; `None` on the queue is the end: the reader lags, or the node stops."""
        subscription = Subscription()
        if self.closed:
            self._end(subscription)
        else:
            self._subscriptions.add(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Stop to receive blocks."""
        self._subscriptions.discard(subscription)

    def close(self) -> None:
        """End every subscription: the node stops."""
        self.closed = True
        for subscription in self._subscriptions:
            self._end(subscription)
        self._subscriptions.clear()

    def _end(self, subscription: Subscription) -> None:
        while subscription.queue.full():
            subscription.queue.get_nowait()
        subscription.queue.put_nowait(None)

    def _tell(self, statement_id: Hash, outcome: Outcome) -> None:
        for future in self._waiting.pop(statement_id, []):
            if not future.done():
                future.set_result(outcome)


def _keep(memory: OrderedDict[Hash, Any], limit: int) -> None:
    """Forget the oldest beyond a limit."""
    while len(memory) > limit:
        memory.popitem(last=False)
