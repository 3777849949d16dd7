"""The snapshot channel: handing out this node's snapshots in parts (N1). Joining with one is in `joining`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ledger.chain import Tip
from ledger.evidence import SetChange
from ledger.primitives import Height
from nodes.network.interface import PeerError, PeerId, RequestFailed
from nodes.snapshots.messages import (
    GetHandovers,
    GetOffers,
    GetPortion,
    Handovers,
    NotUnderstood,
    Offer,
    Offers,
    Past,
    Request,
    decode_request,
    encode,
)
from nodes.snapshots.service import JoinRules
from nodes.snapshots.shelf import Folder, Shelf


class Snapshots(Protocol):
    """What is needed of the node's snapshots; see `nodes.snapshots.service`."""

    shelf: Shelf
    rules: JoinRules

    async def offers(self) -> tuple[Offer, ...]:
        """What others can join with."""
        ...

    async def portion(self, height: Height, after: bytes) -> bytes | None:
        """An encoded portion of the state."""
        ...

    async def handovers(self, after: Height) -> tuple[SetChange, ...]:
        """Changes of the validator set above a height."""
        ...

    async def past(self, height: Height) -> Past | None:
        """Blocks that end with one."""
        ...

    async def adopt(self, offer: Offer, changes: Sequence[SetChange], folder: Folder) -> Tip:
        """Go on from a verified snapshot."""
        ...


class SnapshotChannel:
    """Handler of the snapshot channel: answers requests, one at a time to each peer."""

    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots
        self._serving: set[PeerId] = set()

    def on_message(self, peer: PeerId, payload: bytes) -> None:
        """There are only requests here."""
        raise PeerError(peer, "snapshots are asked for, not sent")

    async def on_request(self, peer: PeerId, payload: bytes) -> bytes:
        """N1: what we have of a snapshot; raises `RequestFailed` for what is not here."""
        try:
            request = decode_request(payload)
        except NotUnderstood as error:
            raise PeerError(peer, str(error)) from None
        if peer in self._serving:
            raise RequestFailed("one request about snapshots at a time")
        self._serving.add(peer)
        try:
            answer = await self._answer(request)
        finally:
            self._serving.discard(peer)
        if answer is None:
            raise RequestFailed("not kept here")
        return answer

    async def _answer(self, request: Request) -> bytes | None:
        if isinstance(request, GetOffers):
            return encode(Offers(offers=await self._snapshots.offers()))
        if isinstance(request, GetHandovers):
            return encode(Handovers(changes=await self._snapshots.handovers(request.after)))
        if isinstance(request, GetPortion):
            return await self._snapshots.portion(request.height, request.after)
        past = await self._snapshots.past(request.height)
        return None if past is None else encode(past)

    def on_connected(self, peer: PeerId) -> None:
        """Nothing to say."""

    def on_disconnected(self, peer: PeerId) -> None:
        """Nothing to forget."""
