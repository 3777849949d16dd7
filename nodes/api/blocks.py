"""The chain: headers, blocks with their signers, and validator sets."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from ledger.canonical import encode
from ledger.primitives import MAX_SAFE_INTEGER, Height
from nodes.api import problems, queries, schemas
from nodes.api.auth import CurrentMember
from nodes.api.limits import DEFAULT_PAGE, MAX_PAGE
from nodes.api.parameters import HeightPath, Limit
from nodes.api.state import ApiState, reading
from nodes.api.streams import Format, FormatQuery, export

router = APIRouter(tags=["chain"])

LATEST = "latest"
SETS_AHEAD = 2
"""The chain appoints validator sets up to two heights above its newest block."""

Position = Annotated[
    str, Path(pattern=r"^(0|[1-9][0-9]{0,14}|latest)$", description="A height, or `latest`.")
]


@router.get("/v1/genesis", response_class=Response)
async def get_genesis(api: ApiState) -> Response:
    """The genesis document, canonical JSON: its tagged hash is the network id."""
    return Response(encode(api.services.genesis), media_type="application/json")


@router.get("/v1/headers/{height}")
async def get_header(height: Position, api: ApiState) -> schemas.SealedHeader:
    """A header with its seal."""
    services = api.services
    wanted = services.application.info().height if height == LATEST else int(height)
    return await reading(queries.sealed_header, services.store, Height(wanted))


@router.get("/v1/validators")
async def get_validators(
    api: ApiState, height: Annotated[int | None, Query(ge=1, le=MAX_SAFE_INTEGER)] = None
) -> schemas.Validators:
    """The set that seals a height; of the next block unless told."""
    tip = api.services.application.info().height
    wanted = tip + 1 if height is None else height
    if wanted > tip + SETS_AHEAD:
        raise problems.NOT_FOUND(f"The set of height {wanted} is not appointed yet.", at="height")
    found = await reading(api.services.store.validators_at, Height(wanted))
    return schemas.Validators(
        height=wanted,
        validators=tuple(
            schemas.Validator.model_validate(msgspec.structs.asdict(seat)) for seat in found.validators
        ),
        quorum=found.quorum,
        faults=found.faults,
        hash=found.hash.hex(),
    )


@router.get("/v1/blocks", response_model=schemas.Blocks)
async def list_blocks(
    api: ApiState,
    _: CurrentMember,
    before: Annotated[int, Query(ge=0, le=MAX_SAFE_INTEGER, description="All blocks unless told.")] = (
        MAX_SAFE_INTEGER
    ),
    limit: Limit = DEFAULT_PAGE,
    with_entries: Annotated[bool, Query(description="Leave out blocks without entries.")] = False,
    form: FormatQuery = Format.PAGE,
) -> schemas.Blocks | Response:
    """Blocks below a height, newest first."""

    def page(at: int, rows: int = MAX_PAGE) -> tuple[tuple[schemas.BlockLine, ...], int | None]:
        found = api.services.store.blocks_before(Height(at), rows, with_entries=with_entries)
        return tuple(queries.block_line(row) for row in found.items), found.next

    if form is not Format.PAGE:
        return export(api, schemas.BlockLine, page, before, form)
    items, following = await reading(page, before, limit)
    return schemas.Blocks(items=items, next_before=following)


@router.get("/v1/blocks/{height}")
async def get_block(height: HeightPath, api: ApiState, _: CurrentMember) -> schemas.Block:
    """A block: its header, who signed it and who did not, and its entries in short."""
    return await reading(queries.block, api.services.store, Height(height))
