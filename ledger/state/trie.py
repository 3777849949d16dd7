"""Changing the state trie and proving from it, one page at a time.

Both are functions of the pages that a reader supplies; where pages are stored
is for others. Records are created and changed, never removed, so a branch never
becomes a leaf again and a page never disappears. A change touches the pages on
its way from the root, each read, rehashed and written once however many changes
pass through it. Key hashes that share a long prefix, which an attacker must
grind for, cost one page for each four shared bits and no more.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ledger.errors import EncodingError, InvariantViolated
from ledger.primitives import HASH_BYTES, Hash
from ledger.state.nodes import KEY_BITS, NO_NODE, node_hash
from ledger.state.page import SLOTS, Page
from ledger.state.proof import OtherLeaf, StateProof, pack_siblings
from ledger.state.span import Side

PageReader = Callable[[str], bytes | None]
"""The encoded page at a path, or None where there is none."""

ROOT_PATH = ""
"""Path of the page that holds the root."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateUpdate:
    """What a set of changes does to the trie."""

    root: Hash
    """The state root after the changes."""
    pages: dict[str, bytes]
    """The encoded pages that changed, by path; all others stay as they are."""


def apply(changes: Mapping[Hash, Hash], read: PageReader) -> StateUpdate:
    """The trie after records were created or changed.

    `changes` maps key hashes to record hashes. Raises `EncodingError` for a hash
    of another length or a malformed page, and `InvariantViolated` when a page
    that the trie refers to is missing.
    """
    leaves = sorted(_leaves(changes))
    before = read(ROOT_PATH)
    pages: dict[str, bytes] = {}
    if leaves:
        root = _change_page(ROOT_PATH, before, leaves, read, pages)
    else:
        root = Page.decode(before).root() if before is not None else NO_NODE
    return StateUpdate(root=node_hash(root), pages=pages)


def _leaves(changes: Mapping[Hash, Hash]) -> Iterator[bytes]:
    for key, record in changes.items():
        if len(key) != HASH_BYTES or len(record) != HASH_BYTES:
            raise EncodingError(f"key and record hashes have {HASH_BYTES} bytes", field="changes")
        yield key + record


def _change_page(
    path: str, before: bytes | None, leaves: list[bytes], read: PageReader, pages: dict[str, bytes]
) -> bytes:
    """Put sorted leaves, all below `path`, into its page and those beneath; return the page's root."""
    page = Page.empty() if before is None else Page.decode(before)
    position, shift = len(path) >> 1, 0 if len(path) & 1 else 4
    groups: dict[int, list[bytes]] = {}
    for leaf in leaves:
        groups.setdefault(leaf[position] >> shift & 15, []).append(leaf)
    for digit, group in groups.items():
        slot = SLOTS + digit
        page.nodes[slot] = _change_slot(f"{path}{digit:x}", page.nodes[slot], group, read, pages)
    root = page.rehash([SLOTS + digit for digit in groups])
    after = page.encode()
    if after != before:
        pages[path] = after
    return root


def _change_slot(
    path: str, slot: bytes, leaves: list[bytes], read: PageReader, pages: dict[str, bytes]
) -> bytes:
    """The slot at `path` after the sorted leaves below it were put there."""
    if len(slot) == HASH_BYTES:
        return _change_page(path, _existing(path, read), leaves, read, pages)
    if slot and all(leaf[:HASH_BYTES] != slot[:HASH_BYTES] for leaf in leaves):
        if not slot.hex().startswith(path):
            raise InvariantViolated(f"the state page over {path} holds a record of another place")
        insort(leaves, slot)
    if len(leaves) == 1:
        return leaves[0]
    return _change_page(path, None, leaves, read, pages)


def _existing(path: str, read: PageReader) -> bytes:
    data = read(path)
    if data is None:
        raise InvariantViolated(f"the state page {path!r} is missing")
    return data


def prove(key: Hash, read: PageReader) -> StateProof:
    """A proof of what stands at key hash `key`: its record, or that it has none.

    Raises `EncodingError` for a key hash of another length or a malformed page,
    and `InvariantViolated` when a page that the trie refers to is missing.
    """
    if len(key) != HASH_BYTES:
        raise EncodingError(f"a key hash has {HASH_BYTES} bytes", field="key")
    siblings: list[bytes] = []
    node = _descend(key, read, siblings)
    bitmap, present = pack_siblings([node_hash(sibling) for sibling in siblings])
    other = None
    if node and node[:HASH_BYTES] != key:
        other = OtherLeaf(key_hash=node[:HASH_BYTES].hex(), record_hash=node[HASH_BYTES:].hex())
    return StateProof(bitmap=bitmap, siblings=present, other=other)


def right_of(key: Hash, read: PageReader) -> tuple[Side, ...]:
    """What lies to the right of the way to key hash `key`, from the root downwards: see `span`.

    Raises as `prove` does.
    """
    siblings: list[bytes] = []
    _descend(key, read, siblings)
    place = int.from_bytes(key, "big")
    return tuple(
        (depth, node)
        for depth, node in enumerate(siblings)
        if node and not place >> (KEY_BITS - 1 - depth) & 1
    )


def _descend(key: Hash, read: PageReader, siblings: list[bytes]) -> bytes:
    """Follow `key` down to an empty subtree or a leaf, and note the sibling at each branch passed."""
    data = read(ROOT_PATH)
    if data is None:
        return NO_NODE
    digits = key.hex()
    for depth, digit in enumerate(digits):
        page = Page.decode(data)
        slot = SLOTS + int(digit, 16)
        node = page.root()
        for shift in (3, 2, 1, 0):
            if len(node) != HASH_BYTES:
                return node
            node = page.nodes[slot >> shift]
            siblings.append(page.nodes[slot >> shift ^ 1])
        if len(node) != HASH_BYTES:
            return node
        data = _existing(digits[: depth + 1], read)
    raise InvariantViolated("the state trie is deeper than its keys are long")
