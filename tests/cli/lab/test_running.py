"""Networks of exercises: whatever stands in the way, nothing is left running and nothing half made."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.errors import CliError
from cli.lab import running
from cli.lab.folder import has_network
from cli.lab.machines import LabContainers
from cli.output import Output
from tests.cli.engine import contained


@pytest.mark.parametrize("port_base", [0, 80, 1023, 65_001, 70_000])
def test_ports_out_of_range_are_refused_before_anything_is_made(tmp_path: Path, port_base: int) -> None:
    with pytest.raises(CliError, match="out of range"):
        running.make_network(Output(), tmp_path / "lab", port_base, relayed=True)
    assert not (tmp_path / "lab").exists()


@pytest.mark.parametrize("relayed", [False, True])
def test_a_start_that_fails_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, relayed: bool
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        assert has_network(tmp_path)
        raise KeyboardInterrupt

    monkeypatch.setattr("cli.machines.bring_up", interrupted)
    monkeypatch.setattr("cli.lab.relay.start", lambda _: None)
    with pytest.raises(KeyboardInterrupt):
        running.make_network(Output(), tmp_path, 20_000, relayed=relayed)
    assert list(tmp_path.iterdir()) == []


def test_containers_that_cannot_be_made_are_taken_away_again(
    tmp_path: Path, corridor: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    engine = contained(tmp_path / "elsewhere", monkeypatch)
    lab = tmp_path / "lab"

    def interrupted(*_: object) -> None:
        assert has_network(lab)
        engine.asked.clear()
        raise KeyboardInterrupt

    monkeypatch.setattr(LabContainers, "_take_out", interrupted)
    with pytest.raises(KeyboardInterrupt):
        running.make_network(Output(), lab, 20_000, relayed=True, docker=True)
    assert list(lab.iterdir()) == []
    assert [words for words in engine.asked if {"down", "--volumes"} <= set(words)]


def test_what_still_runs_of_the_last_exercise_is_stopped_before_it_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    monkeypatch.setattr("cli.machines.bring_up", lambda *_, **__: None)
    running.make_network(Output(json=True), tmp_path, 20_000, relayed=False)
    monkeypatch.setattr("cli.machines.take_down", lambda *_: order.append("stopped") or {})
    monkeypatch.setattr(running, "clear", lambda _: order.append("removed"))
    with pytest.raises(CliError, match="exists already"):
        running.make_network(Output(), tmp_path, 20_000, relayed=False)
    assert order[:2] == ["stopped", "removed"]
