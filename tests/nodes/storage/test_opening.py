"""Opening a database: migrations, versions, and the check of every start."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from ledger.canonical import encode
from ledger.primitives import Height
from nodes.storage import (
    DatabaseCorrupt,
    DatabaseMissing,
    DatabaseUnavailable,
    SchemaTooNew,
    Store,
)
from nodes.storage.database import Database, parse_url
from nodes.storage.models import METADATA
from nodes.storage.schema import MIGRATIONS, NEWEST_REVISION
from tests.nodes.storage.chain import ChainBuilder, entry

pytestmark = pytest.mark.usefixtures("migrations")


def execute(url: str, *statements: str) -> None:
    database = Database(parse_url(url))
    with database.writing() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    database.close()


def test_the_migrations_lead_to_the_models(store: Store) -> None:
    with store._database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
        assert context.get_current_revision() == NEWEST_REVISION


def test_the_newest_revision_is_the_last_migration() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == NEWEST_REVISION


def test_sqlite_tables_are_strict(tmp_path: Path) -> None:
    with (
        Store.open(f"sqlite:///{tmp_path / 'l.db'}", create=True) as store,
        store._database.reading() as connection,
    ):
        query = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND NOT strict"
        loose = connection.exec_driver_sql(query).scalars().all()
        assert [name for name in loose if not name.startswith("sqlite_")] == ["alembic_version"]


def test_sqlite_is_durable_and_private(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "ledger.db"
    with Store.open(f"sqlite:///{path}", create=True) as store, store._database.writing() as connection:
        names = ("journal_mode", "synchronous", "foreign_keys")
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names]
        assert found == ["wal", 2, 1]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_absent_database_is_not_created_unasked(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with pytest.raises(DatabaseMissing, match="no database"):
        Store.open(f"sqlite:///{path}", create=False)
    assert not path.exists()


def test_an_empty_database_is_not_filled_unasked(database_url: str) -> None:
    database = Database(parse_url(database_url))
    database.close()
    with pytest.raises(DatabaseMissing):
        Store.open(database_url, create=False)


def test_a_foreign_database_is_left_alone(database_url: str) -> None:
    if database_url.startswith("sqlite"):
        Path(database_url.removeprefix("sqlite:///")).touch()
    execute(database_url, "CREATE TABLE somebody (id INTEGER)")
    with pytest.raises(DatabaseUnavailable, match="not Sealane's"):
        Store.open(database_url, create=True)
    database = Database(parse_url(database_url))
    with database.reading() as connection:
        assert inspect(connection).get_table_names() == ["somebody"]
    database.close()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(b"not a database at all, but long enough to look at" * 100)
    with pytest.raises(DatabaseUnavailable):
        Store.open(f"sqlite:///{path}", create=True)


@pytest.mark.parametrize("url", ["", "ledger.db", "sqlite://", "sqlite:///:memory:", "mysql://host/name"])
def test_urls_that_cannot_serve_are_refused(url: str) -> None:
    with pytest.raises(DatabaseUnavailable):
        Store.open(url, create=True)


def test_a_postgresql_url_gets_the_driver() -> None:
    assert parse_url("postgresql://host/name").drivername == "postgresql+psycopg"
    assert parse_url("postgresql+psycopg://host/name").drivername == "postgresql+psycopg"


def test_a_newer_schema_is_refused_untouched(store: Store, chain: ChainBuilder, database_url: str) -> None:
    chain.commit(store, 1)
    store.close()
    execute(database_url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaTooNew, match="9999"):
        Store.open(database_url, create=True)
    execute(database_url, f"UPDATE alembic_version SET version_num = '{NEWEST_REVISION}'")
    with Store.open(database_url, create=False) as reopened:
        assert reopened.tip().header == chain.headers[1]


def test_an_older_schema_is_upgraded_after_saying_so(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Store.open(database_url, create=True).close()
    from shutil import copytree

    from nodes.storage import schema

    newer = tmp_path / "migrations"
    copytree(schema.MIGRATIONS, newer)
    (newer / "versions" / "v0999_test.py").write_text(
        "from alembic import op\nimport sqlalchemy as sa\n"
        f"revision = '0999'\ndown_revision = '{NEWEST_REVISION}'\n"
        "def upgrade():\n    op.create_table('later', sa.Column('id', sa.Integer(), primary_key=True))\n"
    )
    monkeypatch.setattr(schema, "MIGRATIONS", newer)
    monkeypatch.setattr(schema, "NEWEST_REVISION", "0999")
    with Store.open(database_url, create=False) as store, store._database.reading() as connection:
        assert "later" in inspect(connection).get_table_names()
    assert "upgrading the database" in capsys.readouterr().out


def test_a_failed_upgrade_leaves_the_older_schema(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Store.open(database_url, create=True).close()
    from shutil import copytree

    from nodes.storage import schema

    newer = tmp_path / "migrations"
    copytree(schema.MIGRATIONS, newer)
    (newer / "versions" / "v0999_test.py").write_text(
        "from alembic import op\nimport sqlalchemy as sa\n"
        f"revision = '0999'\ndown_revision = '{NEWEST_REVISION}'\n"
        "def upgrade():\n    op.create_table('later', sa.Column('id', sa.Integer(), primary_key=True))\n"
        "    raise RuntimeError('interrupted')\n"
    )
    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", newer)
        patch.setattr(schema, "NEWEST_REVISION", "0999")
        with pytest.raises(RuntimeError, match="interrupted"):
            Store.open(database_url, create=False)
    with Store.open(database_url, create=False) as store, store._database.reading() as connection:
        assert "later" not in inspect(connection).get_table_names()


def test_reopening_finds_everything(store: Store, chain: ChainBuilder, database_url: str) -> None:
    chain.commit(store, 5)
    chain.commit(store, 0)
    tip = store.tip()
    store.close()
    with Store.open(database_url, create=False) as reopened:
        assert reopened.tip() == tip
        chain.commit(reopened, 2)
        assert reopened.header(Height(3)) == chain.headers[3]


def test_a_closed_store_says_so(store: Store, chain: ChainBuilder) -> None:
    store.close()
    with pytest.raises(DatabaseUnavailable, match="closed"):
        store.tip()
    with pytest.raises(DatabaseUnavailable, match="closed"):
        store.commit_block(chain.block([entry("a")]))
    store.close()


@pytest.mark.parametrize(
    ("damage", "finding"),
    [
        ("UPDATE block SET proposer = 'thief' WHERE height = 2", "row of block 2 differs"),
        ("UPDATE block SET id = '\\x00' WHERE height = 2", "does not hash to its id"),
        ("UPDATE block SET header = '\\x7b7d' WHERE height = 2", "cannot be read"),
        ("UPDATE block SET parent_seal = NULL WHERE height = 2", "parent's seal"),
        (
            "UPDATE seal SET seal = (SELECT seal FROM seal WHERE height = 1) WHERE height = 2",
            "seals another block",
        ),
        ('DELETE FROM entry WHERE "index" = 4', "the newest entry is 3"),
        ('UPDATE entry SET height = 1 WHERE "index" = 4', "holds 1 entries instead of 2"),
        ("DELETE FROM block WHERE height = 2", "frontier"),
        ("DELETE FROM meta WHERE key = 'frontier'", "cannot be read"),
        ("UPDATE validator_set SET height = 9", "validator set of height 2"),
        ("UPDATE validator_set SET hash = '\\x00'", "does not have its hash"),
    ],
)
def test_every_start_checks_the_newest_block(
    store: Store, chain: ChainBuilder, database_url: str, damage: str, finding: str
) -> None:
    chain.commit(store, 2)
    chain.commit(store, 2)
    store.close()
    _damage(database_url, damage)
    with pytest.raises(DatabaseCorrupt, match=finding):
        Store.open(database_url, create=False)


def test_rows_of_the_first_schema_get_their_digests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic import command

    from nodes.storage import schema
    from nodes.storage.digests import row_digest

    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    with monkeypatch.context() as patch:
        patch.setattr(schema, "_upgrade", lambda c: command.upgrade(schema._config(c), "0001"))
        database = Database(parse_url(url))
        schema.prepare_schema(database, create=True)
        database.close()
    execute(
        url,
        "INSERT INTO content VALUES ('c0', 'bill', 'bill/1', 'carrier', 2, 5, X'6869')",
        "INSERT INTO content_read VALUES (1, 'c0', 'carrier', 'carrier/clerk', 6)",
    )
    with Store.open(url, create=False) as store, store.database.reading() as connection:
        content = connection.exec_driver_sql("SELECT digest FROM content").scalar()
        read = connection.exec_driver_sql("SELECT digest FROM content_read").scalar()
    assert content == row_digest("c0", "bill", "bill/1", "carrier", 2, 5, b"hi")
    assert read == row_digest(1, "c0", "bill/1", "carrier", "carrier/clerk", 6)


def test_records_of_an_older_schema_get_their_milestones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alembic import command

    from nodes.storage import schema
    from tests.nodes.indicators.records import released

    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    with monkeypatch.context() as patch:
        patch.setattr(schema, "_upgrade", lambda c: command.upgrade(schema._config(c), "0003"))
        database = Database(parse_url(url))
        schema.prepare_schema(database, create=True)
        with database.writing() as connection:
            row = ("declaration/" + "a" * 32, 1, 0, 0, "{}", encode(released(77)))
            connection.exec_driver_sql("INSERT INTO record VALUES (?, ?, ?, ?, ?, ?)", row)
        database.close()
    with Store.open(url, create=False) as store, store.database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM milestone").all()
    assert rows == [("released", 77, "declaration/" + "a" * 32, "")]


def test_records_of_an_older_schema_get_their_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic import command

    from nodes.storage import schema
    from tests.nodes.indicators.records import declaration, released

    url, many = f"sqlite:///{tmp_path / 'ledger.db'}", 1_001
    with monkeypatch.context() as patch:
        patch.setattr(schema, "_upgrade", lambda c: command.upgrade(schema._config(c), "0004"))
        database = Database(parse_url(url))
        schema.prepare_schema(database, create=True)
        values = [encode(declaration(created_ms=7)) for _ in range(many)] + [encode(released(77))]
        with database.writing() as connection:
            for place, value in enumerate(values):
                row = (f"declaration/{place:032x}", 1, 0, 0, "{}", value)
                connection.exec_driver_sql("INSERT INTO record VALUES (?, ?, ?, ?, ?, ?)", row)
        database.close()
    office = declaration().office
    with Store.open(url, create=False) as store:
        found = store.search.listed(f"waits {office}", (-1, ""), 1_000, newest_first=False)
        rest = store.search.listed(f"waits {office}", found.next or (0, ""), 1_000, newest_first=False)
    assert [one.made_ms for one in found.items] == [7] * 1_000
    assert [one.key for one in rest.items] == [f"declaration/{many - 1:032x}"]


def _damage(url: str, statement: str) -> None:
    """Run a statement written for PostgreSQL's byte literals, with foreign keys out of the way."""
    if url.startswith("sqlite"):
        import re

        statement = re.sub(r"'\\x([0-9a-f]*)'", r"X'\1'", statement)
        import sqlite3

        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        connection.execute(statement)
        connection.commit()
        connection.close()
    else:
        execute(url, "SET session_replication_role = replica", statement)
