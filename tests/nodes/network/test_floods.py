"""Floods and crawls on real connections: each has a bounded cost, and honest peers are served meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
import tracemalloc
from collections.abc import AsyncIterator

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Opcode

from nodes.network.handshake import Greeted
from nodes.network.interface import Channel
from nodes.network.tls import TlsContexts
from nodes.network.wire import MAX_BATCH_FRAMES, Kind, encode_frame, encode_hello
from tests.nodes.network.cluster import (
    Node,
    hello_of,
    key_of,
    lower,
    make,
    odd_peer,
    peer_of,
    running,
    until,
)
from tests.nodes.network.test_hostile import closed, fault_of

pytestmark = pytest.mark.loopback

MEGABYTE = 1_048_576


async def served(a: Node, b: Node) -> None:
    """An honest peer is heard and answered."""
    async with asyncio.timeout(10):
        assert await b.network.request(a.peer, Channel.SYNC, b"?", timeout_s=10) == b"re:?"


@contextlib.asynccontextmanager
async def grows_by_less_than(size: int) -> AsyncIterator[None]:
    """Python's memory, the test's own included, stays within a bound at every moment."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        yield
        assert tracemalloc.get_traced_memory()[1] - before < size
    finally:
        tracemalloc.stop()


async def push(odd: Greeted, data: bytes, times: int) -> None:
    """Write past the library, as fast as the other side reads, until it hangs up."""
    with contextlib.suppress(ConnectionClosed, ConnectionError):
        for _ in range(times):
            if odd.websocket.transport.is_closing():
                return
            odd.websocket.transport.write(data)
            await odd.websocket.drain()


def raw(
    opcode: int, data: bytes = b"", *, fin: bool = True, rsv1: bool = False, masked: bool = True
) -> bytes:
    """A frame of RFC 6455 section 5.2, right or wrong, under a mask that changes nothing."""
    first = opcode | (0x80 if fin else 0) | (0x40 if rsv1 else 0)
    mask = 0x80 if masked else 0
    head = bytes([first, mask | min(len(data), 126)]) + (
        struct.pack(">H", len(data)) if len(data) > 125 else b""
    )
    return head + (bytes(4) if masked else b"") + data


FRAGMENTS = raw(Opcode.CONT, fin=False) * 10_000

FAULTS: list[tuple[str, bytes, str]] = [
    ("pieces of nothing", FRAGMENTS, "WebSocket error 1002"),
    ("pings", raw(Opcode.PING, b"x" * 125) * 2_000, "a flood of pings"),
    ("pongs that nobody asked for", raw(Opcode.PONG, b"x") * 20_000, "a flood of pings"),
    ("compressed", raw(Opcode.BINARY, b"\x4a\x04\x00" * 1_000, rsv1=True), "WebSocket error 1002"),
    ("text that is none", raw(Opcode.TEXT, b"\xff\xfe"), "WebSocket error 1007"),
    ("an unmasked frame", raw(Opcode.BINARY, b"x", masked=False), "WebSocket error 1002"),
    ("a length of 2^62", b"\x82\xff" + struct.pack(">Q", 1 << 62) + b"mask", "WebSocket error 1009"),
    ("a ping of 200 bytes", raw(Opcode.PING, bytes(200)), "WebSocket error 1002"),
    ("an unknown opcode", b"\x83\x80mask", "WebSocket error 1002"),
]


@pytest.mark.parametrize(("data", "fault"), [case[1:] for case in FAULTS], ids=[case[0] for case in FAULTS])
async def test_what_the_library_would_bear_is_a_fault_in_the_peers_name(data: bytes, fault: str) -> None:
    a, b = make("a", "b")
    async with running(a, b):
        odd = await odd_peer(a, "odd", 7)
        async with grows_by_less_than(16 * MEGABYTE):
            await push(odd, data, 40)
            await until(lambda: a.network.peers() == [b.peer])
            await served(a, b)
        assert fault in fault_of(a, "odd")
        assert fault_of(a, "b") == ""
        odd.websocket.transport.abort()


