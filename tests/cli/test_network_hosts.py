"""Networks whose nodes are on machines of their own: hosts by organisation, and an address to listen on."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from cli.network_plan import corridor_plan, read_plan, render_plan
from tests.cli.conftest import Run


@pytest.fixture
def spread(sealane: Run, tmp_path: Path) -> Path:
    asked = ("--corridor", "--host", "{organisation}.test", "--listen", "0.0.0.0")
    assert sealane("network", "init", "net", *asked).exit_code == 0
    return tmp_path / "net"


def toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def test_a_node_listens_on_every_address_and_dials_others_by_name(spread: Path) -> None:
    node = toml(spread / "nodes" / "coral-line" / "node.toml")
    assert node["api"] == {"host": "0.0.0.0", "port": 8403}
    assert node["peer"] == {"host": "0.0.0.0", "port": 8453}
    assert {peer["organisation"]: peer["host"] for peer in node["peers"]} == {
        name: f"{name}.test"
        for name in ("qinzhou-customs", "beibu-gulf-port", "haiphong-customs", "landbridge-forwarding")
    }


def test_clients_find_nodes_by_name(spread: Path) -> None:
    nodes = toml(spread / "client.toml")["nodes"]
    assert nodes["haiphong-customs"] == "http://haiphong-customs.test:8404"


def test_hosts_survive_in_the_plan(spread: Path, tmp_path: Path) -> None:
    plan = read_plan(spread / "network.toml")
    assert (plan.host, plan.listen) == ("{organisation}.test", "0.0.0.0")
    (tmp_path / "again.toml").write_text(render_plan(plan), encoding="utf-8")
    assert read_plan(tmp_path / "again.toml") == plan


def test_without_an_address_to_listen_on_a_node_listens_on_its_host() -> None:
    plan = replace(corridor_plan(), host="::1")
    assert plan.listen is None
    assert {plan.host_of(place) for place in range(len(plan.nodes))} == {"::1"}
