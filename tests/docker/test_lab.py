"""All exercises with containers as nodes, done on this machine by trainees who know only what is printed."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cli.containers import IMAGE
from cli.lab.exercises import EXERCISES
from cli.lab.machines import lab_machines
from tests.docker.containers import run
from tests.e2e.test_walkthrough import reader
from tests.trainee import RULES, Trainee, shell

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1800)]

PORT_BASES = (19_600, 19_700)

ROOM = (
    ("kill-the-leader", "split-the-network", "a-country-joins"),
    ("first-bill", "forged-document", "who-holds-the-bill", "lift-the-hold", "the-equivocating-node"),
)
"""Who does what: one mostly waits, for nodes to miss each other, while the other has most to type."""


def test_everything_is_learnt_on_containers(images: None, tmp_path: Path) -> None:
    """By two trainees side by side on one engine, each in a folder and on ports of their own."""
    assert {*ROOM[0], *ROOM[1]} == {exercise.id for exercise in EXERCISES}
    folders = [tmp_path / "ann", tmp_path / "bao"]
    with ThreadPoolExecutor(len(ROOM)) as pool:
        done = [pool.submit(learn, *given) for given in zip(folders, PORT_BASES, ROOM, strict=True)]
    for trainee in done:
        trainee.result()


def learn(folder: Path, port_base: int, exercises: tuple[str, ...]) -> None:
    """Finish exercises one after the other; nothing is left at the engine."""
    folder.mkdir()
    settings = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
    settings["SEALANE_IMAGE"] = os.environ.get("SEALANE_IMAGE", IMAGE)
    room = shell(folder=folder, environment=reader(folder) | settings)
    network = folder / "sealane-lab" / "network"
    options = f" --docker --port-base {port_base}"
    project = ""
    try:
        for exercise in exercises:
            trainee = Trainee(room, RULES.get(exercise, {}))
            assert "finished" in trainee.learn(exercise, options), exercise
            assert trainee.missed, exercise
            machines = lab_machines(network)
            assert set(machines.pids().values()) == {None}, "the last step stops every container"
            assert not list(network.rglob("validator*.key")), "keys of nodes are in their volumes only"
            project, options = machines.project, ""  # said once, it holds from then on
    finally:
        given_up = room("sealane lab reset")
    assert given_up.exit_code == 0, given_up.printed
    assert not network.exists()
    every = {"container": ["--all"], "volume": [], "network": []}
    for kind, more in every.items():
        left = run("docker", kind, "ls", "--quiet", f"--filter=name={project}", *more)
        assert left == "", f"every {kind} is gone"
