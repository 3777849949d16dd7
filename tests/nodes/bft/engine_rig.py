"""Whole engines in one process: a network in memory, an application without contracts, real journals."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from contracts.refusals import Refusal, Refused
from contracts.versions import RulesUnknown
from ledger.block import Block
from ledger.bls import BlsBackend
from ledger.chain import Tip
from ledger.errors import LedgerError
from ledger.genesis import Parameters
from ledger.keys import SigningKey
from ledger.primitives import Hash, Height, TimeMs
from ledger.seal import Seal
from ledger.statement import Statement, make_payload, parse_statement, sign_statement
from nodes.bft.engine import BftEngine
from nodes.bft.journal import FileJournal
from nodes.bft.signer import JournalSigner
from nodes.bft.timing import Timeouts
from nodes.clock import SystemClock
from nodes.engine import Proposed, ProposeRequest
from nodes.mempool import Mempool, PoolLimits
from nodes.network.interface import Channel, Handler, PeerError, PeerId, RequestFailed
from tests.nodes.bft.fakes import FakeLedger, make_set, names, real_bls, secret_of

KEY = SigningKey.from_entropy(b"k" * 64)
QUICK = Timeouts(
    propose_ms=300, prevote_ms=150, precommit_ms=150, growth_ms=100, rebroadcast_ms=100, silent_ms=100
)


def make_statement(number: int, network: Hash, last_valid_ms: int | None = None) -> Statement:
    """A statement like no other; the fake application accepts it whatever it says."""
    payload = make_payload(
        network=network,
        act="bill.issue",
        body={"number": number},
        expected_version=0,
        last_valid_ms=last_valid_ms or int(time.time() * 1000) + 3_600_000,
        nonce=number.to_bytes(16, "big"),
    )
    return parse_statement(
        sign_statement(KEY, issuer="org-a/clerk", subject=f"bill/{number:064x}", payload=payload)
    )


class MemoryHub:
    """Wires between nodes: no loss within a link, links can be cut."""

    def __init__(self) -> None:
        self.nodes: dict[PeerId, MemoryNetwork] = {}
        self.cut: set[PeerId] = set()
        self.sent: dict[PeerId, list[tuple[Channel, bytes]]] = {}
        """Everything a peer ever sent, through all its restarts."""

    def reaches(self, a: PeerId, b: PeerId) -> bool:
        return a in self.nodes and b in self.nodes and not {a, b} & self.cut


class MemoryNetwork:
    """`nodes.network.interface.Network` over a hub."""

    def __init__(self, hub: MemoryHub, peer: PeerId) -> None:
        self.hub = hub
        self.peer = peer
        self.handlers: dict[Channel, Handler] = {}
        self.sent = hub.sent.setdefault(peer, [])
        self.dropped: list[PeerError] = []

    def register(self, channel: Channel, handler: Handler) -> None:
        self.handlers[channel] = handler

    async def start(self) -> None:
        self.hub.nodes[self.peer] = self
        for peer in self.peers():
            for one, other in ((self, peer), (self.hub.nodes[peer], self.peer)):
                for handler in one.handlers.values():
                    handler.on_connected(other)

    async def stop(self) -> None:
        for peer in self.peers():
            for handler in self.hub.nodes[peer].handlers.values():
                handler.on_disconnected(self.peer)
        del self.hub.nodes[self.peer]

    def peers(self) -> Sequence[PeerId]:
        return [p for p in self.hub.nodes if p != self.peer and self.hub.reaches(self.peer, p)]

    def send(self, peer: PeerId, channel: Channel, payload: bytes) -> bool:
        self.sent.append((channel, payload))
        if not self.hub.reaches(self.peer, peer):
            return False
        asyncio.get_running_loop().call_soon(self._deliver, peer, channel, payload)
        return True

    def _deliver(self, peer: PeerId, channel: Channel, payload: bytes) -> None:
        if self.hub.reaches(self.peer, peer):
            target = self.hub.nodes[peer]
            try:
                target.handlers[channel].on_message(self.peer, payload)
            except PeerError as error:
                target.dropped.append(error)

    def broadcast(self, channel: Channel, payload: bytes) -> None:
        for peer in self.peers():
            self.send(peer, channel, payload)

    async def request(self, peer: PeerId, channel: Channel, payload: bytes, *, timeout_s: float) -> bytes:
        await asyncio.sleep(0)
        if not self.hub.reaches(self.peer, peer):
            raise RequestFailed(f"{peer} is gone")
        async with asyncio.timeout(timeout_s):
            return await self.hub.nodes[peer].handlers[channel].on_request(self.peer, payload)


@dataclass
class FakeApplication:
    """`nodes.engine.Application` over a fake ledger; records the calls for E5 and E6."""

    ledger: FakeLedger
    numbers: Mapping[int, Parameters] = field(default_factory=lambda: {0: Parameters()})
    """Parameters by the first height to which they apply."""
    refuse: dict[Hash, Refusal] = field(default_factory=dict)
    calls: list[tuple[str, int, int]] = field(default_factory=list)
    """Call, height, height committed at that time."""
    under_way: int = 0
    broken: str = ""
    lacks_rules_after: int = -1
    """The last height whose successor's rules are known."""

    def info(self) -> Tip:
        return self.ledger.tip

    def parameters(self) -> Parameters:
        return self.numbers[max(first for first in self.numbers if first <= self.ledger.height() + 1)]

    async def check(self, data: bytes) -> Statement:
        try:
            statement = parse_statement(data, normalise=True)
        except LedgerError as error:
            raise Refused(
                Refusal(code=error.code, field=error.field, message=str(error), final=True)
            ) from None
        if any(statement.leaf in block.entries for block, _ in self.ledger.blocks):
            raise Refused(Refusal(code="statement.seen", field="", message="Seen.", final=True))
        return statement

    async def _enter(self, name: str, height: int) -> None:
        assert self.under_way == 0, "E6: one call at a time"
        if self.broken == name:
            raise RuntimeError(f"{name} is broken")
        self.calls.append((name, height, self.ledger.height()))
        self.under_way += 1
        await asyncio.sleep(0)
        self.under_way -= 1

    async def propose(self, request: ProposeRequest) -> Proposed:
        await self._enter("propose", request.height)
        assert request.height == self.ledger.height() + 1
        entries = [s.leaf for s in request.candidates if s.id not in self.refuse]
        block = self.ledger.build(request.proposer, request.time_ms, entries)
        refused = {s.id: self.refuse[s.id] for s in request.candidates if s.id in self.refuse}
        return Proposed(block=block, refused=refused)

    async def judge(self, block: Block) -> None:
        await self._enter("judge", block.header.height)
        self.ledger.judge(block)

    async def commit(self, block: Block, seals: Sequence[Seal]) -> Tip:
        await self._enter("commit", block.header.height)
        (seal,) = seals
        tip = self.ledger.commit(block, seal)
        if tip.height == self.lacks_rules_after:
            raise RulesUnknown(2, tip.height + 1)
        return tip

    def recheck(self, pooled: Sequence[Statement]) -> Mapping[Hash, Refusal]:
        return {s.id: self.refuse[s.id] for s in pooled if s.id in self.refuse}

    async def load_block(self, height: Height) -> tuple[Block, Seal] | None:
        blocks = self.ledger.blocks
        return blocks[height - 1] if 1 <= height <= len(blocks) else None


