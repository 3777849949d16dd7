"""The tables of a node's database.

SQLModel classes describe them for Alembic and for readers; the storage works on
the Core tables at the end of this file and never makes an object per row. Types
are portable between SQLite and PostgreSQL. Wide columns stand last in their
rows, so that reading the narrow ones does not fetch the wide. What the tables
mean to each other is decided in `commit`; which queries they serve, in the
reading modules.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, MetaData, Text, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

INTEGER = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits on both databases; on SQLite the name matters, since only INTEGER keys are row ids and STRICT."""

TEXT = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that sorts by code point on both databases, so that prefix ranges mean the same."""

BYTES = LargeBinary()

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)

SEGMENT_ENTRIES = 16_384
"""Entries among whose statement ids a new one is sorted in: 160 pages of an index however long the log is,
and three hundred places to look at for any id among five million."""

_STRICT: dict[str, Any] = {"sqlite_strict": True}
_CLUSTERED: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}
"""For narrow rows with a text key: one tree instead of two. Wide rows are slower that way (measured)."""


def _integer_key() -> Any:
    return Field(sa_type=INTEGER, primary_key=True, sa_column_kwargs={"autoincrement": False})


class Row(SQLModel, registry=registry(metadata=METADATA)):
    """Base of the tables."""


class BlockRow(Row, table=True):
    """A committed block without its entries."""

    __tablename__ = "block"
    __table_args__ = (
        Index(
            "ix_block_with_entries",
            "height",
            sqlite_where=text("entries > 0"),
            postgresql_where=text("entries > 0"),
        ),
        _STRICT,
    )

    height: int = _integer_key()
    """Position in the chain."""
    id: bytes = Field(sa_type=BYTES, unique=True)
    """Block id."""
    time_ms: int = Field(sa_type=INTEGER, unique=True)
    """Block time."""
    proposer: str = Field(sa_type=TEXT)
    """Organisation that proposed it."""
    entries: int = Field(sa_type=INTEGER)
    """How many entries it holds."""
    log_size: int = Field(sa_type=INTEGER)
    """Entries in the log after it."""
    header: bytes = Field(sa_type=BYTES)
    """Canonical JSON of the header."""
    parent_seal: bytes | None = Field(sa_type=BYTES)
    """Canonical JSON of the parent's seal as this block carries it."""


class SealRow(Row, table=True):
    """The seal by which this node knows a block to be final; the next block may carry one by others."""

    __tablename__ = "seal"
    __table_args__ = (_STRICT,)

    height: int = Field(
        sa_type=INTEGER,
        primary_key=True,
        sa_column_args=[ForeignKey("block.height")],
        sa_column_kwargs={"autoincrement": False},
    )
    """Height of the sealed block."""
    seal: bytes = Field(sa_type=BYTES)
    """Canonical JSON of the seal."""


class ValidatorSetRow(Row, table=True):
    """A validator set, from the first height that it seals until the next one's."""

    __tablename__ = "validator_set"
    __table_args__ = (_STRICT,)

    height: int = _integer_key()
    """First height that it seals."""
    hash: bytes = Field(sa_type=BYTES)
    """Validators hash, as headers state it."""
    data: bytes = Field(sa_type=BYTES)
    """Canonical JSON of the set."""


class EntryRow(Row, table=True):
    """An entry of the log."""

    __tablename__ = "entry"
    __table_args__ = (
        Index(None, "organisation", "index"),
        Index(None, "last_valid_ms", "statement_id", unique=True),
        Index(None, "segment", "statement_id"),
        _STRICT,
    )

    index: int = _integer_key()
    """Position in the log."""
    height: int = Field(sa_type=INTEGER, sa_column_args=[ForeignKey("block.height")])
    """Block that holds it."""
    segment: int = Field(sa_type=INTEGER)
    """`index` in steps of `SEGMENT_ENTRIES`: new ids, which are random, go to one small part of an index."""
    statement_id: bytes = Field(sa_type=BYTES)
    """Statement id; of entry 0, the network id."""
    leaf_hash: bytes = Field(sa_type=BYTES)
    """RFC 9162 leaf hash: level 0 of the log's tree."""
    issuer: str = Field(sa_type=TEXT)
    """Member that signed, as `organisation/name`; empty for entry 0."""
    organisation: str = Field(sa_type=TEXT)
    """The issuer's organisation."""
    act: str = Field(sa_type=TEXT)
    """The act, such as `bill.transfer`."""
    subject: str = Field(sa_type=TEXT)
    """Key of the record acted on."""
    last_valid_ms: int = Field(sa_type=INTEGER)
    """Last block time at which the statement could be accepted."""
    leaf: bytes = Field(sa_type=BYTES)
    """The statement's bytes."""


