"""Executing statements in order: the loop that proposing, judging and admission share.

For each statement: the envelope, whether it was seen before, the actor, the
signature (verified once, remembered), and the contract. What the contracts
refuse leaves no trace. The same statements on the same state give the same
result on every node; limits decide how many of them one block holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from contracts.context import Actor, Context, StateReader
from contracts.execution import (
    MAX_BLOCK_WORK,
    MAX_BLOCK_WRITTEN_BYTES,
    Accepted,
    authenticate,
    check_envelope,
    execute,
)
from contracts.refusals import Refusal
from ledger.block import Block
from ledger.errors import LedgerError
from ledger.genesis import Parameters
from ledger.merkle import Frontier
from ledger.primitives import Hash
from ledger.state import StateUpdate
from ledger.statement import Statement
from nodes.state_cache import Overlay

MAX_VERIFIED = 100_000
"""Remembered signatures: what a full pool holds, with room for the last blocks."""


WORK_SHARE = 3
"""No organisation makes more than one part in this many of the work of a block that we propose."""


class VerifiedSignatures:
    """Which statements' signatures were verified, by a key bound to every byte and to the public key."""

    def __init__(self) -> None:
        self._known: dict[Hash, None] = {}

    def verify(self, statement: Statement, actor: Actor) -> Refusal | None:
        """None when the actor's key signed the statement; the refusal otherwise."""
        place = statement.cache_key(actor.key)
        if place in self._known:
            return None
        try:
            statement.verify(actor.key)
        except LedgerError as error:
            return Refusal(
                code="statement.bad-signature", field=error.field, message=error.message, final=True
            )
        if len(self._known) >= MAX_VERIFIED:
            for old in list(islice(self._known, MAX_VERIFIED // 10)):
                self._known.pop(old, None)
        self._known[place] = None
        return None


def known_refusal() -> Refusal:
    """The refusal of a statement that the ledger already holds."""
    return Refusal(
        code="statement.known",
        field="",
        message="The ledger already holds this statement. Look it up by its id; nothing else is to be done.",
        final=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """One accepted statement and what it wrote."""

    statement: Statement
    writes: tuple[tuple[str, bytes], ...]


@dataclass(slots=True)
class Execution:
    """The outcome of executing statements on a state."""

    overlay: Overlay
    applied: list[Applied] = field(default_factory=list)
    refused: dict[Hash, Refusal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """What a block leads to."""

    block: Block
    execution: Execution
    update: StateUpdate
    frontier: Frontier


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a block may hold, and make its nodes do."""

    entries: int
    size_bytes: int
    work: int = MAX_BLOCK_WORK
    """Records that its statements look at and write."""
    written_bytes: int = MAX_BLOCK_WRITTEN_BYTES
    """Size of what they write."""
    work_each: int = MAX_BLOCK_WORK
    """Of the work, what the statements of one organisation make."""
    written_each: int = MAX_BLOCK_WRITTEN_BYTES
    """The same of the size of what is written."""

    @classmethod
    def of(cls, parameters: Parameters) -> Limits:
        """Those of a block under these parameters."""
        return cls(parameters.max_block_entries, parameters.max_block_bytes)

    def shared(self) -> Limits:
        """The same for whoever proposes: no organisation takes all the work that a block may be."""
        return replace(self, work_each=self.work // WORK_SHARE, written_each=self.written_bytes // WORK_SHARE)


class Executor:
    """Executes statements; keeps nothing but verified signatures."""

    def __init__(self, seen: Callable[[Hash], bool]) -> None:
        self._seen = seen
        self.signatures = VerifiedSignatures()

    def judge_one(
        self, statement: Statement, state: StateReader, context: Context
    ) -> tuple[tuple[str, bytes], ...] | Refusal:
        """The writes of one statement on a state, or why it is refused."""
        outcome = self._judge(statement, state, context)
        return outcome if isinstance(outcome, Refusal) else outcome.writes

    def _judge(self, statement: Statement, state: StateReader, context: Context) -> Accepted | Refusal:
        refusal = check_envelope(statement, context)
        if refusal is not None:
            return refusal
        if self._seen(statement.id):
            return known_refusal()
        actor = authenticate(statement, state, context)
        if isinstance(actor, Refusal):
            return actor
        refusal = self.signatures.verify(statement, actor)
        if refusal is not None:
            return refusal
        return execute(statement, actor, state, context)

    def run(
        self, statements: Sequence[Statement], overlay: Overlay, context: Context, limits: Limits
    ) -> Execution:
        """Execute as many of the statements, in order, as the limits allow.

        What would make the block too much work waits for the next one, and whatever
        else its organisation signed waits behind it, unlooked at.
        """
        execution = Execution(overlay)
        taken: set[Hash] = set()
        waiting: set[str] = set()
        spent: Counter[str] = Counter()
        written: Counter[str] = Counter()
        room, work, written_bytes = limits.size_bytes, limits.work, limits.written_bytes
        for statement in statements:
            if len(execution.applied) >= limits.entries:
                break
            organisation = statement.issuer.partition("/")[0]
            if len(statement.leaf) > room or organisation in waiting:
                continue
            outcome = known_refusal() if statement.id in taken else self._judge(statement, overlay, context)
            if isinstance(outcome, Refusal):
                execution.refused[statement.id] = outcome
                continue
            cost, size = outcome.work, outcome.written_bytes
            own, own_size = spent[organisation] + cost, written[organisation] + size
            if (
                cost > work
                or size > written_bytes
                or own > limits.work_each
                or own_size > limits.written_each
            ):
                waiting.add(organisation)
                continue
            spent[organisation], written[organisation] = own, own_size
            work, written_bytes = work - cost, written_bytes - size
            room -= len(statement.leaf)
            overlay.writes.update(outcome.writes)
            taken.add(statement.id)
            execution.applied.append(Applied(statement=statement, writes=outcome.writes))
        return execution
