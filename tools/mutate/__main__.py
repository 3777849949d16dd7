"""`python -m tools.mutate`: exit code 1 when a mutant survives that is not explained."""

from __future__ import annotations

import argparse
import sys
import tomllib
from pathlib import Path

import pytest

from tools.mutate.mutant import Mutant
from tools.mutate.trials import Trials
from tools.tree import ROOT

EXPLAINED = Path(__file__).with_name("explained.toml")
"""Survivors that mean nothing, each with the reason."""

PROSE = ("contracts/wording.py", "contracts/bill/wording.py", "contracts/reference.py")
"""What only writes sentences for people; changed words break no rule."""


def main() -> int:
    """Try every mutant, print what survived."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutate", description="Mutation testing of rules.")
    parser.add_argument("paths", nargs="*", default=["contracts"], help="modules or folders to change")
    parser.add_argument("--tests", nargs="*", default=["tests/contracts"], help="tests that should notice")
    parser.add_argument("--budget", type=float, default=8.0, help="seconds of tests for one mutant")
    parser.add_argument("--only", default="", help="only mutants whose description contains this")
    parser.add_argument("--no-rows", action="store_true", help="change functions only, not the tables")
    given = parser.parse_args()
    trials = Trials(
        ROOT, _modules(given.paths), rows=not given.no_rows, budget_s=given.budget, only=given.only
    )
    options = ["-q", "-p", "no:cacheprovider", "-s", "-m", "not deep and not slow"]
    code = pytest.main([*options, *given.tests], plugins=[trials])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        return int(code)
    return _report(trials)


def _modules(paths: list[str]) -> list[Path]:
    found = [path for given in paths for path in sorted(_below(ROOT / given))]
    return [path for path in found if str(path.relative_to(ROOT)) not in PROSE]


def _below(path: Path) -> list[Path]:
    return [path] if path.is_file() else list(path.rglob("*.py"))


def explanation(mutant: Mutant, known: dict[str, str]) -> str | None:
    """Why a survivor means nothing: its line is left out, so that edits elsewhere do not matter."""
    return known.get(f"{mutant.file} {mutant.place}: {mutant.change}")


def _report(trials: Trials) -> int:
    known: dict[str, str] = tomllib.loads(EXPLAINED.read_text(encoding="utf-8"))
    result = trials.result
    open_ = [mutant for mutant in result.survived if explanation(mutant, known) is None]
    for mutant in open_:
        print(f"survived: {mutant}")
    for mutant in result.unseen:
        print(f"no test runs: {mutant}")
    explained = len(result.survived) - len(open_)
    total = result.noticed + len(result.survived) + len(result.unseen)
    print(
        f"{total} mutants: {result.noticed} noticed, {explained} explained, {len(open_)} survived, "
        f"{len(result.unseen)} in code that no test runs"
    )
    return 1 if open_ or result.unseen else 0


if __name__ == "__main__":
    sys.exit(main())
