"""Says one thing to some and another to the rest: two votes in one place, two blocks in one round."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ledger.block import Block, header_id
from ledger.primitives import Hash
from ledger.seal import NIL, NO_ROUND, VoteType
from nodes.bft.messages import Proposal, Vote, VoteBatch, encode_message
from nodes.network.interface import Channel, PeerId
from tests.simulation.adversaries.base import Adversary


class Equivocator(Adversary):
    """See the module. Now and then it says both things to the same node."""

    name = "equivocator"

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self._blocks: dict[tuple[int, int], tuple[Hash, Hash]] = {}
        """The two blocks of a height and round."""

    def _believes_second(self, peer: PeerId, height: int) -> bool:
        return (self.others.index(peer) + height) % 2 == 0

    def outgoing(self, peer: PeerId, channel: Channel, payload: bytes) -> Iterable[bytes]:
        message = self.read(channel, payload)
        if isinstance(message, Vote) and message.seat == self.seat:
            other = encode_message(self._other_vote(message))
        elif isinstance(message, Proposal) and message.valid_round == NO_ROUND and message.seat == self.seat:
            other = encode_message(self._other_proposal(message))
        elif isinstance(message, VoteBatch) and message.votes:
            votes = tuple(self._other_vote(v) if v.seat == self.seat else v for v in message.votes)
            other = encode_message(VoteBatch(votes=votes))
        else:
            return (payload,)
        choice = self.random.random()
        if choice < 0.15:
            return (payload, other)
        return (other,) if self._believes_second(peer, self.machine.height) else (payload,)

    def _other_vote(self, vote: Vote) -> Vote:
        one, other = self._blocks.get((vote.height, vote.round), (NIL, Hash(b"\x5a" * 32)))
        content = other if vote.block_id in (one, NIL) else one
        if vote.type is VoteType.PREVOTE and vote.valid_round != NO_ROUND:
            return self.vote(vote.type, vote.height, vote.round, vote.block_id)
        return self.vote(vote.type, vote.height, vote.round, content)

    def _other_proposal(self, proposal: Proposal) -> Proposal:
        """Another block that is just as valid."""
        header = proposal.block.header
        later = msgspec.structs.replace(header, time_ms=header.time_ms + 1)
        block = Block(header=later, entries=proposal.block.entries, parent_seal=proposal.block.parent_seal)
        self._blocks[proposal.height, proposal.round] = header_id(header), header_id(later)
        return self.proposal(proposal.round, block)
