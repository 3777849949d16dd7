"""The same blocks lead to the same records everywhere, and both roots are what the specification says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from tests.simulation.invariants.base import Committed, Invariant, Setting, Violation
from tests.simulation.invariants.said import tagged


class State(Invariant):
    """What nodes wrote for a height, and what lies in their databases in the end."""

    name = "state"

    def __init__(self, setting: Setting, founding: dict[str, bytes], genesis_leaf: bytes) -> None:
        super().__init__(setting)
        self._written: dict[int, tuple[tuple[str, bytes], ...]] = {}
        self._records = dict(founding)
        self._leaves = [_leaf(genesis_leaf)]
        """Their hashes: the root is derived from all of them at every block."""
        self._places: dict[bytes, bytes] = {}
        self._hashed(founding.items())
        self._at: list[dict[str, bytes]] = [dict(founding)]

    def committed(self, node: str, block: Committed) -> None:
        known = self._written.setdefault(block.height, block.records)
        if known != block.records:
            raise Violation(f"{node} derives other records from block {block.height} than others do")
        if block.height < len(self._at):
            return
        self._records.update(block.records)
        self._at.append(dict(self._records))
        self._leaves.extend(map(_leaf, block.leaves))
        root = _root(self._leaves)
        header = json.loads(block.header)
        if header["log_root"] != root.hex():
            raise Violation(f"the log root of block {block.height} is not that of its entries")
        if header["state_root"] != _state_root(self._hashed(block.records)).hex():
            raise Violation(f"the state root of block {block.height} is not that of the records")

    def _hashed(self, changed: Iterable[tuple[str, bytes]]) -> dict[bytes, bytes]:
        """All records by place, as the trie knows them."""
        for key, value in changed:
            self._places[tagged("sealane/state-key/1", key.encode())] = tagged(
                "sealane/state-record/1", value
            )
        return self._places

    def finished(self, databases: dict[str, Any], witnesses: dict[str, bytes]) -> None:
        for node, (height, records, versions) in databases.items():
            if records != self._at[height]:
                raise Violation(f"the records of {node} at height {height} are not those that blocks wrote")
            for key, version in versions.items():
                if json.loads(records[key]).get("version", version) != version:
                    raise Violation(f"{node} stores {key} under another version than it has")


def _leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def _root(hashes: list[bytes]) -> bytes:
    """RFC 9162, 2.1.1."""
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return hashlib.sha256(b"\x01" + _root(hashes[:split]) + _root(hashes[split:])).digest()


def _state_root(records: Mapping[bytes, bytes], depth: int = 0) -> bytes:
    """By definition: the set of records, split bit by bit."""
    if not records:
        return bytes(32)
    if len(records) == 1:
        ((place, record),) = records.items()
        return tagged("sealane/state-leaf/1", place + record)
    halves: tuple[dict[bytes, bytes], dict[bytes, bytes]] = ({}, {})
    for place, record in records.items():
        halves[place[depth // 8] >> (7 - depth % 8) & 1][place] = record
    left, right = (_state_root(half, depth + 1) for half in halves)
    return tagged("sealane/state-node/1", left + right)
