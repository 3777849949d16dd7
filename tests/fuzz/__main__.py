"""Fuzz every decoder for as long as one likes: `make fuzz MINUTES=30`.

With atheris, which is installed when the system has it, inputs are led towards
code that was not reached before. Without it the changes of `mutation` go on at
random. Ends with 1 when an input was found at fault, which is then printed.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzz.doors import DOORS
from tests.fuzz.mutation import mutated
from tests.fuzz.targets import Target

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".fuzz"
ROUND = 300
"""Examples between two looks at the clock."""


def hunt(target: Target, seconds: float) -> str:
    """Try changed seeds for a while; what was found, empty when nothing."""
    until_s, tried = time.monotonic() + seconds, 0
    while time.monotonic() < until_s or not tried:

        @seed(random.randrange(2**64))
        @settings(
            max_examples=ROUND,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        @given(mutated(tuple(target.seeds()), target.form, target.prefix))
        def attempt(data: bytes) -> None:
            target.attempt(data)

        try:
            attempt()
        except Exception as error:
            return "\n".join([f"{type(error).__name__}: {error}", *getattr(error, "__notes__", ())])
        tried += ROUND
    print(f"{target.name}: {tried} inputs", flush=True)
    return ""


def guided(target: Target, seconds: float) -> str:
    """The same with atheris, in a process of its own."""
    folder = FOLDER / target.name.replace(" ", "-")
    command = [sys.executable, "-m", "tests.fuzz.guided", target.name, str(max(1, int(seconds))), str(folder)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)
    output = ended.stdout + ended.stderr
    if ended.returncode:
        return output[-4_000:]
    executed = [line for line in output.splitlines() if "number_of_executed_units" in line]
    print(f"{target.name}: {''.join(executed).rpartition(' ')[2] or 'some'} inputs", flush=True)
    return ""


def main(arguments: Sequence[str]) -> int:
    """Share the time between the targets; 1 when one of them is at fault."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--minutes", type=float, default=10.0, help="for all targets together")
    parser.add_argument("--target", action="append", choices=sorted(DOORS), help="only these")
    given_ = parser.parse_args(arguments)
    names = given_.target or list(DOORS)
    find = guided
    if importlib.util.find_spec("atheris") is None:
        print("atheris is not installed: inputs are changed at random, not led by coverage", flush=True)
        find = hunt
    faults = {}
    for name in names:
        fault = find(DOORS[name], given_.minutes * 60 / len(names))
        if fault:
            faults[name] = fault
            print(f"{name}: FAULT\n{fault}\n", flush=True)
    print(f"{len(names) - len(faults)} of {len(names)} targets without a fault")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
