"""compose.yaml gives each container what is its own and nothing else. No Docker is needed."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from cli.network_plan import corridor_plan
from tests.docker.plan import FOLDER, Block, read_compose, script_nodes, volume_names

PLAN = corridor_plan()
NODES = [organisation.id for organisation in PLAN.nodes]
TOOLS = ["setup", "story", "verify"]


@pytest.fixture(scope="module")
def blocks() -> dict[str, Block]:
    return read_compose()


def test_the_services_are_the_corridor_s_nodes_and_three_tools(blocks: dict[str, Block]) -> None:
    services = [name for name in blocks if not name.startswith("&")]
    assert sorted(services) == sorted(NODES + TOOLS)
    assert script_nodes() == NODES


@pytest.mark.parametrize("node", NODES)
def test_a_node_mounts_its_own_volume_and_the_public_one(node: str, blocks: dict[str, Block]) -> None:
    assert blocks[node].mounts() == {"network": "/network:ro", node: f"/network/nodes/{node}"}


def test_no_node_s_volume_is_mounted_by_a_tool_that_has_a_network(blocks: dict[str, Block]) -> None:
    assert blocks["story"].mounts() == {
        "network": "/network:ro",
        "members": "/network/members:ro",
        "evidence": "/network/evidence",
    }
    assert blocks["verify"].mounts() == {"network": "/network:ro", "evidence": "/network/evidence:ro"}
    for tool in ("setup", "verify"):
        assert blocks[tool].lines["network_mode"] == "none"


def test_setup_fills_every_volume(blocks: dict[str, Block]) -> None:
    mounts = blocks["setup"].mounts()
    assert mounts.keys() == volume_names()
    assert {mounts[node] for node in NODES} == {f"/volumes/nodes/{node}" for node in NODES}


@pytest.mark.parametrize("place", range(len(NODES)))
def test_ports_are_those_of_the_plan_on_loopback_alone(place: int, blocks: dict[str, Block]) -> None:
    node = blocks[NODES[place]]
    port = PLAN.api_port(place)
    outside = f"127.0.0.1:${{SEALANE_PORT_PREFIX:-{port // 10}}}{port % 10}"
    names = f'["{NODES[place]}:{port}", "{outside}"]'
    assert (
        node.lines["environment"] == f"{{SEALANE_API__PORT: \"{port}\", SEALANE_API__AUTHORITIES: '{names}'}}"
    )
    assert node.lines["ports"] == f'["{outside}:{port}"]'
    assert node.lines["command"] == f"[node, run, /network/nodes/{NODES[place]}]"


def test_every_service_is_confined(blocks: dict[str, Block]) -> None:
    assert {blocks[node].merged for node in NODES} == {"&node"}
    assert {blocks[name].merged for name in [*TOOLS, "&node"]} == {"&confined"}
    confined = blocks["&confined"].lines
    assert confined["read_only"] == "true"
    assert confined["cap_drop"] == "[ALL]"
    assert confined["security_opt"] == '["no-new-privileges:true"]'
    assert confined["tmpfs"].startswith('["/tmp:')
    assert blocks["&node"].lines["restart"] == "unless-stopped"


def test_nothing_weakens_what_is_merged(blocks: dict[str, Block]) -> None:
    merged = blocks["&confined"].lines.keys() | {"privileged", "devices", "pid", "ipc", "userns_mode"}
    for name in [*NODES, *TOOLS]:
        assert not merged & blocks[name].lines.keys(), name
    raised = {name for name in blocks if {"user", "cap_add"} & blocks[name].lines.keys()}
    assert raised == {"setup"}


def test_nothing_is_built_or_pulled_when_it_starts(blocks: dict[str, Block]) -> None:
    confined = blocks["&confined"].lines
    assert confined["image"] == "${SEALANE_IMAGE:-sealane:local}"
    assert confined["pull_policy"] == "never"
    assert all("build" not in block.lines for block in blocks.values())


def test_the_engine_s_socket_is_given_to_nobody() -> None:
    assert "docker.sock" not in (FOLDER / "compose.yaml").read_text(encoding="utf-8")


def test_the_image_is_built_from_pinned_files_and_runs_as_nobody_special() -> None:
    text = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
    installs = re.findall(r"install --quiet (?:[^&]|&(?!&))*", text)
    assert len(installs) == 3
    for install in installs:
        assert "--require-hashes" in install or "--no-index" in install
    assert text.index("USER sealane") < text.index("ENTRYPOINT")
    assert "STOPSIGNAL SIGTERM" in text


@pytest.mark.parametrize(
    "command", [("docker-compose",), ("docker", "compose")], ids=("docker-compose", "docker compose")
)
def test_compose_itself_reads_the_file(command: tuple[str, ...]) -> None:
    if (
        shutil.which(command[0]) is None
        or subprocess.run([*command, "version"], check=False, capture_output=True).returncode
    ):
        pytest.skip(f"{' '.join(command)} is not installed")
    asked = [*command, "-f", str(FOLDER / "compose.yaml"), "config", "--quiet"]
    done = subprocess.run(asked, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
