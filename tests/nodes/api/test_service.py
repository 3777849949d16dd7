"""What holds around the routes: counting, time limits, incidents, and the server itself."""

from __future__ import annotations

import asyncio
import socket

import httpx2
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from starlette.responses import StreamingResponse

from nodes.api import guard, protocol
from nodes.api.server import ApiServer
from nodes.config import ApiSection
from tests.nodes.api.rig import Rig, problem


async def values(rig: Rig) -> dict[tuple[str, ...], float]:
    answer = await rig.client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, *(label for _, label in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_what_is_counted(rig: Rig) -> None:
    async with rig.app.router.lifespan_context(rig.app):
        await asyncio.sleep(0)
        await rig.submit(rig.enrolment("second"))
        await rig.submit(rig.enrolment("second"))
        await rig.client.get("/v1/headers/0")
        await rig.client.get("/wp-login.php")
        found = await values(rig)
    assert found["sealane_block_height",] == 1
    assert found["sealane_peers_connected",] == 1
    assert found["sealane_ready",] == 1
    assert found["sealane_entries_total",] == 1
    assert found["sealane_block_interval_seconds_count",] == 1
    assert found["sealane_finality_seconds_count",] == 1
    assert found["sealane_refusals_total", "record.exists"] == 1
    assert found["sealane_http_requests_total", "POST", "/v1/statements", "201"] == 1
    assert found["sealane_http_requests_total", "POST", "/v1/statements", "422"] == 1
    assert found["sealane_http_requests_total", "GET", "/v1/headers/{height}", "200"] == 1
    assert found["sealane_http_requests_total", "GET", "unmatched", "404"] == 1


async def test_counting_ends_with_the_node(rig: Rig) -> None:
    async with rig.app.router.lifespan_context(rig.app):
        await asyncio.sleep(0)
        assert len(rig.outcomes._subscriptions) == 1
        rig.outcomes.close()
    assert rig.outcomes._subscriptions == set()


def with_route(rig: Rig, path: str, endpoint: object) -> None:
    app: FastAPI = rig.app
    app.add_api_route(path, endpoint)  # type: ignore[arg-type]


async def test_a_request_that_takes_too_long(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "REQUEST_TIMEOUT_S", 0.01)

    async def forever() -> None:
        await asyncio.Event().wait()

    with_route(rig, "/forever", forever)
    problem(await rig.client.get("/forever"), 503, "node.busy")


async def test_a_stream_may_take_its_time_once_it_has_begun(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "REQUEST_TIMEOUT_S", 0.01)

    async def slowly() -> StreamingResponse:
        async def parts() -> object:
            yield b"first "
            await asyncio.sleep(0.03)
            yield b"second"

        return StreamingResponse(parts())  # type: ignore[arg-type]

    with_route(rig, "/slowly", slowly)
    assert (await rig.client.get("/slowly")).text == "first second"


async def test_an_unexpected_exception(rig: Rig) -> None:
    async def broken() -> None:
        raise LookupError("the inside")

    with_route(rig, "/broken", broken)
    answer = await rig.client.get("/broken")
    problem(answer, 500, "node.internal")
    assert "inside" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.loopback
async def test_the_server_serves_and_stops(rig: Rig) -> None:
    server = ApiServer(rig.app, ApiSection(port=0))
    await server.start()
    url = f"http://127.0.0.1:{server.port}"
    async with httpx2.AsyncClient(base_url=url) as client:
        answer = await client.get("/v1/status")
        assert (answer.status_code, answer.json()["height"]) == (200, 0)
        assert "server" not in answer.headers
        sealed = await client.post("/v1/statements", content=rig.enrolment("second"))
        assert sealed.status_code == 201
        oversized = await client.post("/v1/statements", content=bytes(70_000))
        assert oversized.status_code == 413
    rig.outcomes.close()
    await server.stop()
    with pytest.raises(httpx2.ConnectError):
        async with httpx2.AsyncClient() as client:
            await client.get(url)


@pytest.mark.loopback
async def test_heads_without_end_and_without_haste_are_cut(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    server = ApiServer(rig.app, ApiSection(port=0))
    await server.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET / HTTP/1.1\r\nhost: x\r\nx: " + bytes(b"y" * 70_000))
    assert await asyncio.wait_for(_all(reader), 5) == b""
    writer.close()
    monkeypatch.setattr(protocol, "HEAD_TIMEOUT_S", 0.01)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET / HTTP/1.1\r\n")
    assert await asyncio.wait_for(_all(reader), 5) == b""
    writer.close()
    await server.stop()


async def _all(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""


@pytest.mark.loopback
async def test_a_port_in_use(rig: Rig) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        server = ApiServer(rig.app, ApiSection(port=other.getsockname()[1]))
        with pytest.raises(OSError, match="in use"):
            await server.start()
        await server.stop()
