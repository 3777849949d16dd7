"""Where a node keeps contents: sealed, under their commitment, one for each record.

The commitment of a content says nothing about the record that it belongs to, so
what claims a place first must not keep the rightful one out. Two records may
commit to one content, each with a place of its own; for one record, what can be
opened here and the ledger confirms takes the place of what it does not, and of what
cannot be opened, its author's stays. Who may put and read is for `nodes.contents`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

import structlog

from contracts.catalogue import decode_record
from contracts.context import StateReader
from contracts.documents.package import Package
from contracts.views import author_of
from ledger.errors import LedgerError
from ledger.hashing import sha256
from ledger.primitives import Hash
from ledger.sealing import Keyring, SealedContent, encode_sealed, parse_sealed
from nodes.clock import Clock
from nodes.index_terms import index_terms
from nodes.package_check import ContentsError, check_confirmed, open_package
from nodes.storage import ContentRead, ContentWrite, Erasure, LimitExceeded, Page, Store

QUOTA_BYTES = 1_073_741_824
"""What the contents of one organisation may take on a node: some 100,000 bills of 10 kB."""

_log = structlog.get_logger("contents")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A content that is kept here."""

    name: str
    """Under which the database has it."""
    subject: str
    """The record that it says it belongs to."""
    organisation: str
    """Who stored it, or for whom it was fetched."""
    sealed: SealedContent | None
    """As it is stored; None when that is damaged."""
    data: bytes | None
    """The package; None when it cannot be opened here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A checked content that somebody wants kept."""

    sealed: SealedContent
    package: Package | None
    """None when it cannot be opened here."""
    origin: str
    """Who stored it, or for whom it was fetched."""
    draft: bool
    """Whether no record commits to it yet."""


class Shelf:
    """Finds and keeps packages. Safe to use from several threads."""

    def __init__(
        self, store: Store, keyring: Keyring, state: Callable[[], StateReader], clock: Clock
    ) -> None:
        self._store = store
        self._keyring = keyring
        self._state = state
        self._clock = clock
        self._keeping = Lock()

    def find(self, commitment: Hash, subject: str) -> Held | None:
        """What is held under a commitment for a record; the first one when no record is named."""
        row = self._store.contents.get(commitment.hex())
        if subject and (row is None or row.subject != subject):
            row = self._store.contents.get(_second_name(commitment, subject))
        if row is None:
            return None
        sealed, data = self._opened(row.commitment, row.data)
        return Held(
            name=row.commitment, subject=row.subject, organisation=row.organisation, sealed=sealed, data=data
        )

    def _opened(self, name: str, stored: bytes) -> tuple[SealedContent | None, bytes | None]:
        try:
            sealed = parse_sealed(stored)
            return sealed, self._keyring.open(sealed) if self._keyring.can_open(sealed) else None
        except LedgerError as error:
            _log.error("stored contents unreadable", commitment=name, reason=str(error))
            return None, None

    def confirmed(self, held: Held, commitment: Hash) -> bytes | None:
        """The held package if the records confirm it as they are now, None otherwise."""
        if held.data is None:
            return None
        try:
            check_confirmed(open_package(held.data, commitment), commitment, self._state())
        except ContentsError as error:
            _log.warning("stored contents not confirmed", subject=held.subject, reason=error.message)
            return None
        return held.data

    def containers(self, commitment: Hash, subject: str) -> dict[str, str]:
        """Numbers of a record's containers by their ids; none where its contents cannot be opened here."""
        held = self.find(commitment, subject)
        data = None if held is None or held.subject != subject else self.confirmed(held, commitment)
        openings = {} if data is None else open_package(data, commitment).containers
        return {opening.id: number for number, opening in openings.items()}

    def keep(self, commitment: Hash, offer: Offer) -> None:
        """Keep a checked content.

        A confirmed one that is there stays. Raises `ContentsError` when another
        organisation's draft is there, or its origin has no room left.
        """
        with self._keeping:
            held = self.find(commitment, offer.sealed.subject)
            if held is None:
                self._write(commitment, offer, None)
            elif held.sealed != offer.sealed and not self._stays(held, commitment, offer):
                self._write(commitment, offer, held.name)

    def _stays(self, held: Held, commitment: Hash, offer: Offer) -> bool:
        if offer.draft and held.organisation != offer.origin:
            raise ContentsError(
                "contents.other",
                f"Another draft for {held.subject} is stored here under this commitment. Choose a new salt.",
            )
        if offer.draft:
            return False
        if held.data is not None:
            return self.confirmed(held, commitment) is not None
        if offer.package is not None or held.sealed is None:
            return False
        return offer.origin not in (held.organisation, self._author(held.subject))

    def _author(self, subject: str) -> str | None:
        """Who put the contents of a record on the ledger: of what cannot be opened here, theirs counts."""
        record = self._state().get(subject)
        return None if record is None else author_of(decode_record(subject, record))

    def _write(self, commitment: Hash, offer: Offer, instead_of: str | None) -> None:
        sealed, origin, name = offer.sealed, offer.origin, instead_of or commitment.hex()
        if instead_of is None and self._store.contents.get(name) is not None:
            name = _second_name(commitment, sealed.subject)
        content = ContentWrite(
            commitment=name,
            kind=sealed.kind,
            subject=sealed.subject,
            organisation=origin,
            data=encode_sealed(sealed),
            stored_ms=self._clock.now_ms(),
            terms=() if offer.package is None else index_terms(offer.package),
            erased_as=commitment.hex(),
        )
        try:
            self._store.contents.put(content, quota_bytes=QUOTA_BYTES, replace=instead_of is not None)
        except LimitExceeded as error:
            raise ContentsError(
                "contents.too-many", f"This node keeps no more for {origin}: {error}."
            ) from None

    def erase(self, held: Held, commitment: Hash, organisation: str, member: str) -> None:
        """Erase a content, and remember that it is not to be fetched again of itself."""
        with self._keeping:
            by = Erasure(organisation=organisation, member=member, time_ms=self._clock.now_ms())
            self._store.contents.erase(held.name, commitment.hex(), held.subject, by)

    def erased(self, commitment: Hash, subject: str) -> Erasure | None:
        """Who had the content of a record erased here, unless it was stored again since."""
        return self._store.contents.erased(commitment.hex(), subject)

    def reads(self, commitment: Hash, subject: str, after: int, limit: int) -> Page[ContentRead, int]:
        """Who was given a record's content by this node, oldest first; of all records without `subject`."""
        return self._store.contents.reads(commitment.hex(), subject, after, limit)

    def note_read(self, commitment: Hash, subject: str, organisation: str, member: str) -> None:
        """Record, durably, that someone is about to be given a record's content."""
        now_ms = self._clock.now_ms()
        self._store.contents.note_read(commitment.hex(), subject, organisation, member, now_ms)


def _second_name(commitment: Hash, subject: str) -> str:
    return sha256(commitment + subject.encode("utf-8")).hex()
