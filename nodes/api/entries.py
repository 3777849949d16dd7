"""The log: entries by index, and all of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from ledger.primitives import MAX_SAFE_INTEGER, EntryIndex
from nodes.api import problems, queries, schemas
from nodes.api.auth import CurrentMember
from nodes.api.limits import DEFAULT_PAGE, MAX_PAGE
from nodes.api.parameters import IndexPath, Limit
from nodes.api.state import ApiState, reading
from nodes.api.streams import Format, FormatQuery, export

router = APIRouter(tags=["log"])

After = Annotated[
    int, Query(ge=-1, le=MAX_SAFE_INTEGER, description="Index of the entry before the first; -1 for all.")
]
Filter = Annotated[str | None, Query(max_length=128)]


@router.get("/v1/entries", response_model=schemas.Entries)
async def list_entries(
    api: ApiState,
    _: CurrentMember,
    after: After = -1,
    limit: Limit = DEFAULT_PAGE,
    organisation: Filter = None,
    act: Filter = None,
    subject: Filter = None,
    form: FormatQuery = Format.PAGE,
) -> schemas.Entries | Response:
    """Entries in the order of the log, perhaps only those of an organisation, an act or a subject."""

    def page(at: int, rows: int = MAX_PAGE) -> tuple[tuple[schemas.Entry, ...], int | None]:
        found = api.services.store.entries_after(
            at, rows, organisation=organisation, act=act, subject=subject
        )
        return tuple(queries.entry(row) for row in found.items), found.next

    await reading(queries.check_kept, api.services.store, max(after + 1, 1))
    if form is not Format.PAGE:
        return export(api, schemas.Entry, page, after, form)
    items, following = await reading(page, after, limit)
    return schemas.Entries(items=items, next_after=following)


@router.get("/v1/entries/{index}")
async def get_entry(index: IndexPath, api: ApiState, _: CurrentMember) -> schemas.Entry:
    """One entry."""
    row = await reading(api.services.store.entry, EntryIndex(index))
    if row is None:
        await reading(queries.check_kept, api.services.store, index)
        raise problems.NOT_FOUND(f"The log has no entry {index}.", at="index")
    return queries.entry(row)
