"""The hashes of the state trie, and the one rule by which two subtrees join.

A record's place is the hash of its key, read as 256 bits from the most
significant. A subtree without records hashes as EMPTY; one with a single record
is that record's leaf, however high it stands; any other is a branch over its
two halves. So the shape, and the root, are functions of the set of records alone.

In memory a subtree is bytes whose length tells its kind: nothing for an empty
one, 64 bytes (key hash, record hash) for a leaf, 32 bytes (its hash) for a branch.
Hashed, the kinds cannot be confused: leaf and branch have tags of their own, and
EMPTY is a digest that nobody can find a preimage of.
"""

from __future__ import annotations

from ledger.errors import EncodingError
from ledger.hashing import Tag, tagged_hash
from ledger.primitives import HASH_BYTES, Hash

EMPTY = Hash(bytes(HASH_BYTES))
"""Hash of a subtree without records, and root of a state without records."""

KEY_BITS = 8 * HASH_BYTES
"""Depth below which no two records can share a subtree."""

LEAF_BYTES = 2 * HASH_BYTES

NO_NODE = b""
"""A subtree without records, in memory."""


def key_hash(key: str) -> Hash:
    """Place of the record called `key`; `EncodingError` for text that UTF-8 cannot hold."""
    try:
        return tagged_hash(Tag.STATE_KEY, key.encode("utf-8"))
    except UnicodeEncodeError:
        raise EncodingError("a record key holds a lone surrogate", field="key") from None


def record_hash(record: bytes) -> Hash:
    """Hash of a record's canonical bytes."""
    return tagged_hash(Tag.STATE_RECORD, record)


def branch_hash(left: bytes, right: bytes) -> Hash:
    """Hash of the branch over two subtree hashes."""
    return tagged_hash(Tag.STATE_NODE, left, right)


def node_hash(node: bytes) -> Hash:
    """Hash of a subtree of any kind."""
    if len(node) == HASH_BYTES:
        return Hash(node)
    return tagged_hash(Tag.STATE_LEAF, node) if node else EMPTY


def join(left: bytes, right: bytes) -> bytes:
    """The subtree over two halves: nothing, a lone leaf unchanged, or a branch."""
    if not left and len(right) != HASH_BYTES:
        return right
    if not right and len(left) != HASH_BYTES:
        return left
    return branch_hash(node_hash(left), node_hash(right))
