"""Running commands in this process, and a node that answers what a test tells it to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from typer._click.globals import get_current_context
from typer.testing import CliRunner, Result

from cli.main import app
from cli.output import Output
from tests.shapes import assert_shape, command_of

VARIABLES = ("NETWORK", "AS", "KEY", "NODE", "PASSPHRASE", "DEBUG")

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def held_to_their_shapes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every result of a command is one that its reference promises, whatever the test looks at."""
    show = Output.result

    def checked(self: Output, value: Any, text: str | Iterable[str] = "") -> None:
        context = get_current_context(silent=True)
        command = None if context is None else command_of(context.command_path.split()[1:] or ["sealane"])
        if command is not None:
            assert_shape(command, value)
        show(self, value, text)

    monkeypatch.setattr(Output, "result", checked)


@pytest.fixture
def sealane(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """`sealane("key", "show", file)`: run a command line in an empty directory without settings."""
    for name in VARIABLES:
        monkeypatch.delenv(f"SEALANE_{name}", raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*args: object, **environment: str) -> Result:
        return CliRunner().invoke(app, [str(arg) for arg in args], env=environment)

    return run


@dataclass(frozen=True)
class Asked:
    """A request that the fake node received."""

    method: str
    path: str
    query: dict[str, str]
    raw_query: str
    headers: dict[str, str]
    body: bytes


Reply = tuple[int, Any]
"""A status and a body: bytes as they are, anything else as JSON."""


@dataclass
class FakeNode:
    """An HTTP server whose answers a test scripts."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    replies: dict[str, Any] = field(default_factory=dict)
    """By `METHOD /path`: a reply, replies used in turn (the last stays), or a function of `Asked`."""
    clock_ms: int = 0
    """What its answers are dated."""
    retry_after: str = ""
    """What its refusals ask for."""
    hangs_up: bool = False
    """Whether it ends the connection after each answer, without having said so."""

    def reply(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        scripted = self.replies.get(f"{asked.method} {asked.path}")
        if scripted is None:
            return 404, {"title": "not found", "status": 404, "code": "not-found", "detail": asked.path}
        if callable(scripted):
            return scripted(asked)  # type: ignore[no-any-return]
        if isinstance(scripted, list):
            return scripted.pop(0) if len(scripted) > 1 else scripted[0]
        return scripted  # type: ignore[no-any-return]


def _handler(node: FakeNode) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, parts.path, dict(parse_qsl(parts.query)), parts.query, headers, body)
            status, answer = node.reply(asked)
            if status == 0:  # hang up without an answer
                self.close_connection = True
                return
            data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(data)))
            if node.retry_after and status >= 400:
                self.send_header("retry-after", node.retry_after)
            self.end_headers()
            self.wfile.write(data)
            if node.hangs_up:
                self.close_connection = True

        do_GET = do_POST = do_PUT = _serve  # noqa: N815

        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string(node.clock_ms // 1000)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    return Handler


@pytest.fixture
def node() -> Iterator[FakeNode]:
    """A fake node on a loopback port; tests that use it are marked `loopback`."""
    fake = FakeNode()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(fake))
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="session")
def corridor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network directory of the corridor, made once; tests must not change it."""
    from cli.network_files import create_network
    from cli.network_plan import corridor_plan

    directory = tmp_path_factory.mktemp("corridor") / "net"
    create_network(directory, corridor_plan(), time_ms=1_790_000_000_000)
    return directory
