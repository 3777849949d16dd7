"""Tries mutants on the tests that run what they change, and stops at the first that fails.

A pytest plugin that takes over the loop once the tests are collected. Every trial
is a fork of the warm process, so that it costs little more than its tests, and
nothing that a mutant does outlives it.
"""

from __future__ import annotations

import gc
import os
import resource
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from tools.mutate.code import Live, code_mutants
from tools.mutate.constants import constant_mutants
from tools.mutate.mutant import Mutant
from tools.mutate.observe import Coverage, observe, passes
from tools.mutate.results import Outcome, Results
from tools.mutate.rows import row_mutants

PATIENCE_S = 3
"""Processor time that a test has beyond three times what it took while it was observed: more means a loop."""

PREFERRED = 4
"""Tests that noticed the last mutants of a file are asked first, so many of them."""


class Trials:
    """The plugin. `files` are the modules to change; `folder` keeps what was seen and what became of it."""

    def __init__(
        self, root: Path, files: Sequence[Path], *, rows: bool, budget_s: float, only: str, folder: Path
    ) -> None:
        self.outcomes: list[tuple[Mutant, Outcome]] = []
        self._root, self._rows = root, rows
        # Read before anything is imported: whoever edits a module meanwhile changes nothing of this run.
        self._files = {path: path.read_text(encoding="utf-8") for path in files}
        self._budget_s, self._only, self._folder = budget_s, only, folder
        self._results = Results(folder / "results.jsonl")
        self._preferred: dict[str, list[int]] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run every test once as it is, then every mutant on those that could notice it."""
        live = Live(self._root)
        coverage = observe(session.items, self._root, self._folder / "tests.json", live.forget, _say)
        gc.collect()
        gc.freeze()
        for count, mutant in enumerate(self._mutants(live), start=1):
            order = self._order(mutant, coverage)
            outcome = self._results.known(mutant, coverage.digest, len(order))
            outcome = outcome or self._try(mutant, coverage, order)
            self.outcomes.append((mutant, outcome))
            if outcome is not Outcome.NOTICED:
                _say(f"{outcome} {mutant}")
            if count % 100 == 0:
                _say(f"{count} mutants")
        return True

    def _mutants(self, live: Live) -> Iterable[Mutant]:
        for path, text in self._files.items():
            yield from (m for m in code_mutants(path, self._root, live, text) if self._only in str(m))
        if self._rows:
            for path, text in self._files.items():
                found = constant_mutants(path, self._root, text)
                yield from (m for m in found if self._only in str(m))
            yield from (m for m in row_mutants() if self._only in str(m))

    def _try(self, mutant: Mutant, coverage: Coverage, order: Sequence[int]) -> Outcome:
        outcome, by = Outcome.UNSEEN, ""
        if order:
            noticed = _noticed(mutant, coverage, order)
            outcome = Outcome.SURVIVED if noticed is None else Outcome.NOTICED
            if noticed is not None and noticed >= 0:
                by = coverage.items[noticed].nodeid
                kept = [one for one in self._preferred.get(mutant.file, []) if one != noticed]
                self._preferred[mutant.file] = [noticed, *kept][:PREFERRED]
        self._results.add(mutant, outcome, coverage.digest, len(order), by)
        return outcome

    def _order(self, mutant: Mutant, coverage: Coverage) -> list[int]:
        """The tests to run: who noticed it or its neighbours before, then the quickest, within the budget."""
        able = coverage.able(mutant.covers)
        before = self._results.noticed_by(mutant)
        first = [place for place in able if coverage.items[place].nodeid == before]
        first += [place for place in self._preferred.get(mutant.file, []) if place in set(able)]
        chosen: dict[int, None] = {}
        spent = 0.0
        for place in (*first, *able):
            if place not in chosen:
                if chosen and spent + coverage.seconds[place] > self._budget_s:
                    break
                chosen[place] = None
                spent += coverage.seconds[place]
        return list(chosen)


def _noticed(mutant: Mutant, coverage: Coverage, order: Sequence[int]) -> int | None:
    """The first test that fails with the mutant, in a process of its own; -1 for a loop, None for no test."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _trial(mutant, coverage, order, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        said = answer.read()
    _, status = os.waitpid(child, 0)
    if status == 0:
        return None
    return int(said) if said else -1


def _trial(mutant: Mutant, coverage: Coverage, order: Sequence[int], answer: int) -> None:
    """Ends with 1 as soon as a test fails, and names it; what the tests print goes nowhere."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        _, most_s = resource.getrlimit(resource.RLIMIT_CPU)
        mutant.apply()
        for place in order:
            limit_s = int(sum(os.times()[:2]) + 3 * coverage.seconds[place]) + PATIENCE_S
            resource.setrlimit(resource.RLIMIT_CPU, (limit_s, most_s))
            if not passes(coverage.items[place]):
                os.write(answer, str(place).encode())
                os._exit(1)
        os._exit(0)
    except BaseException:  # whatever the mutant broke, it was noticed
        os._exit(1)


def _say(text: str) -> None:
    print(text, file=sys.__stderr__, flush=True)
