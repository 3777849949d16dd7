"""What becomes of pooled statements: offered to the proposer, dropped when refused, worth waking for or not.

A statement that a proposer passed over although there was room is deferred: it
stays in the pool, yet is no reason by itself to make a block, until a trial
execution says that it can take effect after all (W3). So statements that only
wait for their time cause no empty blocks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from contracts.refusals import Refusal
from ledger.block import Block
from ledger.genesis import Parameters
from ledger.primitives import Hash, Height, TimeMs
from ledger.seal import Seal
from ledger.statement import MAX_STATEMENT_BYTES, Statement
from nodes.bft.timing import block_time_ms
from nodes.engine import Application, Proposed, ProposeRequest
from nodes.mempool import Mempool

PASSED_OVER_MS = 1_000
"""A statement that arrived this long before a commit had reached the proposer, if nobody withheld it."""

EXPIRED = Refusal(
    code="statement.expired",
    field="payload.last_valid_ms",
    message="The statement's validity ended before a block could take it: sign it again with a later time.",
    final=True,
)

OnRefused = Callable[[Hash, Refusal], None]


class Pooling:
    """The pool and the application, together."""

    def __init__(
        self,
        *,
        application: Application,
        mempool: Mempool,
        organisation: str,
        on_refused: OnRefused,
    ) -> None:
        self.mempool = mempool
        self._application = application
        self._organisation = organisation
        self._on_refused = on_refused

    async def propose(self, clock_ms: TimeMs, parent_seal: Seal | None) -> Block:
        """Build a block on the last committed one from what waits, and drop what is refused for good."""
        tip = self._application.info()
        limits = self._application.parameters()
        candidates = self.mempool.candidates(
            max_bytes=limits.max_block_bytes, max_entries=limits.max_block_entries
        )
        request = ProposeRequest(
            height=Height(tip.height + 1),
            proposer=self._organisation,
            time_ms=block_time_ms(TimeMs(tip.header.time_ms), clock_ms),
            parent_seal=parent_seal,
            candidates=candidates,
        )
        proposed = await self._application.propose(request)
        self._sort_out(candidates, proposed)
        return proposed.block

    def _sort_out(self, candidates: list[Statement], proposed: Proposed) -> None:
        taken = self.mempool.ids_of(proposed.block.entries)
        chosen = frozenset(taken)
        self.mempool.refresh(taken)
        if not _is_full(proposed.block, self._application.parameters()):
            self.mempool.defer(s.id for s in candidates if s.id not in chosen)
        self._drop(proposed.refused)

    def _drop(self, refused: Mapping[Hash, Refusal]) -> None:
        """Take out what is refused for good, and say so."""
        for statement_id, refusal in refused.items():
            if refusal.final and self.mempool.remove((statement_id,)):
                self._on_refused(statement_id, refusal)

    async def committed(self, block: Block, limits: Parameters, now_ms: int) -> None:
        """Take out what the block holds, what it made impossible, and what has expired.

        `limits` are those under which it was made. Awaited before the next commit,
        since A6 speaks of the last block only.
        """
        self.mempool.remove(self.mempool.ids_of(block.entries))
        if not len(self.mempool):
            return
        self._drop(await asyncio.to_thread(self._application.recheck, self.mempool.statements()))
        for statement in self.mempool.expire(TimeMs(block.header.time_ms)):
            self._on_refused(statement.id, EXPIRED)
        if not block.entries:
            # Its proposer found nothing that can take effect: what waits here has to prove the opposite.
            self.mempool.defer_older_than(now_ms)
        elif not _is_full(block, limits):
            self.mempool.defer_older_than(now_ms - PASSED_OVER_MS)

    def needs_trial(self) -> bool:
        """Whether only deferred statements wait, so that a trial must say if they are worth a block."""
        return len(self.mempool) > 0 and not self.mempool.has_fresh


def _is_full(block: Block, limits: Parameters) -> bool:
    size = sum(len(entry) for entry in block.entries)
    entries = len(block.entries) >= limits.max_block_entries
    return entries or size > limits.max_block_bytes - MAX_STATEMENT_BYTES
