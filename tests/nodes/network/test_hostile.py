"""Peers and strangers that do not keep to the rules."""

from __future__ import annotations

import asyncio
import ssl

import pytest
from cryptography import x509
from websockets.exceptions import ConnectionClosed

from nodes.network.handshake import Greeted, Refused
from nodes.network.interface import Channel
from nodes.network.limits import MAX_PAYLOAD_BYTES
from nodes.network.tls import TlsContexts
from nodes.network.wire import CloseCode, Kind, encode_frame
from tests.nodes.network.cluster import (
    HOST,
    OTHER_NETWORK,
    Node,
    key_of,
    lower,
    make,
    odd_peer,
    peer_of,
    running,
    until,
)

pytestmark = pytest.mark.loopback


def fault_of(node: Node, name: str) -> str:
    return node.network.stats().peers[peer_of(name)].counters.last_fault


async def closed(greeted: Greeted) -> ConnectionClosed:
    """Read until the other side closes; how it did."""
    async with asyncio.timeout(5):
        try:
            while True:
                await greeted.websocket.recv()
        except ConnectionClosed as error:
            return error


async def test_an_unknown_key_is_refused_by_tls_on_both_sides() -> None:
    a, b = make("a", "b")
    async with running(a, b, acquainted=False):
        b.knows([a, b])  # b believes in a, a has never heard of b
        await until(lambda: a.network.stats().refused.get("tls", 0) > 0)
        await until(lambda: b.network.stats().refused.get("hung up", 0) > 0)
        assert a.network.peers() == b.network.peers() == []


async def test_an_unknown_key_at_the_dialled_address_is_refused_by_tls() -> None:
    a, b, stranger = make("a", "b", "c")
    async with running(a, stranger, acquainted=False):
        a.directory.replace(members={b.key.public_key.data: b.peer}, addresses={b.peer: stranger.address})
        stranger.knows([a, stranger], dial=False)
        a.network.recheck()
        await until(lambda: a.network.stats().refused.get("tls", 0) > 0)
        assert a.network.peers() == []


async def test_a_member_cannot_vouch_for_a_foreign_key(monkeypatch: pytest.MonkeyPatch) -> None:
    (a,) = make("a")
    member, stranger = key_of(2), key_of(3)
    async with running(a, acquainted=False):
        a.directory.replace(members={a.key.public_key.data: a.peer, member.public_key.data: peer_of("b")})
        a.network.recheck()
        vouched = _certificate_for(stranger, signed_by=member)
        monkeypatch.setattr("nodes.network.tls.node_certificate", lambda key: vouched)
        tls = TlsContexts(stranger)
        tls.trust([a.key.public_key.data])
        reader, writer = await asyncio.open_connection(*a.address, ssl=tls.client)
        assert await reader.read() == b""
        writer.close()
        # TLS was content; the directory was not.
        assert a.network.stats().refused == {"not a member": 1}


async def test_a_certificate_that_only_imitates_a_members_is_refused_by_tls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (a,) = make("a")
    member, stranger = key_of(2), key_of(3)
    async with running(a, acquainted=False):
        a.directory.replace(members={a.key.public_key.data: a.peer, member.public_key.data: peer_of("b")})
        a.network.recheck()
        imitation = _certificate_for(stranger, signed_by=stranger, issuer=member.public_key.thumbprint.hex())
        monkeypatch.setattr("nodes.network.tls.node_certificate", lambda key: imitation)
        tls = TlsContexts(stranger)
        tls.trust([a.key.public_key.data])
        await _tls_refuses(a, tls.client)


async def test_tls_1_2_is_refused() -> None:
    (a,) = make("a")
    member = key_of(2)
    async with running(a, acquainted=False):
        a.directory.replace(members={a.key.public_key.data: a.peer, member.public_key.data: peer_of("b")})
        a.network.recheck()
        tls = TlsContexts(member)
        tls.trust([a.key.public_key.data])
        tls.client.minimum_version = ssl.TLSVersion.TLSv1_2
        tls.client.maximum_version = ssl.TLSVersion.TLSv1_2
        await _tls_refuses(a, tls.client)


