"""A network as one file: it arrives as it left, with its journals or without, and forgeries are refused."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli import unpacking
from cli.errors import CliError, ExitCode
from cli.network_move import _sha256
from cli.processes import running_as_node, running_pid
from ledger.genesis import network_id, parse_genesis
from tests.cli.conftest import Run

OPEN = ("pending/ab.cose", "recent.txt")
JOURNAL = "nodes/coral-line/keys/validator.0011223344556677.journal"


@pytest.fixture(name="net")
def net_fixture(tmp_path: Path, corridor: Path, sealane: Run) -> Path:
    """A network that has run: with a ledger, a journal and what a process leaves."""
    net = tmp_path / "net"
    shutil.copytree(corridor, net)
    place = net / "nodes" / "coral-line"
    (place / "data").mkdir()
    (place / "data" / "ledger.db").write_bytes(os.urandom(5_000))
    (net / JOURNAL).write_bytes(b"signed")
    for name in OPEN:
        (net / name).parent.mkdir(exist_ok=True)
        (net / name).write_bytes(b"whose business it is")
    for name in ("node.pid", "node.log", f"keys/{Path(JOURNAL).name}.lock"):
        (place / name).write_text("1")
    return net


def contents(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


def test_a_network_moves_with_its_journals(net: Path, sealane: Run) -> None:
    before = contents(net)
    saved = sealane("network", "save", "net", "-o", "room.sealane", "--no-software")
    assert saved.exit_code == 0, saved.output
    assert "private key" in saved.stderr
    assert "no journals" in saved.stderr
    assert stat.S_IMODE(Path("room.sealane").stat().st_mode) == 0o600
    assert _sha256(Path("room.sealane")) in saved.stdout
    assert list(net.rglob("*.journal*")) == []
    loaded = sealane("network", "load", "room.sealane", "there")
    assert loaded.exit_code == 0, loaded.output
    assert "run it nowhere else" in loaded.stderr
    left_out = {"nodes/coral-line/node.pid", "nodes/coral-line/node.log", f"{JOURNAL}.lock"}
    assert contents(Path("there")) == {path: data for path, data in before.items() if path not in left_out}
    assert JOURNAL in before
    for path in Path("there").rglob("*"):
        others = stat.S_IMODE(path.stat().st_mode) & 0o077
        secret = {"keys", "members", "data", "pending", "recent.txt"} & set(path.parts) or path.is_dir()
        assert bool(others) != bool(secret), path


def test_copies_are_networks_of_their_own(net: Path, sealane: Run) -> None:
    assert sealane("network", "save", "net", "-o", "f", "--no-software", "--copies").exit_code == 0
    assert (net / JOURNAL).is_file()
    ids = {network_id(parse_genesis((net / "genesis.json").read_bytes()))}
    for name in ("one", "two"):
        loaded = sealane("network", "load", "f", name)
        assert (loaded.exit_code, "nowhere else" in loaded.stderr) == (0, False)
        assert list(Path(name).rglob("*.journal*")) + list(Path(name).rglob("ledger.db")) == []
        assert [file for file in OPEN if Path(name, file).exists()] == []
        ids.add(network_id(parse_genesis(Path(name, "genesis.json").read_bytes())))
    assert len(ids) == 3


def test_no_node_starts_while_a_network_is_saved(
    net: Path, sealane: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A journal that was copied and goes on being written is two validators with one key."""
    started: list[Path] = []

    def write(*_: object) -> None:
        monkeypatch.setattr("cli.processes._LOCK_PATIENCE_S", 0)
        place = net / "nodes" / "coral-line"
        assert running_pid(place) is None  # whoever stops nodes must not stop the command
        with pytest.raises(CliError, match="cannot start now") as caught, running_as_node(place):
            started.append(place)
        assert caught.value.code == "node.running"
        raise KeyboardInterrupt

    monkeypatch.setattr("cli.network_move._write", write)
    assert sealane("network", "save", "net", "-o", "f", "--no-software").exit_code == ExitCode.INTERRUPTED
    assert started == []
    assert (net / JOURNAL).is_file()


