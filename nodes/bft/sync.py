"""Catching up: who is how far, asking peers for sealed blocks, and serving them.

Peers say their height in a status message after every commit and every few
seconds (C1). A node that is behind asks one of them for the blocks it lacks and
believes nothing: every seal is verified in full against the set that the parent
appointed, then the application judges and commits as ever (C3, duty E5). Claims
that a peer does not make good are forgotten. Also measured here: how far our
clock is from the others' (T5).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, TypeVar

import msgspec
import structlog
from msgspec import Meta

from ledger.block import Block, header_id
from ledger.bls import BlsBackend
from ledger.chain import Tip
from ledger.errors import LedgerError
from ledger.primitives import MAX_SAFE_INTEGER, Height, TimeMs
from ledger.seal import Seal, verify_seal
from ledger.validators import ValidatorSet
from nodes.bft.body import check_body
from nodes.bft.messages import WIRE_VERSION
from nodes.clock import Clock
from nodes.engine import Application
from nodes.network.interface import Channel, Network, PeerError, PeerId, RequestFailed

_log = structlog.get_logger("bft.sync")

MAX_BLOCKS = 64
"""Blocks in one answer."""

MAX_ANSWER_BYTES = 4_194_304
"""An answer stops growing here; it may hold one block of any size."""

MAX_CLAIMS = 1_024
"""Peers whose height is remembered; no network has more nodes."""

REQUEST_TIMEOUT_S = 15.0
"""An answer of the largest size over a slow line."""

GRACE_S = 0.15
"""How long a voting node that lags by one block waits for its own decision before it asks for the block."""

RETRY_S = 0.5
"""Between attempts after one that failed."""

FAILED_KEPT = 4
"""Failures that count against an organisation: those of long ago put it behind no newcomer for long."""

T = TypeVar("T")

_PREFIX = bytes([WIRE_VERSION])


class Status(msgspec.Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True):
    """How far a node is."""

    height: Annotated[Height, Meta(ge=0, le=MAX_SAFE_INTEGER)]
    """Its last committed block."""
    clock_ms: Annotated[TimeMs, Meta(ge=0, le=MAX_SAFE_INTEGER)]
    """Its wall clock when it sent this."""


class GetBlocks(msgspec.Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True):
    """A request for consecutive blocks."""

    first: Annotated[Height, Meta(ge=1, le=MAX_SAFE_INTEGER)]
    count: Annotated[int, Meta(ge=1, le=MAX_BLOCKS)]


class Blocks(msgspec.Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True):
    """Sealed blocks in order, none when the first is not kept."""

    blocks: Annotated[tuple[tuple[Block, Seal], ...], Meta(max_length=MAX_BLOCKS)]


_ENCODER = msgspec.msgpack.Encoder()
_STATUS = msgspec.msgpack.Decoder(Status)
_REQUEST = msgspec.msgpack.Decoder(GetBlocks)
_BLOCKS = msgspec.msgpack.Decoder(Blocks)


def _encode(value: Status | GetBlocks | Blocks) -> bytes:
    return _PREFIX + _ENCODER.encode(value)


def _decode(decoder: msgspec.msgpack.Decoder[T], peer: PeerId, payload: bytes) -> T:
    if not payload.startswith(_PREFIX):
        raise PeerError(peer, f"expected a message of version {WIRE_VERSION}")
    try:
        return decoder.decode(memoryview(payload)[1:])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PeerError(peer, f"not a sync message: {error}") from None


class Syncer:
    """Handler of the sync channel, and the task that catches up."""

    def __init__(
        self,
        *,
        application: Application,
        network: Network,
        clock: Clock,
        bls: BlsBackend,
        commit: Callable[[Block, Seal], Awaitable[None]],
        voting: Callable[[], bool],
        changed: Callable[[], None],
    ) -> None:
        """`commit` takes a sealed block; `voting` says if we decide by ourselves; `changed` hears of news."""
        self._application = application
        self._network = network
        self._clock = clock
        self._bls = bls
        self._commit = commit
        self._voting = voting
        self._changed = changed
        self._claims: dict[PeerId, Height] = {}
        self._offsets: dict[PeerId, int] = {}
        self._serving: set[PeerId] = set()
        self._unproven: set[PeerId] = set()
        """Peers that did not give the blocks they claim: asked again once they repeat the claim."""
        self._failed: Counter[str] = Counter()
        """By organisation, how often it gave no blocks beyond how often it gave some."""
        self._news = asyncio.Event()
        self._turn = 0

    # ----- what peers say ---------------------------------------------------

    def on_message(self, peer: PeerId, payload: bytes) -> None:
        """Take a peer's status."""
        status = _decode(_STATUS, peer, payload)
        if peer in self._claims or len(self._claims) < MAX_CLAIMS:
            self._claims[peer] = status.height
            self._unproven.discard(peer)
            self._offsets[peer] = status.clock_ms - self._clock.now_ms()
        self.wake()
        self._changed()

    def on_connected(self, peer: PeerId) -> None:
        """Greet a peer with our status."""
        self._network.send(peer, Channel.SYNC, self._status())

    def on_disconnected(self, peer: PeerId) -> None:
        """Forget what a peer said."""
        self._claims.pop(peer, None)
        self._offsets.pop(peer, None)
        self._unproven.discard(peer)
        self._changed()

    async def on_request(self, peer: PeerId, payload: bytes) -> bytes:
        """Serve sealed blocks, within bounds (C4): as an answer is megabytes, one at a time to each peer."""
        request = _decode(_REQUEST, peer, payload)
        if peer in self._serving:
            raise RequestFailed("one request for blocks at a time")
        self._serving.add(peer)
        try:
            return _encode(Blocks(blocks=await self._blocks(request)))
        finally:
            self._serving.discard(peer)

    async def _blocks(self, request: GetBlocks) -> tuple[tuple[Block, Seal], ...]:
        found: list[tuple[Block, Seal]] = []
        size = 0
        for height in range(request.first, request.first + request.count):
            loaded = await self._application.load_block(Height(height))
            if loaded is None:
                break
            size += sum(len(entry) for entry in loaded[0].entries)
            if found and size > MAX_ANSWER_BYTES:
                break
            found.append(loaded)
        return tuple(found)

    def announce(self) -> None:
        """Tell everybody our height: validators that lag and observers that follow ask at once (C1)."""
        self._network.broadcast(Channel.SYNC, self._status())

    def _status(self) -> bytes:
        return _encode(Status(height=self._application.info().height, clock_ms=self._clock.now_ms()))

    # ----- what follows from it ---------------------------------------------

    def heard(self, validators: ValidatorSet, own: str, *, proven: bool = False) -> int:
        """How many other validators said how far they are; with `proven`, and did not fail to show it."""
        said = {p.organisation for p in self._claims if not (proven and p in self._unproven)}
        return sum(v.organisation in said for v in validators.validators if v.organisation != own)

    def network_height(self, validators: ValidatorSet) -> Height:
        """A height that at least one honest validator claims: the (f + 1)-th highest claim (C5)."""
        best: dict[str, Height] = {}
        for peer, height in self._claims.items():
            best[peer.organisation] = max(height, best.get(peer.organisation, Height(0)))
        claims = sorted((best.get(v.organisation, Height(0)) for v in validators.validators), reverse=True)
        return claims[validators.faults]

    def clock_offset_ms(self, validators: ValidatorSet) -> int:
        """How far the median validator's clock is ahead of ours, transit included (T5)."""
        names = {v.organisation for v in validators.validators}
        offsets = sorted(offset for peer, offset in self._offsets.items() if peer.organisation in names)
        return sorted([*offsets, 0])[(len(offsets) + 1) // 2] if offsets else 0

    def claims(self) -> Mapping[PeerId, Height]:
        """How far each peer says it is."""
        return dict(self._claims)

    def leads(self) -> bool:
        """Whether some peer claims to be ahead of us, and has not failed to prove it."""
        return bool(self._claiming_more())

    # ----- catching up ------------------------------------------------------

    def wake(self) -> None:
        """Look whether somebody is ahead."""
        if self.leads():
            self._news.set()

    async def run(self) -> None:
        """Catch up, for ever."""
        while True:
            await self._news.wait()
            self._news.clear()
            while (peer := self._ahead()) is not None:
                if self._voting() and self._claims[peer] == self._application.info().height + 1:
                    await asyncio.sleep(GRACE_S)
                    if self._claims.get(peer, 0) <= self._application.info().height:
                        continue
                await self._catch_up_from(peer)

    def _ahead(self) -> PeerId | None:
        """One of the peers that claim to be ahead: of the organisations that failed least, each in turn.

        So an organisation of many nodes that stall holds nobody up for long, however often they claim.
        """
        ahead = self._claiming_more()
        if not ahead:
            return None
        least = min(self._failed[peer.organisation] for peer in ahead)
        nodes: dict[str, list[PeerId]] = {}
        for peer in ahead:
            if self._failed[peer.organisation] == least:
                nodes.setdefault(peer.organisation, []).append(peer)
        self._turn += 1
        turn, place = divmod(self._turn, len(nodes))
        chosen = list(nodes.values())[place]
        return chosen[turn % len(chosen)]

    def _claiming_more(self) -> list[PeerId]:
        height = self._application.info().height
        return sorted(
            p for p, claimed in self._claims.items() if claimed > height and p not in self._unproven
        )

    async def _catch_up_from(self, peer: PeerId) -> None:
        before = self._application.info().height
        count = min(MAX_BLOCKS, self._claims[peer] - before)
        request = _encode(GetBlocks(first=Height(before + 1), count=count))
        try:
            answer = await self._network.request(peer, Channel.SYNC, request, timeout_s=REQUEST_TIMEOUT_S)
            await self._take(_decode(_BLOCKS, peer, answer).blocks)
        except (RequestFailed, PeerError, LedgerError) as error:
            _log.warning("catching up failed", peer=str(peer), reason=str(error))
            self._gave_none(peer)
            await asyncio.sleep(RETRY_S)
            return
        if self._application.info().height == before:
            # It may lie, or keep no blocks as old as this: so the claim still counts in `network_height`.
            self._gave_none(peer)
        elif self._failed[peer.organisation]:
            self._failed[peer.organisation] -= 1

    def _gave_none(self, peer: PeerId) -> None:
        self._unproven.add(peer)
        self._failed[peer.organisation] = min(self._failed[peer.organisation] + 1, FAILED_KEPT)

    async def _take(self, blocks: Sequence[tuple[Block, Seal]]) -> None:
        for block, seal in blocks:
            tip = self._application.info()
            if block.header.height <= tip.height:
                continue
            await asyncio.to_thread(check_sealed, tip, block, seal, self._bls)
            await self._commit(block, seal)


def check_sealed(tip: Tip, block: Block, seal: Seal, bls: BlsBackend) -> None:
    """Raise a `LedgerError` unless this is the next block after `tip`, whole, sealed by the set that is due.

    C3: whatever is wrong here is the peer's fault. A block that passes and that the
    application then finds invalid is ours, or that of a quorum.
    """
    if block.header.height != tip.height + 1 or seal.height != block.header.height:
        raise LedgerError(f"expected block {tip.height + 1} with its seal", field="height")
    if seal.block_id != header_id(block.header).hex():
        raise LedgerError("the seal is of another block", field="seal.block_id")
    check_body(block, tip.frontier)
    verify_seal(seal, tip.network, tip.validators, bls)
