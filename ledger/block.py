"""Blocks and headers: consecutive entries, and the header that commits to what they lead to.

The header is what validators sign. It binds everything before it (parent and
log root), everything it leads to (state root), who may sign it and who may sign
the next one. `ledger.chain` says which header may follow which.
"""

from __future__ import annotations

import msgspec

from ledger.canonical import Canonical, encode
from ledger.hashing import Tag, tagged_hash
from ledger.primitives import Hash, HexHash, UInt
from ledger.seal import Seal

HEADER_VERSION = 1

MAX_HEADER_BYTES = 2048
"""A header is about 800 bytes; its only free text is the proposer's organisation id."""


class Header(Canonical, frozen=True, kw_only=True):
    """The commitment to one block. All of it is canonical JSON."""

    version: UInt
    """Version of this format."""
    rules_version: UInt
    """Version of the contracts that executed the block."""
    network: HexHash
    """Network id."""
    height: UInt
    """Position in the chain; the genesis is 0."""
    time_ms: UInt
    """Block time in milliseconds since 1970, strictly greater than the parent's."""
    parent: HexHash
    """Block id of the parent; zeros in the genesis."""
    parent_seal_hash: HexHash
    """Hash of the parent's seal, which travels in this block; zeros at heights 0 and 1."""
    proposer: str
    """Organisation that first proposed the block; empty in the genesis."""
    log_size_before: UInt
    """Entries in the log before the block."""
    log_size: UInt
    """Entries in the log after the block."""
    log_root: HexHash
    """RFC 9162 root of the log after the block."""
    state_root: HexHash
    """Root of the state after the block."""
    validators_hash: HexHash
    """The set that seals this block."""
    next_validators_hash: HexHash
    """The set that seals the next block."""


class Block(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A header with its entries and the seal of its parent, as nodes send and store it."""

    header: Header
    entries: tuple[bytes, ...]
    """Leaf bytes of the statements, in order."""
    parent_seal: Seal | None
    """Seal of the parent; None only at height 1, since the genesis has none."""


def header_id(header: Header) -> Hash:
    """The block id: what votes, seals and children name."""
    return tagged_hash(Tag.HEADER, encode(header))
