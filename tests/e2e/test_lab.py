"""Every exercise of the lab on real nodes, done by a trainee who knows only what is printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.lab.exercises import EXERCISES
from cli.network_files import load_network
from cli.processes import running_pid
from tests.e2e.test_walkthrough import reader
from tests.ports import reserve_ports
from tests.trainee import RULES, Trainee, shell


@pytest.mark.slow
@pytest.mark.e2e
@pytest.mark.timeout(600)
@pytest.mark.parametrize("exercise", [exercise.id for exercise in EXERCISES])
def test_a_trainee_finishes_every_exercise_by_its_text_alone(exercise: str, tmp_path: Path) -> None:
    environment = reader(tmp_path) | {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
    run = shell(folder=tmp_path, environment=environment)
    trainee = Trainee(run, RULES.get(exercise, {}))
    try:
        shown = trainee.learn(exercise, f" --port-base {reserve_ports()}")
        assert "finished" in shown
        assert trainee.missed
        places = load_network(tmp_path / "sealane-lab" / "network")[1]
        assert [place.organisation for place in places if running_pid(place.directory)] == []
    finally:
        run("sealane lab stop")
