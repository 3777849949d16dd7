"""`python -m benchmarks`: drive a network of four validators on this machine and print what it does.

Statements are signed before the clock starts. The rate is given beside the number
of ES256 signatures that one core verifies in the same run, since that is the work
that no node can avoid. `--kill` ends one validator with SIGKILL in the middle,
starts it again, and checks that nothing acknowledged was lost.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from benchmarks.audit import check_nothing_lost
from benchmarks.drive import Outcome, submit_batches, submit_singly
from benchmarks.load import Load, bench_plan, make_load
from cli.network_files import NodePlace, create_network, node_places
from cli.network_up import bring_up, not_ready_because, take_down
from cli.output import Output
from cli.processes import running_pid, start_node, wait_until

VALIDATORS = 4
READY_S = 60.0
CATCH_UP_S = 60.0


def main() -> int:
    """Run the benchmark; 0 when nothing was lost and nothing was refused."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="sealane-bench-", ignore_cleanup_errors=True) as temporary:
        directory = Path(temporary) / "network"
        plan = bench_plan(VALIDATORS, options.port_base)
        genesis = create_network(directory, plan, time_ms=time.time_ns() // 1_000_000)
        places = node_places(directory, plan)
        print(f"signing {options.entries + options.idle} statements ...", flush=True)
        load = make_load(directory, genesis, options.entries + options.idle)
        try:
            begun = time.perf_counter()
            bring_up(Output(), directory, places, timeout_s=READY_S)
            ready_s = time.perf_counter() - begun
            idle = asyncio.run(submit_singly(places[0].url, load.leaves[: options.idle], 0.05))
            outcome, seconds = _drive(options, places, load)
            memory = [_resident_mb(place) for place in places]
        finally:
            take_down(Output(), places)
        expected = set(load.ids[options.idle :])
        databases = [place.directory / "data" / "ledger.db" for place in places]
        problems = check_nothing_lost(databases, expected, outcome)
        _report(load, outcome, idle, seconds, ready_s, memory, options)
    for problem in problems:
        print(f"FAILED: {problem}")
    for refusal in outcome.refused[:3]:
        print(f"REFUSED: {refusal}")
    return 1 if problems or outcome.refused else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--entries", type=int, default=20_000, help="statements under load")
    parser.add_argument("--idle", type=int, default=50, help="statements sent one at a time")
    parser.add_argument("--port-base", type=int, default=18_400)
    parser.add_argument("--kill", action="store_true", help="kill -9 a validator in the middle")
    return parser.parse_args()


def _drive(options: argparse.Namespace, places: list[NodePlace], load: Load) -> tuple[Outcome, float]:
    outcome = Outcome()
    urls = [place.url for place in places]
    work = submit_batches(urls, load.leaves[options.idle :], outcome)
    if not options.kill:
        return outcome, asyncio.run(work)
    return outcome, asyncio.run(_with_kill(work, places, outcome, options.entries))


async def _with_kill(
    work: Coroutine[Any, Any, float], places: list[NodePlace], outcome: Outcome, entries: int
) -> float:
    """Kill the last validator when a third is sealed, start it again at two thirds, and let it catch up."""
    victim = places[-1]
    task = asyncio.create_task(work)
    await _until(lambda: len(outcome.sealed) > entries // 3 or task.done())
    pid = running_pid(victim.directory)
    if pid is not None:
        os.kill(pid, signal.SIGKILL)
        print(f"killed {victim.organisation} (process {pid}) at {len(outcome.sealed)} sealed")
    await _until(lambda: len(outcome.sealed) > 2 * entries // 3 or task.done())
    await asyncio.to_thread(start_node, victim.directory)
    seconds = await task
    caught_up = await asyncio.to_thread(
        wait_until, lambda: not not_ready_because(victim), timeout_s=CATCH_UP_S
    )
    print(f"{victim.organisation} was started again and {'is' if caught_up else 'IS NOT'} ready")
    return seconds


async def _until(condition: Callable[[], bool]) -> None:
    await asyncio.to_thread(wait_until, condition, timeout_s=READY_S)


def _resident_mb(place: NodePlace) -> int:
    pid = running_pid(place.directory)
    status = Path(f"/proc/{pid}/status")
    if pid is None or not status.exists():
        return 0
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) // 1024


def _report(
    load: Load,
    outcome: Outcome,
    idle: list[float],
    seconds: float,
    ready_s: float,
    memory: list[int],
    options: argparse.Namespace,
) -> None:
    rate = len(outcome.sealed) / seconds
    rows = {
        "nodes ready after": f"{ready_s:.1f} s",
        "statement size": f"{load.size_bytes} bytes",
        "ES256 verifications, one core": f"{load.verify_per_s:.0f} /s",
        "sealed under load": f"{len(outcome.sealed)} of {options.entries} in {seconds:.1f} s",
        "sustained rate": f"{rate:.0f} entries/s, {100 * rate / load.verify_per_s:.1f}% of the ES256 limit",
        "batch answered under load": _percentiles(outcome.latency_s),
        "finality when idle": _percentiles(idle),
        "requests repeated": str(outcome.retries),
        "memory after the load": ", ".join(f"{size} MB" for size in memory),
    }
    for name, value in rows.items():
        print(f"{name:32} {value}")


def _percentiles(seconds: list[float]) -> str:
    if len(seconds) < 2:
        return "not measured"
    cuts = statistics.quantiles(seconds, n=20)
    return f"p50 {1000 * statistics.median(seconds):.0f} ms, p95 {1000 * cuts[18]:.0f} ms"


if __name__ == "__main__":
    sys.exit(main())
