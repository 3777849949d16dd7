"""What an exercise does to nodes besides starting and stopping: cut lines, look at disks, steal a key.

There are two kinds of nodes, and exercises do not know which they have: processes, whose
lines run through the lab's relay, and containers, which the engine takes out of the
network that they share.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final, Protocol

from cli.client import Client
from cli.compose_file import render_compose
from cli.containers import CONFINED, ENV_FILE, IMAGE, Containers, docker, require_engine
from cli.context import GENESIS_FILE
from cli.errors import CliError, ExitCode
from cli.files import write_new
from cli.lab import relay
from cli.machines import Machines, Processes, in_containers
from cli.network_containers import COMPOSE_FILE
from cli.network_containers import in_containers as contained
from cli.network_files import create_network, made_whole, node_places, write_client, write_plan
from cli.network_plan import Plan
from cli.processes import STOP_GRACE_S, child_environment, stop_node, wait_until

if TYPE_CHECKING:
    from cli.output import Output

Sides = tuple[tuple[str, ...], ...]
"""Who can reach whom: the organisations of one side, and everybody while there is none."""

THIEF: Final = "nodes.training.double_vote"
THEFT_S: Final = 240.0
"""How long the thief may take to reach the others and to sign."""

NOTICE_S: Final = 60.0
"""How long nodes may take to notice a cut; the pings between them need 25 s for it at most."""

PROBE_S: Final = 5.0

BETWEEN: Final = "between"
"""The network in which containers of nodes meet."""

MARK: Final = "lab.json"
"""What lets the thief in: it is in a lab's folder, and in the public volume of its containers."""


class LabMachines(Machines, Protocol):
    """The nodes of an exercise."""

    def divide(self, sides: Sides) -> None:
        """Cut all lines between sides, or none where there are none; returns once that is so."""

    def sides(self) -> Sides | None:
        """Which lines are cut; None when that cannot be told, because what cuts them does not run."""

    def read(self, organisation: str, path: str) -> bytes | None:
        """A file below a node's directory; None when there is none."""

    def vote_twice(self, organisation: str, height: int) -> None:
        """Have the thief vote twice with a copy of a validator's key; `CliError` when he cannot use it."""

    def remove(self, output: Output) -> None:
        """Stop whatever runs, and take away what is not in the lab's folder."""


def lab_machines(network: Path) -> LabMachines:
    """What runs the nodes of an exercise."""
    return LabContainers(network) if in_containers(network) else LabProcesses(network)


