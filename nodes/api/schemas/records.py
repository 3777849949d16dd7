"""Entries, records, what made them, and what searches find."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from nodes.api import examples
from nodes.api.schemas.base import described


class Entry(BaseModel):
    """An accepted statement in the log. Entry 0 is the genesis and has no body."""

    model_config = described(examples.ENTRY)

    index: int
    id: str
    """Statement id; of entry 0 the network id."""
    height: int
    """Block that holds it."""
    issuer: str
    act: str
    subject: str
    body: dict[str, Any]
    """The act's fields."""
    expected_version: int
    on_behalf_of: str | None
    """The organisation in whose name the issuer acted, when not its own."""
    last_valid_ms: int
    kid: str
    """Thumbprint of the signing key."""
    leaf: str
    """The statement's bytes."""


class Entries(BaseModel):
    """Part of the log."""

    model_config = described({"items": [examples.ENTRY], "next_after": 1041})

    items: tuple[Entry, ...]
    next_after: int | None
    """Pass as `after` for the rest; None at the end. A page of one act or subject may have few items, or
    none, and not be the last."""


class Step(BaseModel):
    """An act that is someone's move."""

    model_config = described(examples.STEP)

    act: str
    summary: str
    """What the act does."""
    subject: str
    """The record that it is done on; empty for a record still to be made."""
    organisations: tuple[str, ...]
    """Who may do it now; empty for a record still to be made."""


class AllowedAction(BaseModel):
    """An act that the asking member may do on the record."""

    model_config = described(examples.ACTION)

    act: str
    why: str
    """What the act does, or why it is not possible yet."""
    ready: bool
    """Whether it would be accepted now if its fields are right."""
    codes: tuple[str, ...]
    """The codes with which it would be refused now; empty when ready."""
    steps: tuple[Step, ...]
    """Whose moves would make it possible; empty when ready, or when only time helps."""
    needs: tuple[str, ...]
    """What the act's own fields must satisfy."""


class AsOf(BaseModel):
    """The block after which something was so."""

    model_config = described({"height": 512, "time_ms": 1790000512000})

    height: int
    time_ms: int


class Record(BaseModel):
    """The current value of one thing."""

    model_config = described(examples.RECORD)

    key: str
    version: int
    height: int
    """Block that wrote this version."""
    entry_index: int
    """Entry that wrote this version."""
    record: dict[str, Any]
    """The record itself."""
    summary: dict[str, str]
    """The record in words."""
    allowed_actions: tuple[AllowedAction, ...]
    """What the asking member may do now, or could if a condition held that does not hold yet."""
    later_actions: tuple[AllowedAction, ...]
    """What it may do once the record has reached another state."""
    others_may: tuple[Step, ...]
    """What other organisations that the record names may do now."""
    as_of: AsOf


class RecordLine(BaseModel):
    """A record in a list."""

    model_config = described(examples.RECORD_LINE)

    key: str
    version: int
    height: int
    """Block that wrote this version."""
    record: dict[str, Any]
    """The record itself."""
    summary: dict[str, str]
    """The record in words."""


class Records(BaseModel):
    """Records of a kind, by key."""

    model_config = described({"items": [examples.RECORD_LINE], "next": None})

    items: tuple[RecordLine, ...]
    next: str | None
    """Pass as `after` for the rest; None at the end."""


class Change(BaseModel):
    """What made one version of a record."""

    model_config = described(examples.CHANGE)

    version: int
    entry_index: int
    height: int
    time_ms: int
    issuer: str
    on_behalf_of: str | None
    """The organisation in whose name the issuer acted, when not its own."""
    act: str
    subject: str
    """Record that the act was on; another than this where both changed with it, as when a ballot decides."""
    part: int | None
    """Place of the act in its batch, from 1; None when it was a statement of its own."""
    body: dict[str, Any]
    """The act's fields."""
    id: str
    """Statement id."""


class History(BaseModel):
    """The versions of a record, oldest first."""

    model_config = described({"items": [examples.CHANGE], "next": None})

    items: tuple[Change, ...]
    next: int | None
    """Pass as `after` for the rest; None at the end."""


class Match(BaseModel):
    """A record that a search found."""

    model_config = described(examples.MATCH)

    key: str
    kind: str
    summary: dict[str, str]
    matched: str
    """What matched: `bill`, `container`, `declaration`, `party` or `text`."""


class Matches(BaseModel):
    """Records found, by key."""

    model_config = described({"items": [examples.MATCH], "next": None})

    items: tuple[Match, ...]
    next: str | None
    """Pass as `after` for the rest; None at the end."""


class ContentRead(BaseModel):
    """A content was given to someone."""

    model_config = described(examples.READ)

    id: int
    """Order of this node's reads of all contents."""
    organisation: str
    """Who was given it."""
    member: str
    """The member that asked; for another organisation's node, that node."""
    time_ms: int
    """When, by this node's clock."""
    digest: str
    """Of this read and of all of this node's reads before it, 32 hexadecimal digits."""


class ContentReads(BaseModel):
    """Reads of a content, oldest first."""

    model_config = described({"items": [examples.READ], "next": None})

    items: tuple[ContentRead, ...]
    next: int | None
    """Pass as `after` for the rest; None at the end."""


class ErasedContents(BaseModel):
    """A content that this node keeps no more."""

    model_config = described(
        {"commitment": examples.HASH, "member": "coral-line/lin-tao", "time_ms": 1_790_000_000_000}
    )

    commitment: str
    member: str
    """Who had it erased."""
    time_ms: int
    """When, by this node's clock."""


class StoredContents(BaseModel):
    """A contents package that this node keeps now."""

    model_config = described(
        {"commitment": examples.HASH, "kind": "bill", "subject": examples.BILL, "bytes": 4182}
    )

    commitment: str
    kind: str
    subject: str
    bytes: int
