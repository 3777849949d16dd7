"""Where a node keeps contents: sealed, under their commitment, one for each record.

The commitment of a content says nothing about the record that it belongs to, so
what claims a place first must not keep the rightful one out. Two records may
commit to one content, each with a place of its own; for one record, what the
ledger confirms takes the place of what it does not. Who may put and read is for
`nodes.contents`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

import structlog

from contracts.context import StateReader
from contracts.documents.package import Package
from ledger.hashing import sha256
from ledger.primitives import Hash
from nodes.clock import Clock
from nodes.index_terms import index_terms
from nodes.package_check import ContentsError, check_confirmed, open_package
from nodes.storage import ContentWrite, LimitExceeded, Store
from nodes.vault import Vault, VaultError

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
    """Who stored it, or whose node sent it."""
    data: bytes | None
    """The package; None when it cannot be opened any more."""


class Shelf:
    """Finds and keeps packages. Safe to use from several threads."""

    def __init__(self, store: Store, vault: Vault, state: Callable[[], StateReader], clock: Clock) -> None:
        self._store = store
        self._vault = vault
        self._state = state
        self._clock = clock
        self._keeping = Lock()

    def find(self, commitment: Hash, subject: str) -> Held | None:
        """What is held under a commitment for a record; the first one when no record is named."""
        row = self._store.contents.get(commitment.hex())
        if row is not None and subject and row.subject != subject:
            row = self._store.contents.get(_second_name(commitment, subject))
        if row is None:
            return None
        return Held(
            name=row.commitment,
            subject=row.subject,
            organisation=row.organisation,
            data=self._opened(row.commitment, row.data),
        )

    def _opened(self, name: str, sealed: bytes) -> bytes | None:
        try:
            return self._vault.open(name, sealed)
        except VaultError as error:
            _log.error("stored contents unreadable", reason=str(error))
            return None

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

    def keep(self, commitment: Hash, package: Package, data: bytes, origin: str, *, draft: bool) -> None:
        """Keep a checked package; a draft is one without a record.

        A confirmed package that is there stays. Raises `ContentsError` when another
        organisation's draft is there, or `origin` has no room left.
        """
        with self._keeping:
            held = self.find(commitment, package.subject)
            if held is not None:
                if held.data == data or self._stays(held, commitment, origin, draft=draft):
                    return
                self._store.contents.delete(held.name)
            self._write(commitment, package, data, origin)

    def _stays(self, held: Held, commitment: Hash, origin: str, *, draft: bool) -> bool:
        if not draft:
            return self.confirmed(held, commitment) is not None
        if held.organisation != origin:
            raise ContentsError(
                "contents.other",
                f"Another draft for {held.subject} is stored here under this commitment. Choose a new salt.",
            )
        return False

    def _write(self, commitment: Hash, package: Package, data: bytes, origin: str) -> None:
        name = commitment.hex()
        if self._store.contents.get(name) is not None:
            name = _second_name(commitment, package.subject)
        content = ContentWrite(
            commitment=name,
            kind=package.kind,
            subject=package.subject,
            organisation=origin,
            data=self._vault.seal(name, data),
            stored_ms=self._clock.now_ms(),
            terms=index_terms(package),
        )
        try:
            self._store.contents.put(content, quota_bytes=QUOTA_BYTES)
        except LimitExceeded as error:
            raise ContentsError(
                "contents.too-many", f"This node keeps no more for {origin}: {error}."
            ) from None

    def note_read(self, commitment: Hash, organisation: str, member: str) -> None:
        """Record, durably, that someone is about to be given a content."""
        self._store.contents.note_read(commitment.hex(), organisation, member, self._clock.now_ms())


def _second_name(commitment: Hash, subject: str) -> str:
    return sha256(commitment + subject.encode("utf-8")).hex()
