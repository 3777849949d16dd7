"""All addresses of the pages."""

from __future__ import annotations

from fastapi import FastAPI

from nodes.pages import (
    assets,
    blocks,
    home,
    indicators,
    lists,
    live,
    members,
    search,
    sign_in,
    things,
    verify,
)

ROUTERS = (assets.router, sign_in.router, verify.router)
ROUTES = (
    *home.ROUTES,
    *blocks.ROUTES,
    *lists.ROUTES,
    *things.ROUTES,
    *indicators.ROUTES,
    *members.ROUTES,
    *search.ROUTES,
    *live.ROUTES,
)


def include_pages(app: FastAPI) -> None:
    """Add the pages to a node's application, before the API: `/` answers people with a page."""
    app.router.routes.extend(ROUTES)
    for router in ROUTERS:
        app.include_router(router)
