"""A network that `init --docker` wrote, of another size, with a PostgreSQL for each organisation."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from cli.network_plan import corridor_plan, render_plan
from tests.docker.containers import Containers, Network, run
from tests.e2e.agreement import check_nothing_lost, check_same_chain
from tests.e2e.world import OBSERVER, PORT, run_sealane

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]

NODES = {PORT: "validator", OBSERVER: "observer"}
PORT_BASE = 19_500


@pytest.fixture(scope="module")
def pair(images: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Containers]:
    """One validator and one observer, each with its database."""
    folder = tmp_path_factory.mktemp("pair")
    organisations = tuple(
        replace(one, node=NODES.get(one.id), uses=None if one.id in NODES else PORT, entrusts=False)
        for one in corridor_plan().organisations
    )
    plan = replace(corridor_plan(), port_base=PORT_BASE, organisations=organisations)
    (folder / "plan.toml").write_text(render_plan(plan), encoding="utf-8")
    run_sealane("network", "init", "pair", "--docker", "--config", "plan.toml", cwd=folder)
    network = Network(f"sealane-pair-{os.getpid()}", file=folder / "pair" / "compose.yaml")
    try:
        network.script("up", "--postgres")
        network.take_out(folder / "net")
        found = Containers(folder / "net", engine=network)
        yield found
        for client in found._clients.values():
            client.close()
    finally:
        network.script("reset")
    assert network.left() == {}


def test_ledgers_are_in_the_databases_and_outlive_every_container(pair: Containers) -> None:
    height = int(pair.tick()["height"])
    for node in NODES:
        folder = f"/network/nodes/{node}/data"
        assert pair.engine.inside(node, f"ls {folder}/ledger.db").returncode != 0
    containers = [pair.engine.container(f"{node}{kind}") for node in NODES for kind in ("", "-database")]
    run("docker", "kill", *containers)
    for node in NODES:
        pair.forget(node)
    run("docker", "start", *containers)
    pair.await_ready()
    pair.await_height(int(pair.tick()["height"]))
    check_nothing_lost(pair)
    assert check_same_chain(pair) > height


def test_a_database_is_reached_by_its_own_node_alone(pair: Containers) -> None:
    ask = "python -c \"import socket; socket.create_connection(('{}', 5432), 5)\""
    for node in NODES:
        (other,) = NODES.keys() - {node}
        assert pair.engine.inside(node, ask.format("database")).returncode == 0
        assert pair.engine.inside(node, ask.format(f"{other}-database")).returncode != 0
        password = pair.engine.inside(f"{node}-database", "cat /var/lib/sealane-postgres/password").stdout
        own = pair.engine.inside(node, f"cat /network/nodes/{node}/keys/database.pgpass").stdout
        assert password
        assert own.strip().endswith(f":{password}")
        addresses = pair.engine.inspect(f"{other}-database")["NetworkSettings"]["Networks"].values()
        for address in addresses:
            assert pair.engine.inside(node, ask.format(address["IPAddress"])).returncode != 0


def test_a_wrong_password_opens_nothing(pair: Containers) -> None:
    script = (
        "PGPASSFILE= PGPASSWORD=wrong psql --host=127.0.0.1 --username=sealane --command='SELECT 1' sealane"
    )
    refused = pair.engine.inside(f"{PORT}-database", script)
    assert refused.returncode != 0
    assert "password authentication failed" in refused.stderr


def test_a_network_does_not_change_its_storage(pair: Containers) -> None:
    said = pair.engine.script("up", exit_code=1)
    assert "keeps its ledgers in postgresql" in said
    pair.engine.script("up", "--postgres")


def test_what_is_down_leaves_its_volumes_alone(pair: Containers) -> None:
    pair.engine.script("down")
    assert pair.engine.left().keys() == {"volume"}, "databases are gone as well, though no profile was named"
