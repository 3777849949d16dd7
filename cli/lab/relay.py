"""The lab's relay: every connection between the nodes of an exercise runs through it, so it can cut them.

Each node finds its peers at ports of the relay, one for each ordered pair, and the relay
passes bytes on without understanding them: nodes speak mutual TLS end to end and
notice nothing but a line that is there or not. Which lines are cut is what
`groups.json` says; the relay looks at it ten times a second and answers with
`applied.json`. It is a process of its own and needs no rights.

    python -m cli.lab.relay DIRECTORY
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import msgspec

from cli.errors import CliError, ExitCode
from cli.network_files import NodePlace, write_node
from cli.network_plan import Plan
from cli.processes import log_tail, port_is_free, running_as_node, running_pid, start_detached, wait_until
from ledger.canonical import Canonical, decode, encode

FOLDER: Final = "relay"
"""Folder of the relay, in the network directory."""

PORTS_FROM: Final = 101
"""The relay's ports begin so far above the base: behind the nodes' own."""

HOST: Final = "127.0.0.1"
READY_S: Final = 60.0
"""How long the relay may take to start, or to do as it is told."""

_POLL_S = 0.1
_CHUNK = 65_536
_MAX_FILE = 65_536

_ROUTES, _GROUPS, _APPLIED = "routes.json", "groups.json", "applied.json"

Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]


class Route(Canonical, frozen=True, kw_only=True):
    """One line, in the direction in which it is dialled."""

    dialler: str
    """Organisation whose node dials."""
    dialled: str
    """Organisation whose node answers."""
    listen: Port
    """Port of the relay."""
    target: Port
    """Port of the node that answers."""


class Routes(Canonical, frozen=True, kw_only=True):
    """All lines."""

    routes: tuple[Route, ...]


class Groups(Canonical, frozen=True, kw_only=True):
    """Who can reach whom: nodes of one group, and everybody while there is none."""

    groups: tuple[tuple[str, ...], ...] = ()

    def cuts(self, route: Route) -> bool:
        """Whether a line is cut."""
        return bool(self.groups) and not any(
            route.dialler in group and route.dialled in group for group in self.groups
        )


# ----- as the lab uses it -----------------------------------------------------


def install(network: Path, plan: Plan, places: list[NodePlace]) -> None:
    """Have every node of a new network find its peers through the relay."""
    listen = plan.port_base + PORTS_FROM
    routes = []
    for dialler in places:
        found = [dialler]
        for dialled in places:
            if dialled == dialler:
                continue
            routes.append(
                Route(
                    dialler=dialler.organisation,
                    dialled=dialled.organisation,
                    listen=listen,
                    target=dialled.peer_port,
                )
            )
            found.append(replace(dialled, peer_port=listen))
            listen += 1
        write_node(dialler, found, plan)
    _write(network / FOLDER / _ROUTES, encode(Routes(routes=tuple(routes))))


def is_installed(network: Path) -> bool:
    """Whether a network has a relay."""
    return (network / FOLDER / _ROUTES).is_file()


def start(network: Path) -> None:
    """Start the relay if it does not run; `CliError` when a port is taken, or it does not come up."""
    folder = network / FOLDER
    if running_pid(folder) is not None:
        return
    taken = [str(route.listen) for route in _routes(folder) if not port_is_free(HOST, route.listen)]
    if taken:
        raise CliError(
            f"nothing was started: port {', '.join(taken)} is in use",
            why="The lab's relay needs it; another lab may run beside.",
            exit_code=ExitCode.REFUSED,
            code="port.taken",
        )
    (folder / _APPLIED).unlink(missing_ok=True)
    process = start_detached(["-m", "cli.lab.relay", str(folder.resolve())], folder)
    wait_until(lambda: process.poll() is not None or (folder / _APPLIED).is_file(), timeout_s=READY_S)
    if process.poll() is not None or not (folder / _APPLIED).is_file():
        raise CliError(
            "the lab's relay did not start",
            why=log_tail(folder),
            exit_code=ExitCode.UNREACHABLE,
            code="lab.relay",
        )


def divide(network: Path, groups: Iterable[tuple[str, ...]]) -> None:
    """Cut all lines between groups, or none where there are none; returns once that is so."""
    folder = network / FOLDER
    wanted = Groups(groups=tuple(groups))
    _write(folder / _GROUPS, encode(wanted))
    if not wait_until(lambda: applied(network) == wanted, timeout_s=READY_S):
        raise CliError(
            "the lab's relay does not answer",
            why=log_tail(folder),
            do="sealane lab stop, then sealane lab start EXERCISE",
            exit_code=ExitCode.UNREACHABLE,
            code="lab.relay",
        )


def applied(network: Path) -> Groups | None:
    """Which lines the running relay has cut; None when it does not run."""
    folder = network / FOLDER
    if running_pid(folder) is None or not (folder / _APPLIED).is_file():
        return None
    return decode((folder / _APPLIED).read_bytes(), Groups, max_bytes=_MAX_FILE)


def _routes(folder: Path) -> tuple[Route, ...]:
    return decode((folder / _ROUTES).read_bytes(), Routes, max_bytes=_MAX_FILE).routes


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_bytes(data)
    fresh.replace(path)


# ----- the process ------------------------------------------------------------


class Relay:
    """Listens on every route, and passes on what is not cut."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._groups = Groups()
        self._lines: dict[asyncio.Task[None], Route] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until told to stop, or until the folder is gone; raises `OSError` for a taken port."""
        servers = [await self._listen(route) for route in _routes(self._folder)]
        try:
            while not stop.is_set() and self._folder.is_dir():
                self._obey()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), _POLL_S)
        finally:
            for server in servers:
                server.close()
            for line in tuple(self._lines):
                line.cancel()
            await asyncio.gather(*self._lives(), return_exceptions=True)

    def _lives(self) -> list[asyncio.Task[None]]:
        return list(self._lines)

    def _obey(self) -> None:
        """Cut what is to be cut now, and say so."""
        path, said = self._folder / _GROUPS, self._folder / _APPLIED
        wanted = decode(path.read_bytes(), Groups, max_bytes=_MAX_FILE) if path.is_file() else Groups()
        if wanted == self._groups and said.is_file():
            return
        self._groups = wanted
        for line, route in tuple(self._lines.items()):
            if wanted.cuts(route):
                line.cancel()
        _write(said, encode(wanted))

    async def _listen(self, route: Route) -> asyncio.Server:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            if task is None or self._groups.cuts(route):
                writer.transport.abort()
                return
            self._lines[task] = route
            try:
                await _pass_on(reader, writer, route.target)
            except asyncio.CancelledError:
                pass  # The line is cut: the task has nothing else to do, and ends.
            finally:
                del self._lines[task]
                writer.transport.abort()

        return await asyncio.start_server(serve, HOST, route.listen)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    """Join a connection with one to a node, until either ends."""
    try:
        far_reader, far_writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return
    ways = {
        asyncio.ensure_future(_pump(reader, far_writer)),
        asyncio.ensure_future(_pump(far_reader, writer)),
    }
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        far_writer.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()


async def _serve(folder: Path) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    await Relay(folder).run(stop)


def main(folder: Path) -> None:
    """Run the relay in a folder; a second one for the same folder is refused."""
    with running_as_node(folder):
        asyncio.run(_serve(folder))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
