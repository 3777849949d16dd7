"""Starting and ending the network of an exercise, and playing what has to have happened on it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec.structs import replace

from cli.errors import CliError
from cli.lab import relay
from cli.lab.folder import clear, has_network
from cli.lab.ground import Ground
from cli.network_files import create_network, load_network
from cli.network_plan import check_plan, corridor_plan
from cli.network_up import bring_up, take_down
from cli.output import Output
from cli.processes import stop_node
from cli.story_local import LocalMachines
from cli.story_papers import prepare_papers
from cli.story_stage import Stage

READY_TIMEOUT_S = 120.0
"""How long the slowest node may take on a training room's oldest laptop."""

LOWEST_BASE, HIGHEST_BASE = 1024, 65_000
"""Ports that need no rights, and leave room for a network's and its relay's above."""

RUN = 1
"""The papers' number: each exercise has a network of its own, where nothing is taken yet."""


def make_network(output: Output, folder: Path, port_base: int, *, relayed: bool) -> None:
    """Make the corridor's network in the lab's folder and start it; nothing is left when that fails.

    With `relayed`, its nodes reach each other through the lab's relay.
    """
    if not LOWEST_BASE <= port_base <= HIGHEST_BASE:
        raise CliError(
            f"--port-base {port_base} is out of range",
            why=f"Ports from {LOWEST_BASE} to {HIGHEST_BASE} can be a base.",
        )
    end(output, folder)
    clear(folder)
    ground = Ground(folder, {})
    try:
        plan = replace(corridor_plan(), port_base=port_base)
        check_plan(plan)
        create_network(ground.network, plan, time_ms=time.time_ns() // 1_000_000)
        if relayed:
            relay.install(ground.network, plan, ground.places)
        start(output, folder)
    except BaseException:
        end(output, folder)
        clear(folder)
        raise


def start(output: Output, folder: Path) -> None:
    """Start every node that does not run; `CliError` when a port is taken or a node is not ready in time."""
    network = Ground(folder, {}).network
    try:
        if relay.is_installed(network):
            relay.start(network)
        bring_up(output, network, load_network(network)[1], timeout_s=READY_TIMEOUT_S)
    except CliError as error:
        if error.code == "port.taken":
            do = "Close it, or begin again on others: sealane lab reset, then lab start with --port-base N."
            raise CliError(error.what, why=error.why, do=do, code=error.code) from None
        raise


def end(output: Output, folder: Path) -> list[str]:
    """Stop whatever runs for the lab; the organisations whose nodes were stopped."""
    if not has_network(folder):
        return []
    network = Ground(folder, {}).network
    outcomes = take_down(output, load_network(network)[1])
    if relay.is_installed(network):
        stop_node(network / relay.FOLDER)
    return [organisation for organisation, outcome in outcomes.items() if outcome]


@contextmanager
def stage_on(ground: Ground) -> Iterator[Stage]:
    """A stage without an audience: what has to have happened before the trainee comes."""
    stage = Stage(
        output=Output(json=True),
        directory=ground.network,
        genesis=ground.genesis,
        papers=prepare_papers(RUN),
        machines=LocalMachines(ground.places),
    )
    try:
        yield stage
    finally:
        stage.close()
