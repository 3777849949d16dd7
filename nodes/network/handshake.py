"""From a socket to a greeted peer: TLS, identity, WebSocket, greeting, in both directions.

The one who dials speaks first; the one who accepts answers only once it has decided
to keep the connection, so an answered greeting means both sides agree. Until then
the other side is nobody, and the caller's deadline runs. Counting sockets is the
listener's job, deciding between duplicates the network's.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from dataclasses import dataclass
from typing import Any, cast

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.connection import Connection
from websockets.asyncio.server import Server, ServerConnection
from websockets.client import ClientProtocol
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from ledger.errors import CryptoKeyError
from nodes.network.directory import Address, Directory
from nodes.network.interface import PeerId
from nodes.network.limits import Limits
from nodes.network.tls import peer_key
from nodes.network.websocket import PeerClientConnection, PeerServerConnection
from nodes.network.wire import (
    MAX_MESSAGE_BYTES,
    CloseCode,
    Hello,
    WireError,
    decode_hello,
    decode_reason,
    encode_hello,
    encode_reason,
)

_URI = parse_uri("wss://node.sealane.invalid/peer")
"""The same for all: who is meant follows from the socket, who answers from the key."""


class Refused(Exception):
    """One side does not want the connection."""

    def __init__(self, code: CloseCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


FAILURES = (OSError, EOFError, InvalidHandshake, ConnectionClosed, WireError, CryptoKeyError, Refused)
"""What a handshake may end in, whatever the other side does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeted:
    """A connection whose other side is known."""

    websocket: Connection
    """The stream."""
    key: bytes
    """The compressed key that the other side holds."""
    hello: Hello
    """What it said."""
    dialled: bool
    """Whether this node dialled."""


