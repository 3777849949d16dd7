"""What convicts, kept and told to everybody: charges between nodes, and the witness log (clauses F1 to F5).

Every charge is verified before it is kept or passed on, our own too: two colluders
can make votes that verify only together. A peer that sends a false one is at
fault. Charges are few (`docket`), go to observers as well, and are told again to
whoever connects, so that every honest node soon has them.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Collection
from functools import partial

import structlog

from ledger import canonical
from ledger.accountability import Place, WitnessRecord, check_charge
from ledger.bls import BlsBackend
from ledger.chain import Tip
from ledger.errors import LedgerError
from ledger.primitives import Height
from ledger.seal import Seal
from ledger.validators import ValidatorSet
from nodes.bft.docket import Docket
from nodes.bft.effects import Caught
from nodes.bft.messages import WIRE_VERSION, Certificate
from nodes.bft.runner import Runner
from nodes.bft.signer import Signer
from nodes.bft.timers import Tasks
from nodes.bft.witness import WitnessLog, charge_record, decided_record, rested_records
from nodes.network.interface import Channel, Network, PeerError, PeerId, RequestFailed

_log = structlog.get_logger("bft.charges")

MAX_CHARGE_BYTES = 16_384
"""Two attestations take 1 kB; the names of a hundred guilty validators are the rest."""

WAITING_EACH = 8
"""Unverified charges of one organisation that wait, so that it can take no more of our time than that."""

SETS_KEPT = 64
"""Validator sets remembered, newest first: charges of older ones are not passed on any more."""

_PREFIX = bytes([WIRE_VERSION])


class Charges:
    """Handler of the charges channel, and keeper of the witness log."""

    def __init__(
        self,
        *,
        network: Network,
        tip: Callable[[], Tip],
        witness: WitnessLog | None,
        signers: Collection[Signer],
        bls: BlsBackend,
        tasks: Tasks,
        runner: Runner,
    ) -> None:
        """Register on the network's channel. `witness` is None where nothing is kept.

        The journals of `signers` let go of what they know of a height once the witness log has it.
        """
        self._network = network
        self._tip = tip
        self._witness = witness
        self._signers = signers
        self._bls = bls
        self._tasks = tasks
        self._runner = runner
        self._docket = Docket()
        self._sets: dict[str, ValidatorSet] = {}
        self._waiting: deque[tuple[PeerId | None, Place, WitnessRecord]] = deque()
        """Who sent it (nobody: we found it), where it happened, and the charge."""
        self._waiting_of: Counter[str] = Counter()
        self._news = asyncio.Event()
        self._blamed: dict[str, str] = {}
        network.register(Channel.CHARGES, self)

    def start(self) -> None:
        """Recall who was caught before, and begin to verify what arrives; raises `OSError`."""
        self._remember_sets()
        for record in self._witness.charges() if self._witness is not None else ():
            self._docket.add(record)
        for peer in self._network.peers():
            self.on_connected(peer)
        self._tasks.spawn(self._verify_forever(), "charges")

    def close(self) -> None:
        """Close the witness log, when nothing runs any more."""
        if self._witness is not None:
            self._witness.close()

    def guilty(self) -> tuple[str, ...]:
        """Every organisation that was caught, sorted."""
        return self._docket.guilty()

    # ----- our own ----------------------------------------------------------

    def caught(self, evidence: Caught) -> None:
        """F1: keep and tell what the core found."""
        self._queue(None, evidence.place, charge_record(evidence.place, evidence.charge))

    async def decided(
        self, height: Height, validators: ValidatorSet, seal: Seal, polkas: tuple[Certificate, ...]
    ) -> None:
        """F3: write down how a height was decided."""
        self._remember_sets()
        record = decided_record(height, validators.hash, seal, polkas)
        await self._runner.in_signing_thread(partial(self._decided, record))

    def _decided(self, record: WitnessRecord) -> None:
        if self._witness is not None:
            self._witness.append(record)
        self._compact([signer for signer in self._signers if signer.is_long()])

    async def take_over(self) -> None:
        """F3: write again what a power cut may have taken of heights up to the tip; raises `OSError`."""
        await self._runner.in_signing_thread(partial(self._take_over, self._tip().height))

    def _take_over(self, height: Height) -> None:
        held = {signer: locks for signer in self._signers if (locks := signer.rested_on(height))}
        if self._witness is not None:
            known = rested_records(lock for locks in held.values() for lock in locks)
            for record in self._witness.lacks(known):
                self._witness.append(record)
        self._compact(held)

    def _compact(self, signers: Collection[Signer]) -> None:
        """F3: journals let go of a height once what they know of it is on disk in the witness log.

        In the signing thread, and so after the record of every height that a journal has seen committed.
        """
        if signers and self._witness is not None:
            self._witness.sync()
        for signer in signers:
            signer.compact()

    async def _write(self, record: WitnessRecord) -> None:
        if self._witness is not None:
            # Shielded: a stop must not take back what waits for the thread and counts as known already.
            await asyncio.shield(self._runner.in_signing_thread(partial(self._witness.append, record)))

    def _remember_sets(self) -> None:
        tip = self._tip()
        for validators in (tip.validators, tip.next_validators):
            self._sets.setdefault(validators.hash.hex(), validators)
        while len(self._sets) > SETS_KEPT:
            del self._sets[next(iter(self._sets))]

    # ----- verifying --------------------------------------------------------

    def _queue(self, peer: PeerId | None, place: Place, record: WitnessRecord) -> None:
        self._waiting.append((peer, place, record))
        self._news.set()

    async def _verify_forever(self) -> None:
        while True:
            while not self._waiting:
                self._news.clear()
                await self._news.wait()
            peer, place, record = self._waiting.popleft()
            if peer is not None:
                self._waiting_of[peer.organisation] -= 1
                if not self._docket.is_news(record):
                    continue
            await self._take(peer, place, record)

    async def _take(self, peer: PeerId | None, place: Place, record: WitnessRecord) -> None:
        try:
            for charge in record.charges:
                await self._runner.in_checking_thread(partial(check_charge, charge, place, self._bls))
        except LedgerError as error:
            if peer is not None:
                _log.warning("a false charge", peer=str(peer), reason=str(error))
                self._blamed[peer.organisation] = f"a false charge: {error}"
            return
        news = self._docket.add(record)
        if news or peer is None:
            _log.error("a validator contradicted itself", height=record.height, charges=record.charges)
            await self._write(record)
        if news:
            self._network.broadcast(Channel.CHARGES, _encode(record))

    # ----- the channel ------------------------------------------------------

    def on_message(self, peer: PeerId, payload: bytes) -> None:
        """Have a charge verified, if it is news; raises `PeerError`."""
        reason = self._blamed.pop(peer.organisation, None)
        if reason is not None:
            raise PeerError(peer, reason)
        if not payload.startswith(_PREFIX):
            raise PeerError(peer, f"expected a charge of version {WIRE_VERSION}")
        try:
            record = canonical.decode(payload[1:], WitnessRecord, max_bytes=MAX_CHARGE_BYTES)
        except LedgerError as error:
            raise PeerError(peer, f"not a charge: {error}") from None
        if len(record.charges) != 1 or record.polkas or record.seal is not None:
            raise PeerError(peer, "one charge at a time, and nothing else")
        validators = self._sets.get(record.validators)
        if validators is None or not self._docket.is_news(record):
            return
        if self._waiting_of[peer.organisation] < WAITING_EACH:
            self._waiting_of[peer.organisation] += 1
            place = Place(network=self._tip().network, validators=validators, height=Height(record.height))
            self._queue(peer, place, record)

    async def on_request(self, peer: PeerId, payload: bytes) -> bytes:
        """There is nothing to request here."""
        raise RequestFailed("charges are sent, not requested")

    def on_connected(self, peer: PeerId) -> None:
        """Tell a peer what is known."""
        for record in self._docket.records():
            self._network.send(peer, Channel.CHARGES, _encode(record))

    def on_disconnected(self, peer: PeerId) -> None:
        """A new connection starts without blame."""
        self._blamed.pop(peer.organisation, None)


def _encode(record: WitnessRecord) -> bytes:
    return _PREFIX + canonical.encode(record)