async def test_a_client_without_a_certificate_is_refused() -> None:
    (a,) = make("a")
    async with running(a):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        await _tls_refuses(a, context)


async def test_the_right_key_in_the_wrong_network_is_refused() -> None:
    a = make("a")[0]
    b = Node("b", key_of(2), network=OTHER_NETWORK)
    async with running(a, b, acquainted=False):
        a.knows([a, b])
        b.knows([a, b])
        for node in (a, b):
            await until(lambda node=node: node.network.stats().refused.get("wrong network", 0) > 0)  # type: ignore[misc]
            assert node.network.peers() == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"version": 2}, CloseCode.PROTOCOL_VERSION),
        ({"network": OTHER_NETWORK}, CloseCode.WRONG_NETWORK),
        ({"organisation": "org-c"}, CloseCode.WRONG_IDENTITY),
        ({"node": "n2"}, CloseCode.WRONG_IDENTITY),
    ],
)
async def test_a_greeting_that_does_not_fit_is_refused_and_says_why(
    changes: dict[str, object], code: CloseCode
) -> None:
    (a,) = make("a")
    async with running(a):
        with pytest.raises(Refused, match="org-a/n1 refuses") as caught:
            await odd_peer(a, "b", 2, **changes)
        assert caught.value.code is code
        await until(lambda: a.network.stats().refused == {code.name.lower().replace("_", " "): 1})


async def test_another_member_at_the_dialled_address_is_not_taken_for_the_peer() -> None:
    a, b, c = make("a", "b", "c")
    async with running(a, b, acquainted=False):
        members = {node.key.public_key.data: node.peer for node in (a, b, c)}
        b.directory.replace(members=members)
        a.directory.replace(members=members, addresses={c.peer: b.address})
        b.network.recheck()
        a.network.recheck()
        await until(lambda: a.network.stats().refused.get("wrong identity", 0) > 0)
        assert a.network.peers() == []


async def test_an_oversize_message_closes_the_connection_and_names_the_peer() -> None:
    a, b = make("a", "b")
    async with running(a, b):
        odd = await odd_peer(a, "odd", 7)
        await until(lambda: peer_of("odd") in a.network.peers())
        await odd.websocket.send(b"x" * (MAX_PAYLOAD_BYTES + 11))
        await closed(odd)
        await until(lambda: a.network.peers() == [b.peer])
        assert fault_of(a, "odd").startswith("org-odd/n1: WebSocket error 1009")
        assert a.network.stats().peers[b.peer].counters.faults == 0


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        ("text", "text message"),
        (b"\x01", "cut short"),
        (b"\x01\x01\x00\x00\x00\x00\x00\x00\x00\x05abcd", "announces 5 bytes, 4 follow"),
        (b"\x09\x01\x00\x00\x00\x00\x00\x00\x00\x00", "unknown kind 9"),
        (b"\x01\x63\x00\x00\x00\x00\x00\x00\x00\x00", "channel 99"),
        (b"\x01\x01\x00\x00\x00\x01\x00\x00\x00\x00", "request id 1 on a message"),
        (b"\x02\x01\x00\x00\x00\x00\x00\x00\x00\x00", "request id 0 on a request"),
    ],
)
async def test_bytes_that_are_no_frames_are_a_fault(message: str | bytes, fault: str) -> None:
    (a,) = make("a")
    async with running(a):
        odd = await odd_peer(a, "odd", 7)
        await odd.websocket.send(message)
        error = await closed(odd)
        assert error.rcvd is not None
        assert error.rcvd.code == CloseCode.FAULT
        assert fault in fault_of(a, "odd")
        with pytest.raises(Refused, match="it may return in 10 s"):
            await odd_peer(a, "odd", 7)


