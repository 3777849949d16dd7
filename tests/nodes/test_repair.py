"""Repair: all that still verifies is saved, the rest is left to peers, and the damaged database is kept."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from nodes.checking.node import check_node
from nodes.repair import RepairRefused, rebuild, repair_node
from nodes.storage import Store
from tests.nodes.checking.ledger import build, check, dump
from tests.nodes.contents_keys import EVERY_KEY
from tests.nodes.directory import copy_node, make_network
from tests.nodes.network_of_one import GENESIS


@pytest.fixture
async def ledger(tmp_path: Path) -> Path:
    return await build(tmp_path)


def damage(ledger: Path, *statements: str) -> None:
    with closing(sqlite3.connect(ledger, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


DERIVED = (
    "UPDATE record SET value = X'00'",
    "DELETE FROM record_version WHERE version = 1",
    "UPDATE state_page SET data = X'00'",
    "UPDATE log_node SET hash = X'00'",
    "DELETE FROM record_party",
    "DELETE FROM milestone",
    "UPDATE record SET parties = 'x'",
    "UPDATE entry SET act = 'x', issuer = 'x', leaf_hash = X'00'",
    "UPDATE block SET proposer = 'x', entries = 77",
    "DELETE FROM validator_set",
    "DELETE FROM meta",
    "DELETE FROM private_index",
    "DELETE FROM seal WHERE height < 11",
)


def test_what_blocks_lead_to_is_computed_again_bit_by_bit(ledger: Path, tmp_path: Path) -> None:
    _, *sound = dump(ledger)
    damage(ledger, *DERIVED)
    assert check(ledger).findings
    report = rebuild(ledger, tmp_path / "new.db", GENESIS, EVERY_KEY)
    assert (report.height, report.contents, report.contents_lost) == (11, 2, 0)
    assert dump(tmp_path / "new.db")[1:] == sound


@pytest.mark.parametrize(
    ("statement", "height"),
    [
        ("UPDATE block SET header = X'00' WHERE height = 5", 4),
        ("UPDATE entry SET leaf = X'00' WHERE \"index\" = 2", 1),
        ("DELETE FROM block WHERE height = 11", 10),
        ("UPDATE seal SET seal = X'00' WHERE height = 11", 10),
        ("UPDATE block SET parent_seal = NULL WHERE height = 7", 6),
    ],
)
def test_the_chain_is_saved_up_to_its_first_damage(
    ledger: Path, tmp_path: Path, statement: str, height: int
) -> None:
    damage(ledger, statement)
    assert rebuild(ledger, tmp_path / "new.db", GENESIS, EVERY_KEY).height == height
    with Store.open(f"sqlite:///{tmp_path / 'new.db'}", create=False) as store:
        assert store.tip().height == height


def test_a_damaged_content_is_left_behind_and_counted(ledger: Path, tmp_path: Path) -> None:
    damage(
        ledger,
        "UPDATE content SET data = X'00' WHERE rowid = 1",
        "UPDATE content_read SET member = 'x' WHERE id = 2",
    )
    report = rebuild(ledger, tmp_path / "new.db", GENESIS, EVERY_KEY)
    assert (report.contents, report.contents_lost) == (1, 1)
    with closing(sqlite3.connect(tmp_path / "new.db")) as connection:
        assert connection.execute("SELECT id FROM content_read").fetchall() == [(1,), (3,)]


def test_a_repaired_node_is_sound_and_the_damaged_database_is_kept(tmp_path: Path) -> None:
    node = copy_node(make_network(tmp_path / "made"), tmp_path)
    ledger = node / "data" / "ledger.db"
    damage(ledger, "UPDATE record SET version = 9")
    before = ledger.read_bytes()
    report = repair_node(node)
    assert check_node(node).findings == ()
    assert Path(report.damaged) == node / "data" / "damaged-1"
    assert (node / "data" / "damaged-1" / "ledger.db").read_bytes() == before
    assert sorted(one.name for one in (node / "data").iterdir()) == ["damaged-1", "ledger.db"]
    assert repair_node(node).damaged.endswith("damaged-2")


def test_without_the_key_that_opens_contents_nothing_is_touched(tmp_path: Path) -> None:
    node = copy_node(make_network(tmp_path / "made"), tmp_path)
    (node / "keys" / "node.pem").chmod(0o644)
    with pytest.raises(RepairRefused, match="chmod 600"):
        repair_node(node)
    assert [one.name for one in (node / "data").iterdir()] == ["ledger.db"]
