"""The log's Merkle tree: RFC 9162 section 2.1 with SHA-256.

A leaf hashes as SHA-256(0x00 || data), an inner node as SHA-256(0x01 || left ||
right), an empty log as SHA-256 of nothing. A perfect subtree is named by its
level (0 for a leaf) and its index among those of that level, from the left; it
never changes once complete, so nodes store perfect subtrees and nothing else.

`Frontier` appends and gives roots; `inclusion_path` and `consistency_path` build
proofs from stored subtrees; `verify_inclusion` and `verify_consistency` check
them. Where subtrees are stored, and which leaf is which entry, is for others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat

from ledger.errors import EncodingError, ProofError
from ledger.hashing import sha256
from ledger.primitives import HASH_BYTES, MAX_SAFE_INTEGER, Hash

Node = tuple[int, int]
"""A perfect subtree: (level, index)."""

Reader = Callable[[Sequence[Node]], Sequence[Hash]]
"""Answers with the hashes of the named perfect subtrees, in the order asked."""

EMPTY_ROOT = sha256(b"")
"""Root of a log without entries (section 2.1.1)."""

_SIZE_BYTES = 8


def leaf_hash(data: bytes) -> Hash:
    """Hash of a leaf that holds `data` (section 2.1.1)."""
    return Hash(hashlib.sha256(b"\x00" + data).digest())


def node_hash(left: bytes, right: bytes) -> Hash:
    """Hash of the inner node over two subtrees (section 2.1.1)."""
    return Hash(hashlib.sha256(b"\x01" + left + right).digest())


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontier:
    """The right edge of a log: all that is needed to append to it and to know its root."""

    size: int
    """Number of entries."""
    nodes: tuple[Hash, ...]
    """The perfect subtrees that together hold all entries, largest first: one for each 1 bit of `size`."""

    def __post_init__(self) -> None:
        if not 0 <= self.size <= MAX_SAFE_INTEGER:
            raise EncodingError(f"a log has 0 to 2^53 - 1 entries, not {self.size}", field="size")
        if len(self.nodes) != self.size.bit_count():
            message = (
                f"a log of {self.size} entries has {self.size.bit_count()} subtrees, not {len(self.nodes)}"
            )
            raise EncodingError(message, field="nodes")
        if any(len(node) != HASH_BYTES for node in self.nodes):
            raise EncodingError(f"a subtree hash has {HASH_BYTES} bytes", field="nodes")

    @classmethod
    def empty(cls) -> Frontier:
        """The frontier of a log without entries."""
        return cls(size=0, nodes=())

    def append(self, leaf: Hash) -> Frontier:
        """The frontier after one more leaf hash."""
        return self.extend((leaf,))[0]

    def extend(self, leaves: Sequence[Hash]) -> tuple[Frontier, dict[Node, Hash]]:
        """The frontier after more leaf hashes, and every perfect subtree they completed.

        The completed subtrees include the leaves themselves, at level 0: they
        are exactly what a `Reader` may be asked for later and was not before.
        """
        completed: dict[Node, Hash] = {}
        edge = list(self.nodes)
        kept: list[Hash] = []
        size, level, fresh = self.size, 0, list(leaves)
        while size or fresh:
            completed.update(zip(zip(repeat(level), range(size, size + len(fresh))), fresh, strict=False))
            row = [edge.pop(), *fresh] if size & 1 else fresh
            if len(row) & 1:
                kept.append(row[-1])
            fresh = _pair(row)
            size >>= 1
            level += 1
        return Frontier(size=self.size + len(leaves), nodes=tuple(reversed(kept))), completed

    def root(self) -> Hash:
        """Merkle tree hash of the log."""
        return _fold(self.nodes) if self.nodes else EMPTY_ROOT

    def encode(self) -> bytes:
        """Size as 8 bytes, big-endian, then the subtree hashes, largest first."""
        return self.size.to_bytes(_SIZE_BYTES, "big") + b"".join(self.nodes)

    @classmethod
    def decode(cls, data: bytes) -> Frontier:
        """The frontier that `encode` wrote; `EncodingError` for any other bytes."""
        if len(data) < _SIZE_BYTES or (len(data) - _SIZE_BYTES) % HASH_BYTES:
            raise EncodingError(f"a frontier does not have {len(data)} bytes", field="frontier")
        starts = range(_SIZE_BYTES, len(data), HASH_BYTES)
        nodes = tuple(Hash(data[start : start + HASH_BYTES]) for start in starts)
        return cls(size=int.from_bytes(data[:_SIZE_BYTES], "big"), nodes=nodes)


def _pair(row: Sequence[Hash]) -> list[Hash]:
    """Parents of the row's nodes, two by two; an odd last one has no parent yet."""
    new = hashlib.sha256
    pairs = zip(row[0::2], row[1::2], strict=False)
    return [Hash(new(b"\x01" + left + right).digest()) for left, right in pairs]


def _fold(nodes: Sequence[Hash]) -> Hash:
    """Hash over adjacent perfect subtrees of falling size: the right ones are joined first."""
    total = nodes[-1]
    for node in reversed(nodes[:-1]):
        total = node_hash(node, total)
    return total


def frontier_nodes(size: int) -> tuple[Node, ...]:
    """The perfect subtrees of the frontier of a log of `size` entries, in its order."""
    return tuple(_perfect(0, size))


def inclusion_nodes(index: int, size: int) -> tuple[Node, ...]:
    """The perfect subtrees from which `inclusion_path` is made, in the order it asks for them.

    Raises `ProofError` when a log of `size` entries has no entry `index`.
    """
    return tuple(node for run in _inclusion_runs(index, size) for node in run)