async def test_an_answer_that_nobody_asked_for_is_ignored() -> None:
    (a,) = make("a")
    async with running(a):
        odd = await odd_peer(a, "odd", 7)
        await odd.websocket.send(encode_frame(Kind.ANSWER, Channel.SYNC, 77, b"what?"))
        await odd.websocket.send(encode_frame(Kind.MESSAGE, Channel.SYNC, 0, b"after"))
        await until(lambda: a.handler.messages == [(peer_of("odd"), b"after")])
        odd.websocket.transport.abort()


async def test_a_peer_that_does_not_read_blocks_nobody_and_is_given_up() -> None:
    a, b = make("a", "b", limits=lower(stall_s=0.5, queue_bytes=4_000_000))
    async with running(a, b):
        odd = await odd_peer(a, "odd", 7)
        odd.websocket.transport.pause_reading()
        await until(lambda: peer_of("odd") in a.network.peers())
        accepted = 0
        while a.network.send(peer_of("odd"), Channel.CONTENTS, b"x" * 500_000):
            accepted += 1
            assert accepted < 1000
            await asyncio.sleep(0)
        # Its queue is full, and the other peer's is not.
        assert a.network.stats().peers[peer_of("odd")].queue_bytes > 3_000_000
        assert await a.network.request(b.peer, Channel.SYNC, b"?", timeout_s=5) == b"re:?"
        # What is urgent still finds room, at the cost of what is not.
        assert a.network.send(peer_of("odd"), Channel.CONSENSUS, b"x" * 500_000)
        await until(lambda: a.network.peers() == [b.peer])
        counters = a.network.stats().peers[peer_of("odd")].counters
        assert (counters.stalls, counters.faults) == (1, 0)
        assert counters.dropped >= 2
        odd.websocket.transport.abort()


async def test_stopping_does_not_wait_for_a_peer_that_does_not_read() -> None:
    (a,) = make("a")
    async with running(a):
        odd = await odd_peer(a, "odd", 7)
        odd.websocket.transport.pause_reading()
        await until(lambda: peer_of("odd") in a.network.peers())
        for _ in range(8):
            a.network.send(peer_of("odd"), Channel.CONTENTS, b"x" * 1_000_000)
        async with asyncio.timeout(3):
            await a.network.stop()
        odd.websocket.transport.abort()


async def test_reading_slows_down_to_the_rate_and_loses_nothing() -> None:
    a, b = make("a", "b", limits=lower(receive_frames_per_s=10.0))
    async with running(a, b):
        # The bucket holds ten; the clock of the rates stands still, so the rest must wait for it.
        for number in range(40):
            a.network.send(b.peer, Channel.STATEMENTS, bytes([number]))
        waited = []
        real_sleep = asyncio.sleep

        async def sleep(seconds: float) -> None:
            if seconds > 5.0:  # others sleep too: between signs of life, and between dials
                return await real_sleep(seconds)
            waited.append(seconds)
            b.clock[0] += seconds
            return await real_sleep(0)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("nodes.network.connection.asyncio.sleep", sleep)
            async with asyncio.timeout(5):
                while len(b.handler.messages) < 40:
                    await real_sleep(0.001)
        assert [payload for _, payload in b.handler.messages] == [bytes([n]) for n in range(40)]
        assert sum(waited) == pytest.approx(3.0, abs=0.2)


async def test_garbage_before_tls_is_dropped() -> None:
    a, b = make("a", "b")
    async with running(a, b):
        reader, writer = await asyncio.open_connection(*a.address)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 10)
        async with asyncio.timeout(5):
            await _drain(reader)
        writer.close()
        await until(lambda: a.network.stats().half_open == 0)
        assert a.network.stats().refused == {"tls": 1}
        assert await a.network.request(b.peer, Channel.SYNC, b"?", timeout_s=5) == b"re:?"


