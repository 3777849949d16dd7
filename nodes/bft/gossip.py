"""Statements between nodes: ours to the validators, in batches, and theirs through the application's check.

What is submitted here is sent at once and said again until it is in a block, so
that a proposer that leaves it out is only one of many (S2). What arrives is
checked like anything else, with bounded work; a refusal is not held against the
peer, whose state may be older or newer than ours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Annotated

import msgspec
import structlog
from msgspec import Meta

from contracts.refusals import Refused
from ledger.statement import MAX_STATEMENT_BYTES, Statement
from nodes.bft.inbox import ENTRIES, Inbox
from nodes.bft.messages import WIRE_VERSION
from nodes.bft.timers import Tasks
from nodes.clock import Clock
from nodes.engine import Application, PoolFull
from nodes.mempool import Mempool
from nodes.network.interface import PeerError, PeerId, RequestFailed

_log = structlog.get_logger("bft.gossip")

BATCH_BYTES = 262_144
"""Statements that travel together: one system call for hundreds, yet small beside a block."""

BATCH_WAIT_S = 0.002
"""How long the first statement of a batch waits for others."""

CHECKS_AT_ONCE = 32
"""Received statements being checked: enough for the application to verify them in batches."""

REPEAT_MS = 2_000
"""After which a statement of ours that still waits is sent again."""

REPEAT_ENTRIES = 200
"""Most statements sent again at a time."""


class StatementBatch(msgspec.Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True):
    """Statements, as leaf bytes."""

    statements: Annotated[
        tuple[Annotated[bytes, Meta(max_length=MAX_STATEMENT_BYTES)], ...], Meta(max_length=ENTRIES)
    ]


_PREFIX = bytes([WIRE_VERSION])
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(StatementBatch)


class StatementGossip:
    """Handler of the statements channel."""

    def __init__(
        self,
        *,
        application: Application,
        mempool: Mempool,
        clock: Clock,
        broadcast: Callable[[bytes], None],
        tasks: Tasks,
        arrived: Callable[[], None],
    ) -> None:
        """`broadcast` reaches the validators; `arrived` hears that the pool has something new."""
        self._application = application
        self._mempool = mempool
        self._clock = clock
        self._broadcast = broadcast
        self._tasks = tasks
        self._arrived = arrived
        self._outbox: list[bytes] = []
        self._inbox = Inbox()
        self._to_check = asyncio.Semaphore(0)
        """As many permits as statements wait, so that each wakes one check and not all."""
        self._last_repeat_ms = 0

    def start(self) -> None:
        """Begin to check what arrives."""
        for number in range(CHECKS_AT_ONCE):
            self._tasks.spawn(self._check_forever(), f"check statements {number}")

    def now_ms(self) -> int:
        """Our monotonic clock in milliseconds, by which the pool knows arrival."""
        return int(self._clock.monotonic_s() * 1000)

    # ----- out --------------------------------------------------------------

    def submit(self, statement: Statement) -> None:
        """Pool a checked statement of our own and tell the validators; raises `PoolFull`."""
        if self._mempool.add(statement, self.now_ms(), local=True):
            if not self._outbox:
                asyncio.get_running_loop().call_later(BATCH_WAIT_S, self._flush)
            self._outbox.append(statement.leaf)
            self._arrived()

    def _flush(self) -> None:
        leaves, self._outbox = self._outbox, []
        self._send(leaves)

    def _send(self, leaves: Iterable[bytes]) -> None:
        batch: list[bytes] = []
        size = 0
        for leaf in leaves:
            if batch and size + len(leaf) > BATCH_BYTES:
                self._broadcast(_PREFIX + _ENCODER.encode(StatementBatch(statements=tuple(batch))))
                batch, size = [], 0
            batch.append(leaf)
            size += len(leaf)
        if batch:
            self._broadcast(_PREFIX + _ENCODER.encode(StatementBatch(statements=tuple(batch))))

    def repeat(self) -> None:
        """Send again what of ours has waited long."""
        now = self.now_ms()
        if now - self._last_repeat_ms >= REPEAT_MS:
            self._last_repeat_ms = now
            due = self._mempool.rebroadcast(arrived_before_ms=now - REPEAT_MS, limit=REPEAT_ENTRIES)
            self._send(statement.leaf for statement in due)

    # ----- in ---------------------------------------------------------------

    def on_message(self, peer: PeerId, payload: bytes) -> None:
        """Queue a batch for checking."""
        if not payload.startswith(_PREFIX):
            raise PeerError(peer, f"expected statements of version {WIRE_VERSION}")
        try:
            batch = _DECODER.decode(memoryview(payload)[1:])
        except msgspec.DecodeError as error:
            raise PeerError(peer, f"not a batch of statements: {error}") from None
        for leaf in batch.statements:
            if not self._mempool.ids_of((leaf,)) and self._inbox.put(peer.organisation, leaf):
                self._to_check.release()

    async def _check_forever(self) -> None:
        while True:
            await self._to_check.acquire()
            leaf = self._inbox.take()
            if self._mempool.ids_of((leaf,)):
                continue
            try:
                statement = await self._check(leaf)
                if self._mempool.add(statement, self.now_ms(), local=False):
                    self._arrived()
            except (Refused, PoolFull):
                # Its submitter keeps it, and offers it again to whoever then has room or agrees.
                continue
            except Exception:
                # Whatever a stranger's bytes bring to light, they must not stop every node that they reach.
                _log.exception("checking a statement failed", size=len(leaf))

    async def _check(self, leaf: bytes) -> Statement:
        """Check a statement, once more if a block was committed meanwhile, whose recheck it then missed."""
        height = self._application.info().height
        statement = await self._application.check(leaf)
        if self._application.info().height != height:
            statement = await self._application.check(leaf)
        return statement

    async def on_request(self, peer: PeerId, payload: bytes) -> bytes:
        """There is nothing to request here."""
        raise RequestFailed("statements are sent, not requested")

    def on_connected(self, peer: PeerId) -> None:
        """Nothing to do: waiting statements are repeated to all."""

    def on_disconnected(self, peer: PeerId) -> None:
        """Nothing to forget."""
