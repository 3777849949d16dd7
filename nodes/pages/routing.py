"""Addresses that answer people with a page and leave everyone else to the API."""

from __future__ import annotations

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.routing import Match
from starlette.types import Scope

from nodes.pages.frame import is_for_people


class BrowserRoute(APIRoute):
    """A route that exists only for those who ask for HTML."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As any route, but no match for a client that wants data."""
        if scope["type"] == "http" and not is_for_people(Request(scope)):
            return Match.NONE, {}
        return super().matches(scope)
