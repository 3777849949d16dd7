"""Contents of bills, declarations and documents: who may store and read them, and where they are found.

A content is addressed by its commitment. It is stored and travels sealed to
organisations (`ledger.sealing`). This node opens those of the organisations whose
contents keys it was given, for their members; for members of others it passes on
what is sealed to them, and cannot read it. A member stores a content before the act
that commits to it is submitted; members of entitled organisations read it, and a
node that does not hold it asks the nodes of the other parties. Whoever is asked
and can open it seals it to the asking organisation's key of that day: so entitlement
that came later, and a key that was replaced, need nothing else. Until there is a
record, a content is a draft that only whoever stored it may read; so is an amended
declaration or bill until it has been asked for or made. From then on nothing is
shown or passed on to a reader unless the ledger confirms it, and a draft that it
does not confirm makes way for one that it does. Every read is recorded.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from contracts.catalogue import decode_record, kind_of
from contracts.context import StateReader
from contracts.documents.package import Package
from contracts.views import author_of, commitments_of, entitled, may_read
from ledger.errors import LedgerError, SealingError
from ledger.primitives import Hash
from ledger.sealing import (
    KEY_BYTES,
    NONCE_BYTES,
    Keyring,
    SealedContent,
    encode_sealed,
    is_sealed,
    parse_sealed,
    reseal,
    seal_content,
)
from nodes.clock import Clock
from nodes.content_custody import Custody
from nodes.content_shelf import Held, Offer, Shelf
from nodes.contents_peers import FetchRequest, askable, key_of, keys_of, parse_request
from nodes.network.interface import Channel, Network, PeerError, PeerId, RequestFailed
from nodes.package_check import (
    ContentsError,
    check_confirmed,
    check_draft,
    check_sealed,
    is_amendment,
    open_package,
)
from nodes.storage import Store

__all__ = ["Contents", "ContentsError", "FetchRequest", "Reader", "Served"]

FETCH_TIMEOUT_S = 5.0
"""How long one peer may take to answer with a content of at most a megabyte."""

_log = structlog.get_logger("contents")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who asks."""

    member: str
    organisation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What a reader gets."""

    data: bytes
    """The package in clear, or what is sealed to the reader's organisation."""
    sealed: bool
    """Whether it is sealed: this node does not hold the organisation's contents key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What this node can say to a reader who may read."""

    subject: str
    allowed: tuple[str, ...]
    """Who is entitled, as the ledger says now."""
    held: Held | None
    data: bytes | None
    """The package; None when it is not held, cannot be opened here, or is not what the ledger means."""


