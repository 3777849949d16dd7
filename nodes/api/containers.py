"""Containers: the timeline of a trip, across bills and modes of transport, for whoever it concerns."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from nodes.api import schemas, timelines
from nodes.api.auth import EntrustedMember
from nodes.api.parameters import checked_key
from nodes.api.state import ApiState, reading

router = APIRouter(tags=["containers"])

ContainerPath = Annotated[
    str, Path(max_length=32, description="Id of a container's record, 32 hexadecimal digits.")
]


@router.get("/v1/containers/{container}/timeline")
async def get_timeline(container: ContainerPath, api: ApiState, member: EntrustedMember) -> schemas.Timeline:
    """What was planned and estimated for a container, what happened, and what was put right, in its order.

    For organisations that the container, its bills or its declarations name.
    """
    services, key = api.services, checked_key(f"container/{container}")
    return await reading(timelines.timeline, services.store, services.application, key, member.organisation)
