"""A stored chain is audited like a served one: honest it passes, changed it fails where it was changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cli.chain_audit import ChainAudit
from ledger.errors import LedgerError, SignatureError
from ledger.evidence.anchor import GenesisAnchor
from nodes.chain_source import StoredChain
from nodes.storage import Store
from tests.nodes.network_of_one import GENESIS, Solo, boxes


@pytest.fixture
async def ledger(tmp_path: Path) -> Path:
    solo = Solo(tmp_path)
    await solo.issue()
    for number in range(3):
        solo.clock.time_ms += 1_000
        await solo.accept(*boxes(solo, 2, f"block {number}"))
    solo.close()
    return solo.path


@pytest.fixture
def audit(ledger: Path) -> Iterator[ChainAudit]:
    with Store.open(f"sqlite:///{ledger}", create=False) as store:
        yield ChainAudit(StoredChain(store), GenesisAnchor.of(GENESIS), print)


def change(ledger: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(ledger, isolation_level=None)) as connection:
        connection.execute(statement, values)


def test_an_honest_chain_passes(audit: ChainAudit) -> None:
    figures = audit.run(None)
    assert (figures.height, figures.entries, figures.seals) == (4, 7, 4)


def test_a_forged_entry_is_named(ledger: Path, audit: ChainAudit) -> None:
    with closing(sqlite3.connect(ledger)) as connection:
        (leaf,) = connection.execute('SELECT leaf FROM entry WHERE "index" = 4').fetchone()
    forged = bytearray(leaf)
    forged[-40] ^= 1
    change(ledger, 'UPDATE entry SET leaf = ? WHERE "index" = 4', bytes(forged))
    with pytest.raises(SignatureError):
        audit.run(None)
    assert audit.place == "block 3, entry 4"


def test_the_parents_seal_serves_where_a_block_has_none(ledger: Path, audit: ChainAudit) -> None:
    change(ledger, "DELETE FROM seal WHERE height = 2")
    assert audit.run(None).seals == 4


@pytest.mark.parametrize(
    ("statement", "place", "message"),
    [
        ("DELETE FROM seal WHERE height = 4", "block 4", "not sealed"),
        ('DELETE FROM entry WHERE "index" = 4', "block 3", "pruned here"),
        (
            "UPDATE seal SET seal = (SELECT seal FROM seal WHERE height = 1) WHERE height = 3",
            "block 3",
            "another block",
        ),
    ],
)
def test_what_is_missing_or_changed_is_placed(
    ledger: Path, audit: ChainAudit, statement: str, place: str, message: str
) -> None:
    change(ledger, statement)
    with pytest.raises(LedgerError, match=message):
        audit.run(None)
    assert audit.place == place
