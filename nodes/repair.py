"""Repairing a damaged ledger: a new database from what of the old one still verifies.

Blocks are taken as though a peer had sent them: the seal is verified against the set
that is due, every entry executed again, and everything that follows from blocks
computed anew. The first block that does not pass ends it; it and the later ones
come from peers when the node runs again, verified in the same way. Contents with
their digest are carried over. The damaged database is kept beside, never deleted,
and the signing journal is not touched: it knows more than the shortened ledger,
and the validator signs nothing until it is past that (J7).
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, insert, select
from sqlalchemy.exc import DBAPIError

from contracts.documents.package import parse_package
from ledger.block import Block
from ledger.bls import backend
from ledger.errors import LedgerError
from ledger.genesis import Genesis
from ledger.seal import Seal
from ledger.sealing import Keyring, parse_sealed
from nodes.application import LedgerApplication
from nodes.bft.disk import sync_folder
from nodes.bft.sync import check_sealed
from nodes.checking.database import Report
from nodes.checking.node import check_at, load_keys
from nodes.checking.rows import UNREADABLE, read_header, read_seal
from nodes.clock import SystemClock
from nodes.config import load_config, storage_url
from nodes.founding import load_genesis, open_ledger
from nodes.index_terms import index_terms
from nodes.storage import ContentWrite, Store
from nodes.storage.database import Database, parse_url
from nodes.storage.digests import read_digest, row_digest
from nodes.storage.models import BLOCK, CONTENT, CONTENT_ERASED, CONTENT_READ, ENTRY, SEAL

_NO_QUOTA = 1 << 62
"""What was kept once is kept again."""


class RepairRefused(Exception):
    """A ledger cannot be repaired here. The text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairReport:
    """What a repair saved."""

    height: int
    """Newest block of the new ledger; later ones come from peers."""
    contents: int
    """Contents carried over."""
    contents_lost: int
    """Contents that were damaged."""
    damaged: str
    """Folder to which the old database moved; empty while it has not."""

    def as_json(self) -> dict[str, Any]:
        """The stable JSON shape."""
        return asdict(self)


def repair_node(path: Path) -> RepairReport:
    """Repair the ledger of the node configured at `path`, which must not run.

    Raises `RepairRefused`, `nodes.config.ConfigError`, `nodes.storage.StorageError`
    or `OSError`; then the old database is where it was.
    """
    config = load_config(path)
    genesis, url = load_genesis(config.node.genesis), parse_url(storage_url(config))
    if url.get_backend_name() != "sqlite" or url.database is None:
        raise RepairRefused("with PostgreSQL, name an empty database in [storage] and start the node")
    ledger, report = Path(url.database), Report()
    keyring = load_keys(config, report)
    if keyring is None:
        raise RepairRefused(report.findings[0].sentence)
    if not ledger.exists():
        raise RepairRefused(f"there is no database at {ledger}: start the node, and it fetches the chain")
    folder = ledger.with_name(f"{ledger.name}.{os.getpid()}.part")
    folder.mkdir(mode=0o700)
    try:
        built = rebuild(ledger, folder / "ledger.db", genesis, keyring)
        return _swap(ledger, folder / "ledger.db", built)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def rebuild(ledger: Path, target: Path, genesis: Genesis, keyring: Keyring) -> RepairReport:
    """Build a new database at `target` from what of the one at `ledger` verifies; raises `RepairRefused`."""
    with (
        closing(Database(parse_url(f"sqlite:///{ledger}"))) as old,
        old.snapshot() as connection,
        open_ledger(f"sqlite:///{target}", genesis) as store,
    ):
        height = asyncio.run(_replay(connection, store, genesis))
        kept, lost = _contents(connection, store, keyring)
        store.database.compact()
    check = Report()
    check_at(f"sqlite:///{target}", genesis, keyring, check)
    if check.findings:
        raise RepairRefused(f"what was saved does not pass the check: {check.findings[0].sentence}")
    return RepairReport(height=height, contents=kept, contents_lost=lost, damaged="")


async def _replay(connection: Connection, store: Store, genesis: Genesis) -> int:
    """Commit the blocks that verify, in order; the height reached."""
    application = LedgerApplication(store, genesis, SystemClock(), lambda _: None)
    try:
        while (found := _next(connection, application)) is not None:
            await application.commit(found[0], [found[1]])
        return application.info().height
    finally:
        application.close()


