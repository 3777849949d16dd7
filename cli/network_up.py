"""Starting, watching and stopping all nodes of a network directory."""

from __future__ import annotations

import time
from pathlib import Path
from subprocess import Popen
from typing import Any

from cli.client import Client
from cli.context import GENESIS_FILE
from cli.errors import CliError, ExitCode
from cli.genesis import read_genesis
from cli.network_files import NodePlace
from cli.output import Output
from cli.processes import LOG_FILE, log_tail, port_is_free, running_pid, start_node, stop_node
from ledger.genesis import Genesis, network_id

_POLL_S = 0.1
_PROBE_TIMEOUT_S = 2.0
"""A node that takes longer to say whether it is ready is not."""


def bring_up(
    output: Output, directory: Path, places: list[NodePlace], *, timeout_s: float
) -> list[dict[str, Any]]:
    """Start the nodes that do not run and wait until every one is ready; what `up` reports of each.

    A node of an organisation that joined after the genesis may still have to be
    admitted, so it is waited for only until it answers.

    Raises `CliError` before anything starts when a port is taken, and later when
    a node ends or is not ready in time; other nodes are then left running.
    """
    idle = [place for place in places if running_pid(place.directory) is None]
    _check_ports(directory, idle)
    for place in places:
        if place not in idle:
            output.note(f"{place.organisation} runs already")
    genesis = read_genesis(directory / GENESIS_FILE)
    started = {place.organisation: start_node(place.directory) for place in idle}
    output.note(f"started {len(started)} of {len(places)} nodes; waiting until all are ready")
    logs = ", ".join(str(place.directory / LOG_FILE) for place in places)
    await_ready(output, places, started, genesis, timeout_s, logs)
    return [reported(place, running_pid(place.directory)) for place in places]


def reported(place: NodePlace, pid: int | None) -> dict[str, Any]:
    """What `up` reports of a node."""
    https = [f"https://{authority}" for authority in place.authorities]
    named = {"organisation": place.organisation, "kind": place.kind, "url": place.url}
    return {**named, "https": https, "pid": pid}


def _check_ports(directory: Path, places: list[NodePlace]) -> None:
    taken = [str(port) for place in places for port in _taken_ports(place)]
    if taken:
        raise CliError(
            f"nothing was started: port {', '.join(taken)} is in use",
            why="Another program, perhaps another network of nodes, listens there.",
            do=f"sealane network up {directory} --port-base {_other_base(places[0].api_port)}",
            exit_code=ExitCode.REFUSED,
            code="port.taken",
        )


def _taken_ports(place: NodePlace) -> list[int]:
    """The node's ports at which something else listens; none where it was started a moment ago itself."""
    taken = [port for port in (place.api_port, place.peer_port) if not port_is_free("127.0.0.1", port)]
    if place.authorities and not port_is_free("0.0.0.0", place.https_port):  # noqa: S104 - only tried
        taken.append(place.https_port)
    return taken if running_pid(place.directory) is None else []


def _other_base(port: int) -> int:
    base = port // 100 * 100 + 1000
    return base if base <= 64_000 else 20_000


def await_ready(
    output: Output,
    places: list[NodePlace],
    started: dict[str, Popen[bytes]],
    genesis: Genesis,
    timeout_s: float,
    logs: str,
) -> None:
    """Wait until every node is ready, and one that joined after the genesis answers.

    `started` are the processes that this command started, by organisation; `logs` is
    where to look. Raises `CliError` when one of them ends, or a node is late.
    """
    deadline = time.monotonic() + timeout_s
    network = network_id(genesis).hex()
    founders = {organisation.id for organisation in genesis.organisations}
    reasons = {place.organisation: ["it has not answered yet"] for place in places}
    while reasons:
        for place in [place for place in places if place.organisation in reasons]:
            process = started.get(place.organisation)
            if process is not None and process.poll() is not None:
                if running_pid(place.directory) is None:
                    raise _ended(place, process.returncode)
                del started[place.organisation]  # another command started this node a moment before
            why = not_ready_because(place, network, answering=place.organisation not in founders)
            if why:
                reasons[place.organisation] = why
                continue
            del reasons[place.organisation]
            done = "ready" if place.organisation in founders else "up, for when it is admitted"
            output.note(f"{place.organisation} is {done} ({len(places) - len(reasons)} of {len(places)})")
        if reasons and time.monotonic() > deadline:
            raise _late(places, reasons, timeout_s, logs)
        if reasons:
            time.sleep(_POLL_S)


def not_ready_because(place: NodePlace, network: str = "", *, answering: bool = False) -> list[str]:
    """Why a node is not ready; empty when it is. `network` is the id that it must give, if any.

    With `answering`, any answer of the node will do.
    """
    probe = Client(place.url, timeout_s=_PROBE_TIMEOUT_S)
    try:
        answer = probe.ask("GET", "/readyz")
    except CliError as error:
        return [error.why or error.what]
    finally:
        probe.close()
    if answer.status == 200 or answering:
        found = answer.json()
        if network and (found.get("network"), found.get("organisation")) != (network, place.organisation):
            return [f"another node answers at {place.url}, that of {found.get('organisation')}"]
        return []
    return [str(reason) for reason in answer.json().get("reasons", ())] or [f"it answers {answer.status}"]


def _ended(place: NodePlace, code: int) -> CliError:
    return CliError(
        f"the node of {place.organisation} ended with exit code {code}",
        why=f"The end of its log:\n{log_tail(place.directory)}",
        do=f"sealane node check {place.directory}   (other nodes keep running until: sealane network down)",
        exit_code=ExitCode.UNREACHABLE,
        code="node.ended",
    )


def _late(places: list[NodePlace], reasons: dict[str, list[str]], timeout_s: float, logs: str) -> CliError:
    return CliError(
        f"{len(reasons)} of {len(places)} nodes were not ready in {timeout_s:.0f} s",
        why="; ".join(f"{name}: {', '.join(why)}" for name, why in reasons.items()),
        do=f"Look at {logs}; sealane doctor",
        exit_code=ExitCode.UNREACHABLE,
        code="node.not-ready",
    )


def take_down(output: Output, places: list[NodePlace]) -> dict[str, str | None]:
    """Stop every node, observers first so that validators seal to the end; the outcome by organisation."""
    outcomes: dict[str, str | None] = {}
    for place in sorted(places, key=lambda place: place.kind != "observer"):
        outcomes[place.organisation] = stop_node(place.directory)
        if outcomes[place.organisation]:
            output.note(f"{place.organisation} {outcomes[place.organisation]}")
    return {place.organisation: outcomes[place.organisation] for place in places}


def describe(place: NodePlace, pid: int | None) -> dict[str, Any]:
    """What `status` shows of a node, given its process if it runs."""
    row: dict[str, Any] = {**reported(place, pid), "height": None, "peers": None}
    probe = Client(place.url, timeout_s=_PROBE_TIMEOUT_S)
    try:
        found = probe.status()
    except CliError as error:
        return row | {"state": "silent" if row["pid"] else "stopped", "reasons": [error.why or error.what]}
    finally:
        probe.close()
    reasons = [str(reason) for reason in found.get("reasons", ())]
    state = "ready" if found.get("ready") else f"not ready: {'; '.join(reasons)}"
    return row | {
        "height": found.get("height"),
        "peers": len(found.get("peers", ())),
        "state": state,
        "reasons": reasons,
    }
