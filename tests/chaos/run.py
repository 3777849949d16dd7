"""One run: ground, network, clients, phases of faults, healing, and the judgement."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from tests.chaos.ground import make_hosts, name_hosts
from tests.chaos.history import History
from tests.chaos.judgement import judge
from tests.chaos.nemesis import Nemesis, Stuck
from tests.chaos.report import Figures, print_report
from tests.chaos.schedule import KINDS, phases
from tests.chaos.seats import CLIENTS, ROOT, WATCH, Seat, chaos_plan, keep_disks, make_network, make_seats
from tests.chaos.weather import Weather

RESULTS = ROOT / "build" / "chaos"
KEPT_RUNS = 10
"""The newest runs whose files are kept; each has some ten megabytes."""

STOP_S = 90.0
"""How long clients and nodes may take to end in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line asks for."""

    minutes: float
    seed: int
    validators: int
    only: tuple[str, ...] = ()


def run(options: Options) -> int:
    """One run; its exit code. Everything it leaves is below `RESULTS`."""
    unknown = set(options.only) - set(KINDS)
    if unknown:
        raise SystemExit(f"no such faults: {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}")
    results = RESULTS / f"seed-{options.seed}"
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir(parents=True)
    for old in sorted(RESULTS.iterdir(), key=lambda path: path.stat().st_mtime)[:-KEPT_RUNS]:
        shutil.rmtree(old, ignore_errors=True)
    print(
        f"chaos: seed {options.seed}, {options.minutes:g} minutes, {options.validators} validators",
        flush=True,
    )
    began = time.monotonic()
    with ExitStack() as stack:
        stage = _Stage(options, results, stack)
        try:
            stage.hurt()
        except (Stuck, subprocess.TimeoutExpired) as stuck:
            stage.nemesis.tally.findings.append(str(stuck))
        findings = ["the run was not judged to its end"]
        try:
            figures, findings = stage.judge(time.monotonic() - began)
        finally:
            if findings:
                keep_disks(stage.seats, results)
    return print_report(options, figures, findings, results)


class _Stage:
    """Everything that a run has put up; taken down by the stack."""

    def __init__(self, options: Options, results: Path, stack: ExitStack) -> None:
        self.options, self.results, self._stack = options, results, stack
        self.network = make_network(results, options.validators)
        names = [organisation.id for organisation in chaos_plan(options.validators).nodes]
        self.hosts = make_hosts([WATCH, CLIENTS, *names], WATCH)
        for host in self.hosts.values():
            stack.callback(host.close)
        name_hosts(self.hosts, results)
        weather = Weather(self.hosts, options.seed)
        weather.start()
        stack.callback(weather.stop)
        self.weather = weather
        self.seats: dict[str, Seat] = make_seats(self.network, self.hosts, results)
        self.history = History(results / "nemesis.jsonl")
        self.nemesis = Nemesis(self.seats, weather, self.history)
        for seat in self.seats.values():
            seat.start()
            stack.callback(seat.kill)
        self.nemesis.start()
        stack.callback(self.nemesis.stop)

    def hurt(self) -> None:
        """Faults and healing until the time is up; then quiet."""
        took_s = self.nemesis.heal()
        print(f"chaos: {len(self.seats)} nodes ready after {took_s:.1f} s", flush=True)
        clients = self._start_clients()
        try:
            self._phases()
        finally:
            clients.stdin.close()
            clients.wait(STOP_S)
        if clients.returncode:
            raise Stuck(f"the clients ended with exit code {clients.returncode}: see clients.log")

    def _phases(self) -> None:
        end = time.monotonic() + self.options.minutes * 60
        validators = [seat.name for seat in self.seats.values() if seat.kind == "validator"]
        observers = [seat.name for seat in self.seats.values() if seat.kind == "observer"]
        with (self.results / "schedule.txt").open("w", encoding="utf-8") as schedule:
            for phase in takewhile(
                lambda _: time.monotonic() < end,
                phases(self.options.seed, validators, observers, self.options.only),
            ):
                print(phase, flush=True)
                print(phase, file=schedule, flush=True)
                self.nemesis.run(phase)
                took_s = self.nemesis.heal({fault.kind for fault in phase.faults})
                heights = [height for height, _ in self.nemesis.heights.values()]
                print(f"  recovered in {took_s:.1f} s, height {max(heights)}", flush=True)

    def _start_clients(self) -> subprocess.Popen[str]:
        given = {
            "network": str(self.network),
            "urls": {seat.name: seat.url for seat in self.seats.values()},
            "seed": self.options.seed,
        }
        (self.results / "clients.json").write_text(json.dumps(given), encoding="utf-8")
        command = [sys.executable, "-m", "tests.chaos.clients", str(self.results)]
        with (self.results / "clients.log").open("wb") as log:
            clients = subprocess.Popen(
                [*self.hosts[CLIENTS].inside, *command],
                stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT, cwd=ROOT, text=True,
            )  # fmt: skip
        self._stack.callback(clients.kill)
        return clients

    def judge(self, seconds: float) -> tuple[Figures, list[str]]:
        """Read everything, stop the nodes, and judge."""
        findings = self.nemesis.tally.findings
        ledgers, judged = judge(self.network, self.seats, self.nemesis, self.results)
        figures = Figures.of(self.nemesis.tally, self.weather, ledgers, judged, seconds)
        return figures, [*findings, *judged.findings]
