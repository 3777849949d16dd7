"""Putting the API together: one application for one node, made from its services and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress

import structlog
from fastapi import FastAPI

from nodes.api import (
    blocks,
    containers,
    contents,
    entries,
    events,
    evidence,
    health,
    indicators,
    records,
    search,
    sign_ins,
    statements,
    status,
)
from nodes.api.auth import known_authorities
from nodes.api.guard import Guard
from nodes.api.metrics import Metrics
from nodes.api.nonces import Nonces
from nodes.api.openapi import NodeApi
from nodes.api.problems import HANDLERS
from nodes.api.rates import Rates
from nodes.api.state import Api
from nodes.indicators.service import IndicatorService
from nodes.pages.app import include_pages
from nodes.pages.errors import answer_to, with_pages
from nodes.services import NodeServices

_log = structlog.get_logger("api")

ROUTERS = (
    status.router,
    blocks.router,
    entries.router,
    records.router,
    containers.router,
    search.router,
    evidence.router,
    contents.router,
    events.router,
    sign_ins.router,
    health.router,
    indicators.router,
    statements.router,
)


def create_app(services: NodeServices, *, authorities: Iterable[str] = ()) -> FastAPI:
    """The API of a node.

    `authorities` are names (`host:port`, as clients write them) under which the
    node is reached beside the address that it listens on. Signed requests for
    other names are refused; a node that listens on all addresses accepts every
    name unless some are given.
    """
    names = known_authorities(services.config.api, authorities)
    if names is None:
        _log.warning("signed requests are accepted under any name: they could be passed on by other nodes")
    metrics = Metrics(services.engine, services.clock)
    # Paths that would load scripts from elsewhere are off; /openapi.json stays. Telemetry is Prometheus'.
    app = NodeApi(
        routes=list(statements.RAW_ROUTES),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
        exception_handlers=with_pages(HANDLERS),
        telemetry={"tracing": False},
    )
    config = services.config.api
    app.state.api = Api(
        services=services,
        authorities=names,
        metrics=metrics,
        indicators=IndicatorService(services.store, services.clock, config.fewest_organisations),
        nonces=Nonces(),
        members=Rates(config.member_requests_per_s),
        started_s=services.clock.now_ms() // 1000,
    )
    include_pages(app)
    for router in ROUTERS:
        app.include_router(router)
    rates = Rates(config.requests_per_s)
    app.add_middleware(Guard, metrics=metrics, rates=rates, clock=services.clock, answer_to=answer_to)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Count blocks while the application is served."""
    api: Api = app.state.api
    tip = api.services.application.info()
    following = asyncio.create_task(api.metrics.follow(api.services.outcomes, tip.height, tip.header.time_ms))
    try:
        yield
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
