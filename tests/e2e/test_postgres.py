"""Nodes that keep their ledgers in PostgreSQL, from the first block to an audit."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import create_engine, make_url, text

from cli.network_plan import corridor_plan, render_plan
from tests.e2e.agreement import check_nothing_lost, check_same_chain
from tests.e2e.world import OBSERVER, PORT, World, run_sealane, tracebacks
from tests.ports import reserve_ports

pytestmark = [pytest.mark.e2e, pytest.mark.postgres, pytest.mark.timeout(240)]

NODES = {PORT: "validator", OBSERVER: "observer"}


def execute(url: str, *statements: str) -> None:
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def databases() -> dict[str, str]:
    """An empty database for each node, on the server that the tests were given."""
    server = os.environ.get("SEALANE_TEST_POSTGRES_URL") or pytest.fail("run it by `make test-postgres`")
    made = {}
    for node in NODES:
        name = f"{node.replace('-', '_')}_{os.getpid()}"
        execute(server, f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")
        made[node] = make_url(server).set(database=name).render_as_string(hide_password=False)
    return made


@pytest.fixture
def world(tmp_path: Path, databases: dict[str, str]) -> Iterator[World]:
    """A validator and an observer, configured by URL."""
    plan = corridor_plan()
    organisations = tuple(
        replace(one, node=NODES.get(one.id), uses=None if one.id in NODES else PORT, entrusts=False)
        for one in plan.organisations
    )
    plan = replace(plan, port_base=reserve_ports(), organisations=organisations)
    (tmp_path / "plan.toml").write_text(render_plan(plan), encoding="utf-8")
    run_sealane("network", "init", "net", "--config", "plan.toml", cwd=tmp_path)
    found = World(tmp_path / "net")
    for node, url in databases.items():
        file = found.places[node].directory / "node.toml"
        file.write_text(file.read_text(encoding="utf-8") + f'\n[storage]\nurl = "{url}"\n', encoding="utf-8")
        assert tomllib.loads(file.read_text(encoding="utf-8"))["storage"]["url"] == url
    try:
        found.sealane("network", "up", "net")
        yield found
    finally:
        found.close()


def test_a_chain_in_postgresql_outlives_its_nodes(world: World, databases: dict[str, str]) -> None:
    for _ in range(3):
        world.tick()
    world.kill(PORT)
    world.start(PORT)
    world.kill(OBSERVER)
    for _ in range(3):
        height = int(world.tick(PORT)["height"])
    world.start(OBSERVER)
    world.await_height(height, OBSERVER)
    world.tick(OBSERVER)
    check_nothing_lost(world)
    assert check_same_chain(world) >= height
    assert not tracebacks(world)

    world.sealane("network", "down", "net")
    directories = {node: place.directory for node, place in world.places.items()}
    for directory in directories.values():
        assert not (directory / "data" / "ledger.db").exists()
        world.sealane("node", "check", directory)
        world.sealane("node", "audit", directory, "--genesis", world.directory / "genesis.json")

    execute(databases[OBSERVER], "UPDATE entry SET issuer = 'coral-line/lin-tao' WHERE index = 3")
    found = world.sealane("node", "check", directories[OBSERVER], exit_code=1)
    assert "entry" in found.stdout + found.stderr
    world.sealane("node", "check", directories[PORT])
