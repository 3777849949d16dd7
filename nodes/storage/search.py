"""Finding records: by party, by the list that they stand in, and by what the contents held here say.

Parties and lists come from the ledger. The private index comes from contents,
so it answers only for what this node was entrusted with; who may search it is
the caller's to decide.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, select, tuple_

from nodes.storage.database import Database
from nodes.storage.models import MILESTONE, PRIVATE_INDEX, RECORD_PARTY
from nodes.storage.records import LAST_CHARACTER
from nodes.storage.rows import ListedRecord, Page, PartyRecord, PrivateMatch, check_limit
from nodes.storage.terms import TermKind, search_terms


class SearchReader:
    """Queries that find records."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def by_party(
        self, organisation: str, kind: str, before: tuple[int, str] | None, limit: int
    ) -> Page[PartyRecord, tuple[int, str]]:
        """Records of a kind (`bill`, `declaration`, ...) to which an organisation is a party.

        The newest first, by the entry that made it a party; pass `next` as `before` for the rest.
        """
        columns = (RECORD_PARTY.c.since, RECORD_PARTY.c.key)
        query = select(*columns).where(
            RECORD_PARTY.c.organisation == organisation, RECORD_PARTY.c.kind == kind
        )
        if before is not None:
            query = query.where(tuple_(*columns) < before)
        query = query.order_by(RECORD_PARTY.c.since.desc(), RECORD_PARTY.c.key.desc())
        rows = self._database.all(query.limit(check_limit(limit) + 1))
        items = tuple(PartyRecord(key=key, since=since) for since, key in rows[:limit])
        return Page(items=items, next=(items[-1].since, items[-1].key) if len(rows) > limit else None)

    def listed(
        self, name: str, at: tuple[int, str], limit: int, *, newest_first: bool
    ) -> Page[ListedRecord, tuple[int, str]]:
        """Records in a list (`contracts.listings`), by the time at which they were made.

        Those further on than `at`, a time and a key; pass `next` for the rest.
        """
        columns = tuple_(MILESTONE.c.time_ms, MILESTONE.c.key)
        further = columns < at if newest_first else columns > at
        order = [one.desc() if newest_first else one for one in (MILESTONE.c.time_ms, MILESTONE.c.key)]
        query = select(MILESTONE.c.key, MILESTONE.c.time_ms).where(MILESTONE.c.kind == name, further)
        rows = self._database.all(query.order_by(*order).limit(check_limit(limit) + 1))
        items = tuple(ListedRecord(key=key, made_ms=made_ms) for key, made_ms in rows[:limit])
        return Page(items=items, next=(items[-1].made_ms, items[-1].key) if len(rows) > limit else None)

    def private(self, kind: TermKind, text: str, limit: int) -> tuple[PrivateMatch, ...]:
        """Records with a content that holds, as this kind, terms beginning with every part of `text`."""
        terms = search_terms(kind, text)
        check_limit(limit)
        if not terms:
            return ()
        conditions = [
            PRIVATE_INDEX.c.commitment.in_(select(PRIVATE_INDEX.c.commitment).where(_begins(kind, term)))
            for term in terms[1:]
        ]
        query = select(PRIVATE_INDEX.c.subject).where(_begins(kind, terms[0]), *conditions)
        rows = self._database.all(query.distinct().order_by(PRIVATE_INDEX.c.subject).limit(limit))
        return tuple(PrivateMatch(kind=kind, subject=subject) for (subject,) in rows)

    def anything(self, text: str, limit: int) -> tuple[PrivateMatch, ...]:
        """The same for every kind, numbers before words: what one search box asks."""
        found = (match for kind in TermKind for match in self.private(kind, text, limit))
        return tuple({match.subject: match for match in reversed(tuple(found))}.values())[::-1][:limit]

    def numbers(self, kind: TermKind, commitment: str) -> tuple[str, ...]:
        """The terms of a kind that a content held here is found by; none when it is not held."""
        query = select(PRIVATE_INDEX.c.term).where(
            PRIVATE_INDEX.c.commitment == commitment, PRIVATE_INDEX.c.kind == kind.value
        )
        return tuple(term for (term,) in self._database.all(query.order_by(PRIVATE_INDEX.c.term)))


def _begins(kind: TermKind, term: str) -> ColumnElement[bool]:
    return and_(
        PRIVATE_INDEX.c.kind == kind.value,
        PRIVATE_INDEX.c.term >= term,
        PRIVATE_INDEX.c.term < term + LAST_CHARACTER,
    )
