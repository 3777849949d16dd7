"""Reads of contents of a record, chained to those before them, and what was erased here."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from nodes.storage.digests import row_digest

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_COLUMNS = "id commitment subject organisation member time_ms digest"
READ = sa.table("content_read", *(sa.column(one) for one in _COLUMNS.split()))
CONTENT = sa.table("content", sa.column("commitment"), sa.column("subject"))


def upgrade() -> None:
    """Chain the reads that are there, of the record whose content is held, and add what was erased."""
    connection, previous = op.get_bind(), None
    op.add_column("content_read", sa.Column("subject", TEXT, nullable=False, server_default=""))
    held = sa.select(CONTENT.c.subject).where(CONTENT.c.commitment == READ.c.commitment).scalar_subquery()
    connection.execute(sa.update(READ).values(subject=sa.func.coalesce(held, "")))
    for row in connection.execute(sa.select(READ).order_by(READ.c.id)).all():
        previous = row_digest(*row[:-1], *(() if previous is None else (previous,)))
        connection.execute(sa.update(READ).where(READ.c.id == row[0]).values(digest=previous))
    op.create_table(
        "content_erased",
        sa.Column("commitment", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("organisation", TEXT, nullable=False),
        sa.Column("member", TEXT, nullable=False),
        sa.Column("time_ms", INTEGER, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("commitment", "subject", name="pk_content_erased"),
        sqlite_strict=True,
    )
