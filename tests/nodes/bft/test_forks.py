"""F2 on real forks: of more than f traitors f + 1 are named, never an honest one, and anyone can check it."""

from __future__ import annotations

import os
from collections import Counter

import pytest

from ledger import canonical
from ledger.accountability import check_report
from ledger.bls import BlsBackend
from tests.nodes.bft.fakes import fake_bls, real_bls
from tests.nodes.bft.forks import Fork, attempt

SEEDS = int(os.environ.get("SEALANE_FORK_SEEDS", "25"))
"""Forks tried of each size; more by hand."""


def judged(fork: Fork, bls: BlsBackend) -> list[str]:
    """The offences that convict, once the report is held to the truth."""
    report = fork.report(fork.logs())
    assert report.complete, report.missing
    assert set(report.guilty) <= set(fork.traitors), "an honest validator was named"
    assert len(report.guilty) > fork.place.validators.faults
    anchor, _ = fork.anchor()
    assert check_report(canonical.encode(report), anchor, bls) == report
    return [charge.offence.value for charge in report.charges]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("count", [4, 7, 10])
def test_every_fork_names_enough_traitors_and_nobody_honest(count: int) -> None:
    offences: Counter[str] = Counter()
    rounds: Counter[tuple[int, ...]] = Counter()
    bls = fake_bls()
    for seed in range(1, SEEDS + 1):
        fork = attempt(count, seed, bls)
        for caught in (caught for node in fork.honest() for caught in node.caught):
            assert set(caught.charge.guilty) <= set(fork.traitors)
        if fork.happened:
            offences.update(judged(fork, bls))
            rounds[tuple(sorted({d.round for _, d in fork.decisions}))] += 1
    print(f"n = {count}: {rounds.total()} forks of {SEEDS}, {dict(offences)}, in rounds {dict(rounds)}")
    assert rounds.total() > SEEDS // 3, "traitors that hardly ever succeed prove little"
    assert offences["amnesia"] > 0
    assert any(max(pair) > 1 for pair in rounds), "no fork took long"


def test_real_keys_make_real_forks() -> None:
    bls = real_bls()
    forks = [fork for fork in (attempt(4, seed, bls) for seed in range(1, 9)) if fork.happened]
    assert len(forks) > 1
    for fork in forks:
        assert judged(fork, bls)


def test_the_votes_of_one_world_do_not_suffice_when_the_rounds_differ() -> None:
    """Then the report says what to look for, and with the other world's votes it is complete."""
    bls = fake_bls()
    for seed in range(1, 200):
        fork = attempt(4, seed, bls)
        early, late = sorted(fork.decisions, key=lambda item: item[1].round)
        if not fork.happened or early[1].round == late[1].round:
            continue
        side = 0 if early[0] in fork.sides[0] else 1
        node = fork.worlds[side].nodes[early[0]]
        if node.caught:
            continue
        theirs = [item for item in fork.logs() if item[1].seal == early[1].seal]
        report = fork.report(theirs)
        assert not report.complete
        assert report.missing[0].round == late[1].round
        assert fork.report(fork.logs()).complete
        return
    pytest.fail("no such fork")
