"""`sealane node vouch` and `rejoin`: what an operator may say about a signing journal, and when (K3, K4)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ledger.genesis import network_id
from ledger.primitives import Hash, Height, Round
from nodes.bft.journal import FileJournal
from nodes.bft.recovery import AbstainRecord, AlarmRecord, CommittedRecord, Record, standing
from nodes.founding import load_genesis
from nodes.signing import journal_path
from tests.cli.conftest import Run

ALARM = AlarmRecord(height=Height(5), round=Round(0), step=2, block_id=Hash(b"o" * 32))


@pytest.fixture
def directory(corridor: Path, tmp_path: Path) -> Path:
    shutil.copytree(corridor / "nodes" / "coral-line", tmp_path / "node")
    shutil.copy(corridor / "genesis.json", tmp_path / "genesis.json")
    text = (tmp_path / "node" / "node.toml").read_text()
    (tmp_path / "node" / "node.toml").write_text(text.replace("../../genesis.json", "../genesis.json"))
    return tmp_path / "node"


def journal(directory: Path) -> FileJournal:
    network = network_id(load_genesis(directory.parent / "genesis.json"))
    return FileJournal(journal_path(directory / "keys" / "validator.key", network))


def hold(directory: Path, *records: Record) -> None:
    with journal(directory) as file:
        for record in records:
            file.append(record)


def stands(directory: Path) -> list[Record]:
    with journal(directory) as file:
        return list(standing(file.records()))


@pytest.mark.parametrize("until", [None, Height(9)])
def test_vouching_ends_an_abstention_at_the_height_given(
    sealane: Run, directory: Path, until: Height | None
) -> None:
    hold(directory, AbstainRecord(until=until))
    result = sealane("node", "vouch", directory, "--height", 7, "--all-agree")
    assert result.exit_code == 0, result.output
    assert stands(directory) == [AbstainRecord(until=Height(7))]


def test_vouching_for_a_journal_that_is_not_there_yet(sealane: Run, directory: Path) -> None:
    assert sealane("node", "vouch", directory, "--height", 7, "--all-agree").exit_code == 0
    assert stands(directory) == [AbstainRecord(until=Height(7))]


@pytest.mark.parametrize(
    ("records", "why"),
    [
        ((CommittedRecord(height=Height(4)),), "does not abstain"),
        ((AbstainRecord(until=Height(0)),), "does not abstain"),
        ((AbstainRecord(until=None), AbstainRecord(until=Height(3)), ALARM), "look into that first"),
    ],
)
def test_vouching_is_refused_for_a_journal_that_was_not_lost(
    sealane: Run, directory: Path, records: tuple[Record, ...], why: str
) -> None:
    hold(directory, *records)
    before = stands(directory)
    result = sealane("node", "vouch", directory, "--height", 7, "--all-agree")
    assert result.exit_code == 1
    assert why in " ".join(result.output.split())
    assert stands(directory) == before


def test_vouching_needs_the_word_of_all(sealane: Run, directory: Path) -> None:
    result = sealane("node", "vouch", directory, "--height", 7)
    assert result.exit_code == 2
    assert "must have agreed" in result.output
    assert not list(directory.glob("keys/*.journal"))


def test_vouching_below_what_this_node_has_committed_is_refused(
    sealane: Run, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nodes.signing._committed", lambda _config: Height(8))
    result = sealane("node", "vouch", directory, "--height", 7, "--all-agree")
    assert result.exit_code == 1
    assert "holds block 8" in " ".join(result.output.split())


def test_an_observer_and_a_running_node_have_nothing_to_say(sealane: Run, directory: Path) -> None:
    with journal(directory):
        held = sealane("node", "vouch", directory, "--height", 7, "--all-agree")
    assert held.exit_code == 1
    assert "another process" in " ".join(held.output.split())
    text = (directory / "node.toml").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("validator")]
    (directory / "node.toml").write_text("\n".join(lines))
    observer = sealane("node", "rejoin", directory)
    assert observer.exit_code == 1
    assert "no validator key" in observer.output


def test_rejoining_ends_an_alarm_by_abstaining(sealane: Run, directory: Path) -> None:
    hold(directory, AbstainRecord(until=Height(3)), ALARM)
    assert sealane("node", "rejoin", directory).exit_code == 0
    assert stands(directory) == [AbstainRecord(until=None)]
    again = sealane("node", "rejoin", directory)
    assert again.exit_code == 1
    assert "no alarm" in again.output
