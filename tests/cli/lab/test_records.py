"""Exercises about records: a trainee who follows the text finishes each, and every check can fail."""

from __future__ import annotations

import pytest

from tests.trainee import RULES, Run, Trainee


@pytest.mark.parametrize("exercise", ["forged-document", "who-holds-the-bill", "lift-the-hold"])
def test_a_trainee_finishes(room: Run, exercise: str) -> None:
    trainee = Trainee(room, RULES.get(exercise, {}))
    assert "finished" in trainee.learn(exercise)
    assert trainee.missed
