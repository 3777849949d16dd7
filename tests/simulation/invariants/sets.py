"""Each header names the set that seals it and the next, as the records before it appointed them.

This comes first of all invariants: from here the others know who seals what.
"""

from __future__ import annotations

import json

from tests.simulation.invariants.base import Committed, Invariant, Setting, Violation
from tests.simulation.invariants.seats import AHEAD, RECORD, Seats, appointed


class Sets(Invariant):
    """Clauses G1 to G3."""

    name = "sets"

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._height = 0
        self._newest = setting.timeline.at(1)
        self._retired = set(self._newest.keys)
        """Every key that was ever named."""
        self._bearable(self._newest)

    def committed(self, node: str, block: Committed) -> None:
        header = json.loads(block.header)
        for field, height in (("validators_hash", block.height), ("next_validators_hash", block.height + 1)):
            if header[field] != self.setting.at(height).hash.hex():
                raise Violation(
                    f"block {block.height} of {node} has as {field} not the set that seals {height}"
                )
        if block.height <= self._height:
            return
        self._height = block.height
        for key, value in block.records:
            if key == RECORD:
                self._changed(block.height, appointed(value))

    def _changed(self, height: int, seats: Seats) -> None:
        before, self._newest = self._newest, seats
        new = set(seats.keys) - set(before.keys)
        if new & self._retired:
            raise Violation(f"block {height} appoints a key that was named before")
        self._retired |= new
        self._bearable(seats)
        self.setting.timeline.appoint(height + AHEAD, seats)

    def _bearable(self, seats: Seats) -> None:
        """The simulation itself must keep to what it assumes."""
        traitors = self.setting.traitors & set(seats.names)
        if len(traitors) > seats.faults and not self.setting.treason:
            raise Violation(f"the simulation seats {len(traitors)} traitors of {len(seats.names)}")
