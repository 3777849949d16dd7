"""Real nodes' networks on the loopback interface, and peers that do not behave."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import replace

from ledger.keys import SigningKey
from ledger.primitives import Hash
from nodes.network.directory import Address, KnownPeers
from nodes.network.handshake import Greeted, Greeter
from nodes.network.interface import Channel, PeerId
from nodes.network.limits import Limits
from nodes.network.network import PeerNetwork
from nodes.network.tls import TlsContexts
from nodes.network.wire import PROTOCOL_VERSION, Hello

HOST = "127.0.0.1"
NETWORK = Hash(b"\x01" * 32)
OTHER_NETWORK = Hash(b"\x02" * 32)
QUICK = Limits(courtesy_s=0.05, backoff_first_s=0.02, backoff_cap_s=0.1, close_s=0.3, handshake_s=3.0)


def key_of(seed: int) -> SigningKey:
    return SigningKey.from_entropy(seed.to_bytes(2, "big") * 20)


def peer_of(name: str) -> PeerId:
    return PeerId(f"org-{name}", "n1")


async def until(condition: Callable[[], bool], *, seconds: float = 10.0) -> None:
    """Wait for a condition; fails the test when it never comes true."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - the nodes have no event to say what a test waits for
            await asyncio.sleep(0.002)


class Recorder:
    """A handler that remembers, and does what the test says."""

    def __init__(self) -> None:
        self.messages: list[tuple[PeerId, bytes]] = []
        self.events: list[tuple[str, PeerId]] = []
        self.act: Callable[[PeerId, bytes], None] = lambda peer, payload: None
        self.answer: Callable[[PeerId, bytes], Awaitable[bytes]] = self._echo

    async def _echo(self, peer: PeerId, payload: bytes) -> bytes:
        return b"re:" + payload

    def on_message(self, peer: PeerId, payload: bytes) -> None:
        self.messages.append((peer, payload))
        self.act(peer, payload)

    async def on_request(self, peer: PeerId, payload: bytes) -> bytes:
        return await self.answer(peer, payload)

    def on_connected(self, peer: PeerId) -> None:
        self.events.append(("connected", peer))

    def on_disconnected(self, peer: PeerId) -> None:
        self.events.append(("disconnected", peer))


class Node:
    """One node: its network, its own copy of the directory, and a recorder on every channel."""

    def __init__(
        self, name: str, key: SigningKey, *, network: Hash = NETWORK, limits: Limits = QUICK, port: int = 0
    ) -> None:
        self.peer = peer_of(name)
        self.key = key
        self.directory = KnownPeers({}, {})
        self.handler = Recorder()
        self.clock = [1000.0]
        self.network = PeerNetwork(
            peer=self.peer,
            key=key,
            network=network,
            listen=Address(HOST, port),
            directory=self.directory,
            software="test 1",
            limits=limits,
            monotonic=lambda: self.clock[0],
            jitter=random.Random(7),
        )
        for channel in Channel:
            self.network.register(channel, self.handler)

    @property
    def address(self) -> Address:
        return Address(HOST, self.network.ports[0])

    def knows(self, nodes: Iterable[Node], *, dial: bool = True) -> None:
        members = {node.key.public_key.data: node.peer for node in nodes}
        addresses = {
            node.peer: node.address for node in nodes if dial and node is not self and node.network.ports
        }
        self.directory.replace(members=members, addresses=addresses)
        self.network.recheck()


@contextlib.asynccontextmanager
async def running(*nodes: Node, acquainted: bool = True) -> AsyncIterator[None]:
    """Start nodes, make them know each other, wait until all are connected, and stop them in the end."""
    try:
        for node in nodes:
            await node.network.start()
        if acquainted:
            for node in nodes:
                node.knows(nodes)
            await until(lambda: all(len(node.network.peers()) == len(nodes) - 1 for node in nodes))
        yield
    finally:
        for node in nodes:
            await node.network.stop()


def make(*names: str, limits: Limits = QUICK) -> list[Node]:
    return [Node(name, key_of(number + 1), limits=limits) for number, name in enumerate(names)]


def hello_of(name: str) -> Hello:
    peer = peer_of(name)
    return Hello(
        version=PROTOCOL_VERSION,
        network=NETWORK,
        organisation=peer.organisation,
        node=peer.node,
        software="odd",
        instance=b"\x00" * 8,
    )


async def odd_peer(victim: Node, name: str, seed: int, **changes: object) -> Greeted:
    """A member that greets `victim`, with `changes` to its greeting, and then is the test's to drive."""
    key = key_of(seed)
    victim.directory.replace(members={**victim.directory.members(), key.public_key.data: peer_of(name)})
    victim.network.recheck()
    directory = KnownPeers({victim.key.public_key.data: victim.peer}, {})
    tls = TlsContexts(key)
    tls.trust(directory.members())
    hello = replace_hello(hello_of(name), changes)
    return await Greeter(ours=hello, directory=directory, limits=QUICK).dial(
        victim.address, victim.peer, tls.client
    )


def replace_hello(hello: Hello, changes: dict[str, object]) -> Hello:
    fields = {name: getattr(hello, name) for name in hello.__struct_fields__}
    return Hello(**{**fields, **changes})


def lower(**changes: float) -> Limits:
    return replace(QUICK, **changes)  # type: ignore[arg-type]
