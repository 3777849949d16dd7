"""The same statements come to the same state root under any hash seed, locale, time zone and optimisation."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contracts.replayed import lines

ROOT = Path(__file__).resolve().parents[2]

ENVIRONMENTS = (
    {"PYTHONHASHSEED": "1", "TZ": "Asia/Shanghai", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "4242", "TZ": "America/St_Johns", "LC_ALL": "tr_TR.UTF-8", "PYTHONOPTIMIZE": "2"},
)
"""Another order of every set; time zones far from each other; Turkish, whose dotless i breaks careless case
conversion; and a Python that leaves out assertions and docstrings."""


def elsewhere(*arguments: str, environments: tuple[dict[str, str], ...] = ENVIRONMENTS) -> list[list[str]]:
    """The same in a process for each environment."""
    command = [sys.executable, "-m", "tests.contracts.replayed", *arguments]
    started = [
        subprocess.Popen(command, cwd=ROOT, env={**os.environ, **more}, stdout=subprocess.PIPE, text=True)
        for more in environments
    ]
    found = [process.communicate(timeout=50)[0].splitlines() for process in started]
    assert not any(process.returncode for process in started)
    return found


def test_every_act_and_the_story_come_to_the_same_roots() -> None:
    here = lines(None)
    assert here[-1].startswith("corridor ")
    assert elsewhere() == [here, here]


@pytest.mark.conformance
def test_every_published_scenario_comes_to_the_same_root(conformance_data: Path) -> None:
    place = conformance_data / "hmrc-cds" / "sequences.json"
    here = lines(place)
    assert len(here) == 53
    assert elsewhere(str(place), environments=ENVIRONMENTS[1:]) == [here]
