"""`sealane network save` and `load`: a network directory, with the software, as one file for another laptop.

The file is a zip that `python3 FILE DIR` opens by itself (`cli.unpacking`). It carries
private keys, so only its owner may read it; encrypted keys stay encrypted. A network
that is moved takes its signing journals along and leaves none behind: two copies of
one validator's key with a journal each would contradict each other, while a validator
without a journal abstains. Copies for many laptops carry neither journals nor blocks,
and each becomes a network of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import stat
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import unpacking
from cli.context import read_toml
from cli.errors import CliError, ExitCode
from cli.machines import refuse_containers
from cli.network_files import NodePlace, load_network
from cli.network_https import without_https
from cli.open_statements import FOLDER
from cli.output import Output
from cli.processes import LOG_FILE, PID_FILE, kept_still, running_pid
from cli.recent import RECENT_FILE

PRIVATE_FOLDERS = ("keys", "members", "data")
"""What lies below one of these is for its owner alone."""

_INSTALLER = Path(__file__).parent / "installer"

_LEFT_OUT = (PID_FILE, LOG_FILE, f"{LOG_FILE}.1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file of the archive."""

    path: str
    """Below the network directory."""
    source: Path
    private: bool


def save(
    output: Output,
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Network directory.")],
    out: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="File to write.")],
    copies: Annotated[
        bool,
        typer.Option("--copies", help="For many laptops: without blocks; each becomes a network of its own."),
    ] = False,
    software: Annotated[
        bool, typer.Option("--software/--no-software", help="Whether to enclose Sealane and what it needs.")
    ] = True,
) -> None:
    """Save a stopped network as one file for another laptop, with the software for its like.

    The file opens with `python3 FILE DIR`, without any network. It holds all private
    keys of DIR: it is made readable for you alone; carry it as you would carry the keys.
    Unless --copies is given the network is moved: its signing journals go along, and
    here its validators abstain from then on.
    """
    refuse_containers(directory, "save")
    plan, places = load_network(directory)
    _refuse_unless_still(directory, places)
    if not copies:
        _refuse_elsewhere(places)
    with kept_still(place.directory for place in places):
        without_https(directory, plan)
        return _save(output, directory, out, plan.name, places, copies=copies, software=software)


def _save(
    output: Output,
    directory: Path,
    out: Path,
    name: str,
    places: list[NodePlace],
    *,
    copies: bool,
    software: bool,
) -> None:
    """Write the file; nothing runs meanwhile, so that no journal goes on that was copied already."""
    members = list(_members(directory, places, copies=copies))
    with tempfile.TemporaryDirectory(prefix="sealane-save-") as scratch:
        if software:
            output.note("packing the software (some seconds)")
            members += _software(Path(scratch))
        facts = {
            "network": name,
            "copies": copies,
            "software": software,
            "python": _python(),
            "platform": platform.platform(),
        }
        _write(out, members, facts)
    if not copies:
        _take_journals_away(places)
    value = {
        "file": str(out),
        "bytes": out.stat().st_size,
        "sha256": _sha256(out),
        "files": len(members),
        "copies": copies,
        "software": software,
    }
    output.warn(f"{out} holds every private key of {directory}: whoever has it can act as all its members")
    if not copies:
        output.warn(
            f"the network moves with the file: in {directory} its validators have no journals any more"
        )
    output.result(value, f"{out}: {len(members)} files, {value['bytes']:,} bytes\nSHA-256 {value['sha256']}")
    output.next(f"on the other laptop: python3 {out.name} DIR   (compare the SHA-256 first)")