class Contents:
    """See the module. Methods run on the event loop; reading, checking and storing go to threads."""

    def __init__(
        self, store: Store, keyring: Keyring, state: Callable[[], StateReader], network: Network, clock: Clock
    ) -> None:
        self._shelf = Shelf(store, keyring, state, clock)
        self._keyring = keyring
        self._state = state
        self._network = network
        self._clock = clock
        network.register(Channel.CONTENTS, self)

    async def put(self, commitment: Hash, data: bytes, reader: Reader) -> SealedContent:
        """Store a package that opens `commitment`, in clear or sealed; raises `ContentsError`.

        In clear it is taken only for an organisation whose contents key is here.
        Storing it again is harmless. A draft may be replaced by whoever stored it.
        """
        return await asyncio.to_thread(self._put, commitment, data, reader)

    def _put(self, commitment: Hash, data: bytes, reader: Reader) -> SealedContent:
        state = self._state()
        if is_sealed(data):
            sealed = _parsed(data, commitment)
            package = self._opened(sealed, commitment)
        else:
            own = self._own_key(reader, state)
            package = open_package(data, commitment)
            sealed = _sealed(commitment, package, data, own, state)
        record = state.get(sealed.subject)
        draft = record is None or is_amendment(sealed.subject, commitment, reader.organisation, state)
        if not draft and package is not None:
            check_confirmed(package, commitment, state)
        elif not draft:
            _check_committed(sealed.subject, commitment, state)
        now_ms = self._clock.now_ms()
        if record is not None and not may_read(reader.organisation, sealed.subject, record, state, now_ms):
            raise ContentsError(
                "contents.not-entitled", f"{reader.organisation} is no party to {sealed.subject}."
            )
        if draft and package is not None:
            check_draft(package, commitment, reader.organisation, state)
        elif package is None:
            check_sealed(sealed, reader.organisation, state)
        offer = Offer(sealed=sealed, package=package, origin=reader.organisation, draft=draft)
        self._shelf.keep(commitment, offer)
        return sealed

    def _own_key(self, reader: Reader, state: StateReader) -> bytes:
        """The reader's contents key; `ContentsError` if it is not here. Asked before a package is opened."""
        own = key_of(reader.organisation, state)
        if own is None or not self._keyring.holds(own):
            raise ContentsError(
                "contents.seal-first",
                f"This node does not hold the contents key of {reader.organisation}, and takes what it could "
                "read from nobody else. Seal it, or use your organisation's own node.",
            )
        return own

    def _opened(self, sealed: SealedContent, commitment: Hash) -> Package | None:
        """The package, when one of the keys here opens it; None otherwise. `ContentsError` for nonsense."""
        if not self._keyring.can_open(sealed):
            return None
        try:
            package = open_package(self._keyring.open(sealed), commitment)
        except SealingError as error:
            raise ContentsError("contents.malformed", f"It cannot be opened: {error.message}.") from None
        if (package.kind, package.subject) != (sealed.kind, sealed.subject):
            raise ContentsError("contents.malformed", f"What is sealed belongs to {package.subject}.")
        return package

    def custody(self, operator: str) -> Custody:
        """What organisations may know and do about what is kept here, at a node that `operator` runs."""
        return Custody(self._shelf, self._state, operator)

    def containers(self, commitment: Hash, subject: str) -> dict[str, str]:
        """Numbers of a record's containers by their ids, where its contents are kept and open here."""
        return self._shelf.containers(commitment, subject)

    async def get(self, commitment: Hash, subject: str, reader: Reader) -> Served:
        """The package behind a record's commitment, from here or from a party's node.

        Without `subject`, the one that is held here. Raises `ContentsError`.
        """
        found = await asyncio.to_thread(self._find, commitment, subject, reader)
        served = await asyncio.to_thread(self._serve, found, reader.organisation)
        if served is None:
            served = await self._fetch(commitment, found, reader.organisation)
        await asyncio.to_thread(
            self._shelf.note_read, commitment, found.subject, reader.organisation, reader.member
        )
        return served

    def _find(self, commitment: Hash, subject: str, reader: Reader) -> _Found:
        """What is held for a reader; raises `ContentsError` for one who may not read it."""
        state, held = self._state(), self._shelf.find(commitment, subject)
        subject = subject if held is None else held.subject
        record = state.get(subject)
        if record is None:
            if held is None or held.organisation != reader.organisation:
                raise _not_entitled(reader)
            return _Found(subject=subject, allowed=(), held=held, data=held.data)
        allowed = entitled(subject, record, state)
        if not may_read(reader.organisation, subject, record, state, self._clock.now_ms()):
            raise _not_entitled(reader)
        if commitment.hex() not in commitments_of(decode_record(subject, record)):
            raise ContentsError("contents.other", f"{subject} commits to other contents.", "subject")
        data = None if held is None else self._shelf.confirmed(held, commitment)
        return _Found(subject=subject, allowed=allowed, held=held, data=data)

    def _serve(self, found: _Found, organisation: str) -> Served | None:
        """What is held, for one organisation: in clear if its key is here, else sealed to it alone."""
        if self._keyring.holds(key_of(organisation, self._state())):
            return None if found.data is None else Served(data=found.data, sealed=False)
        sealed = self._sealed_to(found, organisation)
        return None if sealed is None else Served(data=encode_sealed(sealed), sealed=True)

    def _sealed_to(self, found: _Found, organisation: str) -> SealedContent | None:
        """What is held, sealed to one organisation: anew where it opens here, else as its author did."""
        key = key_of(organisation, self._state())
        sealed = None if found.held is None else found.held.sealed
        if key is None or sealed is None:
            return None
        if not self._keyring.can_open(sealed):
            recipient = sealed.recipient(key)
            return None if recipient is None else sealed.only(recipient)
        return None if found.data is None else reseal(sealed, self._keyring.content_key(sealed), (key,))

    async def _fetch(self, commitment: Hash, found: _Found, organisation: str) -> Served:
        state = self._state()
        erased = await asyncio.to_thread(self._shelf.erased, commitment, found.subject)
        if erased is not None:
            raise ContentsError(
                "contents.erased",
                f"{erased.member} had these contents erased at this node, so it does not fetch them again. "
                "A party that still has them can store them here.",
            )
        if key_of(organisation, state) is None:
            raise ContentsError(
                "contents.no-key",
                f"{organisation} has no contents key on the ledger, so nobody can seal contents to it. "
                "Name one: sealane org set-contents-key FILE",
            )
        request = FetchRequest.make(commitment, found.subject, organisation)
        record = state.get(found.subject)
        author = None if record is None else author_of(decode_record(found.subject, record))
        for peer in askable(self._network.peers(), found.allowed, author, state):
            try:
                data = await self._network.request(peer, Channel.CONTENTS, request, timeout_s=FETCH_TIMEOUT_S)
                return await asyncio.to_thread(self._take, commitment, found.subject, data, organisation)
            except (RequestFailed, ContentsError) as error:
                _log.info("contents not fetched", peer=str(peer), subject=found.subject, reason=str(error))
        raise ContentsError(
            "contents.unavailable",
            "No party's node that is connected now holds these contents and can seal them to "
            f"{organisation}. Ask the issuer to store them, or to share them, then try again.",
        )

    def _take(self, commitment: Hash, subject: str, data: bytes, organisation: str) -> Served:
        """Check what a peer sent, and keep it for who asked if it can be checked in full; `ContentsError`."""
        sealed, key = _parsed(data, commitment), key_of(organisation, self._state())
        if sealed.subject != subject:
            raise ContentsError("contents.other", f"The peer sent contents of {sealed.subject}.")
        if key is None or sealed.recipient(key) is None:
            raise ContentsError("contents.malformed", f"It is not sealed to {organisation}.")
        package = self._opened(sealed, commitment)
        if package is None:
            return Served(data=data, sealed=True)
        check_confirmed(package, commitment, self._state())
        offer = Offer(sealed=sealed, package=package, origin=organisation, draft=False)
        try:
            self._shelf.keep(commitment, offer)
        except ContentsError as error:
            _log.warning("fetched contents not kept", subject=subject, reason=error.message)
        return Served(data=self._keyring.open(sealed), sealed=False)

    def on_message(self, peer: PeerId, payload: bytes) -> None:
        """Nothing is sent unasked on this channel."""
        raise PeerError(peer, "contents are only sent on request")

    async def on_request(self, peer: PeerId, payload: bytes) -> bytes:
        """Answer a peer for an organisation that is entitled, with what only that organisation can open.

        Everyone else hears the same as for an unknown content.
        """
        commitment, request = parse_request(peer, payload)
        # Not every database takes any text for a key, and what is no key has no contents.
        data = None
        if kind_of(request.subject) is not None:
            data = await asyncio.to_thread(self._answer, peer, commitment, request)
        if data is None:
            raise RequestFailed("not held here for you")
        return data

    def _answer(self, peer: PeerId, commitment: Hash, request: FetchRequest) -> bytes | None:
        if not request.may_come_from(peer, self._state()):
            return None
        try:
            reader = Reader(member=str(peer), organisation=request.organisation)
            found = self._find(commitment, request.subject, reader)
        except ContentsError:
            return None
        sealed = self._sealed_to(found, request.organisation) if found.allowed else None
        if sealed is None:
            return None
        self._shelf.note_read(commitment, found.subject, request.organisation, str(peer))
        return encode_sealed(sealed)

    def on_connected(self, peer: PeerId) -> None:
        """Contents are fetched when they are asked for."""

    def on_disconnected(self, peer: PeerId) -> None:
        """A request under way fails by itself."""


