"""The pool of statements that wait for a block: bounded, in order of arrival, fair between members.

It knows nothing of what statements mean. Checking them before they enter, telling
senders what became of them, and gossip are for the engine; here is decided what
has room, what is tried first, what has expired, and what is worth waking for.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from ledger.primitives import Hash, TimeMs
from ledger.statement import Statement
from nodes.engine import PoolFull


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolLimits:
    """How much may wait."""

    max_entries: int = 20_000
    """Twenty seconds of the load that the budgets demand."""
    max_bytes: int = 67_108_864
    """What that many statements of 1 KB come to, three times over."""
    max_member_share: int = 4
    """No member holds more than one part in this many of the entries, so that one cannot crowd out all."""
    max_subject_entries: int = 256
    """For one record: whenever a block changes it, all of them are checked again."""


@dataclass(slots=True)
class _Waiting:
    statement: Statement
    arrived_ms: int
    """Our monotonic clock."""
    local: bool
    """Whether it was submitted here, so that it is ours to send again."""
    deferred: bool = False
    """Whether it was tried or passed over, and is no reason to make a block by itself (W3)."""


class Mempool:
    """Statements by id, oldest first."""

    def __init__(self, limits: PoolLimits | None = None) -> None:
        self._limits = limits or PoolLimits()
        self._waiting: dict[Hash, _Waiting] = {}
        self._ids: dict[bytes, Hash] = {}
        self._bytes = 0
        self._fresh = 0
        self._members: Counter[str] = Counter()
        self._subjects: dict[str, dict[Hash, None]] = {}
        self._ends: list[tuple[int, Hash]] = []
        """A heap of last valid times and ids, those already gone included."""

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, statement_id: object) -> bool:
        return statement_id in self._waiting

    @property
    def size_bytes(self) -> int:
        """Sum of the statements' sizes."""
        return self._bytes

    @property
    def has_fresh(self) -> bool:
        """Whether a statement waits that no proposer is known to have passed over."""
        return self._fresh > 0

    def add(self, statement: Statement, now_ms: int, *, local: bool) -> bool:
        """Let a statement wait; False when it waits already. Raises `PoolFull`."""
        waiting = self._waiting.get(statement.id)
        if waiting is not None:
            waiting.local = waiting.local or local
            return False
        size = len(statement.leaf)
        if len(self._waiting) >= self._limits.max_entries or self._bytes + size > self._limits.max_bytes:
            raise PoolFull(f"{len(self._waiting)} statements of {self._bytes} bytes wait already")
        share = max(1, self._limits.max_entries // self._limits.max_member_share)
        if self._members[statement.issuer] >= share:
            raise PoolFull(f"{share} statements of {statement.issuer} wait already")
        if len(self._subjects.get(statement.subject, ())) >= self._limits.max_subject_entries:
            raise PoolFull(
                f"{self._limits.max_subject_entries} statements about {statement.subject} wait already"
            )
        self._waiting[statement.id] = _Waiting(statement, now_ms, local)
        self._ids[statement.leaf] = statement.id
        self._bytes += size
        self._fresh += 1
        self._members[statement.issuer] += 1
        self._subjects.setdefault(statement.subject, {})[statement.id] = None
        self._note_end(statement)
        return True

    def _note_end(self, statement: Statement) -> None:
        """Remember when it expires; now and then without those that left before."""
        heapq.heappush(self._ends, (statement.payload.last_valid_ms, statement.id))
        if len(self._ends) > 2 * len(self._waiting) + 1_024:
            self._ends = [(w.statement.payload.last_valid_ms, i) for i, w in self._waiting.items()]
            heapq.heapify(self._ends)

    def get(self, statement_id: Hash) -> Statement | None:
        """A waiting statement."""
        waiting = self._waiting.get(statement_id)
        return waiting.statement if waiting else None

    def ids_of(self, leaves: Iterable[bytes]) -> list[Hash]:
        """The ids of those leaves that wait, in the order given."""
        return [self._ids[leaf] for leaf in leaves if leaf in self._ids]

    def of_subject(self, subject: str) -> tuple[Statement, ...]:
        """The statements that wait to act on a record, oldest first."""
        return tuple(self._waiting[i].statement for i in self._subjects.get(subject, ()))

    def candidates(self, *, max_bytes: int, max_entries: int) -> list[Statement]:
        """The oldest statements that may fit into one block."""
        chosen: list[Statement] = []
        room = max_bytes
        for waiting in self._waiting.values():
            size = len(waiting.statement.leaf)
            if len(chosen) >= max_entries or size > room:
                break
            chosen.append(waiting.statement)
            room -= size
        return chosen

    def statements(self) -> list[Statement]:
        """All of them, oldest first."""
        return [waiting.statement for waiting in self._waiting.values()]

    def remove(self, statement_ids: Iterable[Hash]) -> list[Statement]:
        """Take statements out, whether committed, refused or unwanted; those that were there."""
        removed = []
        for statement_id in statement_ids:
            waiting = self._waiting.pop(statement_id, None)
            if waiting is None:
                continue
            statement = waiting.statement
            del self._ids[statement.leaf]
            self._bytes -= len(statement.leaf)
            self._fresh -= not waiting.deferred
            self._members[statement.issuer] -= 1
            if not self._members[statement.issuer]:
                del self._members[statement.issuer]
            siblings = self._subjects[statement.subject]
            del siblings[statement_id]
            if not siblings:
                del self._subjects[statement.subject]
            removed.append(statement)
        return removed

    def expire(self, block_time_ms: TimeMs) -> list[Statement]:
        """Take out those whose last valid time has passed: no later block can hold them."""
        gone = []
        while self._ends and self._ends[0][0] <= block_time_ms:
            gone.append(heapq.heappop(self._ends)[1])
        return self.remove(gone)

    def defer(self, statement_ids: Iterable[Hash]) -> None:
        """Note that a proposer tried these and left them out for now."""
        for statement_id in statement_ids:
            waiting = self._waiting.get(statement_id)
            if waiting is not None and not waiting.deferred:
                waiting.deferred = True
                self._fresh -= 1

    def defer_older_than(self, arrived_ms: int) -> None:
        """Note that a block with room left passed over all that arrived by then."""
        if self._fresh:
            older = takewhile(lambda item: item[1].arrived_ms <= arrived_ms, self._waiting.items())
            self.defer([statement_id for statement_id, _ in older])

    def refresh(self, statement_ids: Iterable[Hash]) -> None:
        """Note that these can take effect after all."""
        for statement_id in statement_ids:
            waiting = self._waiting.get(statement_id)
            if waiting is not None and waiting.deferred:
                waiting.deferred = False
                self._fresh += 1

    def rebroadcast(self, *, arrived_before_ms: int, limit: int) -> Sequence[Statement]:
        """The oldest of our own that have waited since before then, to be sent to the validators again."""
        due: list[Statement] = []
        for waiting in self._waiting.values():
            if len(due) >= limit or waiting.arrived_ms > arrived_before_ms:
                break
            if waiting.local:
                due.append(waiting.statement)
        return due
