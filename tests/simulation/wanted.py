"""What a batch of seeds must have reached together."""

from __future__ import annotations

from collections.abc import Mapping

from tests.simulation.scenario import ADVERSARIES, CHANGES, FAULTS

ENOUGH_SEEDS = 200
"""From so many seeds on, something never reached means that the simulation does not look there."""

MANY_SEEDS = 1_000
"""For what is `RARE`, from so many on."""

CLAUSES = (
    "A4 judged invalid",
    "B2 said votes again",
    "B3 wished for the round's proposal",
    "B4 granted a wish",
    "C2 an early proposal",
    "C2 noticed that it lags",
    "C3 a peer failed to serve",
    "C3 caught up",
    "C5 catching up",
    "D4 locked against a fresh proposal",
    "E1 began to vote",
    "E5 decided",
    "F1 caught a contradiction",
    "F2 the ledger forked",
    "F4 told of a charge",
    "G1 the next set is another",
    "G2 a ballot passed",
    "G5 voted with the key that replaced the first",
    "G6 a validator that was added votes",
    "G7 a removed validator goes on signing",
    "J2 refused to sign",
    "J3 wrote a lock",
    "J3 wrote what ended a round",
    "J4 resumed from the journal",
    "J4 resumed with a lock",
    "J6 abstained",
    "J7 the journal is ahead of the ledger",
    "K1 raised the alarm",
    "K2 an older journal than the database",
    "K3 ended an alarm",
    "K4 vouched for a journal",
    "L3 waits grew",
    "L4 a short wait for a silent proposer",
    "L55 skipped to a later round",
    "N1 took a snapshot",
    "N2 N3 N4 N5 N6 joined by a snapshot",
    "P1 checked a proposal",
    "P3 asked for a missing block",
    "P5 blamed",
    "R1 began a round",
    "R1 proposed its valid block",
    "R2 prevoted a fresh proposal",
    "R2 prevoted nil",
    "R3 prevoted a re-proposal",
    "R4 waited for prevotes",
    "R5 locked",
    "R5 valid without a lock",
    "R6 precommitted nil after a nil polka",
    "R7 waited for precommits",
    "R8 decided",
    "R8 decided a past round",
    "R9 no proposal in time",
    "R10 no agreement of prevotes in time",
    "R11 no agreement of precommits in time",
    "R12 left a round that decides nothing",
    "S2 sent a statement again",
    "T2 untimely",
    "T4 another re-proposes a block",
    "T5 decided an untimely block",
    "V3 checked votes",
    "V4 checked a polka",
    "V5 blamed",
    "W1 woken",
    "W2 woken by votes",
    "W3 tried what was passed over",
    "W4 refused for good",
)

BATCHES = (
    "a batch took effect",
    "a batch was refused whole",
    "a batch lost its race",
)
"""What became of batches, as the invariant of batches found it to be."""

EVENTS = (
    "loss",
    "duplication",
    "reordering",
    "lost-in-partition",
    "clock skew",
    "clock drift",
    "process killed",
    *FAULTS,
)

CRASHES = (
    "before-write",
    "after-write",
    "before-sync",
    "after-sync",
    "before-commit",
    "after-commit",
)

WANTED: tuple[str, ...] = (
    *CLAUSES,
    *BATCHES,
    *(f"fault {name}" for name in EVENTS),
    *(f"crash {name}" for name in CRASHES),
    *(f"unsynced writes {fate}" for fate in ("kept", "lost", "torn", "reordered")),
    *(f"adversary {name}" for name in (*ADVERSARIES, "ousted", "conspirator")),
    "a node came later",
    *(f"set change {name}" for name in CHANGES),
)
"""Faults, adversaries and clauses, as `coverage` and the simulation name them."""


RARE = frozenset(
    (
        "G7 a removed validator goes on signing",
        "J7 the journal is ahead of the ledger",
        "R8 decided a past round",
        "crash after-commit",
    )
)
"""What some thirty seeds of a thousand reach or fewer: two hundred would miss one of them now and then."""


def missing(counts: Mapping[str, int], seeds: int) -> list[str]:
    """What so many seeds should have reached together and did not."""
    wanted = [name for name in WANTED if seeds >= (MANY_SEEDS if name in RARE else ENOUGH_SEEDS)]
    return [name for name in wanted if not counts.get(name)]
