"""The API as its own OpenAPI document describes it, asked by schemathesis over HTTP.

Whatever is asked: no failure inside, no status or type that the document does not
name, every answer of its schema, every refusal a problem with a stable code. Reads
are asked signed and unsigned. Statements start from valid ones.
"""

from __future__ import annotations

import asyncio
import copy
import secrets
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import cbor2
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import checks

from ledger.requests import Request, sign_request
from nodes.api.openapi import SUBMISSIONS
from nodes.api.problems import MEDIA_TYPE
from nodes.api.server import ApiServer
from nodes.config import ApiSection
from tests.fuzz.mutation import mutated
from tests.nodes.api.rig import AUTHORITY, CLERK, Rig, key_of

pytestmark = [pytest.mark.loopback, pytest.mark.timeout(300)]

CHECKS = (
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.negative_data_rejection,
)
EFFORT = settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
IN_DEPTH = settings(EFFORT, max_examples=100, derandomize=False, print_blob=True)


class Signing(requests.auth.AuthBase):
    """Signs a request as it is about to go on the wire."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        parts = urlsplit(prepared.url or "")
        body = prepared.body or b""
        request = Request(
            method=prepared.method or "GET",
            authority=AUTHORITY,
            path=parts.path,
            query=parts.query,
            member=CLERK,
            body=body.encode() if isinstance(body, str) else body,
        )
        created_s = self._rig.clock.time_ms // 1000
        signed = sign_request(key_of(CLERK), request, created_s=created_s, nonce=secrets.token_bytes(16))
        prepared.headers.update(signed)
        return prepared


class Served:
    """A node's API with a few entries, served by the real server in a thread of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._up = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._up.wait(30)

    def _run(self) -> None:
        self._loop.run_until_complete(self._start())
        self._up.set()
        self._loop.run_forever()

    async def _start(self) -> None:
        self.rig = Rig(self._folder)
        self._server = ApiServer(self.rig.app, ApiSection(port=0))
        await self._server.start()
        self.url = f"http://127.0.0.1:{self._server.port}"
        self.statements = tuple(self.rig.enrolment(f"clerk-{number}") for number in range(3))
        for statement in self.statements[:2]:
            assert (await self.rig.submit(statement)).status_code == 201

    def close(self) -> None:
        async def stop() -> None:
            self.rig.outcomes.close()
            await self._server.stop()
            await self.rig.close()

        asyncio.run_coroutine_threadsafe(stop(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)
        self._loop.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    made = Served(tmp_path_factory.mktemp("api"))
    yield made
    made.close()


@pytest.fixture
def api(served: Served) -> Any:
    document = copy.deepcopy(served.rig.app.openapi())
    for operations in document["paths"].values():
        for operation in operations.values():
            # Signing is done here; schemathesis would put a word into Authorization, which nobody reads.
            operation.pop("security", None)
    return schemathesis.openapi.from_dict(document)


@schemathesis.serializer("application/cose", "application/cbor")
def as_they_are(context: Any, value: Any) -> bytes:
    """Bodies that are bytes; what schemathesis makes of their schema is text."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


@pytest.mark.parametrize("mode", schemathesis.GenerationMode)
def test_every_operation_keeps_to_its_description(mode: Any, served: Served, api: Any) -> None:
    ask_everything(mode, served, api, EFFORT)


@pytest.mark.deep
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("mode", schemathesis.GenerationMode)
def test_every_operation_keeps_to_its_description_in_depth(mode: Any, served: Served, api: Any) -> None:
    ask_everything(mode, served, api, IN_DEPTH)


def ask_everything(mode: Any, served: Served, api: Any, effort: settings) -> None:
    operations = [found.ok() for found in api.get_all_operations()]
    assert len(operations) > 20
    for operation in operations:

        @effort
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask_any(case: Any) -> None:
            ask(served, case)

        try:
            ask_any()
        except Unsatisfiable:
            # Nothing can be wrong about a request that takes no arguments.
            assert mode.is_negative


def ask(served: Served, case: Any) -> None:
    case.headers = {**(case.headers or {}), "host": AUTHORITY}
    signs = case.path not in SUBMISSIONS and case.path != "/v1/events"
    for auth in (None, Signing(served.rig)) if signs else (None,):
        judge(case, case.call(base_url=served.url, auth=auth, timeout=30))


def judge(case: Any, answer: Any) -> None:
    case.validate_response(answer, checks=list(CHECKS))
    if answer.status_code >= 400 and case.path != "/readyz":
        problem = answer.json()
        assert answer.headers["content-type"] == [MEDIA_TYPE]
        assert problem["status"] == answer.status_code
        assert problem["code"]
        assert problem["hint"]


@settings(EFFORT, max_examples=15)
@given(data=st.data())
def test_changed_statements(data: Any, served: Served, api: Any) -> None:
    body = data.draw(mutated(served.statements, "cbor"))
    operation = api["/v1/statements"]["POST"]
    case = operation.Case(body=body, media_type="application/cose", query={"timeout_ms": 500})
    judge(case, case.call(base_url=served.url, timeout=30))


@settings(EFFORT, max_examples=15)
@given(data=st.data())
def test_changed_batches(data: Any, served: Served, api: Any) -> None:
    body = data.draw(mutated((cbor2.dumps(list(served.statements)),), "cbor"))
    operation = api["/v1/statements/batch"]["POST"]
    case = operation.Case(body=body, media_type="application/cbor", query={"timeout_ms": 500})
    judge(case, case.call(base_url=served.url, timeout=30))
