"""Keeps to the rules until it is voted out, and then goes on signing whatever it hears of, for every seat."""

from __future__ import annotations

import msgspec

from ledger.block import header_id
from ledger.primitives import Height
from ledger.seal import VoteType
from nodes.bft.messages import Proposal, Vote, VoteBatch
from nodes.network.interface import Channel, PeerId
from tests.simulation.adversaries.base import Adversary


class Ousted(Adversary):
    """See the module."""

    name = "ousted"

    def incoming(self, peer: PeerId, channel: Channel, payload: bytes) -> None:
        message = self.read(channel, payload)
        validators = self.machine.application.info().validators
        if validators.index_of(self.machine.organisation) is not None or self.random.random() < 0.5:
            return
        if isinstance(message, Proposal):
            block_id = header_id(message.block.header)
        elif isinstance(message, Vote):
            block_id = message.block_id
        else:
            return
        self.machine.simulation.reached("G7 a removed validator goes on signing")
        for kind in VoteType:
            vote = self.vote(kind, Height(message.height), message.round, block_id)
            for seat in range(validators.size):
                said = msgspec.structs.replace(vote, seat=seat)
                self.say(self.random.choice(self.others), said)
                self.say(self.random.choice(self.others), VoteBatch(votes=(said,)))
