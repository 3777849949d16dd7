"""Who proposes: a pure function of height, round and set (clause S1).

Seats take turns, one further with each height and one further with each round.
So a silent proposer costs one round, every seat proposes as often as any other,
and nobody needs to remember a schedule. The seat that first proposed a block
stays in its header; who may re-propose it is again the round's proposer.
"""

from __future__ import annotations

from ledger.primitives import Height, Round
from ledger.validators import ValidatorSet


def proposer_seat(height: Height, round_: Round, validators: ValidatorSet) -> int:
    """The seat that proposes in this round of this height."""
    return (height + round_) % validators.size
