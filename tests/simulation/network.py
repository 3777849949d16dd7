"""Wires that delay, lose, repeat and reorder, between machines that come and go.

`nodes.network.interface.Network` for each life of a node, over one `Hub`. Every
directed link has its own behaviour and can be cut alone. Two nodes are connected
when both ends say so, which after a cut they find out at different times. A handler
that raises `PeerError` has its peer disconnected and kept away, for as long as the
real network would. Any other exception there is a fault of the software under test.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from random import Random
from typing import Any

from nodes.network.interface import Channel, Handler, PeerError, PeerId, RequestFailed
from nodes.network.limits import DEFAULT_LIMITS
from nodes.network.penalties import Penalties
from tests.simulation.loop import Crashed, Life, VirtualLoop

IN_FLIGHT = 4_096
"""Frames under way on one link: more are dropped, as by a full queue."""


@dataclass
class Link:
    """One direction between two nodes. Times in seconds."""

    delay: float = 0.01
    jitter: float = 0.01
    loss: float = 0.0
    repeat: float = 0.0
    reorder: float = 0.0
    """How often a message is held back for much longer than those after it."""
    cut: bool = False
    in_flight: int = 0
    last: float = 0.0
    """When the newest message arrives: later ones come after it, unless reordered."""


@dataclass(eq=False)
class Wire:
    """One connection: which of its ends believe in it."""

    ends: dict[PeerId, bool] = field(default_factory=dict)


@dataclass
class Observed:
    """Where the hub reports what happens; the simulation puts in its own functions."""

    sent: Callable[[PeerId, PeerId, Channel, bytes], None] = lambda *_: None
    arrived: Callable[[PeerId, PeerId, Channel, bytes], None] = lambda *_: None
    fault: Callable[[str], None] = lambda _: None
    blamed: Callable[[PeerId, PeerError], None] = lambda *_: None
    said: Callable[[str, str], None] = lambda *_: None
    """Name of what happened, and a line for the transcript."""


class Hub:
    """All links, and who is up."""

    def __init__(self, loop: VirtualLoop, random: Random) -> None:
        self.loop = loop
        self.random = random
        self._outside = copy_context()
        """No node's, so that what is on the wires outlives the node that sent it."""
        self.known: list[PeerId] = []
        """All nodes there are, up or not."""
        self.up: dict[PeerId, Endpoint] = {}
        self.links: dict[tuple[PeerId, PeerId], Link] = {}
        self.wires: dict[tuple[PeerId, PeerId], Wire] = {}
        """By pairs in order."""
        self._between: dict[tuple[PeerId, PeerId], Wire] = {}
        """The same by pairs in either order."""
        self.penalties: dict[PeerId, Penalties] = {}
        self.observed = Observed()
        self.strangers: set[frozenset[PeerId]] = set()
        """Pairs that never connect: the two nodes of one key."""

    def link(self, source: PeerId, target: PeerId) -> Link:
        return self.links.setdefault((source, target), Link())

    def _later(self, delay: float, work: Callable[..., None], *args: Any) -> None:
        self.loop.call_later(delay, work, *args, context=self._outside)

    # ----- who is there --------------------------------------------------------

    def attach(self, endpoint: Endpoint) -> None:
        self.up[endpoint.peer] = endpoint
        for peer in list(self.up):
            if peer != endpoint.peer:
                self.dial_later(peer, endpoint.peer, self.random.uniform(0.001, 0.05))

    def detach(self, endpoint: Endpoint) -> None:
        """A node is gone: its peers notice one after the other, unless their links are cut."""
        if self.up.get(endpoint.peer) is not endpoint:
            return
        del self.up[endpoint.peer]
        for pair, wire in list(self.wires.items()):
            if endpoint.peer in pair:
                wire.ends[endpoint.peer] = False
                other = pair[0] if pair[1] == endpoint.peer else pair[1]
                self._later(self.random.uniform(0.001, 0.2), self.hang_up, wire, other, pair)

    def dial_later(self, one: PeerId, other: PeerId, delay: float) -> None:
        self._later(delay, self._dial, min(one, other), max(one, other))

    def _dial(self, one: PeerId, other: PeerId) -> None:
        pair = (one, other)
        a, b = self.up.get(one), self.up.get(other)
        wire = self.wires.get(pair)
        if a is None or b is None or frozenset(pair) in self.strangers or (wire and all(wire.ends.values())):
            return
        wait = max(self._kept_away(one, other), self._kept_away(other, one))
        if (
            wait > 0
            or self.link(one, other).cut
            or self.link(other, one).cut
            or (wire and any(wire.ends.values()))
        ):
            self.dial_later(one, other, max(wait, self.random.uniform(0.2, 2.0)))
            return
        wire = self.wires[pair] = Wire(ends={one: True, other: True})
        self._between[one, other] = self._between[other, one] = wire
        for here, there in ((a, other), (b, one)):
            here.run(here.connected, there)

    def _kept_away(self, by: PeerId, peer: PeerId) -> float:
        penalties = self.penalties.get(by)
        return 0.0 if penalties is None else penalties.remaining_s(peer)

    def hang_up(self, wire: Wire, end: PeerId, pair: tuple[PeerId, PeerId]) -> None:
        """One end finds out that a connection is gone."""
        if not wire.ends.get(end):
            return
        wire.ends[end] = False
        endpoint = self.up.get(end)
        if endpoint is not None:
            endpoint.run(endpoint.disconnected, pair[0] if pair[1] == end else pair[1])
        self.dial_later(*pair, self.random.uniform(0.05, 1.0))

    def break_wire(self, one: PeerId, other: PeerId, within: float) -> None:
        """Both ends lose the connection, each at its own time."""
        pair = (min(one, other), max(one, other))
        wire = self.wires.get(pair)
        if wire is not None:
            for end in pair:
                self._later(self.random.random() * within, self.hang_up, wire, end, pair)

    def believes(self, here: PeerId, there: PeerId) -> bool:
        wire = self.wire(here, there)
        return wire is not None and wire.ends.get(here, False)

    def blame(self, endpoint: Endpoint, error: PeerError) -> None:
        """What the real network does with a `PeerError`."""
        peer = error.peer
        self.observed.blamed(endpoint.peer, error)
        penalties = self.penalties.get(endpoint.peer)
        if penalties is None:
            penalties = self.penalties[endpoint.peer] = Penalties(DEFAULT_LIMITS, self.loop.time)
        penalties.add(peer)
        pair = (min(peer, endpoint.peer), max(peer, endpoint.peer))
        wire = self.wires.get(pair)
        if wire is not None:
            self._later(0.0, self.hang_up, wire, endpoint.peer, pair)
            self._later(self.random.uniform(0.001, 0.1), self.hang_up, wire, peer, pair)

    def wire(self, one: PeerId, other: PeerId) -> Wire | None:
        return self._between.get((one, other))

    # ----- messages ------------------------------------------------------------

    def deliver(self, wire: Wire, source: PeerId, target: PeerId, channel: Channel, payload: bytes) -> None:
        """A message arrives, if the connection that it was sent on is still believed in."""
        endpoint = self.up.get(target)
        if endpoint is not None and wire.ends.get(target) and self.wire(source, target) is wire:
            self.observed.arrived(source, target, channel, payload)
            endpoint.run(endpoint.receive, source, channel, payload)

    def ask(
        self, source: PeerId, target: PeerId, channel: Channel, payload: bytes, answer: asyncio.Future[bytes]
    ) -> None:
        """A request arrives."""
        endpoint = self.up.get(target)
        if endpoint is not None and self.believes(target, source):
            self.observed.arrived(source, target, channel, payload)
            endpoint.run(endpoint.serve, source, channel, payload, answer)

    def carry(self, source: PeerId, target: PeerId, deliver: Callable[[], None]) -> bool:
        """Bring something over a link, or not; False when its queue is full."""
        link, random = self.link(source, target), self.random
        if link.in_flight >= IN_FLIGHT:
            return False
        if link.cut:
            self.observed.said("lost-in-partition", "")
            return True
        if link.loss and random.random() < link.loss:
            self.observed.said("loss", "")
            return True
        when = self.loop.time() + link.delay + random.random() * link.jitter
        if link.reorder and random.random() < link.reorder:
            self.observed.said("reordering", "")
            when += random.random() * (0.2 + 10 * link.delay)
        else:
            when = link.last = max(when, link.last)
        self._bring(link, when, deliver)
        if link.repeat and random.random() < link.repeat:
            self.observed.said("duplication", "")
            self._bring(link, when + random.random() * 0.5, deliver)
        return True

    def _bring(self, link: Link, when: float, deliver: Callable[[], None]) -> None:
        link.in_flight += 1

        def arrive() -> None:
            link.in_flight -= 1
            if not link.cut:
                deliver()

        self.loop.call_at(when, arrive, context=self._outside)


