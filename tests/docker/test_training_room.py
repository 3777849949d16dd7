"""A laptop with Docker and nothing else: demo and exercises inside one container, confined like a node."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.docker.containers import run
from tests.trainee import RULES, Run, Trainee, shell

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]

CONFINED = (
    "--rm",
    "--init",
    "--no-healthcheck",
    "--read-only",
    "--network=none",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges:true",
    "--pids-limit=512",
    "--memory=2g",
    "--tmpfs=/tmp:size=64m",
    "--volume=/network",
)
"""What docker/README.md says to type, and what compose files give each container besides."""

EXERCISES = ("first-bill", "forged-document", "who-holds-the-bill", "lift-the-hold")
"""Those that look at records and files. The others, about nodes that fail or join, are in `test_lab`."""


@pytest.fixture(scope="module")
def image(images: None) -> str:
    return os.environ.get("SEALANE_IMAGE", "sealane:local")


@pytest.fixture(scope="module")
def room(image: str) -> Iterator[Run]:
    """A shell in a container that is nobody's node."""
    options = [*CONFINED, "--detach", "--entrypoint=sleep"]
    container = run("docker", "run", *options, image, "infinity").strip()
    yield shell("docker", "exec", container, "bash", "-c")
    run("docker", "kill", container)


def test_the_demo_is_played_in_one_container(image: str) -> None:
    told = run("docker", "run", *CONFINED, image, "demo", "--once", exit_code=0)
    assert "Everything went as the story says" in told


def test_the_image_alone_has_a_place_to_play_in(image: str) -> None:
    """Without any of those options the demo can be made as well: its user may write where it begins."""
    line = "touch /network/here && stat --format=%U:%a /network"
    assert run("docker", "run", "--rm", "--entrypoint=bash", image, "-c", line) == "sealane:755\n"


def test_the_room_is_what_the_image_is_run_as(room: Run) -> None:
    assert room("id --user").printed == "10001\n"
    assert room("touch /opt/sealane/here").exit_code != 0


@pytest.mark.parametrize("exercise", EXERCISES)
def test_a_trainee_finishes_an_exercise_in_one_container(room: Run, exercise: str) -> None:
    trainee = Trainee(room, RULES.get(exercise, {}))
    assert "finished" in trainee.learn(exercise)
    assert trainee.missed
