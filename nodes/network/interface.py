"""What the rest of the node sees of the network between nodes.

A peer is a node of an organisation on the ledger, authenticated by its key.
Messages are fire-and-forget and may be dropped when a peer is slow or gone;
requests get one answer or an error. Nothing that arrives is believed: handlers
decode it and raise `PeerError` for what no honest peer would send.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import NamedTuple, Protocol


class PeerId(NamedTuple):
    """A node of an organisation, as the ledger names it."""

    organisation: str
    node: str

    def __str__(self) -> str:
        return f"{self.organisation}/{self.node}"


class Channel(enum.IntEnum):
    """What a message is about. Lower numbers are sent first when a queue has several."""

    CONSENSUS = 1
    """Proposals, votes and their certificates."""
    STATEMENTS = 2
    """Pending statements."""
    SYNC = 3
    """Sealed blocks, on request."""
    CONTENTS = 4
    """Contents of bills, declarations and documents, on request."""
    CHARGES = 5
    """Proof that a validator contradicted itself."""
    SNAPSHOTS = 6
    """Parts of snapshots, on request: megabytes, and nothing waits for them but a node that joins."""


class PeerError(Exception):
    """A peer broke the protocol: the connection is closed and the fault recorded against it."""

    def __init__(self, peer: PeerId, message: str) -> None:
        super().__init__(f"{peer}: {message}")
        self.peer = peer


class RequestFailed(Exception):
    """A request got no answer: the peer is gone, too slow, busy, or said no. The text says which."""


class Handler(Protocol):
    """Who receives what arrives on a channel."""

    def on_message(self, peer: PeerId, payload: bytes) -> None:
        """One message. Must return quickly; raises `PeerError` to have the peer disconnected."""
        ...

    async def on_request(self, peer: PeerId, payload: bytes) -> bytes:
        """Answer one request; raises `RequestFailed` to say no, `PeerError` to have the peer disconnected."""
        ...

    def on_connected(self, peer: PeerId) -> None:
        """A peer became reachable."""
        ...

    def on_disconnected(self, peer: PeerId) -> None:
        """A peer is no longer reachable."""
        ...


class Network(Protocol):
    """The streams to all peers."""

    def register(self, channel: Channel, handler: Handler) -> None:
        """Give a channel its handler, before `start`."""
        ...

    async def start(self) -> None:
        """Listen and dial until `stop`."""
        ...

    async def stop(self) -> None:
        """Close every connection."""
        ...

    def peers(self) -> Sequence[PeerId]:
        """The nodes connected now."""
        ...

    def send(self, peer: PeerId, channel: Channel, payload: bytes) -> bool:
        """Queue a message for a peer; False when it is not connected or its queue is full."""
        ...

    def broadcast(self, channel: Channel, payload: bytes) -> None:
        """Queue a message for every connected peer."""
        ...

    async def request(self, peer: PeerId, channel: Channel, payload: bytes, *, timeout_s: float) -> bytes:
        """Ask a peer and wait for its answer; raises `RequestFailed`."""
        ...
