"""`sealane demo`: real nodes as processes, the whole story, twice on one network; and its own mistakes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.demo import _fresh_papers, _stage
from cli.errors import CliError
from cli.network_files import create_network, load_network
from cli.network_plan import plain_plan
from cli.output import Output
from cli.processes import running_pid
from cli.story_local import LocalMachines
from cli.story_papers import prepare_papers
from cli.story_proof import evidence_folder
from tests.cli.acts import Corridor, trade_fixture  # noqa: F401 - a fixture
from tests.cli.conftest import Run
from tests.conftest import ROOT
from tests.ports import reserve_ports


def run_demo(directory: Path, *args: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SEALANE_")}
    command = [sys.executable, "-m", "cli.main", "demo", "--once", "--json", "--dir", str(directory), *args]
    return subprocess.run(
        command,
        cwd=directory.parent,
        env=environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )


@pytest.mark.e2e
@pytest.mark.slow
@pytest.mark.timeout(330)
def test_the_story_on_real_nodes_twice(tmp_path: Path, sealane: Run) -> None:
    directory = tmp_path / "net"
    first = run_demo(directory, "--port-base", str(reserve_ports()))
    assert first.returncode == 0, first.stderr
    second = run_demo(directory)
    assert second.returncode == 0, second.stderr
    values = [json.loads(result.stdout) for result in (first, second)]
    assert values[0]["number"] != values[1]["number"]
    assert values[0]["bill"] != values[1]["bill"]
    for value in values:
        assert len(value["verify"]) == 4
        assert [event["verified"] for event in value["events"] if "verified" in event] == [
            True,
            True,
            True,
            False,
        ]
    _, places = load_network(directory)
    assert [running_pid(place.directory) for place in places] == [None] * 5
    for event in values[0]["events"]:
        if "verified" in event:
            checked = sealane("verify", event["file"], "--genesis", directory / "genesis.json")
            assert (checked.exit_code == 0) == event["verified"]


def test_once_and_keep_contradict_each_other(sealane: Run) -> None:
    result = sealane("demo", "--once", "--keep", "--dir", "net")
    assert result.exit_code == 2
    assert not Path("net").exists()


def test_a_network_of_others_cannot_play_the_story(tmp_path: Path) -> None:
    directory = tmp_path / "lab"
    create_network(directory, plain_plan(4, 0), time_ms=1_790_000_000_000)
    _, places = load_network(directory)
    with pytest.raises(CliError, match="not the corridor's network") as error:
        _stage(Output(), directory, places, LocalMachines(places), slow=False)
    assert "coral-line/lin-tao" in error.value.why


def test_a_run_takes_the_first_number_that_is_free(trade: Corridor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.story_proof.EVIDENCE_FOLDER", str(trade.folder / "evidence"))
    directory = trade.node.directory
    _, places = load_network(directory)
    assert _fresh_papers(directory, trade.node.genesis, places).number == prepare_papers(1).number
    (trade.folder / "first.json").write_text(json.dumps(prepare_papers(1).bill))
    trade.done(
        "coral-line",
        "bill",
        "issue",
        "first.json",
        "--to",
        "landbridge-forwarding",
        "--titleholder",
        "red-river-imports",
    )
    evidence_folder(directory, prepare_papers(2).number).mkdir(parents=True)
    assert _fresh_papers(directory, trade.node.genesis, places).number == prepare_papers(3).number


def test_a_node_that_does_not_run_cannot_be_killed(tmp_path: Path) -> None:
    create_network(tmp_path / "lab", plain_plan(1, 0), time_ms=1_790_000_000_000)
    (place,) = load_network(tmp_path / "lab")[1]
    with pytest.raises(CliError, match="does not run"):
        LocalMachines([place]).kill("org-1")
