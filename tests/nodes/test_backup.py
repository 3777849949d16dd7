"""Backups: whole or not at all, never a key or a journal, and nothing restored that was not checked."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
import stat
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from nodes import backup
from nodes.backup import BackupError, make_backup, restore_backup
from nodes.bft.journal import FileJournal
from nodes.checking.node import check_node
from tests.nodes.directory import copy_node, journal_of, make_network

CHARGES = "witness-log/charges.witness"


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_network(tmp_path_factory.mktemp("network"))


@pytest.fixture
def node(network: Path, tmp_path: Path) -> Path:
    directory = copy_node(network, tmp_path)
    FileJournal(journal_of(directory)).close()
    (directory / "data" / "witness-log").mkdir()
    (directory / "data" / CHARGES).write_bytes(b"")
    return directory


@pytest.fixture
def made(node: Path, tmp_path: Path) -> Path:
    """A backup, of a node whose data is gone since."""
    make_backup(node, tmp_path / "made")
    shutil.rmtree(node / "data")
    (node / "data").mkdir(mode=0o700)
    return tmp_path / "made"


def names(archive: Path) -> list[str]:
    with tarfile.open(archive) as tar:
        return tar.getnames()


def test_a_backup_holds_the_ledger_and_the_witness_and_nothing_else(node: Path, tmp_path: Path) -> None:
    target = tmp_path / "made"
    manifest = make_backup(node, target)
    assert names(target) == ["manifest.json", "ledger.db", CHARGES]
    assert (manifest.height, manifest.entries) == (0, 1)
    data = target.read_bytes()
    for key in (node / "keys").iterdir():
        secret = key.read_bytes()
        assert not secret or secret not in data, key
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert sorted(one.name for one in tmp_path.iterdir()) == ["made", "net"]


def test_it_is_of_what_was_committed_while_somebody_writes(node: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(node / "data" / "ledger.db", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM record")
        make_backup(node, tmp_path / "made")
        writer.execute("COMMIT")
    assert check_node(node).findings
    (node / "data" / "ledger.db").rename(tmp_path / "damaged")
    (node / "data" / "ledger.db-wal").unlink(missing_ok=True)
    restore_backup(tmp_path / "made", node)
    assert check_node(node).findings == ()


def test_a_restored_node_is_sound_and_private(node: Path, made: Path) -> None:
    restore_backup(made, node)
    report = check_node(node)
    assert (report.findings, report.height) == ((), 0)
    assert stat.S_IMODE((node / "data" / "ledger.db").stat().st_mode) == 0o600
    assert sorted(one.name for one in (node / "data").iterdir()) == ["ledger.db", "witness-log"]


def test_a_witness_log_that_is_there_stays(node: Path, made: Path) -> None:
    (node / "data" / "witness-log").mkdir()
    restore_backup(made, node)
    assert list((node / "data" / "witness-log").iterdir()) == []


def test_nothing_is_overwritten(node: Path, tmp_path: Path) -> None:
    make_backup(node, tmp_path / "made")
    with pytest.raises(BackupError, match="exists: name a new file"):
        make_backup(node, tmp_path / "made")
    with pytest.raises(BackupError, match="overwrites nothing"):
        restore_backup(tmp_path / "made", node)


def test_a_database_that_cannot_be_copied_leaves_no_file(node: Path, tmp_path: Path) -> None:
    (node / "data" / "ledger.db").write_bytes(b"x" * 9_000)
    with pytest.raises(BackupError, match="node check"):
        make_backup(node, tmp_path / "made")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["net"]


def test_postgresql_is_sent_to_its_own_tools(
    node: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEALANE_STORAGE__URL", "postgresql://db.example/ledger")
    with pytest.raises(BackupError, match="pg_dump"):
        make_backup(node, tmp_path / "made")


def test_a_backup_of_another_node_is_refused(network: Path, made: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = copy_node(network, tmp_path / "other", organisation="qinzhou-customs", found=False)
    with pytest.raises(BackupError, match="is of coral-line/node-1, this is qinzhou-customs/node-1"):
        restore_backup(made, other)


def test_a_backup_of_another_network_is_refused(made: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = copy_node(make_network(tmp_path / "other"), tmp_path / "other" / "copy", found=False)
    with pytest.raises(BackupError, match="this node is on another"):
        restore_backup(made, other)


def rewritten(archive: Path, change: Callable[[dict[str, bytes]], object], *, honest: bool) -> None:
    """Change the files of a backup; `honest` states their new hashes in the manifest."""
    with tarfile.open(archive) as tar:
        files = {one.name: tar.extractfile(one).read() for one in tar}  # type: ignore[union-attr]
    change(files)
    if honest:
        import hashlib

        manifest: dict[str, Any] = json.loads(files["manifest.json"])
        for item in manifest["files"]:
            data = files[item["name"]]
            item |= {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        files["manifest.json"] = json.dumps(manifest).encode()
    with tarfile.open(archive, "w") as tar:
        for name, data in files.items():
            item = tarfile.TarInfo(name)
            item.size = len(data)
            tar.addfile(item, io.BytesIO(data))


def _turned(files: dict[str, bytes], name: str, place: int) -> None:
    data = bytearray(files[name])
    data[place] ^= 1
    files[name] = bytes(data)


def _restated(archive: dict[str, bytes], **changes: Any) -> None:
    archive["manifest.json"] = json.dumps(json.loads(archive["manifest.json"]) | changes).encode()


def _moved(files: dict[str, bytes], old: str, new: str) -> None:
    files[new] = files.pop(old)


def _renamed(archive: dict[str, bytes], name: str) -> None:
    listed = json.loads(archive["manifest.json"])["files"]
    _restated(archive, files=[listed[0], {**listed[1], "name": name}])
    _moved(archive, CHARGES, name)


def _record_lost(files: dict[str, bytes]) -> None:
    """A record is gone; in memory there is no write-ahead log, so its mark in the header goes meanwhile."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.deserialize(files["ledger.db"].replace(b"\x02\x02", b"\x01\x01", 1))
        connection.execute("DELETE FROM record WHERE key = 'organisation/coral-line'")
        files["ledger.db"] = connection.serialize().replace(b"\x01\x01", b"\x02\x02", 1)


