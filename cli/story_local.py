"""The machines of the story when its nodes are processes of this one (see `cli.processes`)."""

from __future__ import annotations

import os
import signal

from cli.errors import CliError, ExitCode
from cli.network_files import NodePlace
from cli.network_up import not_ready_because
from cli.processes import log_tail, running_pid, start_node, wait_until

READY_TIMEOUT_S = 60.0
"""How long a node may take to be ready, or to be gone; on an idle machine it takes two seconds."""


class LocalMachines:
    """Kills and starts node processes."""

    def __init__(self, places: list[NodePlace]) -> None:
        self._places = {place.organisation: place for place in places}

    def kill(self, organisation: str) -> None:
        """End a node as a power cut would: it gets no chance to tidy up."""
        directory = self._places[organisation].directory
        pid = running_pid(directory)
        if pid is None:
            raise CliError(f"the node of {organisation} does not run", code="node.missing")
        os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        if not wait_until(lambda: running_pid(directory) is None, timeout_s=READY_TIMEOUT_S):
            raise CliError(f"the node of {organisation} cannot be killed", exit_code=ExitCode.UNREACHABLE)

    def start(self, organisation: str) -> None:
        """Start a node, and wait until it says that it is ready."""
        place = self._places[organisation]
        process = start_node(place.directory)
        wait_until(
            lambda: process.poll() is not None or not not_ready_because(place), timeout_s=READY_TIMEOUT_S
        )
        if process.poll() is not None or not_ready_because(place):
            raise CliError(
                f"the node of {organisation} did not come back",
                why=log_tail(place.directory),
                exit_code=ExitCode.UNREACHABLE,
                code="node.not-ready",
            )
