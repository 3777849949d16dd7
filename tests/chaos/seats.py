"""The network under test: made by `sealane network init`, each node a process on a host of its own.

Nodes are started as `sealane node run`, and started again when they end by
themselves, as a service manager would; that they ended is kept for the report.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from cli.client import Client
from cli.errors import CliError
from cli.network_files import load_network
from cli.network_plan import Organisation, Plan, corridor_plan, render_plan
from nodes.storage.database import CHECKPOINT_PAGES
from tests.chaos.ground import Host, small_disk

ROOT = Path(__file__).resolve().parents[2]
HEARTBEAT_MS = 5_000
DISK_MB = 4 * CHECKPOINT_PAGES * 4096 // 2**20
"""Four times what a write-ahead log may grow to: a disk must fill by a fault, never by a long run."""

PROBE_TIMEOUT_S = 4.0
COMMAND_TIMEOUT_S = 600.0
WATCH, CLIENTS = "watch", "clients"
BALLAST = "ballast"
"""The file that fills a disk."""

_UNWANTED = re.compile(
    r"Traceback|a validator contradicted|InvariantViolated|never awaited|broke its own rule"
)


def chaos_plan(validators: int) -> Plan:
    """The corridor's cast with a quick heartbeat; beyond four validators, plain organisations join in."""
    plan = corridor_plan()
    more = tuple(
        Organisation(
            id=f"agency-{n}", name=f"Agency {n}", roles=("agency",), jurisdiction="CN",
            node="validator", members=("clerk",),
        )
        for n in range(1, validators - len(plan.validators) + 1)
    )  # fmt: skip
    quick = replace(plan.parameters, heartbeat_ms=HEARTBEAT_MS)
    return replace(
        plan,
        organisations=(*plan.organisations, *more),
        parameters=quick,
        host="{organisation}",
        listen="0.0.0.0",
    )


def make_network(folder: Path, validators: int) -> Path:
    """A network directory, by the product's own command."""
    (folder / "plan.toml").write_text(render_plan(chaos_plan(validators)), encoding="utf-8")
    sealane("network", "init", "net", "--config", "plan.toml", cwd=folder)
    return folder / "net"


def sealane(*args: object, cwd: Path, exit_code: int | None = 0) -> subprocess.CompletedProcess[str]:
    """A command of the product, as a process; it must end as told, unless that is None."""
    command = [sys.executable, "-m", "cli.main", *map(str, args)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=COMMAND_TIMEOUT_S,
    )
    if exit_code is not None and done.returncode != exit_code:
        raise AssertionError(f"{args} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done


@dataclass(slots=True)
class Seat:
    """One node: where it lives, and its process while it has one."""

    name: str
    kind: str
    directory: Path
    url: str
    host: Host
    log: Path
    clock: Path
    process: subprocess.Popen[bytes] | None = None
    wanted: bool = False
    """Whether it should run: a node that is wanted and has ended is started again."""
    starved: bool = False
    """Whether its disk is full, so that it may end by itself."""
    lock: threading.RLock = field(default_factory=threading.RLock)
    """Held by whoever starts or ends the process."""

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start the node on its host, its wall clock ours to set."""
        environment = os.environ | {
            "PYTHONPATH": f"{ROOT / 'tests' / 'chaos' / 'wallclock'}:{ROOT}",
            "PYTHONSAFEPATH": "1",
            "CHAOS_CLOCK": str(self.clock),
        }
        command = [*self.host.inside, sys.executable, "-m", "cli.main", "node", "run", str(self.directory)]
        with self.lock, self.log.open("ab") as log:
            self.wanted = True
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                env=environment, start_new_session=True,
            )  # fmt: skip

    def kill(self) -> None:
        """End it as a power cut would."""
        with self.lock:
            self.wanted = False
            if self.process is not None:
                self.process.kill()
                self.process.wait()

    def stop(self, grace_s: float) -> int | None:
        """End it in order; its exit code, or None when it had to be killed."""
        self.wanted = False
        if self.process is None:
            return 0
        self.process.terminate()
        try:
            return self.process.wait(grace_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None

    def pause(self) -> None:
        """Let it hang."""
        if self.alive and self.process is not None:
            self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        if self.alive and self.process is not None:
            self.process.send_signal(signal.SIGCONT)

    def set_clock(self, offset_ms: int) -> None:
        """Move its wall clock away from the machine's."""
        with self.clock.open("r+b") as file:
            file.write(struct.pack("<q", offset_ms))

    def fill_disk(self) -> None:
        """Leave not one byte on its disk, however small the writes."""
        with (self.directory / BALLAST).open("ab", buffering=0) as file:
            for size in (1 << 20, 4096, 1):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError:
                    continue

    def free_disk(self) -> None:
        (self.directory / BALLAST).unlink(missing_ok=True)

    def tend(self) -> tuple[int, str] | None:
        """Start it again if it ended by itself; the exit code that it ended with, and its last words."""
        with self.lock:
            if not self.wanted or self.process is None or self.process.poll() is None:
                return None
            end = self.process.returncode, self._last_words()
            self.start()
            return end

    def status(self) -> dict[str, Any] | None:
        """What it says of itself; None when it does not answer."""
        probe = Client(self.url, timeout_s=PROBE_TIMEOUT_S)
        try:
            return probe.status()
        except CliError:
            return None
        finally:
            probe.close()

    def _last_words(self) -> str:
        """The newest line of its log: of a node that ended by itself, why."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return lines[-1] if lines else "it said nothing"

    def unwanted_lines(self) -> list[str]:
        """Lines of the log that must never be there."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return [line for line in lines if _UNWANTED.search(line)]


def make_seats(network: Path, hosts: dict[str, Host], results: Path) -> dict[str, Seat]:
    """The nodes of a network directory, each with a small disk and a clock of its own."""
    _, places = load_network(network)
    seats = {}
    for place in places:
        name = place.organisation
        small_disk(place.directory, DISK_MB)
        clock = results / f"{name}.clock"
        clock.write_bytes(bytes(8))
        log = results / f"{name}.log"
        log.touch()
        seats[name] = Seat(name, place.kind, place.directory, place.url, hosts[name], log, clock)
    return seats


def keep_disks(seats: dict[str, Seat], results: Path) -> None:
    """Copy what nodes stored to where it outlives the run."""
    for seat in seats.values():
        shutil.copytree(seat.directory, results / "nodes" / seat.name, dirs_exist_ok=True)
