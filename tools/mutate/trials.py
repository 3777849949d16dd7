"""Tries mutants on tests: which tests run which code, and what they say when it is changed.

A pytest plugin that takes over the loop once the tests are collected. Every trial
is a fork of the warm process, so that it costs little more than its tests, and
nothing that a mutant does outlives it.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from tools.mutate.code import Live, code_key, code_mutants
from tools.mutate.mutant import Mutant
from tools.mutate.rows import row_mutants

ASKED_OF_ROWS = ("apply", "check_state")
"""Functions of `contracts.table` that are called with a row: a test that calls them runs the row."""

PATIENCE_S = 20.0
"""A trial that takes so much longer than its tests did has come into a loop."""


@dataclass(slots=True)
class Result:
    """What became of the mutants."""

    noticed: int = 0
    survived: list[Mutant] = field(default_factory=list)
    unseen: list[Mutant] = field(default_factory=list)
    """Mutants of code that no test runs."""


@dataclass(slots=True)
class Test:
    """One test as it went without any change."""

    item: pytest.Item
    seconds: float
    ran: frozenset[object]
    """Keys of the code, and names of the rows, that it ran."""


class Trials:
    """The plugin. `files` are the modules to change, `budget_s` the seconds of tests for a mutant."""

    def __init__(self, root: Path, files: Sequence[Path], *, rows: bool, budget_s: float, only: str) -> None:
        self.result = Result()
        self._root, self._files, self._rows = root, files, rows
        self._budget_s, self._only = budget_s, only

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run every test once as it is, then every mutant on those that could notice it."""
        tests = sorted((self._observe(item) for item in session.items), key=lambda test: test.seconds)
        wrong = [test.item.nodeid for test in tests if test.seconds < 0]
        if wrong:
            raise pytest.UsageError(f"tests fail without any change: {', '.join(wrong[:5])}")
        live = Live(self._root)
        gc.freeze()
        for count, mutant in enumerate(self._mutants(live), start=1):
            self._try(mutant, tests)
            if count % 100 == 0:
                _say(f"{count} mutants, {len(self.result.survived)} survived")
        return True

    def _mutants(self, live: Live) -> Iterable[Mutant]:
        for path in self._files:
            yield from (m for m in code_mutants(path, self._root, live) if self._only in str(m))
        if self._rows:
            yield from (m for m in row_mutants() if self._only in str(m))

    def _observe(self, item: pytest.Item) -> Test:
        """Run a test and note what code it ran; negative seconds mean that it failed."""
        ran: dict[int, Any] = {}
        rows: set[object] = set()
        prefix = str(self._root / "contracts")

        def trace(frame: FrameType, event: str, _: object) -> None:
            code = frame.f_code
            if id(code) not in ran:
                ran[id(code)] = code
            if code.co_name in ASKED_OF_ROWS and code.co_filename.endswith("contracts/table.py"):
                rows.add(("act", frame.f_locals["act"].name))

        begun = time.perf_counter()
        sys.settrace(trace)
        try:
            passed = _passes(item)
        finally:
            sys.settrace(None)
        seconds = time.perf_counter() - begun
        keys = {code_key(code) for code in ran.values() if code.co_filename.startswith(prefix)}
        return Test(item=item, seconds=seconds if passed else -1.0, ran=frozenset(keys | rows))

    def _try(self, mutant: Mutant, tests: Sequence[Test]) -> None:
        able: list[pytest.Item] = []
        spent = 0.0
        for test in tests:
            if any(key in test.ran for key in mutant.covers):
                if able and spent + test.seconds > self._budget_s:
                    break
                able.append(test.item)
                spent += test.seconds
        if not able:
            self.result.unseen.append(mutant)
            _say(f"no test runs {mutant}")
        elif _survives(mutant, able, spent + PATIENCE_S):
            self.result.survived.append(mutant)
            _say(f"survived {mutant}")
        else:
            self.result.noticed += 1


def _survives(mutant: Mutant, items: Sequence[pytest.Item], limit_s: float) -> bool:
    """Whether every test passes with the mutant, in a process of its own."""
    child = os.fork()
    if child == 0:
        os._exit(_trial(mutant, items))
    ends = time.monotonic() + limit_s
    while time.monotonic() < ends:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status == 0
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def _trial(mutant: Mutant, items: Sequence[pytest.Item]) -> int:
    """1 as soon as a test fails; what the tests print goes nowhere."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        mutant.apply()
        return 0 if all(_passes(item) for item in items) else 1
    except BaseException:  # whatever the mutant broke, it was noticed
        return 1


def _passes(item: pytest.Item) -> bool:
    reports = runtestprotocol(item, log=False, nextitem=None)
    return not any(report.failed for report in reports)


def _say(text: str) -> None:
    print(text, file=sys.__stderr__, flush=True)
