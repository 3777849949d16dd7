"""Network directories: what `init` makes, for any number of nodes, and what it refuses."""

from __future__ import annotations

import json
import os
import stat
import tomllib
from pathlib import Path

import pytest

from cli.errors import CliError
from cli.files import read_bls_secret, read_contents_key, read_signing_key
from cli.network_plan import corridor_plan, plain_plan, read_plan, render_plan
from ledger.bls import backend
from ledger.genesis import network_id, parse_genesis
from ledger.primitives import decode_base64url
from tests.cli.conftest import Run

PLAN = """name = "N"
[[organisations]]
id = "a"
name = "A"
roles = ["carrier"]
members = ["x"]
node = "validator"
"""


def test_the_corridor_has_its_cast() -> None:
    plan = corridor_plan()
    assert [o.id for o in plan.validators] == [
        "qinzhou-customs",
        "beibu-gulf-port",
        "coral-line",
        "haiphong-customs",
    ]
    assert [o.id for o in plan.nodes if o.node == "observer"] == ["landbridge-forwarding"]
    uses = {o.id: o.uses for o in plan.organisations if o.node is None}
    assert uses == {"haiphong-terminal": "haiphong-customs", "red-river-imports": "landbridge-forwarding"}
    assert {o.id: o.jurisdiction for o in plan.organisations if o.jurisdiction} == {
        "qinzhou-customs": "CN",
        "haiphong-customs": "VN",
    }


def test_a_plan_survives_being_written(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(render_plan(corridor_plan()), encoding="utf-8")
    assert read_plan(tmp_path / "p.toml") == corridor_plan()


def test_parameters_of_a_plan_reach_the_genesis(sealane: Run, tmp_path: Path) -> None:
    text = PLAN.replace('name = "N"\n', 'name = "A \\"lab\\""\n[parameters]\nheartbeat_ms = 500\n')
    (tmp_path / "plan.toml").write_text(text)
    assert sealane("network", "init", "net", "--config", "plan.toml").exit_code == 0
    genesis = parse_genesis((tmp_path / "net" / "genesis.json").read_bytes())
    assert genesis.name == 'A "lab"'
    assert genesis.parameters.heartbeat_ms == 500
    assert read_plan(tmp_path / "net" / "network.toml").parameters.heartbeat_ms == 500


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ('node = "validator"', "No organisation has a validator"),
        ('roles = ["carrier"]', "roles"),
        ('members = ["x"]', "members"),
        ('id = "a"', "id"),
    ],
)
def test_a_plan_that_lacks_something_says_what(change: str, why: str, tmp_path: Path) -> None:
    text = PLAN
    assert change in text
    (tmp_path / "plan.toml").write_text(text.replace(change, ""))
    with pytest.raises(CliError) as caught:
        read_plan(tmp_path / "plan.toml")
    assert why in caught.value.why


@pytest.mark.parametrize(
    ("addition", "why"),
    [
        ('uses = "b"', "uses the node of b, which has none"),
        ('colour = "red"', "colour"),
        ('jurisdiction = "China"', "jurisdiction"),
    ],
)
def test_a_plan_with_a_mistake_says_what(addition: str, why: str, tmp_path: Path) -> None:
    text = PLAN
    (tmp_path / "plan.toml").write_text(text + addition)
    with pytest.raises(CliError) as caught:
        read_plan(tmp_path / "plan.toml")
    assert why in caught.value.why


@pytest.mark.parametrize(
    "roles", ['["wizard"]', '["customs"]'], ids=["unknown", "customs without jurisdiction"]
)
def test_a_genesis_that_the_contracts_refuse_is_never_written(
    roles: str, sealane: Run, tmp_path: Path
) -> None:
    text = PLAN.replace('["carrier"]', roles)
    (tmp_path / "plan.toml").write_text(text)
    result = sealane("network", "init", "net", "--config", "plan.toml")
    assert result.exit_code == 1
    assert "[genesis]" in result.stderr
    assert sorted(file.name for file in tmp_path.iterdir()) == ["plan.toml"]


@pytest.mark.parametrize(("validators", "observers"), [(1, 0), (4, 2), (60, 0)])
def test_ports_never_collide(validators: int, observers: int) -> None:
    plan = plain_plan(validators, observers)
    count = len(plan.nodes)
    assert count == validators + observers
    ports = {plan.api_port(i) for i in range(count)} | {plan.peer_port(i) for i in range(count)}
    assert len(ports) == 2 * count
    assert plan.api_port(0) == plan.port_base + 1
    if count <= 50:
        assert plan.peer_port(0) == plan.port_base + 51


def test_too_many_ports_are_refused() -> None:
    from msgspec.structs import replace

    from cli.network_plan import check_plan

    with pytest.raises(CliError) as caught:
        check_plan(replace(plain_plan(500, 0), port_base=65_000))
    assert "port" in caught.value.why


