"""Changes of the validator set while a simulation runs: ballots, rotations, and what operators do for them.

One change at a time, each as operators are told to make it: whoever is to sign has
its key on its node, and the journal of that key settled, before anybody votes (G6).
Statements that are lost on the way are signed and submitted again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from tests.simulation.invariants.seats import RECORD, Seats, appointed
from tests.simulation.world import START_MS

if TYPE_CHECKING:
    from nodes.storage.writes import BlockWrite
    from tests.simulation.machine import Machine
    from tests.simulation.simulation import Simulation

LOOK_S = 0.25
"""How often it is seen what has become of a change."""

PATIENCE = 8
"""Looks after which what is still not on the ledger is said again."""


@dataclass
class Matter:
    """The change under way."""

    kind: str
    organisation: str
    key: str
    """Label of the validator key that it brings."""
    subject: str
    record: Any = None
    """The proposal as the ledger has it."""
    looks: int = 0


class Council:
    """See the module."""

    def __init__(self, simulation: Simulation, random: Random) -> None:
        self._simulation = simulation
        self._random = random
        self._plan = list(simulation.scenario.changes)
        self._matter: Matter | None = None
        self._seats = simulation.founding
        self._version = 1
        """Of the record that names the validators."""
        self._opened = 0

    def begin(self) -> None:
        if self._plan:
            self._simulation.outside(LOOK_S, self._look)

    def learn(self, block: BlockWrite) -> None:
        """A block is committed somewhere for the first time: see what it says about the change."""
        matter = self._matter
        for record in block.records:
            if record.key == RECORD:
                self._seats, self._version = appointed(record.value), record.version
                if matter is not None:
                    self._simulation.reached(f"set change {matter.kind}")
                    self._simulation.reached("G2 a ballot passed", matter.kind != "rotation")
                    self._simulation.observer.note("council", "has changed the set", matter.kind)
                    self._matter = None
            elif matter is not None and record.key == matter.subject:
                matter.record, matter.looks = json.loads(record.value), 0

    def _look(self) -> None:
        if not self._simulation.stormy:
            return
        if self._matter is None and self._plan:
            self._matter = self._next(self._plan[0])
            if self._matter is not None:
                self._plan.pop(0)
        if self._matter is not None and self._prepared(self._matter):
            if self._matter.looks % PATIENCE == 0:
                self._say(self._matter)
            self._matter.looks += 1
        if self._matter is not None or self._plan:
            self._simulation.outside(LOOK_S, self._look)

    # ----- what to change -------------------------------------------------------------

    def _next(self, kind: str) -> Matter | None:
        """Whom a change is about; None while there is nobody."""
        chosen = {"add": self._newcomers, "remove": self._leavers}.get(kind, self._rotators)()
        if not chosen:
            return None
        organisation = self._random.choice(chosen)
        self._opened += 1
        key = organisation if kind == "add" else f"{organisation} {self._opened}"
        subject = RECORD if kind == "rotation" else f"proposal/{self._opened:032x}"
        self._simulation.observer.note("council", f"wants to {kind}", organisation)
        return Matter(kind, organisation, key, subject)

    def _newcomers(self) -> list[str]:
        machines = self._simulation.machines
        return [m.organisation for m in machines if m.honest and m.organisation not in self._seats.names]

    def _leavers(self) -> list[str]:
        """Those who may go: the ousted first, and nobody without whom there were too many traitors."""
        traitors, names = self._simulation.traitors, self._seats.names
        ousted = [name for name in names if traitors.get(name) == "ousted"]
        left = [name for name in names if name not in traitors]
        small = Seats(names[1:], ())
        return ousted or (left if sum(name in traitors for name in names) <= small.faults else [])

    def _rotators(self) -> list[str]:
        traitors = self._simulation.traitors
        return [name for name in self._seats.names if name not in traitors]

    # ----- how ------------------------------------------------------------------------

    def _prepared(self, matter: Matter) -> bool:
        """Whether the node of whoever is to sign holds the key, and knows that it is new."""
        if matter.kind == "remove":
            return True
        machine = self._machine(matter.organisation)
        if matter.key not in machine.keys:
            machine.keys.append(matter.key)
            if machine.running:
                self._simulation.stop_cleanly(machine)
            return False
        return machine.running and machine.settled and matter.key in machine.held

    def _machine(self, organisation: str) -> Machine:
        return next(m for m in self._simulation.machines if m.organisation == organisation)

    def _say(self, matter: Matter) -> None:
        clients = self._simulation.clients
        if matter.kind == "rotation":
            body = self._simulation.world.proven(matter.key)
            clients.submit(
                [clients.sign("validator.rotate", RECORD, matter.organisation, body, self._version)]
            )
            return
        said, record = [], matter.record
        if record is None:
            said.append(self._open(matter))
        voted = set() if record is None else {ballot["organisation"] for ballot in record.get("ballots", ())}
        version = 1 if record is None else record["version"]
        for name in self._seats.names:
            if name not in voted:
                # Each builds on the one before it (W3).
                said.append(clients.sign("proposal.vote", matter.subject, name, {"choice": "yes"}, version))
                version += 1
        clients.submit(said)

    def _open(self, matter: Matter) -> bytes:
        kind = {"add": "add_validator", "remove": "remove_validator"}.get(matter.kind, "rotate_validator")
        change = {"type": kind, "organisation": matter.organisation}
        if matter.kind != "remove":
            change |= self._simulation.world.proven(matter.key)
        body = {"title": matter.kind, "expires_ms": START_MS + 3_600_000, "change": change}
        return self._simulation.clients.sign("proposal.open", matter.subject, self._seats.names[0], body, 0)
