"""The nemesis: makes the faults of a phase happen, heals them, and waits until the network has recovered."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from threading import Event, Thread

from tests.chaos.history import History
from tests.chaos.schedule import Fault, Phase
from tests.chaos.seats import CLIENTS, Seat
from tests.chaos.weather import Link, Overlay, Weather

STALL_S = 150.0
"""A healed network whose heights all stand still for this long is stuck: heartbeats come every 5 s."""

RECOVERY_HEIGHTS = 60
"""By when the last node must be ready again: this many blocks after the healing, at least."""

LOSS, DELAY_MS, JITTER_MS = 0.3, 50.0, 150.0
ROLL_S, FLAP_S = 2.5, 1.5
TEND_S = 1.0

BAD_WEATHER: Mapping[str, Link] = {
    "loss": Link(loss=LOSS),
    "latency": Link(delay_ms=DELAY_MS, jitter_ms=JITTER_MS),
    "duplication": Link(twice=0.3),
    "reordering": Link(delay_ms=1.0, jitter_ms=40.0),
}


class Stuck(AssertionError):
    """The network was healed and does not recover."""


@dataclass(slots=True)
class Tally:
    """For the report."""

    injected: Counter[str] = field(default_factory=Counter)
    recovery_s: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Longest recovery of a phase in which a kind of fault took part."""
    restarts: Counter[str] = field(default_factory=Counter)
    """Nodes that ended by themselves and were started again."""
    went_on: int = 0
    """Phases in which no more than f validators were hit, and the others sealed on."""
    findings: list[str] = field(default_factory=list)


