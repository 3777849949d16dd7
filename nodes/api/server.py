"""Serving the API inside the node's event loop, with uvicorn and httptools."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from ledger.errors import InvariantViolated
from nodes.api.protocol import BoundedHead
from nodes.config import ApiSection

MAX_CONNECTIONS = 4_000
"""Connections at once; beyond them uvicorn answers 503 by itself."""

KEEP_ALIVE_S = 30
"""How long an idle connection stays open."""

DRAIN_S = 5
"""How long requests under way may take once the node stops."""

BACKLOG = 512


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


class ApiServer:
    """One application on one address. `start` it and `stop` it in the same event loop."""

    def __init__(self, app: ASGIApp, config: ApiSection) -> None:
        self._app = app
        self._config = config
        self._server: _Server | None = None
        self._socket: socket.socket | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port in use, also where the configuration leaves it to the system."""
        if self._socket is None:
            return self._config.port
        port: int = self._socket.getsockname()[1]
        return port

    async def start(self) -> None:
        """Listen and serve; raises `OSError` when the address is in use or cannot be bound."""
        config = self._config
        family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
        self._socket = socket.create_server((config.host, config.port), family=family, backlog=BACKLOG)
        self._server = _Server(
            uvicorn.Config(
                self._app,
                http=BoundedHead,
                lifespan="on",
                ws="none",
                server_header=False,
                access_log=False,
                log_config=None,
                proxy_headers=False,
                limit_concurrency=MAX_CONNECTIONS,
                timeout_keep_alive=KEEP_ALIVE_S,
                timeout_graceful_shutdown=DRAIN_S,
                backlog=BACKLOG,
                ssl_certfile=None if config.tls_certificate is None else str(config.tls_certificate),
                ssl_keyfile=None if config.tls_key is None else str(config.tls_key),
            )
        )
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]), name="api")
        up = asyncio.create_task(self._server.up.wait())
        await asyncio.wait({self._task, up}, return_when=asyncio.FIRST_COMPLETED)
        if not up.done() or not self._server.started:
            up.cancel()
            await self._task
            raise InvariantViolated("the API ended while it started; the log says why")

    async def stop(self) -> None:
        """Stop listening, let requests under way finish for a while, and end."""
        if self._server is not None and self._task is not None:
            self._server.should_exit = True
            await self._task
        if self._socket is not None:
            self._socket.close()
        self._server = self._task = self._socket = None
