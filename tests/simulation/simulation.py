"""One seed, from its scenario to a verdict."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import copy_context
from random import Random

from ledger.bls import BlsBackend
from ledger.canonical import encode
from ledger.errors import InvariantViolated
from ledger.evidence import GenesisAnchor
from nodes.network.interface import PeerId
from nodes.storage.errors import DatabaseUnavailable
from nodes.storage.writes import BlockWrite
from tests.simulation import world as worlds
from tests.simulation.adversaries import KINDS
from tests.simulation.adversaries.conspirator import Conspirator, split
from tests.simulation.adversaries.twins import Twins
from tests.simulation.clients import Clients
from tests.simulation.council import Council
from tests.simulation.coverage import Coverage
from tests.simulation.faults import Faults
from tests.simulation.invariants.accountability import Accountability
from tests.simulation.invariants.all import all_invariants, in_a_fork
from tests.simulation.invariants.base import Setting
from tests.simulation.invariants.seats import Timeline
from tests.simulation.loop import VirtualLoop
from tests.simulation.machine import WITNESS, Machine
from tests.simulation.network import Hub
from tests.simulation.observer import Observer
from tests.simulation.patience import patience
from tests.simulation.scenario import HEIGHTS, STORM_HEIGHTS, STORM_S, Scenario
from tests.simulation.verdict import Verdict
from tests.simulation.world import PARAMETERS, World

AFTER_PEACE = 3
"""Heights that everybody must decide after the faults have stopped."""

AFTER_FORK = 2
"""Heights that everybody decides after the first that was sealed twice."""

SETTLE_S = 2.0
"""For evidence of the last moments to be written."""


class Simulation:
    """See the module. `run` once."""

    def __init__(self, scenario: Scenario, world: World, bls: BlsBackend, *, transcript: bool) -> None:
        self.scenario = scenario
        self.world = world
        self.bls = bls
        self.loop = VirtualLoop(self._random("threads"))
        self._outside = copy_context()
        self.coverage = Coverage()
        self.observer = Observer(self.loop, self.coverage)
        if transcript:
            self.observer.transcript = [str(scenario)]
        self.hub = Hub(self.loop, self._random("network"))
        self.faults_bearable = scenario.faults_bearable
        self.founding = worlds.founding_seats(world)
        self.traitors = {world.names[seat]: kind for seat, kind in scenario.traitors}
        """Kinds by organisation."""
        self.faults_injected = 0
        self.slack = 0.0
        self._peace_at: float | None = None
        self._target = HEIGHTS
        self.machines: list[Machine] = []
        self._people()
        self._wire()
        self.clients = Clients(self, self._random("clients"))
        self.council = Council(self, self._random("council"))
        self.faults = Faults(self, self._random("faults"))
        self._invariants()

    def _random(self, what: str) -> Random:
        return Random(f"{self.scenario.seed} {what}")

    def _people(self) -> None:
        for name in tuple(worlds.ROLES)[: self.scenario.largest]:
            kind = self.traitors.get(name)
            self._add(PeerId(name, "node-1"), kind)
            if kind in (Twins.name, Conspirator.name):
                self._add(PeerId(name, "node-2"), kind)
            self.reached(f"adversary {kind}", kind is not None)

    def _add(self, peer: PeerId, traitor: str | None) -> None:
        machine = Machine(
            self,
            peer,
            key=peer.organisation,
            store=worlds.borrow_store(self.world.template),
            random=self._random(f"machine {peer}"),
            adversary=KINDS[traitor](self._random(f"traitor {peer.organisation}")) if traitor else None,
        )
        self.machines.append(machine)
        self.observer.machines[peer] = machine
        self.hub.known.append(peer)

    def _wire(self) -> None:
        seen, observer = self.hub.observed, self.observer
        seen.sent, seen.arrived, seen.blamed = observer.sent, observer.arrived, observer.blamed
        seen.fault = observer.violate
        seen.said = self._hub_said
        observer.on_height = self._height
        for machine in self.machines:
            self._listen(machine)

    def _listen(self, machine: Machine) -> None:
        machine.disk.on_sync = lambda path, data, replaced: self.observer.synced(
            machine, path, data, replaced=replaced
        )

    def _hub_said(self, what: str, detail: str) -> None:
        if detail:
            self.observer.note("network", what, detail)
        else:
            self.reached(f"fault {what}")
            self.faults_injected += 1

    def _invariants(self) -> None:
        setting = Setting(
            timeline=Timeline(self.founding),
            network=self.world.network,
            traitors=frozenset(self.traitors),
            verify=self.bls.fast_aggregate_verify,
            treason=self.scenario.mode == "treason",
        )
        anchor = GenesisAnchor.of(self.world.genesis)
        self._accountability = Accountability(setting, anchor, self.bls, self.reached)
        self.observer.invariants = (
            in_a_fork(setting, self._accountability)
            if setting.treason
            else all_invariants(
                setting,
                signed=self.clients.signed,
                batches=self.clients.batches,
                reached=self.reached,
                founding=dict(worlds.records_of(self.machines[0].store)[0]),
                genesis_leaf=encode(self.world.genesis),
                entries=PARAMETERS.max_block_entries,
                size=PARAMETERS.max_block_bytes,
            )
        )

    def reached(self, name: str, happened: bool = True) -> None:
        """Note for coverage."""
        if happened:
            self.coverage.reach(name)

    # ----- running ----------------------------------------------------------------

    def run(self) -> Verdict:
        """Everything; raises nothing, but reports the first violation."""
        asyncio._set_running_loop(self.loop)
        try:
            for machine in self.machines:
                self.loop.call_later(self._starts(machine), self.faults.bring_up, machine)
            self._founding()
        finally:
            asyncio._set_running_loop(None)
        self.loop.run_until_time(STORM_S[self.scenario.mode])
        if not self._over() and self.scenario.mode != "treason":
            self._peace()
        if not self._over():
            self._settle()
        if not self._over():
            self._finish()
        return self._verdict()

    def _starts(self, machine: Machine) -> float:
        random = self._random(f"start {machine.name}")
        if self.scenario.late and machine.organisation not in self.founding.names:
            self.reached("a node came later")
            return random.uniform(2.0, 10.0)
        return random.random() * 0.5

    def _founding(self) -> None:
        """Bad weather begins once every validator knows that its key is new.

        One that misses the first block would count as having lost its journal (J6), and
        with as many traitors as there may be besides, nobody could seal what it waits for.
        """
        founders = (m for m in self.machines if m.honest and m.organisation in self.founding.names)
        if not all(machine.settled for machine in founders):
            self.outside(0.05, self._founding)
            return
        self.faults.begin()
        self.clients.begin()
        self.council.begin()
        if self.scenario.mode == "treason":
            random = self._random("conspiracy")
            self.outside(random.choice((0.0, 8.0)) * random.random(), lambda: split(self, random))

    @property
    def stormy(self) -> bool:
        """Whether faults have begun and not ended."""
        return self.faults.stormy

    def _over(self) -> bool:
        if self.loop.errors and not self.observer.violation:
            self.observer.violate(f"an exception that nobody caught: {self.loop.errors[0]!r}")
        return bool(self.observer.violation)

    def _height(self, machine: Machine, block: BlockWrite) -> None:
        if machine.honest:
            if self.clients.learn(block):
                self.council.learn(block)
            honest = [self.observer.height_of(m) for m in self.machines if m.honest]
            storm = self._peace_at is None
            fork = self._accountability.fork
            if fork is not None and min(honest) >= fork + AFTER_FORK:
                self.loop.stop()
            if (storm and max(honest) >= STORM_HEIGHTS[self.scenario.mode]) or (
                not storm and min(honest) >= self._target
            ):
                self.loop.stop()

    def _peace(self) -> None:
        """Faults stop: now everybody has to decide, in a time that follows from the timeouts."""
        self._peace_at = self.loop.time()
        tallest = max(self.observer.height_of(m) for m in self.machines)
        self._target = max(HEIGHTS, tallest + AFTER_PEACE)
        bound = patience(
            self._target - tallest,
            size=self.scenario.largest,
            reached=max(self.observer.rounds.values(), default=0),
        )
        asyncio._set_running_loop(self.loop)
        self.faults.heal()
        asyncio._set_running_loop(None)
        # Who stops, or met a full disk at the last moment, is started once more.
        allowed = {m.name: m.starts + (m.stopping or m.disk.was_full) for m in self.machines}
        self.loop.run_until_time(self._peace_at + bound)
        late = [m for m in self.machines if m.honest and self.observer.height_of(m) < self._target]
        if self._over():
            return
        self.slack = (self.loop.time() - self._peace_at) / bound
        if late:
            heights = ", ".join(f"{m.name} at {self.observer.height_of(m)}" for m in late)
            self.observer.violate(
                f"liveness: {bound:.0f} s after the faults stopped not everybody is at "
                f"{self._target}: {heights}"
            )
        for machine in self.machines:
            if machine.honest and machine.starts > allowed[machine.name]:
                self.observer.violate(f"liveness: {machine.name} needed a restart")

    def _settle(self) -> None:
        """Let what was seen until now reach the disks, those of machines without power too (F3)."""
        self.observer.settling = True
        asyncio._set_running_loop(self.loop)
        self.faults.power_on()
        asyncio._set_running_loop(None)
        self.loop.run_until_time(self.loop.time() + SETTLE_S)

    def _finish(self) -> None:
        databases = {}
        witnesses: dict[str, bytes] = {}
        for machine in self.machines:
            if machine.honest:
                records, versions = worlds.records_of(machine.store)
                databases[machine.name] = (machine.store.tip().height, records, versions)
                files = [machine.disk.files[path] for path in machine.disk.folder(WITNESS)]
                witnesses[machine.name] = b"".join(stored.content() for stored in files)
        self.observer._tell("finished", databases, witnesses)

    def _verdict(self) -> Verdict:
        lives = [life for machine in self.machines for life in machine.lives]
        verdict = Verdict(
            seed=self.scenario.seed,
            violation=self.observer.violation,
            trace=self.observer.trace(),
            heights=self.observer.decided,
            virtual_s=self.loop.time(),
            faults=self.faults_injected,
            calls=self.loop.calls,
            slack=self.slack,
            counts=dict(self.coverage.counts),
            scenario=str(self.scenario),
            transcript=self.observer.transcript or [],
        )
        for machine in self.machines:
            if machine.running:
                machine.crash(power=True)
        self.loop.dispose(lives)
        for machine in self.machines:
            worlds.return_store(machine.store)
        self.faults.close()
        return verdict

    def outside(self, delay: float, work: Callable[[], None]) -> None:
        """Do something later that belongs to no node, whoever asks."""
        self.loop.call_later(delay, work, context=self._outside)

    # ----- what machines report ---------------------------------------------------

    def power_failed(self, machine: Machine, kind: str) -> None:
        """A machine loses its power, and comes back later."""
        self.observer.note(machine.name, "crashes", kind)
        losses = dict(machine.disk.losses)
        power = machine.random.random() < 0.3
        self.reached("fault process killed", power)
        machine.crash(power=power)
        for fate, count in machine.disk.losses.items():
            self.reached(f"unsynced writes {fate}", count > losses[fate])
        self.observer.crashed(machine)
        self.faults.restart_later(machine)

    def stop_cleanly(self, machine: Machine) -> None:
        """An operator restarts a node."""
        if machine.context is None or machine.stopping:
            return
        machine.stopping = True

        async def stop() -> None:
            await machine.stop()

        task = machine.context.run(self.loop.create_task, stop())
        task.add_done_callback(lambda _: self._stopped(machine), context=self._outside)

    def _stopped(self, machine: Machine) -> None:
        self.observer.note(machine.name, "stopped")
        self.observer.crashed(machine)
        self.faults.restart_later(machine)

    def node_failed(self, machine: Machine, error: BaseException) -> None:
        """An engine has given up: on a full disk it should, and for nothing else."""
        self.observer.note(machine.name, "gives up", repr(error))
        expected = isinstance(error, OSError | DatabaseUnavailable) and machine.disk.was_full
        expected |= isinstance(error, InvariantViolated) and self._accountability.fork is not None
        if machine.honest and not expected:
            self.observer.violate(f"{machine.name} gives up: {error!r}")
            return
        self.stop_cleanly(machine)

    def could_not_start(self, machine: Machine, error: Exception) -> None:
        """A node does not come up: only a full disk may keep it."""
        self.observer.note(machine.name, "cannot start", repr(error))
        if machine.honest and not machine.disk.was_full:
            self.observer.violate(f"{machine.name} cannot start: {error!r}")
        self.faults.restart_later(machine)
