"""Checking what only this node has: contents, what they are found by, and who was given them."""

from __future__ import annotations

from collections.abc import Generator

from sqlalchemy import Connection, select

from contracts.documents.package import parse_package
from ledger.errors import LedgerError
from ledger.sealing import Keyring, parse_sealed
from nodes.checking.findings import Cure, Finding
from nodes.index_terms import index_terms
from nodes.storage.digests import read_digest, row_digest
from nodes.storage.models import CONTENT, CONTENT_ERASED, CONTENT_READ, PRIVATE_INDEX
from nodes.storage.terms import content_terms


def check_contents(connection: Connection, keyring: Keyring | None) -> Generator[Finding]:
    """What is wrong with contents and reads; without the node's keys, not what they are found by."""
    names: set[str] = set()
    for name in connection.execute(select(CONTENT.c.commitment)).scalars().all():
        names.add(name)
        row = connection.execute(select(CONTENT).where(CONTENT.c.commitment == name)).first()
        if row is None or row_digest(*row[:-1]) != row[-1]:
            yield _content(name, "does not have its digest")
            continue
        if keyring is None:
            continue
        try:
            sealed = parse_sealed(row[-2])
            # What nobody here can open is found by nothing.
            terms = index_terms(parse_package(keyring.open(sealed))) if keyring.can_open(sealed) else []
        except LedgerError as error:
            yield _content(name, f"cannot be opened: {error}")
            continue
        expected = {(kind.value, term, name, row[2]) for kind, term in content_terms(terms)}
        query = select(PRIVATE_INDEX).where(PRIVATE_INDEX.c.commitment == name)
        for one in {tuple(found) for found in connection.execute(query)} ^ expected:
            yield _term(one, "is missing" if one in expected else "is not what the content says")
    for one in connection.execute(select(PRIVATE_INDEX)):
        if one[2] not in names:
            yield _term(tuple(one), "is of a content that is not here")
    yield from _check_records(connection)


def _check_records(connection: Connection) -> Generator[Finding]:
    """What is wrong with the record of who was given contents, and of what was erased."""
    previous = None
    for read in connection.execute(select(CONTENT_READ).order_by(CONTENT_READ.c.id)):
        if read_digest(read[:-1], previous) != read[-1]:
            problem = "does not follow from the read before it"
            yield Finding(place="content_read", row=f"id {read[0]}", problem=problem, cure=Cure.RESTORE)
        previous = read[-1]
    for one in connection.execute(select(CONTENT_ERASED)):
        if row_digest(*one[:-1]) != one[-1]:
            problem = "does not have its digest"
            yield Finding(
                place="content_erased",
                row=f"commitment {one[0]} subject {one[1]}",
                problem=problem,
                cure=Cure.RESTORE,
            )


def _content(name: str, problem: str) -> Finding:
    return Finding(place="content", row=f"commitment {name}", problem=problem, cure=Cure.RESTORE)


def _term(row: tuple[str, ...], problem: str) -> Finding:
    place = f"commitment {row[2]} kind {row[0]}"
    return Finding(place="private_index", row=place, problem=problem, cure=Cure.REBUILD)
