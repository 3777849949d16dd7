"""The story on nodes that this command did not start, as in containers or on other computers.

Where the story needs a node to fail, it says so in one line, waits until the node
is silent, and goes on; likewise for the node to come back. Whoever runs the nodes
does it: a person in a training room, or a script that reads these lines.
"""

from __future__ import annotations

from cli.client import Client
from cli.errors import CliError, ExitCode
from cli.network_files import NodePlace
from cli.network_up import not_ready_because
from cli.output import Output
from cli.processes import wait_until

PATIENCE_S = 180.0
"""How long a person may take to end a node or start it again."""

_PROBE_TIMEOUT_S = 2.0


class MachinesElsewhere:
    """Nodes that someone else starts and ends (see `cli.story_stage.Machines`)."""

    def __init__(self, output: Output, places: list[NodePlace]) -> None:
        self._output = output
        self._places = {place.organisation: place for place in places}

    def kill(self, organisation: str) -> None:
        """Ask for a node's end, and return when it no longer answers."""
        self._output.note(f"waiting for: kill {organisation}")
        if not wait_until(lambda: _is_silent(self._places[organisation]), timeout_s=PATIENCE_S):
            raise CliError(f"the node of {organisation} was not ended", code="story.node")

    def start(self, organisation: str) -> None:
        """Ask for a node's start, and return when it is ready."""
        self._output.note(f"waiting for: start {organisation}")
        self._until_ready([self._places[organisation]])

    def await_all(self) -> None:
        """Return when every node is ready."""
        self._until_ready(list(self._places.values()))

    def _until_ready(self, places: list[NodePlace]) -> None:
        waiting = list(places)

        def all_ready() -> bool:
            waiting[:] = [place for place in waiting if not_ready_because(place)]
            return not waiting

        if not wait_until(all_ready, timeout_s=PATIENCE_S):
            raise CliError(
                f"{len(waiting)} of {len(places)} nodes were not ready in {PATIENCE_S:.0f} s",
                why="; ".join(f"{p.organisation}: {', '.join(not_ready_because(p))}" for p in waiting),
                do="Start them, and try again.",
                exit_code=ExitCode.UNREACHABLE,
                code="node.not-ready",
            )


def _is_silent(place: NodePlace) -> bool:
    """Whether nobody answers at a node's address; a node that is not ready is not silent."""
    probe = Client(place.url, timeout_s=_PROBE_TIMEOUT_S)
    try:
        probe.ask("GET", "/healthz")
    except CliError:
        return True
    finally:
        probe.close()
    return False
