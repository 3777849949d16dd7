"""Connections: one that writes, behind a lock, and others that read beside it.

On SQLite the write-ahead log lets readers go on while a block is written, and
synchronous=FULL makes a commit durable before it returns. Nothing here knows a
table. Errors of the database become `DatabaseUnavailable`; a violated constraint
becomes `InvariantViolated`, since the callers promise what constraints demand.
Parameters are kept out of error texts: they may be private.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Delete,
    Engine,
    Executable,
    Insert,
    Row,
    Select,
    Table,
    bindparam,
    create_engine,
    delete,
    event,
    make_url,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError
from sqlalchemy.pool import NullPool

from ledger.errors import InvariantViolated
from nodes.storage.errors import DatabaseMissing, DatabaseUnavailable

BUSY_TIMEOUT_MS = 10_000
"""How long SQLite waits for another process's write, such as a backup's, before it gives up."""

WRITER_CACHE_KIB = 16_384
READER_CACHE_KIB = 4_096

CHECKPOINT_PAGES = 16_000
"""The write-ahead log moves into the database at 64 MB: rarely, since each move delays a commit."""

MAX_IDLE_READERS = 8
"""Open read connections kept for the next reader; more are opened at need and closed after use."""

AnyRow = Row[*tuple[Any, ...]]
"""A row of any query."""

_SQLITE = "sqlite"
_POSTGRESQL = "postgresql"


def parse_url(text: str) -> URL:
    """The URL with its driver: SQLite in a file, or PostgreSQL through psycopg.

    Raises `DatabaseUnavailable` for anything else.
    """
    try:
        url = make_url(text)
    except ArgumentError:
        raise DatabaseUnavailable(
            "not a database URL; sqlite:////path/to/file or postgresql://host/name"
        ) from None
    if url.drivername in ("postgres", _POSTGRESQL):
        url = url.set(drivername=f"{_POSTGRESQL}+psycopg")
    backend = url.get_backend_name()
    if backend not in (_SQLITE, _POSTGRESQL):
        raise DatabaseUnavailable(f"{backend} is not supported; use SQLite or PostgreSQL")
    if backend == _SQLITE and url.database in (None, "", ":memory:"):
        raise DatabaseUnavailable("a node's SQLite database is a file: name one")
    return url


def prepare_file(url: URL, *, create: bool) -> None:
    """See that a SQLite file is there, readable by its owner alone since contents are private.

    Raises `DatabaseMissing` when it is not and `create` is false.
    """
    if url.get_backend_name() != _SQLITE or url.database is None:
        return
    path = Path(url.database)
    if path.exists():
        return
    if not create:
        raise DatabaseMissing(f"there is no database at {path}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        raise DatabaseUnavailable(f"cannot create {path}: {error.strerror}") from error


def _engine(url: URL, *, writes: bool) -> Engine:
    options: dict[str, Any] = {"poolclass": NullPool, "hide_parameters": True}
    if url.get_backend_name() == _SQLITE:
        options["connect_args"] = {"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000}
    else:
        options["paramstyle"] = "format"
    if not writes:
        options["isolation_level"] = "AUTOCOMMIT"
    try:
        engine = create_engine(url, **options)
    except (ImportError, NoSuchModuleError) as error:
        raise DatabaseUnavailable(f"the driver for {url.drivername} is not installed: {error}") from error
    if engine.dialect.name == _SQLITE:
        _configure_sqlite(engine, writes=writes)
    return engine


def _configure_sqlite(engine: Engine, *, writes: bool) -> None:
    pragmas = [
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        f"cache_size=-{WRITER_CACHE_KIB if writes else READER_CACHE_KIB}",
        f"wal_autocheckpoint={CHECKPOINT_PAGES}",
    ]
    if not writes:
        pragmas.append("query_only=ON")

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # Transactions begin where we say, not where the driver guesses.
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    if writes:

        @event.listens_for(engine, "begin")
        def _on_begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        raise InvariantViolated(f"a constraint of the database was violated: {error.orig}") from error
    except DBAPIError as error:
        raise DatabaseUnavailable(f"the database failed: {error.orig}") from error


class Database:
    """The connections to one database. Safe to use from several threads."""

    def __init__(self, url: URL) -> None:
        self.url = url
        """Where it is."""
        self._write_engine = _engine(url, writes=True)
        self._read_engine = _engine(url, writes=False)
        self.dialect = self._write_engine.dialect
        """How it speaks SQL."""
        driver = self.dialect.dbapi
        if driver is None:
            raise InvariantViolated("a dialect without its driver")
        self._driver_error: type[Exception] = driver.Error
        self._lock = threading.Lock()
        self._idle: deque[Connection] = deque()
        with _translated():
            self._writer = self._write_engine.connect()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """The write connection inside a transaction, which an exception rolls back. Others wait."""
        with self._lock, _translated():
            self._check_open()
            with self._writer.begin():
                yield self._writer

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A read connection. Each query sees the newest committed block, and none waits for a writer."""
        with _translated():
            connection = self._borrow()
            try:
                yield connection
            except BaseException:
                connection.invalidate()
                connection.close()
                raise
            self._return(connection)

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A read connection all of whose queries see the same block."""
        begin = "BEGIN" if self.is_sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ"
        with self.reading() as connection:
            connection.exec_driver_sql(begin)
            yield connection
            connection.exec_driver_sql("ROLLBACK")

    def first(self, statement: Executable, parameters: dict[str, Any] | None = None) -> AnyRow | None:
        """The first row of a query's answer, or None."""
        with self.reading() as connection:
            return connection.execute(statement, parameters).first()

    def value(self, sql: str, key: str) -> Any:
        """The one column of the one row at a key, or None; `sql` is from `point_sql`.

        For what executing statements reads: the driver alone is ten times as quick as with SQLAlchemy.
        """
        with self.reading() as connection:
            return self.value_in(connection, sql, key)

    def value_in(self, connection: Connection, sql: str, key: str) -> Any:
        """The same on a connection that is in use."""
        driver = connection.connection.driver_connection
        if driver is None:
            raise InvariantViolated("a connection without its driver")
        try:
            row = driver.execute(sql, (key,)).fetchone()
        except self._driver_error as error:
            raise DatabaseUnavailable(f"the database failed: {error}") from error
        return None if row is None else row[0]

    def all(self, statement: Executable, parameters: dict[str, Any] | None = None) -> Sequence[AnyRow]:
        """All rows of a query's answer; the query bounds them."""
        with self.reading() as connection:
            return connection.execute(statement, parameters).all()

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite rather than PostgreSQL."""
        return self.dialect.name == _SQLITE

    @contextmanager
    def overwriting(self) -> Iterator[Connection]:
        """As `writing`, but what is deleted is overwritten, in a SQLite file and in its write-ahead log.

        PostgreSQL leaves it to its own vacuuming, and to the disk.
        """
        with self.writing() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("PRAGMA secure_delete = ON")
            try:
                yield connection
            finally:
                if self.is_sqlite:
                    connection.exec_driver_sql("PRAGMA secure_delete = OFF")
        if not self.is_sqlite:
            return
        with self._lock, _translated():
            driver = self._writer.connection.driver_connection
            if driver is not None:
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def compact(self) -> None:
        """Rewrite a SQLite file without its free pages; PostgreSQL reuses and frees them by itself."""
        if not self.is_sqlite:
            return
        with self._lock, _translated():
            self._check_open()
            driver = self._writer.connection.driver_connection
            if driver is None:
                raise InvariantViolated("a connection without its driver")
            driver.execute("VACUUM")
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def insert_sql(self, table: Table, *, conflict: str = "refuse", keep: Sequence[str] = ()) -> str:
        """An INSERT of rows given as tuples in the order of the table's columns.

        `conflict` says what happens to a row whose primary key exists: `refuse`
        the transaction, `update` it but for the columns in `keep`, or `keep` the old one.
        """
        insert = sqlite.insert if self.is_sqlite else postgresql.insert
        statement = insert(table)
        key = [column.name for column in table.primary_key]
        if conflict == "update":
            new = {
                column.name: statement.excluded[column.name]
                for column in table.columns
                if column.name not in (*key, *keep)
            }
            statement = statement.on_conflict_do_update(index_elements=key, set_=new)
        elif conflict == "keep":
            statement = statement.on_conflict_do_nothing(index_elements=key)
        return self._positional_sql(statement, [column.name for column in table.columns])

    def delete_sql(self, table: Table) -> str:
        """A DELETE of rows whose primary keys are given as tuples in the order of the table's columns."""
        key = [column.name for column in table.primary_key]
        statement = delete(table).where(*(table.c[name] == bindparam(name) for name in key))
        return self._positional_sql(statement, key)

    def point_sql(self, column: ColumnElement[Any], key: ColumnElement[str]) -> str:
        """A SELECT of one column by a unique key, given as a tuple of one."""
        return self._positional_sql(select(column).where(key == bindparam("key")), ["key"])

    def _positional_sql(self, statement: Insert | Delete | Select[Any], names: list[str]) -> str:
        """The driver's SQL of a statement whose parameters are passed as tuples in the order of `names`.

        For executemany on the path of a block: building no dictionary per row halves the cost.
        """
        compiled = statement.compile(dialect=self.dialect, column_keys=names)
        if compiled.positiontup != names:
            raise InvariantViolated(f"parameters are {compiled.positiontup}, expected {names}")
        return str(compiled)

    def close(self) -> None:
        """Close every connection that is not in use; whoever comes later gets `DatabaseUnavailable`."""
        with self._lock:
            self._writer.close()
            while self._idle:
                self._idle.pop().close()
            self._write_engine.dispose()
            self._read_engine.dispose()

    def _borrow(self) -> Connection:
        self._check_open()
        try:
            return self._idle.pop()
        except IndexError:
            return self._read_engine.connect()

    def _check_open(self) -> None:
        if self._writer.closed:
            raise DatabaseUnavailable("the store was closed")

    def _return(self, connection: Connection) -> None:
        if len(self._idle) < MAX_IDLE_READERS and not self._writer.closed:
            self._idle.append(connection)
        else:
            connection.close()
