"""Hears everything and says nothing, for whole heights or for ever."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from nodes.network.interface import Channel, PeerId
from tests.simulation.adversaries.base import Adversary


class Silent(Adversary):
    """See the module."""

    name = "silent"

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self._always = random.random() < 0.6

    def outgoing(self, peer: PeerId, channel: Channel, payload: bytes) -> Iterable[bytes]:
        if channel is Channel.SYNC:
            return (payload,)
        speaks = not self._always and self.machine.height // 4 % 2 == 0
        return (payload,) if speaks else ()
