"""A Docker engine in memory: containers, the networks they are in, and what it was asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cli.compose_file import render_compose
from cli.containers import ENV_FILE
from cli.errors import CliError, ExitCode
from cli.network_containers import COMPOSE_FILE, in_containers
from cli.network_plan import Plan, corridor_plan

PROJECT, IMAGE = "sealane-lab-0", "sealane:local"


@dataclass
class Engine:
    """Answers `docker` and compose as far as Sealane asks."""

    images: set[str] = field(default_factory=lambda: {IMAGE})
    pids: dict[str, int] = field(default_factory=dict)
    """Of each service's container; 0 while it does not run."""
    networks: dict[str, set[str]] = field(default_factory=dict)
    """The services in each network."""
    files: dict[str, bytes] = field(default_factory=dict)
    """What `docker cp` brings, by place."""
    asked: list[list[str]] = field(default_factory=list)
    given: bytes = b""
    """What the last command was given to read."""

    def run(self, command: Sequence[str], environment: dict[str, str], stdin: bytes = b"") -> bytes:
        words = [Path(command[0]).name, *command[1:]]
        self.asked.append(words)
        self.given = stdin or self.given
        if words[0] != "docker" or words[1] == "compose":
            return b""
        return getattr(self, f"_{words[1]}")(words[2:]).encode()

    def _ps(self, words: list[str]) -> str:
        return "\n".join(self.pids)

    def _inspect(self, words: list[str]) -> str:
        lines = []
        for service in words[2:]:
            shared = sorted(name for name, members in self.networks.items() if service in members)
            lines.append(" ".join([service, service, str(self.pids[service]), f"own-{service}", *shared]))
        return "\n".join(lines)

    def _network(self, words: list[str]) -> str:
        match words:
            case ["ls", _, wanted]:
                return "\n".join(name for name in self.networks if wanted.partition("name=")[2] in name)
            case ["create", "--internal", name]:
                self.networks[name] = set()
            case ["connect", alias, name, service]:
                assert alias == f"--alias={service}"
                self.networks[name].add(service)
            case ["disconnect", name, service]:
                self.networks[name].remove(service)
            case _:
                raise AssertionError(words)
        return ""

    def _kill(self, words: list[str]) -> str:
        self.pids[words[0]] = 0
        return ""

    def _stop(self, words: list[str]) -> str:
        self.pids |= dict.fromkeys(words[2:], 0)
        return ""

    def _image(self, words: list[str]) -> str:
        return "an-id" if words[2] in self.images else ""

    def _version(self, words: list[str]) -> str:
        return "28"

    def _volume(self, words: list[str]) -> str:
        return ""

    def _run(self, words: list[str]) -> str:
        return ""

    def _cp(self, words: list[str]) -> str:
        raise CliError(
            "this failed", why=f"Could not find the file {words[0]}", exit_code=ExitCode.UNREACHABLE
        )


def contained(directory: Path, monkeypatch: pytest.MonkeyPatch, plan: Plan | None = None) -> Engine:
    """The engine of a network directory, made like any, once its nodes are in containers that run."""
    plan = plan or corridor_plan()
    (directory / COMPOSE_FILE).write_text(render_compose(in_containers(plan)), encoding="utf-8")
    (directory / ENV_FILE).write_text(f"# made here\nCOMPOSE_PROJECT_NAME={PROJECT}\nSEALANE_IMAGE={IMAGE}\n")
    names = [organisation.id for organisation in plan.nodes]
    engine = Engine(pids={name: 100 + place for place, name in enumerate(names)})
    engine.networks[f"{PROJECT}_between"] = set(names)
    monkeypatch.delenv("SEALANE_IMAGE", raising=False)
    monkeypatch.setattr("cli.containers._run", engine.run)
    monkeypatch.setattr("cli.containers._docker", lambda: "/usr/bin/docker")
    monkeypatch.setattr("cli.containers._compose", lambda: ["/usr/bin/docker", "compose"])
    return engine
