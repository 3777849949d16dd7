"""What the storage answers with: small frozen values, never rows of the database library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from nodes.storage.errors import LimitExceeded

MAX_PAGE_ROWS = 1_000
"""Most rows in one answer: about 1 MB of entries, and a few milliseconds of work."""

T = TypeVar("T")
C = TypeVar("C")


def check_limit(limit: int) -> int:
    """`limit` itself; `LimitExceeded` unless it is 1 to MAX_PAGE_ROWS."""
    if not 1 <= limit <= MAX_PAGE_ROWS:
        raise LimitExceeded(f"asked for {limit} rows, a page has 1 to {MAX_PAGE_ROWS}")
    return limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T, C]):
    """Part of a list, and where to go on."""

    items: tuple[T, ...]
    """The rows, in the order of the list."""
    next: C | None
    """What to pass as the cursor for the following page; None on the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockSummary:
    """One line of a list of blocks."""

    height: int
    """Position in the chain."""
    block_id: bytes
    """Block id."""
    time_ms: int
    """Block time."""
    proposer: str
    """Organisation that proposed it."""
    entries: int
    """How many entries it holds."""
    log_size: int
    """Entries in the log after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """An entry in full."""

    index: int
    """Position in the log."""
    height: int
    """Block that holds it."""
    statement_id: bytes
    """Statement id; of entry 0, the network id."""
    issuer: str
    """Member that signed."""
    organisation: str
    """The issuer's organisation."""
    act: str
    """The act."""
    subject: str
    """Key of the record acted on."""
    last_valid_ms: int
    """Last block time at which the statement could be accepted."""
    leaf_hash: bytes
    """RFC 9162 leaf hash."""
    leaf: bytes
    """The statement's bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRecord:
    """A record at one version."""

    key: str
    """Record key."""
    version: int
    """Version, from 1."""
    height: int
    """Block that wrote it."""
    entry_index: int
    """Entry that wrote it."""
    value: bytes
    """Canonical JSON of the record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRecord:
    """A record in a list."""

    key: str
    """Record key."""
    made_ms: int
    """Block time of its first version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyRecord:
    """A record to which an organisation is a party."""

    key: str
    """Record key."""
    since: int
    """Entry that made it a party."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredContent:
    """A content that this node holds."""

    commitment: str
    """Hexadecimal commitment."""
    kind: str
    """What it is."""
    subject: str
    """Key of the record it belongs to."""
    organisation: str
    """Organisation that stored it, or for which it was fetched."""
    size: int
    """Length of `data`."""
    stored_ms: int
    """When this node stored it."""
    data: bytes
    """The content as the caller encrypted it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentRead:
    """Someone was given a content."""

    id: int
    """Order of the reads."""
    commitment: str
    """The content."""
    subject: str
    """Key of the record for which it was read."""
    organisation: str
    """Who was given it."""
    member: str
    """The member, or the node, that asked."""
    time_ms: int
    """When."""
    digest: bytes
    """Of this read and all before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """A content was erased here."""

    organisation: str
    """Who had it erased."""
    member: str
    """The member who did."""
    time_ms: int
    """When."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateMatch:
    """A record that a search of the contents held here found."""

    kind: str
    """Kind of the term that matched."""
    subject: str
    """Key of the record."""
