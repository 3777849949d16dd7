"""`sealane doctor` and `sealane node status`: what is wrong, and what to type."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cli import examination, examination_reach
from cli.errors import ExitCode
from cli.files import write_new
from cli.open_statements import keep
from ledger import canonical
from ledger.genesis import network_id
from nodes.api.examples import STATUS
from tests.cli.conftest import FakeNode, Run
from tests.cli.doctored import assert_documented
from tests.cli.test_open_statements import LEAF
from tests.ledger.builder import make_genesis

pytestmark = pytest.mark.loopback

ROOT = Path(__file__).resolve().parents[2]

READY = STATUS | {
    "software": "sealane 0.1.0",
    "network": network_id(make_genesis()).hex(),
    "height": 3,
    "rules_known": [1],
    "planned": [],
}


@pytest.fixture
def findings(
    sealane: Run, node: FakeNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., list[dict[str, Any]]]:
    """The findings of `doctor` in a small network directory whose one node is the fake."""
    (tmp_path / "client.toml").write_text(f'[nodes]\n"alpha" = "{node.url}"\n')
    (tmp_path / "genesis.json").write_bytes(canonical.encode(make_genesis()))
    node.replies["GET /v1/status"] = 200, READY
    node.clock_ms = time.time_ns() // 1_000_000
    here = SimpleNamespace(time=lambda: node.clock_ms / 1000)  # however long the test takes
    monkeypatch.setattr(examination_reach, "time", here)

    def run(exit_code: ExitCode, name: str) -> list[dict[str, Any]]:
        result = sealane("doctor", "--json")
        assert result.exit_code == exit_code, result.output
        checks = json.loads(result.stdout)["checks"]
        for check in checks:
            assert_documented(check)
        return [check for check in checks if check["name"] == name]

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


def test_an_act_whose_outcome_nobody_was_told_is_a_warning(
    findings: Callable[..., list[dict[str, Any]]], tmp_path: Path
) -> None:
    assert findings(ExitCode.DONE, "statements") == []
    keep(tmp_path / "pending", LEAF)
    (tmp_path / "pending" / "half.cose").write_bytes(LEAF[:40])
    (found,) = findings(ExitCode.DONE, "statements")
    assert found["sentence"] == "What became of some acts is not known: a.b on x/1."


@pytest.mark.parametrize(
    ("offset_s", "outcome"), [(0, "passed"), (10, "warning"), (-10, "warning"), (100, "failed")]
)
def test_clocks_are_compared(offset_s: int, outcome: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.examination_reach.time.time", lambda: 1_790_000_000.0)
    found = examination_reach._clock("alpha", formatdate(1_790_000_000 + offset_s, usegmt=True))
    assert found.outcome == outcome
    assert ("behind" in found.sentence) == (offset_s < 0)


def test_an_unreadable_date_is_a_warning() -> None:
    assert examination_reach._clock("alpha", "yesterday").outcome == "warning"


def test_a_full_disk_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "DISK_FREE_MIN", 1 << 70)
    assert examination._disk(tmp_path).outcome == "warning"
    looked = "from pathlib import Path; from cli.examination import _disk; print(_disk(Path('DIR')).outcome)"
    small = f'mount -t tmpfs -o size=1m none {tmp_path} && {sys.executable} -c "{looked}"'
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c", small.replace("DIR", str(tmp_path))]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=50, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no small disk can be made here")
    assert done.stdout == "failed\n"


def test_a_listener_at_the_other_loopback_address_is_found(
    findings: Callable[..., list[dict[str, Any]]], node: FakeNode, tmp_path: Path
) -> None:
    port = node.url.rpartition(":")[2]
    (tmp_path / "client.toml").write_text(f'[nodes]\n"alpha" = "http://[::1]:{port}"\n')
    (found,) = findings(ExitCode.REFUSED, "address")
    assert found["sentence"].endswith("something does at 127.0.0.1.")
    assert f"http://127.0.0.1:{port}" in found["do"]


def test_something_else_on_the_port_is_named(
    findings: Callable[..., list[dict[str, Any]]], node: FakeNode
) -> None:
    node.replies["GET /v1/status"] = 200, b"<html>a printer</html>"
    (found,) = findings(ExitCode.REFUSED, "node")
    assert "is not JSON" in found["sentence"]


def test_too_few_validators_are_no_quorum(
    findings: Callable[..., list[dict[str, Any]]], node: FakeNode, tmp_path: Path
) -> None:
    seats = [{"organisation": name} for name in ("alpha", "beta", "gamma", "delta")]
    node.replies["GET /v1/validators"] = 200, {"validators": seats, "quorum": 3}
    lines = [f'"{name}" = "{node.url}"' for name in ("alpha", "beta", "gamma")]
    (tmp_path / "client.toml").write_text("\n".join(["[nodes]", *lines, '"delta" = "http://127.0.0.1:9"']))
    (enough,) = findings(ExitCode.REFUSED, "quorum")
    assert (enough["outcome"], enough["sentence"]) == (
        "passed",
        "3 of 4 validators answer; 3 must, to seal a block.",
    )
    lines[2] = '"gamma" = "http://127.0.0.1:9"'
    (tmp_path / "client.toml").write_text("\n".join(["[nodes]", *lines, '"delta" = "http://127.0.0.1:9"']))
    (few,) = findings(ExitCode.REFUSED, "quorum")
    assert few["outcome"] == "failed"
    assert few["sentence"].endswith("nothing becomes final. Silent: delta, gamma.")


def test_a_proxy_before_the_nodes_is_a_warning(
    findings: Callable[..., list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "example.org")
    (found,) = findings(ExitCode.DONE, "proxy")
    assert (found["outcome"], found["do"]) == ("warning", "export NO_PROXY=example.org,127.0.0.1")
    monkeypatch.setenv("NO_PROXY", "example.org, 127.0.0.1")
    assert findings(ExitCode.DONE, "proxy")[0]["outcome"] == "passed"


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
