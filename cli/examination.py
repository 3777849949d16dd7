"""What `sealane doctor` looks at: each check yields what it found, and what to type about it."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Literal

from cli.client import Client
from cli.context import Context
from cli.errors import CliError
from cli.files import exposed
from cli.processes import port_is_free, running_pid

PYTHON_MIN = (3, 11)

DISK_FREE_MIN = 1024**3
"""A gibibyte holds some hundred thousand entries with their proofs."""

CLOCK_WARNING_S = 2
"""Whole seconds are all that HTTP tells of a clock; validators need theirs within one."""

CLOCK_ERROR_S = 60
"""Signed requests are refused beyond this."""

PROBE_TIMEOUT_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found."""

    name: str
    outcome: Literal["passed", "failed", "warning"]
    sentence: str
    do: str = ""
    """What to type; empty when nothing is to be done."""


def examine(context: Context) -> Iterator[Finding]:
    """Every finding, in order: this machine, the files, the nodes."""
    yield _python()
    yield _encoding()
    directory = context.directory
    yield _disk(directory or Path())
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
        yield from _ports(directory)
    yield from _nodes(context)
    from cli.examination_certificates import certificates

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
        outcome="warning",
        sentence=sentence,
        do="Free some space: a node that cannot write stops.",
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


def _ports(directory: Path) -> Iterator[Finding]:
    from cli.network_files import load_network

    try:
        plan, places = load_network(directory)
    except CliError as error:
        yield Finding(name="ports", outcome="warning", sentence=f"{error.what}: {error.why}", do=error.do)
        return
    idle = [place for place in places if running_pid(place.directory) is None]
    ports = [port for place in idle for port in (place.api_port, place.peer_port)]
    taken = [str(port) for port in ports if not port_is_free(plan.host, port)]
    if taken:
        yield Finding(
            name="ports",
            outcome="failed",
            sentence=f"Port {', '.join(taken)} is used by another program.",
            do=f"sealane network up {directory} --port-base {plan.port_base + 1000}",
        )
    else:
        running = len(places) - len(idle)
        yield Finding(
            name="ports",
            outcome="passed",
            sentence=f"{running} nodes run here; the ports of the others are free.",
        )


def _nodes(context: Context) -> Iterator[Finding]:
    urls = {str(name): str(url) for name, url in context.settings.get("nodes", {}).items()}
    if context.node is not None:
        urls = {"the node": context.node_url}
    versions: dict[str, list[str]] = {}
    for name, url in urls.items():
        probe = Client(url, genesis=context.genesis, timeout_s=PROBE_TIMEOUT_S)
        try:
            yield from _node(name, probe, versions)
        except CliError as error:
            start = f"sealane network up {context.directory}" if context.directory else error.do
            yield Finding(
                name="node", outcome="failed", sentence=f"{name}: {error.what}. {error.why}".strip(), do=start
            )
        finally:
            probe.close()
    if len(versions) > 1:
        said = "; ".join(f"{version}: {', '.join(names)}" for version, names in versions.items())
        yield Finding(
            name="versions",
            outcome="warning",
            sentence=f"Nodes run different software. {said}.",
            do="Upgrade the older ones.",
        )


def _node(name: str, probe: Client, versions: dict[str, list[str]]) -> Iterator[Finding]:
    answer = probe.request("GET", "/v1/status")
    status = answer.json()
    versions.setdefault(str(status.get("software")), []).append(name)
    yield _readiness(name, status)
    yield from _rules(name, status)
    expected = probe.network_id()
    if expected is not None and status.get("network") != expected:
        yield Finding(
            name="node",
            outcome="failed",
            sentence=f"{name} is on another network: {str(status.get('network'))[:16]}, not {expected[:16]}.",
            do="Check its node.toml and client.toml: one of them points elsewhere.",
        )
    if "date" in answer.headers:
        yield _clock(name, answer.headers["date"])


def _readiness(name: str, status: Mapping[str, Any]) -> Finding:
    if status.get("ready"):
        return Finding(
            name="node", outcome="passed", sentence=f"{name} is ready at block {status.get('height')}."
        )
    reasons = status.get("reasons")
    why = "; ".join(str(reason) for reason in reasons) if isinstance(reasons, list) else "it does not say why"
    return Finding(
        name="node",
        outcome="failed",
        sentence=f"{name} is not ready: {why}.",
        do="Wait a moment and run sealane doctor again; then look at the node's log.",
    )


def _rules(name: str, status: Mapping[str, Any]) -> Iterator[Finding]:
    """Whether the node's software has the rules that were decided: without them it stops at their height."""
    known = status.get("rules_known", [])
    for plan in status.get("planned", []):
        wanted = plan.get("rules_version")
        if wanted is not None and wanted not in known:
            yield Finding(
                name="rules",
                outcome="warning",
                sentence=f"{name} does not know rules version {wanted} and will stop at block "
                f"{int(plan['from_height']) - 1}; it is at block {status.get('height')}.",
                do=f"Install a release of sealane with rules version {wanted} there before that block.",
            )


def _clock(name: str, date: str) -> Finding:
    """The difference between the node's clock, as its answer's `Date` tells it, and this one."""
    try:
        offset_s = round(parsedate_to_datetime(date).timestamp() - time.time())
    except ValueError:
        return Finding(name="clock", outcome="warning", sentence=f"{name} sent no readable date.")
    sentence = (
        f"The clock of {name} is {abs(offset_s)} s {'ahead of' if offset_s > 0 else 'behind'} this one."
    )
    if abs(offset_s) <= CLOCK_WARNING_S:
        return Finding(name="clock", outcome="passed", sentence=f"The clock of {name} agrees with this one.")
    outcome: Literal["failed", "warning"] = "failed" if abs(offset_s) > CLOCK_ERROR_S else "warning"
    return Finding(
        name="clock",
        outcome=outcome,
        sentence=sentence,
        do="Set both clocks by NTP: signed requests need 60 s.",
    )
