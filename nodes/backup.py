"""Backups: one file with a node's ledger and witness records, made while the node runs, and put back whole.

A backup never holds the signing journal, which restored would have forgotten what
was signed since (J6), and no keys: those have a safer place, and without the
node's key the contents in a backup stay sealed. A manifest, the archive's first
member, says what the backup is of, with a hash of every file. A restored ledger is
checked in full before it is put in place, and nothing is ever overwritten.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec

from ledger.errors import LedgerError
from ledger.genesis import network_id
from nodes.archive import ArchiveError, Member, members
from nodes.bft.disk import sync_folder
from nodes.chain_source import StoredChain
from nodes.checking.database import Report
from nodes.checking.node import check_at, load_keys
from nodes.clock import SystemClock
from nodes.config import NodeConfig, load_config, storage_url
from nodes.founding import load_genesis
from nodes.storage import StorageError, Store
from nodes.storage.database import parse_url
from nodes.storage.schema import NEWEST_REVISION

FORMAT, VERSION = "sealane-backup", 1

MANIFEST, LEDGER, WITNESS = "manifest.json", "ledger.db", "witness-log"

_WITNESS_FILE = re.compile(r"witness-log/[a-z0-9-]{1,40}\.witness")

MAX_MANIFEST_BYTES = 1_048_576
"""A manifest has some 150 bytes for each file, and the witness log one for each 24,000 heights."""

_CHUNK_BYTES = 1_048_576


class BackupError(Exception):
    """A backup cannot be made or restored. The text says why and what to do."""


class BackedUpFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of a backup."""

    name: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a backup holds."""

    format: str
    version: int
    network: str
    """Network id."""
    node: str
    """Whose node it is of, as `organisation/name`: its key opens the contents."""
    height: int
    """Newest block."""
    block_id: str
    """Id of that block."""
    entries: int
    """Entries of the log up to it."""
    schema: str
    """Schema revision of the database."""
    made_ms: int
    """When it was made, by this machine's clock."""
    files: tuple[BackedUpFile, ...]

    def as_json(self) -> dict[str, Any]:
        """The stable JSON shape."""
        shape: dict[str, Any] = msgspec.to_builtins(self)
        return shape


def make_backup(path: Path, target: Path) -> Manifest:
    """Back up the node configured at `path` into the new file `target`; the node may run meanwhile.

    Raises `BackupError`, `nodes.config.ConfigError` or `OSError`; then there is no `target`.
    """
    config = load_config(path)
    ledger = _sqlite_path(config)
    if target.exists():
        raise BackupError(f"{target} exists: name a new file")
    if not ledger.exists():
        raise BackupError(f"there is no database at {ledger}: nothing to back up")
    with _scratch(target) as folder:
        witness, copy = config.node.data / WITNESS, folder / LEDGER
        (folder / WITNESS).mkdir(mode=0o700)
        for file in sorted(witness.glob("*.witness")):
            shutil.copyfile(file, folder / WITNESS / file.name)
        _copy_database(ledger, copy)
        manifest = _describe(config, folder)
        archive = folder / "archive"
        described = msgspec.json.encode(manifest)
        with _private(archive) as out, tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
            _add(tar, MANIFEST, io.BytesIO(described), len(described))
            for item in manifest.files:
                with (folder / item.name).open("rb") as data:
                    _add(tar, item.name, data, item.size)
        _sync(archive)
        archive.rename(target)
        sync_folder(target.parent)
    return manifest


def restore_backup(source: Path, path: Path) -> Manifest:
    """Put a backup back into the data directory of the node configured at `path`, which must not run.

    Raises `BackupError`, `nodes.config.ConfigError` or `OSError`; then nothing was put in place.
    """
    config = load_config(path)
    ledger, witness = _sqlite_path(config), config.node.data / WITNESS
    for name in (ledger, ledger.with_name(ledger.name + "-wal")):
        if name.exists():
            raise BackupError(f"{name} exists: a restore overwrites nothing, move it away first")
    ledger.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _scratch(ledger) as folder:
        manifest = _extract(source, folder)
        _check(config, manifest, folder / LEDGER)
        _sync(folder / LEDGER)
        if not witness.exists():
            for file in (folder / WITNESS).iterdir():
                _sync(file)
            (folder / WITNESS).rename(witness)
        (folder / LEDGER).rename(ledger)
        sync_folder(ledger.parent)
    return manifest


@contextmanager
def opened_chain(place: Path) -> Iterator[StoredChain]:
    """The chain in a node's directory, or in a backup, which is unpacked into a folder that goes afterwards.

    Raises `BackupError`, `nodes.config.ConfigError` or `nodes.storage.StorageError`.
    """
    if place.is_dir():
        with Store.open(storage_url(load_config(place)), create=False) as store:
            yield StoredChain(store)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _extract(place, folder)
        with Store.open(f"sqlite:///{folder / LEDGER}", create=False) as store:
            yield StoredChain(store)


def _sqlite_path(config: NodeConfig) -> Path:
    url = parse_url(storage_url(config))
    if url.get_backend_name() != "sqlite" or url.database is None:
        raise BackupError(
            "this node keeps its ledger in PostgreSQL, which has its own tools: `pg_dump --format=custom` "
            "backs it up while the node runs, `pg_restore` into an empty database puts it back; "
            f"copy {config.node.data / WITNESS} beside it, and run `sealane node check` after a restore"
        )
    return Path(url.database)


