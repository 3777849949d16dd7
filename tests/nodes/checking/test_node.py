"""What a check of a node finds beside its rows: files damaged, missing, foreign or open to all."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ledger.primitives import Height
from nodes.bft.journal import FileJournal
from nodes.bft.recovery import CommittedRecord
from nodes.bft.witness import WitnessLog, decided_record
from nodes.checking.findings import Cure
from nodes.checking.node import NodeReport, check_node
from tests.nodes.directory import copy_node, journal_of, make_network
from tests.nodes.storage.chain import ChainBuilder, seal_of


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_network(tmp_path_factory.mktemp("network"))


@pytest.fixture
def node(network: Path, tmp_path: Path) -> Path:
    """A validator's directory with a founded ledger, a journal and a witness file."""
    directory = copy_node(network, tmp_path)
    with FileJournal(journal_of(directory)) as journal:
        for height in range(3):
            journal.append(CommittedRecord(height=Height(height)))
            journal.sync()
    return directory


def places(report: NodeReport) -> list[str]:
    return [one.place for one in report.findings]


def test_a_new_node_is_sound(node: Path) -> None:
    report = check_node(node)
    assert report.findings == ()
    assert (report.height, report.entries) == (0, 1)


def test_a_node_that_never_ran_is_told_to_start(node: Path) -> None:
    (node / "data" / "ledger.db").unlink()
    (finding,) = check_node(node).findings
    assert (finding.place, finding.cure) == ("database", Cure.BY_HAND)
    assert "start the node" in finding.problem


def _flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 0x10
    path.write_bytes(data)


def foreign(node: Path) -> None:
    path = node / "data" / "ledger.db"
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE somebody (id INTEGER)")
    path.chmod(0o600)


DAMAGES: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "a configuration that is no TOML": (
        lambda node: (node / "node.toml").write_text("[[["),
        "configuration",
        "cannot be read",
    ),
    "a genesis that is cut off": (
        lambda node: (node.parents[1] / "genesis.json").write_bytes(b"{"),
        "configuration",
        "cannot be used",
    ),
    "a node key that all can read": (
        lambda node: (node / "keys" / "node.pem").chmod(0o644),
        "keys",
        "chmod 600",
    ),
    "a validator key that all can read": (
        lambda node: (node / "keys" / "validator.key").chmod(0o640),
        "keys",
        "chmod 600",
    ),
    "a database that all can read": (
        lambda node: (node / "data" / "ledger.db").chmod(0o604),
        "database",
        "chmod 600",
    ),
    "a journal that all can read": (lambda node: journal_of(node).chmod(0o644), "journal", "chmod 600"),
    "a journal with a flipped bit": (
        lambda node: _flip(journal_of(node), 40),
        "journal",
        "move it away and start the node",
    ),
    "a journal of something else": (
        lambda node: journal_of(node).write_bytes(b"elephants"),
        "journal",
        "not a signing journal",
    ),
    "a database that is cut off": (
        lambda node: _cut(node / "data" / "ledger.db"),
        "database",
        "it was cut off",
    ),
    "a database that is none": (
        lambda node: (node / "data" / "ledger.db").write_bytes(b"x" * 9_000),
        "database",
        "not a SQLite database",
    ),
    "an empty file": (
        lambda node: (node / "data" / "ledger.db").write_bytes(b""),
        "database",
        "not a SQLite database",
    ),
    "a database of somebody else": (foreign, "database", "not Sealane's"),
    "another schema": (lambda node: _schema(node, "9999"), "database", "has schema 9999"),
}


def _cut(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def _schema(node: Path, revision: str) -> None:
    with closing(sqlite3.connect(node / "data" / "ledger.db", isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_to_a_file_is_found_and_said(node: Path, name: str) -> None:
    damage, place, words = DAMAGES[name]
    damage(node)
    found = [one for one in check_node(node).findings if one.place == place]
    assert any(words in one.problem for one in found), found


def test_a_torn_tail_of_a_journal_is_nothing_wrong(node: Path) -> None:
    path = journal_of(node)
    path.write_bytes(path.read_bytes()[:-3])
    assert check_node(node).findings == ()


def witness(node: Path, heights: int) -> Path:
    builder = ChainBuilder()
    for _ in range(heights):
        builder.block()
    log = WitnessLog(node / "data" / "witness-log")
    for header in builder.headers:
        log.append(decided_record(Height(header.height), bytes(32), seal_of(header), ()))
    log.close()
    return node / "data" / "witness-log" / "heights-000000000000.witness"


def test_a_witness_record_that_cannot_be_read_is_placed(node: Path) -> None:
    path = witness(node, 2)
    assert check_node(node).findings == ()
    for position in (3, 20, 300):
        _flip(path, position)
    (finding,) = check_node(node).findings
    assert (finding.place, finding.cure) == ("witness", Cure.BY_HAND)
    assert "damaged in line 2" in finding.problem


def test_a_database_that_lost_its_end_is_found_by_the_witness(node: Path) -> None:
    witness(node, 6)
    (finding,) = check_node(node).findings
    assert finding.place == "database"
    assert "ends at block 0 although this node committed block 5" in finding.problem
