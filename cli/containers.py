"""A network directory whose nodes run in containers: started, found, killed, and joined by others.

The directory holds what its members need: the genesis, where the nodes are on this
machine, the members' keys, and the compose file. A node's keys and ledger are in its
organisation's volume and nowhere else. Everything is done by the `docker` command, so
that it also works where the engine is on a virtual machine.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from cli.compose_file import render_joining
from cli.context import GENESIS_FILE
from cli.errors import CliError, ExitCode
from cli.files import write_new
from cli.network_containers import COMPOSE_FILE, in_containers
from cli.network_files import NodePlace, load_network, node_places, write_client, write_node, write_plan
from cli.network_hand_out import NODE_USER
from cli.network_plan import HOST, Plan
from cli.network_up import await_ready, not_ready_because, reported
from cli.processes import wait_until
from ledger.genesis import parse_genesis

if TYPE_CHECKING:
    from cli.output import Output

ENV_FILE: Final = ".env"
"""Names the network and its image, for commands here and for whoever types `docker compose` himself."""

IMAGE: Final = "sealane:local"
"""As `docker/network.sh build` makes it."""

COMMAND_TIMEOUT_S: Final = 300.0
"""Longer than the engine takes for anything but a download, which is never asked of it."""

READY_TIMEOUT_S: Final = 120.0
"""How long one container may take to be ready."""

STOP_GRACE: Final = "60"
"""Seconds that a node may take to finish what is in flight, as compose files say."""

CONFINED: Final = (
    "--rm",
    "--pull=never",
    "--no-healthcheck",
    "--read-only",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges:true",
    "--pids-limit=256",
    "--memory=1g",
    "--ulimit=core=0",
)
"""What a container gets that is there for one command, as compose files bind all others."""

_GIVING = ("--user=0:0", "--network=none", "--cap-add=CHOWN", "--cap-add=DAC_OVERRIDE", "--cap-add=FOWNER")

_NO_SUBNET = ("non-overlapping IPv4 address pool", "predefined address pools have been fully subnetted")
"""What engines say, older ones and newer, when every subnet of their pools is taken."""

_LABEL = "com.docker.compose"
_SHOWN = (
    f'{{{{.Id}}}} {{{{index .Config.Labels "{_LABEL}.service"}}}} {{{{.State.Pid}}}}'
    "{{range $name, $_ := .NetworkSettings.Networks}} {{$name}}{{end}}"
)


def docker(*words: str, stdin: bytes = b"") -> bytes:
    """What a `docker` command prints; `CliError` when it fails, or there is none."""
    return _run([_docker(), *words], dict(os.environ), stdin)


def require_engine(image: str) -> None:
    """`CliError` unless an engine, compose and the image are there; nothing is ever downloaded."""
    _docker()
    _compose()
    docker("version", "--format", "{{.Server.Version}}")
    if not docker("image", "ls", "--quiet", image).strip():
        raise CliError(
            f"there is no image {image}",
            why="Nothing is downloaded here.",
            do="docker/network.sh build, or docker load; another image: SEALANE_IMAGE=NAME",
            code="docker.image",
        )


def _docker() -> str:
    found = shutil.which("docker")
    if found is None:
        raise CliError("docker is not installed", do="Install it, or use --no-docker.", code="docker.missing")
    return found


def _compose() -> list[str]:
    """`docker compose` where the engine has it, docker-compose otherwise."""
    asked = subprocess.run(  # noqa: S603 - the engine's own command
        [_docker(), "compose", "version"], stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    if asked.returncode == 0:
        return [_docker(), "compose"]
    found = shutil.which("docker-compose")
    if found is None:
        raise CliError(
            "neither `docker compose` nor docker-compose is installed",
            do="Install one of them.",
            code="docker.missing",
        )
    return [found]


def _run(command: list[str], environment: dict[str, str], stdin: bytes = b"") -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - the engine's own commands
            command,
            input=stdin,
            env=environment,
            capture_output=True,
            timeout=COMMAND_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _failed(command, f"It took longer than {COMMAND_TIMEOUT_S:.0f} s.") from error
    if done.returncode:
        raise _failed(command, done.stderr.decode(errors="replace").strip())
    return done.stdout


def _failed(command: list[str], said: str) -> CliError:
    lines = said.splitlines()
    if "port is already allocated" in said or "address already in use" in said:
        return CliError(
            "a port is in use",
            why=lines[-1],
            do="Close what uses it, or choose others.",
            exit_code=ExitCode.REFUSED,
            code="port.taken",
        )
    if any(words in said for words in _NO_SUBNET):
        return CliError(
            "the engine has no subnet for another network",
            why=lines[-1],
            do="End another network, or give the engine more in daemon.json: default-address-pools.",
            exit_code=ExitCode.REFUSED,
            code="docker.subnets",
        )
    name = " ".join([Path(command[0]).name, *command[1:]])
    return CliError(
        f"this failed: {name[:200]}",
        why="\n".join(lines[-5:]),
        do="docker info   (says whether the engine runs)",
        exit_code=ExitCode.UNREACHABLE,
        code="docker.failed",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A container of the network, as the engine sees it."""

    id: str
    service: str
    pid: int | None
    """None while it does not run."""
    networks: tuple[str, ...]


