"""What `sealane doctor` says about the nodes that are known here, by how they answer."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from email.utils import parsedate_to_datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from cli.client import Client
from cli.context import Context
from cli.errors import CliError
from cli.finding import Finding

CLOCK_WARNING_S = 2
"""Whole seconds are all that HTTP tells of a clock; validators need theirs within one."""

CLOCK_ERROR_S = 60
"""Signed requests are refused beyond this."""

PROBE_TIMEOUT_S = 3.0

LOOPBACK = ("127.0.0.1", "::1")

STRANGER = "request.signature"
"""How a node refuses a request that is signed by no key of the member whom it names."""


def known_nodes(context: Context) -> Iterator[Finding]:
    """How each node that client.toml or `--node` names answers, and whether enough of them do."""
    urls = {str(name): str(url) for name, url in context.settings.get("nodes", {}).items()}
    if context.node is not None:
        urls = {"the node": context.node_url}
    versions: dict[str, list[str]] = {}
    answering: dict[str, Client] = {}
    for name, url in urls.items():
        probe = Client(url, genesis=context.genesis, timeout_s=PROBE_TIMEOUT_S)
        try:
            yield from _node(name, probe, versions)
            answering[name] = probe
        except CliError as error:
            probe.close()
            silent = error.code == "node.unreachable" and context.directory is not None
            do = f"sealane network up {context.directory}" if silent else error.do
            sentence = f"{name}: {error.what}. {error.why}".strip()
            yield _elsewhere(name, url) or Finding(name="node", outcome="failed", sentence=sentence, do=do)
    if answering:
        probe = next(iter(answering.values()))
        yield from _quorum(context, probe, set(answering))
        yield from _own_key(context, probe)
    for probe in answering.values():
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


def _elsewhere(name: str, url: str) -> Finding | None:
    """A node of this machine that listens on the other loopback address than its name stands for."""
    parts = urlsplit(url)
    try:
        port = parts.port or {"https": 443}.get(parts.scheme, 80)
        places = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError):
        return None
    found = {str(place[4][0]) for place in places}
    if not found <= set(LOOPBACK):
        return None
    for address in sorted(set(LOOPBACK) - found):
        with suppress(OSError), socket.create_connection((address, port), timeout=PROBE_TIMEOUT_S):
            shown = f"[{address}]" if ":" in address else address
            return Finding(
                name="address",
                outcome="failed",
                sentence=f"{name}: {parts.hostname} is {' and '.join(sorted(found))} here, "
                f"where nothing listens; something does at {address}.",
                do=f"Name it as {parts.scheme}://{shown}:{port}, in client.toml or with --node.",
            )
    return None


def _quorum(context: Context, probe: Client, answering: set[str]) -> Iterator[Finding]:
    """Whether enough validators answer to seal a block; said only where every validator's node is known."""
    try:
        now = probe.get("/v1/validators")
        seats, quorum = {str(seat["organisation"]) for seat in now["validators"]}, int(now["quorum"])
    except (CliError, KeyError, TypeError, ValueError):
        return
    if not seats <= set(context.settings.get("nodes", {})):
        return
    silent = sorted(seats - answering)
    said = f"{len(seats) - len(silent)} of {len(seats)} validators answer; {quorum} must, to seal a block"
    if len(seats) - len(silent) >= quorum:
        yield Finding(name="quorum", outcome="passed", sentence=f"{said}.")
        return
    yield Finding(
        name="quorum",
        outcome="failed",
        sentence=f"{said}: nothing becomes final. Silent: {', '.join(silent)}.",
        do=f"sealane network up {context.directory}",
    )


def _own_key(context: Context, probe: Client) -> Iterator[Finding]:
    """With `--as`: whether the ledger knows the member's key at hand."""
    if context.acting_as is None:
        return
    try:
        signed = Client(probe.url, signer=context.signer, genesis=context.genesis, timeout_s=PROBE_TIMEOUT_S)
    except CliError as error:
        sentence = f"{error.what}. {error.why}".strip()
        yield Finding(name="member", outcome="failed", sentence=sentence, do=error.do)
        return
    with closing(signed):
        try:
            signed.record(f"member/{context.member}")
        except CliError as error:
            if error.code != STRANGER:
                return
            yield Finding(
                name="member",
                outcome="failed",
                sentence=f"The ledger knows another key of {context.member}, or none: {error.what}.",
                do="Name the right file with --key FILE; or have an administrator replace the key: "
                f"sealane member rotate {context.member} --public-key TEXT",
            )
            return
    yield Finding(name="member", outcome="passed", sentence=f"The ledger knows this key of {context.member}.")
