"""An archive is read by its members' plain headers: whatever else the format allows is refused at once."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import msgspec
import pytest

from nodes.archive import Member, members
from nodes.backup import BackedUpFile, BackupError, Manifest, restore_backup
from tests.nodes.directory import copy_node, make_network

DESCRIBED = Manifest(
    format="sealane-backup",
    version=1,
    network="ab" * 32,
    node="coral-line/node-1",
    height=0,
    block_id="cd" * 32,
    entries=1,
    schema="0001",
    made_ms=0,
    files=(BackedUpFile(name="ledger.db", size=0, sha256="ef" * 32),),
)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_network(tmp_path_factory.mktemp("network"))


def header(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    """A member's header, with its checksum."""
    item = tarfile.TarInfo(name)
    item.type = kind
    plain = item.tobuf(tarfile.GNU_FORMAT)
    number = size.to_bytes(12, "big", signed=True)
    number = bytes([number[0] | 0x80]) + number[1:]
    block = plain[:124] + number + plain[136:148] + b" " * 8 + plain[156:]
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def member(name: str, data: bytes) -> bytes:
    """A whole member."""
    return header(name, len(data)) + data + bytes(-len(data) % 512)


LONG = header("././@LongLink", 0, tarfile.GNUTYPE_LONGNAME)
SPARSE = b"30 GNU.sparse.map=1,x\n"
MANIFEST = member("manifest.json", msgspec.json.encode(DESCRIBED))


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("archive", "message"),
    [
        (LONG * 3_000 + MANIFEST, "no regular file"),
        (header("manifest.json", 9, tarfile.XHDTYPE) + SPARSE.ljust(512, b"\0"), "no regular file"),
        (header("manifest.json", 0, tarfile.DIRTYPE), "no regular file"),
        (header("manifest.json", -1_024), "are announced"),
        (header("manifest.json", 1 << 80), "are announced"),
        (header("manifest.json", 20_000), "are announced"),
        (MANIFEST + header("manifest.json", -512), "are announced"),
        (MANIFEST + MANIFEST, "not what its manifest names"),
        (MANIFEST + b"x" * 512, "no header"),
        (MANIFEST, "ledger.db is missing"),
    ],
)
def test_headers_that_lie_are_refused(network: Path, tmp_path: Path, archive: bytes, message: str) -> None:
    node = copy_node(network, tmp_path, found=False)
    (tmp_path / "made").write_bytes(archive + bytes(10_240))
    with pytest.raises(BackupError, match=message):
        restore_backup(tmp_path / "made", node)


def test_a_file_of_more_than_eight_gibibytes_is_found_with_its_size(tmp_path: Path) -> None:
    size = 9 << 30
    made = tmp_path / "made"
    item = tarfile.TarInfo("ledger.db")
    item.size = size
    made.write_bytes(item.tobuf(tarfile.GNU_FORMAT))
    os.truncate(made, 512 + size + 1_024)
    with made.open("rb") as archive:
        assert list(members(archive)) == [Member(name="ledger.db", size=size)]
