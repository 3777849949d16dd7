"""Records: their current value with what can be done next, and how they came to be."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from contracts.catalogue import KIND_OF
from nodes.api import problems, queries, schemas
from nodes.api.auth import CurrentMember
from nodes.api.limits import DEFAULT_PAGE, MAX_PAGE
from nodes.api.parameters import MAX_KEY_CHARACTERS, Cursor, KeyPath, Limit, checked_key
from nodes.api.state import ApiState, reading
from nodes.api.streams import Format, FormatQuery, export

router = APIRouter(tags=["records"])

Principal = Annotated[
    str | None,
    Query(max_length=48, description="Organisation in whose name to act: what its mandate lets you do."),
]

KINDS = tuple(dict.fromkeys(kind.form.partition("/")[0] for kind in KIND_OF.values()))
"""What keys of records begin with."""


@router.get("/v1/records", response_model=schemas.Records)
async def list_records(
    api: ApiState,
    _: CurrentMember,
    kind: Annotated[str, Query(max_length=32, description=f"One of {', '.join(KINDS)}.")],
    after: Annotated[
        str, Query(max_length=MAX_KEY_CHARACTERS, description="Key where the last page ended.")
    ] = "",
    limit: Limit = DEFAULT_PAGE,
    form: FormatQuery = Format.PAGE,
) -> schemas.Records | Response:
    """The current records of a kind, by key."""
    if kind not in KINDS:
        raise problems.INVALID(f"Records are of the kinds {', '.join(KINDS)}.", at="kind")

    def page(at: str, rows: int = MAX_PAGE) -> tuple[tuple[schemas.RecordLine, ...], str | None]:
        return queries.record_lines(api.services.store, f"{kind}/", at, rows)

    if form is not Format.PAGE:
        return export(api, schemas.RecordLine, page, after, form)
    items, following = await reading(page, after, limit)
    return schemas.Records(items=items, next=following)


@router.get("/v1/records/{key:path}/history")
async def get_history(
    key: KeyPath, api: ApiState, _: CurrentMember, after: Cursor = 0, limit: Limit = DEFAULT_PAGE
) -> schemas.History:
    """The versions of a record, oldest first, from the one after version `after`."""
    return await reading(queries.history, api.services.store, checked_key(key), after, limit)


@router.get("/v1/records/{key:path}")
async def get_record(
    key: KeyPath, api: ApiState, member: CurrentMember, on_behalf_of: Principal = None
) -> schemas.Record:
    """A record as of the newest block, in words too, and what the asking member may do next."""
    services = api.services
    return await reading(
        queries.record, services.store, services.application, checked_key(key), member, on_behalf_of
    )
