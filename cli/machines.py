"""Where the nodes of a network directory run: as processes of this machine, or in containers on it.

A network directory with a compose file has its nodes in containers; any other has them
as processes. Commands that start, stop and look at nodes ask here and need not know.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from cli.errors import CliError
from cli.network_containers import COMPOSE_FILE
from cli.network_files import load_network, write_configuration
from cli.network_up import bring_up, take_down
from cli.processes import running_pid
from cli.story_local import LocalMachines

if TYPE_CHECKING:
    from cli.network_plan import Plan
    from cli.output import Output


class Machines(Protocol):
    """What starts, stops and kills the nodes of one network."""

    def pids(self) -> dict[str, int | None]:
        """The process of each node, by organisation; None for a node that does not run."""

    def up(self, output: Output, *, timeout_s: float) -> list[dict[str, Any]]:
        """Start what does not run, and wait until every node is ready; what `network up` reports of each."""

    def down(self, output: Output) -> dict[str, str | None]:
        """Stop every node; how each ended, None for one that did not run."""

    def kill(self, organisation: str) -> None:
        """End a node as a power cut would; `CliError` when it does not run."""

    def start(self, organisation: str) -> None:
        """Start a node again, and return when it is ready."""

    def join(self, plan: Plan) -> None:
        """Make room for the last node of `plan`, whose keys were just made in the directory."""


class Processes(LocalMachines):
    """Nodes that are processes of this machine."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.places = load_network(directory)[1]
        super().__init__(self.places)

    def pids(self) -> dict[str, int | None]:
        """The process of each node."""
        return {place.organisation: running_pid(place.directory) for place in self.places}

    def up(self, output: Output, *, timeout_s: float) -> list[dict[str, Any]]:
        """Start what does not run, and wait until every node is ready."""
        return bring_up(output, self.directory, self.places, timeout_s=timeout_s)

    def down(self, output: Output) -> dict[str, str | None]:
        """Stop every node."""
        return take_down(output, self.places)

    def join(self, plan: Plan) -> None:
        """Write every configuration anew, for the next time that a node starts."""
        write_configuration(self.directory, plan)


def in_containers(directory: Path) -> bool:
    """Whether the nodes of a network directory run in containers."""
    return (directory / COMPOSE_FILE).is_file()


def machines_in(directory: Path) -> Machines:
    """What runs the nodes of a network directory; `CliError` when it is none."""
    if in_containers(directory):
        from cli.containers import Containers

        return Containers(directory)
    return Processes(directory)


def refuse_containers(directory: Path, action: str) -> None:
    """`CliError` for an action that works on node directories, where nodes keep theirs in volumes."""
    if in_containers(directory):
        raise CliError(
            f"`sealane network {action}` cannot be used here: the nodes of {directory} run in containers",
            why="What belongs to a node is in its organisation's volume, where only its container sees it.",
            code="network.containers",
        )
