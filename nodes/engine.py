"""The boundary between ordering and execution.

An engine puts statements into one order and obtains seals; the application
checks, executes and keeps. They meet here and nowhere else, so that another
engine can take the place of the embedded one. Tests carry the numbers below.

Duties of the application

A1. *info* names the last committed block, so that an engine resumes after it, and
    *parameters* those of the block after it.
A2. *check* decides whether a statement may enter a pool. It changes nothing and
    raises `contracts.refusals.Refused` otherwise. Passing it promises nothing about execution.
A3. *propose* executes candidates in order on top of the last committed block,
    leaves out those the contracts refuse and says why, and returns a block
    within the limits of its parameters and of the rules. It may be called many
    times for a height.
A4. *judge* re-executes a proposed block and raises `ledger.errors.ChainError` (or
    another `LedgerError`) unless every entry is accepted and the header matches
    bit by bit. It depends on nothing but the block and the committed past: no
    clock, no pool. Judging changes nothing that `info` or a query would show.
A5. *commit* makes a decided block durable, in one transaction with its records
    and read models, before it returns. Committing the same block again is
    harmless; any other block at a committed height is refused as a broken
    invariant. `seals` are those that became known with this commit: of this
    block for the embedded engine, of earlier blocks for engines whose seal
    follows later. Where the rules of the next block are unknown here, it raises
    `contracts.versions.RulesUnknown` after that, and the engine stops.
A6. *recheck* says which pooled statements the last commit made impossible.

Duties of the engine

E1. *start* resumes from `info`, catches up, and only then takes part.
E2. *stop* returns when nothing is in flight and everything signed is durable.
E3. *submit* takes a checked statement, or raises `PoolFull`; until it is
    committed, refused for good, or expired, the engine keeps offering it.
E4. *status* reports height, round, peers and whether the node can be relied on.
E5. Blocks are committed in order of height, each exactly once, and each with a
    seal that verifies against the set that its parent appointed.
E6. *propose* and *judge* of a height are called only after *commit* of the one before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from contracts.refusals import Refusal
from ledger.block import Block
from ledger.chain import Tip
from ledger.genesis import Parameters
from ledger.primitives import Hash, Height, Round, TimeMs
from ledger.seal import Seal
from ledger.statement import Statement


class PoolFull(Exception):
    """The pool has no room: try again later or elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeRequest:
    """What the engine asks the application to build a block from."""

    height: Height
    proposer: str
    """The proposing organisation."""
    time_ms: TimeMs
    """Block time, already greater than the parent's."""
    parent_seal: Seal | None
    candidates: Sequence[Statement]
    """Checked statements, in the order in which they should be tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A block, and what was left out of it and why."""

    block: Block
    refused: Mapping[Hash, Refusal] = field(default_factory=dict)
    """By statement id; final only where it holds even if this block is never decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStatus:
    """How the engine is doing."""

    height: Height
    """Last committed height."""
    round: Round
    """Round being worked on for the next height."""
    ready: bool
    """Whether the node is caught up, connected to a quorum and has a clock that can be trusted."""
    reasons: tuple[str, ...]
    """Why it is not ready; empty when it is."""
    peers: tuple[str, ...]
    """Connected nodes, as `organisation/node`."""
    pool_entries: int
    """Statements waiting."""
    pool_bytes: int
    """Their size."""
    guilty: tuple[str, ...] = ()
    """Organisations whose validator is proven to have contradicted itself, sorted."""


class Application(Protocol):
    """What executes and keeps: duties A1 to A6."""

    def info(self) -> Tip:
        """A1."""
        ...

    def parameters(self) -> Parameters:
        """A1: they change only with a commit."""
        ...

    async def check(self, data: bytes) -> Statement:
        """A2: the statement, normalised and verified; raises `Refused`."""
        ...

    async def propose(self, request: ProposeRequest) -> Proposed:
        """A3."""
        ...

    async def judge(self, block: Block) -> None:
        """A4: raises `ledger.errors.LedgerError`."""
        ...

    async def commit(self, block: Block, seals: Sequence[Seal]) -> Tip:
        """A5: the tip after the block."""
        ...

    def recheck(self, pooled: Sequence[Statement]) -> Mapping[Hash, Refusal]:
        """A6: by statement id, those that can no longer take effect."""
        ...

    async def load_block(self, height: Height) -> tuple[Block, Seal] | None:
        """A committed block with its seal, for peers that lag; None when it is not (or no longer) kept."""
        ...


class Engine(Protocol):
    """What orders: duties E1 to E6."""

    async def start(self) -> None:
        """E1."""
        ...

    async def stop(self) -> None:
        """E2."""
        ...

    async def submit(self, statement: Statement) -> None:
        """E3: raises `PoolFull`."""
        ...

    def status(self) -> EngineStatus:
        """E4."""
        ...
