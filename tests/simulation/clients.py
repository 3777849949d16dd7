"""Clients that sign real statements and submit them to some node: sound ones, racing ones, and hopeless ones.

Bills change hands and offers are withdrawn, containers come through the gate. What
may ever be accepted is in `signed`, so that the ledger can be compared with it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from contracts.execution import make_body
from contracts.refusals import Refused
from ledger.primitives import Hash
from ledger.statement import make_payload, sign_statement
from nodes.engine import PoolFull
from nodes.storage.writes import BlockWrite
from tests.simulation.world import CARRIER, PORT, START_MS, TRADER, member_key

if TYPE_CHECKING:
    from tests.simulation.machine import Machine
    from tests.simulation.simulation import Simulation

VALID_MS = 300_000


@dataclass
class Bill:
    """What the clients know of a bill from the newest block anywhere."""

    subject: str
    version: int = 0
    offered: bool = False


class Clients:
    """All of them."""

    def __init__(self, simulation: Simulation, random: Random) -> None:
        self._simulation = simulation
        self._random = random
        self._nonce = 0
        self.bills: list[Bill] = []
        self._by_subject: dict[str, Bill] = {}
        self._height = 0
        self._containers = 0
        self.signed: dict[bytes, str] = {}
        """Leaves that may be accepted, and the act."""
        self.submitted: list[tuple[Machine, int, bytes]] = []
        """Where, at which start of that node, and what it took from us."""
        self.refused = 0
        self.active = True

    def begin(self) -> None:
        self._later()

    def _later(self) -> None:
        pause = self._random.expovariate(1 / self._simulation.scenario.statements_s)
        self._simulation.loop.call_later(min(pause, 3.0), self._act)

    def _act(self) -> None:
        if not self.active:
            return
        for leaf in self._next():
            self._submit(leaf)
        self._later()

    def submit(self, leaves: list[bytes]) -> None:
        """Hand statements to one node, in order."""
        up = [m for m in self._simulation.machines if m.running and m.honest]
        if up:
            machine = self._random.choice(up)
            for leaf in leaves:
                self._submit_to(machine, leaf)

    def _next(self) -> list[bytes]:
        random = self._random
        choice = random.random()
        if choice < 0.3 or len(self.bills) < 2:
            return [self._gate_in()] if random.random() < 0.5 and self.bills else [self._issue()]
        bill = random.choice(self.bills)
        if choice < 0.75:
            return self._turn(bill)
        if choice < 0.85:
            return self._race_of_gates()
        if choice < 0.92:
            # It builds on what has yet to come, and waits for it (W3).
            return [self._transfer(bill, bill.version + 1)]
        return [self._hopeless(bill)]

    def _turn(self, bill: Bill) -> list[bytes]:
        if bill.version == 0:
            return [self._transfer(bill, 1)]
        act = self._cancel if bill.offered else self._transfer
        first = [act(bill, bill.version)]
        if self._simulation.scenario.pairs and self._random.random() < 0.5:
            first.append(act(bill, bill.version))
        return first

    # ----- statements -------------------------------------------------------------

    def sign(
        self,
        act: str,
        subject: str,
        who: str,
        body: dict[str, Any],
        version: int,
        *,
        valid_ms: int = VALID_MS,
        network: Hash | None = None,
        key: str = "",
        good: bool = True,
    ) -> bytes:
        """A statement of an organisation's clerk; a `good` one may be accepted some time."""
        self._nonce += 1
        now = START_MS + 1_000 + int(self._simulation.loop.time() * 1000)
        payload = make_payload(
            network=network or self._simulation.world.network,
            act=act,
            body=make_body(act, body),
            expected_version=version,
            last_valid_ms=now + valid_ms,
            nonce=self._nonce.to_bytes(16, "big"),
        )
        leaf = sign_statement(member_key(key or who), issuer=f"{who}/clerk", subject=subject, payload=payload)
        if good:
            self.signed[leaf] = act
        return leaf

    def _digest(self, label: str) -> str:
        return hashlib.sha256(label.encode()).hexdigest()

    def _issue(self) -> bytes:
        number = len(self.bills)
        bill = Bill(subject=f"bill/{self._digest(f'bill {number}')}")
        self.bills.append(bill)
        self._by_subject[bill.subject] = bill
        body = {
            "type": "to_order",
            "possessor": TRADER,
            "titleholder": TRADER,
            "shipper": TRADER,
            "parties": ["forwarder"],
            "contents": self._digest(f"contents {number}"),
            "containers": [
                {"id": self._digest(f"bill box {number}")[:32], "commitment": self._digest("commitment")}
            ],
            "place_of_loading": "CNQZH",
            "place_of_delivery": "VNHPH",
        }
        return self.sign("bill.issue", bill.subject, CARRIER, body, 0)

    def _transfer(self, bill: Bill, version: int) -> bytes:
        to = self._random.choice(("forwarder", "bank", "broker"))
        expires = START_MS + int(self._simulation.loop.time() * 1000) + 3_600_000
        return self.sign("bill.transfer", bill.subject, TRADER, {"to": to, "expires_ms": expires}, version)

    def _cancel(self, bill: Bill, version: int) -> bytes:
        return self.sign("bill.cancel", bill.subject, TRADER, {}, version)

    def _gate_in(self) -> bytes:
        self._containers += 1
        return self._gate(self._containers)

    def _gate(self, number: int) -> bytes:
        digest = self._digest(f"box {number}")
        body = {
            "event": "gate_in",
            "classifier": "actual",
            "facility": "CNQZH",
            "event_ms": START_MS + int(self._simulation.loop.time() * 1000) - 5_000,
            "purpose": "export",
            "container": {"commitment": digest, "operator": CARRIER, "parties": ["forwarder"]},
        }
        return self.sign("movement.record", f"container/{digest[:32]}", PORT, body, 0)

    def _race_of_gates(self) -> list[bytes]:
        self._containers += 1
        return [self._gate(self._containers), self._gate(self._containers)]

    def _hopeless(self, bill: Bill) -> bytes:
        random, version = self._random, max(bill.version, 1)
        body = {"to": "bank", "expires_ms": START_MS + 3_600_000}
        wrong: dict[str, Any] = random.choice(
            (
                {"key": "bank"},
                {"network": Hash(b"\x99" * 32)},
                {"valid_ms": -VALID_MS},  # by any clock: block time may lag by seconds in a late round
                {"valid_ms": 10_000_000},
            )
        )
        if random.random() < 0.3:
            return self.sign("bill.transfer", bill.subject, "bank", body, version, good=False)
        return self.sign("bill.transfer", bill.subject, TRADER, body, version, good=False, **wrong)

    # ----- submitting -------------------------------------------------------------

    def _submit(self, leaf: bytes) -> None:
        up = [m for m in self._simulation.machines if m.running and m.honest]
        if not up:
            return
        self._submit_to(self._random.choice(up), leaf)

    def _submit_to(self, machine: Machine, leaf: bytes) -> None:
        if machine.context is not None:
            machine.context.run(self._simulation.loop.create_task, self._hand_over(machine, leaf))

    async def _hand_over(self, machine: Machine, leaf: bytes) -> None:
        # What monitoring asks for.
        reasons = machine.engine.status().reasons
        self._simulation.reached("C5 catching up", "catching up" in reasons)
        try:
            statement = await machine.application.check(leaf)
            await machine.engine.submit(statement)
            self.submitted.append((machine, machine.starts, leaf))
        except (Refused, PoolFull):
            self.refused += 1

    def learn(self, block: BlockWrite) -> bool:
        """See what became of the bills in a block; False when it was committed elsewhere before."""
        if block.height <= self._height:
            return False
        self._height = block.height
        for record in block.records:
            bill = self._by_subject.get(record.key)
            if bill is not None:
                bill.version, bill.offered = record.version, b'"offer":' in record.value
        return True
