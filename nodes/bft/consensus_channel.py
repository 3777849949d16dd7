"""The consensus channel: decodes what arrives, and finds the connections of those it is sent to.

Consensus messages go to validators only; observers follow sealed blocks. Faults
that come to light after a message was taken are charged to the peer's next one.
"""

from __future__ import annotations

from collections.abc import Callable

from ledger.chain import Tip
from ledger.primitives import TimeMs
from nodes.bft.effects import Received
from nodes.bft.messages import ProtocolError, decode_message
from nodes.clock import Clock
from nodes.network.interface import Channel, Network, PeerError, PeerId, RequestFailed


def validator_names(tip: Tip) -> frozenset[str]:
    """Who is heard and sent to: the validators of the height under way and of the next."""
    both = (*tip.validators.validators, *tip.next_validators.validators)
    return frozenset(validator.organisation for validator in both)


class ConsensusChannel:
    """Handler of the consensus channel."""

    def __init__(
        self,
        *,
        network: Network,
        clock: Clock,
        limit: int,
        validators: Callable[[], frozenset[str]],
        received: Callable[[Received], None],
    ) -> None:
        """`limit` bounds a message in bytes; `validators` names those of this height and the next."""
        self._network = network
        self._clock = clock
        self._limit = limit
        self._validators = validators
        self._received = received
        self._blamed: dict[str, str] = {}

    def on_message(self, peer: PeerId, payload: bytes) -> None:
        """Decode a message for the core; raises `PeerError`."""
        reason = self._blamed.pop(peer.organisation, None)
        if reason is not None:
            raise PeerError(peer, reason)
        if peer.organisation not in self._validators():
            return
        try:
            message = decode_message(payload, max_bytes=self._limit)
        except ProtocolError as error:
            raise PeerError(peer, str(error)) from None
        clock_ms = TimeMs(self._clock.now_ms())
        self._received(Received(sender=peer.organisation, message=message, raw=payload, clock_ms=clock_ms))

    async def on_request(self, peer: PeerId, payload: bytes) -> bytes:
        """There is nothing to request here."""
        raise RequestFailed("consensus answers no requests")

    def on_connected(self, peer: PeerId) -> None:
        """Nothing to do: what matters is said again on a timer."""

    def on_disconnected(self, peer: PeerId) -> None:
        """A new connection starts without blame."""
        self._blamed.pop(peer.organisation, None)

    def blame(self, organisation: str, reason: str) -> None:
        """Refuse this organisation's next message, and its connection with it."""
        self._blamed[organisation] = reason

    def broadcast_on(self, channel: Channel, payload: bytes) -> None:
        """Send to every connected validator node."""
        validators = self._validators()
        for peer in self._network.peers():
            if peer.organisation in validators:
                self._network.send(peer, channel, payload)

    def send(self, organisation: str, payload: bytes) -> None:
        """Send to the nodes of one organisation."""
        for peer in self._network.peers():
            if peer.organisation == organisation:
                self._network.send(peer, Channel.CONSENSUS, payload)
