"""The pool of statements that wait for a block: bounded, in order of arrival, fair between those who sign.

It knows nothing of what statements mean. Checking them before they enter, telling
senders what became of them, and gossip are for the engine; here is decided what
has room, what is tried first, what has expired, and what is worth waking for.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
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
    """No member holds more than one part in this many of entries and bytes: one cannot crowd out all."""
    max_organisation_share: int = 3
    """Nor do all members of one organisation together: it cannot either, however many it enrols."""
    deferred_share: int = 8
    """One part in this many of a block's room goes to those that were passed over before, in turn."""
    max_subject_entries: int = 256
    """For one record: whenever a block changes it, all of them are checked again."""


@dataclass(slots=True)
class _Waiting:
    statement: Statement
    arrived_ms: int
    """Our monotonic clock."""
    local: bool
    """Whether it was submitted here, so that it is ours to send again."""


@dataclass(slots=True)
class _Room:
    """What is left of a block."""

    entries: int
    size_bytes: int

    def take(self, statements: Iterable[Statement]) -> Iterator[Statement]:
        """Those that fit, one after the other; what has no room does not keep out those behind it."""
        for statement in statements:
            if self.entries <= 0 or self.size_bytes <= 0:
                return
            if len(statement.leaf) <= self.size_bytes:
                self.entries -= 1
                self.size_bytes -= len(statement.leaf)
                yield statement


class Mempool:
    """Statements by id, oldest first."""

    def __init__(self, limits: PoolLimits | None = None) -> None:
        self._limits = limits or PoolLimits()
        self._waiting: dict[Hash, _Waiting] = {}
        self._ids: dict[bytes, Hash] = {}
        self._bytes = 0
        self._deferred: dict[Hash, None] = {}
        """Those tried or passed over, which are no reason to make a block by themselves (W3), next first."""
        self._held: Counter[str] = Counter()
        """How many wait of each member, and of each organisation."""
        self._held_bytes: Counter[str] = Counter()
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
        return len(self._deferred) < len(self._waiting)

    def add(self, statement: Statement, now_ms: int, *, local: bool) -> bool:
        """Let a statement wait; False when it waits already. Raises `PoolFull`."""
        waiting = self._waiting.get(statement.id)
        if waiting is not None:
            waiting.local = waiting.local or local
            return False
        size = len(statement.leaf)
        if len(self._waiting) >= self._limits.max_entries or self._bytes + size > self._limits.max_bytes:
            raise PoolFull(f"{len(self._waiting)} statements of {self._bytes} bytes wait already")
        self._check_shares(statement)
        if len(self._subjects.get(statement.subject, ())) >= self._limits.max_subject_entries:
            raise PoolFull(
                f"{self._limits.max_subject_entries} statements about {statement.subject} wait already"
            )
        self._waiting[statement.id] = _Waiting(statement, now_ms, local)
        self._ids[statement.leaf] = statement.id
        self._bytes += size
        for holder in _holders(statement):
            self._held[holder] += 1
            self._held_bytes[holder] += size
        self._subjects.setdefault(statement.subject, {})[statement.id] = None
        self._note_end(statement)
        return True

    def _check_shares(self, statement: Statement) -> None:
        """Raise `PoolFull` where its member or organisation has its share already."""
        limits = self._limits
        shares = (limits.max_member_share, limits.max_organisation_share)
        for holder, share in zip(_holders(statement), shares, strict=True):
            entries, held = max(1, limits.max_entries // share), self._held_bytes[holder]
            if self._held[holder] >= entries:
                raise PoolFull(f"{entries} statements of {holder} wait already")
            if held + len(statement.leaf) > limits.max_bytes // share:
                raise PoolFull(f"statements of {holder} with {held} bytes wait already")

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
        """Statements that fit into one block, oldest first.

        What never takes effect must not keep out what can: those that were deferred
        have a small share, and what the others leave, and each of them has its turn.
        """
        room, share = _Room(max_entries, max_bytes), self._limits.deferred_share
        again = list(_Room(max_entries // share, max_bytes // share).take(self._statements(self._deferred)))
        chosen = {statement.id for statement in room.take(again)}
        fresh = (i for i in self._waiting if i not in self._deferred)
        chosen.update([statement.id for statement in room.take(self._statements(fresh))])
        others = (i for i in self._deferred if i not in chosen)
        again += room.take(self._statements(others))
        for statement in again:
            chosen.add(statement.id)
            del self._deferred[statement.id]
            self._deferred[statement.id] = None
        return [waiting.statement for i, waiting in self._waiting.items() if i in chosen]

    def _statements(self, statement_ids: Iterable[Hash]) -> Iterator[Statement]:
        return (self._waiting[statement_id].statement for statement_id in statement_ids)

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
            self._deferred.pop(statement_id, None)
            for holder in _holders(statement):
                self._held[holder] -= 1
                self._held_bytes[holder] -= len(statement.leaf)
                if not self._held[holder]:
                    del self._held[holder], self._held_bytes[holder]
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
            if statement_id in self._waiting:
                self._deferred.setdefault(statement_id)

    def defer_older_than(self, arrived_ms: int) -> None:
        """Note that a block with room left passed over all that arrived by then."""
        if self.has_fresh:
            older = takewhile(lambda item: item[1].arrived_ms <= arrived_ms, self._waiting.items())
            self.defer([statement_id for statement_id, _ in older])

    def refresh(self, statement_ids: Iterable[Hash]) -> None:
        """Note that these can take effect after all."""
        for statement_id in statement_ids:
            self._deferred.pop(statement_id, None)

    def rebroadcast(self, *, arrived_before_ms: int, limit: int) -> Sequence[Statement]:
        """The oldest of our own that have waited since before then, to be sent to the validators again."""
        due: list[Statement] = []
        for waiting in self._waiting.values():
            if len(due) >= limit or waiting.arrived_ms > arrived_before_ms:
                break
            if waiting.local:
                due.append(waiting.statement)
        return due


def _holders(statement: Statement) -> tuple[str, str]:
    """Whose shares a statement counts toward: its member's and that of the member's organisation."""
    return statement.issuer, statement.issuer.partition("/")[0]
