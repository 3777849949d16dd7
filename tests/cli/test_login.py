"""`sealane login` against a scripted node."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ledger.genesis import network_id, parse_genesis
from tests.cli.conftest import Asked, FakeNode, Reply, Run

pytestmark = pytest.mark.loopback

MEMBER, CODE = "haiphong-customs/nguyen-thi-lan", "7KQ2-M9XF-0RTD"


def index(network: str) -> Reply:
    return 200, {"network": network, "organisation": "haiphong-customs", "node": "node-1"}


def test_a_code_is_asked_for_with_a_signature_and_shown_with_its_link(
    sealane: Run, node: FakeNode, corridor: Path
) -> None:
    network = network_id(parse_genesis((corridor / "genesis.json").read_bytes())).hex()

    def made(asked: Asked) -> Reply:
        assert asked.query == {"network": network, "node": "haiphong-customs/node-1"}
        assert asked.headers["sealane-member"] == MEMBER
        assert '"@query"' in asked.headers["signature-input"]
        return 200, {"member": MEMBER, "code": CODE, "link": "http://evil.example", "expires_s": 120}

    node.replies |= {"GET /": index(network), "POST /v1/sign-ins": made}
    options = ("--as", MEMBER, "--network", corridor, "--node", node.url)
    done = sealane("login", *options)
    assert done.exit_code == 0, done.output
    assert f"{node.url}/sign-in?code={CODE}" in done.stdout
    assert "evil.example" not in done.stdout, "the link is to the node that was asked, not to where it points"
    assert "Signing in at haiphong-customs/node-1" in done.stdout
    value = json.loads(sealane("login", *options, "--json").stdout)
    assert (value["code"], value["opened"], value["expires_s"]) == (CODE, False, 120)
    assert value["elsewhere"] is None


def test_of_a_network_with_https_a_phone_is_told_its_own_link(
    sealane: Run, node: FakeNode, corridor: Path, tmp_path: Path
) -> None:
    net = shutil.copytree(corridor, tmp_path / "net")
    with (net / "client.toml").open("a") as file:
        file.write(
            '\n[https]\n"haiphong-customs" = "https://192.168.1.20:8504"\n"x" = "https://192.168.1.20:8505"\n'
        )
    network = network_id(parse_genesis((net / "genesis.json").read_bytes())).hex()
    node.replies |= {
        "GET /": index(network),
        "POST /v1/sign-ins": (200, {"member": MEMBER, "code": CODE, "expires_s": 120}),
    }
    options = ("login", "--as", MEMBER, "--network", net, "--node", node.url)
    link = f"https://192.168.1.20:8504/sign-in?code={CODE}"
    assert f"on a phone or another machine:  {link}" in sealane(*options).stdout
    value = json.loads(sealane(*options, "--json").stdout)
    assert (value["link"], value["elsewhere"]) == (f"{node.url}/sign-in?code={CODE}", link)


def test_the_link_leads_where_a_browser_reaches_the_node(
    sealane: Run, node: FakeNode, corridor: Path, tmp_path: Path
) -> None:
    """As the member's own settings say: between containers, or past a proxy, commands go another way."""
    network = network_id(parse_genesis((corridor / "genesis.json").read_bytes())).hex()
    made = {"member": MEMBER, "code": CODE, "link": "http://evil.example", "expires_s": 120}
    node.replies |= {"GET /": index(network), "POST /v1/sign-ins": (200, made)}
    shutil.copytree(corridor, tmp_path / "net")
    pages = '"coral-line" = "http://127.0.0.1:9403"\n"haiphong-customs" = "http://127.0.0.1:9404/"'
    settings = (
        f'[nodes]\n"coral-line" = "http://coral-line:8403"\n"haiphong-customs" = "{node.url}/"\n[pages]\n'
    )
    (tmp_path / "net" / "client.toml").write_text(settings + pages, encoding="utf-8")
    for named in ((), ("--node", "haiphong-customs"), ("--node", node.url)):
        done = sealane("login", "--as", MEMBER, "--network", tmp_path / "net", *named)
        assert f"Open:  http://127.0.0.1:9404/sign-in?code={CODE}\n" in done.stdout, named
    assert {asked.headers["host"] for asked in node.asked} == {node.url.removeprefix("http://")}


def test_nothing_is_signed_for_another_network(sealane: Run, node: FakeNode, corridor: Path) -> None:
    node.replies["GET /"] = index("0" * 64)
    done = sealane("login", "--as", MEMBER, "--network", corridor, "--node", node.url)
    assert done.exit_code != 0
    assert "belongs to another network" in done.stderr
    assert [asked.method for asked in node.asked] == ["GET"]
