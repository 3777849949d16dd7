"""Every rule broken on purpose is noticed within a thousand seeds; most within a few."""

from __future__ import annotations

import pytest

from tests.simulation.mutants import MUTANTS
from tests.simulation.run import simulate

SEEDS = 1_000


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", MUTANTS)
def test_a_broken_rule_is_noticed(name: str) -> None:
    for seed in range(SEEDS):
        with MUTANTS[name]():
            verdict = simulate(seed)
        if verdict.violation:
            print(f"{name}: noticed in seed {seed}: {verdict.violation}")
            return
    pytest.fail(f"{name} was not noticed in {SEEDS} seeds")
