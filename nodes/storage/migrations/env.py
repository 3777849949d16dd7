"""What Alembic runs: the migrations, in the transaction that `nodes.storage.schema` opened."""

from __future__ import annotations

from alembic import context

from nodes.storage.models import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
