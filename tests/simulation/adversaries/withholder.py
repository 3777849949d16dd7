"""Gives what it has to few: proposals to some, votes to one, or all of it much too late."""

from __future__ import annotations

from collections.abc import Iterable

from nodes.bft.messages import Proposal, Vote, VoteBatch
from nodes.network.interface import Channel, PeerId
from tests.simulation.adversaries.base import Adversary


class Withholder(Adversary):
    """See the module. Whom it favours changes from height to height."""

    name = "withholder"

    def outgoing(self, peer: PeerId, channel: Channel, payload: bytes) -> Iterable[bytes]:
        message = self.read(channel, payload)
        if not isinstance(message, Proposal | Vote | VoteBatch):
            return (payload,)
        others, height = self.others, self.machine.height
        rank = (others.index(peer) + height) % len(others)
        favoured = rank == 0 or (isinstance(message, Proposal) and rank * 2 < len(others))
        if favoured:
            return (payload,)
        if self.random.random() < 0.2:
            self.say_later(self.random.uniform(0.3, 4.0), peer, payload)
        return ()
