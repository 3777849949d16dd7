"""Event streams: what a subscriber receives, and how streams end and are bounded."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from nodes.api import events, limits
from tests.nodes.api.rig import CLERK, Rig, problem


class Stream:
    """An answer that is still being written, which the client of the other tests would wait for in full."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.parts: asyncio.Queue[bytes] = asyncio.Queue()
        self.gone = asyncio.Event()
        self._asked = False

    async def receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        elif message["body"]:
            await self.parts.put(message["body"])

    async def event(self) -> tuple[str, dict[str, Any]]:
        lines = (await asyncio.wait_for(self.parts.get(), 5)).decode().strip().splitlines()
        values = dict(line.split(": ", 1) for line in lines)
        return values["event"], json.loads(values["data"])


@asynccontextmanager
async def stream(rig: Rig, path: str = "/v1/events", **query: str) -> AsyncIterator[Stream]:
    request = rig.signed("GET", path, query)
    made = Stream()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": request.url.query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8401),
    }
    task = asyncio.create_task(rig.app(scope, made.receive, made.send))
    try:
        yield made
    finally:
        made.gone.set()
        await asyncio.wait_for(task, 5)


async def test_blocks_and_entries_arrive_as_they_are_committed(rig: Rig) -> None:
    async with stream(rig) as reader:
        assert await reader.event() == ("ready", {"height": 0, "time_ms": 1_790_000_000_000, "ready": True})
        sealed = (await rig.submit(rig.enrolment("second"))).json()
        both = (await asyncio.wait_for(reader.parts.get(), 5)).decode().split("\n\n")
        assert both[0].startswith("id: 1\nevent: block\n")
        assert json.loads(both[0].partition("data: ")[2]) == {
            "height": 1,
            "block_id": sealed["block_id"],
            "time_ms": sealed["time_ms"],
            "entries": 1,
        }
        assert json.loads(both[1].partition("data: ")[2]) == {
            "index": 1,
            "id": sealed["id"],
            "act": "member.enrol",
            "subject": "member/harbour/second",
            "issuer": CLERK,
            "height": 1,
        }
        assert reader.headers["content-type"].startswith("text/event-stream")
        assert rig.app.state.api.limits.subscribers.used == 1
    assert rig.app.state.api.limits.subscribers.used == 0
    assert rig.outcomes._subscriptions == set()


async def test_a_block_that_ready_already_counted_is_not_told_after_it(rig: Rig) -> None:
    """A block is durable a moment before it is told, and a stream may begin in between."""
    earlier = rig.outcomes.subscribe()
    await rig.engine.seal_block()
    first = await asyncio.wait_for(earlier.queue.get(), 5)
    assert first is not None
    async with stream(rig, types="block,ready") as reader:
        assert (await reader.event())[1]["height"] == 1
        rig.outcomes.committed(first)
        await rig.engine.seal_block()
        assert (await reader.event())[1]["height"] == 2


async def test_only_the_kinds_asked_for(rig: Rig) -> None:
    async with stream(rig, types="entry") as reader:
        assert await asyncio.wait_for(reader.parts.get(), 5) == b": stream\n\n"
        await rig.engine.seal_block()
        await rig.submit(rig.enrolment("second"))
        assert (await reader.event())[0] == "entry"
    problem(await rig.get("/v1/events", types="block,votes"), 400, "request.invalid", "types")


async def test_silence_is_broken_by_comments(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "KEEP_ALIVE_S", 0.01)
    async with stream(rig, types="block") as reader:
        assert await asyncio.wait_for(reader.parts.get(), 5) == b": stream\n\n"
        assert await asyncio.wait_for(reader.parts.get(), 5) == b": waiting\n\n"


async def test_a_stopping_node_ends_its_streams(rig: Rig) -> None:
    async with stream(rig) as reader:
        await reader.event()
        rig.outcomes.close()
    answer = await rig.get("/v1/events")
    assert answer.text.startswith("event: ready")


async def test_the_number_of_streams_is_bounded(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_SUBSCRIBERS_EACH", 1)
    async with stream(rig) as reader:
        await reader.event()
        problem(await rig.get("/v1/events"), 429, "request.too-many")
        monkeypatch.setattr(limits, "MAX_SUBSCRIBERS_EACH", 9)
        monkeypatch.setattr(limits, "MAX_SUBSCRIBERS_ORGANISATION", 1)
        problem(await rig.get("/v1/events"), 429, "request.too-many")
        rig.app.state.api.limits.subscribers._limit = 1
        problem(await rig.get("/v1/events"), 503, "node.busy")
    assert rig.app.state.api.limits._subscribing == {}
