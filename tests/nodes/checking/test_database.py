"""A flipped bit anywhere in a database is found, and the row is named."""

from __future__ import annotations

import os
import random
import sqlite3
from pathlib import Path

import pytest

from tests.nodes.checking.ledger import build, check, check_file, dump, flips, names, write

SEED = int(os.environ.get("SEALANE_CHECK_SEED", "20261121"))
ROWS_EACH = int(os.environ.get("SEALANE_CHECK_ROWS", "1"))
FILE_FLIPS = int(os.environ.get("SEALANE_CHECK_FLIPS", "60"))


@pytest.fixture
async def ledger(tmp_path: Path) -> Path:
    return await build(tmp_path)


def test_a_sound_ledger_has_no_findings(ledger: Path) -> None:
    report = check(ledger)
    assert report.findings == []
    assert (report.height, report.entries) == (11, 15)


@pytest.mark.timeout(600)
def test_a_flipped_bit_in_any_column_is_found_and_its_row_named(ledger: Path) -> None:
    missed = []
    for flip in flips(ledger, random.Random(SEED), ROWS_EACH):
        try:
            before = write(ledger, flip, flip.value)
        except sqlite3.IntegrityError:
            continue
        report = check(ledger)
        if not any(names(one.place, one.row, flip) for one in report.findings):
            missed.append(f"{flip}: {[one.sentence for one in report.findings]}")
        write(ledger, flip, before)
    assert not missed, "\n".join(missed)
    assert check(ledger).findings == []


@pytest.mark.timeout(300)
def test_a_flipped_bit_in_the_file_is_found_or_changes_nothing(ledger: Path) -> None:
    """Whatever a turned bit does to the file: the check says so, or every row is as it was."""
    sound, chance = dump(ledger), random.Random(SEED)
    copy = ledger.with_name("copy.db")
    size, found = ledger.stat().st_size, 0
    for _ in range(FILE_FLIPS):
        data = bytearray(ledger.read_bytes())
        place = chance.randrange(size)
        data[place] ^= 1 << chance.randrange(8)
        for leftover in ledger.parent.glob("copy.db*"):
            leftover.unlink()
        copy.write_bytes(data)
        findings = check_file(copy)
        if findings:
            found += 1
        else:
            assert dump(copy) == sound, f"byte {place}: nothing found although a row changed"
    assert found > FILE_FLIPS // 3, "most of the file is in use"
