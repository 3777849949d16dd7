"""Records: their current value with what can be done next, and how they came to be."""

from __future__ import annotations

from fastapi import APIRouter

from nodes.api import queries, schemas
from nodes.api.auth import CurrentMember
from nodes.api.limits import DEFAULT_PAGE
from nodes.api.parameters import Cursor, KeyPath, Limit, checked_key
from nodes.api.state import ApiState, reading

router = APIRouter(tags=["records"])


@router.get("/v1/records/{key:path}/history")
async def get_history(
    key: KeyPath, api: ApiState, _: CurrentMember, after: Cursor = 0, limit: Limit = DEFAULT_PAGE
) -> schemas.History:
    """The versions of a record, oldest first, from the one after version `after`."""
    return await reading(queries.history, api.services.store, checked_key(key), after, limit)


@router.get("/v1/records/{key:path}")
async def get_record(key: KeyPath, api: ApiState, member: CurrentMember) -> schemas.Record:
    """A record as of the newest block, in words too, and what the asking member may do next."""
    services = api.services
    return await reading(queries.record, services.store, services.application, checked_key(key), member)
