"""Indicators: times of clearance, refusals, holds, surrenders, what is carried, and how blocks are sealed.

Members see every line, since they may read the records that it is made of. Everyone
else sees what adds up enough organisations' business; see `docs/privacy.md`.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query

from nodes.api import problems, schemas
from nodes.api.auth import MaybeMember
from nodes.api.state import Api, ApiState, reading
from nodes.indicators.model import Indicators, spread
from nodes.indicators.service import DEFAULT_DAYS, WINDOWS_DAYS

router = APIRouter(tags=["indicators"])

Days = Annotated[int, Query(description="Days of block time.", json_schema_extra={"enum": [*WINDOWS_DAYS]})]


@router.get("/v1/indicators")
async def get_indicators(api: ApiState, member: MaybeMember, days: Days = DEFAULT_DAYS) -> schemas.Indicators:
    """The indicators of the last days, as `docs/indicators.md` defines them.

    A signed request of a member shows every line.
    """
    return await indicators_of(api, days, every_line=member is not None)


async def indicators_of(api: Api, days: int, *, every_line: bool) -> schemas.Indicators:
    """The indicators, all lines or those that strangers are shown; a problem for another window."""
    if days not in WINDOWS_DAYS:
        raise problems.INVALID(f"Windows are of {', '.join(map(str, WINDOWS_DAYS))} days.", at="days")
    service = api.indicators
    found = await reading(service.read if every_line else service.public, days)
    return _view(api, found, days, every_line=every_line)


def _view(api: Api, found: Indicators, days: int, *, every_line: bool) -> schemas.Indicators:
    trade = asdict(found.trade)
    return schemas.Indicators(
        as_of=schemas.AsOf(height=found.height, time_ms=found.until_ms),
        days=days,
        from_ms=max(0, found.from_ms),
        every_line=every_line,
        whole=found.trade.whole,
        **{name: _without_organisations(trade[name]) for name in _TRADE},
        blocks=schemas.MadeBlocks.model_validate(asdict(found.blocks)),
        here=_here(api),
    )


_TRADE = ("release", "gate_out", "refused", "holds", "surrendered", "legs")


def _without_organisations(lines: Any) -> Any:
    """How many organisations stand behind a line decides who sees it, and is nobody's to know."""
    if isinstance(lines, dict):
        return {name: value for name, value in lines.items() if name != "organisations"}
    return None if lines is None else tuple(map(_without_organisations, lines))


def _here(api: Api) -> schemas.AtThisNode:
    finality = spread(round(seconds * 1000) for seconds in api.metrics.latest_finality())
    return schemas.AtThisNode(
        since_ms=api.started_s * 1000,
        finality=None if finality is None else schemas.Spread.model_validate(asdict(finality)),
        refused=tuple(
            schemas.RefusedCode(code=code, count=count) for code, count in api.metrics.refused_by_code()
        ),
    )
