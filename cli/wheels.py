"""Wheels of what runs here, made from what is installed: nothing is fetched from anywhere.

An installed distribution lists its files with their hashes (RECORD); from them its
wheel can be put together again, for the same Python and platform. Sealane itself is
built from its source when it runs from a checkout.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from email.parser import Parser
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path, PurePosixPath

from cli.errors import CliError, ExitCode

OURS = "sealane"
BUILD_TIMEOUT_S = 300.0

_NEED = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?")
_EXTRA = re.compile(r"""extra\s*==\s*["']([^"']+)["']""")
_EPOCH = (2000, 1, 1, 0, 0, 0)
"""Time of every file in a wheel made here, so that the same files make the same wheel."""


def make_wheels(folder: Path) -> list[Path]:
    """Put wheels of Sealane and of all it needs into a folder; `CliError` when one cannot be made."""
    ours = _ours(folder)
    return [ours, *(repack(found, folder) for found in requirements(_stated(ours)))]


def _stated(wheel: Path) -> list[str]:
    """What a wheel says that it needs; an installation from a checkout may say what was so once."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode("utf-8")).get_all("Requires-Dist", [])


def requirements(needs: list[str]) -> list[Distribution]:
    """What is needed here, directly or not, each once, by name; `needs` as metadata states them.

    What is needed elsewhere only (for another system, or for an extra) is not installed
    here, and left out; what else is not installed raises `CliError`.
    """
    found: dict[str, Distribution] = {}
    waiting: list[tuple[list[str], frozenset[str]]] = [(needs, frozenset())]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        for name, extras, conditional in _needs(*waiting.pop()):
            key = name.lower().replace("_", "-").replace(".", "-")
            if key == OURS or (key, extras) in seen:
                continue
            seen.add((key, extras))
            try:
                found[key] = distribution(name)
            except PackageNotFoundError:
                if conditional:
                    continue
                raise CliError(
                    f"{name} is needed and not installed",
                    do="Install sealane again.",
                    code="software.missing",
                ) from None
            waiting.append((found[key].requires or [], extras))
    return [found[key] for key in sorted(found)]


def _needs(stated: list[str], extras: frozenset[str]) -> Iterator[tuple[str, frozenset[str], bool]]:
    """Name and extras of each need of what was asked for with extras, and whether a condition is on it."""
    for requirement in stated:
        text, _, marker = requirement.partition(";")
        need, extra = _NEED.match(text.strip()), _EXTRA.search(marker)
        if need is not None and (extra is None or extra[1] in extras):
            asked = frozenset(part.strip() for part in (need[2] or "").split(",") if part.strip())
            yield need[1], asked, bool(marker)


def repack(dist: Distribution, folder: Path) -> Path:
    """The wheel of an installed distribution; `CliError` when its files are not as they were installed."""
    name = dist.metadata["Name"].replace("-", "_").replace(".", "_")
    info = next((f for f in dist.files or () if f.name == "WHEEL" and f.parent.suffix == ".dist-info"), None)
    if info is None:
        raise CliError(
            f"{dist.metadata['Name']} was not installed from a wheel",
            do="Install sealane anew into an environment of its own.",
            code="software.unknown",
        )
    tags = re.findall(r"^Tag: (\S+)-(\S+)-(\S+)$", dist.locate_file(info).read_text(), re.MULTILINE)
    joined = "-".join(".".join(dict.fromkeys(tag[place] for tag in tags)) for place in range(3))
    path = folder / f"{name}-{dist.version}-{joined}.whl"
    files = [
        (str(file), _genuine(dist, file))
        for file in sorted(dist.files or (), key=str)
        if not _made_here(PurePosixPath(file), info.parent)
    ]
    _write(path, files, f"{info.parent}/RECORD")
    return path


def _made_here(file: PurePosixPath, info: PurePosixPath) -> bool:
    """Whether an installer made a file, or put it outside: scripts come again from the entry points."""
    outside = ".." in file.parts or file.is_absolute()
    notes = file.parent == info and file.name in ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")
    return outside or notes or file.suffix == ".pyc"


def _genuine(dist: Distribution, file: PurePosixPath) -> bytes:
    data = Path(str(dist.locate_file(file))).read_bytes()
    wanted = getattr(file, "hash", None)
    if wanted is not None and wanted.value != _digest(data, wanted.mode):
        raise CliError(
            f"{file} of {dist.metadata['Name']} is not as it was installed",
            why="Its hash is not the one in the list of installed files.",
            do="Install sealane anew into an environment of its own.",
            exit_code=ExitCode.REFUSED,
            code="software.changed",
        )
    return data


def _digest(data: bytes, algorithm: str = "sha256") -> str:
    return base64.urlsafe_b64encode(hashlib.new(algorithm, data).digest()).rstrip(b"=").decode("ascii")


def _write(path: Path, files: list[tuple[str, bytes]], record: str) -> None:
    rows = io.StringIO()
    lines = csv.writer(rows, lineterminator="\n")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, data in files:
            wheel.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
            lines.writerow((name, f"sha256={_digest(data)}", len(data)))
        lines.writerow((record, "", ""))
        wheel.writestr(zipfile.ZipInfo(record, _EPOCH), rows.getvalue(), zipfile.ZIP_DEFLATED)


def _ours(folder: Path) -> Path:
    """Sealane's own wheel: built from the checkout that runs, or packed again where it is installed."""
    checkout = Path(__file__).resolve().parents[1]
    if not (checkout / "pyproject.toml").is_file():
        return repack(distribution(OURS), folder)
    build = ["-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    done = subprocess.run(  # noqa: S603 - our own interpreter and checkout
        [sys.executable, *build, "--wheel-dir", str(folder), str(checkout)],
        capture_output=True,
        timeout=BUILD_TIMEOUT_S,
        check=False,
    )
    built = sorted(folder.glob(f"{OURS}-*.whl"))
    if done.returncode or not built:
        why = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise CliError(
            "sealane's own wheel cannot be built",
            why=why,
            do="pip install -r requirements/build.txt, or save from an installed copy.",
            code="software.build",
        )
    return built[0]
