"""The ledger holds what clients signed, once, in an order that makes sense, and grows by honest rules."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.simulation.invariants.base import Committed, Invariant, Setting, Violation
from tests.simulation.invariants.deeds import entry_of
from tests.simulation.invariants.seats import RECORD


class Validity(Invariant):
    """What blocks may hold and how they follow each other."""

    name = "validity"

    def __init__(self, setting: Setting, signed: Mapping[bytes, Any], *, entries: int, size: int) -> None:
        """`signed` holds what clients signed that may ever be accepted; a block has these limits."""
        super().__init__(setting)
        self._signed = signed
        self._limits = entries, size
        self._seen: set[bytes] = set()
        self._versions: dict[str, int] = {RECORD: 1}
        self._last: tuple[int, bytes, int, int] | None = None
        """Height, id, time and log size of the newest block."""

    def committed(self, node: str, block: Committed) -> None:
        if self._last is not None and block.height <= self._last[0]:
            return
        header = json.loads(block.header)
        self._follows(block, header)
        for leaf in block.leaves:
            self._entry(block.height, leaf, header["time_ms"])
        for key, value in block.records:
            if key == RECORD:
                # A ballot writes it too, under a subject of its own.
                self._versions[RECORD] = json.loads(value)["version"]
        self._last = (block.height, block.block_id, header["time_ms"], header["log_size"])

    def _follows(self, block: Committed, header: Any) -> None:
        where = f"block {block.height}"
        if header["height"] != block.height or header["proposer"] not in self.setting.at(block.height).names:
            raise Violation(f"{where} is of height {header['height']}, by {header['proposer']!r}")
        before = header["log_size_before"]
        if header["log_size"] != before + len(block.leaves):
            raise Violation(f"{where} counts its entries wrongly")
        entries, size = self._limits
        if len(block.leaves) > entries or sum(map(len, block.leaves)) > size:
            raise Violation(f"{where} is larger than the genesis allows")
        if self._last is None:
            return
        height, parent, time_ms, log_size = self._last
        if block.height != height + 1 or header["parent"] != parent.hex():
            raise Violation(f"{where} does not follow block {height}")
        if header["time_ms"] <= time_ms:
            raise Violation(f"{where} is not later than its parent")
        if before != log_size:
            raise Violation(f"{where} begins at entry {before}, the log has {log_size}")

    def _entry(self, height: int, leaf: bytes, time_ms: int) -> None:
        if leaf not in self._signed:
            raise Violation(f"block {height} holds what no client signed, or nobody may accept")
        if leaf in self._seen:
            raise Violation(f"block {height} holds a statement for the second time")
        self._seen.add(leaf)
        entry = entry_of(leaf)
        if entry.last_valid_ms < time_ms:
            raise Violation(f"block {height} holds a statement that had expired")
        for deed in entry.deeds:
            now = self._versions.get(deed.subject, 0)
            if deed.version != now + 1:
                raise Violation(
                    f"block {height} takes an act on version {deed.version - 1} of {deed.subject}, "
                    f"which is at {now}"
                )
            self._versions[deed.subject] = deed.version
