"""The network of one node: it listens, dials, keeps one connection to each peer, and hands out what arrives.

Both sides dial, since either may be unreachable from the other. When two connections
between the same nodes meet, both nodes keep the same one: that of a peer's newest
process, else the one dialled by the lower `PeerId`, else the newer. A peer that breaks
the protocol is disconnected and stays away for a penalty that grows; nothing a peer
sends does more than that. All methods belong to the event loop's thread.
"""

from __future__ import annotations

import asyncio
import collections
import random
import secrets
import socket
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace

import structlog
from websockets.frames import CloseCode as WebSocketCode

from ledger.errors import InvariantViolated
from ledger.keys import SigningKey
from ledger.primitives import Hash
from nodes.network.connection import PeerConnection, Setting
from nodes.network.dialer import Dialer
from nodes.network.directory import Address, Directory
from nodes.network.handshake import FAILURES, Greeted, Greeter, Refused, failure_reason
from nodes.network.interface import Channel, Handler, PeerError, PeerId, RequestFailed
from nodes.network.limits import DEFAULT_LIMITS, Limits
from nodes.network.listener import Listener, Place
from nodes.network.penalties import Penalties
from nodes.network.stats import NetworkStats, PeerCounters, PeerStatus
from nodes.network.tls import TlsContexts
from nodes.network.wire import PROTOCOL_VERSION, CloseCode, Hello, Kind, encode_frame

_LOG = structlog.get_logger("sealane.network")

_STRANGERS = "turned away"
"""Under this reason `stats` counts sockets that found no place."""


