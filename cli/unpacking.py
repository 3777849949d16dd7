"""Opening a saved network: checked in full, then put in place whole. Needs nothing but Python.

A saved network is a zip file that carries this module as its `__main__`, so that
`python3 FILE DIR` opens it on a machine without Sealane; `sealane network load`
does the same. Nothing in the file is believed before it is checked against the
manifest: names that leave the folder, links, surprises, other sizes and other
contents are refused, and then nothing is written in DIR.

Only the standard library is imported here, hence `json` and not `ledger.canonical`.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import stat
import sys
import tempfile
import time
import zipfile
import zlib
from pathlib import Path
from typing import Any

FORMAT = "sealane-network"
VERSION = 1
MANIFEST = "manifest.json"
MAIN = "__main__.py"
SOFTWARE = "software"
"""Folder of wheels and installer, in the network directory."""

MAX_FILES = 50_000
MAX_MANIFEST_BYTES = 16 * 1024 * 1024
MAX_TOTAL_BYTES = 16 * 1024**3
"""A year of a busy network with its software is below a tenth of that."""

MAX_DEPTH = 8
"""Levels of the manifest, which has three."""

_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What reading bytes that were altered comes to: `zipfile` and `zlib` do not promise one of their own."""

_CHUNK = 1024 * 1024
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")
_FORBIDDEN = frozenset('\\:*?"<>|')
_DEVICES = frozenset(("con", "prn", "aux", "nul", *(f"{p}{n}" for p in ("com", "lpt") for n in range(10))))


class BadFile(Exception):
    """The file is no saved network, or not as it was saved."""


def check_path(path: object) -> str:
    """A path of the manifest that stays below its folder on every system; `BadFile` for any other."""
    if not isinstance(path, str) or not path or len(path) > 400:
        raise BadFile(f"a path in the file is no path: {path!r}")
    for part in path.split("/"):
        bare = part.split(".")[0].lower()
        if (
            part in ("", ".", "..")
            or part[-1] in ". "
            or bare in _DEVICES
            or any(c in _FORBIDDEN or ord(c) < 32 for c in part)
        ):
            raise BadFile(f"a path in the file leads elsewhere: {path!r}")
    return path


def read_manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    """The manifest, with every path in it checked; raises `BadFile`."""
    try:
        info = archive.getinfo(MANIFEST)
        if info.file_size > MAX_MANIFEST_BYTES:
            raise BadFile("its manifest is too large")
        manifest = _parse(archive.read(info))
        files = manifest["files"]
        known = (manifest["format"], manifest["version"]) == (FORMAT, VERSION)
        total = sum(int(item["size"]) for item in files)
        told = [type(manifest[name]) for name in ("network", "copies", "software")] == [str, bool, bool]
    except (KeyError, ValueError, TypeError) as error:
        raise BadFile(f"it is no saved network: {error}") from None
    if not known or not told:
        raise BadFile("it was saved by another version")
    if len(files) > MAX_FILES or total > MAX_TOTAL_BYTES or any(int(item["size"]) < 0 for item in files):
        raise BadFile(f"it would unpack to {len(files)} files of {total} bytes, which is too much")
    paths = [check_path(item["path"]) for item in files]
    if len({path.lower() for path in paths}) != len(paths):
        raise BadFile("two of its files have one name")
    return dict(manifest)


def _parse(data: bytes) -> Any:
    """JSON of bounded depth; raises ValueError. Deep nesting can end the interpreter that reads it."""
    text, depth = data.decode("utf-8"), 0
    for mark in _BRACKET.finditer(_STRING.sub("", text)):
        depth += 1 if mark[0] in "[{" else -1
        if depth > MAX_DEPTH:
            raise ValueError(f"its manifest has more than {MAX_DEPTH} levels")
    return json.loads(text)


def _check_entries(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    """That the archive holds the files of the manifest, once each, as plain files, and nothing else."""
    wanted = sorted([MANIFEST, MAIN, *(item["path"] for item in manifest["files"])])
    if sorted(info.filename for info in archive.infolist()) != wanted:
        raise BadFile("it does not hold exactly the files that its manifest names")
    sizes = {item["path"]: int(item["size"]) for item in manifest["files"]}
    for info in archive.infolist():
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG) or info.flag_bits & 1:
            raise BadFile(f"{info.filename!r} is no plain file")
        if info.file_size != sizes.get(info.filename, info.file_size):
            raise BadFile(f"{info.filename!r} has another size than its manifest says")


def load(file: Path, directory: Path, *, now_ms: int) -> dict[str, Any]:
    """Unpack a saved network into a directory that does not exist yet; its manifest.

    Raises `BadFile`, `FileExistsError` for the directory, and other `OSError`s.
    Of a file made for copies, each is a network of its own: its genesis gets the time `now_ms`.
    """
    try:
        return _load(file, directory, now_ms)
    except _DAMAGED as error:
        raise BadFile(f"it is damaged ({type(error).__name__}: {error})") from None
    except OSError as error:
        if error.errno != errno.EINVAL:  # a place in the file before its beginning
            raise
        raise BadFile("it is damaged") from None


def _load(file: Path, directory: Path, now_ms: int) -> dict[str, Any]:
    if directory.exists():
        raise FileExistsError(17, "it exists already, and keys are never overwritten", str(directory))
    with zipfile.ZipFile(file) as archive:
        manifest = read_manifest(archive)
        _check_entries(archive, manifest)
        directory.parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
        try:
            for item in manifest["files"]:
                _extract(archive, item, building)
            if manifest.get("copies"):
                _renew(building / "genesis.json", now_ms)
            building.rename(directory)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
    return manifest


def _extract(archive: zipfile.ZipFile, item: dict[str, Any], building: Path) -> None:
    path = building.joinpath(*item["path"].split("/"))
    for folder in reversed(path.relative_to(building).parents):
        (building / folder).mkdir(mode=0o700, exist_ok=True)
    mode = 0o600 if item.get("private", True) else 0o755 if path.suffix == ".sh" else 0o644
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
    with os.fdopen(descriptor, "wb") as out, archive.open(item["path"]) as source:
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > int(item["size"]):
                break
            digest.update(chunk)
            out.write(chunk)
    if size != int(item["size"]) or digest.hexdigest() != item.get("sha256"):
        raise BadFile(f"{item['path']} is not as it was saved")


def _renew(path: Path, now_ms: int) -> None:
    """Give the genesis another time, and so the network another id; in canonical form, as before."""
    genesis = json.loads(path.read_bytes())
    genesis["time_ms"] = max(now_ms, genesis["time_ms"] + 1)
    text = json.dumps(genesis, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    path.write_bytes(text.encode("utf-8"))


def main(arguments: list[str]) -> int:
    """`python3 FILE DIR`: the exit code, 0 when the network is there."""
    file = Path(sys.argv[0])
    if len(arguments) != 1:
        sys.stderr.write(f"usage: python3 {file.name} DIR\n")
        return 2
    directory = Path(arguments[0])
    try:
        load(file, directory, now_ms=time.time_ns() // 1_000_000)
    except (BadFile, OSError) as error:
        sys.stderr.write(f"error: {file.name} was not unpacked: {error}\n")
        return 1
    script = directory / SOFTWARE / ("install.ps1" if os.name == "nt" else "install.sh")
    run = f"powershell -ExecutionPolicy Bypass -File {script}" if os.name == "nt" else f"sh {script}"
    sys.stdout.write(f"The network is in {directory}. Keep the folder to yourself: it holds private keys.\n")
    if script.is_file():
        sys.stdout.write(f"next: {run}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
