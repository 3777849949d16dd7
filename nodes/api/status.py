"""What the node is and how it is doing, for everyone."""

from __future__ import annotations

from fastapi import APIRouter
from msgspec.structs import asdict

from contracts.catalogue import RULES
from contracts.context import View
from contracts.governance.settings import plan_said
from contracts.membership.model import NetworkParameters
from contracts.model import PARAMETERS_KEY
from nodes.api import schemas
from nodes.api.state import Api, ApiState
from nodes.services import NodeServices

router = APIRouter(tags=["status"])

ENGINE = "bft"
"""The engine that this node runs."""


@router.get("/")
async def get_index(api: ApiState) -> schemas.Index:
    """What this is, and where to go on."""
    services = api.services
    return schemas.Index(
        software=services.software,
        network=services.application.info().network.hex(),
        organisation=services.config.node.organisation,
        node=services.config.node.name,
        openapi="/openapi.json",
        status="/v1/status",
    )


@router.get("/v1/status")
async def get_status(api: ApiState) -> schemas.Status:
    """The node and the newest block that it has committed."""
    return status_of(api)


def status_of(api: Api) -> schemas.Status:
    """The status as of now."""
    services = api.services
    tip, engine, node = services.application.info(), services.engine.status(), services.config.node
    seated = tip.validators.index_of(node.organisation) is not None
    return schemas.Status(
        software=services.software,
        network=tip.network.hex(),
        network_name=services.genesis.name,
        organisation=node.organisation,
        node=node.name,
        validator=seated and bool(services.config.keys.validators),
        engine=ENGINE,
        height=tip.height,
        round=engine.round,
        block_id=tip.block_id.hex(),
        time_ms=tip.header.time_ms,
        ready=engine.ready,
        reasons=engine.reasons,
        peers=engine.peers,
        pool_entries=engine.pool_entries,
        pool_bytes=engine.pool_bytes,
        guilty=engine.guilty,
        log_size=tip.header.log_size,
        pruned_below=services.store.pruned().height,
        state_root=tip.header.state_root,
        log_root=tip.header.log_root,
        rules_version=tip.header.rules_version,
        rules_known=tuple(sorted(RULES)),
        parameters=asdict(services.application.parameters()),
        planned=_planned(services),
    )


def _planned(services: NodeServices) -> tuple[schemas.Plan, ...]:
    """What comes into force after the next block."""
    application = services.application
    record = View(application.state()).require(PARAMETERS_KEY, NetworkParameters)
    return tuple(
        schemas.Plan(from_height=plan.from_height, rules_version=plan.rules_version, said=plan_said(plan))
        for plan in record.planned
        if plan.from_height > application.info().height + 1
    )
