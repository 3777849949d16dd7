"""What no file of the project may contain.

The forbidden words are put together from parts, since this file is read as well.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.tree import ROOT, project_files, text_of

REGISTRY_HOSTS = (
    "pypi org",
    "pythonhosted org",
    "registry npmjs",
    "deb debian org",
    "proxy golang",
    "static crates",
    "repo maven",
    "registry-1 docker",
)
MACHINE_FOLDERS = ("work", "Users")
UNFINISHED = ("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")

LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def offenders(pattern: str) -> list[str]:
    expression = re.compile(pattern)
    found = []
    for path in project_files():
        text = text_of(path)
        if text is not None and (match := expression.search(text)):
            line = text.count("\n", 0, match.start()) + 1
            found.append(f"{path.relative_to(ROOT)}:{line}: {match.group()}")
    return found


def test_the_tree_is_seen() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in project_files()}
    assert {"pyproject.toml", "ledger/hashing.py", ".ci/run", "tests/tools/test_tree.py"} <= names
    assert not [name for name in names if "__pycache__" in name]


def test_no_file_names_a_package_registry() -> None:
    assert offenders("|".join(re.escape(host.replace(" ", ".")) for host in REGISTRY_HOSTS)) == []


def test_no_file_names_a_path_of_the_machine_it_was_written_on() -> None:
    assert offenders(rf"(?<![\w.~:/-])/(?:{'|'.join(MACHINE_FOLDERS)})/\w") == []


def test_no_file_is_left_unfinished() -> None:
    assert offenders(rf"\b(?:{'|'.join(UNFINISHED)})\b") == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_pins_every_file_by_hash_and_names_no_place(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*-", text.replace("    --hash=", ""), re.MULTILINE), (
        "an option such as an index"
    )
    pins = re.findall(r"^[A-Za-z0-9][^\n]*", text, re.MULTILINE)
    assert pins
    assert [pin for pin in pins if not re.match(r"[a-z0-9-]+(\[[a-z0-9,-]+\])?==\S+( ;.*)? \\$", pin)] == []


def test_the_locks_agree() -> None:
    pins = {
        lock.name: dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock.read_text(), re.MULTILINE)) for lock in LOCKS
    }
    assert pins.keys() == {"build.txt", "dev.txt", "fuzz.txt", "image.txt", "runtime.txt"}
    everything = pins["dev.txt"].items()
    assert pins["build.txt"].items() <= everything
    assert pins["runtime.txt"].items() <= pins["image.txt"].items() <= everything
