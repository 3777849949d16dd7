"""A new database gets its schema from Alembic once in a test process, and from what that left ever after.

The migrations take fifty milliseconds, and a thousand tests begin with a new
database. Those that are about migrations take `migrations` and get them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Connection

from nodes.storage import schema

_upgrade: Callable[[Connection], None] = schema._upgrade

_SCHEMA = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL"
_VERSION = "INSERT INTO alembic_version VALUES (?)"


@pytest.fixture(scope="session", autouse=True)
def schema_made_once() -> Iterator[None]:
    made: list[str] = []

    def upgrade(connection: Connection) -> None:
        if connection.dialect.name != "sqlite" or schema.current_revision(connection) is not None:
            _upgrade(connection)
        elif not made:
            _upgrade(connection)
            made.extend(connection.exec_driver_sql(_SCHEMA).scalars())
        else:
            for statement in made:
                connection.exec_driver_sql(statement)
            connection.exec_driver_sql(_VERSION, (schema.NEWEST_REVISION,))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema, "_upgrade", upgrade)
        yield


@pytest.fixture
def migrations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every database is made by the migrations, as outside of tests."""
    monkeypatch.setattr(schema, "_upgrade", _upgrade)
