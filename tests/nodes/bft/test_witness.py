"""The witness file after crashes."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.primitives import Height
from ledger.seal import Seal
from nodes.bft.witness import HeightRecord, WitnessFile, read_witness


def record(height: int) -> HeightRecord:
    seal = Seal(height=height, round=0, block_id="00" * 32, signers="Bw", signature="A" * 128)
    return HeightRecord(height=Height(height), seal=seal, polkas=())


def write(path: Path, heights: range) -> None:
    file = WitnessFile(path)
    for height in heights:
        file.append(record(height))
    file.close()


@pytest.mark.parametrize("lost", [0, 1, 100, 250])
def test_a_torn_record_does_not_hide_those_written_after_it(tmp_path: Path, lost: int) -> None:
    path = tmp_path / "witness"
    write(path, range(1, 4))
    length = path.stat().st_size // 3
    with path.open("r+b") as file:
        file.truncate(3 * length - min(lost, length - 2))
    write(path, range(4, 6))
    expected = [1, 2, 4, 5] if lost else [1, 2, 3, 4, 5]
    assert [r.height for r in read_witness(path) if isinstance(r, HeightRecord)] == expected


def test_a_record_that_the_disk_never_wrote_does_not_hide_those_around_it(tmp_path: Path) -> None:
    """The power went: of the unsynced records a later one is on the disk, an earlier one is zeros."""
    path = tmp_path / "witness"
    write(path, range(1, 5))
    data, length = path.read_bytes(), path.stat().st_size // 4
    path.write_bytes(data[: 2 * length] + bytes(length) + data[3 * length :])
    write(path, range(5, 7))
    assert [r.height for r in read_witness(path) if isinstance(r, HeightRecord)] == [1, 2, 5, 6]
