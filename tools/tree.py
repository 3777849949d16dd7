"""Which files belong to the project.

Every check walks the same list. It is found without git, so that the checks
also work in an unpacked archive: the folders that the project owns, and the
files beside them, without what tools leave behind.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The checkout that this file is part of."""

FOLDERS = (
    ".ci",
    "benchmarks",
    "cli",
    "contracts",
    "docker",
    "docs",
    "examples",
    "ledger",
    "nodes",
    "requirements",
    "tests",
    "texts",
    "tools",
    "web",
)
"""Top-level folders that the project owns."""

LEFT_BEHIND = frozenset({"__pycache__", "built", "node_modules"})
"""Folders that tools create anywhere in the tree."""

ROOT_FILES = (
    "*.md",
    "*.toml",
    ".dockerignore",
    ".editorconfig",
    ".gitattributes",
    ".gitignore",
    "LICENSE",
    "Makefile",
)
"""Patterns of the files that lie beside the folders; others there are not the project's."""


def project_files(root: Path = ROOT) -> Iterator[Path]:
    """Every file of the project below `root`, sorted within each folder."""
    for pattern in ROOT_FILES:
        yield from sorted(root.glob(pattern))
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and not LEFT_BEHIND & set(path.relative_to(root).parts):
                yield path


def python_files(root: Path = ROOT) -> Iterator[Path]:
    """The project's Python files."""
    return (path for path in project_files(root) if path.suffix == ".py")


def text_of(path: Path) -> str | None:
    """The text of a file, or None when it is not UTF-8 and so not text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None
