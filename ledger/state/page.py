"""One page of the state trie: four levels of branches over sixteen slots.

A page's path is the hexadecimal digits of the key hashes above it; the root's
is empty. A slot is empty, holds the leaf of the one record beneath it, or holds
the hash of the branch that is the page one digit further down.

Encoded: a version byte; four bytes with two bits a slot (0 empty, 1 branch,
2 leaf); the occupied slots in order, 32 bytes a branch, 64 a leaf; then the
hashes of the branches between slots and root, kept so that one changed record
costs four hashes a page and not fifteen. Which of those exist follows from the
slots, so a set of records has exactly one encoding. Pages are a node's own
storage: what is wrong within a well-formed page shows as another state root.
"""

from __future__ import annotations

from collections.abc import Sequence

from ledger.errors import EncodingError
from ledger.primitives import HASH_BYTES
from ledger.state.nodes import NO_NODE, join

PAGE_VERSION = 1

SLOTS = 16
"""Slots of a page; slot i is node 16 + i, and node n lies over nodes 2n and 2n + 1."""

_HEADER_BYTES = 5
_INNER = range(SLOTS - 1, 1, -1)
_BAD_KIND = 3
_SIZES = tuple(tuple((byte >> shift & 3) * HASH_BYTES for shift in (6, 4, 2, 0)) for byte in range(256))
"""For each byte of the header: how many bytes its four slots take."""
_VALID = tuple(_BAD_KIND * HASH_BYTES not in sizes for sizes in _SIZES)


class Page:
    """A page being read or changed. `nodes` is a heap: 2 and 3 are the halves, 16 to 31 the slots."""

    __slots__ = ("nodes",)

    def __init__(self, nodes: list[bytes]) -> None:
        self.nodes = nodes

    @classmethod
    def empty(cls) -> Page:
        """A page without records, which is never stored."""
        return cls([NO_NODE] * (2 * SLOTS))

    @classmethod
    def decode(cls, data: bytes) -> Page:
        """The page that `encode` wrote; `EncodingError` for any other bytes."""
        if len(data) <= _HEADER_BYTES or data[0] != PAGE_VERSION:
            raise EncodingError(f"not a state page of version {PAGE_VERSION}", field="page")
        nodes = [NO_NODE] * SLOTS
        start = _HEADER_BYTES
        for kinds in data[1:_HEADER_BYTES]:
            if not _VALID[kinds]:
                raise EncodingError("a slot is empty, a branch or a leaf", field="page")
            for size in _SIZES[kinds]:
                nodes.append(data[start : start + size])
                start += size
        for index in _INNER:
            left, right = nodes[2 * index], nodes[2 * index + 1]
            if (left and right) or len(left) == HASH_BYTES or len(right) == HASH_BYTES:
                nodes[index] = data[start : start + HASH_BYTES]
                start += HASH_BYTES
            else:
                nodes[index] = left or right
        if start != len(data):
            raise EncodingError(f"the slots take {start} bytes, the page has {len(data)}", field="page")
        return cls(nodes)

    def root(self) -> bytes:
        """The subtree that the whole page is."""
        return join(self.nodes[2], self.nodes[3])

    def encode(self) -> bytes:
        """The page's one encoding."""
        slots = self.nodes[SLOTS:]
        kinds = 0
        for slot in slots:
            kinds = kinds << 2 | len(slot) // HASH_BYTES
        inner = [self.nodes[index] for index in _INNER if len(self.nodes[index]) == HASH_BYTES]
        header = PAGE_VERSION.to_bytes(1, "big") + kinds.to_bytes(_HEADER_BYTES - 1, "big")
        return b"".join((header, *slots, *inner))

    def rehash(self, changed: Sequence[int]) -> bytes:
        """Renew every node over the changed slots, given as indexes of `nodes`; return the root."""
        nodes = self.nodes
        while changed[0] > 3:
            changed = list(dict.fromkeys([index >> 1 for index in changed]))
            for index in changed:
                nodes[index] = join(nodes[2 * index], nodes[2 * index + 1])
        return self.root()
