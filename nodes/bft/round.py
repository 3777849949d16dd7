"""One round of one height: the state machine of arXiv 1807.04938, algorithm 1.

Rule 1: everything that a round's state may become is in this file. Rule 2: this
file does not know who we are, what a block is, or how votes were counted; the
driver tells it what holds (`Event`), it answers what to do (`Action`). Each
handler names its lines (L) in the paper and its clause in docs/spec/consensus.md.
An event in a step that the table does not list is not allowed and changes nothing.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ledger.primitives import Hash, Round
from ledger.seal import NIL, NO_ROUND, VoteType


class Step(enum.IntEnum):
    """How far a validator is in its round."""

    NEW = 0
    """No round has begun."""
    PROPOSE = 1
    PREVOTE = 2
    PRECOMMIT = 3
    DECIDED = 4
    """A block is decided; only the next height follows."""


class Timeout(enum.IntEnum):
    """What a timer waits for."""

    PROPOSE = 1
    PREVOTE = 2
    PRECOMMIT = 3
    REBROADCAST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundState:
    """What a validator remembers within a height."""

    round: Round = NO_ROUND
    step: Step = Step.NEW
    locked_round: Round = NO_ROUND
    locked_id: Hash | None = None
    """The block last precommitted: until a polka at least as recent is seen, only nil is prevoted."""
    valid_round: Round = NO_ROUND
    valid_id: Hash | None = None
    """The block that last had a polka: what to propose."""
    prevote_timer: bool = False
    """Whether L34 fired in this round."""
    polka_seen: bool = False
    """Whether L36 fired in this round."""
    precommit_timer: bool = False
    """Whether L47 fired in this round."""


@dataclass(frozen=True, slots=True)
class StartRound:
    """A round begins: L11, L55."""

    round: Round
    proposing: bool
    """Whether the round is ours to propose in."""


@dataclass(frozen=True, slots=True)
class FreshProposal:
    """The round's proposal without a valid round: L22."""

    block_id: Hash
    acceptable: bool
    """Valid, by the round's proposer, and timely."""


@dataclass(frozen=True, slots=True)
class Reproposal:
    """The round's proposal with a valid round, whose polka is known: L28."""

    block_id: Hash
    valid_round: Round
    acceptable: bool


@dataclass(frozen=True, slots=True)
class AnyPrevotes:
    """A quorum prevoted something: L34."""


@dataclass(frozen=True, slots=True)
class Polka:
    """A quorum prevoted the round's valid proposal: L36."""

    block_id: Hash


@dataclass(frozen=True, slots=True)
class NilPolka:
    """A quorum prevoted nil: L44."""


@dataclass(frozen=True, slots=True)
class AnyPrecommits:
    """A quorum precommitted something: L47."""


@dataclass(frozen=True, slots=True)
class NilPrecommits:
    """A quorum precommitted nil, so that this round can decide nothing (D3)."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A quorum precommitted a valid block in some round: L49."""

    round: Round
    block_id: Hash


@dataclass(frozen=True, slots=True)
class Elapsed:
    """A timer of this round ran out: L57, L61, L65."""

    timeout: Timeout


Event = (
    StartRound
    | FreshProposal
    | Reproposal
    | AnyPrevotes
    | Polka
    | NilPolka
    | AnyPrecommits
    | NilPrecommits
    | Decision
    | Elapsed
)


@dataclass(frozen=True, slots=True)
class Propose:
    """Propose the valid block, or a new one where there is none."""


@dataclass(frozen=True, slots=True)
class CastVote:
    """Sign and send a vote in this round."""

    type: VoteType
    block_id: Hash
    valid_round: Round = NO_ROUND


@dataclass(frozen=True, slots=True)
class Schedule:
    """Start a timer for this round."""

    timeout: Timeout


@dataclass(frozen=True, slots=True)
class NextRound:
    """Leave this round for the next: L67."""


@dataclass(frozen=True, slots=True)
class Decide:
    """The height is decided."""

    round: Round
    block_id: Hash


Action = Propose | CastVote | Schedule | NextRound | Decide


@dataclass(frozen=True, slots=True)
class Transition:
    """What a step leads to."""

    state: RoundState
    actions: tuple[Action, ...] = ()
    allowed: bool = True
    """False when the table has no such event in this step: nothing changed."""


def apply(state: RoundState, event: Event) -> Transition:
    """The transition that `event` causes in `state`."""
    steps, handler = TABLE[type(event)]
    if state.step not in steps:
        return Transition(state, allowed=False)
    return handler(state, event)


