"""A prepared network goes to another laptop as one file, software included, and works there offline."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.lab.exercises import EXERCISES
from tests.e2e.world import ROOT, run_sealane
from tests.ports import reserve_ports
from tests.trainee import Trainee, Typed

UNREACHABLE = {"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_NO_INDEX": "", "PIP_CONFIG_FILE": os.devnull}
"""Where a laptop without a network would look for packages, if it looked."""


@pytest.mark.slow
@pytest.mark.e2e
@pytest.mark.timeout(900)
def test_a_file_is_all_that_another_laptop_needs(tmp_path: Path) -> None:
    """Saved with blocks, opened by Python alone, installed from its wheels; the network goes on there."""
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    ports = reserve_ports()
    run_sealane("network", "init", "net", "--corridor", "--port-base", ports, cwd=here)
    run_sealane("network", "up", "net", cwd=here)
    try:
        bill = ROOT / "examples" / "corridor-straight.json"
        issue = ("bill", "issue", bill, "--to", "landbridge-forwarding", "--titleholder", "red-river-imports")
        run_sealane(*issue, "--network", "net", "--as", "coral-line/lin-tao", cwd=here)
    finally:
        run_sealane("network", "down", "net", cwd=here)
    run_sealane("network", "save", "net", "-o", "room.sealane", cwd=here)
    (here / "room.sealane").rename(there / "room.sealane")

    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SEALANE_", "PYTHON"))}
    clean = kept | UNREACHABLE | {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=there,
            env=clean,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=400,
            check=False,
        )

    opened = run(sys.executable, "-I", "-S", "room.sealane", "net")
    assert opened.returncode == 0, opened.stdout
    clean["PYTHON"] = sys.executable
    installed = run("sh", "net/software/install.sh")
    assert installed.returncode == 0, installed.stdout
    clean["PATH"] = f"{there}/net/software/venv/bin{os.pathsep}{kept['PATH']}"
    try:
        went_on = run("sealane", "network", "up", "net")
        assert went_on.returncode == 0, went_on.stdout
        offer = "bill transfer BBLN:BBLN26QZ000318 --to red-river-imports --as landbridge-forwarding/wei-ling"
        offered = run("sealane", *offer.split(), "--network", "net")
        assert "Offered BBLN" in offered.stdout, offered.stdout
    finally:
        run("sealane", "network", "down", "net")
    trainee = Trainee(lambda line: _typed(line, run("sh", "-c", line)))
    try:
        assert "finished" in trainee.learn(EXERCISES[0].id, f" --port-base {reserve_ports()}")
    finally:
        run("sealane", "lab", "stop")


def _typed(line: str, done: subprocess.CompletedProcess[str]) -> Typed:
    return Typed(line, done.returncode, done.stdout)
