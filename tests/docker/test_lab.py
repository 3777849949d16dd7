"""Exercises whose nodes are containers, done on this machine by a trainee who knows only what is printed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cli.containers import IMAGE
from cli.lab.machines import lab_machines
from tests.docker.containers import run
from tests.e2e.test_walkthrough import reader
from tests.trainee import RULES, Trainee, shell

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]

PORT_BASE = 19_600

EXERCISES = ("kill-the-leader", "split-the-network", "the-equivocating-node", "a-country-joins")
"""Those that do something to nodes, or add one. The others, about files, are in `test_training_room`."""


@pytest.mark.parametrize("exercise", EXERCISES)
def test_a_trainee_finishes_an_exercise_on_containers(images: None, exercise: str, tmp_path: Path) -> None:
    settings = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
    settings["SEALANE_IMAGE"] = os.environ.get("SEALANE_IMAGE", IMAGE)
    room = shell(folder=tmp_path, environment=reader(tmp_path) | settings)
    trainee = Trainee(room, RULES.get(exercise, {}))
    network = tmp_path / "sealane-lab" / "network"
    try:
        assert "finished" in trainee.learn(exercise, f" --docker --port-base {PORT_BASE}")
        assert trainee.missed
        assert set(lab_machines(network).pids().values()) == {None}, "the last step stops every container"
        assert not list(network.rglob("validator*.key")), "keys of nodes are in their volumes only"
        project = lab_machines(network).project
    finally:
        given_up = room("sealane lab reset")
    assert given_up.exit_code == 0, given_up.printed
    assert not network.exists()
    every = {"container": ["--all"], "volume": [], "network": []}
    for kind, options in every.items():
        left = run("docker", kind, "ls", "--quiet", f"--filter=name={project}", *options)
        assert left == "", f"every {kind} is gone"
