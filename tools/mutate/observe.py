"""Which test runs which line of the rules, and which row of their tables: noted once, and kept.

A test is run again only when its own file changed, or anything that tests share:
the rules, the ledger, the helpers of the tests.
"""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
import pytest
from _pytest.runner import runtestprotocol

ASKED_OF_ROWS = (
    ("contracts/table.py", "apply"),
    ("contracts/table.py", "check_state"),
    ("contracts/reference.py", "act_section"),
)
"""Functions that are called with a row: a test that calls them runs the row, or reads what it allows."""

SHARED = ("contracts", "ledger", "tests")
"""Folders whose files, but for the tests themselves, decide what any test runs."""


class Seen(msgspec.Struct, frozen=True):
    """One test as it went without any change."""

    digest: str
    """Of its file."""
    seconds: float
    """Processor time that it took, observed."""
    lines: dict[str, list[int]]
    """What it ran of each file of the rules."""
    rows: list[str]
    """The acts whose rows it ran."""


class Kept(msgspec.Struct, frozen=True):
    """What is known of all tests."""

    digest: str
    """Of everything that tests share."""
    tests: dict[str, Seen]
    """Each by its id."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The tests, the quickest first, and which of them run what."""

    items: tuple[pytest.Item, ...]
    seconds: tuple[float, ...]
    by: Mapping[tuple[str, object], tuple[int, ...]]
    """Places of the tests that run a line of a file, or the row of an act."""
    digest: str
    """Of the tests and all that they share."""

    def able(self, covers: Iterable[tuple[str, object]]) -> list[int]:
        """The tests that run any of these, the quickest first."""
        return sorted({place for key in covers for place in self.by.get(key, ())})


def observe(
    items: Sequence[pytest.Item],
    root: Path,
    file: Path,
    forget: Callable[[], None],
    say: Callable[[str], None],
) -> Coverage:
    """What each test runs, from `file` where that is still true; `forget` empties caches of the rules.

    Raises:
        pytest.UsageError: a test fails without any change.
    """
    shared = _shared_digest(root)
    kept = _read(file, shared)
    digests = {path: _digest([path]) for path in {Path(item.path) for item in items}}
    seen: dict[str, Seen] = {}
    missing = 0
    for item in items:
        known = kept.get(item.nodeid)
        if known is None or known.digest != digests[Path(item.path)]:
            forget()
            known = _watch(item, root, digests[Path(item.path)])
            missing += 1
            if missing % 200 == 0:
                say(f"{missing} tests observed")
        seen[item.nodeid] = known
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(msgspec.json.encode(Kept(digest=shared, tests=kept | seen)))
    return _indexed(items, seen, shared)


def _indexed(items: Sequence[pytest.Item], seen: Mapping[str, Seen], shared: str) -> Coverage:
    ordered = sorted(items, key=lambda item: seen[item.nodeid].seconds)
    by: dict[tuple[str, object], list[int]] = {}
    for place, item in enumerate(ordered):
        test = seen[item.nodeid]
        for name, lines in test.lines.items():
            for line in lines:
                by.setdefault((name, line), []).append(place)
        for row in test.rows:
            by.setdefault(("act", row), []).append(place)
    own = sorted(f"{item.nodeid} {seen[item.nodeid].digest}" for item in items)
    return Coverage(
        items=tuple(ordered),
        seconds=tuple(seen[item.nodeid].seconds for item in ordered),
        by={key: tuple(places) for key, places in by.items()},
        digest=hashlib.sha256("\n".join([shared, *own]).encode()).hexdigest(),
    )


def _watch(item: pytest.Item, root: Path, digest: str) -> Seen:
    """Run a test and note what it ran."""
    lines: dict[str, set[int]] = {}
    rows: set[str] = set()
    prefix = str(root / "contracts")
    asked = {(str(root / file), name) for file, name in ASKED_OF_ROWS}

    def trace(frame: FrameType, event: str, _: object) -> Any:
        code = frame.f_code
        if not code.co_filename.startswith(prefix):
            return None
        if (code.co_filename, code.co_name) in asked:
            rows.add(frame.f_locals["act"].name)
        ran = lines.setdefault(code.co_filename, set())
        ran.add(frame.f_lineno)

        def step(frame: FrameType, event: str, _: object) -> Any:
            ran.add(frame.f_lineno)
            return step

        return step

    begun = time.process_time()
    sys.settrace(trace)
    try:
        passed = passes(item)
    finally:
        sys.settrace(None)
    if not passed:
        raise pytest.UsageError(f"a test fails without any change: {item.nodeid}")
    return Seen(
        digest=digest,
        seconds=time.process_time() - begun,
        lines={str(Path(name).relative_to(root)): sorted(ran) for name, ran in lines.items()},
        rows=sorted(rows),
    )


def passes(item: pytest.Item) -> bool:
    """Run one test with fixtures of its own."""
    reports = runtestprotocol(item, log=False, nextitem=None)
    return not any(report.failed for report in reports)


def _read(file: Path, shared: str) -> dict[str, Seen]:
    if not file.is_file():
        return {}
    kept = msgspec.json.decode(file.read_bytes(), type=Kept)
    return kept.tests if kept.digest == shared else {}


def _shared_digest(root: Path) -> str:
    files = (path for folder in SHARED for path in (root / folder).rglob("*.py"))
    return _digest(sorted(path for path in files if not path.name.startswith("test_")))


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()
