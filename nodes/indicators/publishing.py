"""What strangers are shown: nothing that lets one organisation work out another's business.

Members may read every record through their nodes, so they see every line. Whoever
asks without being one sees only lines in which the business of enough organisations
is added up that none of them, taking its own away, is left with another's. What the
chain says of itself is nobody's business in that sense and is shown to all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol, TypeVar

from nodes.indicators.model import Indicators


class _Counted(Protocol):
    @property
    def organisations(self) -> int: ...


L = TypeVar("L", bound=_Counted)


def for_strangers(found: Indicators, fewest: int) -> Indicators:
    """The indicators without the lines in which fewer than `fewest` organisations' business is."""
    trade = found.trade
    surrendered = trade.surrendered
    shown = surrendered is not None and surrendered.organisations >= fewest
    public = replace(
        trade,
        release=_kept(trade.release, fewest),
        gate_out=_kept(trade.gate_out, fewest),
        refused=_kept(trade.refused, fewest),
        holds=_kept(trade.holds, fewest),
        surrendered=surrendered if shown else None,
        legs=_kept(trade.legs, fewest),
    )
    return replace(found, trade=public)


def _kept(lines: Iterable[L], fewest: int) -> tuple[L, ...]:
    return tuple(line for line in lines if line.organisations >= fewest)
