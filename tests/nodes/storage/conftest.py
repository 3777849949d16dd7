"""One suite for both databases: SQLite always, PostgreSQL where SEALANE_TEST_POSTGRES_URL names a server.

Without that variable the PostgreSQL variants do not exist, so nothing is skipped.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from nodes.storage import Store
from tests.nodes.storage.chain import ChainBuilder

POSTGRES_URL = os.environ.get("SEALANE_TEST_POSTGRES_URL", "")

DATABASES = ["sqlite", "postgresql"] if POSTGRES_URL else ["sqlite"]


def _fresh_schema(name: str) -> Iterator[str]:
    """A schema of its own on the test server, dropped afterwards."""
    url = make_url(POSTGRES_URL).set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"DROP SCHEMA IF EXISTS {name} CASCADE"))
        connection.execute(text(f"CREATE SCHEMA {name}"))
    yield url.update_query_dict({"options": f"-csearch_path={name}"}).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
    engine.dispose()


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'ledger.db'}"
    else:
        yield from _fresh_schema(f"sealane_test_{os.getpid()}")


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An open store without a genesis."""
    with Store.open(database_url, create=True) as opened:
        yield opened


@pytest.fixture
def chain(store: Store) -> ChainBuilder:
    """A chain whose genesis the store holds."""
    builder = ChainBuilder()
    builder.initialise(store)
    return builder
