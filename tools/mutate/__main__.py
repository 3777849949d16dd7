"""`python -m tools.mutate`: exit code 1 when a mutant survives that is not explained."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from tools.mutate.mutant import Mutant
from tools.mutate.results import Outcome, explanation
from tools.mutate.trials import Trials
from tools.tree import ROOT

EXPLAINED = Path(__file__).with_name("explained.toml")
"""Survivors that mean nothing, each with the reason."""

PROSE = ("contracts/wording.py", "contracts/bill/wording.py", "contracts/reference.py")
"""What only writes sentences for people; changed words break no rule."""


TESTS = ["tests/contracts"]
"""Where the tests of the rules are."""

KEPT = ROOT / "build" / "mutate"
"""Which test runs what, and what became of each mutant: a run goes on where the last one ended."""


def main() -> int:
    """Try every mutant, print what survived."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutate", description="Mutation testing of rules.")
    parser.add_argument("paths", nargs="*", default=["contracts"], help="modules or folders to change")
    parser.add_argument("--tests", nargs="*", default=TESTS, help="tests that should notice")
    parser.add_argument("--budget", type=float, default=20.0, help="seconds of tests for one mutant")
    parser.add_argument("--only", default="", help="only mutants whose description contains this")
    parser.add_argument(
        "--no-rows", action="store_true", help="change functions only, no tables or constants"
    )
    parser.add_argument("--anew", action="store_true", help="forget what earlier runs found")
    given = parser.parse_args()
    if given.anew:
        shutil.rmtree(KEPT, ignore_errors=True)
    trials = Trials(
        ROOT,
        _modules(given.paths),
        rows=not given.no_rows,
        budget_s=given.budget,
        only=given.only,
        folder=KEPT,
    )
    os.environ["SEALANE_HYPOTHESIS"] = "first"
    # Nobody reads how a test failed, and it takes longer than most tests to say it well.
    options = ["-q", "-p", "no:cacheprovider", "-s", "--assert=plain", "--tb=native"]
    options += ["-m", "not deep and not slow and not e2e and not docker"]
    code = pytest.main([*options, *given.tests], plugins=[trials])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        return int(code)
    return _report(trials.outcomes)


def _modules(paths: list[str]) -> list[Path]:
    found = [path for given in paths for path in sorted(_below(ROOT / given))]
    return [path for path in dict.fromkeys(found) if str(path.relative_to(ROOT)) not in PROSE]


def _below(path: Path) -> list[Path]:
    return [path] if path.is_file() else list(path.rglob("*.py"))


def _report(outcomes: list[tuple[Mutant, Outcome]]) -> int:
    """A row for each part of the rules, below what is left open."""
    known: dict[str, str] = tomllib.loads(EXPLAINED.read_text(encoding="utf-8"))
    parts: dict[str, Counter[str]] = {}
    for mutant, outcome in outcomes:
        why = None if outcome is Outcome.NOTICED else explanation(mutant, known)
        parts.setdefault(_part(mutant), Counter())[outcome.value if why is None else "explained"] += 1
        if outcome is not Outcome.NOTICED and why is None:
            print(f"{outcome}: {mutant}")
    total: Counter[str] = sum(parts.values(), Counter())
    for name, counts in (*parts.items(), ("all", total)):
        said = ", ".join(f"{counts[word]} {word}" for word in ("noticed", "explained", "survived", "unseen"))
        print(f"{name}: {counts.total()} mutants, {said}")
    return 1 if total["survived"] or total["unseen"] else 0


def _part(mutant: Mutant) -> str:
    """The contract that it is in, a module of its own, or the tables."""
    return "rows of the tables" if not mutant.line else "/".join(mutant.file.split("/")[:2])


if __name__ == "__main__":
    sys.exit(main())
