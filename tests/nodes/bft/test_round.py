"""The round's table, cell by cell: (clause, state, event, expected state, expected actions)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.primitives import Hash, Round
from ledger.seal import NIL, NO_ROUND, VoteType
from nodes.bft.round import (
    TABLE,
    Action,
    AnyPrecommits,
    AnyPrevotes,
    CastVote,
    Decide,
    Decision,
    Elapsed,
    Event,
    FreshProposal,
    NextRound,
    NilPolka,
    NilPrecommits,
    Polka,
    Propose,
    Reproposal,
    RoundState,
    Schedule,
    StartRound,
    Step,
    Timeout,
    apply,
)

V = Hash(b"v" * 32)
W = Hash(b"w" * 32)


def state(step: Step, round_: int = 0, **more: object) -> RoundState:
    return replace(RoundState(round=Round(round_), step=step), **more)  # type: ignore[arg-type]


def prevote(block_id: Hash, valid_round: int = -1) -> CastVote:
    return CastVote(VoteType.PREVOTE, block_id, Round(valid_round))


def precommit(block_id: Hash) -> CastVote:
    return CastVote(VoteType.PRECOMMIT, block_id, NO_ROUND)


LOCKED_V0 = {"locked_round": 0, "locked_id": V, "valid_round": 0, "valid_id": V}

CASES: list[tuple[str, RoundState, Event, RoundState, tuple[Action, ...]]] = [
    (
        "R1 (L14): the proposer proposes",
        RoundState(),
        StartRound(Round(0), True),
        state(Step.PROPOSE),
        (Propose(), Schedule(Timeout.PROPOSE)),
    ),
    (
        "R1 (L21): the others wait",
        RoundState(),
        StartRound(Round(0), False),
        state(Step.PROPOSE),
        (Schedule(Timeout.PROPOSE),),
    ),
    (
        "R1 (L55): a later round forgets the timers and keeps the lock",
        state(Step.PRECOMMIT, 0, **LOCKED_V0, prevote_timer=True, precommit_timer=True, polka_seen=True),
        StartRound(Round(3), False),
        state(Step.PROPOSE, 3, **LOCKED_V0),
        (Schedule(Timeout.PROPOSE),),
    ),
    (
        "R2 (L24): a fresh acceptable block is prevoted",
        state(Step.PROPOSE),
        FreshProposal(V, True),
        state(Step.PREVOTE),
        (prevote(V),),
    ),
    (
        "R2 (L26): an unacceptable one is not",
        state(Step.PROPOSE),
        FreshProposal(V, False),
        state(Step.PREVOTE),
        (prevote(NIL),),
    ),
    (
        "R2 (L26): nor is another than the locked one",
        state(Step.PROPOSE, 1, **LOCKED_V0),
        FreshProposal(W, True),
        state(Step.PREVOTE, 1, **LOCKED_V0),
        (prevote(NIL),),
    ),
    (
        "R2 (D4): nor the locked one without its polka",
        state(Step.PROPOSE, 1, **LOCKED_V0),
        FreshProposal(V, True),
        state(Step.PREVOTE, 1, **LOCKED_V0),
        (prevote(NIL),),
    ),
    (
        "R3 (L30, D1): unlock on a newer polka; the prevote carries its round",
        state(Step.PROPOSE, 2, **LOCKED_V0),
        Reproposal(W, Round(1), True),
        state(Step.PREVOTE, 2, **LOCKED_V0),
        (prevote(W, 1),),
    ),
    (
        "R3 (L32): the polka is older than the lock",
        state(Step.PROPOSE, 3, locked_round=2, locked_id=V, valid_round=2, valid_id=V),
        Reproposal(W, Round(1), True),
        state(Step.PREVOTE, 3, locked_round=2, locked_id=V, valid_round=2, valid_id=V),
        (prevote(NIL),),
    ),
    (
        "R3 (D4): the locked block, with a polka older than the lock",
        state(Step.PROPOSE, 3, locked_round=2, locked_id=V, valid_round=2, valid_id=V),
        Reproposal(V, Round(1), True),
        state(Step.PREVOTE, 3, locked_round=2, locked_id=V, valid_round=2, valid_id=V),
        (prevote(NIL),),
    ),
    (
        "R3 (L29): the locked block, with the polka of the lock",
        state(Step.PROPOSE, 3, locked_round=2, locked_id=V, valid_round=2, valid_id=V),
        Reproposal(V, Round(2), True),
        state(Step.PREVOTE, 3, locked_round=2, locked_id=V, valid_round=2, valid_id=V),
        (prevote(V, 2),),
    ),
    (
        "R3 (L32): an invalid block is not prevoted however many want it",
        state(Step.PROPOSE, 2),
        Reproposal(W, Round(1), False),
        state(Step.PREVOTE, 2),
        (prevote(NIL),),
    ),
    (
        "R4 (L35)",
        state(Step.PREVOTE),
        AnyPrevotes(),
        state(Step.PREVOTE, prevote_timer=True),
        (Schedule(Timeout.PREVOTE),),
    ),
    (
        "R5 (L37-L43): lock, precommit",
        state(Step.PREVOTE),
        Polka(V),
        state(Step.PRECOMMIT, **LOCKED_V0, polka_seen=True),
        (precommit(V),),
    ),
    (
        "R5 (L42): after a nil precommit the block only becomes the valid one",
        state(Step.PRECOMMIT),
        Polka(V),
        state(Step.PRECOMMIT, valid_round=0, valid_id=V, polka_seen=True),
        (),
    ),
    ("R6 (L45)", state(Step.PREVOTE), NilPolka(), state(Step.PRECOMMIT), (precommit(NIL),)),
    (
        "R7 (L48): in any step",
        state(Step.PROPOSE),
        AnyPrecommits(),
        state(Step.PROPOSE, precommit_timer=True),
        (Schedule(Timeout.PRECOMMIT),),
    ),
    (
        "R8 (L49): of a past round too",
        state(Step.PROPOSE, 4),
        Decision(Round(1), V),
        state(Step.DECIDED, 4),
        (Decide(Round(1), V),),
    ),
    ("R9 (L59)", state(Step.PROPOSE), Elapsed(Timeout.PROPOSE), state(Step.PREVOTE), (prevote(NIL),)),
    ("R10 (L63)", state(Step.PREVOTE), Elapsed(Timeout.PREVOTE), state(Step.PRECOMMIT), (precommit(NIL),)),
    ("R11 (L67)", state(Step.PREVOTE), Elapsed(Timeout.PRECOMMIT), state(Step.PREVOTE), (NextRound(),)),
    ("R12 (D3)", state(Step.PRECOMMIT), NilPrecommits(), state(Step.PRECOMMIT), (NextRound(),)),
]


@pytest.mark.parametrize(("clause", "before", "event", "after", "actions"), CASES, ids=[c[0] for c in CASES])
def test_clause(
    clause: str, before: RoundState, event: Event, after: RoundState, actions: tuple[Action, ...]
) -> None:
    transition = apply(before, event)
    assert (transition.state, transition.actions, transition.allowed) == (after, actions, True), clause


REFUSED: list[tuple[str, RoundState, Event]] = [
    ("a round never begins again", state(Step.PREVOTE, 2), StartRound(Round(2), True)),
    ("nor an earlier one", state(Step.PREVOTE, 2), StartRound(Round(1), True)),
    ("one prevote a round (L22)", state(Step.PREVOTE), FreshProposal(V, True)),
    ("one prevote a round (L28)", state(Step.PRECOMMIT, 2), Reproposal(V, Round(1), True)),
    ("the valid round lies before the round (L28)", state(Step.PROPOSE, 1), Reproposal(V, Round(1), True)),
    ("L34 fires once", state(Step.PREVOTE, prevote_timer=True), AnyPrevotes()),
    ("L34 is for the prevote step", state(Step.PRECOMMIT), AnyPrevotes()),
    ("L36 waits for our own prevote", state(Step.PROPOSE), Polka(V)),
    ("L36 fires once", state(Step.PREVOTE, polka_seen=True), Polka(V)),
    ("L44 is for the prevote step", state(Step.PRECOMMIT), NilPolka()),
    ("L47 fires once", state(Step.PREVOTE, precommit_timer=True), AnyPrecommits()),
    ("L57 after the proposal came", state(Step.PREVOTE), Elapsed(Timeout.PROPOSE)),
    ("L61 after the precommit", state(Step.PRECOMMIT), Elapsed(Timeout.PREVOTE)),
]


@pytest.mark.parametrize(("why", "before", "event"), REFUSED, ids=[c[0] for c in REFUSED])
def test_not_allowed(why: str, before: RoundState, event: Event) -> None:
    transition = apply(before, event)
    assert (transition.state, transition.actions, transition.allowed) == (before, (), False), why


@pytest.mark.parametrize("kind", list(TABLE), ids=[k.__name__ for k in TABLE])
def test_nothing_is_allowed_once_decided(kind: type[Event]) -> None:
    assert Step.DECIDED not in TABLE[kind][0]
