"""Sends much of everything: votes of far rounds and heights, forged ones, wishes, claims, junk."""

from __future__ import annotations

import asyncio

import msgspec

from ledger.primitives import Hash, Height, Round
from ledger.seal import VoteType
from nodes.bft.messages import MAX_ROUND, Message, Vote, VoteBatch, Want
from nodes.network.interface import Channel
from tests.simulation.adversaries.base import Adversary

BURST = 12
"""Messages to one peer at a time."""


class Flooder(Adversary):
    """See the module. Most of it is well-formed, so that it is not simply thrown out."""

    name = "flooder"

    async def live(self) -> None:
        while True:
            await asyncio.sleep(self.random.uniform(0.1, 0.5))
            peer = self.random.choice(self.others)
            for _ in range(BURST):
                self.say(peer, self._anything())
            if self.random.random() < 0.3:
                self.say(peer, self._statements(), Channel.STATEMENTS)
            if self.random.random() < 0.2:
                self.say(peer, self._claim(), Channel.SYNC)

    def _anything(self) -> Message | bytes:
        random = self.random
        height = Height(self.machine.height + random.choice((0, 1, 1, 1, 2, 2, 50)) or 1)
        round_ = Round(random.choice((0, 1, 2, random.randrange(40), random.randrange(MAX_ROUND))))
        choice = random.random()
        if choice < 0.5:
            block_id = Hash(random.randbytes(32))
            return self.vote(random.choice(list(VoteType)), height, round_, block_id)
        if choice < 0.8:
            return VoteBatch(votes=tuple(self._forged(height, round_) for _ in range(6)))
        if choice < 0.98:
            return Want(height=height, round=round_, block_id=Hash(random.randbytes(32)))
        return b"\x01" + random.randbytes(40)

    def _forged(self, height: Height, round_: Round) -> Vote:
        """A vote of another's seat, which only a check of its signature tells from a true one."""
        seat = self.random.randrange(len(self.others) + 1)
        vote = self.vote(VoteType.PREVOTE, height, round_, Hash(self.random.randbytes(32)))
        return msgspec.structs.replace(vote, seat=seat, signature=self.random.randbytes(96))

    def _statements(self) -> bytes:
        junk = [self.random.randbytes(200) for _ in range(20)]
        return b"\x01" + msgspec.msgpack.encode([junk])

    def _claim(self) -> bytes:
        """A status that says that it is far ahead."""
        far = self.machine.height + self.random.choice((1, 5, 2**40))
        return b"\x01" + msgspec.msgpack.encode([far, self.machine.clock.now_ms()])
