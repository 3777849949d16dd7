"""`sealane demo --once` as a process, and what can and cannot be done with the evidence that it leaves."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app
from tests.e2e.world import run_sealane
from tests.ports import reserve_ports

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

POSITIONS = 40
"""Places of a file where one byte is changed."""

NUMBER = "CORL:BG26QZ000001"


@dataclass(frozen=True)
class Demo:
    """What the demo left behind."""

    folder: Path
    told: dict[str, Any]

    @property
    def genesis(self) -> Path:
        return self.folder / "demo" / "genesis.json"

    @property
    def evidence(self) -> dict[str, Path]:
        files = sorted((self.folder / "demo" / "evidence").glob("*/*.evidence.json"))
        return {file.name.removesuffix(".evidence.json"): file for file in files}


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("story")
    base = reserve_ports()
    done = run_sealane("demo", "--once", "--dir", "demo", "--port-base", base, "--json", cwd=folder)
    return Demo(folder, json.loads(done.stdout))


@cache
def without_network() -> tuple[str, ...]:
    """What runs a command in an empty network namespace; nothing where that is not possible."""
    for prefix in (("unshare", "-n"), ("unshare", "-rn")):
        if shutil.which("unshare") and not subprocess.run([*prefix, "true"], check=False).returncode:
            return prefix
    return ()


def in_process(*args: object) -> tuple[int, dict[str, Any]]:
    """`sealane verify` without the cost of a process."""
    result = CliRunner().invoke(app, ["verify", *(str(arg) for arg in args), "--json"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, json.loads(result.stdout)


def test_the_story_leaves_its_evidence_and_no_process(demo: Demo) -> None:
    assert sorted(demo.evidence) == ["bill", "container", "import-declaration"]
    assert demo.told["number"] == NUMBER
    refused = [event["refused"] for event in demo.told["events"] if "refused" in event]
    assert sorted(set(refused)) == [
        "linkage.hold-open",
        "linkage.not-released",
        "linkage.not-surrendered",
        "record.exists",
        "record.version-passed",
    ]
    status = run_sealane("network", "status", "demo", "--json", cwd=demo.folder, exit_code=3)
    assert {node["state"] for node in json.loads(status.stdout)["nodes"]} == {"stopped"}


def test_the_logs_of_the_story_hold_nothing_unexpected(demo: Demo) -> None:
    logs = list((demo.folder / "demo" / "nodes").glob("*/node.log"))
    assert len(logs) == 5
    for log in logs:
        assert "Traceback" not in log.read_text(encoding="utf-8"), log


@pytest.mark.parametrize("name", ["bill", "container", "import-declaration"])
def test_evidence_verifies_without_a_network(demo: Demo, name: str) -> None:
    done = run_sealane(
        "verify", demo.evidence[name], "--genesis", demo.genesis, cwd=demo.folder, prefix=without_network()
    )
    assert "VERIFIED" in done.stdout
    assert "fail" not in done.stdout


def test_the_independent_implementation_agrees(demo: Demo) -> None:
    code, value = in_process(demo.evidence["container"], "--genesis", demo.genesis, "--reference")
    assert (code, value["verdict"]) == (0, "verified")


@pytest.mark.parametrize("name", ["bill", "import-declaration"])
def test_no_byte_can_be_changed(demo: Demo, name: str, tmp_path: Path) -> None:
    data = demo.evidence[name].read_bytes()
    failed = set()
    for place in range(POSITIONS):
        position = place * (len(data) - 1) // (POSITIONS - 1)
        path = tmp_path / "changed.evidence.json"
        path.write_bytes(data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :])
        code, value = in_process(path, "--genesis", demo.genesis)
        assert code == 1, position
        assert value["verdict"] == "not_verified" or value["failed"] == "anchor", position
        assert value["failed"] in {check["name"] for check in value["checks"]}, position
        failed.add(value["failed"])
    assert len(failed) > 1, "every change was noticed by the same check"


@pytest.mark.parametrize("part", [0.2, 0.5, 0.9])
def test_the_command_names_the_check_that_failed(demo: Demo, part: float, tmp_path: Path) -> None:
    data = bytearray(demo.evidence["bill"].read_bytes())
    data[int(len(data) * part)] ^= 2
    path = tmp_path / "changed.evidence.json"
    path.write_bytes(data)
    done = run_sealane(
        "verify", path, "--genesis", demo.genesis, cwd=tmp_path, prefix=without_network(), exit_code=1
    )
    assert "NOT VERIFIED" in done.stdout
    assert "the check '" in done.stdout
    assert "Do not rely on this file" in done.stdout


def test_what_the_gate_needs(demo: Demo) -> None:
    good = ("--expect", f"bill={NUMBER}", "--expect", "status=surrendered_for_delivery", "--max-age", "1d")
    code, value = in_process(demo.evidence["bill"], "--genesis", demo.genesis, *good)
    assert (code, value["verdict"]) == (0, "verified")


@pytest.mark.parametrize("wrong", ["bill=CORL:BG26QZ000002", "status=issued", "bill=XXXX:1", "nothing=such"])
def test_another_bill_or_status_than_expected_fails(demo: Demo, wrong: str) -> None:
    code, value = in_process(demo.evidence["bill"], "--genesis", demo.genesis, "--expect", wrong)
    assert (code, value["verdict"], value["failed"]) == (1, "not_verified", "expected")


def test_too_old_is_a_caution_and_fails(demo: Demo) -> None:
    args = ("verify", demo.evidence["bill"], "--genesis", demo.genesis, "--max-age", "0s")
    done = run_sealane(*args, cwd=demo.folder, exit_code=1)
    assert "CAUTION" in done.stdout
    assert "older than you allow" in done.stdout


def test_another_network_is_a_caution_and_fails(demo: Demo) -> None:
    code, value = in_process(demo.evidence["bill"], "--genesis", "ab" * 32)
    assert (code, value["verdict"], value["failed"]) == (1, "caution", "anchor")


def test_the_tampered_file_of_the_story_fails(demo: Demo) -> None:
    path = demo.evidence["bill"].with_name("bill-tampered.json")
    code, value = in_process(path, "--genesis", demo.genesis)
    assert (code, value["verdict"], value["failed"]) == (1, "not_verified", "record")
