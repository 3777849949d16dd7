"""How long it may take to decide once everything works again."""

from __future__ import annotations

from ledger.primitives import Round
from nodes.bft.round import Timeout
from nodes.bft.timing import Timeouts
from tests.simulation.world import PARAMETERS

RECONNECT_S = 10.0
"""To notice dead connections, dial again, and fetch what others have decided meanwhile."""


def patience(heights: int, *, size: int, reached: int) -> float:
    """Seconds within which `heights` more are decided once faults have stopped.

    Every height may be left in the highest round that anybody has `reached`, or begun
    in round 0; of any n rounds in a row one has an honest proposer whom all hear in
    time, since then all are in one round within a timeout (L55). `size` is that of the
    largest set there is.
    """
    timeouts = Timeouts()

    def lasts(round_: int) -> float:
        kinds = (Timeout.PROPOSE, Timeout.PREVOTE, Timeout.PRECOMMIT)
        return sum(timeouts.duration_ms(kind, Round(round_)) for kind in kinds) / 1000

    first = sum(lasts(reached + extra) for extra in range(size + 1))
    each = sum(lasts(extra) for extra in range((size - 1) // 3 + 2))
    return RECONNECT_S + first + heights * (each + PARAMETERS.heartbeat_ms / 1000)
