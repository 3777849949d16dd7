"""Clients that sign real statements and submit them to some node: sound ones, racing ones, and hopeless ones.

Bills change hands and offers are withdrawn, containers come through the gate, one by
one and in batches. What may ever be accepted is in `signed`, so that the ledger can be
compared with it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from contracts.execution import make_body
from contracts.refusals import Refused
from ledger.batch import BATCH_ACT, Batch
from ledger.primitives import Hash
from ledger.statement import make_payload, sign_statement
from nodes.engine import PoolFull
from nodes.storage.writes import BlockWrite
from tests.parts import make_part
from tests.simulation.world import CARRIER, PORT, START_MS, TRADER, member_key

if TYPE_CHECKING:
    from tests.simulation.machine import Machine
    from tests.simulation.simulation import Simulation

VALID_MS = 300_000

MAX_BILLS = 2
"""In one batch."""


class Deed(NamedTuple):
    """An act that nobody has signed yet."""

    act: str
    subject: str
    body: dict[str, Any]
    version: int


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
        self.batches: list[bytes] = []
        """Leaves of all batches, those that nobody may accept among them."""
        self.submitted: list[tuple[Machine, int, bytes]] = []
        """Where, at which start of that node, and what it took from us."""
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
        if choice < 0.27 or len(self.bills) < 2:
            return [
                self._signed(PORT, self._gate_in()) if random.random() < 0.5 and self.bills else self._issue()
            ]
        bill = random.choice(self.bills)
        if choice < 0.68:
            return self._turn(bill)
        if choice < 0.80:
            return self._together()
        if choice < 0.87:
            return self._race_of_gates()
        if choice < 0.93:
            # It builds on what has yet to come, and waits for it (W3).
            return [self._signed(TRADER, self._offer(bill, bill.version + 1))]
        return [self._hopeless(bill)]

    def _turn(self, bill: Bill) -> list[bytes]:
        deeds = [self._step(bill)]
        if bill.version and self._simulation.scenario.pairs and self._random.random() < 0.5:
            deeds.append(self._step(bill))
        return [self._signed(TRADER, deed) for deed in deeds]

    # ----- batches ----------------------------------------------------------------

    def _together(self) -> list[bytes]:
        """A batch of what can be done, one that an act of it sinks, or two of which one can take effect."""
        choice = self._random.random()
        if choice < 0.25:
            return self._race_of_batches()
        deeds = [
            self._step(bill) for bill in self._random.sample(self.bills, min(MAX_BILLS, len(self.bills)))
        ]
        if choice < 0.8:
            # The last bill again: what was offered is withdrawn, or offered anew.
            last = deeds[-1]
            act = self._withdrawal if last.act == "bill.transfer" else self._offer
            return [self._batch(TRADER, *deeds, act(self._by_subject[last.subject], last.version + 1))]
        wrong = deeds.pop()._replace(act="bill.transfer", body={"to": TRADER, "expires_ms": self._expiry()})
        return [self._batch(TRADER, *deeds, wrong, good=False)]

    def _race_of_batches(self) -> list[bytes]:
        """One container comes through the gate in both, and another in each."""
        shared = self._gate_in()
        return [self._batch(PORT, self._gate_in(), shared) for _ in range(2)]

    def _batch(self, who: str, *deeds: Deed, good: bool = True) -> bytes:
        parts = tuple(make_part(deed.act, deed.subject, deed.version, deed.body) for deed in deeds)
        subject = f"batch/{self._digest(f'batch {len(self.batches)}')[:32]}"
        leaf = self.sign(BATCH_ACT, subject, who, Batch(parts=parts), 0, good=good)
        self.batches.append(leaf)
        return leaf

    # ----- statements -------------------------------------------------------------

    def sign(
        self,
        act: str,
        subject: str,
        who: str,
        body: dict[str, Any] | Batch,
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
            body=body if isinstance(body, Batch) else make_body(act, body),
            expected_version=version,
            last_valid_ms=now + valid_ms,
            nonce=self._nonce.to_bytes(16, "big"),
        )
        leaf = sign_statement(member_key(key or who), issuer=f"{who}/clerk", subject=subject, payload=payload)
        if good:
            self.signed[leaf] = act
        return leaf

    def _signed(self, who: str, deed: Deed) -> bytes:
        return self.sign(deed.act, deed.subject, who, deed.body, deed.version)

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

    def _step(self, bill: Bill) -> Deed:
        """What can be done with a bill as it was last seen; one unseen will be at its first version."""
        act = self._withdrawal if bill.offered else self._offer
        return act(bill, max(bill.version, 1))

    def _expiry(self) -> int:
        return START_MS + int(self._simulation.loop.time() * 1000) + 3_600_000

    def _offer(self, bill: Bill, version: int) -> Deed:
        to = self._random.choice(("forwarder", "bank", "broker"))
        return Deed("bill.transfer", bill.subject, {"to": to, "expires_ms": self._expiry()}, version)

    def _withdrawal(self, bill: Bill, version: int) -> Deed:
        return Deed("bill.cancel", bill.subject, {}, version)

    def _gate_in(self) -> Deed:
        """A container that nobody has seen yet."""
        self._containers += 1
        digest = self._digest(f"box {self._containers}")
        body = {
            "event": "gate_in",
            "classifier": "actual",
            "facility": "CNQZH",
            "event_ms": START_MS + int(self._simulation.loop.time() * 1000) - 5_000,
            "purpose": "export",
            "container": {"commitment": digest, "operator": CARRIER, "parties": ["forwarder"]},
        }
        return Deed("movement.record", f"container/{digest[:32]}", body, 0)

    def _race_of_gates(self) -> list[bytes]:
        deed = self._gate_in()
        return [self._signed(PORT, deed), self._signed(PORT, deed)]

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
        except Refused:
            self._simulation.observer.turned_away(machine, leaf)
        except PoolFull:
            return

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
