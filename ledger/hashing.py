"""The one hashing module: SHA-256 with a domain tag for each use.

A tagged hash is SHA-256(SHA-256(tag) || SHA-256(tag) || data), the construction
of BIP 340: digests of two uses can never be confused, and the 64-byte prefix
fills one SHA-256 block, so its midstate is computed once. Every tag in the
project is listed here. The log alone hashes without a tag, because RFC 9162
section 2.1.1 prescribes its 0x00 and 0x01 prefixes (see `ledger.merkle`).
"""

from __future__ import annotations

import enum
import hashlib

from ledger.primitives import Hash


class Tag(enum.Enum):
    """Every domain tag in use. A new use gets a new line here."""

    NETWORK = "sealane/network/1"
    """Genesis document -> network id."""
    STATEMENT = "sealane/statement/1"
    """COSE Sig_structure -> statement id."""
    ENTRY_CACHE = "sealane/entry-cache/1"
    """Full leaf bytes and public key -> key of the cache of verified signatures; never leaves a node."""
    HEADER = "sealane/header/1"
    """Canonical header -> block id."""
    SEAL = "sealane/seal/1"
    """Canonical seal -> seal hash."""
    VALIDATORS = "sealane/validators/1"
    """Canonical validator set -> validators hash."""
    STATE_KEY = "sealane/state-key/1"
    """Record key -> position in the state trie."""
    STATE_RECORD = "sealane/state-record/1"
    """Canonical record -> record hash."""
    STATE_LEAF = "sealane/state-leaf/1"
    """Key hash and record hash -> leaf of the state trie."""
    STATE_NODE = "sealane/state-node/1"
    """Left and right child -> inner node of the state trie."""
    VOTE = "sealane/vote/1"
    """Prefix of the bytes a validator's BLS key signs when it votes."""
    PROPOSAL = "sealane/proposal/1"
    """Prefix of the bytes a validator's BLS key signs when it proposes."""
    NUMBERING = "sealane/numbering/1"
    """Prefix of the bytes a carrier's numbering key signs for a bill's number."""
    BILL_ID = "sealane/bill-id/1"
    """Numbering signature -> bill record id."""
    COMMITMENT = "sealane/commitment/1"
    """Salt and hash of the digests of a content's fields -> on-ledger commitment to a content."""
    FIELD_SALT = "sealane/field-salt/1"
    """Salt of a content and path of a field -> salt of the field's digest."""
    CONTAINER = "sealane/container/1"
    """Salt and container number -> on-ledger commitment to a container number."""
    SEAL_NUMBER = "sealane/seal-number/1"
    """Salt of a container and number of a seal on its doors -> on-ledger commitment to the seal's number."""


def _midstate(tag: Tag) -> hashlib._Hash:
    digest = hashlib.sha256(tag.value.encode("ascii")).digest()
    return hashlib.sha256(digest + digest)


_MIDSTATES = {tag: _midstate(tag) for tag in Tag}


def tagged_hash(tag: Tag, *parts: bytes) -> Hash:
    """SHA-256 of the concatenated parts in the domain of `tag`.

    The parts are joined without separators: a use that joins several must give
    all but the last a fixed length.
    """
    state = _MIDSTATES[tag].copy()
    for part in parts:
        state.update(part)
    return Hash(state.digest())


def sha256(data: bytes) -> Hash:
    """Plain SHA-256, for the formats of others (RFC 9162, RFC 9679, DCSA checksums)."""
    return Hash(hashlib.sha256(data).digest())