@contextmanager
def _scratch(beside: Path) -> Iterator[Path]:
    """A private folder on the file system of `beside`, gone afterwards."""
    folder = beside.with_name(f"{beside.name}.{os.getpid()}.part")
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _private(path: Path) -> IO[bytes]:
    """A new file for its owner alone."""
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")


def _copy_database(source: Path, target: Path) -> None:
    """SQLite's online backup in one step: the newest committed block, while others go on writing."""
    _private(target).close()
    try:
        with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(target)) as there:
            here.backup(there)
    except sqlite3.Error as error:
        raise BackupError(f"{source} cannot be copied ({error}): run `sealane node check`") from None


def _describe(config: NodeConfig, folder: Path) -> Manifest:
    genesis = load_genesis(config.node.genesis)
    try:
        with Store.open(f"sqlite:///{folder / LEDGER}", create=False) as store:
            tip = store.tip()
    except StorageError as error:
        raise BackupError(f"the database cannot be backed up: {error}") from None
    if tip.network != network_id(genesis):
        raise BackupError("the database is of another network than the genesis file")
    names = [LEDGER, *sorted(f"{WITNESS}/{file.name}" for file in (folder / WITNESS).iterdir())]
    return Manifest(
        format=FORMAT,
        version=VERSION,
        network=tip.network.hex(),
        node=f"{config.node.organisation}/{config.node.name}",
        height=tip.height,
        block_id=tip.block_id.hex(),
        entries=tip.frontier.size,
        schema=NEWEST_REVISION,
        made_ms=SystemClock().now_ms(),
        files=tuple(_file(folder, name) for name in names),
    )


def _file(folder: Path, name: str) -> BackedUpFile:
    with (folder / name).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return BackedUpFile(name=name, size=file.tell(), sha256=digest)


def _add(tar: tarfile.TarFile, name: str, file: IO[bytes], size: int) -> None:
    item = tarfile.TarInfo(name)
    item.size, item.mode = size, 0o600
    tar.addfile(item, file)


def _extract(source: Path, folder: Path) -> Manifest:
    """Write the files that the manifest names, each with its size and hash, and nothing else."""
    (folder / WITNESS).mkdir(mode=0o700)
    with source.open("rb") as archive:
        try:
            found = members(archive)
            manifest = _manifest(archive, next(found, None))
            wanted = {item.name: item for item in manifest.files}
            for member in found:
                item = wanted.pop(member.name, None)
                if item is None or member.size != item.size:
                    raise BackupError(f"{source} is damaged: {member.name} is not what its manifest names")
                _write(archive, folder / item.name, item)
        except ArchiveError as error:
            raise BackupError(f"{source} cannot be read as a backup: {error}") from None
    if wanted:
        raise BackupError(f"{source} is damaged: {min(wanted)} is missing")
    return manifest


def _manifest(archive: IO[bytes], member: Member | None) -> Manifest:
    if member is None or member.name != MANIFEST or member.size > MAX_MANIFEST_BYTES:
        raise BackupError("not a backup of a Sealane node: it does not begin with a manifest")
    try:
        manifest = msgspec.json.decode(archive.read(member.size), type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BackupError(f"the manifest cannot be read: {error}") from None
    if (manifest.format, manifest.version) != (FORMAT, VERSION):
        raise BackupError(f"a backup of format {manifest.format!r} {manifest.version}: use newer software")
    names = [item.name for item in manifest.files]
    if LEDGER not in names or not all(name == LEDGER or _WITNESS_FILE.fullmatch(name) for name in names):
        raise BackupError(f"the manifest names {', '.join(names)}: not the files of a backup")
    return manifest


def _write(archive: IO[bytes], target: Path, item: BackedUpFile) -> None:
    digest, left = hashlib.sha256(), item.size
    with _private(target) as file:
        while chunk := archive.read(min(left, _CHUNK_BYTES)):
            left -= len(chunk)
            digest.update(chunk)
            file.write(chunk)
    if digest.hexdigest() != item.sha256 or target.stat().st_size != item.size:
        raise BackupError(f"{item.name} does not have the hash that the manifest states: the file is damaged")


def _check(config: NodeConfig, manifest: Manifest, ledger: Path) -> None:
    """Refuse a ledger that is not this node's, not the one described, or damaged."""
    genesis = load_genesis(config.node.genesis)
    if manifest.network != network_id(genesis).hex():
        raise BackupError(f"the backup is of network {manifest.network}, this node is on another")
    node = f"{config.node.organisation}/{config.node.name}"
    if manifest.node != node:
        raise BackupError(
            f"the backup is of {manifest.node}, this is {node}, which cannot go on in its place"
        )
    report = Report()
    check_at(f"sqlite:///{ledger}", genesis, load_keys(config, report), report)
    if report.findings:
        raise BackupError(f"the backup is damaged: {report.findings[0].sentence}")
    try:
        with Store.open(f"sqlite:///{ledger}", create=False) as store:
            tip = store.tip()
    except (StorageError, LedgerError) as error:
        raise BackupError(f"the backup is damaged: {error}") from None
    if (tip.height, tip.block_id.hex(), tip.frontier.size) != (
        manifest.height,
        manifest.block_id,
        manifest.entries,
    ):
        raise BackupError(f"the ledger ends at block {tip.height}, the manifest says {manifest.height}")


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
