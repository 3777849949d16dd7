"""The outermost layer of the API: what holds for every request, whatever its address.

It bounds headers, time and the rate of one address, adds the headers that browsers
heed, counts, and turns an exception that nobody expected into a problem without internals.
How a problem is put to whoever asked, it is told by its maker.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nodes.api import problems
from nodes.api.limits import MAX_HEAD_BYTES, REQUEST_TIMEOUT_S
from nodes.api.metrics import Metrics
from nodes.api.rates import Rates, limited
from nodes.clock import Clock

SECURITY_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
"""Added unless the answer has its own."""

UNCOUNTED: Final = frozenset({"/healthz", "/readyz"})
"""Addresses that say whether the node lives, which cost nothing and must not be refused."""

UNKNOWN_ROUTE = "unmatched"
"""Label under which requests to no known address are counted, so that strangers cannot make labels."""


class _Answer:
    """One answer on its way out."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0
        self.timer: asyncio.Timeout | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = list(message.get("headers", ()))
            present = {name for name, _ in headers}
            headers += [header for header in SECURITY_HEADERS if header[0] not in present]
            message = {**message, "headers": headers}
            if self.timer is not None and not self.timer.expired():
                self.timer.reschedule(None)
        await self._send(message)


class Guard:
    """See the module."""

    def __init__(
        self,
        app: ASGIApp,
        metrics: Metrics,
        rates: Rates,
        clock: Clock,
        answer_to: Callable[[Scope, problems.ApiProblem], Response],
    ) -> None:
        self._app = app
        self._answer_to = answer_to
        self._metrics = metrics
        self._rates = rates
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1008})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        answer = _Answer(send)
        try:
            await self._answer(scope, receive, answer)
        except ClientDisconnect:
            pass
        except Exception as error:
            problem = _problem(error, answer, scope)
            if answer.status:
                raise
            answer.timer = None
            await self._answer_to(scope, problem)(scope, receive, answer.send)
        finally:
            spent_s = time.perf_counter() - started
            self._metrics.count_request(route_of(scope), scope["method"], answer.status, spent_s)

    async def _answer(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        async with asyncio.timeout(REQUEST_TIMEOUT_S) as answer.timer:
            check_head(scope)
            self._check_rate(scope)
            await self._app(scope, receive, answer.send)

    def _check_rate(self, scope: Scope) -> None:
        """Count the request against its address; the probes of an orchestrator are always answered."""
        client = scope.get("client")
        address = None if client is None else limited(client[0])
        if address is not None and scope["path"] not in UNCOUNTED:
            self._rates.take(address, self._clock.monotonic_s())


def _problem(error: Exception, answer: _Answer, scope: Scope) -> problems.ApiProblem:
    if isinstance(error, problems.ApiProblem):
        return error
    if isinstance(error, TimeoutError) and answer.timer is not None and answer.timer.expired():
        return problems.BUSY(f"The node did not finish within {REQUEST_TIMEOUT_S:.0f} seconds.")
    return problems.internal_problem(error, scope["path"])


def check_head(scope: Scope) -> None:
    """Refuse an address with headers larger than any honest client's, or with what no name or text holds."""
    size = len(scope.get("raw_path") or b"") + len(scope["query_string"])
    size += sum(len(name) + len(value) for name, value in scope["headers"])
    if size > MAX_HEAD_BYTES:
        raise problems.HEAD_TOO_LARGE(f"{size} bytes, the limit is {MAX_HEAD_BYTES}.")
    if "\0" in scope["path"] or b"%00" in scope["query_string"]:
        # PostgreSQL refuses such texts, which would look like a database that fails.
        raise problems.INVALID("An address cannot hold the character NUL.", at="path")


def route_of(scope: Scope) -> str:
    """The route's template, such as `/v1/blocks/{height}`."""
    return getattr(scope.get("route"), "path", UNKNOWN_ROUTE)
