"""All addresses of the pages."""

from __future__ import annotations

from fastapi import FastAPI

from nodes.pages import assets, home

ROUTERS = (assets.router, home.router)


def include_pages(app: FastAPI) -> None:
    """Add the pages to a node's application, before the API: `/` answers people with a page."""
    for router in ROUTERS:
        app.include_router(router)
