"""What the engine asks of snapshots: the node's own, served to others, and that of others, taken over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from contracts.context import StateReader
from contracts.execution import remembered_ms
from ledger.block import Block
from ledger.chain import Tip
from ledger.evidence import SetChange
from ledger.genesis import Genesis, genesis_validators
from ledger.merkle import frontier_nodes
from ledger.primitives import Height
from ledger.validators import ValidatorSet
from nodes.application import LedgerApplication
from nodes.snapshots.adopting import snapshot_write
from nodes.snapshots.messages import MAX_HANDOVERS, MAX_PAST_BLOCKS, Offer, Past
from nodes.snapshots.shelf import Folder, Shelf
from nodes.storage import Store

PAST_BYTES = 2_097_152
"""Entries in one answer about the past: it stops growing here, and may hold one block of any size."""

HANDOVER_BYTES = 1_048_576
"""The same of validator sets, roughly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinRules:
    """When to join by a snapshot, and with how much of the past."""

    threshold: int
    """Blocks that a peer must be ahead of the genesis, for it to be worth it."""
    window_ms: Callable[[StateReader], int]
    """W, from the state that is joined with: entries so young are needed, to refuse them once more."""
    validators: ValidatorSet
    """The set of the genesis."""
    joins: bool
    """Whether this node joins by snapshots at all."""


class LedgerSnapshots:
    """The snapshots of one node, over its database and application."""

    def __init__(
        self,
        *,
        store: Store,
        application: LedgerApplication,
        genesis: Genesis,
        shelf: Shelf,
        threshold: int,
        joins: bool,
        adopted: Callable[[], None],
    ) -> None:
        """`adopted` is called when the ledger goes on from a snapshot, on the event loop."""
        self._store = store
        self._application = application
        self._adopted = adopted
        self.shelf = shelf
        """Where they lie."""
        self.rules = JoinRules(
            threshold=threshold,
            window_ms=remembered_ms,
            validators=genesis_validators(genesis),
            joins=joins,
        )

    async def offers(self) -> tuple[Offer, ...]:
        """What others can join with."""
        offers = await asyncio.to_thread(self.shelf.offers)
        network = self._application.info().header.network
        return tuple(offer for offer in offers if offer.header.network == network)

    async def portion(self, height: Height, after: bytes) -> bytes | None:
        """An encoded portion of a snapshot, or None."""
        return await asyncio.to_thread(self._portion, height, after)

    def _portion(self, height: Height, after: bytes) -> bytes | None:
        folder = self.shelf.find(height)
        return None if folder is None else folder.portion(after)

    async def handovers(self, after: Height) -> tuple[SetChange, ...]:
        """Changes of the validator set under headers above a height, by rising height."""
        return await asyncio.to_thread(self._handovers, after)

    def _handovers(self, after: Height) -> tuple[SetChange, ...]:
        found: list[SetChange] = []
        size = 0
        for first, validators in self._store.validator_changes(Height(after + 1)):
            header, seal = self._store.header(Height(first - 1)), self._store.seal(Height(first - 1))
            size += 200 * validators.size
            if header is None or seal is None or len(found) >= MAX_HANDOVERS or size > HANDOVER_BYTES:
                break
            found.append(SetChange(header=header, seal=seal, validators=validators))
        return tuple(found)

    async def past(self, height: Height) -> Past | None:
        """Blocks that end with the one at a height; None when it is not kept."""
        return await asyncio.to_thread(self._past, height)

    def _past(self, height: Height) -> Past | None:
        blocks: list[Block] = []
        size = 0
        while height > 0 and len(blocks) < MAX_PAST_BLOCKS:
            loaded = self._store.load_block(height)
            if loaded is None:
                break
            size += sum(len(entry) for entry in loaded[0].entries)
            if blocks and size > PAST_BYTES:
                break
            blocks.insert(0, loaded[0])
            height = Height(height - 1)
        if not blocks:
            return None
        before = blocks[0].header.log_size_before
        nodes = self._store.log_nodes(frontier_nodes(before))
        return Past(frontier=before.to_bytes(8, "big") + b"".join(nodes), blocks=tuple(blocks))

    async def adopt(self, offer: Offer, changes: Sequence[SetChange], folder: Folder) -> Tip:
        """Go on from a verified snapshot; raises `InvariantViolated` once blocks were committed."""
        write = await asyncio.to_thread(snapshot_write, offer, changes, folder)
        tip = await self._application.adopt(write)
        self._adopted()
        await asyncio.to_thread(folder.finish, offer)
        return tip
