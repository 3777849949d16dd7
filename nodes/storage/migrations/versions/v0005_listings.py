"""The lists that records stand in, beside their milestones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from contracts.catalogue import decode_record
from contracts.listings import listings_of

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

RECORD = sa.table("record", sa.column("key"), sa.column("value"))
MILESTONE = sa.table(
    "milestone", sa.column("kind"), sa.column("time_ms"), sa.column("key"), sa.column("about")
)

_BATCH_ROWS = 1_000


def upgrade() -> None:
    """Fill the lists from the records that are there."""
    connection, after = op.get_bind(), ""
    query = sa.select(RECORD).where(RECORD.c.key > sa.bindparam("after")).order_by(RECORD.c.key)
    while rows := connection.execute(query.limit(_BATCH_ROWS), {"after": after}).all():
        records = ((key, decode_record(key, value)) for key, value in rows)
        found = [
            {"kind": name, "time_ms": record.created_ms, "key": key, "about": ""}
            for key, record in records
            for name in sorted(listings_of(record))
        ]
        if found:
            op.bulk_insert(MILESTONE, found)
        after = rows[-1][0]
