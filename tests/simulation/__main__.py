"""`make simulate`: many seeds on all processors, or one again with a transcript."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from tests.simulation.run import simulate
from tests.simulation.scenario import scenario_of
from tests.simulation.verdict import Verdict
from tests.simulation.wanted import missing

CHUNK = 8
"""Seeds that a process is given at a time."""

FOLDER = Path("build") / "simulation"
"""Where transcripts go."""


def run_chunk(seeds: list[int]) -> tuple[list[Verdict], float]:
    """Run some seeds in this process; with the processor time that took, in seconds."""
    started = time.process_time()
    return [_one(seed) for seed in seeds], time.process_time() - started


def _one(seed: int, *, transcript: bool = False) -> Verdict:
    try:
        return simulate(seed, transcript=transcript)
    except BaseException:
        # Whatever escapes a simulation is a failure of this seed, and must not hide the others.
        text = f"the simulation itself failed: {traceback.format_exc()}"
        return Verdict(seed, text, "", 0, 0.0, 0, 0, 0.0, {}, str(scenario_of(seed)))


def batches(seeds: list[int], workers: int) -> Iterator[tuple[list[Verdict], float]]:
    """The verdicts, as they come in."""
    chunks = [seeds[i : i + CHUNK] for i in range(0, len(seeds), CHUNK)]
    if workers == 1:
        yield from map(run_chunk, chunks)
        return
    with ProcessPoolExecutor(workers, max_tasks_per_child=None) as pool:
        for future in as_completed([pool.submit(run_chunk, chunk) for chunk in chunks]):
            yield future.result()


def replay(seed: int) -> int:
    """Run one seed again and write down what happened."""
    verdict = _one(seed, transcript=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"seed-{seed}.txt"
    path.write_text(
        "\n".join([*verdict.transcript, verdict.violation or "no violation", ""]), encoding="utf-8"
    )
    print(f"seed {seed}: {verdict.scenario}")
    print(f"{verdict.heights} heights in {verdict.virtual_s:.1f} s of virtual time, trace {verdict.trace}")
    print(f"transcript: {path}")
    print(verdict.violation or "no violation")
    return 1 if verdict.violation else 0


def campaign(seeds: list[int], workers: int) -> int:
    """Run many seeds; the exit code."""
    started, counts = time.monotonic(), Counter[str]()
    done, heights, faults, virtual_s, slack, spent_s = 0, 0, 0, 0.0, 0.0, 0.0
    failed: list[Verdict] = []
    for verdicts, processor_s in batches(seeds, workers):
        spent_s += processor_s
        for verdict in verdicts:
            done += 1
            heights += verdict.heights
            faults += verdict.faults
            virtual_s += verdict.virtual_s
            slack = max(slack, verdict.slack)
            counts.update(verdict.counts)
            if verdict.violation:
                failed.append(verdict)
                print(f"seed {verdict.seed} FAILS: {verdict.violation}\n  {verdict.scenario}", flush=True)
        if done % 400 < CHUNK and sys.stdout.isatty():
            print(f"  {done} of {len(seeds)}", flush=True)
    spent = time.monotonic() - started
    print(
        f"{done} seeds in {spent:.0f} s, {done / spent:.2f} seeds/s, {spent_s / done:.2f} s of processor "
        f"time a seed: {heights} heights decided in {virtual_s / 3600:.1f} hours of virtual time, {faults} "
        f"faults injected; after the faults at most {slack:.0%} of the time allowed was needed"
    )
    for name, count in sorted(counts.items()):
        print(f"  {count:>9}  {name}")
    lacking = missing(counts, done)
    for name in lacking:
        print(f"NEVER REACHED: {name}")
    for verdict in failed[:3]:
        replay(verdict.seed)
    for verdict in failed:
        print(f"to see it again: make simulate SEED={verdict.seed}")
    return 1 if failed or lacking else 0


def main() -> int:
    """Read the arguments."""
    parser = argparse.ArgumentParser(prog="make simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="how many")
    parser.add_argument("--start", default="0", help="the first; `random` chooses one and prints it")
    parser.add_argument("--seed", type=int, help="run this one again and write its transcript")
    parser.add_argument("--workers", type=int, default=0, help="processes; 0 for one a core")
    options = parser.parse_args()
    if options.seed is not None:
        return replay(options.seed)
    start = secrets.randbelow(10**12) if options.start == "random" else int(options.start)
    print(f"seeds {start} to {start + options.seeds - 1}", flush=True)
    return campaign(list(range(start, start + options.seeds)), options.workers or os.cpu_count() or 1)


if __name__ == "__main__":
    raise SystemExit(main())
