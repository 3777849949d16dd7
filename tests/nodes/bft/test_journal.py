"""The journal on disk: torn tails, damage, permissions, rotation, and one process at a time."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from ledger.primitives import Hash, Height
from ledger.seal import VoteType
from nodes.bft import journal as module
from nodes.bft.frames import frame
from nodes.bft.journal import MAGIC, FileJournal, JournalError
from nodes.bft.recovery import AbstainRecord, CommittedRecord, LockRecord, Record, SignedRecord
from tests.nodes.bft.rig import Rig

RECORDS: list[Record] = [SignedRecord(payload=bytes([n]) * (n + 1)) for n in range(5)]


def write(path: Path, records: list[Record]) -> None:
    with FileJournal(path) as journal:
        for record in records:
            journal.append(record)


def read(path: Path) -> list[Record]:
    with FileJournal(path) as journal:
        return list(journal.records())


def test_records_come_back_in_order(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    with FileJournal(path) as journal:
        assert journal.fresh
        for record in RECORDS:
            journal.append(record)
        journal.sync()
    with FileJournal(path) as journal:
        assert not journal.fresh
        assert list(journal.records()) == RECORDS
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_journal_without_any_record_is_fresh(tmp_path: Path) -> None:
    write(tmp_path / "a", [])
    with FileJournal(tmp_path / "a") as journal:
        assert journal.fresh


def test_every_torn_tail_is_cut_off_and_writing_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write(path, RECORDS[:4])
    whole = path.read_bytes()
    write(path, RECORDS[4:])
    data = path.read_bytes()
    for length in range(len(whole), len(data)):
        path.write_bytes(data[:length])
        assert read(path) == RECORDS[:4]
        assert len(whole) <= path.stat().st_size <= length
    write(path, RECORDS[4:])
    assert read(path) == RECORDS


def test_a_last_record_with_damaged_content_is_a_torn_write(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write(path, RECORDS)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    assert read(path) == RECORDS[:4]


@pytest.mark.parametrize("lost", [0, 1])
def test_unsynced_records_that_the_disk_wrote_in_another_order_are_cut_off(tmp_path: Path, lost: int) -> None:
    """J5: the power went before the sync, and of two writes the later one or both are not on the disk."""
    path = tmp_path / "a"
    write(path, RECORDS[:2])
    synced = path.stat().st_size
    with FileJournal(path) as journal:
        journal.append(RECORDS[2])
        first = path.stat().st_size
        journal.append(RECORDS[3])
    data = path.read_bytes()
    holes = [(synced, first), (first, len(data))][lost]
    path.write_bytes(data[: holes[0]] + bytes(holes[1] - holes[0]) + data[holes[1] :])
    assert read(path) == RECORDS[: 2 + lost]
    write(path, RECORDS[4:])
    assert read(path) == [*RECORDS[: 2 + lost], RECORDS[4]]


def test_a_mark_that_a_statement_imitates_refuses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write(path, RECORDS[:1])
    torn = path.stat().st_size
    write(path, [SignedRecord(payload=frame((torn + 1).to_bytes(8, "big")) * 3)])
    data = bytearray(path.read_bytes())
    data[torn] ^= 1
    path.write_bytes(data)
    assert read(path) == RECORDS[:1]


def test_a_tail_of_zeros_is_a_torn_write(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write(path, RECORDS)
    path.write_bytes(path.read_bytes() + bytes(100))
    assert read(path) == RECORDS


@pytest.mark.parametrize("offset", range(len(MAGIC), len(MAGIC) + 36))
def test_damage_to_what_was_synced_is_refused(tmp_path: Path, offset: int) -> None:
    path = tmp_path / "a"
    write(path, RECORDS[:1])
    write(path, RECORDS[1:])
    data = bytearray(path.read_bytes())
    data[offset] ^= 0x40
    path.write_bytes(data)
    with pytest.raises(JournalError, match="damaged"):
        FileJournal(path)


@pytest.mark.parametrize("data", [b"", b"something else", MAGIC[:-3]])
def test_another_file_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(data)
    path.chmod(0o600)
    with pytest.raises(JournalError, match="not a signing journal"):
        FileJournal(path)


@pytest.mark.skipif(os.name != "posix", reason="modes are a POSIX notion")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_journal_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "a"
    write(path, RECORDS)
    path.chmod(mode)
    with pytest.raises(JournalError, match="600"):
        FileJournal(path)


def test_two_processes_never_use_one_journal(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with FileJournal(path), pytest.raises(JournalError, match="another process"):
        FileJournal(path)
    assert read(path) == []


def test_a_committed_height_makes_the_rest_irrelevant_but_not_the_abstention(tmp_path: Path) -> None:
    path = tmp_path / "a"
    until = AbstainRecord(until=Height(9))
    done = CommittedRecord(height=Height(7))
    write(path, [AbstainRecord(until=None), until, *RECORDS, done, RECORDS[0]])
    assert read(path) == [until, done, RECORDS[0]]


def test_locks_stay_in_the_file_beyond_their_height_until_it_is_compacted(tmp_path: Path) -> None:
    """F3: the witness log has not been synced yet."""
    path = tmp_path / "a"
    polka = Rig().certificate(VoteType.PREVOTE, 0, Hash(b"v" * 32), [1, 2, 3])
    first, second = (
        LockRecord(proposal=block, polka=polka, validators_hash=Hash(bytes(32))) for block in (b"1", b"22")
    )
    write(path, [first, CommittedRecord(height=Height(1)), second])
    bare = msgspec.structs.replace(first, proposal=b"")
    with FileJournal(path) as journal:
        assert list(journal.records()) == [CommittedRecord(height=Height(1)), second]
        assert list(journal.locks()) == [bare, bare]
        journal.compact()
        assert list(journal.locks()) == [bare], "the height under way keeps its own"
    assert read(path) == [CommittedRecord(height=Height(1)), second]


def test_compacting_keeps_what_matters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONG_BYTES", 10_000)
    path = tmp_path / "a"
    with FileJournal(path) as journal:
        for height in range(1, 50):
            journal.append(SignedRecord(payload=bytes(1_000)))
            journal.append(CommittedRecord(height=Height(height)))
            journal.sync()
            if journal.is_long():
                journal.compact()
        assert path.stat().st_size < 12_000
        journal.append(RECORDS[0])
    assert read(path) == [CommittedRecord(height=Height(49)), RECORDS[0]]
