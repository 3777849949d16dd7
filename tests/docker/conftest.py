"""One network in containers for all tests of this folder that need an engine."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from tests.docker.containers import Containers, Network

PREFIX = "194"
"""What the ports of the test's own network begin with."""


@pytest.fixture(scope="session")
def images() -> None:
    """Both images, built; whoever asks for these tests wants them run, so an absent engine is a failure."""
    if shutil.which("docker") is None:
        pytest.fail("docker is not installed; on Debian: apt install docker.io docker-compose", pytrace=False)
    if subprocess.run(["docker", "info"], check=False, capture_output=True).returncode:
        pytest.fail("no Docker engine answers: start it, or look at `docker info`", pytrace=False)
    Network("sealane-build").script("build", "--postgres")


@pytest.fixture(scope="session")
def corridor(images: None) -> Iterator[Network]:
    """The network of docker/compose.yaml, up and ready; taken away afterwards with all it made."""
    network = Network(f"sealane-test-{os.getpid()}", settings={"SEALANE_PORT_PREFIX": PREFIX})
    try:
        network.script("up")
        yield network
    finally:
        network.script("reset")
    assert network.left() == {}


@pytest.fixture(scope="session")
def world(corridor: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Containers]:
    """The same network, for whoever acts on it from this machine."""
    directory = tmp_path_factory.mktemp("corridor") / "net"
    corridor.take_out(directory)
    found = Containers(directory, engine=corridor)
    yield found
    for client in found._clients.values():
        client.close()
