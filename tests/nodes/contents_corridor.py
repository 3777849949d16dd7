"""One ledger, and four nodes that keep contents beside it, for many short stories one after another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from ledger.evidence import GenesisAnchor, verify_evidence
from ledger.evidence.anchor import VerifiedSeals
from ledger.sealing import Keyring
from nodes.contents import Contents
from nodes.network.interface import PeerId
from nodes.proofs import Proofs
from nodes.storage import Store
from tests.nodes.contents_keys import contents_key
from tests.nodes.network_of_one import (
    CARRIER,
    FORWARDER,
    GENESIS,
    IMPORT_OFFICE,
    PORT,
    TRADER,
    Solo,
    node_key,
)
from tests.nodes.peers import Holder, MemoryNetwork

T = TypeVar("T")

KEYS = {CARRIER: {CARRIER}, FORWARDER: {FORWARDER, TRADER}, IMPORT_OFFICE: {IMPORT_OFFICE}, PORT: {PORT}}
"""The nodes, and the contents keys that each was given: the trader's is entrusted, the terminal's is not."""


class Inline(ThreadPoolExecutor):
    """Work for threads, done at once: what takes time here is handing it over."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **more: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **more))
        except Exception as error:
            done.set_exception(error)
        return done


class Corridor:
    """One ledger and four nodes for all examples; each example has records of its own."""

    def __init__(self, folder: Path, runner: asyncio.Runner) -> None:
        self.solo = Solo(folder)
        self.runner = runner
        self.numbers = count(1)
        ends: dict[PeerId, MemoryNetwork] = {}
        self.holders = {
            name: Holder(self.solo, name, ends, Keyring(map(contents_key, KEYS[name])))
            for name in KEYS
            if name != CARRIER
        }
        # The carrier's node keeps its contents where the ledger is, as every node does.
        network = MemoryNetwork(PeerId(CARRIER, "node-1"), ends)
        keyring = Keyring([contents_key(CARRIER)])
        own = Contents(self.solo.store, keyring, self.solo.application.state, network, self.solo.clock)
        self.contents = {CARRIER: own} | {name: one.contents for name, one in self.holders.items()}
        self.stores: dict[str, Store] = {CARRIER: self.solo.store}
        self.stores |= {name: one.store for name, one in self.holders.items()}
        self.proofs = Proofs(
            self.solo.store, GENESIS, self.solo.application, node_key(CARRIER), f"{CARRIER}/node-1"
        )
        self.anchor, self.verified = GenesisAnchor.of(GENESIS), VerifiedSeals()

    def run(self, work: Awaitable[T]) -> T:
        async def done() -> T:
            return await work

        return self.runner.run(done())

    def verify(self, evidence: bytes) -> Any:
        return verify_evidence(evidence, self.anchor, verified=self.verified)

    def close(self) -> None:
        for holder in self.holders.values():
            holder.close()
        self.solo.close()
