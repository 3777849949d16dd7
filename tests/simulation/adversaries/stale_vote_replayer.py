"""Sends again what it has ever heard, of any height and from anybody."""

from __future__ import annotations

import asyncio
from collections import deque
from random import Random

from nodes.bft.messages import Vote, VoteBatch
from nodes.network.interface import Channel, PeerId
from tests.simulation.adversaries.base import Adversary

MEMORY = 300


class StaleVoteReplayer(Adversary):
    """See the module. Votes of others it also bundles."""

    name = "stale_vote_replayer"

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self._heard: deque[bytes] = deque(maxlen=MEMORY)
        self._votes: deque[Vote] = deque(maxlen=MEMORY)

    def incoming(self, peer: PeerId, channel: Channel, payload: bytes) -> None:
        message = self.read(channel, payload)
        if message is None:
            return
        self._heard.append(payload)
        if isinstance(message, Vote):
            self._votes.append(message)

    async def live(self) -> None:
        while True:
            await asyncio.sleep(self.random.uniform(0.05, 0.4))
            peer = self.random.choice(self.others)
            if self._votes and self.random.random() < 0.4:
                votes = [self.random.choice(self._votes) for _ in range(8)]
                self.say(peer, VoteBatch(votes=tuple(votes)))
            elif self._heard:
                self.say(peer, self.random.choice(self._heard))
