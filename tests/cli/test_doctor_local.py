"""`sealane doctor` on nodes that do not run: every fault here is a real one, made and found again."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cli.examination_local import MIGRATIONS, local_nodes
from cli.network_files import create_network, load_network
from cli.network_plan import plain_plan
from cli.processes import running_as_node
from ledger.genesis import network_id
from nodes.storage import Store
from nodes.storage.schema import NEWEST_REVISION
from tests.cli.doctored import assert_documented
from tests.ports import reserve_ports

pytestmark = pytest.mark.loopback

FIRST_ENTRY = (
    'INSERT INTO entry ("index", height, segment, statement_id, leaf_hash, issuer, organisation, act, '
    "subject, last_valid_ms, leaf) VALUES (0, 0, 0, ?, x'00', '', '', '', '', 0, x'00')"
)

Look = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network of one node, with a database that begins with its genesis."""
    directory = tmp_path_factory.mktemp("doctor") / "net"
    plan = msgspec.structs.replace(plain_plan(validators=1, observers=0), port_base=reserve_ports())
    genesis = create_network(directory, plan, time_ms=1_790_000_000_000)
    database = directory / "nodes" / "org-1" / "data" / "ledger.db"
    database.parent.mkdir()
    with Store.open(f"sqlite:///{database}", create=True):
        pass
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(FIRST_ENTRY, (bytes(network_id(genesis)),))
    return directory


@pytest.fixture
def network(made: Path, tmp_path: Path) -> Path:
    """A copy of it, to be spoiled."""
    shutil.copytree(made, tmp_path / "net")
    return tmp_path / "net"


@pytest.fixture
def look(network: Path) -> Look:
    """The one finding of a name, which the page of operations lists."""

    def run(name: str) -> dict[str, Any]:
        found = [asdict(finding) for finding in local_nodes(network)]
        for check in found:
            assert_documented(check)
        (one,) = [check for check in found if check["name"] == name]
        return one

    return run


def node_of(network: Path) -> Path:
    return network / "nodes" / "org-1"


def change(network: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(node_of(network) / "data" / "ledger.db")) as connection, connection:
        connection.execute(statement, values)


def test_nothing_is_wrong_with_a_node_that_was_just_stopped(look: Look, network: Path) -> None:
    with running_as_node(node_of(network)):
        pass
    assert look("process")["sentence"].startswith(f"org-1 was process {os.getpid()}, which has ended")
    assert {look(name)["outcome"] for name in ("ports", "process", "database")} == {"passed"}


def test_a_running_node_is_left_alone(network: Path) -> None:
    with running_as_node(node_of(network)):
        assert [finding.name for finding in local_nodes(network)] == ["ports"]


def test_a_taken_port_is_wrong(look: Look, network: Path) -> None:
    port = load_network(network)[1][0].peer_port
    with closing(socket.create_server(("127.0.0.1", port))):
        found = look("ports")
    assert (found["outcome"], str(port) in found["sentence"]) == ("failed", True)
    assert found["do"].startswith(f"sealane network up {network} --port-base ")


@pytest.mark.skipif(os.name != "posix", reason="files have owners of this kind on POSIX")
def test_files_of_another_user_are_wrong(look: Look, network: Path) -> None:
    data = node_of(network) / "data"
    if os.geteuid() == 0:
        os.chown(data, 54_321, -1)
    else:
        data.chmod(0o500)
    found = look("files")
    data.chmod(0o700)
    assert str(data) in found["sentence"]
    assert found["do"].startswith("sudo chown -R ")


@pytest.mark.parametrize("begin", [0, 8192], ids=["header", "inside"])
def test_a_damaged_database_is_wrong(begin: int, look: Look, network: Path) -> None:
    path = node_of(network) / "data" / "ledger.db"
    with path.open("r+b") as file:
        file.seek(begin)
        file.write(b"\x5a" * 4096)
    found = look("database")
    assert "is damaged: " in found["sentence"]
    assert found["do"] == f"sealane node repair {node_of(network)}"


def test_a_database_of_a_newer_release_is_wrong(look: Look, network: Path) -> None:
    change(network, "UPDATE alembic_version SET version_num = '0999'")
    assert f"knows none after {NEWEST_REVISION}." in look("database")["sentence"]


def test_the_schemas_that_are_known_are_those_of_the_node(look: Look) -> None:
    assert max(file.name[1:5] for file in MIGRATIONS.glob("v[0-9]*.py")) == NEWEST_REVISION


def test_a_database_of_another_genesis_is_wrong(look: Look, network: Path) -> None:
    change(network, "UPDATE entry SET statement_id = ?", b"\x01" * 32)
    found = look("database")
    assert "began with another genesis (0101010101010101)" in found["sentence"]
    assert found["do"].endswith(f"sealane network reset {network}")


def test_a_configuration_that_cannot_be_read_is_wrong(look: Look, network: Path) -> None:
    (node_of(network) / "node.toml").write_text("[node\n")
    assert "node.toml" in look("files")["sentence"]
