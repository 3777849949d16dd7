"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BYTES = sa.LargeBinary()


def upgrade() -> None:
    """Create every table."""
    _create_chain()
    _create_state()
    _create_read_models()
    _create_contents()


def _create_chain() -> None:
    """Blocks, seals, entries and the log's tree."""
    op.create_table(
        "block",
        sa.Column("height", INTEGER, nullable=False, autoincrement=False),
        sa.Column("id", BYTES, nullable=False),
        sa.Column("time_ms", INTEGER, nullable=False),
        sa.Column("proposer", TEXT, nullable=False),
        sa.Column("entries", INTEGER, nullable=False),
        sa.Column("log_size", INTEGER, nullable=False),
        sa.Column("header", BYTES, nullable=False),
        sa.Column("parent_seal", BYTES, nullable=True),
        sa.PrimaryKeyConstraint("height", name="pk_block"),
        sa.UniqueConstraint("id", name="uq_block_id"),
        sa.UniqueConstraint("time_ms", name="uq_block_time_ms"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_block_with_entries",
        "block",
        ["height"],
        sqlite_where=sa.text("entries > 0"),
        postgresql_where=sa.text("entries > 0"),
    )
    op.create_table(
        "seal",
        sa.Column("height", INTEGER, nullable=False, autoincrement=False),
        sa.Column("seal", BYTES, nullable=False),
        sa.ForeignKeyConstraint(["height"], ["block.height"], name="fk_seal_height"),
        sa.PrimaryKeyConstraint("height", name="pk_seal"),
        sqlite_strict=True,
    )
    op.create_table(
        "validator_set",
        sa.Column("height", INTEGER, nullable=False, autoincrement=False),
        sa.Column("hash", BYTES, nullable=False),
        sa.Column("data", BYTES, nullable=False),
        sa.PrimaryKeyConstraint("height", name="pk_validator_set"),
        sqlite_strict=True,
    )
    op.create_table(
        "entry",
        sa.Column("index", INTEGER, nullable=False, autoincrement=False),
        sa.Column("height", INTEGER, nullable=False),
        sa.Column("segment", INTEGER, nullable=False),
        sa.Column("statement_id", BYTES, nullable=False),
        sa.Column("leaf_hash", BYTES, nullable=False),
        sa.Column("issuer", TEXT, nullable=False),
        sa.Column("organisation", TEXT, nullable=False),
        sa.Column("act", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("last_valid_ms", INTEGER, nullable=False),
        sa.Column("leaf", BYTES, nullable=False),
        sa.ForeignKeyConstraint(["height"], ["block.height"], name="fk_entry_height"),
        sa.PrimaryKeyConstraint("index", name="pk_entry"),
        sqlite_strict=True,
    )
    op.create_index("ix_entry_organisation_index", "entry", ["organisation", "index"])
    op.create_index(
        "ix_entry_last_valid_ms_statement_id", "entry", ["last_valid_ms", "statement_id"], unique=True
    )
    op.create_index("ix_entry_segment_statement_id", "entry", ["segment", "statement_id"])
    op.create_table(
        "log_node",
        sa.Column("position", INTEGER, nullable=False, autoincrement=False),
        sa.Column("hash", BYTES, nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_log_node"),
        sqlite_strict=True,
    )
    op.create_table(
        "meta",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("value", BYTES, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_meta"),
        sqlite_strict=True,
    )


def _create_state() -> None:
    """Records, their history and the state trie."""
    op.create_table(
        "record",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("version", INTEGER, nullable=False),
        sa.Column("height", INTEGER, nullable=False),
        sa.Column("entry_index", INTEGER, nullable=False),
        sa.Column("parties", TEXT, nullable=False),
        sa.Column("value", BYTES, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_record"),
        sqlite_strict=True,
    )
    op.create_table(
        "record_version",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("version", INTEGER, nullable=False, autoincrement=False),
        sa.Column("height", INTEGER, nullable=False),
        sa.Column("entry_index", INTEGER, nullable=False),
        sa.Column("value", BYTES, nullable=False),
        sa.PrimaryKeyConstraint("key", "version", name="pk_record_version"),
        sqlite_strict=True,
    )
    op.create_table(
        "state_page",
        sa.Column("path", TEXT, nullable=False),
        sa.Column("data", BYTES, nullable=False),
        sa.PrimaryKeyConstraint("path", name="pk_state_page"),
        sqlite_strict=True,
    )


def _create_read_models() -> None:
    """What can be rebuilt from the history of records."""
    op.create_table(
        "record_party",
        sa.Column("organisation", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("since", INTEGER, nullable=False, autoincrement=False),
        sa.Column("key", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("organisation", "kind", "since", "key", name="pk_record_party"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _create_contents() -> None:
    """What this node holds beside the ledger."""
    op.create_table(
        "content",
        sa.Column("commitment", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("organisation", TEXT, nullable=False),
        sa.Column("size", INTEGER, nullable=False),
        sa.Column("stored_ms", INTEGER, nullable=False),
        sa.Column("data", BYTES, nullable=False),
        sa.PrimaryKeyConstraint("commitment", name="pk_content"),
        sqlite_strict=True,
    )
    op.create_index("ix_content_organisation_size", "content", ["organisation", "size"])
    op.create_index("ix_content_subject", "content", ["subject"])
    op.create_table(
        "content_read",
        sa.Column("id", INTEGER, nullable=False),
        sa.Column("commitment", TEXT, nullable=False),
        sa.Column("organisation", TEXT, nullable=False),
        sa.Column("member", TEXT, nullable=False),
        sa.Column("time_ms", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_content_read"),
        sqlite_strict=True,
    )
    op.create_index("ix_content_read_commitment_id", "content_read", ["commitment", "id"])
    op.create_table(
        "private_index",
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("term", TEXT, nullable=False),
        sa.Column("commitment", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["commitment"], ["content.commitment"], name="fk_private_index_commitment", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("kind", "term", "commitment", name="pk_private_index"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_private_index_commitment", "private_index", ["commitment"])
