"""Contents: what the parties entrust to this node, apart from the ledger, and who was given it.

The caller encrypts, decides who may read, and checks that a content is the one
committed to. Here they are kept within bounds, found, handed out and erased;
erasing takes the search terms along and keeps the record of reads.
"""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from nodes.storage.database import Database
from nodes.storage.digests import read_digest, row_digest
from nodes.storage.errors import LimitExceeded
from nodes.storage.models import CONTENT, CONTENT_ERASED, CONTENT_READ, PRIVATE_INDEX
from nodes.storage.rows import ContentRead, Erasure, Page, StoredContent, check_limit
from nodes.storage.terms import content_terms
from nodes.storage.writes import ContentWrite

MAX_CONTENT_BYTES = 1_114_112
"""The largest trade document (1 MiB), and 64 KiB for its salts, proofs and encryption."""

_COLUMNS = (
    CONTENT.c.commitment,
    CONTENT.c.kind,
    CONTENT.c.subject,
    CONTENT.c.organisation,
    CONTENT.c.size,
    CONTENT.c.stored_ms,
    CONTENT.c.data,
)
_GET = select(*_COLUMNS).where(CONTENT.c.commitment == bindparam("commitment"))
_USED = select(func.coalesce(func.sum(CONTENT.c.size), 0)).where(
    CONTENT.c.organisation == bindparam("organisation")
)
_OF_SUBJECT = (
    select(CONTENT.c.commitment)
    .where(CONTENT.c.subject == bindparam("subject"))
    .order_by(CONTENT.c.commitment)
)
_LAST_READ = select(CONTENT_READ.c.id, CONTENT_READ.c.digest).order_by(CONTENT_READ.c.id.desc()).limit(1)
_ERASED = select(CONTENT_ERASED.c.organisation, CONTENT_ERASED.c.member, CONTENT_ERASED.c.time_ms).where(
    CONTENT_ERASED.c.commitment == bindparam("commitment"), CONTENT_ERASED.c.subject == bindparam("subject")
)
_SIZE = select(CONTENT.c.size).where(CONTENT.c.commitment == bindparam("commitment"))