def test_init_makes_every_key_and_a_valid_genesis(corridor: Path) -> None:
    genesis = parse_genesis((corridor / "genesis.json").read_bytes())
    assert [v.organisation for v in genesis.validators] == [o.id for o in corridor_plan().validators]
    for organisation in genesis.organisations:
        for member in organisation.members:
            key = read_signing_key(corridor / "members" / organisation.id / f"{member.name}.pem")
            assert key.public_key.text == member.key
        for node in organisation.nodes:
            key = read_signing_key(corridor / "nodes" / organisation.id / "keys" / "node.pem")
            assert (node.name, node.key) == ("node-1", key.public_key.text)
    for validator in genesis.validators:
        secret = read_bls_secret(corridor / "nodes" / validator.organisation / "keys" / "validator.key")
        assert backend().public_key(secret) == decode_base64url(validator.bls_key, field="k")
    carriers = [o for o in genesis.organisations if o.numbering_key]
    assert [o.id for o in carriers] == ["coral-line"]
    observer = corridor / "nodes" / "landbridge-forwarding" / "keys"
    assert sorted(file.name for file in observer.iterdir()) == [
        "contents-red-river-imports.key",
        "contents.key",
        "node.pem",
    ]
    for organisation in genesis.organisations:
        name = "contents.key" if organisation.nodes else f"contents-{organisation.id}.key"
        keys = [read_contents_key(path).text for path in corridor.glob(f"nodes/*/keys/{name}")]
        assert organisation.contents_key in keys


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
def test_every_secret_is_private(corridor: Path) -> None:
    secrets = [*corridor.rglob("*.pem"), *corridor.rglob("*.key")]
    assert len(secrets) == 29
    for file in secrets:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700, file


def test_node_configurations_fit_the_node(corridor: Path) -> None:
    from nodes.config import load_config

    for name in ("coral-line", "landbridge-forwarding"):
        config = load_config(corridor / "nodes" / name)
        assert config.node.organisation == name
        assert (config.keys.validators == ()) == (name == "landbridge-forwarding")
        assert len(config.peers) == 4
        assert name not in {peer.organisation for peer in config.peers}
    ports = {peer.organisation: peer.port for peer in load_config(corridor / "nodes" / "coral-line").peers}
    assert ports["qinzhou-customs"] == 8451


def test_client_settings_name_every_node_and_who_serves_the_others(corridor: Path) -> None:
    settings = tomllib.loads((corridor / "client.toml").read_text())
    assert list(settings["nodes"].values()) == [f"http://127.0.0.1:{port}" for port in range(8401, 8406)]
    assert settings["served_by"]["red-river-imports"] == "landbridge-forwarding"


@pytest.mark.parametrize("options", [(), ("--validators", "1"), ("--validators", "7", "--observers", "2")])
def test_init_for_any_number_of_nodes(options: tuple[str, ...], sealane: Run, tmp_path: Path) -> None:
    result = sealane("network", "init", "net", *options, "--json")
    assert result.exit_code == 0, result.stderr
    value = json.loads(result.stdout)
    expected = {(): 4, ("--validators", "1"): 1}.get(options, 7)
    assert value["validators"] == expected
    genesis = parse_genesis((tmp_path / "net" / "genesis.json").read_bytes())
    assert len(genesis.validators) == expected
    assert network_id(genesis).hex() == value["network"]


def test_init_never_overwrites(sealane: Run, tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "precious").write_text("x")
    result = sealane("network", "init", "net", "--validators", "1")
    assert result.exit_code == 2
    assert "not empty" in result.stderr
    assert [file.name for file in (tmp_path / "net").iterdir()] == ["precious"]
    assert [file.name for file in tmp_path.iterdir()] == ["net"]


def test_init_takes_an_empty_directory(sealane: Run, tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    assert sealane("network", "init", "net", "--validators", "1").exit_code == 0
    assert (tmp_path / "net" / "genesis.json").is_file()


@pytest.mark.parametrize(
    "options",
    [
        ("--corridor", "--validators", "3"),
        ("--config", "x", "--corridor"),
        ("--validators", "0"),
        ("--port-base", "80"),
    ],
)
def test_contradictions_are_usage_mistakes(options: tuple[str, ...], sealane: Run, tmp_path: Path) -> None:
    assert sealane("network", "init", "net", *options).exit_code == 2
    assert not (tmp_path / "net").exists()


def test_a_port_base_moves_every_port(sealane: Run, tmp_path: Path) -> None:
    sealane("network", "init", "net", "--validators", "2", "--port-base", "9400")
    settings = tomllib.loads((tmp_path / "net" / "client.toml").read_text())
    assert list(settings["nodes"].values()) == ["http://127.0.0.1:9401", "http://127.0.0.1:9402"]
    node = tomllib.loads((tmp_path / "net" / "nodes" / "org-2" / "node.toml").read_text())
    assert (node["api"]["port"], node["peer"]["port"], node["peers"][0]["port"]) == (9402, 9452, 9451)


def test_two_networks_never_share_an_id(sealane: Run) -> None:
    one, two = (
        json.loads(sealane("network", "init", name, "--validators", "1", "--json").stdout)
        for name in ("a", "b")
    )
    assert one["network"] != two["network"]


@pytest.mark.parametrize("command", ["up", "down", "status", "reset"])
def test_other_commands_need_a_network_directory(command: str, sealane: Run) -> None:
    result = sealane("network", command, "nowhere")
    assert result.exit_code == 2
    assert "sealane network init nowhere" in result.stderr


@pytest.mark.loopback
def test_the_network_here_need_not_be_named(
    sealane: Run, monkeypatch: pytest.MonkeyPatch, corridor: Path
) -> None:
    monkeypatch.chdir(corridor)
    result = sealane("network", "status", "--json")
    assert json.loads(result.stdout)["directory"] == "."
    assert len(json.loads(result.stdout)["nodes"]) == 5
