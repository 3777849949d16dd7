"""The relay: bytes go through, a cut ends them and bars new ones, a mended line works again."""

from __future__ import annotations

import asyncio
import contextlib
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cli.lab import relay
from cli.lab.relay import Groups, Relay, Route, Routes
from cli.network_files import create_network, node_places
from cli.network_plan import corridor_plan
from cli.processes import wait_until
from ledger.canonical import encode
from tests.ports import reserve_ports

PATIENCE_S = 20.0


def test_a_line_is_cut_where_no_group_holds_both_ends() -> None:
    line = Route(dialler="a", dialled="b", listen=1, target=2)
    assert not Groups().cuts(line)
    assert not Groups(groups=(("a", "b"), ("c",))).cuts(line)
    assert Groups(groups=(("a", "c"), ("b",))).cuts(line)
    assert Groups(groups=(("a",),)).cuts(line)


def test_every_node_dials_through_the_relay(tmp_path: Path) -> None:
    plan = corridor_plan()
    create_network(tmp_path / "net", plan, time_ms=1_790_000_000_000)
    places = node_places(tmp_path / "net", plan)
    relay.install(tmp_path / "net", plan, places)
    assert relay.is_installed(tmp_path / "net")
    routes = {(r.dialler, r.dialled): r for r in relay._routes(tmp_path / "net" / relay.FOLDER)}
    assert len(routes) == len(places) * (len(places) - 1)
    assert len({route.listen for route in routes.values()}) == len(routes)
    for place in places:
        config = tomllib.loads((place.directory / "node.toml").read_text(encoding="utf-8"))
        assert config["peer"]["port"] == place.peer_port
        found = {peer["organisation"]: peer["port"] for peer in config["peers"]}
        others = [other for other in places if other != place]
        assert found == {o.organisation: routes[place.organisation, o.organisation].listen for o in others}
        assert all(routes[place.organisation, o.organisation].target == o.peer_port for o in others)


@contextlib.asynccontextmanager
async def running(folder: Path) -> AsyncIterator[tuple[int, asyncio.Task[None]]]:
    """A relay with one line, from `a` to `b`, before a server that answers in capitals; its port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            writer.write(data.upper())
        writer.close()

    server = await asyncio.start_server(answer, relay.HOST, 0)
    target, listen = server.sockets[0].getsockname()[1], reserve_ports()
    relay._write(
        folder / "routes.json",
        encode(Routes(routes=(Route(dialler="a", dialled="b", listen=listen, target=target),))),
    )
    stop = asyncio.Event()
    task = asyncio.create_task(Relay(folder).run(stop))
    await said(folder, Groups())
    try:
        yield listen, task
    finally:
        stop.set()
        await asyncio.wait_for(task, PATIENCE_S)
        server.close()


async def said(folder: Path, groups: Groups) -> None:
    path = folder / "applied.json"

    def so() -> bool:
        return path.is_file() and path.read_bytes() == encode(groups)

    assert await asyncio.to_thread(wait_until, so, timeout_s=PATIENCE_S)


async def ask(port: int) -> bytes:
    """What comes back for one word; nothing from a line that is cut."""
    with contextlib.suppress(OSError):
        reader, writer = await asyncio.open_connection(relay.HOST, port)
        writer.write(b"word")
        answer = await asyncio.wait_for(reader.read(100), PATIENCE_S)
        writer.close()
        return answer
    return b""


@pytest.mark.loopback
async def test_a_cut_ends_what_is_open_and_bars_what_comes(tmp_path: Path) -> None:
    async with running(tmp_path) as (port, _):
        reader, writer = await asyncio.open_connection(relay.HOST, port)
        writer.write(b"word")
        assert await reader.read(100) == b"WORD"
        cut = Groups(groups=(("a",), ("b",)))
        relay._write(tmp_path / "groups.json", encode(cut))
        await said(tmp_path, cut)
        with contextlib.suppress(ConnectionError):
            assert await asyncio.wait_for(reader.read(100), PATIENCE_S) == b""
        writer.close()
        assert await ask(port) == b""
        relay._write(tmp_path / "groups.json", encode(Groups()))
        await said(tmp_path, Groups())
        assert await ask(port) == b"WORD"
