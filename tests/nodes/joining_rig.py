"""Engines on real ledgers in one process: contracts, databases, journals, snapshots between fake wires."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ledger.bls import backend
from nodes.application import LedgerApplication
from nodes.bft.engine import BftEngine
from nodes.bft.journal import FileJournal
from nodes.bft.signer import JournalSigner
from nodes.clock import SystemClock
from nodes.founding import open_ledger
from nodes.network.interface import Channel, PeerId
from nodes.snapshots.service import LedgerSnapshots
from nodes.snapshots.shelf import Shelf
from nodes.snapshots.taking import Taker
from nodes.storage import Store
from tests.nodes.bft.engine_rig import QUICK, MemoryHub, MemoryNetwork
from tests.nodes.network_of_one import GENESIS, VALIDATOR_SECRETS, Solo

VALIDATORS = tuple(VALIDATOR_SECRETS)
OBSERVER = "landbridge-forwarding"
THRESHOLD = 5


class Hooked(MemoryNetwork):
    """A network that asks a test before a request leaves, and about each answer that comes back."""

    def __init__(self, hub: MemoryHub, peer: PeerId) -> None:
        super().__init__(hub, peer)
        self.asked: list[tuple[PeerId, bytes]] = []
        self.answered: list[int] = []
        self.tamper: Callable[[PeerId, bytes, bytes], bytes] = lambda _peer, _request, answer: answer

    async def request(self, peer: PeerId, channel: Channel, payload: bytes, *, timeout_s: float) -> bytes:
        if channel is Channel.SNAPSHOTS:
            self.asked.append((peer, payload))
        answer = await super().request(peer, channel, payload, timeout_s=timeout_s)
        if channel is Channel.SNAPSHOTS:
            answer = self.tamper(peer, payload, answer)
            self.answered.append(len(answer))
        return answer


class Member:
    """One node, through its restarts. What is on disk stays; what is in memory goes."""

    def __init__(self, town: RealTown, name: str, *, joins: bool = True, window_ms: int = 3_600_000) -> None:
        self.town, self.name, self.joins, self.window_ms = town, name, joins, window_ms
        self.folder = town.folder / name
        self.folder.mkdir(exist_ok=True)
        self.failures: list[BaseException] = []
        self.peer = PeerId(name, "node-1")

    async def start(self, tamper: Callable[[PeerId, bytes, bytes], bytes] | None = None) -> None:
        """`tamper` may change every answer about snapshots before this node sees it."""
        self.store: Store = open_ledger(f"sqlite:///{self.folder / 'ledger.db'}", GENESIS)
        shelf = Shelf(self.folder / "snapshots")
        self.taker = Taker(self.store.database, shelf, 1)
        self.application = LedgerApplication(
            self.store, GENESIS, SystemClock(), lambda _block: None, self.taker.committed
        )
        self.adoptions = 0
        self.network = Hooked(self.town.hub, self.peer)
        self.network.tamper = tamper or self.network.tamper
        self.snapshots = LedgerSnapshots(
            store=self.store,
            application=self.application,
            genesis=GENESIS,
            shelf=shelf,
            threshold=THRESHOLD,
            joins=self.joins,
            adopted=self._adopted,
        )
        self.snapshots.rules = replace(self.snapshots.rules, window_ms=lambda _: self.window_ms)
        signers = []
        if self.name in VALIDATORS:
            signers.append(
                JournalSigner(
                    secret=VALIDATOR_SECRETS[self.name],
                    network=self.application.info().network,
                    journal=FileJournal(self.folder / "journal"),
                    bls=backend(),
                    max_message_bytes=4_000_000,
                )
            )
        self.engine = BftEngine(
            application=self.application,
            network=self.network,
            organisation=self.name,
            signers=signers,
            clock=SystemClock(),
            on_refused=lambda _id, _refusal: None,
            timeouts=QUICK,
            snapshots=self.snapshots,
            on_failure=self.failures.append,
        )
        await self.network.start()
        await self.engine.start()
        self.running = True

    async def stop(self) -> None:
        if not getattr(self, "running", False):
            return
        self.running = False
        await self.engine.stop()
        await self.network.stop()
        await asyncio.to_thread(self.application.close)
        await asyncio.to_thread(self.taker.close)
        self.store.close()

    def _adopted(self) -> None:
        self.adoptions += 1

    async def wiped(self) -> Member:
        """Stopped, and on an empty disk."""
        await self.stop()
        self.folder = self.folder.with_name(self.folder.name + "-again")
        self.folder.mkdir()
        return self

    @property
    def height(self) -> int:
        return self.application.info().height


class RealTown:
    """The corridor's validators, and those who join them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hub = MemoryHub()
        self.members = {name: Member(self, name) for name in VALIDATORS}
        self.notary = Solo(folder, name="notary.db")
        """Signs statements; its own ledger stays at the genesis."""
        self.notary.clock.now_ms = SystemClock().now_ms  # type: ignore[method-assign]
        self.boxes = 0

    async def start(self) -> None:
        for member in self.members.values():
            await member.start()
        await self.until(lambda: all(m.engine.status().ready for m in self.members.values()))

    async def stop(self) -> None:
        for member in self.members.values():
            await member.stop()
        self.notary.close()

    def statement(self) -> bytes:
        self.boxes += 1
        self.notary.clock.time_ms = SystemClock().now_ms()
        return self.notary.gate_in(f"box {self.boxes}")

    async def grow(self, blocks: int, *, entries: int = 1, by: str = VALIDATORS[0]) -> None:
        """So many blocks more at those who run, each with some statements."""
        member = self.members[by]
        for _ in range(blocks):
            height = member.height
            for _ in range(entries):
                statement = await member.application.check(self.statement())
                await member.engine.submit(statement)
            await self.until(lambda at=height: member.height > at)

    async def until(self, holds: Callable[[], bool], *, limit_s: float = 60.0) -> None:
        async with asyncio.timeout(limit_s):
            while not holds():
                for member in self.members.values():
                    assert not member.failures, member.failures
                await asyncio.sleep(0.005)

    async def offered(self, *names: str, least: int = THRESHOLD) -> int:
        """Wait until these offer the same snapshot; its height.

        Each keeps its newest two, and leaves out a block that comes while it takes one: when they have
        missed each other, another block gives them another chance.
        """

        def heights(name: str) -> set[int]:
            return {o.header.height for o in self.members[name].snapshots.shelf.offers()}

        def common() -> set[int]:
            found = [heights(name) for name in names or VALIDATORS]
            return {h for h in set.intersection(*found) if h >= least}

        while True:
            try:
                await self.until(lambda: bool(common()), limit_s=1)
            except TimeoutError:
                await self.grow(1)
            else:
                return max(common())
