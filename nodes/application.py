"""The application: executes statements by the contracts and keeps the ledger.

It implements duties A1 to A6 of `nodes.engine`. Proposing, judging and
committing run on one thread of their own, so that the event loop stays free and
the state has one reader that may fill its caches; admission runs beside it on
committed state only. What a block leads to is computed once and remembered until
the block is committed or another one is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

from contracts.context import Context
from contracts.execution import Terms, terms_after, validators_after
from contracts.refusals import Refusal, Refused
from contracts.versions import RulesUnknown
from ledger.batch import is_batch, subjects_of
from ledger.block import Block, Header, header_id
from ledger.chain import Draft, Tip, advance, check_block, check_position, check_size, next_header
from ledger.errors import ChainError, InvariantViolated, LedgerError
from ledger.genesis import Genesis, Parameters
from ledger.merkle import leaf_hash
from ledger.primitives import Hash, Height, TimeMs
from ledger.seal import Seal, seal_hash, verify_seal
from ledger.state import StateUpdate, apply, key_hash, record_hash
from ledger.statement import Statement, parse_statement
from nodes.batching import Batcher
from nodes.clock import Clock
from nodes.engine import Proposed, ProposeRequest
from nodes.execution import Computed, Execution, Executor, Limits
from nodes.outcomes import SealedBlock
from nodes.state_cache import MAX_PAGES, MAX_RECORDS, Overlay, Peek, ReadThrough
from nodes.storage import SnapshotWrite, Store
from nodes.writing import block_write, sealed_block

R = TypeVar("R")

MAX_COMPUTED = 8
"""Blocks of the height under way whose effects are remembered; what is forgotten is computed again."""

VERSION_AHEAD = "record.version-ahead"
"""The one refusal that a pooled statement may outlive: the act that it builds on is still on its way."""

EXPIRED = "statement.expired"
"""Final by block time alone: by this node's clock, which may be wrong, it only means "not now" (W4)."""


