"""A network of real processes, and hands to act on it, to hurt it, and to look at it.

Nodes are started by `sealane network up` like anyone's; what hurts them is a
signal to a process. Everything else goes through the public API and the command.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cli.client import Client, Signer
from cli.context import CLIENT_FILE, read_toml
from cli.files import read_bls_secret, read_signing_key
from cli.movement_group import event_fields
from cli.network_files import NodePlace, load_network
from cli.network_up import not_ready_because
from cli.processes import log_tail, running_pid, start_node, wait_until
from contracts.execution import make_body
from ledger.genesis import Genesis, network_id, parse_genesis
from ledger.keys import SigningKey
from ledger.primitives import Hash
from tests.shapes import assert_shape, command_of

ROOT = Path(__file__).resolve().parents[2]

PATIENCE_S = 60.0
"""Longest wait for anything; on an idle machine nothing takes five seconds."""

COMMAND_TIMEOUT_S = 150.0

QINZHOU, PORT, CARRIER, HAIPHONG = "qinzhou-customs", "beibu-gulf-port", "coral-line", "haiphong-customs"
FORWARDER, TERMINAL, BUYER = "landbridge-forwarding", "haiphong-terminal", "red-river-imports"
VALIDATORS = (QINZHOU, PORT, CARRIER, HAIPHONG)
OBSERVER = FORWARDER

CLERK = {
    QINZHOU: "qinzhou-customs/chen-wei",
    PORT: "beibu-gulf-port/huang-jing",
    CARRIER: "coral-line/lin-tao",
    HAIPHONG: "haiphong-customs/nguyen-thi-lan",
    FORWARDER: "landbridge-forwarding/wei-ling",
    TERMINAL: "haiphong-terminal/le-van-duc",
    BUYER: "red-river-imports/do-thi-mai",
}
"""Who acts for each organisation, unless a test says otherwise."""


def eventually(condition: Callable[[], bool], what: str, timeout_s: float = PATIENCE_S) -> None:
    """Wait until something is so; fail saying what did not happen."""
    assert wait_until(condition, timeout_s=timeout_s), f"within {timeout_s:.0f} s it did not happen: {what}"


def run_sealane(
    *args: object,
    cwd: Path,
    prefix: tuple[str, ...] = (),
    settings: Mapping[str, str] = MappingProxyType({}),
    exit_code: int | None = 0,
) -> subprocess.CompletedProcess[str]:
    """`sealane ARGS` as a process of its own; it must end as told, and never with a traceback.

    It sees no variable `SEALANE_...` but those of `settings`, and hands them on to the nodes that it starts.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SEALANE_")}
    done = subprocess.run(
        [*prefix, sys.executable, "-m", "cli.main", *(str(arg) for arg in args)],
        cwd=cwd,
        env={**kept, **settings, "NO_COLOR": "1", "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=COMMAND_TIMEOUT_S,
        check=False,
    )
    said = f"sealane {' '.join(map(str, args))} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stdout + done.stderr, said
    assert exit_code is None or done.returncode == exit_code, said
    return done


@dataclass
class World:
    """One network directory and its processes."""

    directory: Path
    sealed: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What nodes answered to statements that they said were sealed, by id."""
    _clients: dict[tuple[str, str], Client] = field(default_factory=dict)
    _processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @cached_property
    def places(self) -> dict[str, NodePlace]:
        return {place.organisation: place for place in load_network(self.directory)[1]}

    @cached_property
    def genesis(self) -> Genesis:
        return parse_genesis((self.directory / "genesis.json").read_bytes())

    @property
    def network(self) -> Hash:
        return network_id(self.genesis)

    # Looking

    def url(self, node: str) -> str:
        return self.places[node].url

    def key(self, member: str) -> SigningKey:
        organisation, _, name = member.partition("/")
        return read_signing_key(self.directory / "members" / organisation / f"{name}.pem")

    def numbering_secret(self, carrier: str = CARRIER) -> bytes:
        return read_bls_secret(self.directory / "members" / carrier / "numbering.key")

    def home(self, organisation: str) -> str:
        """Whose node an organisation uses."""
        served_by: dict[str, str] = read_toml(self.directory / CLIENT_FILE)["served_by"]
        return served_by.get(organisation, organisation)

    def client(self, who: str, node: str | None = None) -> Client:
        """A client for a member, or for an organisation's clerk, at their node or at another."""
        member = CLERK.get(who, who)
        home = node or self.home(member.partition("/")[0])
        if (member, home) not in self._clients:
            self._clients[member, home] = self.fresh_client(member, home)
        return self._clients[member, home]

    def fresh_client(
        self, member: str, node: str, *, signer: Signer | None = None, principal: str | None = None
    ) -> Client:
        """A client that the caller closes."""
        known = signer or Signer(member=member, key=self.key(member))
        return Client(self.url(node), signer=known, genesis=self.genesis, on_behalf_of=principal)

    def status(self, node: str) -> dict[str, Any]:
        probe = Client(self.url(node), timeout_s=5.0)
        try:
            return probe.status()
        finally:
            probe.close()

    def height(self, node: str) -> int:
        return int(self.status(node)["height"])

    def pids(self) -> dict[str, int | None]:
        return {name: running_pid(place.directory) for name, place in self.places.items()}

    def log(self, node: str) -> str:
        path = self.places[node].directory / "node.log"
        return path.read_text(encoding="utf-8", errors="replace")

    def await_ready(self, *nodes: str) -> None:
        """Wait until these nodes, or all, say that they are ready."""
        for name in nodes or tuple(self.places):
            eventually(
                lambda place=self.places[name]: not not_ready_because(place),  # type: ignore[misc]
                f"{name} is ready; {not_ready_because(self.places[name])}\n"
                f"{log_tail(self.places[name].directory)}",
            )

    def await_height(self, height: int, *nodes: str) -> None:
        """Wait until these nodes, or all, have a block."""
        for name in nodes or tuple(self.places):
            eventually(lambda name=name: self.height(name) >= height, f"{name} has block {height}")  # type: ignore[misc]

    # Acting

    def sealane(
        self, *args: object, as_: str | None = None, exit_code: int | None = 0
    ) -> subprocess.CompletedProcess[str]:
        """A command on this network, as a process."""
        who = ("--as", CLERK.get(as_, as_)) if as_ else ()
        network = ("--network", self.directory) if as_ else ()
        return run_sealane(*args, *who, *network, cwd=self.directory.parent, exit_code=exit_code)

    def said(self, *args: object, as_: str | None = None, exit_code: int = 0) -> Any:
        """What a command says as JSON: its result, or the error that it ends with."""
        done = self.sealane(*args, "--json", as_=as_, exit_code=exit_code)
        if done.stdout.strip():
            value = json.loads(done.stdout)
            command = command_of([str(word) for word in args])
            assert command is not None, args
            assert_shape(command, value)
            return value
        return json.loads(done.stderr.splitlines()[-1])["error"]

    def act(
        self, who: str, act: str, subject: str, fields: dict[str, Any], *, node: str | None = None
    ) -> dict[str, Any]:
        """An act that must be sealed; every node has it when this returns."""
        result = self.client(who, node).act(act, subject, make_body(act, fields))
        return self.note(result)

    def note(self, result: dict[str, Any]) -> dict[str, Any]:
        """Remember what was acknowledged, and wait until all running nodes have it."""
        assert result["status"] == "sealed", result
        self.sealed[result["id"]] = result
        running = [name for name, pid in self.pids().items() if pid is not None]
        self.await_height(int(result["height"]), *running)
        return result

    def container(self, *, node: str = PORT, valid_for_ms: int = 600_000) -> bytes:
        """A statement that records a new container entering the port: an act that is always in order."""
        fields = event_fields("gate_in", "CNQZH", "export", None)
        fields |= {"container": {"commitment": os.urandom(32).hex(), "operator": CARRIER}}
        return self.client(PORT, node).sign(
            "movement.record",
            f"container/{os.urandom(16).hex()}",
            make_body("movement.record", fields),
            expected_version=0,
            valid_for_ms=valid_for_ms,
        )

    def tick(self, node: str = PORT) -> dict[str, Any]:
        """Have one more statement sealed, submitted at a node; the answer."""
        result = self.client(PORT, node).submit(self.container(node=node))
        assert result["status"] == "sealed", result
        self.sealed[result["id"]] = result
        return result

    # Hurting

    def kill(self, *nodes: str) -> None:
        """End nodes as a power cut would, all at once."""
        pids = {name: running_pid(self.places[name].directory) for name in nodes}
        for pid in pids.values():
            assert pid is not None, f"not all of {pids} run"
            os.kill(pid, signal.SIGKILL)
        for name in nodes:
            eventually(lambda name=name: self.pids()[name] is None, f"{name} is gone")  # type: ignore[misc]
            self.forget(name)

    def start(self, *nodes: str) -> None:
        """Start nodes, and wait until they are ready."""
        started = {name: start_node(self.places[name].directory) for name in nodes}
        self._processes += started.values()
        for name, process in started.items():
            eventually(
                lambda name=name, process=process: (  # type: ignore[misc]
                    process.poll() is not None or not not_ready_because(self.places[name])
                ),
                f"{name} is ready",
            )
            assert process.poll() is None, f"{name} ended\n{log_tail(self.places[name].directory)}"

    def pause(self, *nodes: str) -> None:
        """Stop processes without ending them, as a machine that hangs."""
        for name in nodes:
            pid = self.pids()[name]
            assert pid is not None
            os.kill(pid, signal.SIGSTOP)
            self.forget(name)

    def resume(self, *nodes: str) -> None:
        """Let paused processes go on."""
        for name in nodes:
            pid = self.pids()[name]
            assert pid is not None
            os.kill(pid, signal.SIGCONT)

    def heal(self) -> None:
        """Whatever a test did: every node runs and is ready."""
        for pid in self.pids().values():
            if pid is not None:
                os.kill(pid, signal.SIGCONT)
        self.start(*(name for name, pid in self.pids().items() if pid is None))
        self.await_ready()

    def forget(self, node: str) -> None:
        """Drop connections that lead to a process which is gone."""
        for (member, home), client in list(self._clients.items()):
            if home == node:
                client.close()
                del self._clients[member, home]

    def close(self) -> None:
        """Stop everything, at once if need be."""
        for client in self._clients.values():
            client.close()
        for pid in self.pids().values():
            if pid is not None:
                os.kill(pid, signal.SIGCONT)
        try:
            self.sealane("network", "down", self.directory)
        finally:
            for pid in self.pids().values():
                if pid is not None:
                    os.kill(pid, signal.SIGKILL)
            for process in self._processes:
                process.wait(PATIENCE_S)


def tracebacks(world: World) -> dict[str, str]:
    """Logs that hold what must never be there: an exception that nobody expected, or a contradiction."""
    pattern = re.compile(r"Traceback|contradict|InvariantViolated|never awaited", re.IGNORECASE)
    logs = {name: world.log(name) for name in world.places}
    return {name: text for name, text in logs.items() if pattern.search(text)}
