"""Letting a member's browser in: the member signs a request, and gets a code to type there."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request

from nodes.api import problems, schemas
from nodes.api.auth import CurrentMember
from nodes.api.sessions import CODE_S, Grant
from nodes.api.state import ApiState

router = APIRouter(tags=["sign-in"])


@router.post("/v1/sign-ins")
async def sign_in(
    request: Request,
    api: ApiState,
    member: CurrentMember,
    network: Annotated[str, Query(max_length=64, description="Id of the network, which the member knows.")],
    node: Annotated[str, Query(max_length=97, description="The node meant, as `organisation/name`.")],
) -> schemas.SignIn:
    """A code that lets one browser read this node's pages as the member who signs this request.

    The signature covers network, node and the name that the node is reached by, so that a code is of
    no use anywhere else.
    """
    services = api.services
    here = f"{services.config.node.organisation}/{services.config.node.name}"
    if network != services.application.info().network.hex():
        raise problems.INVALID("This node belongs to another network.", at="network")
    if node != here:
        raise problems.INVALID(f"This node is {here}.", at="node")
    grant = Grant(member=member.member, key=member.key.thumbprint)
    code = api.codes.issue(grant, services.clock.monotonic_s())
    return schemas.SignIn(
        member=member.member,
        code=code,
        link=f"{request.url.scheme}://{request.headers['host']}/sign-in?code={code}",
        expires_s=int(CODE_S),
    )
