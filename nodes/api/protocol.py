"""Uvicorn's HTTP protocol with a bound on heads: their size before they are whole, and their time.

The parser would take headers without end, and a connection that sends nothing
would stay open for ever. `guard` answers a head that is merely too large; here
the connection is cut before it can do harm.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_RAW_HEAD_BYTES = 65_536
"""Bytes of an unfinished head; four times what `guard` accepts, so that its answer gets out first."""

HEAD_TIMEOUT_S = 15.0
"""Longest time from the opening of a connection, or the first byte of a request, to the end of its head."""


class BoundedHead(HttpToolsProtocol):
    """See the module."""

    _head_bytes = 0
    _in_head = True
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._begin_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._end_head()
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
