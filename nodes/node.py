"""A node: its parts, put together once, started in order and stopped in reverse."""

from __future__ import annotations

import asyncio
from importlib.metadata import version

import structlog

from ledger.genesis import Genesis
from ledger.keys import SigningKey
from nodes.api.app import create_app
from nodes.api.server import ApiServer
from nodes.application import LedgerApplication
from nodes.bft.engine import BftEngine
from nodes.clock import Clock, SystemClock
from nodes.config import ConfigError, NodeConfig, load_keyring, load_node_key, storage_url
from nodes.contents import Contents
from nodes.founding import load_genesis, open_ledger
from nodes.members import PREFIX, ledger_members
from nodes.network.directory import Address, KnownPeers
from nodes.network.interface import PeerId
from nodes.network.network import PeerNetwork
from nodes.outcomes import Outcomes, SealedBlock
from nodes.proofs import Proofs
from nodes.services import NodeServices
from nodes.signing import open_signers
from nodes.snapshots.service import LedgerSnapshots
from nodes.snapshots.shelf import Shelf
from nodes.snapshots.taking import Taker
from nodes.storage import Store

_log = structlog.get_logger("node")

SOFTWARE = f"sealane/{version('sealane')}"


class Node:
    """One node. Make it inside a running event loop, `start` it, `stop` it."""

    def __init__(self, config: NodeConfig, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self.genesis: Genesis = load_genesis(config.node.genesis)
        self.peer = PeerId(config.node.organisation, config.node.name)
        key = load_node_key(config)
        config.node.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.store: Store = open_ledger(storage_url(config), self.genesis)
        self.outcomes = Outcomes()
        self.failure: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()
        shelf = Shelf(config.node.data / "snapshots")
        self._taker = Taker(self.store.database, shelf, config.sync.snapshot_every_s * 1000)
        self.application = LedgerApplication(
            self.store, self.genesis, self._clock, self._committed, self._taker.committed
        )
        self._directory = KnownPeers(self._members(key), _addresses(config, self.peer))
        self.network = PeerNetwork(
            peer=self.peer,
            key=key,
            network=self.application.info().network,
            listen=Address(config.peer.host, config.peer.port),
            directory=self._directory,
            software=SOFTWARE,
        )
        signers = open_signers(config, self.application.info(), self.application.parameters())
        self._journals = [journal for journal, _ in signers]
        self.engine = BftEngine(
            application=self.application,
            network=self.network,
            organisation=self.peer.organisation,
            signers=[signer for _, signer in signers],
            clock=self._clock,
            on_refused=self.outcomes.refused,
            witness=config.node.data / "witness-log",
            snapshots=LedgerSnapshots(
                store=self.store,
                application=self.application,
                genesis=self.genesis,
                shelf=shelf,
                threshold=config.sync.snapshot_threshold,
                joins=config.sync.snapshot == "auto",
                adopted=self._members_changed,
            ),
            on_failure=self._failed,
        )
        contents = self._contents(config)
        proofs = Proofs(self.store, self.genesis, self.application, key, str(self.peer))
        self.services = NodeServices(
            config=config,
            genesis=self.genesis,
            store=self.store,
            application=self.application,
            engine=self.engine,
            outcomes=self.outcomes,
            contents=contents,
            proofs=proofs,
            clock=self._clock,
            software=SOFTWARE,
        )
        self.api = ApiServer(create_app(self.services, authorities=config.api.authorities), config.api)

    def _contents(self, config: NodeConfig) -> Contents:
        keyring = load_keyring(config)
        return Contents(self.store, keyring, self.application.state, self.network, self._clock)

    def _members(self, key: SigningKey) -> dict[bytes, PeerId]:
        """The ledger's nodes; `ConfigError` when it has this one's key for another.

        A node that is not among them may be admitted, or its key named, by a block
        that is not here yet; until then no peer listens to it.
        """
        members = ledger_members(self.store)
        named = members.get(key.public_key.data)
        if named not in (None, self.peer):
            raise ConfigError(
                f"the ledger has this node key for {named}, not for {self.peer}: check node.toml"
            )
        if named is None:
            _log.warning(
                "the ledger here names no node like this one with this key",
                node=str(self.peer),
                key=key.public_key.text,
            )
        return members

    async def start(self) -> None:
        """Serve the API, open the streams, then take part; raises `OSError` for a port in use."""
        await self.api.start()
        await self.network.start()
        await self.engine.start()
        _log.info("started", node=str(self.peer), height=self.application.info().height)

    async def stop(self) -> None:
        """Stop in reverse; everything acknowledged is durable before this returns."""
        self.outcomes.close()
        await self.api.stop()
        await self.engine.stop()
        await self.network.stop()
        await asyncio.to_thread(self.application.close)
        await asyncio.to_thread(self._taker.close)
        for journal in self._journals:
            journal.close()
        self.store.close()
        _log.info("stopped", node=str(self.peer))

    def _failed(self, error: BaseException) -> None:
        """The engine can do nothing more: whoever runs the node should stop it."""
        if not self.failure.done():
            self.failure.set_result(error)

    def _committed(self, block: SealedBlock) -> None:
        self.outcomes.committed(block)
        if any(key.startswith(PREFIX) for entry in block.entries for key in entry.writes):
            self._members_changed()

    def _members_changed(self) -> None:
        """Who may speak follows from the ledger."""
        self._directory.replace(members=ledger_members(self.store))
        self.network.recheck()


def _addresses(config: NodeConfig, own: PeerId) -> dict[PeerId, Address]:
    known = {
        PeerId(entry.organisation, entry.name): Address(entry.host, entry.port) for entry in config.peers
    }
    known.pop(own, None)
    return known
