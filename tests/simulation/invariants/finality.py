"""What an honest node has refused for good is on no honest ledger afterwards."""

from __future__ import annotations

from tests.simulation.invariants.base import Committed, Invariant, Setting, Violation


class Finality(Invariant):
    """Clause W4."""

    name = "finality"

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._sealed: set[bytes] = set()
        self._refused: dict[bytes, tuple[str, str]] = {}

    def refused(self, node: str, statement_id: bytes, code: str) -> None:
        if statement_id not in self._sealed:
            self._refused.setdefault(statement_id, (node, code))

    def committed(self, node: str, block: Committed) -> None:
        for one in block.statement_ids:
            self._sealed.add(one)
            if one in self._refused:
                by, code = self._refused[one]
                raise Violation(f"{by} refused {one.hex()[:8]} for good ({code}); {node} has it sealed")
