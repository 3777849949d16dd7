"""No two honest nodes ever commit different blocks at one height, nor any height twice or out of order."""

from __future__ import annotations

import hashlib

from tests.simulation.invariants.base import Committed, Invariant, Setting, Violation


class Agreement(Invariant):
    """One block a height."""

    name = "agreement"

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._blocks: dict[int, bytes] = {}
        self._heights: dict[str, int] = {}

    def restored(self, node: str, height: int) -> None:
        self._heights[node] = height

    def committed(self, node: str, block: Committed) -> None:
        if block.height != self._heights.get(node, 0) + 1:
            raise Violation(f"{node} commits height {block.height} after {self._heights.get(node, 0)}")
        self._heights[node] = block.height
        known = self._blocks.setdefault(block.height, block.block_id)
        if known != block.block_id:
            one, other = known.hex()[:8], block.block_id.hex()[:8]
            raise Violation(f"height {block.height} is {one} for others and {other} for {node}")
        prefix = hashlib.sha256(b"sealane/header/1").digest()
        if hashlib.sha256(prefix + prefix + block.header).digest() != block.block_id:
            raise Violation(f"the id of block {block.height} is not the hash of its header")
