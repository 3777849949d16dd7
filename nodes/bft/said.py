"""What a key said, without the signature: the places of the protocol, and what can stand in one (J2, K1)."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.block import header_id
from ledger.primitives import Hash, Height, Round
from ledger.seal import NO_ROUND, VoteType
from nodes.bft.messages import MAX_ROUND, Certificate, Proposal, Vote

Place = tuple[Height, Round, int]
"""Height, round and step: 1 the proposal, 2 the prevote, 3 the precommit. Signing goes upwards only."""

STEPS = {VoteType.PREVOTE: 2, VoteType.PRECOMMIT: 3}


def last_place_of(height: Height) -> Place:
    """The last place there can be in a height: beyond it once the height is committed."""
    return height, Round(MAX_ROUND), 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one signature says. No two may differ in one place."""

    place: Place
    block_id: Hash
    valid_round: Round
    """-1 in every precommit."""

    @classmethod
    def of(cls, message: Vote | Certificate | Proposal) -> Said:
        """What the signature of a proposal or vote says, or each of a certificate."""
        if isinstance(message, Proposal):
            step, block_id = 1, header_id(message.block.header)
        else:
            step, block_id = STEPS[message.type], message.block_id
        place = (message.height, message.round, step)
        return cls(place=place, block_id=block_id, valid_round=message.valid_round)

    @classmethod
    def precommit(cls, height: Height, round_: Round, block_id: Hash) -> Said:
        """What each seat in a seal said."""
        step = STEPS[VoteType.PRECOMMIT]
        return cls(place=(height, round_, step), block_id=block_id, valid_round=NO_ROUND)
