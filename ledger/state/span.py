"""Proving the state in portions: all records up to a place, folded, against the state root.

Records are taken in the order of their key hashes. A `Span` remembers of those
taken so far only the last leaf and the subtrees to the left of its way down: at
most 256 hashes, however many records there were. Together with the subtrees to
the right of that way, which whoever hands out the records knows, it gives the state
root. So each portion is proven as it comes: a record that is false, missing,
added or out of order gives another root.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ledger.errors import ProofError
from ledger.primitives import HASH_BYTES, Hash
from ledger.state.nodes import EMPTY, KEY_BITS, LEAF_BYTES, NO_NODE, join, node_hash

Side = tuple[int, bytes]
"""A subtree that is not empty beside the way to a leaf: the depth at which it branches off, and its bytes
(64 of a leaf, 32 of a branch)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The records from the first on up to a place."""

    last: bytes = b""
    """The leaf of the last one: key hash and record hash. Nothing before the first."""
    left: tuple[Side, ...] = ()
    """What lies to the left of the way to it, from the root downwards."""

    @property
    def after(self) -> bytes:
        """Key hash of the last record; empty before the first."""
        return self.last[:HASH_BYTES]

    def extend(self, leaves: Iterable[bytes]) -> Span:
        """The span with more leaves; `ProofError` unless they rise and go on after the last."""
        last, left = self.last, list(self.left)
        for leaf in leaves:
            if len(leaf) != LEAF_BYTES or leaf[:HASH_BYTES] <= last[:HASH_BYTES]:
                raise ProofError("records do not rise by the hash of their keys", field="records")
            if last:
                depth = KEY_BITS - (_place(last) ^ _place(leaf)).bit_length()
                inner = {at: node for at, node in left if at > depth}
                folded = _fold(last, inner, depth + 1)
                left = [side for side in left if side[0] < depth]
                left.append((depth, folded))
            last = leaf
        return Span(last=last, left=tuple(left))

    def root(self, right: Sequence[Side]) -> Hash:
        """The state root, given what lies to the right of the way to the last record.

        Raises `ProofError` for sides that cannot be there.
        """
        if not self.last:
            if right:
                raise ProofError("nothing lies beside a way that leads nowhere", field="right")
            return EMPTY
        sides = dict(self.left)
        before = -1
        for depth, node in right:
            if not before < depth < KEY_BITS or _place(self.last) >> (KEY_BITS - 1 - depth) & 1:
                raise ProofError("a side that is not to the right", field="right")
            if len(node) not in (HASH_BYTES, LEAF_BYTES):
                raise ProofError("a side is a leaf or a branch", field="right")
            sides[depth] = node
            before = depth
        return node_hash(_fold(self.last, sides, 0))


def _place(leaf: bytes) -> int:
    return int.from_bytes(leaf[:HASH_BYTES], "big")


def _fold(leaf: bytes, sides: Mapping[int, bytes], stop: int) -> bytes:
    """The subtree at depth `stop` on the way to a leaf, with what lies beside the way below that."""
    place, node = _place(leaf), leaf
    for depth in range(max(sides, default=stop - 1), stop - 1, -1):
        side = sides.get(depth, NO_NODE)
        node = join(side, node) if place >> (KEY_BITS - 1 - depth) & 1 else join(node, side)
    return node
