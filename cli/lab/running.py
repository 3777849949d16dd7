"""Starting and ending the network of an exercise, and playing what has to have happened on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec.structs import replace

from cli.errors import CliError
from cli.lab.folder import clear, has_network
from cli.lab.ground import Ground
from cli.lab.machines import LabContainers, LabProcesses, lab_machines
from cli.network_plan import check_plan, corridor_plan
from cli.output import Output
from cli.story_papers import prepare_papers
from cli.story_stage import Stage

READY_TIMEOUT_S = 240.0
"""How long the slowest node may take on a training room's oldest laptop."""

LOWEST_BASE, HIGHEST_BASE = 1024, 65_000
"""Ports that need no rights, and leave room for a network's and its relay's above."""

RUN = 1
"""The papers' number: each exercise has a network of its own, where nothing is taken yet."""


def make_network(
    output: Output, folder: Path, port_base: int, *, relayed: bool, docker: bool = False
) -> None:
    """Make the corridor's network in the lab's folder and start it; nothing is left when that fails.

    With `docker` its nodes run in containers. With `relayed`, nodes that are processes
    reach each other through the lab's relay.
    """
    if not LOWEST_BASE <= port_base <= HIGHEST_BASE:
        raise CliError(
            f"--port-base {port_base} is out of range",
            why=f"Ports from {LOWEST_BASE} to {HIGHEST_BASE} can be a base.",
        )
    remove(output, folder)
    network = Ground(folder, {}).network
    plan = replace(corridor_plan(), port_base=port_base)
    check_plan(plan)
    try:
        with _ports_explained():
            if docker:
                LabContainers.make(output, network, plan, timeout_s=READY_TIMEOUT_S)
            else:
                LabProcesses.make(network, plan, relayed=relayed)
                lab_machines(network).up(output, timeout_s=READY_TIMEOUT_S)
    except BaseException:
        remove(output, folder)
        raise


def start(output: Output, folder: Path) -> None:
    """Start every node that does not run; `CliError` when a port is taken or a node is not ready in time."""
    with _ports_explained():
        lab_machines(Ground(folder, {}).network).up(output, timeout_s=READY_TIMEOUT_S)


@contextmanager
def _ports_explained() -> Iterator[None]:
    """Where a port is taken, what to do about it here."""
    try:
        yield
    except CliError as error:
        if error.code == "port.taken":
            do = "Close it, or begin again on others: sealane lab reset, then lab start with --port-base N."
            raise CliError(error.what, why=error.why, do=do, code=error.code) from None
        raise


def end(output: Output, folder: Path) -> list[str]:
    """Stop whatever runs for the lab; the organisations whose nodes were stopped."""
    if not has_network(folder):
        return []
    outcomes = lab_machines(Ground(folder, {}).network).down(output)
    return [organisation for organisation, outcome in outcomes.items() if outcome]


def remove(output: Output, folder: Path) -> None:
    """Stop whatever runs for the lab, and remove what the exercise made, here and at the engine."""
    if has_network(folder):
        lab_machines(Ground(folder, {}).network).remove(output)
    clear(folder)


@contextmanager
def stage_on(ground: Ground) -> Iterator[Stage]:
    """A stage without an audience: what has to have happened before the trainee comes."""
    stage = Stage(
        output=Output(json=True),
        directory=ground.network,
        genesis=ground.genesis,
        papers=prepare_papers(RUN),
        machines=ground.machines,
    )
    try:
        yield stage
    finally:
        stage.close()
