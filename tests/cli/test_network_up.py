"""Bringing a network up and down, with a stand-in for the node: readiness, clashes, early ends, status."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.errors import CliError, ExitCode
from cli.network_files import NodePlace, load_network
from cli.network_up import _taken_ports, await_ready, not_ready_because
from cli.output import Output
from cli.processes import running_as_node, running_pid
from ledger.genesis import network_id
from tests.cli.conftest import FakeNode, Run
from tests.ledger.builder import make_genesis
from tests.ports import reserve_ports

pytestmark = pytest.mark.loopback

ROOT = Path(__file__).resolve().parents[2]

STAND_IN = '''
"""Stands in for the node: answers like one that is ready after its second probe."""
import json, tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ledger.genesis import network_id, parse_genesis

def run(path):
    config = tomllib.loads(path.read_text())
    if config["node"]["organisation"] == "org-2" and (path.parent / "fail").exists():
        print("the disk is on fire", flush=True)
        return 1
    (path.parent / "data").mkdir(exist_ok=True)
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            ready = asked.count("/readyz") > 1
            body = {"ready": ready, "reasons": [] if ready else ["waking up"], "height": 5, "peers": ["x/y"]}
            genesis = (path.parent / config["node"]["genesis"]).read_bytes()
            body |= {"organisation": config["node"]["organisation"]}
            body |= {"network": network_id(parse_genesis(genesis)).hex()}
            data = json.dumps(body).encode()
            self.send_response(200 if ready or self.path != "/readyz" else 503)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args):
            pass

    ThreadingHTTPServer((config["api"]["host"], config["api"]["port"]), Handler).serve_forever()
'''


Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def stand_in(tmp_path: Path) -> Path:
    package = tmp_path / "stand-in" / "nodes"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "main.py").write_text(STAND_IN)
    return package.parent


@pytest.fixture
def command(tmp_path: Path, stand_in: Path) -> Command:
    """Run `sealane network ...` as a process whose nodes are stand-ins."""
    boot = f"import sys; sys.path[:0] = [{str(stand_in)!r}, {str(ROOT)!r}]; from cli.main import main; main()"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SEALANE_")}
    path = os.pathsep.join([str(stand_in), str(ROOT)])

    def run(*args: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", boot, *map(str, args)],
            cwd=tmp_path, env=clean | {"PYTHONPATH": path},
            capture_output=True, text=True, timeout=50, check=False,
        )  # fmt: skip

    return run


@pytest.fixture
def net(tmp_path: Path, command: Command) -> Iterator[Path]:
    directory = tmp_path / "net"
    made = command(
        "network", "init", directory, "--validators", 1, "--observers", 1, "--port-base", reserve_ports()
    )
    assert made.returncode == 0, made.stderr
    yield directory
    command("network", "down", directory)


def test_up_status_down_and_reset(command: Command, net: Path) -> None:
    up = command("network", "up", net)
    assert up.returncode == ExitCode.DONE, up.stderr
    plan, places = load_network(net)
    for place in places:
        assert place.url in up.stdout
        assert f"{place.organisation} is ready" in up.stderr
    assert "next: " in up.stderr

    again = command("network", "up", net)
    assert again.returncode == ExitCode.DONE
    assert "org-1 runs already" in again.stderr

    moved = command("network", "up", net, "--port-base", plan.port_base + 7)
    assert moved.returncode == ExitCode.USAGE
    assert "sealane network down" in moved.stderr

    status = command("network", "status", net, "--json")
    assert status.returncode == ExitCode.DONE
    rows = json.loads(status.stdout)["nodes"]
    assert [(row["state"], row["height"], row["peers"]) for row in rows] == [("ready", 5, 1)] * 2
    assert [row["pid"] for row in rows] == [running_pid(place.directory) for place in places]

    down = command("network", "down", net)
    assert down.returncode == ExitCode.DONE
    assert down.stdout.count("stopped") == 2
    assert all(running_pid(place.directory) is None for place in places)
    assert command("network", "down", net).stdout.count("not running") == 2

    gone = command("network", "status", net)
    assert gone.returncode == ExitCode.UNREACHABLE
    assert gone.stdout.count("stopped") == 2

    keys = sorted(net.rglob("*.pem"))
    assert command("network", "reset", net).returncode == ExitCode.USAGE
    assert all((place.directory / "data").is_dir() for place in places)
    assert command("network", "reset", net, "--yes").returncode == ExitCode.DONE
    assert not any((place.directory / "data").exists() for place in places)
    assert sorted(net.rglob("*.pem")) == keys


def test_the_ports_of_a_node_that_was_just_started_are_its_own(node: FakeNode, tmp_path: Path) -> None:
    port = int(node.url.rpartition(":")[2])
    place = NodePlace(
        organisation="org-1", kind="validator", directory=tmp_path, host="127.0.0.1", url=node.url,
        api_port=port, peer_port=2, https_port=3,
    )  # fmt: skip
    assert port in _taken_ports(place)
    with running_as_node(tmp_path):
        assert _taken_ports(place) == []


def test_a_node_that_another_command_started_is_waited_for(node: FakeNode, tmp_path: Path) -> None:
    genesis = make_genesis()
    (founder, *_), told = genesis.organisations, {"network": network_id(genesis).hex()}
    place = NodePlace(
        organisation=founder.id, kind="validator", directory=tmp_path, host="127.0.0.1", url=node.url,
        api_port=1, peer_port=2, https_port=3,
    )  # fmt: skip
    waking = {"ready": False, "reasons": ["waking up"], "organisation": founder.id, **told}
    node.replies["GET /readyz"] = [(503, waking), (200, {"ready": True, "organisation": founder.id, **told})]
    ours = subprocess.Popen([sys.executable, "-c", "raise SystemExit(1)"])
    assert ours.wait() == 1
    with running_as_node(tmp_path):
        await_ready(Output(), [place], {founder.id: ours}, genesis, 30.0, "no log")
    with pytest.raises(CliError, match="ended with exit code 1"):
        await_ready(Output(), [place], {founder.id: ours}, genesis, 30.0, "no log")


def test_a_damaged_genesis_is_named(command: Command, net: Path) -> None:
    (net / "genesis.json").write_text("{")
    up = command("network", "up", net)
    assert up.returncode == ExitCode.USAGE
    assert f"{net / 'genesis.json'} is no genesis" in up.stderr


def test_a_taken_port_is_noticed_before_anything_starts(command: Command, net: Path) -> None:
    plan, places = load_network(net)
    with socket.socket() as other:
        other.bind(("127.0.0.1", plan.peer_port(1)))
        other.listen()
        up = command("network", "up", net)
    assert up.returncode == ExitCode.REFUSED
    assert f"port {plan.peer_port(1)} is in use" in up.stderr
    assert "--port-base" in up.stderr
    assert all(running_pid(place.directory) is None for place in places)


def test_another_port_base_moves_every_node(command: Command, net: Path) -> None:
    base = reserve_ports()
    keys = {file: file.read_bytes() for file in net.rglob("*.pem")}
    genesis = (net / "genesis.json").read_bytes()
    up = command("network", "up", net, "--port-base", base)
    assert up.returncode == ExitCode.DONE, up.stderr
    assert f"http://127.0.0.1:{base + 1}" in up.stdout
    assert f"http://127.0.0.1:{base + 2}" in (net / "client.toml").read_text()
    assert {file: file.read_bytes() for file in net.rglob("*.pem")} == keys
    assert (net / "genesis.json").read_bytes() == genesis


def test_a_node_that_ends_is_reported_with_the_end_of_its_log(command: Command, net: Path) -> None:
    (net / "nodes" / "org-2" / "fail").touch()
    up = command("network", "up", net)
    assert up.returncode == ExitCode.UNREACHABLE
    assert "the node of org-2 ended with exit code 1" in up.stderr
    assert "the disk is on fire" in up.stderr


def test_status_of_a_stopped_network_exits_3(sealane: Run, corridor: Path) -> None:
    result = sealane("network", "status", corridor, "--json")
    assert result.exit_code == ExitCode.UNREACHABLE
    assert {row["pid"] for row in json.loads(result.stdout)["nodes"]} == {None}


def test_a_stranger_that_answers_at_the_address_is_not_our_node(node: FakeNode, tmp_path: Path) -> None:
    place = NodePlace(
        organisation="org-1", kind="validator", directory=tmp_path, host="127.0.0.1", url=node.url,
        api_port=1, peer_port=2, https_port=3,
    )  # fmt: skip
    ours, theirs = "ab" * 32, "cd" * 32
    waiting = {"ready": False, "reasons": ["catching up"], "organisation": "org-1", "network": ours}
    node.replies["GET /readyz"] = (503, waiting)
    assert not_ready_because(place, ours) == ["catching up"]
    assert not_ready_because(place, ours, answering=True) == [], "a newcomer waits to be admitted"
    node.replies["GET /readyz"] = (503, waiting | {"network": theirs})
    assert not_ready_because(place, ours, answering=True)
    node.replies["GET /readyz"] = (200, {"ready": True, "organisation": "org-1", "network": theirs})
    assert not_ready_because(place, ours) == [f"another node answers at {node.url}, that of org-1"]
    node.replies["GET /readyz"] = (200, {"ready": True, "organisation": "org-2", "network": ours})
    assert not_ready_because(place, ours) == [f"another node answers at {node.url}, that of org-2"]
    node.replies["GET /readyz"] = (200, {"ready": True, "organisation": "org-1", "network": ours})
    assert not_ready_because(place, ours) == []
