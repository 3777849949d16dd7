from __future__ import annotations

import asyncio

import pytest

from ledger.errors import InvariantViolated
from nodes.network.interface import Channel, PeerError, PeerId, RequestFailed
from nodes.network.limits import MAX_PAYLOAD_BYTES
from tests.nodes.network.cluster import Node, Recorder, key_of, lower, make, peer_of, running, until

pytestmark = pytest.mark.loopback


async def test_two_nodes_exchange_messages_in_both_directions() -> None:
    a, b = make("a", "b")
    async with running(a, b):
        assert a.network.send(b.peer, Channel.CONSENSUS, b"to b")
        assert b.network.send(a.peer, Channel.STATEMENTS, b"")
        await until(lambda: bool(a.handler.messages and b.handler.messages))
        assert b.handler.messages == [(a.peer, b"to b")]
        assert a.handler.messages == [(b.peer, b"")]
        assert a.handler.events == [("connected", b.peer)] * len(Channel)
    assert set(b.handler.events) == {("connected", a.peer), ("disconnected", a.peer)}
    assert a.network.peers() == []


async def test_broadcast_reaches_every_peer_once() -> None:
    nodes = make("a", "b", "c", "d")
    async with running(*nodes):
        nodes[0].network.broadcast(Channel.STATEMENTS, b"news")
        await until(lambda: all(node.handler.messages for node in nodes[1:]))
        assert [node.handler.messages for node in nodes[1:]] == [[(nodes[0].peer, b"news")]] * 3
        assert nodes[0].handler.messages == []


async def test_urgent_channels_overtake() -> None:
    a, b = make("a", "b")
    async with running(a, b):
        a.network.send(b.peer, Channel.CONTENTS, b"4" * 100_000)
        a.network.send(b.peer, Channel.SYNC, b"3" * 100_000)
        a.network.send(b.peer, Channel.STATEMENTS, b"2")
        a.network.send(b.peer, Channel.CONSENSUS, b"1")
        await until(lambda: len(b.handler.messages) == 4)
        assert [payload[:1] for _, payload in b.handler.messages] == [b"1", b"2", b"3", b"4"]


async def test_the_largest_payload_passes_and_a_larger_one_is_the_callers_error() -> None:
    a, b = make("a", "b")
    async with running(a, b):
        assert a.network.send(b.peer, Channel.SYNC, b"x" * MAX_PAYLOAD_BYTES)
        await until(lambda: bool(b.handler.messages))
        assert len(b.handler.messages[0][1]) == MAX_PAYLOAD_BYTES
        with pytest.raises(ValueError, match="exceeds"):
            a.network.send(b.peer, Channel.SYNC, b"x" * (MAX_PAYLOAD_BYTES + 1))


async def test_requests_are_answered_each_by_its_own_answer() -> None:
    a, b = make("a", "b")

    async def slow_first(peer: PeerId, payload: bytes) -> bytes:
        if payload == b"0":
            await second_done.wait()
        return b"re:" + payload

    second_done = asyncio.Event()
    b.handler.answer = slow_first
    async with running(a, b):
        first = asyncio.create_task(a.network.request(b.peer, Channel.SYNC, b"0", timeout_s=5))
        assert await a.network.request(b.peer, Channel.CONTENTS, b"1", timeout_s=5) == b"re:1"
        second_done.set()
        assert await first == b"re:0"


async def test_a_request_without_an_answer_times_out_and_its_late_answer_is_ignored() -> None:
    a, b = make("a", "b")
    release = asyncio.Event()

    async def late(peer: PeerId, payload: bytes) -> bytes:
        await release.wait()
        return b"late"

    b.handler.answer = late
    async with running(a, b):
        with pytest.raises(RequestFailed, match=r"no answer within 0\.02 s"):
            await a.network.request(b.peer, Channel.SYNC, b"?", timeout_s=0.02)
        release.set()
        assert await a.network.request(b.peer, Channel.SYNC, b"?", timeout_s=5) == b"late"
        assert a.network.stats().peers[b.peer].counters.faults == 0