def test_it_opens_with_nothing_but_python(net: Path, sealane: Run) -> None:
    sealane("network", "save", "net", "-o", "f", "--no-software", "--copies")
    command = [sys.executable, "-I", "-S", "f", "there"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, "private keys" in done.stdout) == (0, True), done.stderr
    again = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (again.returncode, "exists already" in again.stderr) == (1, True)
    assert Path("there/genesis.json").is_file()


def test_what_cannot_be_saved_is_refused(net: Path, sealane: Run) -> None:
    def refused(code: str, *options: str) -> None:
        done = sealane("network", "save", "net", "-o", "f", "--no-software", *options)
        assert (done.exit_code != 0, f"[{code}]" in done.stderr) == (True, True), done.output
        assert not Path("f").exists()
        assert (net / JOURNAL).is_file()

    with running_as_node(net / "nodes" / "coral-line"):
        refused("node.running")
        refused("node.running", "--copies")
    config = net / "nodes" / "coral-line" / "node.toml"
    text = config.read_text()
    config.write_text(f'{text}\n[storage]\nurl = "postgresql://x/y"\n')
    refused("storage.elsewhere")
    config.write_text(text)
    (net / "link").symlink_to("/etc/passwd")
    refused("file")
    (net / "link").unlink()
    Path("f").write_text("mine")
    assert "[file.exists]" in sealane("network", "save", "net", "-o", "f", "--no-software").stderr
    assert Path("f").read_text() == "mine"


# ----- what others may have made ---------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "", "/etc/passwd", "../x", "a/../../x", "a//b", "./a", "a/.", "C:/x", "a\\..\\x", "a:b", "nul",
        "a/CON.txt", "a. ", "a.", "x\0y", "x\ny", "a" * 401, 7, None,
    ],
)  # fmt: skip
def test_a_path_that_leads_elsewhere_is_refused(path: object) -> None:
    with pytest.raises(unpacking.BadFile):
        unpacking.check_path(path)


Spoil = Callable[[dict[str, Any], list[tuple[zipfile.ZipInfo, bytes]]], None]


def entry(name: str, data: bytes, mode: int = stat.S_IFREG | 0o644) -> tuple[zipfile.ZipInfo, bytes]:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info, data


def archive(path: Path, spoil: Spoil) -> None:
    """A file that would be good, spoilt."""
    data = b"hello"
    digest = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    files = [{"path": "a.txt", "size": 5, "sha256": digest, "private": False}]
    manifest = {"format": "sealane-network", "version": 1, "network": "x", "copies": False, "software": False}
    manifest["files"] = files
    entries = [entry("a.txt", data), entry(unpacking.MAIN, b"")]
    spoil(manifest, entries)
    if unpacking.MANIFEST not in {info.filename for info, _ in entries}:
        entries.append(entry(unpacking.MANIFEST, json.dumps(manifest).encode()))
    with zipfile.ZipFile(path, "w") as made:
        for info, content in entries:
            made.writestr(info, content)


def good(manifest: dict[str, Any], entries: list[tuple[zipfile.ZipInfo, bytes]]) -> None:
    pass


def of_file(**fields: object) -> Spoil:
    return lambda manifest, _: manifest["files"][0].update(fields)


def of_manifest(**fields: object) -> Spoil:
    return lambda manifest, _: manifest.update(fields)


def with_entry(name: str, data: bytes, mode: int = stat.S_IFREG | 0o644) -> Spoil:
    return lambda _, entries: entries.append(entry(name, data, mode))


def instead(data: bytes, mode: int = stat.S_IFREG | 0o644) -> Spoil:
    def spoil(_: dict[str, Any], entries: list[tuple[zipfile.ZipInfo, bytes]]) -> None:
        entries[0] = entry("a.txt", data, mode)

    return spoil