class ContentStore:
    """Contents by commitment, and the record of who read them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._insert_term = database.insert_sql(PRIVATE_INDEX, conflict="keep")

    def put(self, content: ContentWrite, *, quota_bytes: int, replace: bool = False) -> bool:
        """Keep a content, durably; False when one with its commitment is already kept, which stays as it is.

        With `replace` it makes way, unless the new one is refused. `quota_bytes` bounds
        what all contents of its organisation may take together.
        Raises `LimitExceeded` for a content or an organisation beyond its bound.
        """
        size = len(content.data)
        if size > MAX_CONTENT_BYTES:
            raise LimitExceeded(f"a content of {size} bytes, the limit is {MAX_CONTENT_BYTES}")
        with self._database.writing() as connection:
            if replace:
                connection.execute(delete(CONTENT).where(CONTENT.c.commitment == content.commitment))
            elif connection.execute(_SIZE, {"commitment": content.commitment}).first() is not None:
                return False
            used = int(connection.execute(_USED, {"organisation": content.organisation}).scalar_one())
            if used + size > quota_bytes:
                raise LimitExceeded(
                    f"{size} bytes more than {used}, {content.organisation} may have {quota_bytes}"
                )
            self._insert(connection, content)
        return True

    def _insert(self, connection: Connection, content: ContentWrite) -> None:
        connection.execute(
            delete(CONTENT_ERASED).where(
                CONTENT_ERASED.c.commitment == (content.erased_as or content.commitment),
                CONTENT_ERASED.c.subject == content.subject,
            )
        )
        values = {
            "commitment": content.commitment,
            "kind": content.kind,
            "subject": content.subject,
            "organisation": content.organisation,
            "size": len(content.data),
            "stored_ms": content.stored_ms,
            "data": content.data,
        }
        connection.execute(insert(CONTENT), {**values, "digest": row_digest(*values.values())})
        rows = [
            (kind.value, term, content.commitment, content.subject)
            for kind, term in content_terms(content.terms)
        ]
        if rows:
            connection.exec_driver_sql(self._insert_term, rows)

    def get(self, commitment: str) -> StoredContent | None:
        """A content, or None. Handing it on is for the caller to record with `note_read`."""
        row = self._database.first(_GET, {"commitment": commitment})
        if row is None:
            return None
        commitment, kind, subject, organisation, size, stored_ms, data = row
        return StoredContent(
            commitment=commitment,
            kind=kind,
            subject=subject,
            organisation=organisation,
            size=size,
            stored_ms=stored_ms,
            data=data,
        )

    def of_subject(self, subject: str, limit: int) -> tuple[str, ...]:
        """Commitments of the contents held for a record, in no meaningful order."""
        query = _OF_SUBJECT.limit(check_limit(limit))
        return tuple(commitment for (commitment,) in self._database.all(query, {"subject": subject}))

    def used_bytes(self, organisation: str) -> int:
        """How much the contents of an organisation take here."""
        row = self._database.first(_USED, {"organisation": organisation})
        return 0 if row is None else int(row[0])

    def delete(self, commitment: str) -> bool:
        """Erase a content and its search terms; False when it was not here."""
        with self._database.writing() as connection:
            gone = connection.execute(delete(CONTENT).where(CONTENT.c.commitment == commitment))
            return gone.rowcount == 1

    def erase(self, name: str, commitment: str, subject: str, by: Erasure) -> None:
        """Erase what is kept under a name, also from the file's free pages, and record who had it done."""
        values = {
            "commitment": commitment,
            "subject": subject,
            "organisation": by.organisation,
            "member": by.member,
            "time_ms": by.time_ms,
        }
        same = (CONTENT_ERASED.c.commitment == commitment, CONTENT_ERASED.c.subject == subject)
        with self._database.overwriting() as connection:
            connection.execute(delete(CONTENT).where(CONTENT.c.commitment == name))
            connection.execute(delete(CONTENT_ERASED).where(*same))
            connection.execute(insert(CONTENT_ERASED), {**values, "digest": row_digest(*values.values())})

    def erased(self, commitment: str, subject: str) -> Erasure | None:
        """Who had the content of a record erased here, unless it was stored again since."""
        row = self._database.first(_ERASED, {"commitment": commitment, "subject": subject})
        return None if row is None else Erasure(organisation=row[0], member=row[1], time_ms=row[2])

    def note_read(self, commitment: str, subject: str, organisation: str, member: str, time_ms: int) -> None:
        """Record, durably, that someone is about to be given a record's content."""
        with self._database.writing() as connection:
            last = connection.execute(_LAST_READ).first()
            values = {
                "id": 1 if last is None else last[0] + 1,
                "commitment": commitment,
                "subject": subject,
                "organisation": organisation,
                "member": member,
                "time_ms": time_ms,
            }
            digest = read_digest(values.values(), None if last is None else last[1])
            connection.execute(insert(CONTENT_READ), {**values, "digest": digest})

    def reads(self, commitment: str, subject: str, after: int, limit: int) -> Page[ContentRead, int]:
        """Who was given a content, oldest first, after the read with id `after` (0 for all).

        For one record, or for all that commit to it where `subject` is empty.
        """
        columns = (
            CONTENT_READ.c.id,
            CONTENT_READ.c.subject,
            CONTENT_READ.c.organisation,
            CONTENT_READ.c.member,
            CONTENT_READ.c.time_ms,
            CONTENT_READ.c.digest,
        )
        query = select(*columns).where(CONTENT_READ.c.commitment == commitment, CONTENT_READ.c.id > after)
        if subject:
            query = query.where(CONTENT_READ.c.subject == subject)
        rows = self._database.all(query.order_by(CONTENT_READ.c.id).limit(check_limit(limit) + 1))
        items = tuple(
            ContentRead(
                id=id_,
                commitment=commitment,
                subject=of_subject,
                organisation=organisation,
                member=member,
                time_ms=time_ms,
                digest=digest,
            )
            for id_, of_subject, organisation, member, time_ms, digest in rows[:limit]
        )
        return Page(items=items, next=items[-1].id if len(rows) > limit else None)
