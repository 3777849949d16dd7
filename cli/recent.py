"""What bills, declarations and containers were called lately, kept so that shells can complete them.

The file lies in the network directory beside the members' keys, readable by its
owner alone: numbers are not on the ledger, and belong to those who know them.
Losing it loses nothing, so what cannot be written is left.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

RECENT_FILE = "recent.txt"

MAX_RECENT = 200
"""Names kept, of all kinds; the oldest go."""

MAX_NAME = 100
"""Longest name kept, in characters: no number is longer."""


def recent_of(directory: Path, kind: str | None = None) -> list[str]:
    """Names of records of a kind (of all kinds without one), the latest first."""
    return [name for found, name in _read(directory) if kind in (None, found)]


def remember(directory: Path, names: Iterable[tuple[str, str]]) -> None:
    """Put (kind, name) pairs before what is known."""
    known = _read(directory)
    fresh = [pair for pair in names if len(pair[1]) <= MAX_NAME and pair[1].isprintable()]
    merged = list(dict.fromkeys([*reversed(fresh), *known]))[:MAX_RECENT]
    if merged == known:
        return
    draft = directory / f"{RECENT_FILE}.{os.getpid()}.new"
    with suppress(OSError):
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.writelines(f"{kind}\t{name}\n" for kind, name in merged)
        draft.replace(directory / RECENT_FILE)


def _read(directory: Path) -> list[tuple[str, str]]:
    try:
        lines = (directory / RECENT_FILE).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    pairs = [line.partition("\t") for line in lines[:MAX_RECENT]]
    return [(kind, name) for kind, tab, name in pairs if tab]
