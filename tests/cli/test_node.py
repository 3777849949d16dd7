"""`sealane node`: what the commands that look after a node say, and how they end."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cli.errors import ExitCode
from tests.cli.conftest import Run
from tests.nodes.directory import copy_node


@pytest.fixture
def node(corridor: Path, tmp_path: Path) -> Path:
    """A validator's directory with a founded ledger."""
    return copy_node(corridor, tmp_path)


def damage(node: Path, statement: str) -> None:
    with closing(sqlite3.connect(node / "data" / "ledger.db", isolation_level=None)) as connection:
        connection.execute(statement)


def test_check_says_that_all_agrees(sealane: Run, node: Path) -> None:
    done = sealane("node", "check", node)
    assert done.exit_code == ExitCode.DONE
    assert done.stdout == "Everything agrees up to block 0, 1 entries.\n"


def test_check_names_the_damaged_row_and_the_cure(sealane: Run, node: Path) -> None:
    damage(node, "UPDATE record SET version = 9 WHERE key = 'organisation/coral-line'")
    done = sealane("node", "check", node, "--json")
    assert done.exit_code == ExitCode.REFUSED
    found = json.loads(done.stdout)
    assert (found["sound"], found["height"], found["entries"]) == (False, 0, 1)
    assert found["findings"] == [
        {
            "place": "record",
            "row": "key organisation/coral-line",
            "problem": "version differs from the newest version in its history",
            "cure": "rebuild",
        }
    ]
    done = sealane("node", "check", node)
    assert "record key organisation/coral-line: version differs" in done.stdout
    assert "do: " in done.stderr


def test_what_check_found_repair_cures(sealane: Run, node: Path) -> None:
    damage(node, "UPDATE record SET version = 9 WHERE key = 'organisation/coral-line'")
    assert f"sealane node repair {node}" in sealane("node", "check", node).stderr
    done = sealane("node", "repair", node, "--json")
    assert done.exit_code == ExitCode.DONE, done.stderr
    assert json.loads(done.stdout)["height"] == 0
    assert sealane("node", "check", node).exit_code == ExitCode.DONE


def test_prune_refuses_what_is_still_needed(sealane: Run, node: Path) -> None:
    done = sealane("node", "prune", node, "--below", "5", "--json")
    assert done.exit_code == ExitCode.REFUSED
    assert json.loads(done.stderr)["error"]["code"] == "prune.refused"


def test_a_backup_restored_elsewhere_is_the_same_ledger(sealane: Run, node: Path, tmp_path: Path) -> None:
    made = sealane("node", "backup", node, "-o", tmp_path / "b", "--json")
    assert made.exit_code == ExitCode.DONE, made.stderr
    (node / "data" / "ledger.db").unlink()
    restored = sealane("node", "restore", tmp_path / "b", node, "--json")
    assert restored.exit_code == ExitCode.DONE, restored.stderr
    manifest = json.loads(made.stdout)
    assert json.loads(restored.stdout) == manifest
    assert (manifest["height"], manifest["entries"], manifest["node"]) == (0, 1, "coral-line/node-1")
    assert [one["name"] for one in manifest["files"]] == ["ledger.db"]
    assert sealane("node", "check", node).exit_code == ExitCode.DONE


def test_the_audit_of_a_directory_and_of_its_backup_agree(sealane: Run, node: Path, tmp_path: Path) -> None:
    sealane("node", "backup", node, "-o", tmp_path / "b")
    genesis = node.parents[1] / "genesis.json"
    for place in (node, tmp_path / "b"):
        done = sealane("node", "audit", place, "--genesis", genesis, "--json")
        assert done.exit_code == ExitCode.DONE, done.stderr
        assert json.loads(done.stdout)["height"] == 0
    done = sealane("node", "audit", node, "--genesis", "ab" * 32, "--json")
    assert json.loads(done.stderr)["error"]["code"] == "audit.network"


def test_a_refused_restore_says_why(sealane: Run, node: Path, tmp_path: Path) -> None:
    sealane("node", "backup", node, "-o", tmp_path / "b")
    again = sealane("node", "restore", tmp_path / "b", node, "--json")
    assert again.exit_code == ExitCode.REFUSED
    error = json.loads(again.stderr)["error"]
    assert error["code"] == "backup.refused"
    assert "overwrites nothing" in error["what"]


def test_check_of_another_directory_is_a_mistake_of_usage(sealane: Run, tmp_path: Path) -> None:
    assert sealane("node", "check", tmp_path).exit_code == ExitCode.USAGE
