"""Contents of bills, declarations and documents: who may store and read them, and where they are found.

A content is addressed by its commitment. A member stores it at a node before the
act that commits to it is submitted; members of entitled organisations read it,
and a node that does not hold it asks the nodes of the other parties. Until there
is a record, a content is a draft that only whoever stored it may read; so is an
amended declaration until its declarant has asked customs for it. From then
on nothing is shown or passed on to a reader unless the ledger confirms it, and a
draft that it does not confirm makes way for one that it does. Every read is
recorded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
import structlog

from contracts.catalogue import decode_record, kind_of
from contracts.clearance.model import Declaration
from contracts.context import StateReader, View
from contracts.documents.package import Package
from contracts.views import commitments_of, entitled, may_read
from ledger.errors import LedgerError
from ledger.primitives import Hash, decode_hash
from nodes.clock import Clock
from nodes.content_shelf import Shelf
from nodes.network.interface import Channel, Network, PeerError, PeerId, RequestFailed
from nodes.package_check import ContentsError, check_confirmed, check_numbering, open_package
from nodes.storage import Store
from nodes.vault import Vault

__all__ = ["Contents", "ContentsError", "FetchRequest", "Reader"]

FETCH_TIMEOUT_S = 5.0
"""How long one peer may take to answer with a content of at most a megabyte."""

FETCH_VERSION = 1

_log = structlog.get_logger("contents")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who asks."""

    member: str
    organisation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What this node can say to a reader who may read."""

    subject: str
    allowed: tuple[str, ...]
    """Who is entitled, as the ledger says now."""
    data: bytes | None
    """The package; None when it is not held here."""


class FetchRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one node asks another."""

    version: int
    commitment: str
    subject: str