@pytest.mark.parametrize(
    ("change", "honest", "message"),
    [
        (lambda files: _turned(files, "ledger.db", 5_000), False, "does not have the hash"),
        (lambda files: files.update({"ledger.db": files["ledger.db"][:-1]}), False, "not what its manifest"),
        (lambda files: files.pop(CHARGES), False, "charges.witness is missing"),
        (lambda files: files.update({"journal": b"x"}), False, "not what its manifest"),
        (lambda files: _moved(files, CHARGES, "../witness"), False, "not what its manifest"),
        (lambda files: files.update({"manifest.json": b"{"}), False, "manifest cannot be read"),
        (lambda files: _restated(files, version=2), False, "newer software"),
        (lambda files: _renamed(files, "witness-log/../../keys/x"), False, "not the files of a backup"),
        (lambda files: _restated(files, files=[]), False, "not the files of a backup"),
        (lambda files: _restated(files, height=7), False, "the manifest says 7"),
        (_record_lost, True, "record key organisation/coral-line"),
    ],
)
def test_a_damaged_backup_is_refused_and_nothing_put_in_place(
    node: Path, made: Path, change: Callable[[dict[str, bytes]], object], honest: bool, message: str
) -> None:
    rewritten(made, change, honest=honest)
    with pytest.raises(BackupError, match=message):
        restore_backup(made, node)
    assert list((node / "data").iterdir()) == []


@pytest.mark.parametrize("data", [b"", b"x" * 20_000, b"\0" * 20_000])
def test_a_file_that_is_no_backup_is_refused(node: Path, made: Path, data: bytes) -> None:
    made.write_bytes(data)
    with pytest.raises(BackupError):
        restore_backup(made, node)


def test_a_backup_that_is_cut_off_is_refused(node: Path, made: Path) -> None:
    made.write_bytes(made.read_bytes()[: made.stat().st_size // 2])
    with pytest.raises(BackupError):
        restore_backup(made, node)


def test_a_huge_manifest_is_not_read(node: Path, made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup, "MAX_MANIFEST_BYTES", 10)
    with pytest.raises(BackupError, match="does not begin with a manifest"):
        restore_backup(made, node)
