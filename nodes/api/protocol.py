"""Uvicorn's HTTP protocol with bounds on heads, their size before they are whole and their time, and on
the connections of one address.

The parser would take headers without end, and a connection that sends nothing
would stay open for ever. `guard` answers a head that is merely too large; here
the connection is cut before it can do harm.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from weakref import WeakKeyDictionary

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from nodes.api.rates import limited

MAX_ADDRESS_CONNECTIONS = 512
"""Connections of one address at once, an eighth of all that the server takes, so that one cannot hold them
all; a room of eighty browsers behind it has six each. This machine is not limited."""

MAX_RAW_HEAD_BYTES = 65_536
"""Bytes of an unfinished head; four times what `guard` accepts, so that its answer gets out first."""

HEAD_TIMEOUT_S = 15.0
"""Longest time from the opening of a connection, or the first byte of a request, to the end of its head."""


_OPEN: WeakKeyDictionary[ServerState, Counter[str]] = WeakKeyDictionary()
"""Connections by address, for each server."""


class BoundedHead(HttpToolsProtocol):
    """See the module."""

    _address: str | None = None

    _head_bytes = 0
    _in_head = True
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head, unless the address has too many connections already."""
        super().connection_made(transport)
        self._begin_head()
        self._address = limited(self.client[0]) if self.client else None
        if self._address is not None:
            mine = _OPEN.setdefault(self.server_state, Counter())
            mine[self._address] += 1
            if mine[self._address] > MAX_ADDRESS_CONNECTIONS:
                self._cut()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more, and give the place back."""
        self._end_head()
        mine = _OPEN.get(self.server_state)
        if self._address is not None and mine is not None:
            mine[self._address] -= 1
            if not mine[self._address]:
                del mine[self._address]
            self._address = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, and cut the connection when a head has become too long and is not whole.

        What arrives at once may hold a whole head with much of its body, so it
        counts only when it ends in the same head in which it began.
        """
        head = self._deadline
        super().data_received(data)
        if head is not None and head is self._deadline:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_RAW_HEAD_BYTES:
                self._cut()

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        if not self._in_head:
            self._begin_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._end_head()
        super().on_headers_complete()

    def _begin_head(self) -> None:
        self._in_head, self._head_bytes = True, 0
        self._deadline = self.loop.call_later(HEAD_TIMEOUT_S, self._cut)

    def _end_head(self) -> None:
        self._in_head = False
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _cut(self) -> None:
        self.transport.close()
