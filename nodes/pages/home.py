"""The first page: where to search, how the node is doing, and what was sealed last."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from ledger.primitives import MAX_SAFE_INTEGER, Height
from nodes.api import queries
from nodes.api.state import ApiState, reading
from nodes.api.status import status_of
from nodes.pages.frame import render
from nodes.pages.routing import BrowserRoute

router = APIRouter(include_in_schema=False, route_class=BrowserRoute)

LATEST_BLOCKS = 8
"""Lines of the first page's list."""


@router.get("/", response_class=Response)
async def get_home(request: Request, api: ApiState) -> Response:
    """The first page."""
    found = await reading(api.services.store.blocks_before, Height(MAX_SAFE_INTEGER), LATEST_BLOCKS)
    blocks = [queries.block_line(row) for row in found.items]
    return render(request, "home.html", status_now=status_of(api), blocks=blocks)
