"""Joining by a snapshot instead of all blocks (N2 to N6).

A node that has nothing but its genesis asks its peers which snapshots they offer,
proves the newest from the genesis on, and fetches past and state from whoever has
them, one peer after the other. Every answer is verified before it is kept, and who
gave a false one is blamed and not asked again. What was kept outlives a crash and is
verified again. Then one transaction makes it the ledger, and blocks follow as ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import structlog

from contracts.model import PARAMETERS_KEY
from ledger.block import Header, header_id
from ledger.bls import BlsBackend
from ledger.errors import LedgerError
from ledger.evidence import SetChange, SetTimeline
from ledger.primitives import Hash, Height
from ledger.seal import Seal
from ledger.state import Span
from nodes.bft.snapshot import Snapshots
from nodes.network.interface import Channel, Network, PeerId, RequestFailed
from nodes.snapshots.checking import check_handovers, check_offer, check_past, check_portion
from nodes.snapshots.messages import (
    GetHandovers,
    GetOffers,
    GetPast,
    GetPortion,
    Handovers,
    NotUnderstood,
    Offer,
    Offers,
    Past,
    Portion,
    Request,
    decode,
    encode,
)
from nodes.snapshots.shelf import Folder

_log = structlog.get_logger("bft.join")

REQUEST_TIMEOUT_S = 30.0
"""An answer of the largest size over a slow line, behind everything that is more urgent."""

POLL_S = 0.25
"""How often what peers say is looked at before anything is decided."""

RETRY_S = 5.0
"""Between two attempts."""

ATTEMPTS = 5
"""After so many that found offers and failed, blocks are asked for as well."""

A = TypeVar("A", Offers, Handovers, Portion, Past)
R = TypeVar("R")

Adopt = Callable[[Offer, list[SetChange], Folder], Awaitable[None]]


class NobodyLeft(Exception):
    """No peer goes on with this snapshot: begin again with what is offered then."""


@dataclass(slots=True)
class _Choice:
    """A block whose state is offered, and by whom, each with a seal of its own."""

    header: Header
    seals: dict[PeerId, Seal] = field(default_factory=dict)

    @property
    def offer(self) -> Offer:
        """It, with the seal of the first that is left."""
        return Offer(header=self.header, seal=next(iter(self.seals.values())))


class Joiner:
    """Fetches one snapshot, from as many peers as it takes."""

    def __init__(
        self,
        *,
        network: Network,
        snapshots: Snapshots,
        network_id: Hash,
        bls: BlsBackend,
        claims: Callable[[], Mapping[PeerId, Height]],
        height: Callable[[], Height],
        adopt: Adopt,
        blame: Callable[[str, str], None],
    ) -> None:
        """`claims` says how far peers say they are, `height` how far we are; `blame` names a liar."""
        self._network = network
        self._snapshots = snapshots
        self._network_id = network_id
        self._bls = bls
        self._claims = claims
        self._height = height
        self._adopt = adopt
        self._blame = blame
        self._liars: set[PeerId] = set()
        self.settled = asyncio.Event()
        """Set once blocks may be asked for: a snapshot was taken over, or none is to be had or worth it."""

    async def run(self) -> None:
        """N6: join, if that is due; returns once there is any block here."""
        rules, attempts = self._snapshots.rules, 0
        while rules.joins and self._height() == 0:
            furthest = max(self._claims().values(), default=0)
            if furthest >= rules.threshold:
                found = await self._try_all()
                attempts += 1
                if not found or attempts >= ATTEMPTS:
                    self.settled.set()
                if self._height() == 0:
                    await asyncio.sleep(RETRY_S)
            else:
                if furthest:
                    self.settled.set()
                await asyncio.sleep(POLL_S)
        self.settled.set()

    async def _try_all(self) -> bool:
        """One attempt with what is offered now; False when nothing is."""
        choices = await self._gather()
        shelf = self._snapshots.shelf
        await asyncio.to_thread(shelf.tidy, [choice.offer for choice in choices])
        begun = shelf.begun
        for choice in sorted(choices, key=lambda c: (begun(c.offer), c.header.height), reverse=True):
            try:
                await self._join(choice)
            except NobodyLeft as reason:
                _log.warning("no snapshot", height=choice.header.height, reason=str(reason))
            else:
                break
        return bool(choices)

    async def _gather(self) -> list[_Choice]:
        found: dict[Hash, _Choice] = {}
        for peer in [peer for peer in self._claims() if peer not in self._liars]:
            try:
                answer = await self._ask(peer, GetOffers(), Offers)
            except RequestFailed as error:
                _log.info("no offer", peer=str(peer), reason=str(error))
                continue
            except NotUnderstood as error:
                self._accuse(peer, error)
                continue
            for offer in answer.offers:
                if offer.header.height >= self._snapshots.rules.threshold:
                    choice = found.setdefault(header_id(offer.header), _Choice(offer.header))
                    choice.seals[peer] = offer.seal
        return list(found.values())

    async def _join(self, choice: _Choice) -> None:
        choice.seals = {peer: seal for peer, seal in choice.seals.items() if peer not in self._liars}
        changes = await self._prove(choice)
        offer = choice.offer
        _log.info("joining by a snapshot", height=offer.header.height, peers=list(map(str, choice.seals)))
        folder = await asyncio.to_thread(self._snapshots.shelf.folder, offer)
        window_ms = await self._fetch_state(choice, folder)
        await self._fetch_past(choice, folder, window_ms)
        await self._adopt(offer, changes, folder)

    # ----- its parts --------------------------------------------------------

    async def _prove(self, choice: _Choice) -> list[SetChange]:
        """N2: from the genesis to the block that is offered; leaves those whose seal of it verifies."""
        changes: list[SetChange] = []
        timeline = SetTimeline(starts=((1, self._snapshots.rules.validators),))
        last = False
        while not last:
            request = GetHandovers(after=Height(changes[-1].header.height if changes else 0))
            check = partial(check_handovers, self._network_id, self._bls, choice.header, timeline)
            _, (timeline, more, last) = await self._first(choice, request, Handovers, check)
            changes.extend(more)
        for peer, seal in list(choice.seals.items()):
            try:
                offer = Offer(header=choice.header, seal=seal)
                await asyncio.to_thread(check_offer, timeline, offer, self._network_id, self._bls)
            except LedgerError as error:
                del choice.seals[peer]
                self._accuse(peer, error)
        if not choice.seals:
            raise NobodyLeft("no quorum sealed it")
        return changes

    async def _fetch_past(self, choice: _Choice, folder: Folder, window_ms: int) -> None:
        """N4: the blocks of the last W, from the newest down."""
        expected, height = header_id(choice.header).hex(), Height(choice.header.height)
        oldest = choice.header.time_ms - window_ms
        while height > 0:
            check = partial(check_past, expected, height)
            past, _ = await self._kept(folder.past(height), Past, check) or await self._fetch(
                choice, GetPast(height=height), Past, check, partial(folder.put_past, height)
            )
            header = past.blocks[0].header
            expected, height = header.parent, Height(header.height - 1)
            if header.time_ms <= oldest:
                return

    async def _fetch_state(self, choice: _Choice, folder: Folder) -> int:
        """N3: all records, in the order of their proofs; W, as one of them says."""
        span, more = Span(), True
        parameters: dict[str, bytes] = {}
        while more:
            after, check = span.after, partial(check_portion, choice.header.state_root, span)
            request = GetPortion(height=Height(choice.header.height), after=after)
            portion, span = await self._kept(folder.portion(after), Portion, check) or await self._fetch(
                choice, request, Portion, check, partial(folder.put_portion, after)
            )
            parameters |= {key: value for key, value in portion.records if key == PARAMETERS_KEY}
            more = bool(portion.right)
        return self._snapshots.rules.window_ms(parameters)

    async def _kept(self, data: bytes | None, kind: type[A], check: Callable[[A], R]) -> tuple[A, R] | None:
        """N5: what a crash left, verified again; None where there is nothing or it is damaged."""
        if data is None:
            return None
        try:
            answer = decode(data, kind)
            return answer, await asyncio.to_thread(check, answer)
        except (LedgerError, NotUnderstood) as error:
            _log.warning("a part of the snapshot was damaged here", reason=str(error))
            return None

    async def _fetch(
        self,
        choice: _Choice,
        request: Request,
        kind: type[A],
        check: Callable[[A], R],
        keep: Callable[[bytes], None],
    ) -> tuple[A, R]:
        answer, result = await self._first(choice, request, kind, check)
        await asyncio.to_thread(keep, encode(answer))
        return answer, result

    async def _first(
        self, choice: _Choice, request: Request, kind: type[A], check: Callable[[A], R]
    ) -> tuple[A, R]:
        """The first good answer; who does not give one is not asked for this snapshot again."""
        while choice.seals:
            peer = next(iter(choice.seals))
            try:
                answer = await self._ask(peer, request, kind)
                return answer, await asyncio.to_thread(check, answer)
            except RequestFailed as error:
                _log.warning("a peer does not go on with its snapshot", peer=str(peer), reason=str(error))
            except (LedgerError, NotUnderstood) as error:
                self._accuse(peer, error)
            del choice.seals[peer]
        raise NobodyLeft("no peer has what follows")

    async def _ask(self, peer: PeerId, request: Request, kind: type[A]) -> A:
        payload = encode(request)
        return decode(
            await self._network.request(peer, Channel.SNAPSHOTS, payload, timeout_s=REQUEST_TIMEOUT_S), kind
        )

    def _accuse(self, peer: PeerId, error: Exception) -> None:
        self._liars.add(peer)
        self._blame(peer.organisation, f"a false part of a snapshot: {error}")