class LedgerApplication:
    """See the module. `on_commit` is called on the event loop after each durable block."""

    def __init__(
        self,
        store: Store,
        genesis: Genesis,
        clock: Clock,
        on_commit: Callable[[SealedBlock], None],
        after_commit: Callable[[Header, Header, Sequence[Seal]], None] | None = None,
    ) -> None:
        """`after_commit` is called before the next block can be, with the headers before and after.

        Raises `contracts.versions.RulesUnknown` where this software lacks the rules of the next block.
        """
        self._store = store
        self._genesis = genesis
        self._clock = clock
        self._on_commit = on_commit
        self._after_commit = after_commit
        self._records = ReadThrough(store.record_value, MAX_RECORDS)
        self._pages = ReadThrough(store.page, MAX_PAGES)
        self._tip = store.tip()
        self._terms = self._terms_of_next(self._tip)
        self._recent = dict(store.recent_statements(self._tip.header.time_ms))
        self._executor = Executor(self._recent.__contains__)
        self._computed: dict[Hash, Computed] = {}
        self._verified_seals: set[Hash] = set()
        self._written: frozenset[str] = frozenset()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="application")
        self._checker = ThreadPoolExecutor(1, thread_name_prefix="admission")
        self._admission = Batcher(self._check_batch, self._checker)

    def close(self) -> None:
        """Wait for work in flight and stop the threads."""
        self._worker.shutdown()
        self._checker.shutdown()

    def info(self) -> Tip:
        """A1: the last committed block."""
        return self._tip

    def parameters(self) -> Parameters:
        """A1: those of the next block."""
        return self._terms.parameters

    def state(self) -> Peek:
        """The committed records, for readers on any thread."""
        return Peek(self._records)

    def context(self) -> Context:
        """The context in which a statement arriving now would be executed."""
        time_ms = max(self._tip.header.time_ms + 1, self._clock.now_ms())
        return self._context(Height(self._tip.height + 1), TimeMs(time_ms))

    def _context(self, height: Height, time_ms: TimeMs) -> Context:
        terms = self._terms
        return Context(
            height=height,
            time_ms=time_ms,
            parameters=terms.parameters,
            rules_version=terms.rules_version,
            network=self._tip.network,
        )

    def _terms_of_next(self, tip: Tip) -> Terms:
        return terms_after(Peek(self._records), Height(tip.height + 1))

    async def check(self, data: bytes) -> Statement:
        """A2: parse, normalise, verify and try the statement; raises `Refused`.

        A statement that builds on a version that does not exist yet may enter,
        because the act before it may still be on its way; a batch, which is large, may not.
        """
        outcome = await self._admission.submit(data)
        if isinstance(outcome, Refusal):
            raise Refused(outcome)
        return outcome

    def _check_batch(self, batch: Sequence[bytes]) -> list[Statement | Refusal]:
        state, context = Peek(self._records), self.context()
        return [self._check_one(data, state, context) for data in batch]

    def _check_one(self, data: bytes, state: Peek, context: Context) -> Statement | Refusal:
        try:
            statement = parse_statement(data, normalise=True)
        except LedgerError as error:
            return Refusal(
                code=f"statement.{error.code}", field=error.field, message=error.message, final=True
            )
        outcome = self._try(statement, state, context)
        if isinstance(outcome, Refusal) and (outcome.code != VERSION_AHEAD or is_batch(statement)):
            return outcome
        return statement

    def _try(
        self, statement: Statement, state: Peek, context: Context
    ) -> tuple[tuple[str, bytes], ...] | Refusal:
        """The effect of a statement now.

        A commit may come between two reads, so what looks like a broken state is
        looked at again while none can.
        """
        try:
            outcome = self._executor.judge_one(statement, state, context)
        except InvariantViolated:
            with self._records.changing():
                outcome = self._executor.judge_one(statement, state, context)
        if isinstance(outcome, Refusal) and outcome.code == EXPIRED:
            return replace(outcome, final=statement.payload.last_valid_ms <= self._tip.header.time_ms)
        return outcome

    async def propose(self, request: ProposeRequest) -> Proposed:
        """A3."""
        return await self._run(self._propose, request)

    def _propose(self, request: ProposeRequest) -> Proposed:
        tip, limits = self._tip, Limits.of(self._terms.parameters).shared()
        if request.height != tip.height + 1:
            raise InvariantViolated(f"asked to propose {request.height} on top of {tip.height}")
        context = self._context(request.height, request.time_ms)
        execution = self._executor.run(request.candidates, Overlay(self._records), context, limits)
        update = self._update(execution)
        leaves = tuple(applied.statement.leaf for applied in execution.applied)
        draft = Draft(
            proposer=request.proposer,
            time_ms=request.time_ms,
            parent_seal=request.parent_seal,
            leaf_hashes=[leaf_hash(leaf) for leaf in leaves],
        )
        version = context.rules_version
        header, frontier = next_header(tip, draft, state_root=update.root, rules_version=version)
        block = Block(header=header, entries=leaves, parent_seal=request.parent_seal)
        self._remember(Computed(block=block, execution=execution, update=update, frontier=frontier))
        return Proposed(block=block, refused=self._left_out(request, execution))

    def _left_out(self, request: ProposeRequest, execution: Execution) -> dict[Hash, Refusal]:
        """Why candidates are not in a proposal; final only for what holds if it is never decided (W4).

        A proposal may lose its round: that another candidate of it won a race, or
        that its time is past a statement's end, means nothing until it is committed.
        """
        taken = {applied.statement.id for applied in execution.applied}
        committed = Peek(self._records)
        earliest = self._context(request.height, TimeMs(self._tip.header.time_ms + 1))
        refused = {}
        for statement in request.candidates:
            why = execution.refused.get(statement.id)
            if why is None or why.code == VERSION_AHEAD or statement.id in taken:
                continue
            if why.final:
                alone = self._executor.judge_one(statement, committed, earliest)
                why = alone if isinstance(alone, Refusal) and alone.final else replace(why, final=False)
            refused[statement.id] = why
        return refused

    def _update(self, execution: Execution) -> StateUpdate:
        writes = execution.overlay.writes
        return apply({key_hash(key): record_hash(value) for key, value in writes.items()}, self._pages.get)

    def _remember(self, computed: Computed) -> None:
        while len(self._computed) >= MAX_COMPUTED:
            del self._computed[next(iter(self._computed))]
        self._computed[header_id(computed.block.header)] = computed

    async def judge(self, block: Block) -> None:
        """A4: raises `LedgerError`."""
        await self._run(self._judge, block)

    def _judge(self, block: Block) -> Computed:
        known = self._computed.get(header_id(block.header))
        if known is not None and known.block == block:
            return known
        tip, parameters = self._tip, self._terms.parameters
        check_position(tip, block)
        self._check_parent_seal(tip, block.parent_seal)
        check_size(block.entries, parameters)
        statements = [parse_statement(entry) for entry in block.entries]
        context = self._context(Height(block.header.height), TimeMs(block.header.time_ms))
        overlay, limits = Overlay(self._records), Limits.of(parameters)
        execution = self._executor.run(statements, overlay, context, limits)
        if execution.refused:
            statement_id, refusal = next(iter(execution.refused.items()))
            raise ChainError(
                f"holds {statement_id.hex()[:16]}, which is refused: {refusal.code}", field="entries"
            )
        if len(execution.applied) < len(statements):
            raise ChainError("makes its nodes read or write more than a block may", field="entries")
        update = self._update(execution)
        frontier = check_block(tip, block, state_root=update.root, rules_version=context.rules_version)
        computed = Computed(block=block, execution=execution, update=update, frontier=frontier)
        self._remember(computed)
        return computed

    def _check_parent_seal(self, tip: Tip, seal: Seal | None) -> None:
        if seal is None or seal_hash(seal) in self._verified_seals:
            return
        parents = self._store.validators_at(tip.height)
        verify_seal(seal, tip.network, parents)
        self._verified_seals.add(seal_hash(seal))

    async def commit(self, block: Block, seals: Sequence[Seal]) -> Tip:
        """A5. The block is durable also where this raises `RulesUnknown`, because of the next one's rules."""
        sealed, unknown = await self._run(self._commit, block, seals)
        if sealed is not None:
            self._on_commit(sealed)
        if unknown is not None:
            raise unknown
        return self._tip

    def _commit(self, block: Block, seals: Sequence[Seal]) -> tuple[SealedBlock | None, RulesUnknown | None]:
        """What was sealed, unless it was before, and why nothing can follow here."""
        tip = self._tip
        if block.header.height <= tip.height:
            stored = self._store.header(Height(block.header.height))
            if stored is None or header_id(stored) != header_id(block.header):
                raise InvariantViolated(f"another block is committed at height {block.header.height}")
            return None, None
        computed = self._judge(block)
        writes = computed.execution.overlay.writes
        validators = validators_after(computed.execution.overlay)
        after = advance(tip, block, computed.frontier, validators)
        write = block_write(tip, after, block, seals, computed.execution, computed.update, self._records)
        with self._records.changing():
            self._store.commit_block(write)
            self._records.update(writes)
        self._pages.update(computed.update.pages)
        self._computed.clear()
        self._verified_seals = {seal_hash(seal) for seal in seals}
        self._forget_expired(block.header)
        for applied in computed.execution.applied:
            self._recent[applied.statement.id] = applied.statement.payload.last_valid_ms
        self._written = frozenset(writes)
        unknown = self._go_over(after)
        if self._after_commit is not None:
            self._after_commit(tip.header, after.header, seals)
        return sealed_block(after, seals, computed.execution, tip.frontier.size), unknown

    def _go_over(self, tip: Tip) -> RulesUnknown | None:
        """Take the next block's terms and the new tip; the terms before stay where the rules are unknown."""
        try:
            self._terms, unknown = self._terms_of_next(tip), None
        except RulesUnknown as error:
            unknown = error
        self._tip = tip
        return unknown

    async def adopt(self, snapshot: SnapshotWrite) -> Tip:
        """Go on from a verified snapshot, if at the genesis; raises `InvariantViolated` as the store does."""
        return await self._run(self._adopt, snapshot)

    def _adopt(self, snapshot: SnapshotWrite) -> Tip:
        with self._records.changing():
            self._store.adopt(snapshot)
            self._records.clear()
        self._pages.clear()
        self._computed.clear()
        tip = self._store.tip()
        self._terms = self._terms_of_next(tip)
        self._tip = tip
        self._recent.clear()
        self._recent.update(self._store.recent_statements(self._tip.header.time_ms))
        return self._tip

    def _forget_expired(self, header: Header) -> None:
        """Drop ids whose statements are too late to be accepted again."""
        if header.height % 64 == 0:
            late = [key for key, last in self._recent.items() if last < header.time_ms]
            for key in late:
                del self._recent[key]

    def recheck(self, pooled: Sequence[Statement]) -> Mapping[Hash, Refusal]:
        """A6: those whose record the last block changed, or whose time is up, and that are now refused."""
        tip, state, context = self._tip, Peek(self._records), self.context()
        refused: dict[Hash, Refusal] = {}
        for statement in pooled:
            expired = statement.payload.last_valid_ms <= tip.header.time_ms
            if not expired and self._written.isdisjoint(subjects_of(statement)):
                continue
            outcome = self._try(statement, state, context)
            if isinstance(outcome, Refusal) and outcome.code != VERSION_AHEAD:
                refused[statement.id] = outcome
        return refused

    async def exclusively(self, work: Callable[[], R]) -> R:
        """Run work on the application's thread, where no commit can come between its reads."""
        return await self._run(work)

    async def load_block(self, height: Height) -> tuple[Block, Seal] | None:
        """A committed block with its seal."""
        block, seal = await asyncio.to_thread(self._store.load_block, height) or (None, None)
        return None if block is None or seal is None else (block, seal)

    async def _run(self, work: Callable[..., R], *args: object) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._worker, work, *args)