def renamed(name: str) -> Spoil:
    def spoil(manifest: dict[str, Any], entries: list[tuple[zipfile.ZipInfo, bytes]]) -> None:
        manifest["files"][0]["path"] = name
        entries[0] = entry(name, b"hello")

    return spoil


def twice(manifest: dict[str, Any], entries: list[tuple[zipfile.ZipInfo, bytes]]) -> None:
    manifest["files"].append(manifest["files"][0] | {"path": "A.TXT"})
    entries.append(entry("A.TXT", b"hello"))


def test_the_file_that_is_spoilt_below_is_good(tmp_path: Path) -> None:
    archive(tmp_path / "f", good)
    unpacking.load(tmp_path / "f", tmp_path / "there", now_ms=1)
    assert contents(tmp_path / "there") == {"a.txt": b"hello"}


@pytest.mark.parametrize(
    "spoil",
    [
        of_manifest(format="tar"),
        of_manifest(version=2),
        of_manifest(files=None),
        of_manifest(files=[{}]),
        of_manifest(files=[7]),
        of_manifest(network=None),
        of_manifest(copies="no"),
        of_file(path=None),
        of_file(path="a\ud800"),
        of_file(size=float("inf")),
        of_file(size=-1),
        of_file(size=4),
        of_file(size=unpacking.MAX_TOTAL_BYTES + 1),
        of_file(sha256="00" * 32),
        of_file(sha256=None),
        of_file(path="b.txt"),
        instead(b"hellO"),
        instead(b"hello, and more"),
        instead(b"/etc/passwd", stat.S_IFLNK | 0o777),
        instead(b"hello", stat.S_IFIFO | 0o644),
        renamed("../a.txt"),
        renamed("/tmp/a.txt"),
        renamed("nodes\\a.txt"),
        twice,
        with_entry("b.txt", b""),
        with_entry("../b.txt", b""),
        with_entry(unpacking.MANIFEST, b"{"),
        with_entry(unpacking.MANIFEST, b"[" * 100_000),
        with_entry(unpacking.MANIFEST, b"[]"),
    ],
)
def test_a_spoilt_file_is_refused_and_leaves_nothing(tmp_path: Path, sealane: Run, spoil: Spoil) -> None:
    (tmp_path / "in").mkdir()
    archive(tmp_path / "in" / "f", spoil)
    done = sealane("network", "load", tmp_path / "in" / "f", tmp_path / "in" / "there")
    assert (done.exit_code, "[file.bad]" in done.stderr) == (1, True), done.output
    assert [path.name for path in (tmp_path / "in").iterdir()] == ["f"]


def test_a_file_that_was_damaged_on_its_way_is_refused_or_says_the_same(
    tmp_path: Path, net: Path, sealane: Run
) -> None:
    """Texts can be compressed in more than one way: three bytes in ten thousand may be others as well."""
    sealane("network", "save", "net", "-o", "f", "--no-software", "--copies")
    unpacking.load(tmp_path / "f", tmp_path / "whole", now_ms=1)
    saved, refused = Path("f").read_bytes(), 0
    start = saved.index(b"genesis.json") + len("genesis.json")
    for place in range(start, start + 40):
        damaged = bytearray(saved)
        damaged[place] ^= 0xFF
        (tmp_path / "g").write_bytes(damaged)
        there = tmp_path / f"there-{place}"
        try:
            unpacking.load(tmp_path / "g", there, now_ms=1)
        except unpacking.BadFile:
            refused += 1
            assert not there.exists()
        else:
            assert contents(there) == contents(tmp_path / "whole")
    assert refused > 30


def test_what_is_no_archive_is_refused(tmp_path: Path, sealane: Run) -> None:
    (tmp_path / "f").write_bytes(b"not a zip")
    assert "[file.bad]" in sealane("network", "load", "f", "there").stderr
    assert sealane("network", "load", "nothing", "there").exit_code == 2
    archive(tmp_path / "g", good)
    (tmp_path / "there").mkdir()
    assert "[file.exists]" in sealane("network", "load", "g", "there").stderr
