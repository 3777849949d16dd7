"""Received statements that wait for their check: bounded, and fair between those who sent them.

Every check costs a signature verification. Each organisation has a queue of its
own, the queues are served in turn, and none may fill more than its share, so
that a flood from one holds up nobody's statements but its own.
"""

from __future__ import annotations

from collections import deque

ENTRIES = 8_192
"""Statements that wait: seconds of full load. More are dropped and come again."""

SIZE_BYTES = 33_554_432
"""The same in bytes."""

SHARE = 2
"""No organisation fills more than one part in this many: all of the load may come through one node."""


class Inbox:
    """Queues by organisation."""

    def __init__(self, entries: int = ENTRIES, size_bytes: int = SIZE_BYTES) -> None:
        self._entries = entries
        self._size_bytes = size_bytes
        self._queues: dict[str, deque[bytes]] = {}
        self._sizes: dict[str, int] = {}
        self._waiting: set[bytes] = set()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, organisation: str, leaf: bytes) -> bool:
        """Let a statement wait; False when it does already, or there is no room for it."""
        queue = self._queues.get(organisation, ())
        size = self._sizes.get(organisation, 0) + len(leaf)
        if (
            leaf in self._waiting
            or len(self._waiting) >= self._entries
            or self._bytes + len(leaf) > self._size_bytes
            or len(queue) >= self._entries // SHARE
            or size > self._size_bytes // SHARE
        ):
            return False
        self._queues.setdefault(organisation, deque()).append(leaf)
        self._sizes[organisation] = size
        self._waiting.add(leaf)
        self._bytes += len(leaf)
        return True

    def take(self) -> bytes:
        """The next statement, of one organisation after the other; raises `LookupError` when none waits."""
        organisation = next(iter(self._queues), None)
        if organisation is None:
            raise LookupError("no statement waits")
        queue = self._queues.pop(organisation)
        leaf = queue.popleft()
        self._waiting.remove(leaf)
        self._bytes -= len(leaf)
        self._sizes[organisation] -= len(leaf)
        if queue:
            self._queues[organisation] = queue
        else:
            del self._sizes[organisation]
        return leaf
