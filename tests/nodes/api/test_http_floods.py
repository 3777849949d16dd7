"""The real HTTP server against clients that crawl, lie about lengths, or never end."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from nodes.api import limits, server
from nodes.api.server import ApiServer
from nodes.config import ApiSection
from tests.nodes.api.rig import AUTHORITY, Rig, problem
from tests.nodes.network.cluster import until

pytestmark = pytest.mark.loopback

HEAD = "host: 127.0.0.1:8401\r\n"
HEALTH = f"GET /healthz HTTP/1.1\r\n{HEAD}connection: close\r\n\r\n".encode()
Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest_asyncio.fixture
async def port(rig: Rig) -> AsyncIterator[int]:
    """The port of a server that is stopped in the end."""
    made = ApiServer(rig.app, ApiSection(port=0))
    await made.start()
    yield made.port
    rig.outcomes.close()
    await made.stop()


async def ask(port: int, data: bytes, *, seconds: float = 20.0) -> bytes:
    """Send bytes as they are, and read until the server hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = b""
    try:
        async with asyncio.timeout(seconds):
            with contextlib.suppress(ConnectionError):
                writer.write(data)
                await writer.drain()
                answer = await reader.read()
    finally:
        writer.transport.abort()
    return answer


async def serves(port: int) -> None:
    answer = await ask(port, f"GET /v1/status HTTP/1.1\r\n{HEAD}connection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize(
    "head",
    [
        "content-length: 5\r\ncontent-length: 6\r\n\r\nhello",
        "content-length: -1\r\n\r\n",
        "content-length: 99999999999999999999999\r\n\r\n",
        "content-length: \xb2\r\n\r\n",
        "content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\nzz\r\nhello\r\n",
        "transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\nhello\r\n",
        "transfer-encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n",
        "x: y\r\n folded: header\r\n\r\n",
        "x\x00y: z\r\n\r\n",
        ": no name\r\n\r\n",
    ],
)
async def test_heads_and_bodies_that_lie(port: int, head: str) -> None:
    request = f"POST /v1/statements HTTP/1.1\r\n{HEAD}connection: close\r\n{head}"
    answer = await ask(port, request.encode("latin-1"))
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 413")) or answer == b"", answer[:100]
    await serves(port)


@pytest.mark.parametrize(
    ("method", "path", "size"),
    [
        ("POST", "/v1/statements", 70_000),
        ("POST", "/v1/statements/batch", limits.MAX_BATCH_BYTES + 1),
        ("PUT", f"/v1/contents/{'0' * 64}", limits.MAX_CONTENTS_BYTES + 1),
        ("GET", "/v1/blocks", 1),
    ],
)
@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "in pieces"])
async def test_bodies_beyond_their_limit(
    rig: Rig, port: int, method: str, path: str, size: int, chunked: bool
) -> None:
    head = f"{method} {path} HTTP/1.1\r\n{HEAD}"
    if chunked:
        piece = b"4000\r\n" + bytes(0x4000) + b"\r\n"
        data = f"{head}transfer-encoding: chunked\r\n\r\n".encode() + piece * (size // 0x4000 + 2)
    else:
        data = f"{head}content-length: {size}\r\n\r\n".encode() + bytes(min(size, 100_000))
    answer = await ask(port, data)
    # Where the rest of the body is still on its way, the system may drop the answer with the connection.
    assert answer.startswith(b"HTTP/1.1 413") or answer == b""
    assert rig.app.state.api.limits.bodies.used == 0
    await serves(port)


async def test_requests_in_one_breath_are_answered_in_their_order(port: int) -> None:
    one = f"GET /v1/headers/0 HTTP/1.1\r\n{HEAD}\r\n".encode()
    other = f"GET /nowhere HTTP/1.1\r\n{HEAD}\r\n".encode()
    answer = await ask(port, (one + other) * 50 + HEALTH)
    statuses = re.findall(rb"HTTP/1\.1 (\d{3})", answer)
    assert statuses == [b"200", b"404"] * 50 + [b"200"]


async def test_bodies_that_crawl_keep_nobody_waiting(
    rig: Rig, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BODY_TIMEOUT_S", 0.5)
    head = f"POST /v1/statements HTTP/1.1\r\n{HEAD}content-length: 1000\r\n\r\nx".encode()
    crawling = [asyncio.create_task(ask(port, head)) for _ in range(50)]
    await serves(port)
    for answer in await asyncio.gather(*crawling):
        assert answer.startswith(b"HTTP/1.1 408")
    assert rig.app.state.api.limits.bodies.used == 0


async def test_more_connections_than_the_server_takes(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MAX_CONNECTIONS", 5)
    made = ApiServer(rig.app, ApiSection(port=0))
    await made.start()
    held = [await asyncio.open_connection("127.0.0.1", made.port) for _ in range(5)]
    assert (await ask(made.port, HEALTH)).startswith(b"HTTP/1.1 503")
    for _, writer in held:
        writer.close()
        await writer.wait_closed()
    async with asyncio.timeout(10):
        while not (await ask(made.port, HEALTH)).startswith(b"HTTP/1.1 200"):
            pass
    await made.stop()


async def test_an_idle_connection_is_closed(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "KEEP_ALIVE_S", 0.2)
    made = ApiServer(rig.app, ApiSection(port=0))
    await made.start()
    answer = await ask(made.port, f"GET /healthz HTTP/1.1\r\n{HEAD}\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 200")
    await made.stop()


async def test_exports_are_bounded(rig: Rig) -> None:
    exports = rig.app.state.api.limits.exports
    with exports.holding(limits.MAX_EXPORTS):
        problem(await rig.get("/v1/entries", format="csv"), 503, "node.busy")
        assert (await rig.get("/v1/entries")).status_code == 200
    assert (await rig.get("/v1/entries", format="csv")).status_code == 200


async def test_streams_that_nobody_reads_are_counted_and_let_go(rig: Rig, port: int) -> None:
    """Twenty silent streams of one member; the next is refused until one of them goes."""
    held = [await stream(rig, port) for _ in range(limits.MAX_SUBSCRIBERS_EACH)]
    used = rig.app.state.api.limits
    await until(lambda: used.subscribers.used == limits.MAX_SUBSCRIBERS_EACH)
    problem(await rig.get("/v1/events"), 429, "request.too-many")
    await serves(port)
    for _, writer in held:
        writer.transport.abort()
    await until(lambda: used.subscribers.used == 0)
    assert used._subscribing == {}


async def stream(rig: Rig, port: int) -> Stream:
    request = rig.signed("GET", "/v1/events", authority=AUTHORITY)
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /v1/events HTTP/1.1\r\n{head}\r\n".encode())
    await writer.drain()
    return reader, writer
