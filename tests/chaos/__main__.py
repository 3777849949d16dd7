"""`python -m tests.chaos --minutes 10 [--seed N]`: hurt a real network, then check what everybody was told.

Exits 0 when nothing was found, 1 with the findings, and 0 with the reason where
this machine cannot run it, unless SEALANE_REQUIRE_CHAOS=1 makes that a failure.
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys

from tests.chaos.ground import INSIDE, CannotRun, enter
from tests.chaos.run import Options, run


def main() -> int:
    given = sys.argv[1:]
    options = _options(given)
    try:
        if os.environ.get(INSIDE) != "1":
            if "--seed" not in given:
                given += ["--seed", str(options.seed)]
            return enter(given)
        return run(options)
    except CannotRun as why:
        print(f"chaos: NOT RUN: {why}", flush=True)
        return 1 if os.environ.get("SEALANE_REQUIRE_CHAOS") == "1" else 0


def _options(given: list[str]) -> Options:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10.0, help="how long faults go on")
    parser.add_argument("--seed", type=int, default=None, help="of the schedule; a fresh one unless given")
    parser.add_argument("--validators", type=int, default=4, choices=range(4, 11), metavar="4..10")
    parser.add_argument("--only", default="", help="kinds of faults, separated by commas; all unless given")
    found = parser.parse_args(given)
    seed = secrets.randbelow(10**9) if found.seed is None else found.seed
    only = tuple(kind for kind in found.only.split(",") if kind)
    return Options(minutes=found.minutes, seed=seed, validators=found.validators, only=only)


if __name__ == "__main__":
    sys.exit(main())
