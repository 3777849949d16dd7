"""Digests of rows that blocks do not confirm: contents, reads of contents, and history before a pruning."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from nodes.storage.digests import row_digest

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BYTES = sa.LargeBinary()


def _table(name: str, columns: str) -> sa.TableClause:
    return sa.table(name, *(sa.column(one) for one in (*columns.split(), "digest")))


CONTENT = _table("content", "commitment kind subject organisation size stored_ms data")
READ = _table("content_read", "id commitment organisation member time_ms")


def upgrade() -> None:
    """Add the columns and fill them for the rows that are there."""
    for table in ("record_version", "content", "content_read"):
        op.add_column(table, sa.Column("digest", BYTES, nullable=True))
    for rows in (CONTENT, READ):
        _fill(rows)


def _fill(table: sa.TableClause) -> None:
    """Compute the digests one row at a time, since a content may have a megabyte."""
    connection, key = op.get_bind(), next(iter(table.columns))
    for value in connection.execute(sa.select(key)).scalars().all():
        found = connection.execute(sa.select(*list(table.columns)[:-1]).where(key == value)).one()
        connection.execute(sa.update(table).where(key == value).values(digest=row_digest(*found)))
