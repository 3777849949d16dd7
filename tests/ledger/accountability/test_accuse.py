"""F1, F2: what contradicts what, and whom two seals of one height convict."""

from __future__ import annotations

from itertools import product

import msgspec
import pytest

from ledger.accountability import Attestation, Kind, Missing, Offence, accuse, charge_for, check_charge
from ledger.accountability.charge import contradiction
from ledger.errors import EvidenceError, LedgerError, SealError, SignatureError
from tests.ledger.accountability.forks import Fork

FORK = Fork()
V, W = "V", "W"


def seal(round_: int, letter: str, seats: list[int]) -> Attestation:
    return FORK.precommits(round_, letter, seats)


def polka(round_: int, letter: str, seats: list[int], valid_round: int = -1) -> Attestation:
    return FORK.polka(round_, letter, seats, valid_round)


# Seat 0 is honest and saw V sealed, 1 is honest and saw W sealed; 2 and 3 lie.
NAMED: list[tuple[str, Attestation, Attestation, list[Attestation], Offence]] = [
    ("both in one round", seal(0, V, [0, 2, 3]), seal(0, W, [1, 2, 3]), [], Offence.TWO_PRECOMMITS),
    (
        "a fresh block after the lock",
        seal(0, V, [0, 2, 3]),
        seal(1, W, [1, 2, 3]),
        [polka(0, V, [0, 2, 3]), polka(1, W, [1, 2, 3])],
        Offence.AMNESIA,
    ),
    (
        "a re-proposal with a polka older than the lock",
        seal(3, W, [1, 2, 3]),
        seal(1, V, [0, 2, 3]),
        [polka(1, V, [0, 2, 3]), polka(2, W, [1, 2, 3], 0), polka(3, W, [1, 2, 3], 2)],
        Offence.AMNESIA,
    ),
    (
        "a chain of re-proposals over many rounds",
        seal(1, V, [0, 2, 3]),
        seal(9, W, [1, 2, 3]),
        [polka(9, W, [1, 2, 3], 6), polka(6, W, [1, 2, 3], 4), polka(4, W, [1, 2, 3], 0)],
        Offence.AMNESIA,
    ),
    (
        "two polkas in the round of the lock",
        seal(1, V, [0, 2, 3]),
        seal(2, W, [1, 2, 3]),
        [polka(1, V, [0, 2, 3]), polka(1, W, [1, 2, 3]), polka(2, W, [1, 2, 3], 1)],
        Offence.TWO_PREVOTES,
    ),
    (
        "polkas of one block in differing valid rounds are two ballots",
        seal(0, V, [0, 2, 3]),
        seal(4, W, [1, 2, 3]),
        [polka(3, W, [1, 2, 3], 1), polka(3, W, [0, 2, 3], 2)],
        Offence.TWO_PREVOTES,
    ),
]


@pytest.mark.parametrize(("story", "one", "other", "known", "offence"), NAMED, ids=[c[0] for c in NAMED])
def test_the_liars_are_named_and_nobody_else(
    story: str, one: Attestation, other: Attestation, known: list[Attestation], offence: Offence
) -> None:
    for seals, polkas in (((one, other), known), ((other, one), known[::-1])):
        found = accuse(seals, polkas, (), FORK.place)
        assert found.guilty(FORK.place) == ("gamma", "delta"), story
        assert [charge.offence for charge in found.charges] == [offence]
        assert found.missing == ()
        for charge in found.charges:
            check_charge(charge, FORK.place)


MISSING: list[tuple[str, list[Attestation], list[tuple[int, str]]]] = [
    ("no votes at all", [], [(5, W)]),
    ("the later seal's own polka leads to an earlier one", [polka(5, W, [1, 2, 3], 4)], [(4, W)]),
    (
        "of the round of the lock only the locked block's polka is known",
        [polka(5, W, [1, 2, 3], 1), polka(1, V, [0, 2, 3])],
        [(1, W)],
    ),
    (
        "of the round of the lock only the other block's polka is known",
        [polka(5, W, [1, 2, 3], 1), polka(1, W, [1, 2, 3])],
        [(1, V)],
    ),
    ("of the round of the lock nothing is known", [polka(5, W, [1, 2, 3], 1)], [(1, V), (1, W)]),
    ("a third block's polka proves nothing", [polka(5, "X", [1, 2, 3], 4)], [(5, W)]),
    ("one vote is no polka", [polka(5, W, [2], 4)], [(5, W)]),
]


@pytest.mark.parametrize(("story", "known", "missing"), MISSING, ids=[c[0] for c in MISSING])
def test_what_is_missing_is_said(
    story: str, known: list[Attestation], missing: list[tuple[int, str]]
) -> None:
    found = accuse((seal(1, V, [0, 2, 3]), seal(5, W, [1, 2, 3])), known, (), FORK.place)
    assert found.guilty(FORK.place) == ()
    assert found.missing == tuple(Missing(round=r, block_id=FORK.block_id(b)) for r, b in missing), story


