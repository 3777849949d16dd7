"""What commands print that make, check and read files: documents, keys, lists."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from cli.shapes.acts import Paper
from cli.shapes.words import (
    Bytes,
    Count,
    File,
    Hash,
    Key,
    Member,
    Organisation,
    Sentence,
    Shape,
    TimeMs,
)


class Finding(Shape, kw_only=True):
    """Something about a document that is wrong, or worth knowing."""

    severity: Literal["error", "warning"]
    field: str
    pointer: Annotated[str, Meta(description="JSON pointer (RFC 6901).")]
    code: str
    message: Sentence


class Checked(Shape, kw_only=True):
    """A document that was checked."""

    file: File
    errors: Count
    warnings: Count
    findings: list[Finding]


class Drafted(Shape, kw_only=True):
    """A draft that was made, and what is to be filled in."""

    file: File
    findings: list[Finding]


class PaperFile(Shape, kw_only=True):
    """What identifies a paper bill, in a file."""

    file: File
    paper: Paper
    commitment: Hash


class PaperStatement(Shape, kw_only=True):
    """What to print on paper that replaces a bill."""

    key: Key
    statement: list[str]
    qr: Annotated[str, Meta(description="Text of the QR code.")]


class Fetched(Shape, kw_only=True):
    """A document that was fetched and checked."""

    file: File
    key: Key
    bytes: Bytes
    state: str


class Shared(Shape, kw_only=True):
    """Contents that a node can give."""

    key: Key
    readers: Annotated[list[str], Meta(description="Organisations that may read them.")]


class Read(Shape, kw_only=True):
    """Contents that a node gave."""

    id: int
    commitment: Hash
    organisation: Organisation
    member: Member
    time_ms: TimeMs
    digest: Annotated[str, Meta(description="Covers all reads of the node before it.")]


class Reads(Shape, kw_only=True):
    """Who was given contents by the node."""

    key: Key
    items: list[Read]


class Disclosed(Shape, kw_only=True):
    """Fields that were disclosed, in a file."""

    file: File
    key: Key
    fields: list[str]
    bytes: Bytes
    sd_jwt: Annotated[str, Meta(description="SD-JWT (RFC 9901).")]


class Erased(Shape, kw_only=True):
    """Contents that the node erased."""

    key: Key
    erased: Count
    remains: Annotated[list[str], Meta(description="What erasing leaves.")]


class SigningKey(Shape, kw_only=True):
    """The public half of a member's key."""

    file: File
    algorithm: Literal["ES256"]
    public_key: str
    thumbprint: Annotated[str, Meta(description="RFC 9679, hexadecimal.")]


class ValidatorKey(Shape, kw_only=True):
    """The public half of a validator's or numbering key."""

    file: File
    algorithm: Literal["BLS12-381"]
    bls_key: str
    possession: Annotated[str, Meta(description="Proof of possession, base64url.")]


class ContentsKey(Shape, kw_only=True):
    """The public half of a contents key."""

    file: File
    algorithm: Literal["X25519"]
    contents_key: str


class Thumbprint(Shape, kw_only=True):
    """A key's thumbprint."""

    thumbprint: str


class Loaded(Shape, kw_only=True):
    """A code list that was loaded."""

    kind: str
    codes: Count
    file: File


class CodeList(Shape, kw_only=True):
    """A kind of codes."""

    kind: str
    meaning: Sentence
    codes: Count


class CodeLists(Shape, kw_only=True):
    """The kinds of codes, and how many of each are loaded."""

    items: list[CodeList]


class Code(Shape, kw_only=True):
    """A code that is on its list."""

    kind: str
    code: str


class Completion(Shape, kw_only=True):
    """A shell's script."""

    shell: str
    script: str
    keep: Annotated[str, Meta(description="What to type so that every new shell has it.")]


class EventsWritten(Shape, kw_only=True):
    """A timeline that was written as DCSA events."""

    file: File
    key: Key
    events: Count


class SignedIn(Shape, kw_only=True):
    """What lets one browser read a node's pages, once."""

    member: Member
    node: Annotated[str, Meta(description="The node, as `organisation/name`.")]
    code: Annotated[str, Meta(description="To be typed on the node's page of signing in.")]
    link: Annotated[str, Meta(description="That page, with the code filled in.")]
    expires_s: Annotated[int, Meta(ge=0, description="Seconds until the code is of no use.")]
    elsewhere: Annotated[str | None, Meta(description="The same for phones, after `network up --tls`.")]
    opened: Annotated[bool, Meta(description="Whether this machine's browser was told to open the link.")]
