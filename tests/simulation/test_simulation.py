"""The simulator itself: a few seeds, and the same seed twice."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.simulation.run import simulate

TRACE = "import sys; from tests.simulation.run import simulate; print(simulate(int(sys.argv[1])).trace)"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [3, 5, 13])
def test_a_seed_decides_its_heights_and_breaks_nothing(seed: int) -> None:
    verdict = simulate(seed)
    assert not verdict.violation
    assert verdict.heights >= 20


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [3, 9])
def test_the_same_seed_gives_the_same_trace_in_any_process(seed: int) -> None:
    """9 signs with the real scheme. The order of sets and dictionaries of strings is another each time."""
    salt = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    elsewhere = subprocess.run(
        [sys.executable, "-c", TRACE, str(seed)],
        env={**os.environ, "PYTHONHASHSEED": salt, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert elsewhere == simulate(seed).trace + "\n"


@pytest.mark.timeout(300)
def test_another_seed_gives_another_trace() -> None:
    assert simulate(5).trace != simulate(13).trace
