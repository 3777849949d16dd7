"""Reading the state: records, their history and the pages of the trie."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import BindParameter, bindparam, select

from nodes.storage.database import AnyRow, Database
from nodes.storage.errors import LimitExceeded
from nodes.storage.models import RECORD, RECORD_VERSION, STATE_PAGE
from nodes.storage.rows import MAX_PAGE_ROWS, Page, StoredRecord, check_limit

_KEY: BindParameter[str] = bindparam("key")

_CURRENT = select(RECORD.c.key, RECORD.c.version, RECORD.c.height, RECORD.c.entry_index, RECORD.c.value)
_BY_KEY = _CURRENT.where(RECORD.c.key == _KEY)
_BY_KEYS = _CURRENT.where(RECORD.c.key.in_(bindparam("keys", expanding=True)))
_VALUES = select(RECORD.c.key, RECORD.c.value).where(RECORD.c.key.in_(bindparam("keys", expanding=True)))
_VERSIONS = select(
    RECORD_VERSION.c.key,
    RECORD_VERSION.c.version,
    RECORD_VERSION.c.height,
    RECORD_VERSION.c.entry_index,
    RECORD_VERSION.c.value,
).where(RECORD_VERSION.c.key == _KEY)
_AT_VERSION = _VERSIONS.where(RECORD_VERSION.c.version == bindparam("version"))
_AT_ENTRY = (
    _VERSIONS.where(RECORD_VERSION.c.entry_index <= bindparam("entry_index"))
    .order_by(RECORD_VERSION.c.version.desc())
    .limit(1)
)
_PAGES = select(STATE_PAGE.c.path, STATE_PAGE.c.data).where(
    STATE_PAGE.c.path.in_(bindparam("paths", expanding=True))
)

LAST_CHARACTER = "\U0010ffff"
"""Sorts after every character: the end of a range of texts with a common beginning."""


class RecordReader:
    """Queries about records and state pages."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._value_sql = database.point_sql(RECORD.c.value, RECORD.c.key)
        self._page_sql = database.point_sql(STATE_PAGE.c.data, STATE_PAGE.c.path)

    def record_value(self, key: str) -> bytes | None:
        """The current bytes of a record, or None: what executing a statement reads."""
        value: bytes | None = self._database.value(self._value_sql, key)
        return value

    def record(self, key: str) -> StoredRecord | None:
        """The current version of a record, or None."""
        row = self._database.first(_BY_KEY, {"key": key})
        return None if row is None else _record(row)

    def records(self, keys: Sequence[str]) -> dict[str, StoredRecord]:
        """The current versions of those of the records that exist, by key."""
        _check_many(keys)
        rows = self._database.all(_BY_KEYS, {"keys": list(keys)}) if keys else ()
        return {row[0]: _record(row) for row in rows}

    def values(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The current bytes of those of the records that exist, by key."""
        _check_many(keys)
        rows = self._database.all(_VALUES, {"keys": list(keys)}) if keys else ()
        return {row[0]: row[1] for row in rows}

    def records_like(self, prefix: str, after: str, limit: int) -> Page[StoredRecord, str]:
        """Records whose key starts with `prefix` and sorts after `after`, by key; `next` leads on."""
        query = _CURRENT.where(RECORD.c.key > after, RECORD.c.key < prefix + LAST_CHARACTER)
        query = query.where(RECORD.c.key >= prefix).order_by(RECORD.c.key).limit(check_limit(limit) + 1)
        rows = self._database.all(query)
        items = tuple(_record(row) for row in rows[:limit])
        return Page(items=items, next=items[-1].key if len(rows) > limit else None)

    def record_at(self, key: str, version: int) -> StoredRecord | None:
        """A record at a version, past or current, or None."""
        row = self._database.first(_AT_VERSION, {"key": key, "version": version})
        return None if row is None else _record(row)

    def record_at_entry(self, key: str, index: int) -> StoredRecord | None:
        """A record as it stood after the entry at an index, or None when it did not exist then."""
        row = self._database.first(_AT_ENTRY, {"key": key, "entry_index": index})
        return None if row is None else _record(row)

    def history(self, key: str, after_version: int, limit: int) -> Page[StoredRecord, int]:
        """The versions of a record above one, oldest first. Pass `next` for the rest."""
        query = _VERSIONS.where(RECORD_VERSION.c.version > after_version).order_by(RECORD_VERSION.c.version)
        rows = self._database.all(query.limit(check_limit(limit) + 1), {"key": key})
        items = tuple(_record(row) for row in rows[:limit])
        return Page(items=items, next=items[-1].version if len(rows) > limit else None)

    def page(self, path: str) -> bytes | None:
        """The state page at a path after the newest block, or None: a `ledger.state.PageReader`."""
        data: bytes | None = self._database.value(self._page_sql, path)
        return data

    def pages(self, paths: Sequence[str]) -> dict[str, bytes]:
        """Those of the state pages that exist, by path, all after the same block."""
        _check_many(paths)
        rows = self._database.all(_PAGES, {"paths": list(paths)}) if paths else ()
        return {row[0]: row[1] for row in rows}


def _check_many(names: Sequence[str]) -> None:
    if len(names) > MAX_PAGE_ROWS:
        raise LimitExceeded(f"asked for {len(names)} rows, the limit is {MAX_PAGE_ROWS}")


def _record(row: AnyRow) -> StoredRecord:
    key, version, height, entry_index, value = row
    return StoredRecord(key=key, version=version, height=height, entry_index=entry_index, value=value)