async def test_a_message_that_never_ends_fills_no_memory() -> None:
    a, b = make("a", "b")
    async with running(a, b):
        odd = await odd_peer(a, "odd", 7)
        async with grows_by_less_than(16 * MEGABYTE):
            await push(odd, raw(Opcode.BINARY, fin=False), 1)
            await push(odd, FRAGMENTS, 40)
            await until(lambda: a.network.peers() == [b.peer])
            await served(a, b)
        assert "too many fragments" in fault_of(a, "odd")
        odd.websocket.transport.abort()


async def test_pongs_that_nobody_reads_fill_no_memory() -> None:
    a, b = make("a", "b")
    async with running(a, b):
        odd = await odd_peer(a, "odd", 7)
        odd.websocket.transport.pause_reading()
        sockets = a.network._connections[peer_of("odd")]._websocket.transport
        for _ in range(200):
            odd.websocket.transport.write(raw(Opcode.PING, b"x" * 125) * 2_000)
            await asyncio.sleep(0.001)
            assert sockets.get_write_buffer_size() < MEGABYTE
        await until(lambda: a.network.peers() == [b.peer])
        await served(a, b)
        odd.websocket.transport.abort()


async def test_pings_within_the_rate_are_answered() -> None:
    (a,) = make("a")
    async with running(a):
        odd = await odd_peer(a, "odd", 7)
        for _ in range(5):
            async with asyncio.timeout(5):
                await (await odd.websocket.ping())
        assert a.network.peers() == [peer_of("odd")]
        odd.websocket.transport.abort()


async def test_a_peer_that_answers_no_ping_is_gone() -> None:
    a, b = make("a", "b", limits=lower(ping_interval_s=0.1, ping_timeout_s=0.2))
    async with running(a, b):
        odd = await odd_peer(a, "odd", 7)
        await until(lambda: peer_of("odd") in a.network.peers())
        odd.websocket.transport.pause_reading()
        await until(lambda: a.network.peers() == [b.peer])
        await served(a, b)
        odd.websocket.transport.abort()


async def test_a_flood_of_requests_is_answered_busy_and_holds_nobody_up() -> None:
    a, b = make("a", "b", limits=lower(requests_in=4))
    release = asyncio.Event()

    async def slowly(peer: object, payload: bytes) -> bytes:
        if peer == peer_of("odd"):
            await release.wait()
        return b"re:" + payload

    a.handler.answer = slowly
    async with running(a, b):
        odd = await odd_peer(a, "odd", 7)
        flood = b"".join(encode_frame(Kind.REQUEST, Channel.SYNC, 1, b"") for _ in range(MAX_BATCH_FRAMES))
        await odd.websocket.send(flood)
        await until(lambda: a.network.stats().peers[peer_of("odd")].counters.busy == MAX_BATCH_FRAMES - 4)
        await served(a, b)
        release.set()
        odd.websocket.transport.abort()


async def test_frames_of_one_message_are_bounded() -> None:
    (a,) = make("a")
    async with running(a):
        odd = await odd_peer(a, "odd", 7)
        frame = encode_frame(Kind.MESSAGE, Channel.STATEMENTS, 0, b"")
        await odd.websocket.send(frame * (MAX_BATCH_FRAMES + 1))
        await closed(odd)
        assert f"more than {MAX_BATCH_FRAMES} frames" in fault_of(a, "odd")
        assert len(a.handler.messages) == MAX_BATCH_FRAMES


async def test_messages_that_wait_for_their_turn_take_bounded_memory() -> None:
    """Reading slows down to the rate; what is sent meanwhile waits at the one who sends it."""
    a, b = make("a", "b", limits=lower(receive_bytes_per_s=250_000.0))
    async with running(a, b):
        odd = await odd_peer(a, "odd", 7)
        frame = encode_frame(Kind.MESSAGE, Channel.STATEMENTS, 0, bytes(MEGABYTE))
        message = b"\x82\xff" + struct.pack(">Q", len(frame)) + bytes(4) + frame
        # After the first message, the rate has its reader wait for three seconds.
        flood = asyncio.create_task(push(odd, message, 200))
        async with grows_by_less_than(40 * MEGABYTE):
            await until(lambda: odd.websocket.paused and len(a.handler.messages) > 0)
            await served(a, b)
        assert len(a.handler.messages) == 1
        flood.cancel()
        odd.websocket.transport.abort()


