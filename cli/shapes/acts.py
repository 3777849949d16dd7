"""What commands print that do an act, and that ask what became of one."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from cli.shapes.words import (
    Act,
    Directory,
    File,
    Hash,
    Height,
    Id,
    Index,
    Key,
    Sentence,
    Shape,
    TimeMs,
    Version,
)


class Opening(Shape, kw_only=True):
    """What opens a commitment on the ledger; keep it, for nobody else has it."""

    text: Annotated[str, Meta(description="What was committed to.")]
    salt: Annotated[str, Meta(description="Salt, base64url.")]


class Sealed(Shape, kw_only=True):
    """A statement that the ledger accepted."""

    id: Id
    status: Literal["sealed"]
    index: Index
    height: Height
    time_ms: TimeMs
    block_id: Hash
    round: Annotated[int, Meta(description="Round of the height in which it was sealed.")]
    subject: Key
    version: Version
    writes: Annotated[list[str], Meta(description="Keys of all records that it wrote.")]


class Done(Sealed, kw_only=True):
    """An act that was done, and the record that it was done on."""

    key: Key | UnsetType = UNSET
    number: Annotated[str, Meta(description="Number of the bill or declaration.")] | UnsetType = UNSET
    opening: Opening | UnsetType = UNSET


class Part(Shape, kw_only=True):
    """One act of a batch."""

    act: Act
    subject: Key
    number: Annotated[str, Meta(description="Number of the record that it makes.")] | UnsetType = UNSET


class PartOpening(Opening, kw_only=True):
    """What opens the commitment of one act of a batch."""

    subject: Key


class DoneTogether(Sealed, kw_only=True):
    """A batch that was done; its subject is the batch itself."""

    parts: list[Part]
    openings: list[PartOpening] | UnsetType = UNSET


class NothingDone(Shape, kw_only=True):
    """A batch of which all was on the ledger already."""

    parts: Annotated[list[Part], Meta(max_length=0)]


class Column(Shape, kw_only=True):
    """A column of a table."""

    column: str
    meaning: Sentence


class Template(Shape, kw_only=True):
    """The columns that a table may have."""

    columns: list[Column]


class Issued(Done, kw_only=True):
    """A bill that was issued."""

    already_issued: Literal[False]
    containers: Annotated[dict[str, str], Meta(description="Id of each container's record, by its number.")]


class Paper(Shape, kw_only=True):
    """A paper bill, by what identifies it."""

    version: int
    serial: Annotated[str, Meta(description="Number printed on it.")]
    place: Annotated[str, Meta(description="UN/LOCODE of the place of issue.")]
    date: Annotated[str, Meta(description="Date of issue, YYYY-MM-DD.")]
    originals: int
    salt: str


class PutOnPaper(Done, kw_only=True):
    """A bill that was replaced by paper."""

    paper: Paper


class Recorded(Done, kw_only=True):
    """An event that was recorded or announced."""

    container: (
        Annotated[str, Meta(description="For a new container: `NUMBER=ID:SALT`, for the carrier's bill.")]
        | UnsetType
    ) = UNSET


class Voted(Done, kw_only=True):
    """A ballot that was cast."""

    state: Annotated[str, Meta(description="State of the proposal after it.")]


class Rotated(Done, kw_only=True):
    """A seat's key that was replaced."""

    effective_height: Annotated[int, Meta(description="First block that the new key seals.")]


class Heard(Shape, kw_only=True):
    """An event of a file: the act that it became, or why it needed none."""

    event: str
    act: Act | UnsetType = UNSET
    key: Key | UnsetType = UNSET
    index: Index | UnsetType = UNSET
    passed_over: Sentence | UnsetType = UNSET


class RecordedFile(Shape, kw_only=True):
    """What became of the events of a file: of each, an act or why there was none."""

    events: list[Heard]
    containers: Annotated[
        dict[str, str], Meta(description="`NUMBER=ID:SALT` of each new container, by its number.")
    ]


class Pending(Shape, kw_only=True):
    """A statement on its way."""

    id: Id
    status: Literal["pending"]


class Refused(Shape, kw_only=True):
    """A statement that was not accepted."""

    id: Id
    status: Literal["refused"]
    code: Annotated[str, Meta(description="See [refusals](refusals.md).")]
    field: str
    detail: Sentence
    final: Annotated[bool, Meta(description="Whether the same statement can never be accepted.")]


class Sent(Shape, kw_only=True):
    """A statement that was sent again. Without a height it was sealed before what the node remembers."""

    file: File
    again: Annotated[bool, Meta(description="Whether it was sealed before.")]
    id: Id
    status: Literal["sealed"]
    index: Index | UnsetType = UNSET
    height: Height | UnsetType = UNSET
    time_ms: TimeMs | UnsetType = UNSET
    block_id: Hash | UnsetType = UNSET
    round: int | UnsetType = UNSET
    subject: Key | UnsetType = UNSET
    version: Version | UnsetType = UNSET
    writes: list[str] | UnsetType = UNSET


class SentAgain(Shape, kw_only=True):
    """Statements that were sent again, each of them final now."""

    items: list[Sent]


class Replayed(Shape, kw_only=True):
    """Scenarios that were played on the rules installed here."""

    scenarios: list[Scenario]
    refused: Annotated[int, Meta(description="Scenarios with an act that the rules refused.")]


class Scenario(Shape, kw_only=True):
    """One scenario."""

    name: str
    ends: Annotated[str | None, Meta(description="State of the declaration at the end.")]
    refused: Annotated[str | None, Meta(description="Code of the refusal that ended it.")]
    steps: list[Played]


class Played(Shape, kw_only=True):
    """What customs told or the declarant sent, and what the rules made of it."""

    told: Annotated[str, Meta(description="Code of the message, with its status; empty for lodging.")]
    source: Annotated[str, Meta(description="File of the message.")]
    act: Annotated[str, Meta(description="Name of the act, empty where it only informs.")]
    by: str
    state: Annotated[str, Meta(description="State of the declaration from then on.")]
    refused: Annotated[str | None, Meta(description="Code of a refusal.")]


class Rejoins(Shape, kw_only=True):
    """A validator whose signing journal counts as lost."""

    directory: Directory


class Vouched(Rejoins, kw_only=True):
    """A validator that may sign again."""

    height: Height
