"""Storage: blocks, state, read models and contents in one SQLite or PostgreSQL database."""

from __future__ import annotations

from nodes.storage.contents import MAX_CONTENT_BYTES
from nodes.storage.errors import (
    DatabaseCorrupt,
    DatabaseMissing,
    DatabaseUnavailable,
    LimitExceeded,
    SchemaTooNew,
    StorageError,
)
from nodes.storage.readmodels import NOTHING, ReadModel, View, change
from nodes.storage.rows import (
    MAX_PAGE_ROWS,
    BlockSummary,
    ContentRead,
    Erasure,
    Page,
    PartyRecord,
    PrivateMatch,
    StoredContent,
    StoredEntry,
    StoredRecord,
)
from nodes.storage.snapshots import HandoverWrite, Joined, PinnedState, PortionWrite, SnapshotWrite
from nodes.storage.statistics import BlockTrace, StoredMilestone
from nodes.storage.store import Store
from nodes.storage.terms import TermKind
from nodes.storage.writes import (
    BlockWrite,
    ContentWrite,
    EntryWrite,
    ReadModelChange,
    RecordWrite,
    ValidatorSetWrite,
)

__all__ = [
    "MAX_CONTENT_BYTES",
    "MAX_PAGE_ROWS",
    "NOTHING",
    "BlockSummary",
    "BlockTrace",
    "BlockWrite",
    "ContentRead",
    "ContentWrite",
    "DatabaseCorrupt",
    "DatabaseMissing",
    "DatabaseUnavailable",
    "EntryWrite",
    "Erasure",
    "HandoverWrite",
    "Joined",
    "LimitExceeded",
    "Page",
    "PartyRecord",
    "PinnedState",
    "PortionWrite",
    "PrivateMatch",
    "ReadModel",
    "ReadModelChange",
    "RecordWrite",
    "SchemaTooNew",
    "SnapshotWrite",
    "StorageError",
    "Store",
    "StoredContent",
    "StoredEntry",
    "StoredMilestone",
    "StoredRecord",
    "TermKind",
    "ValidatorSetWrite",
    "View",
    "change",
]
