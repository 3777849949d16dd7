"""What a traitor can get hold of: everything about its own node, and its own key."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from random import Random
from typing import TYPE_CHECKING, Any, ClassVar

from ledger.block import Block, header_id
from ledger.primitives import Hash, Height, Round
from ledger.seal import NO_ROUND, VoteType, precommit_bytes, prevote_bytes, proposal_bytes
from nodes.bft.messages import (
    Certificate,
    Message,
    Proposal,
    ProtocolError,
    Vote,
    decode_message,
    encode_message,
)
from nodes.clock import Clock
from nodes.engine import Application
from nodes.network.interface import Channel, PeerId

if TYPE_CHECKING:
    from tests.simulation.machine import Machine


class Adversary:
    """A traitor that keeps to the protocol. Others override what they break."""

    name: ClassVar[str]

    def __init__(self, random: Random) -> None:
        self.random = random
        self.machine: Machine

    # ----- what it may spoil --------------------------------------------------------

    def begin(self, machine: Machine) -> None:
        """A node of it is about to be put together; nothing of it is there yet but the disk."""
        self.machine = machine

    def clock(self, clock: Clock) -> Clock:
        """The clock that its node reads."""
        return clock

    def application(self, application: Application) -> Application:
        """The application that its engine asks."""
        return application

    def signer(self, signer: Any) -> Any:
        """Who signs for it."""
        return signer

    def outgoing(self, peer: PeerId, channel: Channel, payload: bytes) -> Iterable[bytes]:
        """What is really sent when its node says something."""
        return (payload,)

    def incoming(self, peer: PeerId, channel: Channel, payload: bytes) -> None:
        """It hears something, before its node does."""

    def watch(self, machine: Machine) -> None:
        """Its engine is made and not yet started."""

    async def live(self) -> None:
        """What it does besides, for as long as its node runs."""

    # ----- what helps ---------------------------------------------------------------

    @property
    def seat(self) -> int:
        """Its seat at the height under way; any, once it has none."""
        return self.machine.application.info().validators.index_of(self.machine.organisation) or 0

    @property
    def others(self) -> list[PeerId]:
        return [p for p in self.machine.simulation.hub.known if p.organisation != self.machine.organisation]

    def _place(self, height: Height, round_: Round, block_id: Hash) -> tuple[Hash, Hash, Height, Round, Hash]:
        tip = self.machine.application.info()
        return tip.network, tip.validators.hash, height, round_, block_id

    def _sign(self, data: bytes) -> bytes:
        return self.machine.simulation.bls.sign(self.machine.secret, data)

    def vote(
        self, kind: VoteType, height: Height, round_: Round, block_id: Hash, valid_round: Round = NO_ROUND
    ) -> Vote:
        """A vote of its own, properly signed."""
        place = self._place(height, round_, block_id)
        prevote = kind is VoteType.PREVOTE
        data = prevote_bytes(*place, valid_round) if prevote else precommit_bytes(*place)
        return Vote(
            type=kind,
            height=height,
            round=round_,
            block_id=block_id,
            valid_round=valid_round,
            seat=self.seat,
            signature=self._sign(data),
        )

    def proposal(
        self, round_: Round, block: Block, valid_round: Round = NO_ROUND, polka: Certificate | None = None
    ) -> Proposal:
        """A proposal of its own, properly signed."""
        height = Height(block.header.height)
        place = self._place(height, round_, header_id(block.header))
        return Proposal(
            height=height,
            round=round_,
            valid_round=valid_round,
            seat=self.seat,
            signature=self._sign(proposal_bytes(*place, valid_round)),
            polka=polka,
            block=block,
        )

    def read(self, channel: Channel, payload: bytes) -> Message | None:
        """A consensus message; None for anything else, such as the nonsense of another traitor."""
        if channel is not Channel.CONSENSUS:
            return None
        try:
            return decode_message(payload, max_bytes=10**7)
        except ProtocolError:
            return None

    def say(self, peer: PeerId, message: Message | bytes, channel: Channel = Channel.CONSENSUS) -> None:
        """Send something past its node."""
        payload = message if isinstance(message, bytes) else encode_message(message)
        self.machine.endpoint.put(peer, channel, payload)

    def say_later(self, delay: float, peer: PeerId, message: Message | bytes) -> None:
        """Send something past its node in a while."""
        asyncio.get_running_loop().call_later(delay, self.say, peer, message)
