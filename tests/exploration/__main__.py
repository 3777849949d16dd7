"""Larger searches by hand: `python -m tests.exploration --rounds 3 --limit 5000000`."""

from __future__ import annotations

import argparse
import sys

from nodes.bft import round as rules
from tests.exploration.model import Setting
from tests.exploration.mutants import DEEPER, MUTANTS
from tests.exploration.search import Search
from tests.exploration.test_exploration import CASES


def main() -> int:
    """Run one search for each seat that the traitor may have; 1 when one of them found a violation."""
    parser = argparse.ArgumentParser(prog="python -m tests.exploration", description=__doc__)
    parser.add_argument("--rounds", type=int, default=2, help="rounds 0 to this, exclusive (2)")
    parser.add_argument("--limit", type=int, help="most states of one search; it is not exhaustive beyond")
    parser.add_argument("--mutant", choices=sorted({**MUTANTS, **DEEPER}), help="break a rule")
    options = parser.parse_args()
    apply = {**MUTANTS, **DEEPER}.get(options.mutant, rules.apply)
    violated = False
    for case, honest in CASES.items():
        found = Search(Setting(honest=honest, rounds=options.rounds, apply=apply)).run(options.limit)
        print(found.line(case) + (", cut off" if found.states == options.limit else ""), flush=True)
        print("\n".join(found.trace))
        violated |= bool(found.violation)
    return int(violated)


if __name__ == "__main__":
    sys.exit(main())
