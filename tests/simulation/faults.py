"""What goes wrong, and when: the schedule of one seed's faults, and the peace after them.

Links are lossy and clocks crooked from the start; what is listed in the scenario
happens now and then on top. Whatever is broken is mended after a while, or by
`heal`, which ends all of it at once.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

from ledger.primitives import Height
from nodes.bft.journal import FileJournal
from nodes.network.interface import PeerId
from nodes.signing import vouch_in
from nodes.storage import Store
from tests.simulation.machine import Machine
from tests.simulation.network import Link
from tests.simulation.world import borrow_store, return_store

if TYPE_CHECKING:
    from tests.simulation.simulation import Simulation

BOUNDARIES = (
    "before-write",
    "after-write",
    "before-sync",
    "after-sync",
    "before-commit",
    "after-commit",
    "before-replace",
    "after-replace",
    "before-truncate",
    "before-create",
)
"""Where the power can fail within an operation on a disk."""

FORGETS_FROM = 3
"""J6: below this height a lost journal is not told from one that never was."""


class Faults:
    """See the module."""

    def __init__(self, simulation: Simulation, random: Random) -> None:
        self._simulation = simulation
        self._random = random
        self._stormy = True
        self._copies: list[Store] = []
        self._kinds: dict[str, Callable[[], None]] = {
            "crash": self._crash,
            "crash at a boundary": self._crash_at_boundary,
            "crash of all": self._crash_of_all,
            "clean restart": self._clean_restart,
            "partition": self._partition,
            "one-way partition": self._one_way,
            "rolling partition": self._rolling,
            "slow node": self._slow,
            "clock jump": self._jump,
            "full disk": self._full,
            "lost journal": self._lose_journal,
            "lost journals of many": self._lose_many,
            "lost disk": self._lose_disk,
            "old database": self._old_database,
        }

    def begin(self) -> None:
        """Make the links and clocks what the scenario says, and start the schedule."""
        simulation, random = self._simulation, self._random
        scenario = simulation.scenario
        peers = simulation.hub.known
        for source in peers:
            for target in peers:
                far = random.choice((0.5, 1.0, 2.0))
                simulation.hub.links[source, target] = Link(
                    delay=scenario.delay * far,
                    jitter=scenario.jitter * far,
                    loss=scenario.loss,
                    repeat=scenario.repeat,
                    reorder=scenario.reorder,
                )
        for machine in simulation.machines:
            if scenario.skew_ms:
                machine.clock.skew_ms = random.uniform(-scenario.skew_ms, scenario.skew_ms)
                machine.clock.drift = random.choice((0.0, random.uniform(-0.001, 0.001)))
                simulation.reached("fault clock skew")
                simulation.reached("fault clock drift", machine.clock.drift != 0)
        if scenario.faults:
            self._later()

    def _later(self) -> None:
        self._simulation.loop.call_later(
            min(self._random.expovariate(1 / self._simulation.scenario.pace_s), 10.0), self._strike
        )

    def _strike(self) -> None:
        if not self._stormy:
            return
        kind = self._random.choice(self._simulation.scenario.faults)
        self._kinds[kind]()
        self._later()

    def _did(self, kind: str, detail: str = "") -> None:
        self._simulation.faults_injected += 1
        self._simulation.reached(f"fault {kind}")
        self._simulation.observer.note("faults", kind, detail)

    def _running(self) -> list[Machine]:
        return [machine for machine in self._simulation.machines if machine.running]

    def _after(self, low: float, high: float, work: Callable[[], None]) -> None:
        self._simulation.outside(self._random.uniform(low, high), work)

    @property
    def stormy(self) -> bool:
        """Whether things still go wrong."""
        return self._stormy

    # ----- power ------------------------------------------------------------------

    def _crash(self) -> None:
        if up := self._running():
            machine = self._random.choice(up)
            self._did("crash", machine.name)
            self._simulation.power_failed(machine, "any moment")

    def _crash_of_all(self) -> None:
        self._did("crash of all")
        for machine in self._running():
            self._simulation.power_failed(machine, "any moment")

    def _crash_at_boundary(self) -> None:
        if up := self._running():
            machine = self._random.choice(up)
            machine.crash_at = (self._random.choice(BOUNDARIES), self._random.randint(1, 4))
            self._did("crash at a boundary", f"{machine.name} {machine.crash_at}")

    def _clean_restart(self) -> None:
        if up := self._running():
            machine = self._random.choice(up)
            self._did("clean restart", machine.name)
            self._simulation.stop_cleanly(machine)

    def restart_later(self, machine: Machine) -> None:
        """Bring a machine back."""
        self._after(0.05, 0.5 if self._random.random() < 0.5 else 6.0, lambda: self.bring_up(machine))

    def bring_up(self, machine: Machine) -> None:
        """Start a machine, unless it runs already or its disk is full: then it starts when there is room."""
        if machine.running or machine.disk.full:
            return
        machine.start()

    # ----- network ----------------------------------------------------------------

    def _cut(self, pairs: list[tuple[PeerId, PeerId]], low: float, high: float) -> None:
        hub, random = self._simulation.hub, self._random
        if not self._stormy:
            return
        for pair in pairs:
            hub.link(*pair).cut = True
            if random.random() < 0.3:
                hub.break_wire(*pair, within=3.0)

        def mend() -> None:
            for pair in pairs:
                hub.link(*pair).cut = False

        self._after(low, high, mend)

    def _sides(self) -> tuple[list[PeerId], list[PeerId]]:
        peers = list(self._simulation.hub.known)
        self._random.shuffle(peers)
        cut = self._random.randint(1, len(peers) - 1)
        return peers[:cut], peers[cut:]

    def _partition(self) -> None:
        one, other = self._sides()
        self._did("partition", f"{' '.join(map(str, one))} | {' '.join(map(str, other))}")
        self._cut([(a, b) for a in one for b in other] + [(b, a) for a in one for b in other], 0.3, 6.0)

    def _one_way(self) -> None:
        one, other = self._sides()
        self._did("one-way partition", f"{' '.join(map(str, one))} -> {' '.join(map(str, other))}")
        self._cut([(a, b) for a in one for b in other], 0.3, 6.0)

    def _rolling(self) -> None:
        """One node after the other is alone for a second."""
        peers = list(self._simulation.hub.known)
        self._did("rolling partition")
        for number, alone in enumerate(peers):
            others = [peer for peer in peers if peer != alone]
            pairs = [(alone, peer) for peer in others] + [(peer, alone) for peer in others]
            self._simulation.loop.call_later(number, self._cut, pairs, 1.0, 1.3)

    # ----- machines ---------------------------------------------------------------

    def _slow(self) -> None:
        machine = self._random.choice(self._simulation.machines)
        factor = self._random.choice((20.0, 100.0, 300.0))
        self._did("slow node", f"{machine.name} {factor}")
        self._set_slowness(machine, factor)
        self._after(1.0, 8.0, lambda: self._set_slowness(machine, 1.0))

    def _set_slowness(self, machine: Machine, factor: float) -> None:
        machine.slowness = factor
        if machine.life is not None:
            machine.life.slowness = factor

    def _jump(self) -> None:
        machine = self._random.choice(self._simulation.machines)
        jump = self._random.uniform(-20_000, 20_000)
        self._did("clock jump", f"{machine.name} {jump:.0f} ms")
        machine.clock.skew_ms += jump

        def back() -> None:
            if self._stormy:
                machine.clock.skew_ms -= jump

        self._after(0.5, 6.0, back)

    def _full(self) -> None:
        machine = self._random.choice(self._simulation.machines)
        self._did("full disk", machine.name)
        machine.disk.full = True
        self._after(0.5, 6.0, lambda: self._empty(machine))

    def _empty(self, machine: Machine) -> None:
        machine.disk.full = False
        self.bring_up(machine)

    def _lose_journal(self) -> None:
        """The power fails, and the journal with it, of fewer machines at a time than may be faulty."""
        if machine := self._dispensable():
            self._did("lost journal", machine.name)
            self._simulation.power_failed(machine, "any moment")
            machine.lose_journals()

    def _dispensable(self) -> Machine | None:
        """An honest machine that may fail beside those that have, and is not the last to hold a block."""
        honest = [machine for machine in self._simulation.machines if machine.honest]
        abstaining = sum(machine.abstains for machine in honest)
        if self._simulation.faults_bearable - len(self._simulation.traitors) - abstaining <= 0:
            return None
        spare = [m for m in honest if m.running and m.height >= FORGETS_FROM and self._is_spare(m)]
        return self._random.choice(spare) if spare else None

    def _is_spare(self, machine: Machine) -> bool:
        """Whether another honest machine has the newest block there is."""
        honest = [one for one in self._simulation.machines if one.honest]
        newest = max(one.height for one in honest)
        return any(one.height == newest for one in honest if one is not machine)

    def _lose_disk(self) -> None:
        """A machine comes back with its keys and nothing else."""
        if machine := self._dispensable():
            self._did("lost disk", machine.name)
            self._simulation.power_failed(machine, "any moment")
            machine.disk.files.clear()
            machine.lose_journals()
            machine.restore(self._simulation.world.template)

    def _old_database(self) -> None:
        """A database is copied, and after a while the copy takes its place; the journal stays (J7)."""
        if machine := self._dispensable():
            copy = borrow_store(machine.store)
            self._copies.append(copy)
            self._after(0.1, self._random.choice((1.0, 6.0)), lambda: self._go_back(machine, copy))

    def _go_back(self, machine: Machine, copy: Store) -> None:
        if self._stormy and machine.running and self._dispensable() and self._is_spare(machine):
            self._did("old database", machine.name)
            self._simulation.power_failed(machine, "any moment")
            machine.restore(copy)

    def _lose_many(self) -> None:
        """More journals are lost than may be, of keys that signed nothing beyond the newest block (K4).

        Not in a fork: until the witness log is synced, journals alone have what names the guilty (F3).
        """
        simulation = self._simulation
        if simulation.scenario.mode == "treason":
            return
        newest = Height(max(machine.height for machine in simulation.machines))
        known = [m for m in self._running() if m.honest and m.settled and not m.abstains]
        silent = [m for m in known if all(one.last_place()[0] <= newest for one in m.signers)]
        if newest < FORGETS_FROM or len(silent) <= simulation.faults_bearable:
            return
        self._did("lost journals of many", " ".join(machine.name for machine in silent))

        def vouch(journal: FileJournal, tip: Height) -> None:
            if not journal.fresh:
                return  # said already: the power failed again before the node was up
            vouch_in(journal, tip, newest)
            simulation.reached("K4 vouched for a journal")

        for machine in silent:
            simulation.power_failed(machine, "any moment")
            machine.lose_journals()
            machine.told = vouch

    def close(self) -> None:
        """Give back what was copied."""
        for copy in self._copies:
            return_store(copy)

    # ----- peace ------------------------------------------------------------------

    def heal(self) -> None:
        """End all faults: links are quick and whole, clocks right, disks empty, and every machine runs."""
        self._stormy = False
        simulation = self._simulation
        simulation.observer.note("faults", "end")
        for pair in simulation.hub.links:
            in_flight = simulation.hub.links[pair].in_flight
            simulation.hub.links[pair] = Link(delay=0.01, jitter=0.01, in_flight=in_flight)
        for machine in simulation.machines:
            machine.clock.skew_ms, machine.clock.drift = 0.0, 0.0
            self._set_slowness(machine, 1.0)
        self.power_on()

    def power_on(self) -> None:
        """Every machine runs, with room on its disk, and does not crash any more."""
        self._stormy = False
        for machine in self._simulation.machines:
            machine.crash_at = None
            machine.disk.full = False
            self.bring_up(machine)