@pytest.mark.parametrize("request_text", [b"\x00\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"])
async def test_a_member_that_speaks_no_websocket_is_dropped(request_text: bytes) -> None:
    (a,) = make("a")
    member = key_of(2)
    async with running(a):
        a.directory.replace(members={**a.directory.members(), member.public_key.data: peer_of("b")})
        a.network.recheck()
        tls = TlsContexts(member)
        tls.trust([a.key.public_key.data])
        reader, writer = await asyncio.open_connection(*a.address, ssl=tls.client)
        writer.write(request_text)
        async with asyncio.timeout(5):
            await _drain(reader)
        writer.close()
        await until(lambda: a.network.stats().refused == {"protocol": 1})


async def test_half_open_connections_run_out_of_time() -> None:
    (a,) = make("a", limits=lower(handshake_s=0.2))
    async with running(a):
        reader, writer = await asyncio.open_connection(*a.address)
        await until(lambda: a.network.stats().half_open == 1)
        writer.write(b"\x16\x03\x01")  # the beginning of a record, and then nothing
        async with asyncio.timeout(5):
            await _drain(reader)
        writer.close()
        await until(lambda: a.network.stats().half_open == 0)
        assert a.network.stats().refused == {"timeout": 1}


async def test_a_member_that_never_greets_runs_out_of_time() -> None:
    (a,) = make("a", limits=lower(handshake_s=0.3))
    member = key_of(2)
    async with running(a):
        a.directory.replace(members={**a.directory.members(), member.public_key.data: peer_of("b")})
        a.network.recheck()
        tls = TlsContexts(member)
        tls.trust([a.key.public_key.data])
        reader, writer = await asyncio.open_connection(*a.address, ssl=tls.client)
        async with asyncio.timeout(5):
            await _drain(reader)
        writer.close()
        await until(lambda: a.network.stats().refused == {"timeout": 1})
        assert a.network.stats().half_open == 0


async def test_half_open_connections_of_one_host_are_bounded() -> None:
    (a,) = make("a", limits=lower(half_open_per_host=3))
    async with running(a):
        held = [await asyncio.open_connection(*a.address) for _ in range(3)]
        await until(lambda: a.network.stats().half_open == 3)
        reader, writer = await asyncio.open_connection(*a.address)
        async with asyncio.timeout(5):
            await _drain(reader)
        assert a.network.stats().refused == {"turned away": 1}
        for _, held_writer in [*held, (reader, writer)]:
            held_writer.close()


async def test_when_all_places_are_taken_hosts_of_members_still_get_in() -> None:
    a, b = make("a", "b", limits=lower(half_open=0))
    async with running(a, b, acquainted=False):
        a.knows([a, b], dial=False)
        b.knows([a, b])
        await until(lambda: a.network.stats().refused.get("turned away", 0) > 0)
        assert a.network.peers() == []
        a.network._listener.remember(b.peer, HOST)
        await until(lambda: a.network.peers() == [b.peer])


async def _drain(reader: asyncio.StreamReader) -> None:
    try:
        while await reader.read(4096):
            pass
    except ConnectionError:
        return


async def _tls_refuses(node: Node, context: ssl.SSLContext) -> None:
    try:
        reader, writer = await asyncio.open_connection(*node.address, ssl=context)
        # In TLS 1.3 a client is done before its certificate is judged; the verdict comes with the first read.
        assert await reader.read() == b""
        writer.close()
    except (ssl.SSLError, ConnectionError):
        pass
    await until(lambda: node.network.stats().refused == {"tls": 1})


def _certificate_for(key: object, *, signed_by: object, issuer: str | None = None) -> x509.Certificate:
    from cryptography.hazmat.primitives import hashes

    from ledger.keys import SigningKey
    from nodes.network import tls

    assert isinstance(key, SigningKey)
    assert isinstance(signed_by, SigningKey)
    signer = signed_by.public_key
    builder = tls._builder("node", issuer or signer.thumbprint.hex(), key.public_key, signer)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(tls._key_usage(ca=False), critical=True)
    names = x509.SubjectAlternativeName([x509.DNSName("node.sealane.invalid")])
    builder = builder.add_extension(names, critical=False)
    return builder.sign(signed_by.to_cryptography(), hashes.SHA256())