class Contents:
    """See the module. Methods run on the event loop; reading, checking and storing go to threads."""

    def __init__(
        self, store: Store, vault: Vault, state: Callable[[], StateReader], network: Network, clock: Clock
    ) -> None:
        self._shelf = Shelf(store, vault, state, clock)
        self._state = state
        self._network = network
        self._clock = clock
        network.register(Channel.CONTENTS, self)

    async def put(self, commitment: Hash, data: bytes, reader: Reader) -> Package:
        """Store a package that opens `commitment`; raises `ContentsError`.

        Storing it again is harmless. A draft may be replaced by whoever stored it.
        """
        return await asyncio.to_thread(self._put, commitment, data, reader)

    def _put(self, commitment: Hash, data: bytes, reader: Reader) -> Package:
        state = self._state()
        package = open_package(data, commitment)
        record = state.get(package.subject)
        draft = record is None or _is_amendment(package, commitment, reader, state)
        if record is None:
            self._check_draft(package, commitment, reader, state)
        elif not draft:
            check_confirmed(package, commitment, state)
            if not may_read(reader.organisation, package.subject, record, state, self._clock.now_ms()):
                raise ContentsError(
                    "contents.not-entitled", f"{reader.organisation} is no party to {package.subject}."
                )
        self._shelf.keep(commitment, package, data, reader.organisation, draft=draft)
        return package

    def _check_draft(self, package: Package, commitment: Hash, reader: Reader, state: StateReader) -> None:
        """Before a bill is issued, only its carrier can say which number is its."""
        if package.kind != "bill":
            return
        try:
            check_numbering(package, commitment, reader.organisation, state)
        except LedgerError as error:
            raise ContentsError(
                "contents.not-entitled",
                f"Until {package.subject} is issued, only the carrier that numbers it may store its "
                f"contents; {reader.organisation} did not: {error.message}.",
                error.field,
            ) from None

    async def get(self, commitment: Hash, subject: str, reader: Reader) -> bytes:
        """The package behind a record's commitment, from here or from a party's node.

        Without `subject`, the one that is held here. Raises `ContentsError`.
        """
        found = await asyncio.to_thread(self._find, commitment, subject, reader)
        data = found.data
        if data is None:
            data = await self._fetch(commitment, found.subject, found.allowed)
        await asyncio.to_thread(self._shelf.note_read, commitment, reader.organisation, reader.member)
        return data

    def _find(self, commitment: Hash, subject: str, reader: Reader) -> _Found:
        """What is held for a reader; raises `ContentsError` for one who may not read it."""
        state, held = self._state(), self._shelf.find(commitment, subject)
        subject = subject if held is None else held.subject
        record = state.get(subject)
        if record is None:
            if held is None or held.organisation != reader.organisation:
                raise _not_entitled(reader)
            return _Found(subject=subject, allowed=(), data=held.data)
        allowed = entitled(subject, record, state)
        if not may_read(reader.organisation, subject, record, state, self._clock.now_ms()):
            raise _not_entitled(reader)
        if commitment.hex() not in commitments_of(decode_record(subject, record)):
            raise ContentsError("contents.other", f"{subject} commits to other contents.", "subject")
        data = None if held is None else self._shelf.confirmed(held, commitment)
        return _Found(subject=subject, allowed=allowed, data=data)

    async def _fetch(self, commitment: Hash, subject: str, allowed: tuple[str, ...]) -> bytes:
        request = msgspec.msgpack.encode(FetchRequest(FETCH_VERSION, commitment.hex(), subject))
        for peer in [peer for peer in self._network.peers() if peer.organisation in allowed]:
            try:
                data = await self._network.request(peer, Channel.CONTENTS, request, timeout_s=FETCH_TIMEOUT_S)
                await asyncio.to_thread(self._take, commitment, subject, data, peer.organisation)
            except (RequestFailed, ContentsError) as error:
                _log.info("contents not fetched", peer=str(peer), subject=subject, reason=str(error))
                continue
            return data
        raise ContentsError(
            "contents.unavailable",
            "No party's node that is connected now holds these contents. "
            "Ask the issuer to store them, then try again.",
        )

    def _take(self, commitment: Hash, subject: str, data: bytes, origin: str) -> None:
        """Check and keep what a peer sent; raises `ContentsError`."""
        package = open_package(data, commitment)
        if package.subject != subject:
            raise ContentsError("contents.other", f"The peer sent contents of {package.subject}.")
        check_confirmed(package, commitment, self._state())
        self._shelf.keep(commitment, package, data, origin, draft=False)

    def on_message(self, peer: PeerId, payload: bytes) -> None:
        """Nothing is sent unasked on this channel."""
        raise PeerError(peer, "contents are only sent on request")

    async def on_request(self, peer: PeerId, payload: bytes) -> bytes:
        """Answer a peer whose organisation is entitled.

        Everyone else hears the same as for an unknown content.
        """
        try:
            request = msgspec.msgpack.decode(payload, type=FetchRequest)
            commitment = decode_hash(request.commitment, field="commitment")
        except (msgspec.MsgspecError, UnicodeDecodeError, LedgerError) as error:
            raise PeerError(peer, f"malformed contents request: {error}") from None
        if request.version != FETCH_VERSION:
            raise RequestFailed(f"contents requests of version {request.version} are not known here")
        # Not every database takes any text for a key, and what is no key has no contents.
        data = None
        if kind_of(request.subject) is not None:
            data = await asyncio.to_thread(self._answer, peer, commitment, request.subject)
        if data is None:
            raise RequestFailed("not held here for you")
        return data

    def _answer(self, peer: PeerId, commitment: Hash, subject: str) -> bytes | None:
        try:
            found = self._find(commitment, subject, Reader(member=str(peer), organisation=peer.organisation))
        except ContentsError:
            return None
        if found.data is None or not found.allowed:
            return None
        self._shelf.note_read(commitment, peer.organisation, str(peer))
        return found.data

    def on_connected(self, peer: PeerId) -> None:
        """Contents are fetched when they are asked for."""

    def on_disconnected(self, peer: PeerId) -> None:
        """A request under way fails by itself."""


def _is_amendment(package: Package, commitment: Hash, reader: Reader, state: StateReader) -> bool:
    """Whether a declarant stores what it is about to ask customs to make of its declaration."""
    if package.kind != "declaration":
        return False
    record = View(state).get(package.subject, Declaration)
    if record is None or reader.organisation not in (record.declarant, record.representative):
        return False
    return commitment.hex() not in commitments_of(record)


def _not_entitled(reader: Reader) -> ContentsError:
    return ContentsError("contents.not-entitled", f"{reader.organisation} is not entitled to these contents.")