class RecordRow(Row, table=True):
    """The current value of a record."""

    __tablename__ = "record"
    __table_args__ = (_STRICT,)

    key: str = Field(sa_type=TEXT, primary_key=True)
    """Record key, such as `bill/<64 hex digits>`."""
    version: int = Field(sa_type=INTEGER)
    """How often it was written; 1 when created."""
    height: int = Field(sa_type=INTEGER)
    """Block that wrote this version."""
    entry_index: int = Field(sa_type=INTEGER)
    """Entry that wrote this version."""
    parties: str = Field(sa_type=TEXT)
    """Read model: the organisations that are parties, each with the entry since which, as sorted JSON."""
    value: bytes = Field(sa_type=BYTES)
    """Canonical JSON of the record."""


class RecordVersionRow(Row, table=True):
    """Every value that a record ever had, the current one included."""

    __tablename__ = "record_version"
    __table_args__ = (_STRICT,)

    key: str = Field(sa_type=TEXT, primary_key=True)
    """Record key."""
    version: int = _integer_key()
    """Version, from 1."""
    height: int = Field(sa_type=INTEGER)
    """Block that wrote it."""
    entry_index: int = Field(sa_type=INTEGER)
    """Entry that wrote it."""
    value: bytes = Field(sa_type=BYTES)
    """Canonical JSON of the record at this version."""
    digest: bytes | None = Field(default=None, sa_type=BYTES)
    """`row_digest` of the columns before it, once the history that led here is pruned; None until then."""


class StatePageRow(Row, table=True):
    """A page of the state trie after the newest block."""

    __tablename__ = "state_page"
    __table_args__ = (_STRICT,)

    path: str = Field(sa_type=TEXT, primary_key=True)
    """Hexadecimal digits of the key hashes above the page; the root's is empty."""
    data: bytes = Field(sa_type=BYTES)
    """Encoded page, see `ledger.state.page`."""


class LogNodeRow(Row, table=True):
    """A perfect subtree of the log of level 1 or more, or a leaf whose row in `entry` is pruned."""

    __tablename__ = "log_node"
    __table_args__ = (_STRICT,)

    position: int = _integer_key()
    """In-order number of the node among all of the tree, see `nodes.storage.log.node_position`."""
    hash: bytes = Field(sa_type=BYTES)
    """Hash of the subtree."""


class MetaRow(Row, table=True):
    """What there is one of: the network id, the genesis document, the log's frontier, where it was joined."""

    __tablename__ = "meta"
    __table_args__ = (_STRICT,)

    key: str = Field(sa_type=TEXT, primary_key=True)
    """One of `network`, `genesis`, `frontier`; `joined` and `pruned` where older entries are not kept."""
    value: bytes = Field(sa_type=BYTES)
    """Its bytes."""


class RecordPartyRow(Row, table=True):
    """Read model: what `record.parties` says, by organisation and in the order in which they came to it."""

    __tablename__ = "record_party"
    __table_args__ = (_CLUSTERED,)

    organisation: str = Field(sa_type=TEXT, primary_key=True)
    """The party."""
    kind: str = Field(sa_type=TEXT, primary_key=True)
    """The key's part before the first slash, such as `bill`."""
    since: int = _integer_key()
    """Entry that made it a party."""
    key: str = Field(sa_type=TEXT, primary_key=True)
    """Record key."""


class MilestoneRow(Row, table=True):
    """Read model: what records say has happened, by kind and time, and the lists that they stand in; see
    `contracts.milestones` and `contracts.listings`.
    """

    __tablename__ = "milestone"
    __table_args__ = (_CLUSTERED,)

    kind: str = Field(sa_type=TEXT, primary_key=True)
    """What happened, such as `released`; or a list, such as `waits haiphong-customs`."""
    time_ms: int = _integer_key()
    """When."""
    key: str = Field(sa_type=TEXT, primary_key=True)
    """Record that says so."""
    about: str = Field(sa_type=TEXT, primary_key=True)
    """What it is counted by."""


