"""Networks of other sizes, made and run by commands alone."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cli.network_files import load_network
from cli.processes import running_pid, stop_node
from tests.e2e.world import run_sealane
from tests.ports import reserve_ports

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


class Network:
    """A network that is run by commands, as members named by number."""

    def __init__(self, folder: Path, *init: object) -> None:
        self.folder = folder
        self.base = reserve_ports()
        self.made = self.said("network", "init", "net", *init, "--port-base", self.base)

    def said(self, *args: object, exit_code: int = 0) -> Any:
        """What a command says as JSON, be it an error."""
        done = run_sealane(*args, "--json", cwd=self.folder, exit_code=exit_code)
        if done.stdout.strip():
            return json.loads(done.stdout)
        return json.loads(done.stderr.splitlines()[-1])["error"]

    def enrol(self, member: str, by: str) -> dict[str, Any]:
        """An act that every network can seal: one member more."""
        key = f"{member.replace('/', '-')}.pem"
        run_sealane("key", "new", key, cwd=self.folder)
        act = ("member", "enroll", member, "--new-key", key, "--as", by, "--network", "net")
        result: dict[str, Any] = self.said(*act)
        assert result["status"] == "sealed"
        return result

    def status(self, exit_code: int = 0) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.said("network", "status", "net", exit_code=exit_code)["nodes"]
        return rows

    def stop(self) -> None:
        if not (self.folder / "net" / "network.toml").is_file():
            return
        for place in load_network(self.folder / "net")[1]:
            stop_node(place.directory)
            assert running_pid(place.directory) is None
            log = place.directory / "node.log"
            assert not log.is_file() or "Traceback" not in log.read_text(encoding="utf-8"), log


@contextmanager
def network(folder: Path, *init: object) -> Iterator[Network]:
    made = Network(folder, *init)
    try:
        yield made
    finally:
        made.stop()


@pytest.mark.slow
def test_one_validator_alone_seals_and_begins_anew(tmp_path: Path) -> None:
    with network(tmp_path, "--validators", 1) as net:
        assert net.made["validators"] == 1
        error = net.said("network", "init", "net", exit_code=2)
        assert error["code"] == "file.exists"
        net.said("network", "up", "net")
        result = net.enrol("org-1/second", "org-1/officer")
        evidence = ("evidence", "get", "member/org-1/second", "-o", "one.json")
        net.said(*evidence, "--network", "net", "--as", "org-1/officer")
        assert net.said("verify", "one.json", "--network", "net")["sealed_by"] == ["org-1"]
        again = net.said("network", "up", "net")
        assert [row["pid"] for row in again["nodes"]] == [row["pid"] for row in net.status()]

        error = net.said("network", "reset", "net", exit_code=2)
        assert error["code"] == "unconfirmed"
        reset = net.said("network", "reset", "net", "--yes")
        assert reset["network"] != net.made["network"]
        net.said("network", "up", "net")
        (row,) = net.status()
        assert row["height"] < result["height"] + 1
        net.enrol("org-1/third", "org-1/officer")
        old = tmp_path / "net" / f"genesis.{net.made['network'][:16]}.json"
        assert net.said("verify", "one.json", "--genesis", old)["verdict"] == "verified"
        found = net.said("verify", "one.json", "--network", "net", exit_code=1)
        assert (found["verdict"], found["failed"]) == ("caution", "anchor")
        net.said("network", "down", "net")
        (row,) = net.status(exit_code=3)
        assert row["state"] == "stopped"


def test_a_taken_port_is_named_before_anything_starts(tmp_path: Path) -> None:
    with network(tmp_path, "--validators", 1, "--observers", 1) as net:
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind(("127.0.0.1", net.base + 2))
            other.listen()
            error = net.said("network", "up", "net", exit_code=1)
            assert error["code"] == "port.taken"
            assert str(net.base + 2) in error["what"]
            assert "--port-base" in error["do"]
            assert {row["pid"] for row in net.status(exit_code=3)} == {None}
            elsewhere = reserve_ports()
            up = net.said("network", "up", "net", "--port-base", elsewhere)
        assert {row["url"] for row in up["nodes"]} == {
            f"http://127.0.0.1:{elsewhere + 1}",
            f"http://127.0.0.1:{elsewhere + 2}",
        }
        error = net.said("network", "up", "net", "--port-base", net.base, exit_code=2)
        assert "cannot change while nodes run" in error["what"]
        assert net.enrol("org-1/second", "org-1/officer")["height"] >= 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name = 'x'\n", "organisations"),
        ("name == 'x'\n", "line 1"),
        (
            "name = 'x'\n[[organisations]]\nid='a'\nname='A'\nroles=['customs']\nmembers=['m']\n",
            "validator",
        ),
        (
            "name = 'x'\n[[organisations]]\nid='a'\nname='A'\nroles=['pirate']\nmembers=['m']\n"
            "node='validator'\n",
            "pirate",
        ),
        (
            "name = 'x'\n[[organisations]]\nid='A B'\nname='A'\nroles=['carrier']\nmembers=['m']\n"
            "node='validator'\n",
            "id",
        ),
    ],
    ids=["no organisations", "no TOML", "no validator", "an unknown role", "a bad id"],
)
def test_a_plan_that_makes_no_network(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "plan.toml").write_text(text, encoding="utf-8")
    done = run_sealane("network", "init", "net", "--config", "plan.toml", cwd=tmp_path, exit_code=None)
    assert done.returncode in (1, 2), done
    assert says in done.stderr
    assert not (tmp_path / "net").exists()


@pytest.mark.slow
def test_seven_validators_and_two_observers(tmp_path: Path) -> None:
    with network(tmp_path, "--validators", 7, "--observers", 2) as net:
        net.said("network", "up", "net")
        assert [row["state"] for row in net.status()] == ["ready"] * 9
        result = net.enrol("org-9/second", "org-9/operator")
        block = net.said(
            "evidence", "get", "member/org-9/second", "-o", "m.json", "--network", "net", "--as", "org-9"
        )
        assert block["subject"] == "member/org-9/second"
        report = net.said("verify", "m.json", "--network", "net")
        assert len(report["sealed_by"]) >= 5
        for place in load_network(tmp_path / "net")[1][:2]:
            assert stop_node(place.directory) == "stopped"
        assert net.enrol("org-8/second", "org-8/officer")["height"] > result["height"]


def test_a_node_with_the_key_of_another_does_not_start(tmp_path: Path) -> None:
    """A key that the ledger does not know may be named later; one that it has for another never is."""
    with network(tmp_path, "--validators", 2) as net:
        first, second = (place.directory / "keys" / "node.pem" for place in load_network(tmp_path / "net")[1])
        second.write_bytes(first.read_bytes())
        done = run_sealane("node", "run", "net/nodes/org-2", cwd=net.folder, exit_code=2)
        assert "the ledger has this node key for org-1/node-1, not for org-2/node-1" in done.stderr
