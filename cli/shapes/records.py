"""What commands print that look at records, and at what there is to do."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType

from cli.shapes.words import (
    Act,
    Count,
    Height,
    Id,
    Index,
    Key,
    Member,
    Organisation,
    Record,
    Sentence,
    Shape,
    Summary,
    TimeMs,
    Version,
)

Said = dict[str, Any]
"""Lines for people, by what they are about."""


class AsOf(Shape, kw_only=True):
    """The block as of which it was so."""

    height: Height
    time_ms: TimeMs


class Step(Shape, kw_only=True):
    """A move of others."""

    act: Act
    summary: Sentence
    subject: Annotated[str, Meta(description="Record; empty for one that is still to be made.")]
    organisations: Annotated[list[str], Meta(description="Who may do it now.")]


class Action(Shape, kw_only=True):
    """An act that the asking member may do, or could."""

    act: Act
    why: Sentence
    ready: Annotated[bool, Meta(description="Whether it would be accepted now if its fields are right.")]
    codes: Annotated[list[str], Meta(description="With what it would be refused now.")]
    steps: Annotated[list[Step], Meta(description="Whose moves would make it possible.")]
    needs: Annotated[list[str], Meta(description="What its fields must satisfy.")]


class Shown(Shape, kw_only=True):
    """A record as a node shows it to the asking member."""

    key: Key
    version: Version
    height: Height
    entry_index: Index
    record: Record
    summary: Summary
    allowed_actions: list[Action]
    later_actions: Annotated[list[Action], Meta(description="Possible once the record is in another state.")]
    others_may: list[Step]
    as_of: AsOf
    contents: Annotated[Said, Meta(description="What the contents say.")] | UnsetType = UNSET
    changes: Annotated[Said, Meta(description="What an amendment would change.")] | UnsetType = UNSET
    keys: Annotated[Said, Meta(description="Keys of a member.")] | UnsetType = UNSET
    nodes: Annotated[Said, Meta(description="Keys of an organisation's nodes.")] | UnsetType = UNSET
    ballots: Annotated[Said, Meta(description="Who said what.")] | UnsetType = UNSET


class IssuedBefore(Shown, kw_only=True):
    """A bill that was issued before with this very document; nothing was done."""

    number: str
    already_issued: Literal[True]


class Change(Shape, kw_only=True):
    """An act that changed a record."""

    version: Version
    entry_index: Index
    height: Height
    time_ms: TimeMs
    issuer: Member
    on_behalf_of: Annotated[str | None, Meta(description="Organisation in whose name it was done.")]
    act: Act
    subject: Key
    part: Annotated[int | None, Meta(description="Place in its batch, from 1.")]
    body: Annotated[dict[str, Any], Meta(description="The act's fields.")]
    id: Id
    decision: Sentence | UnsetType = UNSET


class History(Shape, kw_only=True):
    """Every act that changed a record, oldest first."""

    key: Key
    items: list[Change]


class Next(Shape, kw_only=True):
    """What there is to do with a record."""

    key: Key
    version: Version
    organisation: Organisation
    actions: list[Action]
    later: list[Action]
    others: list[Step]


class Match(Shape, kw_only=True):
    """A record that names the acting organisation."""

    key: Key
    kind: str
    summary: Summary
    matched: Annotated[str, Meta(description="What matched.")]


class Found(Shape, kw_only=True):
    """The records of a kind that name the acting organisation, the newest first."""

    organisation: Organisation
    items: list[Match]


class Line(Shape, kw_only=True):
    """A record in a list."""

    key: Key
    version: Version
    height: Height
    record: Record
    summary: Summary
    expired: Annotated[bool, Meta(description="Ended without a decision.")] | UnsetType = UNSET


class Lines(Shape, kw_only=True):
    """Records of a kind."""

    items: list[Line]


class OrganisationLine(Shape, kw_only=True):
    """An organisation in a list."""

    organisation: Organisation
    name: str
    roles: list[str]
    state: str
    nodes: Count
    validator: Annotated[bool, Meta(description="Whether it seals the next block.")]


class Organisations(Shape, kw_only=True):
    """All organisations."""

    items: list[OrganisationLine]


class MemberLine(Shape, kw_only=True):
    """A member in a list."""

    member: Member
    state: str
    permissions: Annotated[str, Meta(description="Separated by commas.")]
    keys: Count


class Members(Shape, kw_only=True):
    """The members of an organisation that are known here."""

    organisation: Organisation
    members: list[MemberLine]


class Timeline(Shape, kw_only=True):
    """What happened to a container and its documents: the shape [Timeline](api.md#timeline) of the API."""

    key: Key
    items: list[dict[str, Any]]
    complete: Annotated[bool, Meta(description="False where the node has pruned some of it.")]


class Contracts(Shape, kw_only=True):
    """All acts, by contract."""

    contracts: dict[str, list[str]]


class Contract(Shape, kw_only=True):
    """One contract."""

    contract: str
    acts: Annotated[dict[str, str], Meta(description="What each act does, by its name.")]


class Condition(Shape, kw_only=True):
    """A condition of an act."""

    holds: Sentence
    code: Annotated[str, Meta(description="Refusal when it does not hold.")]


class ActMeaning(Shape, kw_only=True):
    """One act."""

    act: Act
    summary: Sentence
    conditions: list[Condition]


class CodeMeaning(Shape, kw_only=True):
    """One refusal."""

    code: str
    says: Sentence
    do: Sentence
    final: Annotated[bool, Meta(description="Whether the same statement can never be accepted.")]
    acts: list[str]
