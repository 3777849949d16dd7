"""The newest block, told to pages as it comes: height, time and size, which are public."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from nodes.api.events import STREAM_TYPE, follow
from nodes.api.state import api_of
from nodes.api.streams import HeldStream
from nodes.pages.routing import PageRoute

TOLD = frozenset({"ready", "block"})


async def live(request: Request) -> Response:
    """Follow the chain's tip."""
    api = api_of(request)
    return HeldStream(
        follow(api, TOLD),
        api.limits.onlookers.holding(),
        media_type=STREAM_TYPE,
        headers={"x-accel-buffering": "no"},
    )


ROUTES = [PageRoute("/live", live, methods=["GET"])]