def _start(state: RoundState, event: StartRound) -> Transition:
    """R1 (L11-L21). The timer also runs for the proposer, whose building may take too long (D2)."""
    if event.round <= state.round:
        return Transition(state, allowed=False)
    started = replace(
        state,
        round=event.round,
        step=Step.PROPOSE,
        prevote_timer=False,
        polka_seen=False,
        precommit_timer=False,
    )
    wait = Schedule(Timeout.PROPOSE)
    return Transition(started, (Propose(), wait) if event.proposing else (wait,))


def _prevote(state: RoundState, block_id: Hash, valid_round: Round) -> Transition:
    return Transition(replace(state, step=Step.PREVOTE), (CastVote(VoteType.PREVOTE, block_id, valid_round),))


def _precommit(state: RoundState, block_id: Hash) -> Transition:
    return Transition(replace(state, step=Step.PRECOMMIT), (CastVote(VoteType.PRECOMMIT, block_id),))


def _fresh(state: RoundState, event: FreshProposal) -> Transition:
    """R2 (L22-L27), without `lockedValue = v` (D4)."""
    free = state.locked_round == NO_ROUND
    return _prevote(state, event.block_id if event.acceptable and free else NIL, NO_ROUND)


def _again(state: RoundState, event: Reproposal) -> Transition:
    """R3 (L28-L33), without `lockedValue = v` (D4); the prevote carries the valid round (D1)."""
    if not 0 <= event.valid_round < state.round:
        return Transition(state, allowed=False)
    if event.acceptable and state.locked_round <= event.valid_round:
        return _prevote(state, event.block_id, event.valid_round)
    return _prevote(state, NIL, NO_ROUND)


def _any_prevotes(state: RoundState, _event: AnyPrevotes) -> Transition:
    """R4 (L34-L35)."""
    if state.prevote_timer:
        return Transition(state, allowed=False)
    return Transition(replace(state, prevote_timer=True), (Schedule(Timeout.PREVOTE),))


def _polka(state: RoundState, event: Polka) -> Transition:
    """R5 (L36-L43)."""
    if state.polka_seen:
        return Transition(state, allowed=False)
    seen = replace(state, polka_seen=True, valid_round=state.round, valid_id=event.block_id)
    if state.step is not Step.PREVOTE:
        return Transition(seen)
    return _precommit(replace(seen, locked_round=state.round, locked_id=event.block_id), event.block_id)


def _nil_polka(state: RoundState, _event: NilPolka) -> Transition:
    """R6 (L44-L46)."""
    return _precommit(state, NIL)


def _any_precommits(state: RoundState, _event: AnyPrecommits) -> Transition:
    """R7 (L47-L48)."""
    if state.precommit_timer:
        return Transition(state, allowed=False)
    return Transition(replace(state, precommit_timer=True), (Schedule(Timeout.PRECOMMIT),))


def _nil_precommits(state: RoundState, _event: NilPrecommits) -> Transition:
    """R12 (D3): what could not be decided is not waited for."""
    return Transition(state, (NextRound(),))


def _decision(state: RoundState, event: Decision) -> Transition:
    """R8 (L49-L54)."""
    return Transition(replace(state, step=Step.DECIDED), (Decide(event.round, event.block_id),))


def _elapsed(state: RoundState, event: Elapsed) -> Transition:
    """R9 (L57-L60), R10 (L61-L64), R11 (L65-L67)."""
    if event.timeout is Timeout.PROPOSE and state.step is Step.PROPOSE:
        return _prevote(state, NIL, NO_ROUND)
    if event.timeout is Timeout.PREVOTE and state.step is Step.PREVOTE:
        return _precommit(state, NIL)
    if event.timeout is Timeout.PRECOMMIT:
        return Transition(state, (NextRound(),))
    return Transition(state, allowed=False)


_OPEN = frozenset({Step.PROPOSE, Step.PREVOTE, Step.PRECOMMIT})

TABLE: Mapping[type[Event], tuple[frozenset[Step], Callable[[RoundState, Any], Transition]]] = {
    StartRound: (_OPEN | {Step.NEW}, _start),
    FreshProposal: (frozenset({Step.PROPOSE}), _fresh),
    Reproposal: (frozenset({Step.PROPOSE}), _again),
    AnyPrevotes: (frozenset({Step.PREVOTE}), _any_prevotes),
    Polka: (frozenset({Step.PREVOTE, Step.PRECOMMIT}), _polka),
    NilPolka: (frozenset({Step.PREVOTE}), _nil_polka),
    AnyPrecommits: (_OPEN, _any_precommits),
    NilPrecommits: (_OPEN, _nil_precommits),
    Decision: (_OPEN, _decision),
    Elapsed: (_OPEN, _elapsed),
}
"""Which event may happen in which step, and what handles it."""