async def test_answers_nobody_asked_for_come_in_any_number() -> None:
    a, b = make("a", "b")
    async with running(a, b):
        odd = await odd_peer(a, "odd", 7)
        answers = b"".join(encode_frame(Kind.ANSWER, Channel.SYNC, n + 1, b"x" * 50) for n in range(1_000))
        async with grows_by_less_than(8 * MEGABYTE):
            for _ in range(20):
                await odd.websocket.send(answers)
            await served(a, b)
        assert a.network.stats().peers[peer_of("odd")].counters.faults == 0
        odd.websocket.transport.abort()


async def test_a_storm_of_reconnections_leaves_one_connection() -> None:
    a, b = make("a", "b")
    async with running(a, b):
        held = [await odd_peer(a, "odd", 7, instance=bytes([n]) * 8) for n in range(30)]
        await until(lambda: sorted(a.network.peers()) == [b.peer, peer_of("odd")])
        await served(a, b)
        assert len(a.network._connections) == 2
        for odd in held:
            odd.websocket.transport.abort()
        await until(lambda: a.network.peers() == [b.peer])
        await until(lambda: len(a.network._lives) == 1)


@pytest.mark.parametrize("hosts", [1, 100], ids=["from one address", "from a hundred addresses"])
async def test_thousands_of_connections_take_a_bounded_number_of_places(hosts: int) -> None:
    a, b = make("a", "b", limits=lower(half_open=8, half_open_per_host=4))
    most = 0
    async with running(a, b):
        for number in range(2_000):
            source = f"127.0.1.{number % hosts + 1}"
            connection = socket.socket()
            connection.setblocking(False)
            connection.bind((source, 0))
            with contextlib.suppress(BlockingIOError):
                connection.connect(tuple(a.address))
            if number % 20 == 0:
                await asyncio.sleep(0)
                most = max(most, a.network.stats().half_open)
            if number % 500 == 0:
                await served(a, b)
            connection.close()
        await until(lambda: a.network.stats().half_open == 0)
        assert most <= 8
        assert set(a.network.stats().refused) <= {"turned away", "hung up", "tls", "unreachable", "protocol"}
        await served(a, b)
        # A member from elsewhere gets in as soon as the flood is over.
        odd = await odd_peer(a, "odd", 7)
        odd.websocket.transport.abort()


async def _crawl(writer: asyncio.StreamWriter, reader: asyncio.StreamReader, data: bytes) -> None:
    """Send a byte now and then until the other side hangs up."""
    reading = asyncio.ensure_future(reader.read())
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        for byte in data * 1_000:
            if reading.done():
                break
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.02)
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        await reading
    writer.transport.abort()


@pytest.mark.parametrize("stage", ["tls", "websocket", "greeting"])
async def test_a_handshake_cannot_be_stretched_at_any_stage(stage: str) -> None:
    a, b = make("a", "b", limits=lower(handshake_s=0.5))
    async with running(a, b):
        member = key_of(7)
        a.directory.replace(members={**a.directory.members(), member.public_key.data: peer_of("odd")})
        a.network.recheck()
        tls = TlsContexts(member)
        tls.trust([a.key.public_key.data])
        context = None if stage == "tls" else tls.client
        reader, writer = await asyncio.open_connection(*a.address, ssl=context)
        crawl = b"\x16\x03\x01\x02\x00\x01" if stage == "tls" else b"GET /peer HTTP/1.1\r\nx: y"
        if stage == "greeting":
            key = "dGhlIHNhbXBsZSBub25jZQ=="
            upgrade = f"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: {key}\r\n"
            writer.write(
                f"GET /peer HTTP/1.1\r\nHost: x\r\nSec-WebSocket-Version: 13\r\n{upgrade}\r\n".encode()
            )
            await reader.readuntil(b"\r\n\r\n")
            crawl = raw(Opcode.BINARY, encode_hello(hello_of("odd")) * 20)
        async with asyncio.timeout(10):
            await _crawl(writer, reader, crawl[:20])
        await until(lambda: a.network.stats().half_open == 0)
        assert a.network.peers() == [b.peer]
        await served(a, b)
