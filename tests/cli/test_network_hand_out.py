"""What containers are given: each organisation its own, once, and the public part to all."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path

import pytest
import yaml
from msgspec.structs import replace

from cli.network_containers import STORAGE_IN_CONTAINERS, in_containers
from cli.network_hand_out import DATABASE_USER, NODE_USER
from cli.network_plan import plain_plan, read_plan, render_plan
from ledger.canonical import parse_json
from ledger.genesis import network_id, parse_genesis
from tests.cli.conftest import Run

PLAN = in_containers(plain_plan(2, 1))


@pytest.fixture
def volumes(sealane: Run, tmp_path: Path) -> Path:
    done = sealane("network", "hand-out", tmp_path / "volumes", SEALANE_PLAN=render_plan(PLAN))
    assert done.exit_code == 0, done.stderr
    return tmp_path / "volumes"


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_an_organisation_gets_its_own_keys_and_nobody_s_else(volumes: Path) -> None:
    own = {"node.toml", "keys/node.pem", "keys/contents.key", "keys/database.pgpass"}
    assert files(volumes / "nodes" / "org-1") == own | {"keys/validator.key"}
    assert files(volumes / "nodes" / "org-3") == own
    assert files(volumes / "databases") == {f"org-{number}/password" for number in (1, 2, 3)}
    secrets = [path.read_bytes() for path in volumes.rglob("*.pem")]
    assert len(secrets) == len(set(secrets)) == 6


def test_what_is_public_holds_no_secret(volumes: Path) -> None:
    public = volumes / "network"
    own = {name for name in files(public) if not name.startswith("monitoring/")}
    assert own == {"genesis.json", "network.toml", "client.toml", "storage"}
    assert all(path.stat().st_mode & 0o444 == 0o444 for path in public.rglob("*"))
    assert read_plan(public / "network.toml") == PLAN
    assert files(volumes / "evidence") == {"genesis.json"}
    assert (volumes / "evidence" / "genesis.json").read_bytes() == (public / "genesis.json").read_bytes()
    passwords = {path.read_text(encoding="utf-8") for path in volumes.rglob("password")}
    assert len(passwords) == 3
    for path in filter(Path.is_file, public.rglob("*")):
        assert not any(password in path.read_text(encoding="utf-8") for password in passwords)


def test_commands_among_containers_know_where_a_browser_reaches_each_node(
    sealane: Run, volumes: Path
) -> None:
    """The link that `sealane login` prints is for whoever sits before the machine."""
    client = volumes / "network" / "client.toml"
    settings = tomllib.loads(client.read_text(encoding="utf-8"))
    assert settings["nodes"]["org-3"] == "http://org-3:8403"
    assert settings["pages"] == {f"org-{number}": f"http://127.0.0.1:840{number}" for number in (1, 2, 3)}
    again = {"SEALANE_PLAN": render_plan(PLAN), "SEALANE_PORT_PREFIX": "94"}
    assert sealane("network", "hand-out", volumes, **again).exit_code == 0
    moved = tomllib.loads(client.read_text(encoding="utf-8"))
    assert moved["pages"]["org-3"] == "http://127.0.0.1:9403", "ports may change at every start"
    assert moved["nodes"] == settings["nodes"]
    refused = sealane(
        "network", "hand-out", volumes, SEALANE_PLAN=render_plan(PLAN), SEALANE_PORT_PREFIX="84x"
    )
    assert refused.exit_code == 2


def test_ports_that_cannot_have_another_beginning_are_told_as_they_are(sealane: Run, tmp_path: Path) -> None:
    plan = in_containers(replace(plain_plan(4, 0), port_base=8497))
    environment = {"SEALANE_PLAN": render_plan(plan), "SEALANE_PORT_PREFIX": "84"}
    assert sealane("network", "hand-out", tmp_path / "volumes", **environment).exit_code == 0
    settings = tomllib.loads((tmp_path / "volumes/network/client.toml").read_text(encoding="utf-8"))
    assert settings["pages"]["org-4"] == "http://127.0.0.1:8501"


def test_prometheus_is_told_of_every_node_of_this_network(sealane: Run, volumes: Path) -> None:
    folder = volumes / "network" / "monitoring"
    settings = yaml.safe_load((folder / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    assert all((folder / "prometheus" / name).is_file() for name in settings["rule_files"])
    (job,) = settings["scrape_configs"]
    (pattern,) = job["file_sd_configs"][0]["files"]
    (listed,) = (folder / "prometheus").glob(pattern)
    before = parse_json(listed.read_bytes())
    assert [one["targets"] for one in before] == [["org-1:8401"], ["org-2:8402"], ["org-3:8403"]]
    assert [one["labels"] for one in before] == [{"node": f"org-{number}"} for number in (1, 2, 3)]
    listed.unlink()
    assert sealane("network", "hand-out", volumes, SEALANE_PLAN=render_plan(PLAN)).exit_code == 0
    assert parse_json(listed.read_bytes()) == before


def test_grafana_finds_its_dashboards_where_they_are_put(volumes: Path) -> None:
    folder = volumes / "network" / "monitoring" / "grafana"
    settings = yaml.safe_load((folder / "provisioning/dashboards/sealane.yml").read_text(encoding="utf-8"))
    (provider,) = settings["providers"]
    boards = volumes / provider["options"]["path"].removeprefix("/")
    assert {board.name for board in boards.iterdir()} == {"node.json", "overview.json"}


def test_the_password_of_a_node_opens_its_own_database(volumes: Path) -> None:
    for name in ("org-1", "org-2", "org-3"):
        password = (volumes / "databases" / name / "password").read_text(encoding="utf-8")
        line = (volumes / "nodes" / name / "keys" / "database.pgpass").read_text(encoding="utf-8")
        assert line == f"database:5432:*:sealane:{password}\n"


def test_secrets_are_for_their_one_user(volumes: Path) -> None:
    users = {"nodes": NODE_USER, "members": NODE_USER, "evidence": NODE_USER, "databases": DATABASE_USER}
    owned = volumes.stat().st_uid == 0
    for kind, user in users.items():
        folders = (volumes / kind).iterdir() if kind in ("nodes", "databases") else [volumes / kind]
        for folder in folders:
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
            for path in (folder, *folder.rglob("*")):
                assert not owned or (path.stat().st_uid, path.stat().st_gid) == (user, user), path
    for pattern in ("*.pem", "*.key", "*.pgpass", "password"):
        assert {stat.S_IMODE(path.stat().st_mode) for path in volumes.rglob(pattern)} == {0o600}


def test_a_second_time_changes_nothing(sealane: Run, volumes: Path) -> None:
    before = {path: path.read_bytes() for path in volumes.rglob("*") if path.is_file()}
    done = sealane("network", "hand-out", volumes, SEALANE_PLAN=render_plan(PLAN))
    assert done.exit_code == 0
    network = network_id(parse_genesis((volumes / "network" / "genesis.json").read_bytes())).hex()
    assert f"Network id {network}, made before" in done.stdout
    assert {path: path.read_bytes() for path in volumes.rglob("*") if path.is_file()} == before


def test_what_an_interrupted_attempt_left_is_replaced(sealane: Run, volumes: Path) -> None:
    (volumes / "network" / "genesis.json").unlink()
    stray = volumes / "nodes" / "org-1" / "keys" / "validator.0000.journal"
    stray.write_bytes(b"of another network")
    old = (volumes / "nodes" / "org-1" / "keys" / "node.pem").read_bytes()
    assert sealane("network", "hand-out", volumes, SEALANE_PLAN=render_plan(PLAN)).exit_code == 0
    assert not stray.exists()
    assert (volumes / "nodes" / "org-1" / "keys" / "node.pem").read_bytes() != old


def test_another_plan_for_the_same_network_is_refused(sealane: Run, volumes: Path) -> None:
    other = render_plan(replace(PLAN, port_base=9000))
    done = sealane("network", "hand-out", volumes, SEALANE_PLAN=other)
    assert done.exit_code == 2
    assert "is not the one that this network was made from" in done.stderr
    assert "-port_base = 8400\n+port_base = 9000" in done.stderr


def test_ledgers_do_not_move_by_another_setting(sealane: Run, volumes: Path) -> None:
    environment = {"SEALANE_PLAN": render_plan(PLAN), "SEALANE_STORAGE": STORAGE_IN_CONTAINERS}
    done = sealane("network", "hand-out", volumes, **environment)
    assert done.exit_code == 2
    assert f"keeps its ledgers in SQLite, not in {STORAGE_IN_CONTAINERS}" in done.stderr


def test_a_plan_that_is_none_is_refused_before_anything_is_made(sealane: Run, tmp_path: Path) -> None:
    done = sealane("network", "hand-out", tmp_path / "volumes", SEALANE_PLAN='name = "x"')
    assert done.exit_code == 2
    assert not (tmp_path / "volumes").exists()
