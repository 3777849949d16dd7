"""What a node once told its clients to be on the ledger is there for good, on every node."""

from __future__ import annotations

from typing import Any

from tests.simulation.invariants.base import Committed, Invariant, Setting, Violation


class Acknowledged(Invariant):
    """Nothing acknowledged is lost."""

    name = "acknowledged"

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._told: dict[bytes, tuple[int, str]] = {}
        self._held: dict[str, dict[bytes, int]] = {}
        self._heights: dict[str, int] = {}
        self._since: dict[str, int] = {}
        """Nodes that joined by a snapshot, and after which block: they hold no entry up to there."""

    def restored(self, node: str, height: int) -> None:
        if height > self._heights.get(node, 0):
            self._since[node] = height
        self._heights[node] = height
        held = self._held.get(node, {})
        self._held[node] = {one: at for one, at in held.items() if at <= height}

    def committed(self, node: str, block: Committed) -> None:
        self._heights[node] = block.height
        held = self._held.setdefault(node, {})
        held.update(dict.fromkeys(block.statement_ids, block.height))

    def acknowledged(self, node: str, height: int, statement_ids: tuple[bytes, ...]) -> None:
        for one in statement_ids:
            if self._held.get(node, {}).get(one) != height:
                raise Violation(f"{node} acknowledged {one.hex()[:8]} before it was durable")
            self._told.setdefault(one, (height, node))

    def finished(self, databases: dict[str, Any], witnesses: dict[str, bytes]) -> None:
        for node, height in self._heights.items():
            for one, (told, by) in self._told.items():
                if self._since.get(node, 0) < told <= height and self._held[node].get(one) != told:
                    raise Violation(f"{by} acknowledged {one.hex()[:8]} at {told}; {node} has it not")
        for node, (height, _, _) in databases.items():
            if height != self._heights.get(node, 0):
                raise Violation(
                    f"the database of {node} ends at {height}, not at {self._heights.get(node, 0)}"
                )