class ContentRow(Row, table=True):
    """A content that this node holds for the parties entitled to it; never on the ledger."""

    __tablename__ = "content"
    __table_args__ = (Index(None, "organisation", "size"), Index(None, "subject"), _STRICT)

    commitment: str = Field(sa_type=TEXT, primary_key=True)
    """Hexadecimal commitment by which the ledger refers to it."""
    kind: str = Field(sa_type=TEXT)
    """What it is, such as `bill` or `invoice`."""
    subject: str = Field(sa_type=TEXT)
    """Key of the record it belongs to."""
    organisation: str = Field(sa_type=TEXT)
    """Organisation that stored it, or for which it was fetched."""
    size: int = Field(sa_type=INTEGER)
    """Length of `data`."""
    stored_ms: int = Field(sa_type=INTEGER)
    """When this node stored it, by its own clock."""
    data: bytes = Field(sa_type=BYTES)
    """The content as the caller encrypted it."""
    digest: bytes | None = Field(default=None, sa_type=BYTES)
    """`row_digest` of the columns before it: nothing else here could tell that one was damaged."""


class ContentReadRow(Row, table=True):
    """Audit: someone was given a content. Outlives the content's erasure."""

    __tablename__ = "content_read"
    __table_args__ = (Index(None, "commitment", "id"), _STRICT)

    id: int | None = Field(default=None, sa_type=INTEGER, primary_key=True)
    """Order of the reads."""
    commitment: str = Field(sa_type=TEXT)
    """The content."""
    subject: str = Field(sa_type=TEXT)
    """Key of the record for which it was read: others may commit to the same."""
    organisation: str = Field(sa_type=TEXT)
    """Who was given it."""
    member: str = Field(sa_type=TEXT)
    """The member, or the node, that asked."""
    time_ms: int = Field(sa_type=INTEGER)
    """When, by this node's clock."""
    digest: bytes | None = Field(default=None, sa_type=BYTES)
    """`row_digest` of the columns before it and of the digest of the read before: whoever noted one of them
    can tell that none of the reads until then was changed or left out."""


class ContentErasedRow(Row, table=True):
    """A content that was erased here by command, so that it is not fetched again of itself."""

    __tablename__ = "content_erased"
    __table_args__ = (_STRICT,)

    commitment: str = Field(sa_type=TEXT, primary_key=True)
    """The content."""
    subject: str = Field(sa_type=TEXT, primary_key=True)
    """Key of the record that it belonged to."""
    organisation: str = Field(sa_type=TEXT)
    """Who had it erased."""
    member: str = Field(sa_type=TEXT)
    """The member who did."""
    time_ms: int = Field(sa_type=INTEGER)
    """When, by this node's clock."""
    digest: bytes | None = Field(default=None, sa_type=BYTES)
    """`row_digest` of the columns before it."""


class PrivateIndexRow(Row, table=True):
    """A search term found in a content that this node holds; goes when the content goes."""

    __tablename__ = "private_index"
    __table_args__ = (Index(None, "commitment"), _CLUSTERED)

    kind: str = Field(sa_type=TEXT, primary_key=True)
    """What the term is: `bill`, `container`, `declaration`, `party` or `text`."""
    term: str = Field(sa_type=TEXT, primary_key=True)
    """Normalised term, see `nodes.storage.terms`."""
    commitment: str = Field(
        sa_type=TEXT, primary_key=True, sa_column_args=[ForeignKey("content.commitment", ondelete="CASCADE")]
    )
    """Content in which it was found."""
    subject: str = Field(sa_type=TEXT)
    """Key of the record that the content belongs to."""


BLOCK = METADATA.tables["block"]
SEAL = METADATA.tables["seal"]
VALIDATOR_SET = METADATA.tables["validator_set"]
ENTRY = METADATA.tables["entry"]
RECORD = METADATA.tables["record"]
RECORD_VERSION = METADATA.tables["record_version"]
STATE_PAGE = METADATA.tables["state_page"]
LOG_NODE = METADATA.tables["log_node"]
META = METADATA.tables["meta"]
RECORD_PARTY = METADATA.tables["record_party"]
MILESTONE = METADATA.tables["milestone"]
CONTENT = METADATA.tables["content"]
CONTENT_READ = METADATA.tables["content_read"]
CONTENT_ERASED = METADATA.tables["content_erased"]
PRIVATE_INDEX = METADATA.tables["private_index"]