class LabProcesses(Processes):
    """Nodes that are processes, and find each other through a relay where an exercise cuts lines."""

    @staticmethod
    def make(network: Path, plan: Plan, *, relayed: bool) -> None:
        """Make the network, which starts later."""
        create_network(network, plan, time_ms=time.time_ns() // 1_000_000)
        if relayed:
            relay.install(network, plan, node_places(network, plan))

    def up(self, output: Output, *, timeout_s: float) -> list[dict[str, Any]]:
        """Start the relay, if there is one, and then the nodes."""
        if relay.is_installed(self.directory):
            relay.start(self.directory)
        return super().up(output, timeout_s=timeout_s)

    def down(self, output: Output) -> dict[str, str | None]:
        """Stop the nodes, and then the relay."""
        outcomes = super().down(output)
        if relay.is_installed(self.directory):
            stop_node(self.directory / relay.FOLDER)
        return outcomes

    def divide(self, sides: Sides) -> None:
        """Have the relay cut lines."""
        relay.divide(self.directory, sides)

    def sides(self) -> Sides | None:
        """What the relay says that it has cut."""
        found = relay.applied(self.directory)
        return None if found is None else found.groups

    def read(self, organisation: str, path: str) -> bytes | None:
        """A file in a node's directory."""
        file = self.directory / "nodes" / organisation / path
        return file.read_bytes() if file.is_file() else None

    def vote_twice(self, organisation: str, height: int) -> None:
        """The thief is another process, which reads the key where it lies."""
        directory = (self.directory / "nodes" / organisation).resolve()
        _steal([sys.executable, "-m", THIEF, str(directory), str(height)], child_environment())

    def remove(self, output: Output) -> None:
        """Stop the nodes: all of them is in the lab's folder."""
        self.down(output)


class LabContainers(Containers):
    """Nodes in containers, of which every one can be taken out of the network that all share."""

    @staticmethod
    def make(output: Output, network: Path, plan: Plan, *, timeout_s: float) -> None:
        """Make the network, in its first container, and start it; `CliError` where the image is missing."""
        image = os.environ.get("SEALANE_IMAGE") or IMAGE
        require_engine(image)
        with made_whole(network) as building:
            write_new(building / COMPOSE_FILE, render_compose(contained(plan)).encode())
            settings = f"COMPOSE_PROJECT_NAME={_project(network)}\nSEALANE_IMAGE={image}\n"
            write_new(building / ENV_FILE, settings.encode())
        machines = LabContainers(network)
        machines.remove(output)  # what a folder that was here before may have left at the engine
        machines.launch()
        machines._take_out(plan)
        machines.ready(output, timeout_s=timeout_s)

    def _take_out(self, plan: Plan) -> None:
        """Give this machine what members have: the genesis, where the nodes are, and the members' keys."""
        script = f"touch /network/{MARK} && tar --create --directory /network {GENESIS_FILE} members"
        mounts = {"network": "/network", "members": "/network/members"}
        packed = self.once(mounts, "sh", "-c", script)
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            for item in archive:
                content = archive.extractfile(item) if item.isfile() else None
                parts = PurePosixPath(item.name).parts
                if content is not None and ".." not in parts and not item.name.startswith("/"):
                    write_new(self.directory.joinpath(*parts), content.read(), private="members" in parts)
        write_client(self.directory, node_places(self.directory, plan), plan)
        write_plan(self.directory, plan)

    def divide(self, sides: Sides) -> None:
        """Give each side but the first a network of its own, and put everybody into that of his side."""
        apart = self._apart()
        for number in range(1, len(sides)):
            if self._shared(number) not in apart:
                docker("network", "create", "--internal", self._shared(number))
        found = self.found()
        for place in self.places:
            name = place.organisation
            number = next((number for number, side in enumerate(sides) if name in side), 0)
            wanted, container = self._shared(number), found[name]
            for network in container.networks:
                if network != wanted and network in (self._shared(0), *apart):
                    docker("network", "disconnect", network, container.id)
            if wanted not in container.networks:
                docker("network", "connect", f"--alias={name}", wanted, container.id)
        wait_until(lambda: all(self._keeps_to(side) for side in sides), timeout_s=NOTICE_S)

    def _keeps_to(self, side: tuple[str, ...]) -> bool:
        """Whether the nodes of a side have noticed, by silence alone, that they hear no others."""
        heard = (peer for place in self.places if place.organisation in side for peer in peers_of(place.url))
        return all(peer in side for peer in heard)

    def sides(self) -> Sides | None:
        """Who shares a network with whom, as the engine says."""
        found = self.found()
        shared = [self._shared(0), *self._apart()]
        sides = tuple(
            tuple(
                place.organisation
                for place in self.places
                if place.organisation in found and network in found[place.organisation].networks
            )
            for network in shared
        )
        return tuple(side for side in sides if side) if any(sides[1:]) else ()

    def _shared(self, number: int) -> str:
        """The network of one side."""
        return f"{self.project}_{BETWEEN}" + (f"-{number}" if number else "")

    def _apart(self) -> list[str]:
        """Networks of all sides but the first."""
        wanted = f"--filter=name={self._shared(0)}-"
        return sorted(docker("network", "ls", "--format={{.Name}}", wanted).decode().split())

    def read(self, organisation: str, path: str) -> bytes | None:
        """A file in a node's volume, whether or not the node runs."""
        place = f"{self.container(organisation).id}:/network/nodes/{organisation}/{path}"
        try:
            packed = docker("cp", place, "-")
        except CliError as error:
            if "Could not find the file" in error.why or "No such" in error.why:
                return None
            raise
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            content = archive.extractfile(PurePosixPath(path).name)
            return None if content is None else content.read()

    def vote_twice(self, organisation: str, height: int) -> None:
        """The thief is another container, which has the public volume and, to read, the victim's."""
        mounts = {"network": "/network", organisation: f"/network/nodes/{organisation}"}
        command = [
            shutil.which("docker") or "docker",
            "run",
            *CONFINED,
            "--tmpfs=/tmp",  # where his certificate lies for a moment
            f"--network={self._shared(0)}",
            *(f"--volume={self.volume(name)}:{path}:ro" for name, path in mounts.items()),
            "--entrypoint=python",
            self.image,
            "-m",
            THIEF,
            mounts[organisation],
            str(height),
        ]
        _steal(command, dict(os.environ))

    def remove(self, output: Output) -> None:
        """Take away all containers, networks and volumes, and with them every key of a node."""
        if self.found():
            output.note("removing containers, and the volumes with their keys and ledgers")
        self.compose("down", "--volumes", "--remove-orphans", f"--timeout={STOP_GRACE_S:.0f}")
        apart = self._apart()
        if apart:
            docker("network", "rm", *apart)


def peers_of(url: str) -> list[str]:
    """Organisations that the node at a URL is connected to; none when it is silent."""
    probe = Client(url, timeout_s=PROBE_S)
    try:
        return [str(peer).partition("/")[0] for peer in probe.status()["peers"]]
    except CliError:
        return []
    finally:
        probe.close()


def _project(network: Path) -> str:
    """A name for the network at the engine: another one for each folder, and always the same."""
    return f"sealane-lab-{hashlib.sha256(os.fsencode(network.resolve())).hexdigest()[:8]}"


def _steal(command: list[str], environment: dict[str, str]) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module, or the engine's command
            command, env=environment, capture_output=True, timeout=THEFT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise CliError(
            f"the thief was not done in {THEFT_S:.0f} s",
            do="sealane lab do use-stolen-key",
            exit_code=ExitCode.UNREACHABLE,
            code="lab.thief",
        ) from error
    if done.returncode not in (0, 1):
        why = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise CliError("the thief cannot use the key", why=why, exit_code=ExitCode.INTERNAL, code="lab.thief")
