"""F3: what names the guilty is in the journals until the witness log has it on disk; whole engines."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from nodes.bft import journal as journal_module
from nodes.bft.journal import FileJournal
from nodes.bft.witness import WitnessLog, rested_records
from tests.nodes.bft.engine_rig import Town, make_statement
from tests.witnesses import read_witness, witness_segments


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    yield town
    await town.stop()


async def test_f3_what_a_power_cut_took_from_the_witness_log_is_written_again(town: Town) -> None:
    await town.start()
    await town.ready()
    for number in range(3):
        await town.machines["org-a"].engine.submit(make_statement(number, town.id))
        await town.until_height(number + 1)
    await town.stop()
    known = {}
    for name in town.validators:
        with FileJournal(town.journal(name)) as journal:
            known[name] = rested_records(journal.locks())
    for height in (1, 2, 3):
        voted = sum(height in {record.height for record in records} for records in known.values())
        assert voted >= town.set.quorum, "whoever sealed it had its polka in the journal"
    for name in town.validators:
        folder = town.folder / f"{name}.witness"
        (segment,) = witness_segments(folder)
        segment.write_bytes(b"")
        for _ in ("written again", "not written twice"):
            await town.restart(name)
            await town.stop(name)
            assert tuple(read_witness(folder)) == known[name]
        with FileJournal(town.journal(name)) as journal:
            left = {lock.polka.height for lock in journal.locks()}
            assert left <= {3}, "it has let go of what it saw committed; of the last height, if it did"


async def test_f3_a_long_journal_is_cut_once_the_witness_log_is_synced(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: dict[int, list[str]] = {}
    for owner, name in ((WitnessLog, "sync"), (FileJournal, "compact")):
        original = getattr(owner, name)

        def noted(it: Any, name: str = name, original: Any = original) -> None:
            happened.setdefault(threading.get_ident(), []).append(name)
            original(it)

        monkeypatch.setattr(owner, name, noted)
    await town.start()
    await town.ready()
    await town.machines["org-a"].engine.submit(make_statement(0, town.id))
    await town.until_height(1)
    assert not happened
    monkeypatch.setattr(journal_module, "LONG_BYTES", 0)
    await town.machines["org-a"].engine.submit(make_statement(1, town.id))
    await town.until(lambda: len(happened) == 4)  # each in its signing thread
    await town.stop()
    assert all(calls == ["sync", "compact"] * (len(calls) // 2) for calls in happened.values())