def test_charges_that_nodes_kept_already_count() -> None:
    """One liar was caught with single votes; the other is still to be found."""
    caught = charge_for(polka(2, V, [2]), polka(2, W, [2]), FORK.place)
    assert caught is not None
    found = accuse((seal(1, V, [0, 2, 3]), seal(5, W, [1, 2, 3])), [], [caught], FORK.place)
    assert found.guilty(FORK.place) == ("gamma",)
    assert found.missing == (Missing(round=5, block_id=FORK.block_id(W)),)


def test_an_honest_validators_whole_life_contradicts_nothing() -> None:
    """Locked on V in round 1, it prevotes nil, unlocks for W with a polka of round 2, and decides."""
    life = [
        FORK.said(Kind.PROPOSAL, 0, "X", [0]),
        polka(0, "", [0]),
        FORK.said(Kind.PRECOMMIT, 0, "", [0]),
        polka(1, V, [0]),
        seal(1, V, [0]),
        polka(2, "", [0]),
        FORK.said(Kind.PRECOMMIT, 2, "", [0]),
        FORK.said(Kind.PROPOSAL, 3, W, [0], 2),
        polka(3, W, [0], 2),
        seal(3, W, [0]),
        polka(4, W, [0], 3),
        seal(4, W, [0]),
        polka(5, W, [0], 4),
    ]
    assert {contradiction(a, b) for a, b in product(life, life)} == {None}


def test_a_lock_is_kept_against_a_polka_older_than_it_alone() -> None:
    """D4: valid round 1 is as old as the lock and unlocks it; 0 and -1 do not. Nil never betrays a lock."""
    lock = seal(1, V, [2])
    found = {vr: contradiction(lock, polka(2, W, [2], vr)) for vr in (-1, 0, 1)}
    assert found == {-1: Offence.AMNESIA, 0: Offence.AMNESIA, 1: None}
    assert contradiction(lock, polka(2, "", [2])) is None
    assert contradiction(lock, polka(2, V, [2], 0)) is None
    assert contradiction(lock, polka(1, W, [2], 0)) is None, "prevoted before it locked: a polka of round 1"
    assert contradiction(FORK.said(Kind.PRECOMMIT, 1, "", [2]), polka(2, W, [2])) is None


def test_two_proposals_of_a_round_convict_their_proposer() -> None:
    one, other = (FORK.said(Kind.PROPOSAL, 1, letter, [3]) for letter in (V, W))
    charge = charge_for(one, other, FORK.place)
    assert charge is not None
    assert (charge.offence, charge.guilty) == (Offence.TWO_PROPOSALS, ("delta",))
    assert charge_for(other, one, FORK.place) == charge, "one form, whichever came first"
    check_charge(charge, FORK.place)
    assert charge_for(one, FORK.said(Kind.PROPOSAL, 1, W, [2]), FORK.place) is None, "two proposers"
    assert charge_for(one, FORK.said(Kind.PREVOTE, 1, W, [3]), FORK.place) is None


def _changed(**changes: object) -> LedgerError:
    charge = charge_for(polka(2, V, [0, 2, 3]), polka(2, W, [1, 2, 3]), FORK.place)
    assert charge is not None
    rest = {name: changes.pop(name) for name in ("guilty", "offence") if name in changes}
    first = msgspec.structs.replace(charge.first, **changes)
    with pytest.raises(LedgerError) as refused:
        check_charge(msgspec.structs.replace(charge, first=first, **rest), FORK.place)
    return refused.value


@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [
        ({"guilty": ("gamma",)}, EvidenceError, "guilty"),
        ({"guilty": ("alpha", "gamma", "delta")}, EvidenceError, "guilty"),
        ({"offence": Offence.AMNESIA}, EvidenceError, "offence"),
        ({"round": 3}, EvidenceError, "offence"),
        ({"valid_round": 1, "block_id": FORK.block_id("X")}, SignatureError, "signature"),
        ({"valid_round": 2}, SealError, "valid_round"),
        ({"signers": "Bw"}, EvidenceError, "guilty"),
        ({"signers": "Hw"}, SealError, "signers"),
        ({"signers": "AA"}, SealError, "signers"),
        ({"signers": "DQA"}, SealError, "signers"),
        ({"signature": "A" * 128}, LedgerError, "signature"),
        ({"block_id": "00" * 32}, SignatureError, "signature"),
    ],
)
def test_a_false_charge_is_refused(changes: dict[str, object], error: type[LedgerError], field: str) -> None:
    refused = _changed(**changes)
    assert isinstance(refused, error)
    assert refused.field.endswith(field)
