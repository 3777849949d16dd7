"""A node's stored chain, handed out block by block for an audit that believes nothing of it."""

from __future__ import annotations

from ledger.block import Block
from ledger.errors import ChainError
from ledger.primitives import Height
from ledger.seal import Seal
from nodes.storage import Store


class StoredChain:
    """The chain in a database. Errors of the database itself are `nodes.storage.StorageError`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def genesis(self) -> bytes:
        """The genesis document."""
        return self._store.genesis() or b""

    def height(self) -> int:
        """The newest block."""
        return self._store.tip().height

    def block(self, height: int) -> tuple[Block, Seal]:
        """A block with its seal, which may be the one that its child carries; `ChainError` without."""
        block, seal = self._store.load_block(Height(height)) or (None, None)
        if block is None:
            raise ChainError("the block is missing, or its entries are pruned here", field="entries")
        if seal is None:
            following = self._store.load_block(Height(height + 1))
            seal = None if following is None else following[0].parent_seal
        if seal is None:
            raise ChainError("the block is not sealed here", field="seal")
        return block, seal
