"""Who acts, with which key, through which node: options first, then the network directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.context import Context, read_toml
from cli.errors import CliError
from cli.output import Output


def context(network: Path | None = None, acting_as: str | None = None, **others: object) -> Context:
    return Context(output=Output(), network=network, acting_as=acting_as, **others)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_named_directory_must_be_a_network(tmp_path: Path) -> None:
    with pytest.raises(CliError) as caught:
        _ = context(tmp_path).directory
    assert caught.value.code == "network.missing"
    assert "sealane network init" in caught.value.do


@pytest.mark.parametrize("name", ["sealane-network", "sealane-demo", "sealane-lab/network", "."])
def test_a_network_in_its_usual_place_is_found(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir(parents=True, exist_ok=True)
    (tmp_path / name / "client.toml").write_text("")
    assert context().directory == Path(name)


def test_without_a_network_there_is_none() -> None:
    assert context().directory is None
    assert context().settings == {}
    assert context().members() == []
    with pytest.raises(CliError) as caught:
        context().require_directory()
    assert caught.value.code == "network.missing"


def test_a_member_is_named_in_full(corridor: Path) -> None:
    chosen = context(corridor, "coral-line/zhou-yan")
    assert chosen.member == "coral-line/zhou-yan"
    assert chosen.organisation == "coral-line"


def test_an_organisation_with_one_key_is_enough(corridor: Path) -> None:
    assert context(corridor, "red-river-imports").member == "red-river-imports/do-thi-mai"


@pytest.mark.parametrize("asked", [None, "coral-line", "nobody"])
def test_an_unclear_member_is_asked_for_with_the_choice(asked: str | None, corridor: Path) -> None:
    with pytest.raises(CliError) as caught:
        _ = context(corridor, asked).member
    assert caught.value.code == "member.unclear"
    assert "coral-line/lin-tao" in caught.value.why
    assert "--as" in caught.value.do


def test_client_toml_can_name_the_member(tmp_path: Path) -> None:
    (tmp_path / "client.toml").write_text('as = "alpha/ann"')
    assert context(tmp_path).member == "alpha/ann"


def test_the_key_is_the_members_own(corridor: Path) -> None:
    signer = context(corridor, "coral-line/lin-tao").signer
    assert signer.member == "coral-line/lin-tao"
    genesis = context(corridor).genesis
    assert genesis is not None
    (coral,) = [o for o in genesis.organisations if o.id == "coral-line"]
    assert coral.members[0].key == signer.key.public_key.text


def test_a_key_file_can_be_named(corridor: Path) -> None:
    key = corridor / "members" / "coral-line" / "zhou-yan.pem"
    named = context(corridor, "coral-line/lin-tao", key=key).signer
    assert named.key.public_key == context(corridor, "coral-line/zhou-yan").signer.key.public_key


def test_without_directory_or_key_file_there_is_no_key() -> None:
    with pytest.raises(CliError) as caught:
        _ = context(acting_as="coral-line/lin-tao").signer
    assert caught.value.code == "key.missing"


@pytest.mark.parametrize(
    ("acting_as", "port"),
    [
        ("coral-line/lin-tao", 8403),
        ("haiphong-terminal/le-van-duc", 8404),
        ("red-river-imports", 8405),
        (None, 8401),
        ("stranger/x", 8401),
    ],
    ids=["own node", "served by another", "organisation alone", "nobody", "unknown organisation"],
)
def test_the_node_is_the_organisations_own_or_the_one_that_serves_it(
    acting_as: str | None, port: int, corridor: Path
) -> None:
    assert context(corridor, acting_as).node_url == f"http://127.0.0.1:{port}"


def test_a_node_is_named_by_url_or_by_organisation(corridor: Path) -> None:
    assert context(corridor, node="http://[::1]:9").node_url == "http://[::1]:9"
    assert context(corridor, node="haiphong-customs").node_url == "http://127.0.0.1:8404"
    with pytest.raises(CliError) as caught:
        _ = context(corridor, node="haiphong-terminal").node_url
    assert caught.value.code == "node.missing"


def test_without_a_network_a_node_must_be_named() -> None:
    with pytest.raises(CliError) as caught:
        _ = context().node_url
    assert caught.value.code == "node.missing"


def test_a_carriers_numbering_key_is_at_hand(corridor: Path) -> None:
    assert len(context(corridor, "coral-line/lin-tao").numbering_key()) == 32
    with pytest.raises(CliError) as caught:
        context(corridor, "qinzhou-customs/chen-wei").numbering_key()
    assert caught.value.code == "key.missing"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('nodes = "http://127.0.0.1:1"', "nodes is no table"),
        ("[nodes]\na = 1", "a in [nodes] is no text"),
        ("[served_by]\nkeep_unknown_fields = true", "keep_unknown_fields in [served_by] is no text"),
        ("served_by = 3", "served_by is no table"),
        ("as = 5", "as is no text"),
    ],
)
def test_settings_of_another_kind_are_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "client.toml").write_text(text)
    with pytest.raises(CliError) as caught:
        _ = context(tmp_path).node_url
    assert caught.value.what == f"{tmp_path / 'client.toml'}: {said}"


def test_broken_settings_are_named(tmp_path: Path) -> None:
    (tmp_path / "client.toml").write_text("x = 1\n[nodes\n")
    with pytest.raises(CliError) as caught:
        read_toml(tmp_path / "client.toml")
    assert "client.toml" in caught.value.what
    assert "line 2" in caught.value.why
