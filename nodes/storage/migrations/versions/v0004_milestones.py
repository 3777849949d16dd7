"""What records say has happened, by kind and time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from contracts.catalogue import decode_record
from contracts.milestones import milestones_of

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
RECORD = sa.table("record", sa.column("key"), sa.column("value"))

_BATCH_ROWS = 1_000


def upgrade() -> None:
    """Add the table and fill it from the records that are there."""
    milestone = op.create_table(
        "milestone",
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("time_ms", INTEGER, autoincrement=False, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("about", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("kind", "time_ms", "key", "about", name="pk_milestone"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    connection, after = op.get_bind(), ""
    query = sa.select(RECORD).where(RECORD.c.key > sa.bindparam("after")).order_by(RECORD.c.key)
    while rows := connection.execute(query.limit(_BATCH_ROWS), {"after": after}).all():
        found = [
            {"kind": one.kind.value, "time_ms": one.time_ms, "key": key, "about": one.about}
            for key, value in rows
            for one in milestones_of(decode_record(key, value))
        ]
        if found:
            op.bulk_insert(milestone, found)
        after = rows[-1][0]