class Nemesis:
    """Faults at work."""

    def __init__(self, seats: Mapping[str, Seat], weather: Weather, history: History) -> None:
        self._seats = seats
        self._weather = weather
        self._history = history
        self._validators = [seat.name for seat in seats.values() if seat.kind == "validator"]
        self._overlays: dict[str, Overlay] = {}
        self._stop = Event()
        self._watchers = [Thread(target=self._tend, name="tend", daemon=True)]
        self._watchers += [Thread(target=self._watch, args=(seat,), daemon=True) for seat in seats.values()]
        self.heights: dict[str, tuple[int, bool]] = {}
        """What each node said last: height, and whether it is ready."""
        self.times_ms: dict[str, int] = {}
        """Block time of each node's newest block, as it said last."""
        self._blocks: dict[int, tuple[str, str]] = {}
        """Block id by height, and which node said so first."""
        self._fork = ""
        self.tally = Tally()

    def start(self) -> None:
        for watcher in self._watchers:
            watcher.start()

    def stop(self) -> None:
        self._stop.set()
        for watcher in self._watchers:
            watcher.join()

    # One phase

    def run(self, phase: Phase) -> None:
        """Let the phase's faults happen at their times, and undo each.

        When no more than f validators are hit, the first fault does not end before the
        others have sealed another block. Raises `Stuck`.
        """
        began = time.monotonic()
        moments = [(fault.begin_s, True, fault) for fault in phase.faults]
        moments += [(fault.end_s, False, fault) for fault in phase.faults]
        spared: frozenset[str] | None = None
        for at_s, begins, fault in sorted(moments, key=lambda moment: moment[0]):
            self._meanwhile(began + at_s, phase, began)
            if not begins and spared is None:
                spared = phase.spared(self._validators)
                self._await_block(spared)
            self._history.write("fault", what=fault.kind, nodes=fault.nodes, begins=begins)
            if begins:
                self.tally.injected[fault.kind] += 1
                self._begin(fault)
            else:
                self._end(fault)

    def _meanwhile(self, until: float, phase: Phase, began: float) -> None:
        """Wait, while partitions roll and nodes that catch up are killed again."""
        while (left := until - time.monotonic()) > 0:
            now_s = time.monotonic() - began
            for fault in phase.faults:
                if fault.begin_s <= now_s <= fault.end_s:
                    self._go_on(fault, now_s)
            time.sleep(min(left, 0.25))

    def _await_block(self, spared: frozenset[str]) -> None:
        """While all faults last, wait until those who are spared have another block; nobody, no wait."""
        if not spared:
            return
        self.tally.went_on += 1
        began = time.monotonic()
        height = max(self.heights[name][0] for name in spared)
        while max(self.heights[name][0] for name in spared) <= height:
            if time.monotonic() - began > STALL_S:
                raise Stuck(f"no block after {height}, though a quorum is spared: {sorted(spared)}")
            time.sleep(0.2)

    def _go_on(self, fault: Fault, now_s: float) -> None:
        if fault.kind == "rolling":
            turn = int(now_s / ROLL_S) % len(fault.nodes)
            self._overlay(fault.kind, self._apart({fault.nodes[turn]}, both=True))
        elif fault.kind == "kill-catching-up":
            (seat,) = self._at(fault)
            # Away for a while, so that there is something to catch up with, then killed while it does.
            if now_s - fault.begin_s > (fault.end_s - fault.begin_s) / 2 and int(now_s / FLAP_S) % 2:
                if not seat.alive:
                    seat.start()
            elif seat.alive:
                seat.kill()

    def _begin(self, fault: Fault) -> None:
        if fault.kind in BAD_WEATHER:
            self._overlay(fault.kind, self._everywhere(BAD_WEATHER[fault.kind]))
        elif fault.kind in ("halves", "isolation", "one-way"):
            self._overlay(fault.kind, self._apart(set(fault.nodes), both=fault.kind != "one-way"))
        elif fault.kind == "bridge":
            self._overlay(fault.kind, self._bridged(fault.nodes[0]))
        elif fault.kind.startswith("clock-"):
            self._set_clocks(fault, fault.number)
        else:
            for seat in self._at(fault):
                _befall(seat, fault.kind)

    def _end(self, fault: Fault) -> None:
        self._overlays.pop(fault.kind, None)
        self._weather.change(self._overlays.values())
        if fault.kind.startswith("kill-"):
            for seat in self._at(fault):
                if not seat.alive:
                    seat.start()
        elif fault.kind.startswith("pause-"):
            for seat in self._at(fault):
                seat.resume()
        elif fault.kind == "disk-full":
            for seat in self._at(fault):
                seat.free_disk()
        elif fault.kind.startswith("clock-"):
            self._set_clocks(fault, 0)

    def _at(self, fault: Fault) -> list[Seat]:
        return [self._seats[name] for name in fault.nodes]

    def _set_clocks(self, fault: Fault, offset_ms: int) -> None:
        for place, seat in enumerate(self._at(fault)):
            signed = offset_ms if place % 2 == 0 else -offset_ms
            self._history.write("clock", node=seat.name, offset_ms=signed)
            seat.set_clock(signed)

    # Weather

    def _overlay(self, kind: str, overlay: Overlay) -> None:
        self._overlays[kind] = overlay
        self._weather.change(self._overlays.values())

    def _everywhere(self, link: Link) -> Overlay:
        names = [*self._seats, CLIENTS]
        return {(a, b): link for a in names for b in names if a != b}

    def _apart(self, side: set[str], *, both: bool) -> Overlay:
        """Nothing passes from the others to this side, nor back if both; clients are with the others."""
        others = [name for name in (*self._seats, CLIENTS) if name not in side]
        cut = Link(cut=True)
        ways = {(other, name): cut for other in others for name in side}
        return ways | ({(b, a): cut for a, b in ways} if both else {})

    def _bridged(self, middle: str) -> Overlay:
        """Two groups that can speak only with the one in the middle."""
        rest = [name for name in self._seats if name != middle]
        left = set(rest[::2])
        cut = Link(cut=True)
        return {(a, b): cut for a in rest for b in rest if (a in left) != (b in left)}

    # Healing

    def heal(self, kinds: Iterable[str] = ()) -> float:
        """Undo everything, wait until all nodes are ready and seal anew; the seconds it took.

        Raises `Stuck`. What is bounded is the time without any progress, and the
        number of blocks a node may take to catch up, since machines differ.
        """
        self._overlays.clear()
        self._weather.change(())
        for seat in self._seats.values():
            seat.free_disk()
            seat.set_clock(0)
            self._history.write("clock", node=seat.name, offset_ms=0)
            seat.resume()
            if not seat.alive and not seat.wanted:
                seat.start()
        began = time.monotonic()
        floor = max((height for height, _ in self.heights.values()), default=0)
        self._await_recovery(floor, began)
        for seat in self._seats.values():
            seat.starved = False
        took_s = time.monotonic() - began
        for kind in kinds:
            self.tally.recovery_s[kind] = max(self.tally.recovery_s[kind], took_s)
        self._history.write("recovered", seconds=round(took_s, 1), floor=floor)
        return took_s

    def _await_recovery(self, floor: int, began: float) -> None:
        best, moved = self._sum(), began
        while not self._recovered(floor + 2):
            now, found = time.monotonic(), self._sum()
            if found > best:
                best, moved = found, now
            top = max((height for height, _ in self.heights.values()), default=0)
            left_behind = top > floor + RECOVERY_HEIGHTS and now - began > STALL_S
            if now - moved > STALL_S or left_behind:
                took = f"{now - began:.0f} s after healing at height {floor}"
                raise Stuck(f"not recovered {took}: {self.heights}")
            if self._weather.failure is not None:
                raise self._weather.failure
            if self._fork:
                raise Stuck(self._fork)
            time.sleep(0.2)

    def _sum(self) -> int:
        return sum(height for height, _ in self.heights.values())

    def _recovered(self, height: int) -> bool:
        """Whether every node runs, is ready and has a block that was not there before."""
        return len(self.heights) == len(self._seats) and all(
            self._seats[name].alive and found >= height and ready
            for name, (found, ready) in self.heights.items()
        )

    # Watching

    def _watch(self, seat: Seat) -> None:
        """Ask a node again and again what it says of itself, over a line that is always calm."""
        while not self._stop.wait(0.7):
            since = time.monotonic_ns()
            found = seat.status()
            if found is None:
                self.heights[seat.name] = (self.heights.get(seat.name, (0, False))[0], False)
                continue
            self.heights[seat.name] = (found["height"], found["ready"])
            self.times_ms[seat.name] = found["time_ms"]
            self._compare(seat.name, found["height"], found["block_id"])
            told = {name: found[name] for name in ("height", "time_ms", "ready", "reasons", "round")}
            self._history.write("observe", node=seat.name, since=since, **told)

    def _compare(self, node: str, height: int, block_id: str) -> None:
        """Two nodes with different blocks at one height are beyond recovery: say so at once."""
        first, told = self._blocks.setdefault(height, (node, block_id))
        if told != block_id:
            self._fork = f"{first} and {node} have different blocks {height}: {told} and {block_id}"

    def _tend(self) -> None:
        """Start nodes that ended by themselves, which only a full disk excuses."""
        while not self._stop.wait(TEND_S):
            for seat in self._seats.values():
                starved = seat.starved
                end = seat.tend()
                if end is None:
                    continue
                code, words = end
                self._history.write("ended", node=seat.name, code=code, starved=starved)
                self.tally.restarts[seat.name] += 1
                if not starved:
                    self.tally.findings.append(f"{seat.name} ended by itself with exit code {code}: {words}")


def _befall(seat: Seat, kind: str) -> None:
    """What happens to one machine."""
    if kind.startswith("kill-"):
        seat.kill()
    elif kind.startswith("pause-"):
        seat.pause()
    elif kind == "disk-full":
        seat.starved = True
        seat.fill_disk()
