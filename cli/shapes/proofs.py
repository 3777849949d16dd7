"""What commands print that prove, verify and audit."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType

from cli.shapes.words import (
    Act,
    Bytes,
    Count,
    Document,
    File,
    Hash,
    Height,
    Id,
    Index,
    Key,
    Member,
    Network,
    Sentence,
    Shape,
    TimeMs,
)

Verdict = Literal["verified", "caution", "not_verified"]


class Saved(Shape, kw_only=True):
    """Evidence in a file."""

    file: File
    subject: Key
    bytes: Bytes


class PackedPart(Shape, kw_only=True):
    """One record of a package."""

    subject: Key
    contents: Annotated[bool, Meta(description="Whether its document is enclosed.")]


class LeftOut(Shape, kw_only=True):
    """What a package does not hold."""

    subject: Key
    what: str
    reason: Annotated[str, Meta(description="Code of why.")]


class Packed(Saved, kw_only=True):
    """A package of evidence in a file."""

    parts: list[PackedPart]
    left_out: list[LeftOut]


class Check(Shape, kw_only=True):
    """One thing that was checked."""

    name: str
    outcome: str
    sentence: Sentence


class Currency(Shape, kw_only=True):
    """The block as of which a status is current."""

    height: Height
    time_ms: TimeMs
    age_ms: Annotated[int, Meta(description="Milliseconds since, by this machine's clock.")]
    newest_height: Annotated[int, Meta(description="Of the newest part.")] | UnsetType = UNSET


class ProvenStatement(Shape, kw_only=True):
    """A statement that evidence proves."""

    id: Id
    issuer: Member
    on_behalf_of: str | None
    act: Act
    index: Index
    part: int | None
    height: Height
    time_ms: TimeMs


class Field(Shape, kw_only=True):
    """A field that was disclosed."""

    field: str
    value: Any


class Verified(Shape, kw_only=True):
    """What verification of an evidence file found."""

    file: File
    verdict: Verdict
    failed: Annotated[str | None, Meta(description="Name of the check that failed.")]
    anchor: Annotated[str, Meta(description="What was trusted.")]
    network: Annotated[str, Meta(description="Network id; empty when it could not be read.")]
    subject: str
    number: Annotated[str | None, Meta(description="Number that was proven.")]
    checks: list[Check]
    as_of: Currency | None
    sealed_by: Annotated[list[str], Meta(description="Organisations whose seal it bears.")]
    fields: list[Field]
    shown_by: Annotated[str | None, Meta(description="Who disclosed the fields.")]
    statements: list[ProvenStatement]
    record: dict[str, Any] | None
    document: Document | None


class VerifiedPart(Verified, kw_only=True):
    """What verification of one part of a package found."""

    fault: Annotated[str | None, Meta(description="Why it does not belong.")]


class VerifiedPackage(Shape, kw_only=True):
    """What verification of a package found."""

    file: File
    verdict: Verdict
    fault: Sentence | None
    anchor: str
    network: Network
    subject: Key
    as_of: Currency | None
    parts: list[VerifiedPart]
    left_out: list[LeftOut]
    missing: Annotated[list[str], Meta(description="Records that belong to it and are not there.")]
    open: Annotated[list[str], Meta(description="Records of the same goods that are not in it.")]


class NoPackage(Shape, kw_only=True):
    """A file that is no package."""

    file: File
    verdict: Literal["not_verified"]
    fault: Sentence
    anchor: str


class Audited(Shape, kw_only=True):
    """A chain in which nothing wrong was found."""

    node: Annotated[str, Meta(description="Who has the chain: a node's address, or a file.")]
    anchor: str
    network: Network
    height: Height
    block_id: Hash
    time_ms: TimeMs
    log_root: Hash
    state_root: Hash
    blocks: Count
    entries: Count
    seals: Count
    set_changes: Count
    duration_ms: int


class Charge(Shape, kw_only=True):
    """Validators whom two signatures convict."""

    offence: str
    guilty: list[str]


class MissingVotes(Shape, kw_only=True):
    """Votes that would convict more."""

    round: int
    block_id: Hash


class Conflict(Shape, kw_only=True):
    """Two blocks that were sealed at one height, and who is guilty of it."""

    file: File
    anchor: str
    network: Network
    height: Height
    blocks: list[str]
    complete: Annotated[bool, Meta(description="Whether all who must be guilty are named.")]
    at_least: Annotated[int, Meta(description="How many must be guilty.")]
    guilty: list[str]
    charges: list[Charge]
    missing: list[MissingVotes]
