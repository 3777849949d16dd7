"""A small real ledger to damage: every table has rows, and the chain is one that any node would accept."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.documents.package import Package
from ledger.sealing import encode_sealed
from nodes.checking.database import Report, check_database
from nodes.checking.findings import Finding, printable
from nodes.checking.node import check_at
from nodes.index_terms import index_terms
from nodes.storage import ContentWrite, Erasure
from nodes.storage.database import Database, parse_url
from nodes.storage.models import METADATA
from tests.nodes.contents_keys import EVERY_KEY, sealed
from tests.nodes.network_of_one import CARRIER, GENESIS, PORT, Solo, bill_package, boxes, digest

KEYS = {table.name: [column.name for column in table.primary_key] for table in METADATA.sorted_tables}


async def build(folder: Path) -> Path:
    """The database file of a ledger with a dozen blocks, contents and reads of them."""
    solo = Solo(folder)
    try:
        package = await solo.issue()
        await solo.accept(*boxes(solo, 3))
        for number in range(8):
            solo.clock.time_ms += 1_000
            await solo.accept(*boxes(solo, number % 3, f"later {number}"), *voyage(solo, number))
        other = await solo.issue(bill_package("CRLQ2609002", containers=("APZU4812106",)))
        for one in (package, other):
            keep(solo, one)
        name = package.commitment().hex()
        for name in ("ab" * 32, "cd" * 32):
            by = Erasure(organisation=CARRIER, member=f"{CARRIER}/clerk", time_ms=9)
            solo.store.contents.erase(name, name, f"document/{name[:32]}", by)
        name = package.commitment().hex()
        for number in range(3):
            reader = f"{CARRIER}/reader-{number}"
            solo.store.contents.note_read(name, package.subject, CARRIER, reader, 1_000 + number)
    finally:
        solo.close()
    with closing(sqlite3.connect(solo.path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return solo.path


def voyage(solo: Solo, number: int) -> list[bytes]:
    """A container that sets off in one of the blocks and arrives in the next, for there to be a milestone."""
    if number == 4:
        return [solo.gate_in("barge", body={"event": "barge_departure", "purpose": "empty"})]
    if number != 5:
        return []
    arrival = {"event": "barge_arrival", "classifier": "actual", "facility": "CNNNG"}
    arrival |= {"event_ms": solo.clock.time_ms}
    return [solo.sign("movement.record", f"container/{digest('barge')[:32]}", PORT, arrival)]


def keep(solo: Solo, package: Package) -> None:
    """Store a bill's contents as its carrier's node does."""
    content = ContentWrite(
        commitment=package.commitment().hex(),
        kind=package.kind,
        subject=package.subject,
        organisation=CARRIER,
        data=encode_sealed(sealed(package, CARRIER)),
        stored_ms=5,
        terms=index_terms(package),
    )
    assert solo.store.contents.put(content, quota_bytes=1 << 20)


def check(path: Path) -> Report:
    """What the check finds in a database file."""
    database = Database(parse_url(f"sqlite:///{path}"))
    try:
        return check_database(database, GENESIS, EVERY_KEY)
    finally:
        database.close()


def check_file(path: Path) -> list[Finding]:
    """The same from the file on, as `sealane node check` does it."""
    report = Report()
    check_at(f"sqlite:///{path}", GENESIS, EVERY_KEY, report)
    return report.findings


@dataclass(frozen=True)
class Flip:
    """One column of one row, and the other value that it shall have."""

    table: str
    rowid: dict[str, Any]
    column: str
    value: Any

    def __str__(self) -> str:
        return f"{self.table} {self.rowid} {self.column} = {self.value!r}"


def connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    connection.execute("PRAGMA ignore_check_constraints=ON")
    return connection


def flips(path: Path, chance: random.Random, rows_each: int, *tables: str) -> list[Flip]:
    """Flips of a random bit in every column of some rows of every table, or of those named."""
    found: list[Flip] = []
    with closing(connect(path)) as connection:
        for table in (one for one in METADATA.sorted_tables if not tables or one.name in tables):
            names = [column.name for column in table.columns]
            quoted = ", ".join(f'"{name}"' for name in names)
            rows = connection.execute(f'SELECT {quoted} FROM "{table.name}"').fetchall()
            assert rows, table.name
            chosen = {0, len(rows) - 1, *chance.sample(range(len(rows)), min(rows_each, len(rows)))}
            for row in (rows[number] for number in sorted(chosen)):
                values = dict(zip(names, row, strict=True))
                place = {name: values[name] for name in KEYS[table.name]}
                found += [Flip(table.name, place, n, flipped(values[n], chance)) for n in names]
    return found


def flipped(value: Any, chance: random.Random) -> Any:
    """A value with one bit turned; a byte where there was none."""
    if value is None:
        return b"\x00"
    if isinstance(value, int):
        return value ^ 1 << chance.randrange(40)
    data = bytearray(value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape"))
    if not data:
        return b"\x00" if isinstance(value, bytes) else "\x01"
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data) if isinstance(value, bytes) else data.decode("utf-8", "surrogateescape")


def write(path: Path, flip: Flip, value: Any) -> Any:
    """Put a value in place; what was there."""
    place = dict(flip.rowid)
    if value is not flip.value and flip.column in place:
        place[flip.column] = flip.value
    where = " AND ".join(f'"{name}" = {_sql(one)}' for name, one in place.items())
    given = [_bound(one) for one in place.values()]
    with closing(connect(path)) as connection:
        query = f'SELECT "{flip.column}" FROM "{flip.table}" WHERE {where}'
        (before,) = connection.execute(query, given).fetchone()
        connection.execute(
            f'UPDATE "{flip.table}" SET "{flip.column}" = {_sql(value)} WHERE {where}',
            [_bound(value), *given],
        )
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return before


def _sql(value: Any) -> str:
    return "CAST(? AS TEXT)" if isinstance(value, str) else "?"


def _bound(value: Any) -> Any:
    return value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value


def dump(path: Path) -> list[Any]:
    """Every row of every table, and the schema."""
    with closing(connect(path)) as connection:
        names = ["sqlite_schema", *sorted(KEYS), "alembic_version"]
        return [sorted(map(repr, connection.execute(f'SELECT * FROM "{name}"'))) for name in names]


def names(place: str, row: str, flip: Flip) -> bool:
    """Whether a finding names the table and the row, by the key that it had or has."""
    places = [flip.rowid]
    if flip.column in flip.rowid:
        places.append({**flip.rowid, flip.column: flip.value})
    words = [[printable(str(value)) for value in one.values()] for one in places]
    if flip.table == "private_index":
        words = [[one[-1]] for one in words]
    row = printable(row)
    return place == flip.table and any(all(word in row for word in one) for one in words)
