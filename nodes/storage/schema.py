"""Bringing a database to the schema of this software, through the migrations in `migrations`.

An empty database gets the schema when one was to be created, an older one is
upgraded after saying so, and a newer one is refused before anything is written.
A database that is current, as at nearly every start, is recognised without
Alembic, which takes a fifth of a second to import.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import Connection, inspect, text

from nodes.storage.database import Database
from nodes.storage.errors import DatabaseMissing, DatabaseUnavailable, SchemaTooNew

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"

NEWEST_REVISION = "0005"
"""The schema revision that this software works with: the last of the migrations."""

_VERSION_TABLE = "alembic_version"

_log = structlog.get_logger(__name__)


def prepare_schema(database: Database, *, create: bool) -> None:
    """See that the database has the newest schema.

    Raises `DatabaseMissing` when it is empty and `create` is false,
    `DatabaseUnavailable` when it holds something else, and `SchemaTooNew`.
    """
    with database.writing() as connection:
        tables = inspect(connection).get_table_names()
        current = current_revision(connection)
        if current == NEWEST_REVISION:
            return
        if current is None:
            _check_empty(database, tables, create=create)
        else:
            _check_known(current)
            _log.warning("upgrading the database", from_revision=current, to_revision=NEWEST_REVISION)
        _upgrade(connection)


def current_revision(connection: Connection) -> str | None:
    """The schema revision of a database; None for one that is empty or not Sealane's."""
    if _VERSION_TABLE not in inspect(connection).get_table_names():
        return None
    row = connection.execute(text(f"SELECT version_num FROM {_VERSION_TABLE}")).first()  # noqa: S608 - a constant
    return None if row is None else str(row[0])


def _check_empty(database: Database, tables: list[str], *, create: bool) -> None:
    where = database.url.render_as_string(hide_password=True)
    if tables:
        raise DatabaseUnavailable(f"{where} holds tables that are not Sealane's")
    if not create:
        raise DatabaseMissing(f"{where} is empty")


def _check_known(revision: str) -> None:
    from alembic.script import ScriptDirectory

    known = [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()]
    if revision not in known:
        raise SchemaTooNew(
            f"the database has schema {revision}, which this software (schema {NEWEST_REVISION}) "
            "does not know: use the version of the software that wrote it, or a newer one"
        )


def _upgrade(connection: Connection) -> None:
    from alembic import command

    command.upgrade(_config(connection), "head")


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
