"""How long a check looks again: for what comes by itself, and not for what the trainee has not done."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.lab import checking
from cli.lab.ground import Ground, Missing, NotYet
from cli.lab.model import Step

pytestmark = pytest.mark.usefixtures("room")


def looks(error: Missing, times: int, tmp_path: Path) -> int:
    """How often a check looks at what lacks something the first `times` times."""
    looked = 0

    def look(_ground: Ground) -> None:
        nonlocal looked
        looked += 1
        if looked <= times:
            raise error

    checking._patiently(Ground(tmp_path, {}), Step(id="step", check=look))
    return looked


def test_what_comes_by_itself_is_waited_for(tmp_path: Path) -> None:
    assert looks(NotYet("not_settled"), 2, tmp_path) == 3


def test_what_was_not_done_is_not(tmp_path: Path) -> None:
    with pytest.raises(Missing):
        looks(Missing("not_mended"), 2, tmp_path)


def test_nor_is_what_does_not_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "SETTLING_S", 0.0)
    with pytest.raises(NotYet):
        looks(NotYet("not_settled"), 2, tmp_path)
