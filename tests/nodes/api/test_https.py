"""The same application over TLS, beside the plain port: for browsers of other machines."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

from cli.errors import CliError
from cli.network_files import create_network, load_network
from cli.network_https import AUTHORITY_FILE, arrange
from cli.network_plan import plain_plan
from cli.transport import Transport
from nodes.api import server as api_server
from nodes.api.server import ApiServer
from nodes.config import ApiSection, load_config
from tests.nodes.api.rig import Rig

pytestmark = pytest.mark.loopback


@pytest.fixture(name="net")
def net_fixture(tmp_path: Path) -> Path:
    net, now_s = tmp_path / "net", time.time()
    create_network(net, plain_plan(1, 0), time_ms=int(now_s * 1000))
    now = datetime.fromtimestamp(now_s, UTC)
    arrange(net, load_network(net)[0], ("classroom.local",), running=False, now=now)
    return net


@pytest.fixture
def few() -> str:
    """The limit that is three in a test."""
    return "HALF_OPEN_EACH"


@pytest_asyncio.fixture(name="server")
async def server_fixture(
    rig: Rig, net: Path, monkeypatch: pytest.MonkeyPatch, few: str
) -> AsyncIterator[ApiServer]:
    monkeypatch.setattr(api_server, few, 3)
    configured = load_config(net / "nodes" / "org-1").api
    certificate = {"tls_certificate": configured.tls_certificate, "tls_key": configured.tls_key}
    server = ApiServer(rig.app, ApiSection(port=0, https_host="127.0.0.1", https_port=0, **certificate))
    await server.start()
    yield server
    rig.outcomes.close()
    await server.stop()


def strict(net: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(net / AUTHORITY_FILE))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


async def test_both_ports_serve_the_same_and_stop_together(rig: Rig, net: Path, server: ApiServer) -> None:
    plain, secure = f"http://127.0.0.1:{server.port}", f"https://localhost:{server.https_port}"
    async with httpx2.AsyncClient(verify=strict(net)) as client:
        assert (await client.get(f"{plain}/readyz")).status_code == 200
        assert (await client.get(f"{secure}/readyz")).status_code == 200
        sealed = await client.post(f"{secure}/v1/statements", content=rig.enrolment("second"))
        assert sealed.status_code == 201
        assert (await client.get(f"{plain}/v1/status")).json()["height"] == 1
    rig.outcomes.close()
    await server.stop()
    for url in (plain, secure):
        with pytest.raises(httpx2.ConnectError):
            async with httpx2.AsyncClient(verify=strict(net)) as client:
                await client.get(url)


async def test_cookies_never_leave_tls(net: Path, server: ApiServer) -> None:
    async with httpx2.AsyncClient(verify=strict(net)) as client:
        page = await client.get(f"https://localhost:{server.https_port}/sign-in")
    (cookie,) = page.headers.get_list("set-cookie")
    assert cookie.startswith("__Host-")
    assert "; secure" in cookie.lower()


async def test_what_is_not_tls_gets_nothing_there(server: ApiServer) -> None:
    async with httpx2.AsyncClient() as client:
        with pytest.raises(httpx2.TransportError):
            await client.get(f"http://127.0.0.1:{server.https_port}/readyz")
        assert (await client.get(f"http://127.0.0.1:{server.port}/readyz")).status_code == 200


@pytest.mark.parametrize("few", ["HALF_OPEN", "HALF_OPEN_EACH"])
async def test_whoever_connects_and_says_nothing_takes_few_places_and_not_for_long(
    net: Path, server: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert server.https_port is not None
    silent = [await asyncio.open_connection("127.0.0.1", server.https_port) for _ in range(3)]
    late, writer = await asyncio.open_connection("127.0.0.1", server.https_port)
    assert await asyncio.wait_for(late.read(), 10) == b"", "there is no place for a fourth"
    writer.close()
    for _, writer in silent:
        writer.close()
    monkeypatch.setattr(api_server, "HANDSHAKE_TIMEOUT_S", 0.1)
    async with httpx2.AsyncClient(verify=strict(net)) as client, asyncio.timeout(20):
        while not await served(client, server):
            pass
        patient, writer = await asyncio.open_connection("127.0.0.1", server.https_port)
        assert await patient.read() == b"", "nobody waits for it longer"
        writer.close()


async def served(client: httpx2.AsyncClient, server: ApiServer) -> bool:
    try:
        return (await client.get(f"https://localhost:{server.https_port}/readyz")).status_code == 200
    except httpx2.TransportError:
        return False


async def test_a_node_stops_while_somebody_is_silent(server: ApiServer) -> None:
    assert server.https_port is not None
    reader, writer = await asyncio.open_connection("127.0.0.1", server.https_port)
    async with asyncio.timeout(10):
        await server.stop()
        assert await reader.read() == b""
    writer.close()


async def test_a_command_says_whom_it_does_not_trust(
    net: Path, server: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask() -> int:
        with closing(Transport(f"https://localhost:{server.https_port}")) as transport:
            return transport.ask("GET", "/readyz").status

    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with pytest.raises(CliError, match="is not trusted") as refused:
        await asyncio.to_thread(ask)
    assert "SSL_CERT_FILE" in refused.value.do
    monkeypatch.setenv("SSL_CERT_FILE", str(net / AUTHORITY_FILE))
    assert await asyncio.to_thread(ask) == 200