class TestClock(SystemClock):
    """The machine's clock, off by as much as a test likes."""

    __test__ = False

    def __init__(self) -> None:
        self.offset_ms = 0

    def now_ms(self) -> TimeMs:
        return TimeMs(super().now_ms() + self.offset_ms)


@dataclass
class Machine:
    """One node of the network, through its restarts."""

    peer: PeerId
    application: FakeApplication
    network: MemoryNetwork
    engine: BftEngine
    clock: TestClock
    refused: dict[Hash, Refusal]
    failures: list[BaseException]


class Town:
    """Several machines."""

    def __init__(
        self,
        folder: Path,
        count: int = 4,
        *,
        observers: int = 0,
        bls: BlsBackend | None = None,
        parameters: Parameters | None = None,
        pool: PoolLimits | None = None,
    ) -> None:
        self.pool = pool
        self.folder = folder
        self.bls = bls or real_bls()
        self.hub = MemoryHub()
        self.validators = names(count)
        self.set = make_set(self.validators, self.bls)
        self.numbers = {0: parameters or Parameters()}
        self.machines: dict[str, Machine] = {}
        for name in (*self.validators, *(f"watch-{i}" for i in range(observers))):
            self.machines[name] = self._machine(
                name, FakeApplication(FakeLedger.new(self.set, self.bls), self.numbers)
            )

    @property
    def id(self) -> Hash:
        return next(iter(self.machines.values())).application.info().network

    def journal(self, name: str) -> Path:
        return self.folder / f"{name}.journal"

    def _machine(self, name: str, application: FakeApplication, node: str = "node") -> Machine:
        peer = PeerId(name, node)
        network = MemoryNetwork(self.hub, peer)
        clock, refused, failures = TestClock(), {}, []
        journal = self.journal(name if node == "node" else node)
        signers = [self._signer(name, application, journal)] if name in self.validators else []
        engine = BftEngine(
            application=application,
            network=network,
            organisation=name,
            signers=signers,
            clock=clock,
            on_refused=refused.__setitem__,
            timeouts=QUICK,
            mempool=Mempool(self.pool),
            witness=self.folder / f"{name}.witness",
            bls=self.bls,
            on_failure=failures.append,
        )
        return Machine(peer, application, network, engine, clock, refused, failures)

    def _signer(self, name: str, application: FakeApplication, journal: Path) -> JournalSigner:
        return JournalSigner(
            secret=secret_of(name, self.bls),
            network=application.info().network,
            journal=FileJournal(journal),
            bls=self.bls,
            max_message_bytes=4_000_000,
        )

    async def start(self, *only: str) -> None:
        for name in only or self.machines:
            await self.machines[name].network.start()
        for name in only or self.machines:
            await self.machines[name].engine.start()

    async def stop(self, *only: str) -> None:
        for name in only or self.machines:
            machine = self.machines[name]
            if machine.peer in self.hub.nodes:
                await machine.engine.stop()
                await machine.network.stop()

    def twin(self, name: str, node: str) -> Machine:
        """A second machine with a validator's key, a journal and a database of its own; started as `node`."""
        ledger = FakeLedger.new(self.set, self.bls)
        machine = self.machines[node] = self._machine(name, FakeApplication(ledger, self.numbers), node)
        return machine

    async def restart(self, name: str) -> None:
        """A new process on the same disk."""
        self.machines[name] = self._machine(name, self.machines[name].application)
        await self.start(name)

    def heights(self) -> dict[str, int]:
        return {name: m.application.info().height for name, m in self.machines.items()}

    async def until_height(self, height: int, *only: str, limit_s: float = 20.0) -> None:
        await self.until(
            lambda: all(self.heights()[n] >= height for n in only or self.machines), limit_s=limit_s
        )

    async def until(self, holds: object, *, limit_s: float = 20.0) -> None:
        async with asyncio.timeout(limit_s):
            while not holds():  # type: ignore[operator]
                for machine in self.machines.values():
                    assert not machine.failures, machine.failures
                await asyncio.sleep(0.002)

    async def ready(self, *only: str) -> None:
        await self.until(lambda: all(self.machines[n].engine.status().ready for n in only or self.machines))
