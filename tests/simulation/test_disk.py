"""The simulated disk, and the journal on it."""

from __future__ import annotations

from random import Random

import pytest

from nodes.bft.journal import FileJournal
from nodes.bft.recovery import Record, SignedRecord
from tests.simulation.disk import SimulatedDisk
from tests.simulation.machine import journal_of

RECORDS: list[Record] = [SignedRecord(payload=bytes([n]) * 40) for n in range(6)]


class Always(Random):
    """Chance that always decides on one fate for unsynced writes."""

    def __init__(self, fate: str) -> None:
        super().__init__(7)
        self._fate = fate

    def choice(self, seq: object) -> str:  # type: ignore[override]
        return self._fate


def test_what_a_killed_process_left_is_durable_before_it_is_believed() -> None:
    """J1: what a restarted validator repeats is on disk, though its first process never synced it."""
    disk = SimulatedDisk(lambda _kind: None)
    FileJournal(journal_of(0), disk).append(RECORDS[0])
    disk.release()
    assert list(FileJournal(journal_of(0), disk).records()) == RECORDS[:1]
    disk.power_cut(Always("lost"))
    assert list(FileJournal(journal_of(0), disk).records()) == RECORDS[:1]


@pytest.mark.parametrize("fate", ["kept", "lost", "torn", "reordered"])
def test_a_power_cut_leaves_a_journal_that_opens_with_all_that_was_synced(fate: str) -> None:
    disk = SimulatedDisk(lambda _kind: None)
    journal = FileJournal(journal_of(0), disk)
    for record in RECORDS[:3]:
        journal.append(record)
    journal.sync()
    for record in RECORDS[3:]:
        journal.append(record)
    disk.power_cut(Always(fate))
    kept = list(FileJournal(journal_of(0), disk).records())
    assert kept[:3] == RECORDS[:3]
    assert kept == RECORDS[: len(kept)]
    assert disk.losses[fate] == 1


def test_a_full_disk_refuses_and_forgets_nothing() -> None:
    disk = SimulatedDisk(lambda _kind: None)
    journal = FileJournal(journal_of(0), disk)
    journal.append(RECORDS[0])
    journal.sync()
    disk.full = True
    with pytest.raises(OSError, match="no space"):
        journal.append(RECORDS[1])
    disk.full = False
    journal.close()
    assert list(FileJournal(journal_of(0), disk).records()) == RECORDS[:1]
