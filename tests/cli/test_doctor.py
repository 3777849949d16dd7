"""`sealane doctor` and `sealane node status`: what is wrong, and what to type."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from cli import examination
from cli.errors import ExitCode
from cli.files import write_new
from ledger import canonical
from ledger.genesis import network_id
from tests.cli.conftest import FakeNode, Run
from tests.ledger.builder import make_genesis

pytestmark = pytest.mark.loopback

READY = {"software": "sealane 0.1.0", "network": network_id(make_genesis()).hex(), "ready": True, "height": 3}


@pytest.fixture
def findings(sealane: Run, node: FakeNode, tmp_path: Path) -> Callable[..., list[dict[str, Any]]]:
    """The findings of `doctor` in a small network directory whose one node is the fake."""
    (tmp_path / "client.toml").write_text(f'[nodes]\n"alpha" = "{node.url}"\n')
    (tmp_path / "genesis.json").write_bytes(canonical.encode(make_genesis()))
    node.replies["GET /v1/status"] = 200, READY
    node.clock_ms = time.time_ns() // 1_000_000

    def run(exit_code: ExitCode, name: str) -> list[dict[str, Any]]:
        result = sealane("doctor", "--json")
        assert result.exit_code == exit_code, result.output
        return [check for check in json.loads(result.stdout)["checks"] if check["name"] == name]

    return run


def test_a_healthy_node_is_healthy(findings: Callable[..., list[dict[str, Any]]]) -> None:
    (found,) = findings(ExitCode.DONE, "node")
    assert found["sentence"] == "alpha is ready at block 3."
    (clock,) = findings(ExitCode.DONE, "clock")
    assert clock["outcome"] == "passed"


def test_a_silent_node_is_wrong(findings: Callable[..., list[dict[str, Any]]], tmp_path: Path) -> None:
    (tmp_path / "client.toml").write_text('[nodes]\n"alpha" = "http://127.0.0.1:9"\n')
    (found,) = findings(ExitCode.REFUSED, "node")
    assert found["do"] == "sealane network up ."


def test_an_unready_node_says_why(findings: Callable[..., list[dict[str, Any]]], node: FakeNode) -> None:
    node.replies["GET /v1/status"] = 200, READY | {"ready": False, "reasons": ["2 of 3 validators"]}
    (found,) = findings(ExitCode.REFUSED, "node")
    assert "2 of 3 validators" in found["sentence"]


def test_a_node_of_another_network_is_wrong(
    findings: Callable[..., list[dict[str, Any]]], node: FakeNode
) -> None:
    node.replies["GET /v1/status"] = 200, READY | {"network": "ab" * 32}
    ready, other = findings(ExitCode.REFUSED, "node")
    assert ready["outcome"] == "passed"
    assert "another network" in other["sentence"]


def test_rules_that_a_node_will_lack_are_a_warning(
    findings: Callable[..., list[dict[str, Any]]], node: FakeNode
) -> None:
    plans = [
        {"from_height": 90, "said": "a number"},
        {"from_height": 100, "rules_version": 2, "said": "rules"},
    ]
    node.replies["GET /v1/status"] = 200, READY | {"rules_known": [1], "planned": plans}
    (found,) = findings(ExitCode.DONE, "rules")
    assert (found["outcome"], "will stop at block 99" in found["sentence"]) == ("warning", True)
    assert "before that block" in found["do"]
    node.replies["GET /v1/status"] = 200, READY | {"rules_known": [1, 2], "planned": plans}
    assert findings(ExitCode.DONE, "rules") == []


def test_different_software_is_a_warning(
    findings: Callable[..., list[dict[str, Any]]], node: FakeNode, tmp_path: Path
) -> None:
    (tmp_path / "client.toml").write_text(f'[nodes]\n"alpha" = "{node.url}"\n"beta" = "{node.url}"\n')
    node.replies["GET /v1/status"] = [(200, READY), (200, READY | {"software": "sealane 0.2.0"})]
    (found,) = findings(ExitCode.DONE, "versions")
    assert "0.2.0: beta" in found["sentence"]


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
def test_an_exposed_key_is_wrong(findings: Callable[..., list[dict[str, Any]]], tmp_path: Path) -> None:
    write_new(tmp_path / "members" / "alpha" / "ann.pem", b"x", private=True)
    (good,) = findings(ExitCode.DONE, "keys")
    assert good["outcome"] == "passed"
    (tmp_path / "members" / "alpha" / "ann.pem").chmod(0o644)
    (bad,) = findings(ExitCode.REFUSED, "keys")
    assert bad["do"].startswith("chmod 600 ")


@pytest.mark.parametrize(
    ("offset_s", "outcome"), [(0, "passed"), (10, "warning"), (-10, "warning"), (100, "failed")]
)
def test_clocks_are_compared(offset_s: int, outcome: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.examination.time.time", lambda: 1_790_000_000.0)
    found = examination._clock("alpha", formatdate(1_790_000_000 + offset_s, usegmt=True))
    assert found.outcome == outcome
    assert ("behind" in found.sentence) == (offset_s < 0)


def test_an_unreadable_date_is_a_warning() -> None:
    assert examination._clock("alpha", "yesterday").outcome == "warning"


def test_a_full_disk_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "DISK_FREE_MIN", 1 << 70)
    assert examination._disk(tmp_path).outcome == "warning"


def test_without_a_network_doctor_says_how_to_make_one(sealane: Run) -> None:
    result = sealane("doctor")
    assert result.exit_code == ExitCode.DONE
    assert "do: sealane network init DIR" in result.stdout
    assert "1 warnings" in result.stdout


def test_node_status_shows_what_the_node_says(sealane: Run, node: FakeNode) -> None:
    node.replies["GET /v1/status"] = 200, READY | {"peers": ["beta/node-1"], "reasons": []}
    result = sealane("node", "status", "--node", node.url)
    assert result.exit_code == ExitCode.DONE
    assert "beta/node-1" in result.stdout
    node.replies["GET /v1/status"] = 200, READY | {"ready": False, "reasons": ["catching up"]}
    asked = {"parameters": {"heartbeat_ms": 5}, "planned": [{"from_height": 9, "said": "rules version 2"}]}
    node.replies["GET /v1/status"] = 200, READY | asked
    shown = sealane("node", "status", "--node", node.url).stdout
    assert "heartbeat_ms 5" in shown
    assert "rules version 2" in shown
    node.replies["GET /v1/status"] = 200, READY | {"ready": False, "reasons": ["catching up"]}
    unready = sealane("node", "status", "--node", node.url, "--json")
    assert unready.exit_code == ExitCode.UNREACHABLE
    assert json.loads(unready.stdout)["ready"] is False
    assert json.loads(unready.stderr)["error"]["why"] == "catching up"
