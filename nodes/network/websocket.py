"""The library's WebSocket connections, held to what nodes say to each other.

RFC 6455 wants a pong for every ping, and the library writes it whether or not the
other side reads: a flood of pings would fill memory with pongs. Nodes send a ping
now and then; more is a fault.
"""

from __future__ import annotations

from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.connection import Connection
from websockets.asyncio.server import ServerConnection
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import Event

from nodes.network.limits import Limits
from nodes.network.queues import TokenBucket

_CONTROL = frozenset({Opcode.PING, Opcode.PONG})


class _Strict(Connection):
    """See the module."""

    def __init__(self, *arguments: Any, limits: Limits, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._control_rate = TokenBucket(limits.control_frames_per_s, self.loop.time())

    def process_event(self, event: Event) -> None:
        """Take what arrived, unless an honest node would not have sent it."""
        control = isinstance(event, Frame) and event.opcode in _CONTROL
        if control and self._control_rate.take(1, self.loop.time()) > 0:
            self.protocol.fail(CloseCode.PROTOCOL_ERROR, "a flood of pings")
            self.send_data()
            return
        super().process_event(event)


class PeerClientConnection(_Strict, ClientConnection):
    """A connection that this node dialled."""


class PeerServerConnection(_Strict, ServerConnection):
    """A connection that this node accepted."""