class PeerNetwork:
    """Implements `nodes.network.interface.Network` over mutual TLS and WebSocket."""

    def __init__(
        self,
        *,
        peer: PeerId,
        key: SigningKey,
        network: Hash,
        listen: Address,
        directory: Directory,
        software: str,
        limits: Limits = DEFAULT_LIMITS,
        monotonic: Callable[[], float] = time.monotonic,
        jitter: random.Random | None = None,
    ) -> None:
        """`listen.host` empty means every interface, `listen.port` 0 any free port.

        `key` is the node's own key, the one that the ledger has for `peer`.
        `monotonic` gives seconds for rates and penalties; `jitter` spreads dials.
        """
        self._peer = peer
        self._listen = listen
        self._directory = directory
        self._limits = limits
        self._monotonic = monotonic
        self._jitter = jitter or random.Random()  # noqa: S311 - spreads load, keeps no secret
        ours = Hello(
            version=PROTOCOL_VERSION,
            network=network,
            organisation=peer.organisation,
            node=peer.node,
            software=software[:64],
            instance=secrets.token_bytes(8),
        )
        self._greeter = Greeter(ours=ours, directory=directory, limits=limits)
        self._tls = TlsContexts(key)
        self._listener = Listener(limits, self._serve)
        self._handlers: dict[Channel, Handler] = {}
        self._setting = Setting(
            handlers=self._handlers, limits=limits, monotonic=monotonic, on_fault=self._blame
        )
        self._connections: dict[PeerId, PeerConnection] = {}
        self._dialers: dict[PeerId, Dialer] = {}
        self._lives: set[asyncio.Task[None]] = set()
        self._counters: dict[PeerId, PeerCounters] = {}
        self._software: dict[PeerId, str] = {}
        self._penalties = Penalties(limits, monotonic)
        self._refused: collections.Counter[str] = collections.Counter()
        self._running = False

    def register(self, channel: Channel, handler: Handler) -> None:
        """See `Network.register`."""
        if self._running or channel in self._handlers:
            raise InvariantViolated(f"channel {channel.name} is registered twice or after the start")
        self._handlers[channel] = handler

    async def start(self) -> None:
        """Listen and dial until `stop`; raises `OSError` when the port cannot be had."""
        self._tls.trust(self._directory.members())
        await self._listener.start(self._listen.host, self._listen.port)
        self._running = True
        self.recheck()

    async def stop(self) -> None:
        """Close every connection and the port."""
        self._running = False
        dialers = list(self._dialers.values())
        self._dialers.clear()
        await asyncio.gather(*(dialer.stop() for dialer in dialers))
        for connection in tuple(self._connections.values()):
            self._drop(connection, WebSocketCode.GOING_AWAY, "the node stops")
        await asyncio.gather(*self._lives, return_exceptions=True)
        await self._listener.stop()

    def recheck(self) -> None:
        """Look at the directory again: drop who may no longer speak, dial who may now.

        To be called after each block that changed the membership, and after a
        change of addresses.
        """
        members = self._directory.members()
        self._tls.trust(members)
        for peer, connection in tuple(self._connections.items()):
            if self._directory.lookup(connection.key) != peer:
                self._drop(connection, CloseCode.NOT_A_MEMBER, "no longer a node in good standing")
        if not self._running:
            return
        wanted = set(self._directory.addresses()) & set(members.values()) - {self._peer}
        for peer in sorted(self._dialers.keys() - wanted):
            self._spawn(self._dialers.pop(peer).stop())
        for peer in sorted(wanted - self._dialers.keys()):
            self._dialers[peer] = self._dialer(peer)

    def peers(self) -> Sequence[PeerId]:
        """See `Network.peers`; sorted."""
        return sorted(self._connections)

    def send(self, peer: PeerId, channel: Channel, payload: bytes) -> bool:
        """See `Network.send`; `ValueError` when the payload exceeds `MAX_PAYLOAD_BYTES`."""
        frame = encode_frame(Kind.MESSAGE, channel, 0, payload)
        connection = self._connections.get(peer)
        return connection is not None and connection.send(channel, frame)

    def broadcast(self, channel: Channel, payload: bytes) -> None:
        """See `Network.broadcast`; all queues share one encoded frame."""
        frame = encode_frame(Kind.MESSAGE, channel, 0, payload)
        for connection in self._connections.values():
            connection.send(channel, frame)

    async def request(self, peer: PeerId, channel: Channel, payload: bytes, *, timeout_s: float) -> bytes:
        """See `Network.request`; cancelling it forgets the request."""
        connection = self._connections.get(peer)
        if connection is None:
            raise RequestFailed(f"{peer}: not connected")
        return await connection.request(channel, payload, timeout_s=timeout_s)

    @property
    def ports(self) -> Sequence[int]:
        """The ports it listens on."""
        return self._listener.ports

    def stats(self) -> NetworkStats:
        """A snapshot for metrics."""
        known = (set(self._directory.members().values()) | self._counters.keys()) - {self._peer}
        refused = dict(self._refused)
        if self._listener.turned_away:
            refused[_STRANGERS] = self._listener.turned_away
        return NetworkStats(
            peers={peer: self._status(peer) for peer in sorted(known)},
            half_open=self._listener.half_open,
            refused=refused,
        )

    def _status(self, peer: PeerId) -> PeerStatus:
        connection = self._connections.get(peer)
        return PeerStatus(
            connected=connection is not None,
            software=self._software.get(peer, ""),
            latency_s=connection.latency_s if connection else 0.0,
            queue_bytes=connection.queue_bytes if connection else 0,
            counters=replace(self._counters_of(peer)),
        )

    def _counters_of(self, peer: PeerId) -> PeerCounters:
        return self._counters.setdefault(peer, PeerCounters())

    async def _serve(self, connected: socket.socket, place: Place, host: str) -> None:
        """One accepted socket, from its first byte to its last."""
        connection, lives = None, False
        try:
            async with asyncio.timeout(self._limits.handshake_s):
                greeted = await self._greeter.accept(connected, self._tls.server)
                connection = await self._admit_or_refuse(greeted)
                await self._greeter.welcome(greeted)
            place.release()
            self._listener.remember(connection.peer, host)
            self._spawn(self._live(connection))
            lives = True
        except FAILURES as error:
            self._refused[failure_reason(error)] += 1
            _LOG.debug("refused a connection", host=host, error=str(error))
        except Exception:
            _LOG.exception("a handshake failed inside this node", host=host)
        finally:
            if connection is not None and not lives:
                connection.abort()
                self._retire(connection)

    async def _dial(self, peer: PeerId) -> bool:
        """One attempt; whether there is a connection to the peer now, by whoever dialled."""
        address = self._directory.addresses().get(peer)
        if address is None or self._penalties.remaining_s(peer) > 0:
            return False
        try:
            async with asyncio.timeout(self._limits.handshake_s):
                greeted = await self._greeter.dial(address, peer, self._tls.client)
                connection = await self._admit_or_refuse(greeted)
            self._spawn(self._live(connection))
        except FAILURES as error:
            self._refused[failure_reason(error)] += 1
            _LOG.info(
                "cannot reach a peer",
                peer=str(peer),
                host=address.host,
                port=address.port,
                error=str(error) or "no answer in time",
            )
        except Exception:
            _LOG.exception("a dial failed inside this node", peer=str(peer))
        return peer in self._connections

    async def _live(self, connection: PeerConnection) -> None:
        try:
            await connection.run()
        except Exception:
            _LOG.exception("a connection failed inside this node", peer=str(connection.peer))
        finally:
            self._retire(connection)

    async def _admit_or_refuse(self, greeted: Greeted) -> PeerConnection:
        try:
            return self._admit(greeted)
        except Refused as refusal:
            await self._greeter.refuse(greeted.websocket, refusal)
            raise

    def _admit(self, greeted: Greeted) -> PeerConnection:
        """Make it the connection to its peer, unless there are reasons not to: then raise `Refused`."""
        peer = greeted.hello.peer
        if not self._running:
            raise Refused(CloseCode.STOPPING, "the node stops")
        if self._directory.lookup(greeted.key) != peer:
            raise Refused(CloseCode.NOT_A_MEMBER, f"{peer} is no longer in good standing")
        if (wait_s := self._penalties.remaining_s(peer)) > 0:
            raise Refused(CloseCode.PENALTY, f"{peer} broke the protocol; it may return in {wait_s:.0f} s")
        existing = self._connections.get(peer)
        if existing is not None:
            if self._keeps(existing, greeted):
                raise Refused(CloseCode.DUPLICATE, f"{peer} is connected already")
            self._drop(existing, CloseCode.DUPLICATE, "replaced by another connection")
        return self._establish(greeted)

    def _keeps(self, existing: PeerConnection, greeted: Greeted) -> bool:
        """Whether an existing connection wins over a new one; both sides come to the same answer."""
        if existing.hello.instance != greeted.hello.instance or existing.dialled == greeted.dialled:
            return False
        return existing.dialled == (self._peer < existing.peer)

    def _establish(self, greeted: Greeted) -> PeerConnection:
        peer = greeted.hello.peer
        counters = self._counters_of(peer)
        counters.connections += 1
        connection = PeerConnection(
            websocket=greeted.websocket,
            key=greeted.key,
            hello=greeted.hello,
            dialled=greeted.dialled,
            counters=counters,
            setting=self._setting,
        )
        self._connections[peer] = connection
        self._software[peer] = greeted.hello.software
        if (dialer := self._dialers.get(peer)) is not None:
            dialer.connected()
        _LOG.info("peer connected", peer=str(peer), dialled=greeted.dialled, software=greeted.hello.software)
        self._tell(lambda handler: handler.on_connected(peer))
        return connection

    def _drop(self, connection: PeerConnection, code: int, reason: str) -> None:
        self._retire(connection)
        connection.close(code, reason)

    def _retire(self, connection: PeerConnection) -> None:
        """Take a connection out of use, once."""
        peer = connection.peer
        if self._connections.get(peer) is not connection:
            return
        del self._connections[peer]
        if (dialer := self._dialers.get(peer)) is not None:
            dialer.disconnected()
        _LOG.info("peer disconnected", peer=str(peer))
        self._tell(lambda handler: handler.on_disconnected(peer))

    def _tell(self, event: Callable[[Handler], None]) -> None:
        for channel, handler in self._handlers.items():
            try:
                event(handler)
            except Exception:
                _LOG.exception("handler failed", channel=channel.name)

    def _blame(self, error: PeerError) -> None:
        """A peer broke the protocol."""
        counters = self._counters_of(error.peer)
        counters.faults += 1
        counters.last_fault = str(error)
        pause_s = self._penalties.add(error.peer)
        _LOG.warning("peer broke the protocol", peer=str(error.peer), fault=str(error), pause_s=pause_s)
        connection = self._connections.get(error.peer)
        if connection is not None:
            self._drop(connection, CloseCode.FAULT, str(error))

    def _dialer(self, peer: PeerId) -> Dialer:
        dialer = Dialer(
            peer=peer,
            yields=peer < self._peer,
            limits=self._limits,
            jitter=self._jitter,
            dial=self._dial,
            penalty_s=self._penalties.remaining_s,
        )
        if peer in self._connections:
            dialer.connected()
        return dialer

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._lives.add(task)
        task.add_done_callback(self._lives.discard)