class Containers:
    """Nodes in containers (see `cli.machines.Machines`)."""

    def __init__(self, directory: Path) -> None:
        """`CliError` when the directory does not say which network it is."""
        self.directory = directory
        lines = (directory / ENV_FILE).read_text("utf-8").splitlines() if self._named else []
        settings = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
        if not {"COMPOSE_PROJECT_NAME", "SEALANE_IMAGE"} <= settings.keys():
            raise CliError(
                f"{directory} does not say which containers are its own",
                why=f"Its {ENV_FILE} names no COMPOSE_PROJECT_NAME and SEALANE_IMAGE, as that of a lab does.",
                do=f"docker compose -f {directory / COMPOSE_FILE} up --detach",
                code="network.containers",
            )
        self.project, self.image = settings["COMPOSE_PROJECT_NAME"], settings["SEALANE_IMAGE"]

    @property
    def _named(self) -> bool:
        return (self.directory / ENV_FILE).is_file()

    @property
    def places(self) -> list[NodePlace]:
        """The nodes, as they are reached from this machine."""
        return load_network(self.directory)[1]

    # ----- asking the engine --------------------------------------------------

    def compose(self, *words: str) -> None:
        """A command of compose for this network, by what the directory says and nothing else."""
        files = [self.directory / COMPOSE_FILE, *sorted(self.directory.glob("compose.*.yaml"))]
        settings = ["--project-name", self.project, "--env-file", str(self.directory / ENV_FILE)]
        settings += [word for file in files for word in ("--file", str(file))]
        ours = ("SEALANE_", "COMPOSE_")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        _run([*_compose(), *settings, *words], environment)

    def once(self, mounts: Mapping[str, str], entrypoint: str, *words: str, stdin: bytes = b"") -> bytes:
        """What a command prints that looks after volumes, each mounted where `mounts` says.

        It runs in a container without a network, as root, who keeps what `setup` keeps of root's powers.
        """
        volumes = [f"--volume={self.volume(name)}:{path}" for name, path in mounts.items()]
        command = [*_GIVING, *volumes, f"--entrypoint={entrypoint}", self.image, *words]
        return docker("run", "--interactive", *CONFINED, *command, stdin=stdin)

    def volume(self, name: str) -> str:
        """A volume's name at the engine."""
        return f"{self.project}_{name}"

    def found(self) -> dict[str, Container]:
        """The network's containers by service."""
        filters = (f"label={_LABEL}.project={self.project}", f"label={_LABEL}.oneoff=False")
        ids = docker("ps", "--all", "--quiet", *(f"--filter={one}" for one in filters)).decode().split()
        if not ids:
            return {}
        lines = docker("inspect", "--format", _SHOWN, *ids).decode().splitlines()
        containers = {}
        for id_, service, pid, *networks in (line.split() for line in lines):
            containers[service] = Container(
                id=id_, service=service, pid=int(pid) or None, networks=tuple(networks)
            )
        return containers

    def container(self, organisation: str) -> Container:
        """The container of a node; `CliError` when there is none."""
        found = self.found().get(organisation)
        if found is None:
            raise CliError(f"{organisation} has no container", code="node.missing")
        return found

    # ----- starting and stopping ----------------------------------------------

    def pids(self) -> dict[str, int | None]:
        """The process of each node, as the engine counts."""
        found = self.found()
        return {
            place.organisation: found[place.organisation].pid if place.organisation in found else None
            for place in self.places
        }

    def launch(self) -> None:
        """Start what does not run, and leave the rest alone; code `port.taken` where a port is in use."""
        self.compose("up", "--detach", "--no-recreate")

    def up(self, output: Output, *, timeout_s: float) -> list[dict[str, Any]]:
        """Start what does not run, and wait until every node is ready."""
        output.note(f"starting {len(self.places)} containers; waiting until all are ready")
        self.launch()
        return self.ready(output, timeout_s=timeout_s)

    def ready(self, output: Output, *, timeout_s: float) -> list[dict[str, Any]]:
        """Wait until every node is ready; what `network up` reports of each."""
        genesis = parse_genesis((self.directory / GENESIS_FILE).read_bytes())
        await_ready(output, self.places, {}, genesis, timeout_s, f"docker ps; docker logs {self.project}…")
        pids = self.pids()
        return [reported(place, pids[place.organisation]) for place in self.places]

    def down(self, output: Output) -> dict[str, str | None]:
        """Stop every node, observers first so that validators seal to the end."""
        found, pids = self.found(), self.pids()
        for kind in ("observer", "validator"):
            names = [
                place.organisation
                for place in self.places
                if place.kind == kind and pids[place.organisation] is not None
            ]
            if names:
                docker("stop", "-t", STOP_GRACE, *(found[name].id for name in names))
            for name in names:
                output.note(f"{name} stopped")
        return {name: "stopped" if pid is not None else None for name, pid in pids.items()}

    def kill(self, organisation: str) -> None:
        """End a node as a power cut would; the engine does not start it again by itself."""
        container = self.container(organisation)
        if container.pid is None:
            raise CliError(f"the node of {organisation} does not run", code="node.missing")
        docker("kill", container.id)

    def start(self, organisation: str) -> None:
        """Start a node, and wait until it says that it is ready."""
        place = next(place for place in self.places if place.organisation == organisation)
        docker("start", self.container(organisation).id)
        if not wait_until(lambda: not not_ready_because(place), timeout_s=READY_TIMEOUT_S):
            raise CliError(
                f"the node of {organisation} did not come back",
                why="; ".join(not_ready_because(place)),
                do=f"docker logs {self.container(organisation).id[:12]}",
                exit_code=ExitCode.UNREACHABLE,
                code="node.not-ready",
            )

    # ----- another node ---------------------------------------------------------

    def join(self, plan: Plan) -> None:
        """Give the last node of `plan` a container: its keys move from here into a volume of its own."""
        inside = in_containers(replace(plan, host=HOST, listen=None))
        places = node_places(self.directory, inside)
        name, folder = places[-1].organisation, places[-1].directory
        write_node(places[-1], places, inside)
        mounts = {"network": "/network", name: f"/network/nodes/{name}"}
        docker(
            "volume",
            "create",
            f"--label={_LABEL}.project={self.project}",
            f"--label={_LABEL}.volume={name}",
            self.volume(name),
        )
        self.once(mounts, "tar", "--extract", f"--directory={mounts[name]}", stdin=_packed(folder))
        text = render_joining(inside, len(places) - 1)
        write_new(self.directory / f"compose.{name}.yaml", text.encode())
        shutil.rmtree(folder / "keys")
        (folder / "node.toml").unlink()
        write_client(self.directory, node_places(self.directory, plan), plan)
        write_plan(self.directory, plan)


def _packed(folder: Path) -> bytes:
    """A folder as an archive of files that the user of containers owns, and nobody else may read."""
    packed = io.BytesIO()

    def owned(item: tarfile.TarInfo) -> tarfile.TarInfo:
        item.uid = item.gid = NODE_USER
        item.uname = item.gname = ""  # a name would go before the number
        item.mode = 0o700 if item.isdir() else 0o600
        return item

    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.add(folder, arcname=".", filter=owned)
    return packed.getvalue()