def _parsed(data: bytes, commitment: Hash) -> SealedContent:
    try:
        sealed = parse_sealed(data)
    except LedgerError as error:
        raise ContentsError("contents.malformed", f"{error.message}.", error.field) from None
    if sealed.commitment != bytes(commitment) or kind_of(sealed.subject) is None:
        raise ContentsError("contents.malformed", "It is sealed for another commitment or record.", "sealed")
    return sealed


def _sealed(commitment: Hash, package: Package, data: bytes, own: bytes, state: StateReader) -> SealedContent:
    """A package that came in clear, sealed to its organisation and to whoever is entitled by now."""
    record = state.get(package.subject)
    others = () if record is None else keys_of(entitled(package.subject, record, state), state)
    return seal_content(
        data,
        commitment=commitment,
        kind=package.kind,
        subject=package.subject,
        keys=(own, *others),
        content_key=os.urandom(KEY_BYTES),
        nonce=os.urandom(NONCE_BYTES),
    )


def _check_committed(subject: str, commitment: Hash, state: StateReader) -> None:
    """Raise `ContentsError` unless the record commits to what cannot be opened here."""
    record = state.get(subject)
    if record is None or commitment.hex() not in commitments_of(decode_record(subject, record)):
        raise ContentsError("contents.other", f"{subject} commits to other contents.", "sealed.subject")


def _not_entitled(reader: Reader) -> ContentsError:
    return ContentsError("contents.not-entitled", f"{reader.organisation} is not entitled to these contents.")
