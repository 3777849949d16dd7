"""One target under atheris, which looks for inputs that reach new lines: `python -m tests.fuzz` starts it.

    python -m tests.fuzz.guided TARGET SECONDS FOLDER

Inputs that reached something are kept in the folder and come first the next time.
An input at fault is written to `FOLDER/fault-...`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["ledger", "contracts", "nodes", "cli"]):
    from tests.fuzz.doors import DOORS

MAX_BYTES = 65_536
"""Longest input tried: faults that need more are for the tests of the largest inputs."""


def main() -> None:
    """Fuzz until the time is up; atheris ends the process."""
    name, seconds, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    target = DOORS[name]
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds()):
        (folder / f"seed-{number}").write_bytes(seed)
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={min(target.limit, MAX_BYTES)}",
        "-timeout=10",
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
        f"-artifact_prefix={folder}/fault-",
    ]
    atheris.Setup([sys.argv[0], str(folder), *options], target.attempt)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