def inclusion_path(index: int, size: int, read: Reader) -> tuple[Hash, ...]:
    """The audit path of entry `index` in the log of `size` entries (section 2.1.3.1).

    `read` is called once. Raises `ProofError` when there is no such entry, or
    when `read` answers with another number of hashes than it was asked for.
    """
    return _read_runs(_inclusion_runs(index, size), read)


def consistency_path(size1: int, size2: int, read: Reader) -> tuple[Hash, ...]:
    """The proof that the log of `size1` is a prefix of that of `size2` (section 2.1.4.1).

    `read` is called once. Raises `ProofError` unless 0 < size1 <= size2, or when
    `read` answers with another number of hashes than it was asked for.
    """
    return _read_runs(_consistency_runs(size1, size2), read)


def _inclusion_runs(index: int, size: int) -> list[list[Node]]:
    """The path's elements, leaf first, each as the run of perfect subtrees that it joins."""
    if not 0 <= index < size:
        raise ProofError(f"a log of {size} entries has no entry {index}", field="index")
    low, high = 0, size
    ranges: list[tuple[int, int]] = []
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low = middle
    return [list(_perfect(start, end)) for start, end in reversed(ranges)]


def _consistency_runs(size1: int, size2: int) -> list[list[Node]]:
    """As `_inclusion_runs`, for the boundary after entry `size1` - 1 (SUBPROOF of section 2.1.4.1)."""
    if not 0 < size1 <= size2:
        raise ProofError(f"a log of {size1} entries is no proper prefix of one of {size2}", field="size1")
    low, high = 0, size2
    ranges: list[tuple[int, int]] = []
    while size1 != high:
        middle = low + _split(high - low)
        if size1 <= middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low = middle
    if low:
        ranges.append((low, high))
    return [list(_perfect(start, end)) for start, end in reversed(ranges)]


def _split(count: int) -> int:
    """The largest power of two smaller than `count`, which is at least 2."""
    return 1 << (count - 1).bit_length() - 1


def _perfect(start: int, end: int) -> Iterator[Node]:
    """The perfect subtrees that together hold the leaves from `start` to before `end`, largest first.

    `start` is a multiple of the largest one's size, as in every range of a path.
    """
    while start < end:
        level = (end - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level


def _read_runs(runs: Sequence[Sequence[Node]], read: Reader) -> tuple[Hash, ...]:
    wanted = [node for run in runs for node in run]
    found = read(wanted) if wanted else ()
    if len(found) != len(wanted):
        raise ProofError(f"asked for {len(wanted)} subtrees of the log, got {len(found)}", field="path")
    path: list[Hash] = []
    start = 0
    for run in runs:
        path.append(_fold(found[start : start + len(run)]))
        start += len(run)
    return tuple(path)


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Check that the leaf hash `leaf` is entry `index` of the log of `size` entries with this root.

    The algorithm of section 2.1.3.2. Raises `ProofError`.
    """
    if not 0 <= index < size:
        raise ProofError(f"a log of {size} entries has no entry {index}", field="index")
    _check_hashes(leaf=(leaf,), path=path, root=(root,))
    _, implied = _climb(index, size - 1, leaf, path)
    if implied != root:
        raise ProofError("the path does not lead to the root", field="path")


def verify_consistency(size1: int, size2: int, path: Sequence[bytes], root1: bytes, root2: bytes) -> None:
    """Check that the log of `size1` entries with `root1` is a prefix of that of `size2` with `root2`.

    The algorithm of section 2.1.4.2. An empty log is a prefix of every log, so
    `size1` of 0 would prove nothing and is refused. Raises `ProofError`.
    """
    if not 0 < size1 <= size2:
        raise ProofError(f"a log of {size1} entries is no proper prefix of one of {size2}", field="size1")
    if size1 == size2:
        if path or root1 != root2:
            raise ProofError("logs of one size are consistent only when equal, without a path", field="path")
        return
    _check_hashes(path=path, root1=(root1,), root2=(root2,))
    if not path:
        raise ProofError("the path is too short", field="path")
    position, last = size1 - 1, size2 - 1
    while position & 1:
        position >>= 1
        last >>= 1
    whole = not size1 & (size1 - 1)
    old, new = _climb(position, last, root1, path) if whole else _climb(position, last, path[0], path[1:])
    if old != root1:
        raise ProofError("the path does not lead to the older root", field="path")
    if new != root2:
        raise ProofError("the path does not lead to the newer root", field="path")


def _climb(position: int, last: int, seed: bytes, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    """The roots that a path implies for its seed: of the log that ends with it, and of the whole log.

    The seed is node `position` of a level whose last node is `last`. This is the
    loop of sections 2.1.3.2 and 2.1.4.2; inclusion uses only the second root.
    """
    old = new = seed
    for sibling in path:
        if last == 0:
            raise ProofError("the path is too long", field="path")
        if position & 1 or position == last:
            old = node_hash(sibling, old)
            new = node_hash(sibling, new)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            new = node_hash(new, sibling)
        position >>= 1
        last >>= 1
    if last != 0:
        raise ProofError("the path is too short", field="path")
    return old, new


def _check_hashes(**groups: Sequence[bytes]) -> None:
    for field, hashes in groups.items():
        for value in hashes:
            if len(value) != HASH_BYTES:
                raise ProofError(f"expected a hash of {HASH_BYTES} bytes, got {len(value)}", field=field)
