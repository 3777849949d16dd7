"""Commands for nodes in containers: what they ask of the engine, and what stays on this machine."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli import containers
from cli.containers import CONFINED, Containers, require_engine
from cli.errors import CliError
from cli.examination_local import local_nodes
from cli.machines import Processes, machines_in
from cli.network_containers import COMPOSE_FILE
from cli.network_files import NodePlace, load_network
from cli.network_hand_out import NODE_USER
from cli.network_up import reported
from cli.output import Output
from tests.cli.conftest import Run
from tests.cli.engine import IMAGE, PROJECT, Engine, contained

VALIDATORS = ["qinzhou-customs", "beibu-gulf-port", "coral-line", "haiphong-customs"]
OBSERVER = "landbridge-forwarding"
NEWCOMER = "sihanoukville-customs"


@pytest.fixture(name="net")
def net_fixture(tmp_path: Path, corridor: Path) -> Path:
    shutil.copytree(corridor, tmp_path / "net")
    return tmp_path / "net"


@pytest.fixture(name="engine")
def engine_fixture(net: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    return contained(net, monkeypatch)


def test_a_compose_file_tells_containers_from_processes(net: Path, engine: Engine) -> None:
    assert isinstance(machines_in(net), Containers)
    (net / COMPOSE_FILE).unlink()
    assert isinstance(machines_in(net), Processes)


def test_containers_are_found_stopped_and_killed(net: Path, engine: Engine) -> None:
    machines = machines_in(net)
    assert machines.pids() == {name: 100 + place for place, name in enumerate([*VALIDATORS, OBSERVER])}
    Containers(net).launch()
    assert engine.asked[-1][-3:] == ["up", "--detach", "--no-recreate"], "what runs is left alone"
    machines.kill("coral-line")
    assert machines.pids()["coral-line"] is None
    with pytest.raises(CliError, match="coral-line does not run"):
        machines.kill("coral-line")
    outcomes = machines.down(Output(json=True))
    assert outcomes == dict.fromkeys([*VALIDATORS, OBSERVER], "stopped") | {"coral-line": None}
    stopped = [words[4:] for words in engine.asked if words[1] == "stop"]
    assert stopped == [[OBSERVER], [name for name in VALIDATORS if name != "coral-line"]]
    del engine.pids["coral-line"]
    assert machines.pids()["coral-line"] is None
    with pytest.raises(CliError, match="no container"):
        machines.kill("coral-line")


def test_compose_is_told_everything_by_the_directory(net: Path, engine: Engine, monkeypatch: Any) -> None:
    seen: dict[str, str] = {}
    monkeypatch.setattr(containers, "_run", lambda words, environment: seen.update(environment) or words)
    monkeypatch.setenv("SEALANE_IMAGE", "another:one")
    monkeypatch.setenv("COMPOSE_PROJECT_NAME", "another")
    monkeypatch.setenv("DOCKER_HOST", "unix:///run/another.sock")
    (net / "compose.later.yaml").write_text("")
    machines = Containers(net)
    machines.compose("up")
    assert (seen["DOCKER_HOST"], machines.image, machines.project) == (
        "unix:///run/another.sock",
        IMAGE,
        PROJECT,
    )
    assert not [name for name in seen if name.startswith(("SEALANE_", "COMPOSE_"))]


def test_a_directory_that_names_no_containers_says_so(net: Path, engine: Engine) -> None:
    for text in ("", f"COMPOSE_PROJECT_NAME={PROJECT}\n"):
        (net / ".env").write_text(text)
        with pytest.raises(CliError, match="does not say which containers"):
            machines_in(net)


@pytest.mark.parametrize(
    "line",
    ["reset DIR --yes", "rotate coral-line DIR", "save DIR -o room.sealane", "up DIR --port-base 9700"],
)
def test_what_works_on_node_directories_is_refused(
    sealane: Run, net: Path, engine: Engine, line: str
) -> None:
    before = sorted(net.rglob("*"))
    refused = sealane("network", *line.replace("DIR", str(net)).split())
    assert (refused.exit_code, "[network.containers]" in refused.stderr) == (2, True), refused.stderr
    assert sorted(net.rglob("*")) == before
    assert set(engine.pids.values()) == set(range(100, 105))


def test_status_asks_the_engine_which_nodes_run(
    sealane: Run, net: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(place: NodePlace, pid: int | None) -> dict[str, Any]:
        return {**reported(place, pid), "height": None, "peers": None, "state": "silent", "reasons": []}

    monkeypatch.setattr("cli.network_up.describe", silent)
    engine.pids["coral-line"] = 0
    shown = sealane("network", "status", net, "--json")
    assert shown.exit_code == 3
    pids = [node["pid"] for node in json.loads(shown.stdout)["nodes"]]
    assert pids == [100, 101, None, 103, 104]


def test_doctor_counts_containers(net: Path, engine: Engine) -> None:
    engine.pids["coral-line"] = 0
    (finding,) = local_nodes(net)
    assert (finding.outcome, finding.sentence) == ("passed", "4 of 5 nodes run, in containers.")
    (net / ".env").unlink()
    (finding,) = local_nodes(net)
    assert finding.outcome == "failed"


def test_a_newcomer_s_keys_move_into_its_volume(sealane: Run, net: Path, engine: Engine) -> None:
    options = ("--role", "customs", "--jurisdiction", "KH", "--member", "sok-dara")
    added = sealane("network", "add", NEWCOMER, net, *options)
    assert added.exit_code == 0, added.stderr
    (command,) = [words[2:] for words in engine.asked if words[1] == "run"]
    assert {"--network=none", *CONFINED} <= set(command)
    powers = {word.partition("=")[2] for word in command if word.startswith("--cap-add")}
    assert powers == {"CHOWN", "DAC_OVERRIDE", "FOWNER"}, "what giving files away takes"
    with tarfile.open(fileobj=io.BytesIO(engine.given)) as archive:
        items = {item.name: item for item in archive}
        config = archive.extractfile("./node.toml")
        assert config is not None
        text = config.read().decode()
    assert {"./keys/validator.key", "./keys/node.pem", "./keys/contents.key"} <= items.keys()
    owners = {(item.uid, item.gid, item.uname, item.gname) for item in items.values()}
    assert owners == {(NODE_USER, NODE_USER, "", "")}, "a name in an archive goes before its number"
    assert {item.mode for item in items.values() if item.isfile()} == {0o600}
    assert 'host = "0.0.0.0"' in text
    assert 'host = "qinzhou-customs"' in text
    assert "127.0.0.1" not in text
    here = net / "nodes" / NEWCOMER
    assert sorted(path.name for path in here.iterdir()) == ["admit.json", "validator.json"]
    assert (net / "members" / NEWCOMER / "sok-dara.pem").is_file()
    plan, places = load_network(net)
    assert (plan.nodes[-1].id, places[-1].host) == (NEWCOMER, "127.0.0.1")
    assert NEWCOMER in (net / "client.toml").read_text()
    whole = yaml.load((net / f"compose.{NEWCOMER}.yaml").read_text(), yaml.CSafeLoader)
    assert list(whole["services"]) == list(whole["volumes"]) == list(whole["networks"]) == [NEWCOMER]
    assert whole["services"][NEWCOMER]["ports"][0].endswith(f":{places[-1].api_port}")


def test_without_an_engine_or_image_it_says_what_to_do(
    net: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_engine(IMAGE)
    with pytest.raises(CliError, match="no image other:1") as caught:
        require_engine("other:1")
    assert "network.sh build" in caught.value.do
    monkeypatch.undo()
    monkeypatch.setenv("PATH", str(net))
    with pytest.raises(CliError, match="docker is not installed") as caught:
        require_engine(IMAGE)
    assert "--no-docker" in caught.value.do


def test_what_the_engine_says_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = "Bind for 127.0.0.1:8801 failed: port is already allocated"
    command = tmp_path / "docker"
    command.write_text(f'#!/bin/sh\necho "{said}" >&2\nexit 1\n')
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(CliError, match="a port is in use") as caught:
        containers.docker("ps")
    assert (caught.value.code, caught.value.why) == ("port.taken", said)
    for said in (
        "could not find an available, non-overlapping IPv4 address pool among the defaults to assign",
        "Error response from daemon: all predefined address pools have been fully subnetted",
    ):
        command.write_text(f'#!/bin/sh\necho "{said}" >&2\nexit 1\n')
        with pytest.raises(CliError, match="no subnet for another network") as caught:
            containers.docker("network", "create", "sealane_between")
        assert (caught.value.code, caught.value.why) == ("docker.subnets", said)
    command.write_text('#!/bin/sh\necho "Cannot connect" >&2\nexit 1\n')
    with pytest.raises(CliError, match="this failed: docker version") as caught:
        require_engine(IMAGE)
    assert (caught.value.code, caught.value.why, "docker info" in caught.value.do) == (
        "docker.failed",
        "Cannot connect",
        True,
    )
