"""What `sealane doctor` looks at: each check yields what it found, and what to type about it.

This machine, the network directory and its key files are looked at here; the nodes
in it by `cli.examination_local`, and all nodes that are known, over HTTP, by
`cli.examination_reach`.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from cli.context import Context
from cli.files import exposed
from cli.finding import Finding

PYTHON_MIN = (3, 11)

DISK_FREE_MIN = 1024**3
"""A gibibyte holds some hundred thousand entries with their proofs."""

DISK_FULL = 64 * 1024**2
"""With less than this, a node stops soon: its database grows by more in a busy hour."""

PROXIES = ("http_proxy", "https_proxy", "all_proxy")
LOCAL = ("localhost", "127.0.0.1")


def examine(context: Context) -> Iterator[Finding]:
    """Every finding, in order: this machine, the files, the nodes."""
    from cli.examination_certificates import certificates
    from cli.examination_local import local_nodes
    from cli.examination_reach import known_nodes

    yield _python()
    yield _encoding()
    directory = context.directory
    yield _disk(directory or Path())
    yield _proxies(context)
    if directory is None:
        yield Finding(
            name="network",
            outcome="warning",
            sentence="No network directory was named and none is here.",
            do="sealane network init DIR, or give --network DIR",
        )
    else:
        yield Finding(name="network", outcome="passed", sentence=f"Working in {directory}.")
        yield from _key_files(directory)
        yield from _open_statements(directory)
        yield from local_nodes(directory)
    yield from known_nodes(context)
    yield from certificates(context)


def _python() -> Finding:
    have = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info[:2] >= PYTHON_MIN:
        return Finding(name="python", outcome="passed", sentence=f"Python {have}.")
    need = ".".join(str(part) for part in PYTHON_MIN)
    return Finding(
        name="python",
        outcome="failed",
        sentence=f"Python {have} is older than {need}.",
        do=f"Install Python {need} or newer.",
    )


def _encoding() -> Finding:
    encoding = getattr(sys.stdout, "encoding", None) or "unknown"
    return Finding(name="encoding", outcome="passed", sentence=f"Output is written as {encoding}.")


def _disk(directory: Path) -> Finding:
    free = shutil.disk_usage(directory).free
    sentence = f"{free // 1024**2} MiB are free where {directory.resolve()} is."
    if free >= DISK_FREE_MIN:
        return Finding(name="disk", outcome="passed", sentence=sentence)
    return Finding(
        name="disk",
        outcome="failed" if free < DISK_FULL else "warning",
        sentence=sentence,
        do="Free some space: a node that cannot write stops.",
    )


def _proxies(context: Context) -> Finding:
    """Variables that send what is for nodes elsewhere; commands here never ask a proxy, others do."""
    found = [name for name in PROXIES if os.environ.get(name) or os.environ.get(name.upper())]
    bypassed = os.environ.get("no_proxy", os.environ.get("NO_PROXY", "")).replace(" ", "").split(",")
    urls = [str(url) for url in context.settings.get("nodes", {}).values()]
    hosts = sorted({urlsplit(url).hostname or "" for url in urls}) or list(LOCAL)
    missing = [host for host in hosts if host not in bypassed and "*" not in bypassed]
    if not (found and missing):
        return Finding(name="proxy", outcome="passed", sentence="No proxy stands before the nodes.")
    return Finding(
        name="proxy",
        outcome="warning",
        sentence=f"{found[0].upper()} is set and NO_PROXY does not name {', '.join(missing)}: "
        "sealane asks nodes directly, browsers and curl will ask the proxy for them.",
        do=f"export NO_PROXY={','.join([*filter(None, bypassed), *missing])}",
    )


def _key_files(directory: Path) -> Iterator[Finding]:
    patterns = ("members/*/*.pem", "members/*/*.key", "nodes/*/keys/*.pem", "nodes/*/keys/*.key")
    files = [file for pattern in patterns for file in sorted(directory.glob(pattern))]
    open_files = [file for file in files if exposed(file.stat())]
    for file in open_files:
        yield Finding(
            name="keys",
            outcome="failed",
            sentence=f"{file} can be read by others on this machine.",
            do=f"chmod 600 {file}",
        )
    if not open_files:
        how = (
            "readable by their owner alone"
            if os.name == "posix"
            else "as Windows' folder rights protect them"
        )
        yield Finding(name="keys", outcome="passed", sentence=f"{len(files)} key files, {how}.")


def _open_statements(directory: Path) -> Iterator[Finding]:
    """Acts whose outcome no command was told, because it was stopped or gave up before."""
    from cli.open_statements import FOLDER, SUFFIX, kept

    folder = directory / FOLDER
    acts = [f"{statement.payload.type} on {statement.subject}" for _, statement in kept(folder)]
    if acts:
        yield Finding(
            name="statements",
            outcome="warning",
            sentence=f"What became of some acts is not known: {'; '.join(acts)}.",
            do=f"sealane statement send {folder / f'*{SUFFIX}'}   (harmless: each takes effect once)",
        )
