"""What an invariant is told, and how it objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tests.simulation.invariants.seats import Seats, Timeline

if TYPE_CHECKING:
    from nodes.bft.work import Work


class Violation(Exception):
    """Something that must never happen has happened."""


@dataclass(frozen=True)
class Setting:
    """What is fixed for one simulation."""

    timeline: Timeline
    """Who seals which height; the invariant of sets writes it on."""
    network: bytes
    traitors: frozenset[str]
    """Organisations that need not keep to any rule."""
    verify: Any
    """Raises unless (keys, message, signature) is a genuine aggregate."""
    treason: bool = False
    """Whether there may be more traitors than the protocol bears."""

    def at(self, height: int) -> Seats:
        """The validators of a height."""
        return self.timeline.at(height)


@dataclass(frozen=True)
class Committed:
    """A block as a node wrote it to its database."""

    height: int
    block_id: bytes
    header: bytes
    """Canonical JSON."""
    leaves: tuple[bytes, ...]
    statement_ids: tuple[bytes, ...]
    records: tuple[tuple[str, bytes], ...]
    """Keys and values written, in order."""
    seal: bytes
    """Canonical JSON."""


class Invariant:
    """Hooks, all about honest nodes only. Any of them may raise `Violation`."""

    name: ClassVar[str]

    def __init__(self, setting: Setting) -> None:
        self.setting = setting

    def sent(self, node: str, payload: bytes) -> None:
        """A node says something on the consensus channel."""

    def synced(self, node: str, journal: str, data: bytes, *, replaced: bool) -> None:
        """One of a node's journals is durable with this content; `replaced` when the file is another."""

    def committed(self, node: str, block: Committed) -> None:
        """A node has made a block durable."""

    def acknowledged(self, node: str, height: int, statement_ids: tuple[bytes, ...]) -> None:
        """A node has told its clients that these are on the ledger."""

    def refused(self, node: str, statement_id: bytes, code: str) -> None:
        """A node has told its clients that this can never be on the ledger."""

    def turned_away(self, node: str, leaf: bytes) -> None:
        """A node has not taken what a client brought to it, and to no other."""

    def blamed(self, by: str, whom: str, reason: str) -> None:
        """A node has thrown out a peer for breaking the protocol."""

    def checked(self, node: str, message: bytes, seats: tuple[int, ...]) -> None:
        """A node has found genuine the votes of these seats, which all signed `message`."""

    def began(self, node: str) -> None:
        """A node begins a height, or begins it anew, and remembers nothing of it."""

    def measured(self, node: str, work: Work | None, sizes: dict[str, int]) -> None:
        """A node's memory, now and then."""

    def crashed(self, node: str) -> None:
        """A node has lost what was not durable."""

    def restored(self, node: str, height: int) -> None:
        """A node's database ends at this height: it is an older copy, or empty, or came as a snapshot."""

    def finished(self, databases: dict[str, Any], witnesses: dict[str, bytes]) -> None:
        """All is over: what lies in the databases, and the bytes of the witness logs."""