def load(
    output: Output,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="As `sealane network save` wrote it.")],
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Directory to make.")],
) -> None:
    """Unpack a saved network, after checking every file in it against its hash.

    The same as `python3 FILE DIR` where Sealane is not installed yet. A moved network
    must run in one place only.
    """
    try:
        manifest = unpacking.load(file, directory, now_ms=time.time_ns() // 1_000_000)
    except unpacking.BadFile as error:
        raise CliError(
            f"{file} was not unpacked",
            why=f"{str(error)[:1].upper()}{str(error)[1:]}.",
            do="Copy it again, and compare its SHA-256 with what `network save` printed.",
            exit_code=ExitCode.REFUSED,
            code="file.bad",
        ) from None
    except FileExistsError as error:
        raise CliError(
            f"{directory} exists already",
            why="A network's keys are never overwritten.",
            do="Choose another directory.",
            code="file.exists",
        ) from error
    value = {"directory": str(directory), **{k: manifest[k] for k in ("network", "copies", "software")}}
    output.result(value, f"{manifest['network']} is in {directory}. It holds private keys.")
    if not manifest["copies"]:
        output.warn("this network was moved here: run it nowhere else")
    output.next(f"sealane network up {directory}")


def _refuse_unless_still(directory: Path, places: list[NodePlace]) -> None:
    running = [place.organisation for place in places if running_pid(place.directory) is not None]
    if running:
        raise CliError(
            f"nodes of {directory} run: {', '.join(running)}",
            why="What a node writes while it is copied would be saved in halves.",
            do=f"sealane network down {directory}",
            exit_code=ExitCode.REFUSED,
            code="node.running",
        )


def _refuse_elsewhere(places: list[NodePlace]) -> None:
    for place in places:
        if "url" in read_toml(place.directory / "node.toml").get("storage", {}):
            raise CliError(
                f"the node of {place.organisation} keeps its ledger in a database server",
                why="It is not in the directory.",
                do="Save it with --copies, or use the database's own tools.",
                exit_code=ExitCode.REFUSED,
                code="storage.elsewhere",
            )


def _members(directory: Path, places: list[NodePlace], *, copies: bool) -> Iterator[Member]:
    """The files to save, in order of their paths; `CliError` for what is no plain file.

    Copies get neither open statements nor names of records: they are of the network that was.
    """
    data = [place.directory / "data" for place in places]
    for path in sorted(directory.rglob("*")):
        kind = path.lstat().st_mode
        relative = path.relative_to(directory)
        if stat.S_ISDIR(kind) or relative.parts[0] == unpacking.SOFTWARE:
            continue
        if not stat.S_ISREG(kind):
            raise CliError(
                f"{path} is no plain file",
                why="Links and devices are not saved.",
                do="Remove it.",
                code="file",
            )
        journal = ".journal" in path.name
        if path.name in _LEFT_OUT or path.name.endswith(".lock"):
            continue
        passing = relative.parts[0] in (FOLDER, RECENT_FILE)
        if copies and (passing or journal or any(path.is_relative_to(folder) for folder in data)):
            continue
        private = passing or bool(set(relative.parts[:-1]) & set(PRIVATE_FOLDERS))
        yield Member(path=relative.as_posix(), source=path, private=private)


def _software(scratch: Path) -> list[Member]:
    """Wheels of what runs here, and what installs them."""
    from cli.wheels import make_wheels

    wheels = scratch / "wheels"
    wheels.mkdir()
    found = [
        Member(path=f"{unpacking.SOFTWARE}/wheels/{wheel.name}", source=wheel, private=False)
        for wheel in make_wheels(wheels)
    ]
    for name in ("install.sh", "install.ps1"):
        script = scratch / name
        text = (_INSTALLER / name).read_text(encoding="utf-8").replace("@PYTHON@", _python())
        script.write_text(text, encoding="utf-8", newline="\n" if name.endswith(".sh") else "\r\n")
        found.append(Member(path=f"{unpacking.SOFTWARE}/{name}", source=script, private=False))
    return found


def _python() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _write(out: Path, members: list[Member], facts: dict[str, Any]) -> None:
    """Write the archive beside its place, and move it there once it is whole; only its owner may read it."""
    if out.exists():
        raise CliError(f"{out} exists already", do="Choose another name.", code="file.exists")
    files = []
    building = out.with_name(f".{out.name}.new")
    building.unlink(missing_ok=True)
    descriptor = os.open(building, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with (
            os.fdopen(descriptor, "w+b") as file,
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            archive.write(Path(unpacking.__file__), unpacking.MAIN)
            for member in members:
                archive.write(member.source, member.path)
                size = archive.getinfo(member.path).file_size
                digest = _sha256(member.source)
                files.append({"path": member.path, "size": size, "sha256": digest, "private": member.private})
            manifest = {"format": unpacking.FORMAT, "version": unpacking.VERSION, **facts, "files": files}
            archive.writestr(unpacking.MANIFEST, json.dumps(manifest, indent=1))
            archive.close()
            file.flush()
            os.fsync(file.fileno())  # what it replaces is removed next
        building.rename(out)
    except BaseException:
        building.unlink(missing_ok=True)
        raise


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _take_journals_away(places: list[NodePlace]) -> None:
    """Leave no journal behind: they are in the file, which was written and closed."""
    for place in places:
        for journal in (place.directory / "keys").glob("*.journal*"):
            journal.unlink()
