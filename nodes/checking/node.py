"""Checking a node from its configuration down: files, keys, journal, witness file, database.

Nothing is changed, and the node may run meanwhile.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL

from ledger.genesis import Genesis, network_id
from ledger.sealing import Keyring
from nodes.checking.database import Report, check_database
from nodes.checking.files import by_hand, check_rights, check_signing_journal, check_witness
from nodes.checking.findings import Cure, Finding
from nodes.config import (
    ConfigError,
    NodeConfig,
    load_config,
    load_keyring,
    load_node_key,
    load_tls,
    storage_url,
)
from nodes.founding import load_genesis
from nodes.storage import DatabaseMissing, StorageError
from nodes.storage.database import Database, parse_url, prepare_file
from nodes.storage.schema import NEWEST_REVISION, current_revision

_SQLITE_MAGIC = b"SQLite format 3\x00"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeReport:
    """What a check of a node found."""

    height: int
    """Newest block; -1 when there is none."""
    entries: int
    """Entries up to it."""
    findings: tuple[Finding, ...]
    """What is wrong, in the order found; nothing when all agrees."""


def check_node(path: Path) -> NodeReport:
    """Check the node configured at `path`; trouble is a finding, never an exception."""
    report = Report()
    try:
        config = load_config(path)
        for key in (config.keys.node, *config.keys.contents_keys):
            report.take(check_rights(key, "keys"))
        genesis = load_genesis(config.node.genesis)
    except ConfigError as error:
        report.take(iter([by_hand("configuration", str(error))]))
        return _sealed(report)
    keyring = load_keys(config, report)
    for key in config.keys.validators:
        report.take(check_rights(key, "keys"))
        report.take(check_signing_journal(key, network_id(genesis)))
    check_at(storage_url(config), genesis, keyring, report)
    report.take(check_witness(config.node.data / "witness-log", report.height))
    return _sealed(report)


def load_keys(config: NodeConfig, report: Report) -> Keyring | None:
    """What opens contents; None when a key of this node cannot be used, which is then a finding."""
    try:
        load_node_key(config)
        load_tls(config.api)
        return load_keyring(config)
    except ConfigError as error:
        report.take(iter([by_hand("keys", str(error))]))
        return None


def check_at(where: str, genesis: Genesis, keyring: Keyring | None, report: Report) -> None:
    """Check the database at a URL, from its file on."""
    try:
        url = parse_url(where)
        prepare_file(url, create=False)
        report.take(_sqlite_file(url))
        database = Database(url)
    except DatabaseMissing as error:
        problem = f"{error}: start the node, and it fetches the chain from its peers"
        report.take(iter([by_hand("database", problem)]))
        return
    except StorageError as error:
        report.take(iter([_unusable(str(error))]))
        return
    try:
        with database.reading() as connection:
            revision = current_revision(connection)
        if revision != NEWEST_REVISION:
            report.take(iter([_other_schema(revision)]))
            return
        found = check_database(database, genesis, keyring)
    except StorageError as error:
        report.take(iter([_unusable(str(error))]))
        return
    finally:
        database.close()
    report.height, report.entries = found.height, found.entries
    report.take(iter(found.findings))


def _sqlite_file(url: URL) -> Generator[Finding]:
    """What the file's first bytes and its size say."""
    if url.get_backend_name() != "sqlite" or url.database is None:
        return
    path = Path(url.database)
    yield from check_rights(path, "database")
    with path.open("rb") as file:
        head = file.read(100)
    size = path.stat().st_size
    if len(head) < 100 or not head.startswith(_SQLITE_MAGIC):
        yield _unusable(f"{path} is not a SQLite database")
        return
    page_bytes = int.from_bytes(head[16:18], "big")
    page_bytes = 65_536 if page_bytes == 1 else page_bytes
    pages, wal = int.from_bytes(head[28:32], "big"), path.with_name(path.name + "-wal")
    if size < pages * page_bytes and not (wal.exists() and wal.stat().st_size):
        yield _unusable(f"{path} has {size} bytes of {pages * page_bytes}: it was cut off")


def _other_schema(revision: str | None) -> Finding:
    if revision is None:
        return by_hand("database", "is empty or not Sealane's: look at [storage] in node.toml")
    return by_hand(
        "database",
        f"has schema {revision}, this software works with {NEWEST_REVISION}: a start upgrades an older one; "
        "a newer one needs the software that wrote it",
    )


def _unusable(problem: str) -> Finding:
    return Finding(place="database", row="", problem=problem, cure=Cure.REFETCH)


def _sealed(report: Report) -> NodeReport:
    return NodeReport(height=report.height, entries=report.entries, findings=tuple(report.findings))
