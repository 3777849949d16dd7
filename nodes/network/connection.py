"""One greeted connection to one peer: sending in order of urgency, receiving, asking and answering.

It lives from the end of the handshake until the socket is gone and never returns
to life; the network makes a new one. What a handler raises is judged here: a
`PeerError` closes the connection and is reported as the peer's fault, a
`RequestFailed` becomes the answer "no", and anything else is a bug of this node,
which is logged and costs neither the connection nor the node.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog
from websockets.asyncio.connection import Connection
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode as WebSocketCode

from nodes.network.interface import Channel, Handler, PeerError, RequestFailed
from nodes.network.limits import MAX_PAYLOAD_BYTES, Limits
from nodes.network.queues import SendQueue, TokenBucket
from nodes.network.stats import PeerCounters
from nodes.network.wire import (
    MAX_BATCH_FRAMES,
    Frame,
    Hello,
    Kind,
    WireError,
    decode_frames,
    decode_reason,
    encode_frame,
    encode_reason,
)

_LOG = structlog.get_logger("sealane.network")

_MAX_REQUEST_ID = 2**32 - 1

_BROKEN_PROTOCOL = frozenset(
    {WebSocketCode.PROTOCOL_ERROR, WebSocketCode.INVALID_DATA, WebSocketCode.MESSAGE_TOO_BIG}
)
"""Codes with which our WebSocket library closes when the other side is at fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a connection needs from its network."""

    handlers: Mapping[Channel, Handler]
    """Who receives what arrives."""
    limits: Limits
    """The bounds."""
    monotonic: Callable[[], float]
    """Seconds of a clock that never goes back."""
    on_fault: Callable[[PeerError], None]
    """Called when a peer broke the protocol; closes and remembers."""


class PeerConnection:
    """See the module's description. Used from the event loop's thread only."""

    def __init__(
        self,
        *,
        websocket: Connection,
        key: bytes,
        hello: Hello,
        dialled: bool,
        counters: PeerCounters,
        setting: Setting,
    ) -> None:
        self.peer = hello.peer
        self.key = key
        """The compressed key with which the peer proved who it is."""
        self.hello = hello
        self.dialled = dialled
        """Whether this node dialled; otherwise it accepted."""
        self._websocket = websocket
        self._counters = counters
        self._setting = setting
        self._limits = setting.limits
        self._queue = SendQueue(max_frames=self._limits.queue_frames, max_bytes=self._limits.queue_bytes)
        self._queued = asyncio.Event()
        self._pending: dict[int, asyncio.Future[bytes]] = {}
        self._last_id = 0
        self._answering: set[asyncio.Task[None]] = set()
        self._answering_bytes = 0
        self._closing: asyncio.Task[None] | None = None
        now = setting.monotonic()
        self._byte_rate = TokenBucket(self._limits.receive_bytes_per_s, now)
        self._frame_rate = TokenBucket(self._limits.receive_frames_per_s, now)

    @property
    def latency_s(self) -> float:
        """Round trip of the last ping."""
        return self._websocket.latency

    @property
    def queue_bytes(self) -> int:
        """Bytes waiting to be sent."""
        return self._queue.size_bytes

    @property
    def closing(self) -> bool:
        """Whether `close` was called: nothing is sent or handled any more."""
        return self._closing is not None

    async def run(self) -> None:
        """Send and receive until the connection is gone."""
        sender = asyncio.create_task(self._send_loop())
        try:
            await self._receive_loop()
        finally:
            sender.cancel()
            self._abandon("the connection was closed")
            for task in tuple(self._answering):
                task.cancel()
            await asyncio.gather(sender, *self._answering, return_exceptions=True)
            self._websocket.transport.abort()
            if self._closing is not None:
                await asyncio.gather(self._closing, return_exceptions=True)

    def close(self, code: int, reason: str) -> None:
        """Begin to close; the first call counts. `run` returns within `close_s`, whatever the peer does."""
        if self._closing is None:
            text = encode_reason(reason).decode("utf-8", "ignore")
            self._closing = asyncio.create_task(self._close(code, text))
            self._abandon(f"the connection is being closed: {reason}")

    def abort(self) -> None:
        """Give up a connection that never ran."""
        self._websocket.transport.abort()

    def send(self, channel: Channel, frame: bytes, on_drop: Callable[[], None] | None = None) -> bool:
        """Queue an encoded frame; False when closing or full."""
        if self.closing:
            return False
        before = self._queue.dropped
        queued = self._queue.put(channel, frame, on_drop)
        self._counters.dropped += self._queue.dropped - before
        if queued:
            self._counters.frames_out += 1
            self._queued.set()
        return queued

    async def request(self, channel: Channel, payload: bytes, *, timeout_s: float) -> bytes:
        """Ask and wait for the answer; raises `RequestFailed`."""
        if len(self._pending) >= self._limits.requests_out:
            raise RequestFailed(f"{self.peer}: {len(self._pending)} requests are already waiting")
        self._last_id = self._last_id % _MAX_REQUEST_ID + 1
        request_id = self._last_id
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        frame = encode_frame(Kind.REQUEST, channel, request_id, payload)
        self._pending[request_id] = answer
        try:
            if not self.send(channel, frame, lambda: self._fail(request_id, "displaced by urgent frames")):
                raise RequestFailed(f"{self.peer}: the queue is full or the connection is closing")
            async with asyncio.timeout(timeout_s):
                return await answer
        except TimeoutError:
            raise RequestFailed(f"{self.peer}: no answer within {timeout_s:g} s") from None
        finally:
            self._pending.pop(request_id, None)

    async def _send_loop(self) -> None:
        while True:
            await self._queued.wait()
            self._queued.clear()
            while batch := self._queue.take(self._limits.batch_bytes, MAX_BATCH_FRAMES):
                try:
                    async with asyncio.timeout(self._limits.stall_s):
                        await self._websocket.send(batch)
                except TimeoutError:
                    self._counters.stalls += 1
                    _LOG.warning("peer reads too slowly", peer=str(self.peer), stall_s=self._limits.stall_s)
                    self._websocket.transport.abort()
                    return
                except ConnectionClosed:
                    return
                self._counters.bytes_out += len(batch)

    async def _receive_loop(self) -> None:
        try:
            while True:
                data = await self._websocket.recv()
                # What still arrives after a fault is read, so that the close frame can come, and ignored.
                if not self.closing:
                    await self._receive(data)
        except ConnectionClosed as error:
            if error.sent is not None and error.sent.code in _BROKEN_PROTOCOL and not error.rcvd_then_sent:
                self._blame(f"WebSocket error {error.sent.code}: {error.sent.reason}")

    async def _receive(self, data: str | bytes) -> None:
        self._counters.bytes_in += len(data)
        count = 0
        try:
            for frame in decode_frames(data):
                count += 1
                self._dispatch(frame)
                if self.closing:
                    break
        except WireError as error:
            self._blame(str(error))
        self._counters.frames_in += count
        now = self._setting.monotonic()
        wait_s = max(self._byte_rate.take(len(data), now), self._frame_rate.take(count, now))
        if wait_s > 0:
            # While nobody reads, TCP makes the peer wait and its queue gives up what matters least.
            await asyncio.sleep(wait_s)

    def _dispatch(self, frame: Frame) -> None:
        if frame.kind is Kind.MESSAGE:
            self._handle_message(frame)
        elif frame.kind is Kind.REQUEST:
            self._handle_request(frame)
        elif (answer := self._pending.get(frame.request_id)) is None or answer.done():
            return  # It came after its time was up.
        elif frame.kind is Kind.ANSWER:
            answer.set_result(frame.payload)
        else:
            self._fail(frame.request_id, decode_reason(frame.payload))

    def _handle_message(self, frame: Frame) -> None:
        handler = self._setting.handlers.get(frame.channel)
        if handler is None:
            return  # Not every node serves every channel.
        try:
            handler.on_message(self.peer, frame.payload)
        except PeerError as error:
            self._setting.on_fault(error)
        except Exception:
            self._handler_failed(frame)

    def _handle_request(self, frame: Frame) -> None:
        size = len(frame.payload)
        busy = len(self._answering) >= self._limits.requests_in
        if busy or (self._answering and self._answering_bytes + size > self._limits.requests_in_bytes):
            self._counters.busy += 1
            self._refuse(frame, "busy")
            return
        task = asyncio.create_task(self._answer(frame))
        self._answering.add(task)
        self._answering_bytes += size
        task.add_done_callback(lambda done: self._answered(done, size))

    def _answered(self, task: asyncio.Task[None], size: int) -> None:
        self._answering.discard(task)
        self._answering_bytes -= size

    async def _answer(self, frame: Frame) -> None:
        handler = self._setting.handlers.get(frame.channel)
        if handler is None:
            self._refuse(frame, f"this node does not serve {frame.channel.name.lower()}")
            return
        try:
            payload = await handler.on_request(self.peer, frame.payload)
            if len(payload) > MAX_PAYLOAD_BYTES:
                raise RequestFailed(f"the answer of {len(payload)} bytes exceeds {MAX_PAYLOAD_BYTES}")
        except RequestFailed as error:
            self._refuse(frame, str(error))
        except PeerError as error:
            self._setting.on_fault(error)
        except Exception:
            self._handler_failed(frame)
            self._refuse(frame, "internal error")
        else:
            answer = encode_frame(Kind.ANSWER, frame.channel, frame.request_id, payload)
            if not self.send(frame.channel, answer):
                self._refuse(frame, "busy")

    def _refuse(self, frame: Frame, reason: str) -> None:
        failure = encode_frame(Kind.FAILURE, frame.channel, frame.request_id, encode_reason(reason))
        self.send(frame.channel, failure)

    def _handler_failed(self, frame: Frame) -> None:
        self._counters.handler_errors += 1
        kind, channel = frame.kind.name, frame.channel.name
        _LOG.exception("handler failed", peer=str(self.peer), channel=channel, kind=kind)

    def _blame(self, fault: str) -> None:
        self._setting.on_fault(PeerError(self.peer, fault))

    def _fail(self, request_id: int, reason: str) -> None:
        answer = self._pending.get(request_id)
        if answer is not None and not answer.done():
            answer.set_exception(RequestFailed(f"{self.peer}: {reason}"))

    def _abandon(self, reason: str) -> None:
        for request_id in tuple(self._pending):
            self._fail(request_id, reason)

    async def _close(self, code: int, reason: str) -> None:
        # The library waits for room in the write buffer without a deadline, so the deadline is ours.
        try:
            async with asyncio.timeout(self._limits.close_s):
                await self._websocket.close(code, reason)
        except TimeoutError:
            self._websocket.transport.abort()