def _next(connection: Connection, application: LedgerApplication) -> tuple[Block, Seal] | None:
    """The next block with a seal that verifies, or None where the sound part of the chain ends."""
    tip = application.info()
    try:
        block = _block(connection, tip.height + 1)
        for seal in _seals(connection, tip.height + 1):
            try:
                check_sealed(tip, block, seal, backend())
            except LedgerError:
                continue
            return block, seal
    except (*UNREADABLE, DBAPIError):
        pass
    return None


def _block(connection: Connection, height: int) -> Block:
    """A block from its header and leaves alone; raises `ValueError` where they cannot be read."""
    row = connection.execute(
        select(BLOCK.c.header, BLOCK.c.parent_seal).where(BLOCK.c.height == height)
    ).first()
    header = None if row is None else read_header(row[0])
    if row is None or header is None:
        raise ValueError("no readable header")
    start, end = header.log_size_before, header.log_size
    leaves = select(ENTRY.c.leaf).where(ENTRY.c.index >= start, ENTRY.c.index < end).order_by(ENTRY.c.index)
    parent_seal = None if row[1] is None else read_seal(row[1])
    return Block(header=header, entries=tuple(connection.execute(leaves).scalars()), parent_seal=parent_seal)


def _seals(connection: Connection, height: int) -> Iterator[Seal]:
    """The seals of a block: its own, and the one that its child carries."""
    own = select(SEAL.c.seal).where(SEAL.c.height == height)
    carried = select(BLOCK.c.parent_seal).where(BLOCK.c.height == height + 1)
    for query in (own, carried):
        data = connection.execute(query).scalar()
        seal = None if data is None else read_seal(data)
        if seal is not None:
            yield seal


def _contents(connection: Connection, store: Store, keyring: Keyring) -> tuple[int, int]:
    """Carry over contents and the record of who read them; how many were kept and lost."""
    kept = lost = 0
    try:
        for name in connection.execute(select(CONTENT.c.commitment)).scalars().all():
            if _content(connection, store, keyring, name):
                kept += 1
            else:
                lost += 1
        reads = list(_sound_reads(connection))
        gone = [row for row in connection.execute(select(CONTENT_ERASED)) if row_digest(*row[:-1]) == row[-1]]
    except DBAPIError as error:
        raise RepairRefused(
            f"the contents cannot be read ({error.orig}): restore a backup, or move the database away"
        ) from None
    with store.database.writing() as writer:
        previous = None
        for read in reads:
            previous = read_digest(read[:-1], previous)
            writer.execute(insert(CONTENT_READ), {**read._mapping, "digest": previous})
        for erasure in gone:
            writer.execute(insert(CONTENT_ERASED), dict(erasure._mapping))
    return kept, lost


def _sound_reads(connection: Connection) -> Iterator[Row[Any]]:
    """The reads that follow from the one before them; those after a damaged one keep their places."""
    previous = None
    for row in connection.execute(select(CONTENT_READ).order_by(CONTENT_READ.c.id)):
        if read_digest(row[:-1], previous) == row[-1]:
            yield row
        previous = row[-1]


def _content(connection: Connection, store: Store, keyring: Keyring, name: str) -> bool:
    row = connection.execute(select(CONTENT).where(CONTENT.c.commitment == name)).first()
    if row is None or row_digest(*row[:-1]) != row[-1]:
        return False
    commitment, kind, subject, organisation, _, stored_ms, data = row[:-1]
    try:
        sealed = parse_sealed(data)
        terms = index_terms(parse_package(keyring.open(sealed))) if keyring.can_open(sealed) else []
    except LedgerError:
        return False
    content = ContentWrite(
        commitment=commitment,
        kind=kind,
        subject=subject,
        organisation=organisation,
        data=data,
        stored_ms=stored_ms,
        terms=terms,
    )
    return store.contents.put(content, quota_bytes=_NO_QUOTA)


def _swap(ledger: Path, target: Path, built: RepairReport) -> RepairReport:
    """Put the new database in the place of the old one, which moves to a folder of its own."""
    aside = next(path for path in _names(ledger) if not path.exists())
    aside.mkdir(mode=0o700)
    for suffix in ("-shm", "-wal", ""):
        file = ledger.with_name(ledger.name + suffix)
        if file.exists():
            file.rename(aside / file.name)
    target.rename(ledger)
    sync_folder(ledger.parent)
    return RepairReport(
        height=built.height,
        contents=built.contents,
        contents_lost=built.contents_lost,
        damaged=str(aside),
    )


def _names(ledger: Path) -> Iterator[Path]:
    number = 1
    while True:
        yield ledger.with_name(f"damaged-{number}")
        number += 1
