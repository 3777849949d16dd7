"""A network in containers holds what compose.yaml promises."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from cli.network_plan import corridor_plan
from tests.docker.containers import FOLDER, Network, run
from tests.e2e.world import CARRIER, OBSERVER, PORT, eventually

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]

NODES = [organisation.id for organisation in corridor_plan().nodes]

MAX_ADDED_BYTES = 250_000_000
"""What the image may add to its base."""


def size(image: str) -> int:
    return int(run("docker", "image", "inspect", "--format", "{{.Size}}", image))


def test_the_image_adds_little_to_its_base(images: None) -> None:
    usual = re.search(r"(?m)^ARG BASE=(\S+)$", (FOLDER / "Dockerfile").read_text(encoding="utf-8"))
    assert usual is not None
    base = os.environ.get("BASE") or usual[1]
    assert 0 < size(os.environ.get("SEALANE_IMAGE", "sealane:local")) - size(base) < MAX_ADDED_BYTES


@pytest.mark.parametrize("name", ["SEALANE_IMAGE", "SEALANE_POSTGRES_IMAGE"])
def test_no_program_of_an_image_makes_whoever_runs_it_somebody_else(images: None, name: str) -> None:
    image = os.environ.get(name, f"sealane{'-postgres' * ('POSTGRES' in name)}:local")
    found = ["find", image, "/", "-xdev", "-type", "f", "-perm", "/6000"]
    assert run("docker", "run", "--rm", "--network=none", "--user=0:0", "--entrypoint", *found) == ""


@pytest.mark.parametrize("command", ["docker-compose", "docker compose"])
def test_compose_reads_the_files(command: str, images: None) -> None:
    if subprocess.run([*command.split(), "version"], check=False, capture_output=True).returncode:
        pytest.skip(f"{command} is not installed")
    file, settings = str(FOLDER / "compose.yaml"), str(FOLDER / "postgres.env")
    for options in (["-f", file], ["--env-file", settings, "-f", file]):
        said = run(*command.split(), *options, "config")
        assert ("URL: postgresql://" in said) is ("--env-file" in options)


@pytest.mark.parametrize("node", NODES)
def test_a_node_sees_its_own_keys_and_no_others(node: str, corridor: Network) -> None:
    found = corridor.inside(node, "find / -xdev -name '*.pem' -o -name '*.key' -o -name '*.pgpass'").stdout
    found += corridor.inside(node, "find /network -name '*.pem' -o -name '*.key' -o -name '*.pgpass'").stdout
    paths = {path for path in found.split() if not path.startswith(("/etc/ssl/", "/usr/", "/opt/"))}
    assert f"/network/nodes/{node}/keys/node.pem" in paths
    assert {path.rpartition("/")[0] for path in paths} == {f"/network/nodes/{node}/keys"}


def test_not_even_root_in_a_node_finds_keys(corridor: Network) -> None:
    """Others' are not mounted there, and without powers root cannot read what is another user's."""
    assert corridor.inside(CARRIER, "find /network -name '*.pem' -o -name '*.key'", user="0:0").stdout == ""
    mounted = {mount.get("Name") for mount in corridor.inspect(CARRIER)["Mounts"]}
    assert mounted == {f"{corridor.project}_{name}" for name in ("network", CARRIER)}


def test_a_node_can_write_to_its_own_volume_alone(corridor: Network) -> None:
    for place in ("/", "/opt/sealane", "/network", f"/network/nodes/{PORT}"):
        assert corridor.inside(CARRIER, f"touch {place}/mark").returncode != 0, place
    own = f"/network/nodes/{CARRIER}/mark"
    assert corridor.inside(CARRIER, f"touch {own} && rm {own}").returncode == 0


def test_a_node_has_no_powers_and_bounds(corridor: Network) -> None:
    status = dict(
        line.split(":", 1) for line in corridor.inside(CARRIER, "cat /proc/1/status").stdout.splitlines()
    )
    assert "0" not in status["Uid"].split()
    assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0
    assert status["NoNewPrivs"].strip() == "1"
    host = corridor.inspect(CARRIER)["HostConfig"]
    assert (host["Memory"], host["PidsLimit"], host["NanoCpus"]) == (1 << 30, 256, 1_000_000_000)
    assert host["ReadonlyRootfs"] is True


def test_ports_are_published_on_this_machine_alone(corridor: Network) -> None:
    prefix = corridor.settings["SEALANE_PORT_PREFIX"]
    for place, node in enumerate(NODES, start=1):
        published = corridor.inspect(node)["NetworkSettings"]["Ports"]
        addresses = [address for found in published.values() for address in found or ()]
        assert addresses == [{"HostIp": "127.0.0.1", "HostPort": f"{prefix}0{place}"}]


def test_a_port_that_is_taken_is_what_is_said_and_nothing_stays(corridor: Network) -> None:
    second = Network(f"{corridor.project}-second", settings=corridor.settings)
    try:
        said = second.script("up", exit_code=1)
    finally:
        second.script("reset")
    assert "port is already allocated" in said
    assert "the network does not start" in said
    assert "Network id" not in said, "what went well is no reason"
    assert second.left() == {}


def test_every_node_becomes_healthy(corridor: Network) -> None:
    def healthy() -> bool:
        return all(corridor.inspect(node)["State"]["Health"]["Status"] == "healthy" for node in NODES)

    eventually(healthy, "every container is healthy", timeout_s=180)


def test_setting_up_again_changes_nothing(corridor: Network) -> None:
    before = corridor.inside(CARRIER, "sha256sum /network/genesis.json").stdout
    run("docker", "start", "--attach", corridor.container("setup"))
    assert corridor.inside(CARRIER, "sha256sum /network/genesis.json").stdout == before
    assert "made before" in run("docker", "logs", corridor.container("setup"))


def test_a_node_that_is_told_to_stop_ends_well(corridor: Network) -> None:
    run("docker", "stop", corridor.container(OBSERVER))
    ended = corridor.inspect(OBSERVER)["State"]["ExitCode"]
    corridor.script("up")
    assert ended == 0


def test_the_story_is_played_and_its_evidence_verified_without_a_network(corridor: Network) -> None:
    told = corridor.script("story")
    assert "Everything went as the story says" in told
    assert "waiting for: kill" in told
    checked = corridor.script("verify")
    assert checked.count("VERIFIED: ") >= 3
    assert "NOT VERIFIED" in checked