async def test_a_refusal_reaches_the_one_who_asked() -> None:
    a, b = make("a", "b")

    async def no(peer: PeerId, payload: bytes) -> bytes:
        raise RequestFailed("not\nhere")

    b.handler.answer = no
    async with running(a, b):
        with pytest.raises(RequestFailed, match=r"org-b/n1: not\?here"):
            await a.network.request(b.peer, Channel.SYNC, b"?", timeout_s=5)


async def test_a_request_to_nobody_fails_at_once() -> None:
    (a,) = make("a")
    async with running(a):
        with pytest.raises(RequestFailed, match="not connected"):
            await a.network.request(peer_of("b"), Channel.SYNC, b"?", timeout_s=5)
        assert not a.network.send(peer_of("b"), Channel.SYNC, b"?")


async def test_an_answer_that_is_too_large_is_a_refusal() -> None:
    a, b = make("a", "b")

    async def much(peer: PeerId, payload: bytes) -> bytes:
        return b"x" * (MAX_PAYLOAD_BYTES + 1)

    b.handler.answer = much
    async with running(a, b):
        with pytest.raises(RequestFailed, match="exceeds"):
            await a.network.request(b.peer, Channel.SYNC, b"?", timeout_s=5)


async def test_more_requests_than_the_peer_takes_are_answered_busy() -> None:
    a, b = make("a", "b", limits=lower(requests_in=2))
    release = asyncio.Event()

    async def wait(peer: PeerId, payload: bytes) -> bytes:
        await release.wait()
        return payload

    b.handler.answer = wait
    async with running(a, b):
        held = [asyncio.create_task(a.network.request(b.peer, Channel.SYNC, b"?", timeout_s=5)) for _ in "12"]
        await asyncio.sleep(0)
        with pytest.raises(RequestFailed, match="busy"):
            await a.network.request(b.peer, Channel.SYNC, b"?", timeout_s=5)
        release.set()
        assert await asyncio.gather(*held) == [b"?", b"?"]
        assert b.network.stats().peers[a.peer].counters.busy == 1


async def test_large_requests_count_by_their_bytes() -> None:
    a, b = make("a", "b", limits=lower(requests_in_bytes=100))
    release = asyncio.Event()

    async def wait(peer: PeerId, payload: bytes) -> bytes:
        await release.wait()
        return b""

    b.handler.answer = wait
    async with running(a, b):
        # One is always let in, however large, or nothing large could ever be asked.
        held = asyncio.create_task(a.network.request(b.peer, Channel.SYNC, b"x" * 500, timeout_s=5))
        await asyncio.sleep(0)
        with pytest.raises(RequestFailed, match="busy"):
            await a.network.request(b.peer, Channel.SYNC, b"x", timeout_s=5)
        release.set()
        assert await held == b""


async def test_own_requests_to_one_peer_are_bounded() -> None:
    a, b = make("a", "b", limits=lower(requests_out=1))
    release = asyncio.Event()

    async def wait(peer: PeerId, payload: bytes) -> bytes:
        await release.wait()
        return b""

    b.handler.answer = wait
    async with running(a, b):
        held = asyncio.create_task(a.network.request(b.peer, Channel.SYNC, b"?", timeout_s=5))
        await asyncio.sleep(0)
        with pytest.raises(RequestFailed, match="already waiting"):
            await a.network.request(b.peer, Channel.SYNC, b"?", timeout_s=5)
        release.set()
        assert await held == b""


async def test_requests_fail_when_the_connection_goes() -> None:
    a, b = make("a", "b")
    asked = asyncio.Event()

    async def never(peer: PeerId, payload: bytes) -> bytes:
        asked.set()
        await asyncio.Event().wait()
        return b""

    b.handler.answer = never
    async with running(a, b):
        held = asyncio.create_task(a.network.request(b.peer, Channel.SYNC, b"?", timeout_s=30))
        await asked.wait()
        await b.network.stop()
        with pytest.raises(RequestFailed, match="closed"):
            await held


