"""Statements from other nodes: what a check that faults, or that a commit overtakes, leads to."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import msgspec

from contracts.refusals import Refusal, Refused
from ledger.statement import Statement
from nodes.bft.gossip import CHECKS_AT_ONCE, StatementBatch, StatementGossip
from nodes.bft.messages import WIRE_VERSION
from nodes.bft.timers import Tasks
from nodes.clock import SystemClock
from nodes.mempool import Mempool
from nodes.network.interface import PeerId
from tests.nodes.bft.engine_rig import FakeApplication, make_statement
from tests.nodes.bft.fakes import FakeLedger, fake_bls, make_set, names

PEER = PeerId("org-b", "node")


class Checks(FakeApplication):
    """An application whose check a test can trip up."""

    def __init__(self) -> None:
        bls = fake_bls()
        super().__init__(FakeLedger.new(make_set(names(4), bls), bls))
        self.faulty: set[bytes] = set()
        self.overtaken: set[bytes] = set()
        self.checked: list[bytes] = []
        self.at_once = 0
        self.most_at_once = 0

    async def check(self, data: bytes) -> Statement:
        self.checked.append(data)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        if data in self.faulty:
            raise RuntimeError("the contract faulted")
        statement = await super().check(data)
        if data in self.overtaken:
            if self.checked.count(data) > 1:
                raise Refused(Refusal(code="bill.surrendered", field="", message="Too late.", final=True))
            block = self.ledger.build("org-a", 0, [b"other"])
            self.ledger.tip = replace(self.ledger.tip, header=block.header)
        return statement


class Rig:
    def __init__(self) -> None:
        self.application = Checks()
        self.pool = Mempool()
        self.failures: list[BaseException] = []
        self.tasks = Tasks(self.failures.append)
        self.gossip = StatementGossip(
            application=self.application,
            mempool=self.pool,
            clock=SystemClock(),
            broadcast=lambda payload: None,
            tasks=self.tasks,
            arrived=lambda: None,
        )

    def receive(self, *statements: Statement) -> None:
        batch = StatementBatch(statements=tuple(s.leaf for s in statements))
        self.gossip.on_message(PEER, bytes([WIRE_VERSION]) + msgspec.msgpack.encode(batch))

    async def settled(self) -> None:
        for _ in range(50):
            await asyncio.sleep(0)


async def rig_with(count: int) -> tuple[Rig, list[Statement]]:
    rig = Rig()
    rig.gossip.start()
    return rig, [make_statement(n, rig.application.info().network) for n in range(count)]


async def test_a_statement_whose_check_faults_stops_nothing() -> None:
    rig, (poison, good) = await rig_with(2)
    rig.application.faulty.add(poison.leaf)
    rig.receive(poison, good)
    await rig.settled()
    assert not rig.failures
    assert [s.id for s in rig.pool.statements()] == [good.id]
    await rig.tasks.cancel()


async def test_a_check_that_a_commit_overtook_is_made_again() -> None:
    """The recheck after the commit could not see what was not pooled yet."""
    rig, (late, other) = await rig_with(2)
    rig.application.overtaken.add(late.leaf)
    rig.receive(late)
    await rig.settled()
    rig.receive(other)
    await rig.settled()
    assert rig.application.checked == [late.leaf, late.leaf, other.leaf]
    assert [s.id for s in rig.pool.statements()] == [other.id]
    await rig.tasks.cancel()


async def test_statements_are_checked_together_within_a_bound() -> None:
    rig, statements = await rig_with(100)
    rig.receive(*statements)
    await rig.settled()
    assert len(rig.pool) == 100
    assert rig.application.most_at_once == CHECKS_AT_ONCE
    await rig.tasks.cancel()
