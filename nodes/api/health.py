"""For those who run the node: is it alive, can it be relied on, what does it count."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from nodes.api import indicator_metrics, schemas
from nodes.api.metrics import CONTENT_TYPE
from nodes.api.state import ApiState, reading
from nodes.storage import StorageError

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def get_health() -> schemas.Alive:
    """The process answers."""
    return schemas.Alive()


@router.get("/readyz")
async def get_readiness(api: ApiState, response: Response) -> schemas.Readiness:
    """Whether the node is caught up, connected and on time: 200 when it is, 503 when not."""
    services = api.services
    status = services.engine.status()
    if not status.ready:
        response.status_code = 503
    return schemas.Readiness(
        ready=status.ready,
        reasons=status.reasons,
        network=services.application.info().network.hex(),
        organisation=services.config.node.organisation,
    )


@router.get("/metrics", response_class=Response)
async def get_metrics(api: ApiState) -> Response:
    """Prometheus metrics; without the indicators while the database fails."""
    try:
        indicators = await reading(indicator_metrics.exposition_of, api.indicators)
    except StorageError:
        indicators = b""
    return Response(api.metrics.exposition() + indicators, media_type=CONTENT_TYPE)
