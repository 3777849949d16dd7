"""Serving the API inside the node's event loop, with uvicorn and httptools."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import uvicorn
from starlette.types import ASGIApp

from ledger.errors import InvariantViolated
from nodes.api.protocol import BoundedHead
from nodes.config import ApiSection, load_tls
from nodes.network.limits import Limits
from nodes.network.listener import Listener, Place

MAX_CONNECTIONS = 4_000
"""Connections at once; beyond them uvicorn answers 503 by itself."""

KEEP_ALIVE_S = 30
"""How long an idle connection stays open."""

DRAIN_S = 5
"""How long requests under way may take once the node stops."""

BACKLOG = 512

HANDSHAKE_TIMEOUT_S = 10.0
"""How long a visitor may take to agree on TLS."""

HALF_OPEN = 512
"""Connections that have not yet agreed on TLS; a room that arrives at once is let in within a second."""

HALF_OPEN_EACH = 128
"""The same of one address, behind which there may be a room full of browsers."""


class _Server(uvicorn.Server):
    """Uvicorn without its signal handlers, which are the node's, and with a sign that it is up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets=sockets)
        self.up.set()


class _Listening:
    """One application on one address."""

    def __init__(self, app: ASGIApp, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        self._app = app
        self._address = (host, port)
        self._tls = tls
        self._server: _Server | None = None
        self._socket: socket.socket | None = None
        self._door = Listener(Limits(half_open=HALF_OPEN, half_open_per_host=HALF_OPEN_EACH), self._greet)
        self._task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port in use, also where the configuration leaves it to the system."""
        if self._socket is None:
            return self._door.ports[0] if self._door.ports else self._address[1]
        port: int = self._socket.getsockname()[1]
        return port

    async def start(self, lifespan: Literal["on", "off"]) -> None:
        """Listen and serve; raises `OSError` when the address is in use or cannot be bound."""
        if self._tls is None:
            family = socket.AF_INET6 if ":" in self._address[0] else socket.AF_INET
            self._socket = socket.create_server(self._address, family=family, backlog=BACKLOG)
        self._server = _Server(
            uvicorn.Config(
                self._app,
                http=BoundedHead,
                lifespan=lifespan,
                ws="none",
                server_header=False,
                access_log=False,
                log_config=None,
                proxy_headers=False,
                limit_concurrency=MAX_CONNECTIONS,
                timeout_keep_alive=KEEP_ALIVE_S,
                timeout_graceful_shutdown=DRAIN_S,
                backlog=BACKLOG,
            )
        )
        sockets = [] if self._socket is None else [self._socket]
        self._task = asyncio.create_task(self._server.serve(sockets=sockets), name="api")
        up = asyncio.create_task(self._server.up.wait())
        await asyncio.wait({self._task, up}, return_when=asyncio.FIRST_COMPLETED)
        if not up.done() or not self._server.started:
            up.cancel()
            await self._task
            raise InvariantViolated("the API ended while it started; the log says why")
        if self._tls is not None:
            await self._door.start(*self._address)

    async def _greet(self, connected: socket.socket, _place: Place, _host: str) -> None:
        """Agree on TLS, for which uvicorn would wait a minute without counting, and serve what follows."""
        server, loop = self._server, asyncio.get_running_loop()
        if server is None:
            connected.close()
            return
        try:
            await loop.connect_accepted_socket(
                lambda: BoundedHead(server.config, server.server_state, server.lifespan.state),
                connected,
                ssl=self._tls,
                ssl_handshake_timeout=HANDSHAKE_TIMEOUT_S,
            )
        except OSError:
            connected.close()

    async def stop(self) -> None:
        """Stop listening, let requests under way finish for a while, and end."""
        await self._door.stop()
        if self._server is not None and self._task is not None:
            self._server.should_exit = True
            await self._task
        if self._socket is not None:
            self._socket.close()
        self._server = self._task = self._socket = None


class ApiServer:
    """One application, on the plain address and on the one for TLS where there is one.

    `start` it and `stop` it in the same event loop. Making one raises `ConfigError`
    when the certificate cannot be used.
    """

    def __init__(self, app: ASGIApp, config: ApiSection) -> None:
        tls = load_tls(config)
        beside = config.https_port is not None
        self._plain = _Listening(app, config.host, config.port, None if beside else tls)
        self._secure = _Listening(app, config.https_host, config.https_port or 0, tls) if beside else None

    @property
    def port(self) -> int:
        """The port of the plain address, also where the configuration leaves it to the system."""
        return self._plain.port

    @property
    def https_port(self) -> int | None:
        """The port for TLS beside it, in the same way; None without one."""
        return None if self._secure is None else self._secure.port

    async def start(self) -> None:
        """Listen and serve; raises `OSError` when an address is in use or cannot be bound."""
        await self._plain.start("on")
        if self._secure is not None:
            await self._secure.start("off")

    async def stop(self) -> None:
        """Stop listening, let requests under way finish for a while, and end."""
        if self._secure is not None:
            await self._secure.stop()
        await self._plain.stop()
