"""The walkthrough of the documentation, typed by a reader who believes every line of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.console import Step, steps
from tests.e2e.world import COMMAND_TIMEOUT_S, ROOT
from tests.ports import reserve_ports

PAGE = ROOT / "docs" / "walkthrough.md"
PORTS = "--port-base 9400"


def test_a_page_is_read_as_its_reader_reads_it() -> None:
    shown = "$ one \\\n    more\nout …\n…\nend\n$ two  # refused\n"
    page = f"Text\n$ not this\n```console\n{shown}```\n$ nor this\n"
    one, two = steps(page)
    assert one == Step(4, "one \\\n    more", ("out …", "…", "end"))
    assert (two.command, two.expected, two.exit_code, one.exit_code) == ("two  # refused", (), 1, 0)
    assert one.printed_as_told("out 1\nend\n")
    assert one.printed_as_told("out 1\nbetween\nends\nend")
    for other in ("out 1\n", "in 1\nend\n", "out 1\nend\nmore\n", "out\nend\n"):
        assert not one.printed_as_told(other)


def reader(folder: Path) -> dict[str, str]:
    """The environment of somebody who has installed Sealane and is in the checkout's folder."""
    (folder / "bin").mkdir()
    command = folder / "bin" / "sealane"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cli.main "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    (folder / "examples").symlink_to(ROOT / "examples")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SEALANE_")}
    path = f"{command.parent}{os.pathsep}{kept['PATH']}"
    terminal = {"NO_COLOR": "1", "PYTHONUTF8": "1", "COLUMNS": "110"}
    return kept | terminal | {"PATH": path, "PYTHONPATH": str(ROOT)}


@pytest.mark.slow
@pytest.mark.e2e
@pytest.mark.timeout(1200)
def test_the_walkthrough_happens_as_it_is_told(tmp_path: Path) -> None:
    environment = reader(tmp_path)
    page = PAGE.read_text(encoding="utf-8")
    assert page.count(PORTS) == 1
    page = page.replace(PORTS, f"--port-base {reserve_ports()}")
    try:
        for step in steps(page):
            done = typed(step.command, tmp_path, environment)
            said = f"{PAGE.name}:{step.line}: {step.command}\nended with {done.returncode}:\n{done.stdout}"
            assert done.returncode == step.exit_code, said
            assert step.printed_as_told(done.stdout), f"{said}\nand not\n" + "\n".join(step.expected)
    finally:
        typed("sealane network down", tmp_path, environment)


def typed(command: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """One line at a terminal: what it prints, on either stream, is what its reader sees."""
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=COMMAND_TIMEOUT_S,
        check=False,
    )
