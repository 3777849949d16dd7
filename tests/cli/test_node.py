"""`sealane node`: what the commands that look after a node say, and how they end."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cli.errors import ExitCode
from ledger.genesis import parse_genesis
from nodes.founding import open_ledger
from tests.cli.conftest import Run


@pytest.fixture
def node(corridor: Path, tmp_path: Path) -> Path:
    """A validator's directory with a founded ledger."""
    shutil.copytree(corridor, tmp_path / "net")
    directory = tmp_path / "net" / "nodes" / "coral-line"
    (directory / "data").mkdir(mode=0o700, exist_ok=True)
    genesis = parse_genesis((tmp_path / "net" / "genesis.json").read_bytes().rstrip(b"\n"))
    open_ledger(f"sqlite:///{directory / 'data' / 'ledger.db'}", genesis).close()
    return directory


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


def test_check_of_another_directory_is_a_mistake_of_usage(sealane: Run, tmp_path: Path) -> None:
    assert sealane("node", "check", tmp_path).exit_code == ExitCode.USAGE
