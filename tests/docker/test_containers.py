"""A network in containers holds what compose.yaml promises. Built and run where an engine answers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from cli.network_plan import corridor_plan
from tests.docker.plan import FOLDER

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]

NODES = [organisation.id for organisation in corridor_plan().nodes]
PROJECT = f"sealane-test-{os.getpid()}"
SETTINGS = os.environ | {
    "COMPOSE_PROJECT_NAME": PROJECT,
    "SEALANE_IMAGE": os.environ.get("SEALANE_IMAGE", "sealane:test"),
    "SEALANE_PORT_PREFIX": "1940",
}
HEALTHY_WITHIN_S = 60.0


def run(*command: str) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=SETTINGS)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def network(*words: str) -> str:
    return run(str(FOLDER / "network.sh"), *words)


def inside(node: str, script: str) -> subprocess.CompletedProcess[str]:
    command = ["docker", "exec", container(node), "sh", "-c", script]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def container(service: str) -> str:
    labels = {"project": PROJECT, "service": service, "oneoff": "False"}
    filters = [f"--filter=label=com.docker.compose.{name}={value}" for name, value in labels.items()]
    (found,) = run("docker", "ps", "--all", "--quiet", *filters).split()
    return found


def inspect(service: str) -> dict[str, Any]:
    (found,) = json.loads(run("docker", "inspect", container(service)))
    return dict(found)


@pytest.fixture(scope="module", autouse=True)
def corridor() -> Iterator[None]:
    """The network, up and ready; taken away afterwards with all it made."""
    if shutil.which("docker") is None:
        pytest.skip("docker is not installed")
    if subprocess.run(["docker", "info"], check=False, capture_output=True).returncode:
        pytest.skip("no Docker engine answers")
    network("build")
    try:
        network("up")
        yield
    finally:
        network("reset")


@pytest.mark.parametrize("node", NODES)
def test_a_node_sees_its_own_keys_and_no_others(node: str) -> None:
    found = inside(node, "find /network -name '*.pem' -o -name '*.key'").stdout.split()
    assert f"/network/nodes/{node}/keys/node.pem" in found
    assert {path.rpartition("/")[0] for path in found} == {f"/network/nodes/{node}/keys"}


def test_a_node_can_write_to_its_own_volume_alone() -> None:
    for place in ("/", "/opt/sealane", "/network", "/network/nodes/beibu-gulf-port"):
        assert inside("coral-line", f"touch {place}/mark").returncode != 0, place
    own = "/network/nodes/coral-line/mark"
    assert inside("coral-line", f"touch {own} && rm {own}").returncode == 0


def test_a_node_has_no_powers() -> None:
    status = dict(
        line.split(":", 1) for line in inside("coral-line", "cat /proc/1/status").stdout.splitlines()
    )
    assert "0" not in status["Uid"].split()
    assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0
    assert status["NoNewPrivs"].strip() == "1"


def test_ports_are_published_on_this_machine_alone() -> None:
    for place, node in enumerate(NODES, start=1):
        published = inspect(node)["NetworkSettings"]["Ports"]
        addresses = [address for found in published.values() for address in found or ()]
        assert addresses == [{"HostIp": "127.0.0.1", "HostPort": f"1940{place}"}]


def test_every_node_becomes_healthy() -> None:
    deadline = time.monotonic() + HEALTHY_WITHIN_S
    while any(inspect(node)["State"]["Health"]["Status"] != "healthy" for node in NODES):
        assert time.monotonic() < deadline
        time.sleep(0.5)


def test_setting_up_again_changes_nothing() -> None:
    before = inside("coral-line", "sha256sum /network/genesis.json").stdout
    run("docker", "start", "--attach", container("setup"))
    assert inside("coral-line", "sha256sum /network/genesis.json").stdout == before
    assert "was made before" in run("docker", "logs", container("setup"))


def test_a_node_that_is_told_to_stop_ends_well() -> None:
    run("docker", "stop", container("landbridge-forwarding"))
    assert inspect("landbridge-forwarding")["State"]["ExitCode"] == 0
    run("docker", "start", container("landbridge-forwarding"))
    network("up")