class Greeter:
    """This node's half of every handshake."""

    def __init__(self, *, ours: Hello, directory: Directory, limits: Limits) -> None:
        self._ours = ours
        self._directory = directory
        self._limits = limits
        self._desk = _Desk()

    async def dial(self, address: Address, expected: PeerId, tls: ssl.SSLContext) -> Greeted:
        """Connect to the node that should listen at an address; raises one of `FAILURES`.

        The deadline of the whole handshake is the caller's, shorter than that of TLS given here.
        """
        loop = asyncio.get_running_loop()
        protocol = ClientProtocol(_URI, max_size=MAX_MESSAGE_BYTES)
        websocket = PeerClientConnection(protocol, **self._options())
        transport, _ = await loop.create_connection(
            lambda: websocket,
            address.host,
            address.port,
            ssl=tls,
            ssl_handshake_timeout=self._limits.handshake_s + self._limits.close_s,
            ssl_shutdown_timeout=self._limits.close_s,
        )
        try:
            key, member = self._identify(websocket)
            if member != expected:
                raise Refused(CloseCode.WRONG_IDENTITY, f"{member} answers at the address of {expected}")
            await self._open(websocket, member)
            await websocket.send(encode_hello(self._ours))
            hello = await self._hear(websocket, member)
        except BaseException:
            transport.abort()
            raise
        websocket.start_keepalive()
        return Greeted(websocket=websocket, key=key, hello=hello, dialled=True)

    async def accept(self, connected: socket.socket, tls: ssl.SSLContext) -> Greeted:
        """Hear who connected; the answer is `welcome` or `refuse`. Raises one of `FAILURES`."""
        loop = asyncio.get_running_loop()
        protocol = ServerProtocol(max_size=MAX_MESSAGE_BYTES)
        websocket = PeerServerConnection(protocol, cast(Server, self._desk), **self._options())
        # Event loops differ in the protocol they return here, so it is made beforehand.
        transport, _ = await loop.connect_accepted_socket(
            lambda: websocket,
            connected,
            ssl=tls,
            ssl_handshake_timeout=self._limits.handshake_s + self._limits.close_s,
            ssl_shutdown_timeout=self._limits.close_s,
        )
        try:
            key, member = self._identify(websocket)
            await websocket.handshake(server_header=None)
            if websocket.state is not State.OPEN:
                raise InvalidHandshake("not a WebSocket request")
            hello = await self._hear(websocket, member)
        except BaseException:
            transport.abort()
            raise
        return Greeted(websocket=websocket, key=key, hello=hello, dialled=False)

    async def welcome(self, greeted: Greeted) -> None:
        """Tell the one who dialled that the connection stays."""
        await greeted.websocket.send(encode_hello(self._ours))
        greeted.websocket.start_keepalive()

    async def refuse(self, websocket: Connection, refusal: Refused) -> None:
        """Say why, then hang up."""
        reason = encode_reason(refusal.message).decode("utf-8", "ignore")
        await websocket.close(refusal.code, reason)
        websocket.transport.abort()

    async def _open(self, websocket: ClientConnection, member: PeerId) -> None:
        try:
            await websocket.handshake(user_agent_header=None)
        except (InvalidHandshake, EOFError, ConnectionClosed) as error:
            # In TLS 1.3 the one who dials is done before its certificate is judged: this is where it learns.
            raise ConnectionAbortedError(
                f"{member} hung up; perhaps its directory lacks this node's key ({error})"
            ) from error

    def _identify(self, websocket: Connection) -> tuple[bytes, PeerId]:
        key = peer_key(websocket.transport.get_extra_info("ssl_object"))
        member = self._directory.lookup(key)
        if member is None or member == self._ours.peer:
            raise Refused(CloseCode.NOT_A_MEMBER, f"no other node in good standing has the key {key.hex()}")
        return key, member

    async def _hear(self, websocket: Connection, member: PeerId) -> Hello:
        try:
            hello = decode_hello(await websocket.recv())
            check_hello(hello, self._ours, member)
        except ConnectionClosed as error:
            if error.rcvd is None or error.rcvd.code not in _CLOSE_CODES:
                raise
            told = decode_reason(error.rcvd.reason.encode("utf-8", "replace"))
            raise Refused(_CLOSE_CODES[error.rcvd.code], f"{member} refuses: {told}") from None
        except Refused as refusal:
            await self.refuse(websocket, refusal)
            raise
        return hello

    def _options(self) -> dict[str, Any]:
        return {
            "limits": self._limits,
            "ping_interval": self._limits.ping_interval_s,
            "ping_timeout": self._limits.ping_timeout_s,
            "close_timeout": self._limits.close_s,
            "max_queue": self._limits.receive_queue,
            "write_limit": self._limits.write_buffer_bytes,
        }


def check_hello(theirs: Hello, ours: Hello, member: PeerId) -> None:
    """Raise `Refused` unless the greeting fits this node and the member whose key was proved."""
    if theirs.version != ours.version:
        versions = f"protocol version {theirs.version} meets version {ours.version}"
        raise Refused(CloseCode.PROTOCOL_VERSION, versions)
    if theirs.network != ours.network:
        networks = f"network {theirs.network.hex()[:16]} meets network {ours.network.hex()[:16]}"
        raise Refused(CloseCode.WRONG_NETWORK, networks)
    if theirs.peer != member:
        raise Refused(CloseCode.WRONG_IDENTITY, f"{member}'s key with {theirs.peer}'s greeting")


def failure_reason(error: Exception) -> str:
    """In a few words that do not vary, for counting, why a handshake ended in one of `FAILURES`."""
    if isinstance(error, Refused):
        return error.code.name.lower().replace("_", " ")
    if isinstance(error, ssl.SSLError):
        return "tls"
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, ConnectionAbortedError | ConnectionResetError):
        return "hung up"
    return "unreachable" if isinstance(error, OSError) else "protocol"


class _Desk:
    """What the library wants of a server: a task for each connection, here one that only waits."""

    def __init__(self) -> None:
        self.handler_tasks: set[asyncio.Task[None]] = set()

    def is_serving(self) -> bool:
        return True

    async def handler(self, connection: ServerConnection) -> None:
        try:
            await connection.wait_closed()
        finally:
            task = asyncio.current_task()
            if task is not None:
                self.handler_tasks.discard(task)


_CLOSE_CODES = {int(code): code for code in CloseCode}
