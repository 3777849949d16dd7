"""What the routes of one application share, and how they reach it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, ParamSpec, TypeVar

from fastapi import Depends
from starlette.requests import Request

from nodes.api.limits import Limits
from nodes.api.metrics import Metrics
from nodes.api.nonces import Nonces
from nodes.api.rates import Rates
from nodes.api.sessions import Codes, Sessions
from nodes.indicators.service import IndicatorService
from nodes.services import NodeServices

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """One application's parts."""

    services: NodeServices
    """The node."""
    authorities: frozenset[str] | None
    """Names under which this node is asked, as in `Host`; None where that cannot be known."""
    metrics: Metrics
    """What is counted."""
    indicators: IndicatorService
    """What is measured."""
    nonces: Nonces
    """Signed requests seen lately."""
    members: Rates
    """How often each member asked."""
    started_s: int
    """When the API was made, by the wall clock: signatures from before may have been served already."""
    limits: Limits = field(default_factory=Limits)
    """Resources in use."""
    codes: Codes = field(default_factory=Codes)
    """Codes that wait to let a browser in."""
    sessions: Sessions = field(default_factory=Sessions)
    """Browsers that members let in."""
    form_key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    """What marks the forms of this process' pages."""


def api_of(request: Request) -> Api:
    """The parts behind a request, for raw routes."""
    api: Api = request.app.state.api
    return api


async def _api(request: Request) -> Api:
    return api_of(request)


ApiState = Annotated[Api, Depends(_api)]
"""Gives a route the application's parts."""


async def reading(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run work that reads the database on a thread, so that the event loop stays free."""
    return await asyncio.to_thread(work, *args, **kwargs)
