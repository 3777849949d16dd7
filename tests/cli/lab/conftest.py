"""The lab with the contracts themselves for a network: everything but nodes, in this process."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.lab.folder import clear
from cli.lab.ground import Ground
from cli.main import app
from cli.output import Output
from cli.transport import Transport
from tests.cli.acts import _through
from tests.cli.conftest import VARIABLES
from tests.cli.ledger_node import LedgerNode
from tests.trainee import Run, Typed


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, corridor: Path) -> Run:
    """A training room without processes; a line typed there runs in this process."""
    for name in VARIABLES:
        monkeypatch.delenv(f"SEALANE_{name}", raising=False)
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C")
    monkeypatch.chdir(tmp_path)

    def make_network(output: Output, folder: Path, port_base: int, *, relayed: bool, docker: bool) -> None:
        network = Ground(folder, {}).network
        clear(folder)
        shutil.copytree(corridor, network)
        monkeypatch.setattr(Transport, "_exchange", _through(LedgerNode(network)))

    monkeypatch.setattr("cli.lab.running.make_network", make_network)
    monkeypatch.setattr("cli.lab.running.start", lambda *_: None)
    monkeypatch.setattr("cli.lab.checking.PATIENCE_S", 0.0)  # one ledger for all nodes: nothing lags

    def run(line: str) -> Typed:
        result = CliRunner().invoke(app, shlex.split(line)[1:])
        return Typed(line, result.exit_code, result.output)

    return run
