"""What the network counts, for metrics and for people.

Counters only grow while the node runs. `PeerNetwork.stats` hands out a snapshot;
exporting it is the metrics page's job.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nodes.network.interface import PeerId


@dataclass(slots=True, kw_only=True)
class PeerCounters:
    """What passed between this node and one peer, over all their connections."""

    connections: int = 0
    """Times a connection was established."""
    frames_in: int = 0
    """Messages, requests and answers received."""
    frames_out: int = 0
    """The same, handed to the transport or queued for it."""
    bytes_in: int = 0
    """Bytes received in WebSocket messages."""
    bytes_out: int = 0
    """Bytes handed to the transport."""
    dropped: int = 0
    """Frames that found no room in the queue or were displaced from it."""
    faults: int = 0
    """Times the peer broke the protocol."""
    handler_errors: int = 0
    """Exceptions of our own handlers: bugs of this node, not of the peer."""
    busy: int = 0
    """Requests of the peer refused because too many were in work."""
    stalls: int = 0
    """Connections given up because the peer read too slowly."""
    last_fault: str = ""
    """What the peer did wrong last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerStatus:
    """One peer as it is now."""

    connected: bool
    """Whether it can be reached."""
    software: str
    """The version its node announced last; empty before the first connection."""
    latency_s: float
    """Round trip of the last ping; 0 before the first."""
    queue_bytes: int
    """Bytes waiting to be sent to it."""
    counters: PeerCounters
    """A copy of its counters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkStats:
    """The network of this node as it is now."""

    peers: Mapping[PeerId, PeerStatus]
    """Every member's node, and every node heard of since the start."""
    half_open: int
    """Accepted connections in the middle of their handshake."""
    refused: Mapping[str, int] = field(default_factory=dict)
    """Handshakes that failed, in either direction, by reason."""
