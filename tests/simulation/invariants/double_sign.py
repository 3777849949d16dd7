"""No honest validator ever says two things in one place, nor anything that its disk could still forget.

Looked at is everything that it ever sent, and everything its journal ever held
durably, through all crashes.
"""

from __future__ import annotations

import msgspec

from tests.simulation.invariants.base import Invariant, Setting, Violation
from tests.simulation.invariants.said import Said, frames, said_in

MAGIC_BYTES = 18
SIGNED = 1
"""Kind of the journal's record of a signed message."""


class DoubleSign(Invariant):
    """Clauses J1 and J2."""

    name = "double-sign"

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._said: dict[tuple[str, tuple[int, int, str]], tuple[bytes, int]] = {}
        self._durable: set[tuple[str, bytes]] = set()
        """Node and signature."""
        self._read: dict[tuple[str, str], int] = {}
        """How far each of a node's journals was read."""
        self._heard: dict[str, bytes] = {}

    def _take(self, node: str, one: Said, how: str) -> None:
        known = self._said.setdefault((node, one.place), one.content)
        if known != one.content:
            height, round_, step = one.place
            raise Violation(
                f"{node} {how} two {step}s at height {height} round {round_}: "
                f"{known[0].hex()[:8]} (valid round {known[1]}) and "
                f"{one.block_id.hex()[:8]} (valid round {one.valid_round})"
            )

    def synced(self, node: str, journal: str, data: bytes, *, replaced: bool) -> None:
        file = (node, journal)
        offset = MAGIC_BYTES if replaced or file not in self._read else self._read[file]
        self._read[file] = offset
        for end, payload in frames(data, offset):
            self._read[file] = end
            if len(payload) > 8 and (record := msgspec.msgpack.decode(payload))[0] == SIGNED:
                for one in said_in(record[1]):
                    self._take(node, one, "signed")
                    self._durable.add((node, one.signature))

    def crashed(self, node: str) -> None:
        """What is cut off was not synced, so nothing behind the last sync has been read."""

    def sent(self, node: str, payload: bytes) -> None:
        if self._heard.get(node) is payload:
            return
        self._heard[node] = payload
        for one in said_in(payload):
            if one.seat == self.setting.at(one.height).seat(node):
                self._take(node, one, "sent")
                if (node, one.signature) not in self._durable:
                    raise Violation(f"{node} sent a {one.step} of height {one.height} before it was durable")
