"""From the versions of records that a node keeps to a container's timeline.

Which organisation may see it follows from the records, as for contents: their
numbers lead to a container only through contents, and its whole trip in one place
says more than its record does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Final

import msgspec

from contracts.catalogue import decode_record
from contracts.model import Record, bill_key, declaration_key
from contracts.movement.model import Container
from contracts.timeline import Told
from contracts.timeline import timeline as told_in_order
from contracts.views import may_read
from ledger.batch import part_at
from ledger.primitives import EntryIndex
from ledger.statement import parse_statement
from nodes.api import problems, schemas
from nodes.application import LedgerApplication
from nodes.package_check import ContentsError
from nodes.storage import Store, StoredRecord

PAGE_ROWS: Final = 500
"""Versions fetched at a time."""

MAX_VERSIONS: Final = 2_000
"""Versions of one record that a timeline is made from; a trip has some tens of acts."""


def timeline(store: Store, application: LedgerApplication, key: str, organisation: str) -> schemas.Timeline:
    """The timeline of a container; a problem when there is none, or none for this organisation."""
    state = application.state()
    value = state.get(key)
    if value is None:
        raise problems.NOT_FOUND(f"There is no record {key}.", at="container")
    if not may_read(organisation, key, value, state, application.context().time_ms):
        raise ContentsError("contents.not-entitled", f"{organisation} has nothing to do with {key}.")
    told = [list(_told(store, record)) for record in _concerned(key, value)]
    moments = told_in_order(one for versions in told for one in versions)
    return schemas.Timeline(
        key=key,
        items=tuple(schemas.Moment(**asdict(moment)) for moment in moments),
        complete=all(_is_whole(versions) for versions in told),
    )


def _is_whole(versions: list[Told]) -> bool:
    """Whether a record's versions are there from the first one on, each with what its act said."""
    numbers = [one.version for one in versions]
    return (
        numbers == list(range(1, len(numbers) + 1))
        and len(numbers) < MAX_VERSIONS
        and all(one.id for one in versions)
    )


def _concerned(key: str, value: bytes) -> Iterator[str]:
    """The container and what covers it."""
    yield key
    container = decode_record(key, value)
    if isinstance(container, Container):
        yield from map(bill_key, container.bills)
        yield from map(declaration_key, container.declarations)


def _told(store: Store, key: str) -> Iterator[Told]:
    after: int | None = 0
    while after is not None and after < MAX_VERSIONS:
        page = store.history(key, after, PAGE_ROWS)
        yield from (_one(store, row) for row in page.items)
        after = page.next


def _one(store: Store, row: StoredRecord) -> Told:
    record: Record = decode_record(row.key, row.value)
    stored = store.entry(EntryIndex(row.entry_index))
    statement = parse_statement(stored.leaf) if stored is not None and stored.index > 0 else None
    part = None if statement is None else part_at(statement, record.changed_part)
    return Told(
        key=row.key,
        subject="" if part is None else part.subject,
        version=row.version,
        time_ms=record.changed_ms,
        issuer=record.changed_by,
        act=record.changed_act,
        body={} if part is None else msgspec.json.decode(part.body),
        id="" if stored is None else stored.statement_id.hex(),
        record=record,
    )
