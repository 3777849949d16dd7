"""The shapes of the API's answers, as the OpenAPI document describes them.

Times are milliseconds since 1970; hashes are 64 lower-case hexadecimal digits;
other bytes are base64url without padding.
"""

from __future__ import annotations

from nodes.api.schemas.chain import (
    Block,
    BlockLine,
    Blocks,
    EntryLine,
    Header,
    Seal,
    SealedHeader,
    Validator,
    Validators,
)
from nodes.api.schemas.node import Alive, Index, Plan, Problem, Readiness, Status
from nodes.api.schemas.outcomes import Batch, Pending, RefusedStatement, Sealed
from nodes.api.schemas.records import (
    AllowedAction,
    AsOf,
    Change,
    ContentRead,
    ContentReads,
    Entries,
    Entry,
    ErasedContents,
    History,
    Match,
    Matches,
    Record,
    RecordLine,
    Records,
    Step,
    StoredContents,
)
from nodes.api.schemas.timelines import Correction, Moment, Timeline

__all__ = [
    "Alive",
    "AllowedAction",
    "AsOf",
    "Batch",
    "Block",
    "BlockLine",
    "Blocks",
    "Change",
    "ContentRead",
    "ContentReads",
    "Correction",
    "Entries",
    "Entry",
    "EntryLine",
    "ErasedContents",
    "Header",
    "History",
    "Index",
    "Match",
    "Matches",
    "Moment",
    "Pending",
    "Plan",
    "Problem",
    "Readiness",
    "Record",
    "RecordLine",
    "Records",
    "RefusedStatement",
    "Seal",
    "Sealed",
    "SealedHeader",
    "Status",
    "Step",
    "StoredContents",
    "Timeline",
    "Validator",
    "Validators",
]
