"""A batch takes effect as a whole, once, or not at all; and nothing is written but by an entry of the log.

Which records the acts of a batch leave, and at which versions, follows from its own
bytes; what a node derived from a block must be that, and beside it only what the
acts of the block say they wrote as well.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from tests.simulation.invariants.base import Committed, Invariant, Setting, Violation
from tests.simulation.invariants.deeds import Deed, Entry, entry_of


class Batches(Invariant):
    """All or nothing."""

    name = "batches"

    def __init__(self, setting: Setting, signed: Sequence[bytes], reached: Callable[[str], None]) -> None:
        """`signed` are the leaves of all batches that clients signed, as they go on signing."""
        super().__init__(setting)
        self._signed = signed
        self._reached = reached
        self._height = 0
        self._sealed: Counter[bytes] = Counter()
        """How often the log holds each statement, by id."""
        self._subjects: set[str] = set()
        """What the acts in the log were on."""
        self._written: set[tuple[str, int]] = set()
        """Versions of records that blocks wrote."""
        self._told: dict[bytes, str] = {}
        """What was acknowledged, and by whom."""
        self._refused: dict[bytes, str] = {}
        """What was refused for good, and by whom."""
        self._turned_away: dict[bytes, str] = {}
        """Leaves that were not taken, and by whom."""

    def acknowledged(self, node: str, height: int, statement_ids: tuple[bytes, ...]) -> None:
        self._told.update(dict.fromkeys(statement_ids, node))

    def refused(self, node: str, statement_id: bytes, code: str) -> None:
        self._refused.setdefault(statement_id, node)

    def turned_away(self, node: str, leaf: bytes) -> None:
        self._turned_away[leaf] = node

    def committed(self, node: str, block: Committed) -> None:
        if block.height <= self._height:
            return
        self._height = block.height
        entries = [entry_of(leaf) for leaf in block.leaves]
        written = Counter(_stamp(key, value) for key, value in block.records)
        for entry in entries:
            self._whole(block.height, entry, written)
        acts = {(deed.act, deed.part, deed.by) for entry in entries for deed in entry.deeds}
        for stamp in written:
            place = (stamp.subject, stamp.version)
            if (stamp.act, stamp.part, stamp.by) not in acts:
                raise Violation(f"block {block.height} writes {place} for {stamp.act}, which no entry did")
            if written[stamp] > 1 or place in self._written:
                raise Violation(f"block {block.height} writes {place} for the second time")
            self._written.add(place)

    def _whole(self, height: int, entry: Entry, written: Counter[Deed]) -> None:
        """Everything that an entry does is written."""
        self._sealed[entry.id] += 1
        self._subjects.update(deed.subject for deed in entry.deeds)
        for deed in entry.deeds:
            if deed not in written:
                raise Violation(
                    f"block {height} holds {entry.id.hex()[:8]}, whose act {deed.part or 1} of "
                    f"{len(entry.deeds)} did not bring {deed.subject} to version {deed.version}"
                )
        if entry.is_batch:
            self._reached("a batch took effect")

    def finished(self, databases: dict[str, Any], witnesses: dict[str, bytes]) -> None:
        for leaf in self._signed:
            entry = entry_of(leaf)
            times, told = self._sealed[entry.id], self._told.get(entry.id)
            if times > 1 or (told and not times):
                raise Violation(
                    f"{told} acknowledged {entry.id.hex()[:8]}, which the log holds {times} times"
                )
            if leaf in self._turned_away and times:
                raise Violation(f"{self._turned_away[leaf]} turned {entry.id.hex()[:8]} away; the log has it")
            if not times:
                self._left_no_trace(entry, databases)
                if leaf in self._turned_away or entry.id in self._refused:
                    self._reached("a batch was refused whole")
                if entry.id in self._refused:
                    self._reached("a batch lost its race")

    def _left_no_trace(self, entry: Entry, databases: dict[str, Any]) -> None:
        """No database has a record on which nothing in the log ever acted."""
        for deed in entry.deeds:
            for node, (_, records, _) in databases.items():
                if deed.subject not in self._subjects and deed.subject in records:
                    raise Violation(f"{node} has {deed.subject}, of a batch that the log does not hold")


def _stamp(key: str, value: bytes) -> Deed:
    """Which act a record says it was last written by."""
    record = json.loads(value)
    return Deed(
        key, record["version"], record["changed_act"], record.get("changed_part", 0), record["changed_by"]
    )