async def test_a_bug_in_a_handler_costs_neither_the_answerer_nor_the_connection() -> None:
    a, b = make("a", "b")

    def bug(peer: PeerId, payload: bytes) -> None:
        raise KeyError("bug")

    async def bug_too(peer: PeerId, payload: bytes) -> bytes:
        raise KeyError("bug")

    b.handler.act, b.handler.answer = bug, bug_too
    async with running(a, b):
        a.network.send(b.peer, Channel.SYNC, b"1")
        with pytest.raises(RequestFailed, match="internal error"):
            await a.network.request(b.peer, Channel.SYNC, b"?", timeout_s=5)
        await until(lambda: b.network.stats().peers[a.peer].counters.handler_errors == 2)
        assert b.network.peers() == [a.peer]


async def test_a_peer_error_disconnects_and_keeps_the_peer_away_until_the_penalty_is_over() -> None:
    a, b = make("a", "b")

    def judge(peer: PeerId, payload: bytes) -> None:
        if payload == b"bad":
            raise PeerError(peer, "no honest peer sends this")

    b.handler.act = judge
    async with running(a, b):
        a.network.send(b.peer, Channel.CONSENSUS, b"bad")
        await until(lambda: b.network.peers() == [] == a.network.peers())
        counters = b.network.stats().peers[a.peer].counters
        assert counters.faults == 1
        assert counters.last_fault == "org-a/n1: no honest peer sends this"
        # It comes back on its own account, and is told why it may not.
        await until(lambda: b.network.stats().refused.get("penalty", 0) >= 1)
        assert b.network.peers() == []
        b.clock[0] += b.network._limits.penalty_first_s
        await until(lambda: b.network.peers() == [a.peer])


async def test_a_peer_error_in_a_request_disconnects() -> None:
    a, b = make("a", "b")

    async def judge(peer: PeerId, payload: bytes) -> bytes:
        raise PeerError(peer, "nonsense")

    b.handler.answer = judge
    async with running(a, b):
        with pytest.raises(RequestFailed, match="closed"):
            await a.network.request(b.peer, Channel.SYNC, b"?", timeout_s=5)
        assert b.network.stats().peers[a.peer].counters.faults == 1


async def test_a_channel_without_a_handler_refuses_requests_and_ignores_messages() -> None:
    a, b = make("a", "b")
    del b.network._handlers[Channel.CONTENTS]
    async with running(a, b):
        a.network.send(b.peer, Channel.CONTENTS, b"ignored")
        with pytest.raises(RequestFailed, match="does not serve contents"):
            await a.network.request(b.peer, Channel.CONTENTS, b"?", timeout_s=5)
        assert b.handler.messages == []


async def test_nodes_reconnect_after_a_restart() -> None:
    a, b = make("a", "b")
    async with running(a, b):
        port = b.network.ports[0]
        await b.network.stop()
        await until(lambda: a.network.peers() == [])
        reborn = Node("b", b.key, port=port)
        async with running(reborn, acquainted=False):
            reborn.knows([a, reborn], dial=False)
            await until(lambda: a.network.peers() == [b.peer] and reborn.network.peers() == [a.peer])
            assert await a.network.request(b.peer, Channel.SYNC, b"!", timeout_s=5) == b"re:!"
        assert a.network.stats().peers[b.peer].counters.connections == 2


@pytest.mark.parametrize("dialler", ["a", "b"])
async def test_one_address_is_enough_on_either_side(dialler: str) -> None:
    a, b = make("a", "b")
    async with running(a, b, acquainted=False):
        for node in (a, b):
            node.knows([a, b], dial=node.peer == peer_of(dialler))
        await until(lambda: a.network.peers() == [b.peer] and b.network.peers() == [a.peer])


async def test_crossing_dials_leave_one_connection_and_the_same_on_both_sides() -> None:
    nodes = make("a", "b", "c", limits=lower(courtesy_s=0.0))

    def settled() -> bool:
        """Whether every pair kept the connection that the lower id dialled; another may be replaced."""
        kept = [
            connection.dialled == (node.peer < peer)
            for node in nodes
            for peer, connection in node.network._connections.items()
        ]
        return len(kept) == 6 and all(kept)

    async with running(*nodes):
        await until(settled)
        answers = [
            await asker.network.request(asked.peer, Channel.SYNC, b"?", timeout_s=5)
            for asker in nodes
            for asked in nodes
            if asker is not asked
        ]
        assert answers == [b"re:?"] * 6
        assert settled()


