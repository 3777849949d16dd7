"""Accepting sockets, and bounding those that have not said who they are.

A socket takes a place when it is accepted, before TLS, and gives it back when it is
greeted, refused, or out of time. When all places are taken newcomers are dropped at
once; only hosts from which a member came before still get in, so that a flood from
elsewhere cannot cut off a network that is already running.
"""

from __future__ import annotations

import asyncio
import collections
import socket
from collections.abc import Awaitable, Callable

import structlog

from nodes.network.interface import PeerId
from nodes.network.limits import Limits

_LOG = structlog.get_logger("sealane.network")

_BACKLOG = 128
"""Connections the system may hold before they are accepted."""

_ACCEPT_PAUSE_S = 1.0
"""Rest after the system refuses another socket, as when a process has no file descriptors left."""


class Place:
    """The place of one half-open socket; `release` may be called again without effect."""

    def __init__(self, half_open: collections.Counter[str], host: str) -> None:
        self._half_open = half_open
        self._host: str | None = host
        half_open[host] += 1

    def release(self) -> None:
        """Give the place back."""
        if self._host is not None:
            self._half_open[self._host] -= 1
            if self._half_open[self._host] == 0:
                del self._half_open[self._host]
            self._host = None


class Listener:
    """The listening sockets of a node."""

    def __init__(self, limits: Limits, serve: Callable[[socket.socket, Place, str], Awaitable[None]]) -> None:
        self._limits = limits
        self._serve = serve
        self._half_open: collections.Counter[str] = collections.Counter()
        self._familiar: dict[PeerId, str] = {}
        self._sockets: list[socket.socket] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.turned_away = 0
        """Sockets dropped because no place was free."""

    @property
    def half_open(self) -> int:
        """Sockets in the middle of their handshake."""
        return self._half_open.total()

    @property
    def ports(self) -> list[int]:
        """The ports listened on, for a node configured with port 0."""
        return [listening.getsockname()[1] for listening in self._sockets]

    async def start(self, host: str, port: int) -> None:
        """Listen on every address that `host` stands for (empty: all); raises `OSError`."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        try:
            for family, address in dict.fromkeys((entry[0], entry[4]) for entry in found):
                listening = socket.create_server(address, family=family, backlog=_BACKLOG)
                listening.setblocking(False)
                self._sockets.append(listening)
        except OSError:
            self._close_sockets()
            raise
        for listening in self._sockets:
            self._spawn(self._accept_loop(listening))

    async def stop(self) -> None:
        """Stop listening and end every connection that came this way."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._close_sockets()

    def remember(self, peer: PeerId, host: str) -> None:
        """A member came from this host; the last one for each member counts."""
        self._familiar[peer] = host

    async def _accept_loop(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connected, address = await loop.sock_accept(listening)
            except OSError as error:
                _LOG.warning("cannot accept a connection", error=str(error))
                await asyncio.sleep(_ACCEPT_PAUSE_S)
                continue
            host = str(address[0])
            if not self._has_place(host):
                self.turned_away += 1
                connected.close()
                continue
            self._spawn(self._serve_one(connected, Place(self._half_open, host), host))

    async def _serve_one(self, connected: socket.socket, place: Place, host: str) -> None:
        try:
            await self._serve(connected, place, host)
        finally:
            place.release()

    def _has_place(self, host: str) -> bool:
        if self._half_open[host] >= self._limits.half_open_per_host:
            return False
        return self.half_open < self._limits.half_open or host in self._familiar.values()

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _close_sockets(self) -> None:
        for listening in self._sockets:
            listening.close()
        self._sockets.clear()
