"""Every bound of the network between nodes, each beside its reason.

A peer is authenticated but not trusted, and whoever reaches the port is neither:
nothing here may grow with what the other side does. The bounds are one value so
that a test can lower them; nodes of one network may differ in them.
"""

from __future__ import annotations

from dataclasses import dataclass

MAX_PAYLOAD_BYTES = 8 * 1024 * 1024
"""Largest payload of one frame: four blocks of the default genesis. Part of the protocol."""

MAX_REASON_BYTES = 120
"""Longest refusal text sent or kept; a WebSocket close frame carries 123 bytes (RFC 6455 section 5.5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds in bytes, counts and seconds."""

    handshake_s: float = 10.0
    """From accepted or dialled to greeted, all steps together, so that no step can be stretched; ten
    long-haul round trips and a retransmission fit."""
    half_open: int = 64
    """Connections that have not finished their handshake. A hundred peers that return at once get through in
    seconds; a flood costs at most this many sockets."""
    half_open_per_host: int = 16
    """The same from one address, so that one host cannot fill them all; several nodes may share it."""
    close_s: float = 2.0
    """How long a closing handshake may take before the socket is aborted."""
    ping_interval_s: float = 10.0
    """Keeps mappings of address translators alive, which are dropped after about 30 s at the earliest."""
    ping_timeout_s: float = 15.0
    """A peer that answers no ping for so long is gone."""
    control_frames_per_s: float = 10.0
    """Pings and pongs of one peer; honest ones send one of each in `ping_interval_s`, and after a stall of
    the line a few at once. Each ping makes us send a pong."""
    stall_s: float = 20.0
    """One write may take so long: the largest payload then needs 420 kB/s, less than any office line."""
    queue_bytes: int = 32 * 1024 * 1024
    """Bytes waiting for one peer: four of the largest payloads."""
    queue_frames: int = 16_384
    """Frames waiting for one peer: a few seconds of statements at the sustained rate."""
    batch_bytes: int = 64 * 1024
    """Small frames that wait together travel as one WebSocket message up to this size: one system call
    instead of hundreds. More would only delay what is urgent."""
    write_buffer_bytes: int = 64 * 1024
    """What the transport may hold back. Small, because what is in it can no longer be overtaken."""
    receive_queue: int = 4
    """WebSocket messages read ahead of their handling; bounds memory to this many of the largest."""
    requests_out: int = 256
    """Our own unanswered requests to one peer."""
    requests_in: int = 64
    """Requests of one peer in work at once; further ones are answered with "busy"."""
    requests_in_bytes: int = 16 * 1024 * 1024
    """Their payloads together: two of the largest."""
    receive_bytes_per_s: float = 64 * 1024 * 1024
    """Reading from a peer slows down to this: half a gigabit line, less than would fill memory."""
    receive_frames_per_s: float = 25_000
    """The same in frames: eight times the statements a network aspires to."""
    backoff_first_s: float = 0.25
    """Pause after the first failed dial; it doubles with each further one."""
    backoff_cap_s: float = 15.0
    """Longest pause between dials, so that a returned peer is found soon."""
    stable_s: float = 10.0
    """A connection that held this long resets the pause; a shorter one counts as another failure."""
    courtesy_s: float = 1.0
    """Of two nodes the one with the higher id waits this long before it dials, so that they rarely cross."""
    penalty_first_s: float = 10.0
    """How long a peer stays away after it broke the protocol; doubles with each further fault."""
    penalty_cap_s: float = 300.0
    """Longest such pause: a repaired peer is back in five minutes without anyone's help."""
    penalty_memory_s: float = 3_600.0
    """After so long without a fault the next one counts as the first."""


DEFAULT_LIMITS = Limits()
"""What a node uses unless its operator knows better."""