async def test_a_restarted_process_replaces_the_connection_of_the_dead_one() -> None:
    a, b = make("a", "b")
    twin = Node("b", b.key)
    async with running(a, b), running(twin, acquainted=False):
        # The dead process says nothing any more; the new one has the higher id, and still gets through.
        await b.network._dialers[a.peer].stop()
        twin.knows([a, twin])
        await until(lambda: twin.network.peers() == [a.peer])
        await until(lambda: b.network.peers() == [])
        assert await a.network.request(b.peer, Channel.SYNC, b"?", timeout_s=5) == b"re:?"
        assert a.handler.events.count(("disconnected", b.peer)) == len(Channel)


async def test_a_removed_peer_is_disconnected_upon_recheck_and_stays_out() -> None:
    a, b = make("a", "b")
    async with running(a, b):
        a.knows([a])
        assert a.network.peers() == []
        assert not a.network.send(b.peer, Channel.SYNC, b"")
        await until(lambda: b.network.peers() == [])
        await until(lambda: b.network.stats().refused.get("hung up", 0) > 1)
        assert a.network.peers() == []
        a.knows([a, b])
        await until(lambda: a.network.peers() == [b.peer])


async def test_a_rotated_key_moves_the_connection_to_the_new_key() -> None:
    a, b = make("a", "b")
    async with running(a, b):
        new = Node("b", key_of(9))
        members = {**a.directory.members(), new.key.public_key.data: new.peer}
        a.directory.replace(members=members)
        a.network.recheck()
        assert a.network.peers() == [b.peer]
        await b.network.stop()
        async with running(new, acquainted=False):
            new.directory.replace(members=members, addresses={a.peer: a.address})
            new.network.recheck()
            await until(lambda: a.network.peers() == [new.peer])
            a.directory.replace(members={k: v for k, v in members.items() if k != b.key.public_key.data})
            a.network.recheck()
            assert a.network.peers() == [new.peer]


async def test_handlers_are_registered_once_and_before_the_start() -> None:
    (a,) = make("a")
    with pytest.raises(InvariantViolated):
        a.network.register(Channel.SYNC, Recorder())


async def test_a_taken_port_is_said_at_the_start() -> None:
    (a,) = make("a")
    async with running(a):
        with pytest.raises(OSError, match="in use"):
            await Node("b", key_of(2), port=a.network.ports[0]).network.start()


async def test_stats_show_every_member_and_what_passed() -> None:
    a, b = make("a", "b")
    async with running(a, b):
        await a.network.request(b.peer, Channel.SYNC, b"12345", timeout_s=5)
        a.directory.replace(members={**a.directory.members(), key_of(5).public_key.data: peer_of("c")})
        stats = a.network.stats()
        assert [(str(peer), status.connected) for peer, status in stats.peers.items()] == [
            ("org-b/n1", True),
            ("org-c/n1", False),
        ]
        status = stats.peers[b.peer]
        assert (status.software, status.queue_bytes) == ("test 1", 0)
        assert (status.counters.frames_out, status.counters.frames_in) == (1, 1)
        assert (status.counters.bytes_out, status.counters.bytes_in) == (15, 18)
        assert stats.half_open == 0


def test_it_works_on_the_event_loop_that_servers_use() -> None:
    uvloop = pytest.importorskip("uvloop", reason="uvloop is not made for this system")

    async def exchange() -> None:
        a, b = make("a", "b")
        async with running(a, b):
            answer = await a.network.request(b.peer, Channel.SYNC, b"x" * 100_000, timeout_s=5)
            assert answer == b"re:" + b"x" * 100_000
            reader, writer = await asyncio.open_connection(*a.address)
            writer.write(b"garbage" * 10)
            assert await reader.read() == b""
            writer.close()
            a.knows([a])
            await until(lambda: b.network.peers() == [])

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(exchange())
