"""Networks in containers, seen from the machine that runs them, and hands to hurt them.

Containers are started by `docker/network.sh`, like anyone's. What acts on the ledger
does so from outside, through the published ports, with members' keys taken from their
volume; so everything that `tests.e2e` knows to ask of processes can be asked here.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from cli.network_files import node_places, write_client
from cli.network_plan import PLAN_FILE, read_plan, render_plan
from cli.network_up import not_ready_because
from cli.processes import wait_until
from tests.e2e.world import World
from tools.tree import ROOT

FOLDER = ROOT / "docker"

READY_TIMEOUT_S = 240.0
"""How long containers may take when they all start at once; on an idle machine it is five seconds."""


def run(*command: str, exit_code: int | None = 0, **settings: str) -> str:
    """A command's output; it must end as told."""
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=os.environ | settings)
    said = f"{' '.join(command)} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert exit_code is None or done.returncode == exit_code, said
    return done.stdout + done.stderr if exit_code else done.stdout


@dataclass(frozen=True)
class Network:
    """One network that `docker/network.sh` starts."""

    project: str
    file: Path = FOLDER / "compose.yaml"
    settings: dict[str, str] = field(default_factory=dict)

    def script(self, *words: str, exit_code: int = 0) -> str:
        """`docker/network.sh WORDS` for this network."""
        own = {"COMPOSE_PROJECT_NAME": self.project, "SEALANE_COMPOSE": str(self.file)}
        return run(str(FOLDER / "network.sh"), *words, exit_code=exit_code, **own, **self.settings)

    def left(self) -> dict[str, list[str]]:
        """What the engine still has of it, by kind; nothing once it is reset."""
        every = {"container": ["--all"], "volume": [], "network": []}
        label = f"--filter=label=com.docker.compose.project={self.project}"
        found = {kind: run("docker", kind, "ls", "--quiet", label, *more) for kind, more in every.items()}
        return {kind: ids.split() for kind, ids in found.items() if ids}

    def container(self, service: str) -> str:
        """The id of a service's container."""
        labels = {"project": self.project, "service": service, "oneoff": "False"}
        filters = [f"--filter=label=com.docker.compose.{name}={value}" for name, value in labels.items()]
        (found,) = run("docker", "ps", "--all", "--quiet", *filters).split()
        return found

    def inspect(self, service: str) -> dict[str, Any]:
        """What the engine says of a container."""
        (found,) = json.loads(run("docker", "inspect", self.container(service)))
        return dict(found)

    def inside(self, service: str, script: str, *, user: str = "") -> subprocess.CompletedProcess[str]:
        """A shell script inside a running container, as its own user unless another is named."""
        who = ["--user", user] if user else []
        command = ["docker", "exec", *who, self.container(service), "sh", "-c", script]
        return subprocess.run(command, check=False, capture_output=True, text=True)

    def take_out(self, directory: Path) -> None:
        """A network directory for commands on this machine: the members' keys, and where the ports are."""
        archive = directory.with_suffix(".tar")
        volumes = [f"{self.project}_network:/network:ro", f"{self.project}_members:/network/members:ro"]
        mounts = [f"--volume={volume}" for volume in volumes]
        image = os.environ.get("SEALANE_IMAGE", "sealane:local")
        wanted = ["genesis.json", PLAN_FILE, "members"]
        tar = ["--entrypoint=tar", image, "--create", "--directory=/network", *wanted]
        with archive.open("wb") as file:
            subprocess.run(
                ["docker", "run", "--rm", "--network=none", *mounts, *tar], check=True, stdout=file
            )
        directory.mkdir()
        run("tar", "--extract", "--no-same-owner", "--file", str(archive), "--directory", str(directory))
        plan = read_plan(directory / PLAN_FILE)
        prefix = self.settings.get("SEALANE_PORT_PREFIX", str(plan.port_base // 100))
        plan = replace(plan, host="127.0.0.1", listen=None, port_base=int(prefix) * 100)
        (directory / PLAN_FILE).write_text(render_plan(plan), encoding="utf-8")
        write_client(directory, node_places(directory, plan), plan)


@dataclass
class Containers(World):
    """The world of `tests.e2e`, its nodes in containers."""

    engine: Network = field(kw_only=True)

    @cached_property
    def shared(self) -> str:
        """The network in which nodes speak to one another."""
        return f"{self.engine.project}_between"

    def await_ready(self, *nodes: str) -> None:
        for name in nodes or tuple(self.places):
            place = self.places[name]
            ready = wait_until(lambda place=place: not not_ready_because(place), timeout_s=READY_TIMEOUT_S)  # type: ignore[misc]
            assert ready, (name, not_ready_because(place), self.log(name)[-2000:])

    def pids(self) -> dict[str, int | None]:
        states = {name: self.engine.inspect(name)["State"] for name in self.places}
        return {name: state["Pid"] or None for name, state in states.items()}

    def log(self, node: str) -> str:
        return run("docker", "logs", self.engine.container(node), exit_code=None)

    def kill(self, *nodes: str) -> None:
        run("docker", "kill", *map(self.engine.container, nodes))
        for name in nodes:
            self.forget(name)

    def start(self, *nodes: str) -> None:
        if nodes:
            run("docker", "start", *map(self.engine.container, nodes))
        self.await_ready(*nodes)

    def pause(self, *nodes: str) -> None:
        run("docker", "pause", *map(self.engine.container, nodes))
        for name in nodes:
            self.forget(name)

    def resume(self, *nodes: str) -> None:
        run("docker", "unpause", *map(self.engine.container, nodes))

    def cut(self, *nodes: str) -> None:
        """Take nodes out of the network that all share; their own networks stay."""
        for name in nodes:
            run("docker", "network", "disconnect", self.shared, self.engine.container(name))

    def join(self, *nodes: str) -> None:
        """Put nodes back."""
        for name in nodes:
            command = ["docker", "network", "connect", "--alias", name, self.shared]
            run(*command, self.engine.container(name))