class Endpoint:
    """The network as one life of one node sees it."""

    def __init__(self, hub: Hub, peer: PeerId, life: Life, context: Context) -> None:
        self.hub = hub
        self.peer = peer
        self.life = life
        self._context = context
        self._handlers: dict[Channel, Handler] = {}
        self.tamper: Callable[[PeerId, Channel, bytes], Iterable[bytes]] | None = None
        """What an adversary makes of each message before it is sent."""
        self.eavesdrop: Callable[[PeerId, Channel, bytes], None] | None = None
        """Where an adversary learns of what it receives."""

    def run(self, work: Callable[..., None], *args: Any) -> None:
        """Run the node's code in its context, unless it has crashed."""
        if not self.life.dead:
            try:
                self._context.run(work, *args)
            except Crashed:
                return

    # ----- nodes.network.interface.Network --------------------------------------

    def register(self, channel: Channel, handler: Handler) -> None:
        self._handlers[channel] = handler

    async def start(self) -> None:
        self.hub.attach(self)

    async def stop(self) -> None:
        self.hub.detach(self)

    def peers(self) -> Sequence[PeerId]:
        here, between = self.peer, self.hub._between
        wires = ((peer, between.get((here, peer))) for peer in self.hub.known)
        return [peer for peer, wire in wires if wire is not None and wire.ends[here]]

    def send(self, peer: PeerId, channel: Channel, payload: bytes) -> bool:
        if self.tamper is None:
            return self.put(peer, channel, payload)
        for said in self.tamper(peer, channel, payload):
            self.put(peer, channel, said)
        return True

    def put(self, peer: PeerId, channel: Channel, payload: bytes) -> bool:
        """Send exactly this."""
        hub, wire = self.hub, self.hub.wire(self.peer, peer)
        if self.life.dead or wire is None or not wire.ends.get(self.peer):
            return False
        hub.observed.sent(self.peer, peer, channel, payload)
        return hub.carry(self.peer, peer, lambda: hub.deliver(wire, self.peer, peer, channel, payload))

    def broadcast(self, channel: Channel, payload: bytes) -> None:
        for peer in self.peers():
            self.send(peer, channel, payload)

    async def request(self, peer: PeerId, channel: Channel, payload: bytes, *, timeout_s: float) -> bytes:
        hub = self.hub
        if self.life.dead or not hub.believes(self.peer, peer):
            raise RequestFailed(f"{peer} is not connected")
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        hub.carry(self.peer, peer, lambda: hub.ask(self.peer, peer, channel, payload, answer))
        try:
            async with asyncio.timeout(timeout_s):
                return await answer
        except TimeoutError:
            raise RequestFailed(f"{peer}: no answer within {timeout_s:g} s") from None

    # ----- what the hub calls, in the node's context ------------------------------

    def connected(self, peer: PeerId) -> None:
        self.hub.observed.said("connected", f"{self.peer} to {peer}")
        for handler in self._handlers.values():
            handler.on_connected(peer)

    def disconnected(self, peer: PeerId) -> None:
        self.hub.observed.said("disconnected", f"{self.peer} from {peer}")
        for handler in self._handlers.values():
            handler.on_disconnected(peer)

    def receive(self, source: PeerId, channel: Channel, payload: bytes) -> None:
        if self.eavesdrop is not None:
            self.eavesdrop(source, channel, payload)
        try:
            self._handlers[channel].on_message(source, payload)
        except PeerError as error:
            self.hub.blame(self, error)
        except Exception as error:
            self.hub.observed.fault(f"{self.peer}: a message of {source} raised {error!r}")

    def serve(self, source: PeerId, channel: Channel, payload: bytes, answer: asyncio.Future[bytes]) -> None:
        asyncio.get_running_loop().create_task(self._serve(source, channel, payload, answer), name="serve")

    async def _serve(
        self, source: PeerId, channel: Channel, payload: bytes, answer: asyncio.Future[bytes]
    ) -> None:
        def reply(data: bytes | RequestFailed) -> None:
            if answer.done():
                return
            if isinstance(data, RequestFailed):
                answer.set_exception(data)
            else:
                answer.set_result(data)

        result: bytes | RequestFailed
        try:
            result = await self._handlers[channel].on_request(source, payload)
        except RequestFailed as error:
            result = error
        except PeerError as error:
            self.hub.blame(self, error)
            return
        except Exception as error:
            self.hub.observed.fault(f"{self.peer}: a request of {source} raised {error!r}")
            return
        self.hub.carry(self.peer, source, lambda: reply(result))
