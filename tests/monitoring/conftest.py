"""A network that played the corridor story, and a real Prometheus that watches it as our configuration says.

Every test of this folder is marked `prometheus`: `make test-monitoring` runs them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest

from ledger.canonical import parse_json
from tests.browser.scene import set_scene
from tests.e2e.trade import trade
from tests.e2e.world import HAIPHONG, World, eventually, run_sealane
from tests.ports import reserve_ports
from tools.tree import ROOT

FOLDER = Path(__file__).resolve().parent
RULES = ROOT / "docker/prometheus"

STORY_TIMEOUT_S = 300
"""A machine that does much else takes a minute."""

OWN_PORT = 100
"""Prometheus' above the network's base: within what is reserved, and no node's."""

EVERY_S = 5
"""Between scrapes: our configuration's fifteen seconds would have the tests wait."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker(pytest.mark.prometheus)
            item.add_marker(pytest.mark.timeout(STORY_TIMEOUT_S))


def program(name: str) -> str:
    """Where a program of Prometheus is."""
    found = shutil.which(name)
    if found is None:
        if os.environ.get("SEALANE_REQUIRE_PROMETHEUS") == "1":
            pytest.fail(f"{name} is not installed")
        pytest.skip(f"{name} is not installed; on Debian: apt install prometheus, which also starts one")
    return found


@pytest.fixture(scope="session")
def promtool() -> str:
    return program("promtool")


@dataclass(frozen=True)
class Prometheus:
    """A server, and questions to it as Grafana asks them."""

    client: httpx2.Client

    def get(self, path: str, **parameters: Any) -> Any:
        """What it answers; an error fails the test with its words."""
        answer = self.client.get(f"/api/v1/{path}", params=parameters)
        value = parse_json(answer.content)
        assert value["status"] == "success", f"{path} {parameters}: {value}"
        return value["data"]

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The series that an expression has now."""
        found: list[dict[str, Any]] = self.get("query", query=expression)["result"]
        return found

    def answers(self) -> bool:
        """Whether it has started."""
        try:
            return self.client.get("/-/ready").is_success
        except httpx2.HTTPError:
            return False

    def scraped(self) -> bool:
        """Whether it has read every node twice: rates need two readings."""
        found = self.query("min(count_over_time(up[5m]))")
        return bool(found) and float(found[0]["value"][1]) >= 2


@pytest.fixture(scope="session")
def port_base() -> int:
    """The network's, with room for Prometheus."""
    return reserve_ports()


@pytest.fixture(scope="session")
def world(port_base: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Five nodes on which the corridor story was played, and which hide no line of an indicator."""
    program("prometheus")
    folder = tmp_path_factory.mktemp("monitoring")
    found = World(folder / "net")
    try:
        run_sealane(
            *("demo", "--keep", "--port-base", port_base, "--dir", "net"),
            cwd=folder,
            settings={"SEALANE_API__FEWEST_ORGANISATIONS": "1"},
        )
        yield found
    finally:
        found.close()


@pytest.fixture(scope="session")
def prometheus(
    world: World, port_base: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prometheus]:
    """Our configuration and rules, more often and for this network; trade goes on while it watches."""
    folder = tmp_path_factory.mktemp("prometheus")
    shutil.copytree(RULES, folder / "ours")
    config = folder / "ours/prometheus.yml"
    text = config.read_text(encoding="utf-8")
    assert text.count("interval: 15s") == 2
    config.write_text(text.replace("interval: 15s", f"interval: {EVERY_S}s"), encoding="utf-8")
    targets = [
        {"targets": [place.url.removeprefix("http://")], "labels": {"node": name}}
        for name, place in world.places.items()
    ]
    (folder / "ours/nodes/corridor.json").write_bytes(msgspec.json.encode(targets))
    port = port_base + OWN_PORT
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                program("prometheus"),
                f"--config.file={config}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=log,
            stderr=log,
        )
    client = httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30)
    found = Prometheus(client)
    try:
        eventually(lambda: process.poll() is not None or found.answers(), "Prometheus answers")
        assert process.poll() is None, (folder / "log").read_text()
        eventually(found.scraped, "Prometheus has read every node twice")
        trade_goes_on(world)
        yield found
    finally:
        client.close()
        process.terminate()
        process.wait(60)


def trade_goes_on(world: World) -> None:
    """What dashboards show, at the node of Hai Phong Customs: sealed, held, refused, stored and fetched."""
    set_scene(world)
    unfit = trade(world).declaration
    world.act(HAIPHONG, "clearance.reject", unfit, {"errors": [{"code": "CDS12077"}]})
