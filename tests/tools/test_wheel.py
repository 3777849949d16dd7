"""The wheel holds what an installed Sealane needs, and nothing of the checkout besides."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tools.tree import ROOT


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder: Path = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--no-index", "--wheel-dir", str(folder), str(ROOT)], check=True)
    (wheel,) = folder.glob("sealane-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.mark.slow
def test_the_packages_are_complete(names: set[str]) -> None:
    sources = {
        path.relative_to(ROOT).as_posix()
        for package in ("ledger", "contracts", "nodes", "cli", "texts")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert sources <= names
    assert {f"{package}/py.typed" for package in ("ledger", "contracts", "nodes", "cli", "texts")} <= names


@pytest.mark.slow
def test_the_examples_come_along(names: set[str]) -> None:
    examples = {f"cli/examples/{path.name}" for path in (ROOT / "examples").glob("*.json")}
    assert examples
    assert examples <= names


@pytest.mark.slow
def test_nothing_else_is_installed(names: set[str]) -> None:
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "ledger",
        "contracts",
        "nodes",
        "cli",
        "texts",
    }
