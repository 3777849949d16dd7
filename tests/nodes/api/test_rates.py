"""How often one may ask, and what happens beyond it."""

from __future__ import annotations

import asyncio
import secrets
import socket

import httpx2
import pytest

from nodes.api import protocol
from nodes.api.app import create_app
from nodes.api.problems import ApiProblem
from nodes.api.rates import BURST_S, Rates, limited
from nodes.api.server import ApiServer
from nodes.config import ApiSection
from nodes.services import NodeServices
from tests.nodes.api.rig import AUTHORITY, CLERK, TRADER, Rig, problem
from tests.nodes.api.test_service import _all

FAR = ("203.0.113.7", 5000)


def refused(rates: Rates, key: str, now_s: float) -> ApiProblem:
    with pytest.raises(ApiProblem) as caught:
        rates.take(key, now_s)
    return caught.value


def test_a_bucket_holds_a_burst_and_fills_at_its_rate() -> None:
    rates = Rates(2.0)
    for _ in range(int(2.0 * BURST_S)):
        rates.take("a", 0.0)
    error = refused(rates, "a", 0.0)
    assert (error.body.status, error.headers["Retry-After"]) == (429, "1")
    # To be refused costs nothing: half a second later one more fits, and no second one.
    for _ in range(100):
        refused(rates, "a", 0.4)
    rates.take("a", 0.5)
    refused(rates, "a", 0.5)
    rates.take("b", 0.5)
    # However long nobody asks, no more than the burst is saved up.
    for _ in range(int(2.0 * BURST_S)):
        rates.take("a", 1e6)
    refused(rates, "a", 1e6)


def test_waiting_as_long_as_told_is_enough() -> None:
    rates = Rates(0.25)
    for _ in range(int(0.25 * BURST_S)):
        rates.take("a", 0.0)
    rates.take("a", float(refused(rates, "a", 0.0).headers["Retry-After"]))


def test_no_rate_is_no_limit() -> None:
    rates = Rates(0.0)
    for _ in range(10_000):
        rates.take("a", 0.0)
    assert len(rates) == 0


def test_any_number_of_addresses_takes_bounded_memory() -> None:
    rates = Rates(1.0, kept=100)
    for number in range(1_000):
        rates.take(f"address {number}", float(number))
    assert len(rates) == 100


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("127.0.0.1", None),
        ("127.9.9.9", None),
        ("::1", None),
        ("::ffff:127.0.0.1", None),
        ("", None),
        ("a socket's path", None),
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_who_counts_as_one(host: str, key: str | None) -> None:
    assert limited(host) == key


def served(rig: Rig, **limits: float) -> httpx2.AsyncClient:
    """The same node with other rates, asked from far away."""
    config = rig.services.config
    api = config.api.model_copy(update=limits)
    services = {name: getattr(rig.services, name) for name in NodeServices.__dataclass_fields__}
    app = create_app(NodeServices(**{**services, "config": config.model_copy(update={"api": api})}))
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app, client=FAR), base_url=f"http://{AUTHORITY}"
    )


async def test_an_address_that_asks_too_often_is_told_to_wait(rig: Rig) -> None:
    async with served(rig, requests_per_s=0.5) as client:
        for _ in range(5):
            assert (await client.get("/v1/status")).status_code == 200
        answer = await client.get("/v1/status")
        problem(answer, 429, "request.too-many")
        assert answer.headers["retry-after"] == "2"
        # Nothing is read of what comes too often, and probes are answered.
        problem(await client.post("/v1/statements", content=b"x"), 429, "request.too-many")
        assert (await client.get("/healthz")).status_code == 200
        rig.clock.turn(2)
        assert (await client.get("/v1/status")).status_code == 200
    # Others are served meanwhile, this machine without limit.
    for _ in range(50):
        assert (await rig.client.get("/v1/status")).status_code == 200


async def test_a_member_that_asks_too_often_is_told_to_wait(rig: Rig) -> None:
    async with served(rig, member_requests_per_s=0.5) as client:

        async def read(member: str) -> httpx2.Response:
            return await client.send(rig.signed("GET", "/v1/blocks", member=member))

        for _ in range(5):
            assert (await read(CLERK)).status_code == 200
        signed = rig.signed("GET", "/v1/blocks", member=CLERK)
        problem(await client.send(signed), 429, "request.too-many")
        assert (await read(TRADER)).status_code == 200
        # The same bytes count once there is room: they were not served before.
        rig.clock.turn(2)
        assert (await client.send(signed)).status_code == 200


async def test_a_member_is_not_slowed_by_requests_in_its_name(rig: Rig) -> None:
    async with served(rig, member_requests_per_s=0.1) as client:
        for _ in range(20):
            forged = rig.signed("GET", "/v1/blocks", member=CLERK, nonce=secrets.token_bytes(16))
            forged.headers["signature"] = f"sealane=:{'A' * 86}==:"
            problem(await client.send(forged), 401, "request.signature")
        answer = await client.send(rig.signed("GET", "/v1/blocks", member=CLERK))
        assert answer.status_code == 200


@pytest.mark.loopback
async def test_one_address_cannot_hold_every_connection(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "MAX_ADDRESS_CONNECTIONS", 3)
    monkeypatch.setattr(protocol, "limited", lambda host: host)
    server = ApiServer(rig.app, ApiSection(port=0))
    await server.start()
    held = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(3)]
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    assert await asyncio.wait_for(_all(reader), 5) == b""
    writer.close()
    # Another address is served, and so is this one once it lets go.
    with socket.create_connection(("127.0.0.1", server.port), source_address=("127.0.0.2", 0)) as other:
        assert await asyncio.to_thread(_status, other) == b"HTTP/1.1 200 OK"
    held[0][1].close()
    await held[0][1].wait_closed()
    async with asyncio.timeout(5):
        while await asyncio.to_thread(_fresh_status, server.port) != b"HTTP/1.1 200 OK":
            pass
    for _, writer in held[1:]:
        writer.close()
    await server.stop()


def _status(connection: socket.socket) -> bytes:
    connection.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    return connection.recv(65_536).partition(b"\r\n")[0]


def _fresh_status(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        try:
            return _status(connection)
        except ConnectionError:
            return b""
