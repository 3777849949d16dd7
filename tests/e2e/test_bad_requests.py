"""Contents, requests and batches that a running network refuses, and noise at its doors."""

from __future__ import annotations

import json
import os
import socket
import time
from typing import Any
from urllib.parse import urlsplit

import cbor2
import pytest

from cli.contents import plain_package
from cli.errors import CliError
from contracts.documents.package import encode_package
from ledger.keys import SigningKey
from ledger.requests import Request, sign_request
from nodes.api.limits import MAX_CONTENTS_BYTES
from tests.e2e.hostile import Reply, ask
from tests.e2e.trade import Trade
from tests.e2e.world import (
    CARRIER,
    CLERK,
    FORWARDER,
    HAIPHONG,
    PORT,
    QINZHOU,
    World,
)

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("unharmed"), pytest.mark.timeout(180)]

ISSUER = CLERK[CARRIER]


# Contents


def put(world: World, who: str, commitment: str, body: bytes) -> Reply:
    """A signed PUT of any bytes."""
    client = world.client(who)
    try:
        answer = client.ask("PUT", f"/v1/contents/{commitment}", body=body)
    except CliError as error:
        if len(body) <= MAX_CONTENTS_BYTES or error.code != "node.unreachable":
            raise
        client.close()  # the line was closed before all of it was sent
        answer = client.ask("GET", "/healthz")
        assert answer.status == 200
        return Reply(413, {}, b"")
    return Reply(answer.status, answer.headers, answer.body)


def test_oversized_contents(world: World) -> None:
    for size in (MAX_CONTENTS_BYTES + 1, 4_000_000):
        reply = put(world, FORWARDER, "ab" * 32, b" " * size)
        assert reply.status == 413
        if reply.body:
            reply.refused(413, "request.too-large")


PACKAGES: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"{",
    "no object": b"[]",
    "a key twice": b'{"version":1,"version":1}',
    "no number": b'{"version":NaN}',
    "a number beyond all": b'{"version":1e999}',
    "bad UTF-8": b'{"a":"\xff"}',
    "half a character": b'{"a":"\\ud800"}',
    "deep": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "a field that nobody knows": b'{"version":1,"more":1}',
}


@pytest.mark.parametrize("case", PACKAGES)
def test_contents_that_are_none(world: World, case: str) -> None:
    reply = put(world, FORWARDER, "ab" * 32, PACKAGES[case])
    problem = reply.problem
    assert reply.status in (400, 409), problem
    assert problem["code"].startswith("contents."), problem
    assert problem["field"], problem


def test_large_contents_are_no_bad_input(world: World) -> None:
    for size in (65_000, 66_000, 200_000, 1_000_000):
        package = plain_package("document", {"text": "x" * size})
        reply = put(world, FORWARDER, package.commitment().hex(), encode_package(package))
        assert reply.status == 200, (size, reply)


def test_contents_under_the_wrong_commitment(world: World) -> None:
    package = plain_package("document", {"invoice": "1"})
    problem = put(world, FORWARDER, "ab" * 32, encode_package(package)).problem
    assert problem["code"].startswith("contents.")
    put(world, FORWARDER, "xyz", encode_package(package)).refused(400, "request.invalid", "commitment")


def test_contents_by_and_for_those_who_are_not_entitled(world: World, traded: Trade) -> None:
    package = encode_package(traded.package)
    for who in (QINZHOU, HAIPHONG):
        reply = ask_signed(world, who, f"/v1/contents/{traded.commitment}", subject=traded.bill)
        if who == QINZHOU:
            reply.refused(403, "contents.not-entitled")
            put(world, who, traded.commitment, package).refused(403, "contents.not-entitled")
        else:
            assert reply.status == 200, "the office of the declaration may read the bill"
    reply = ask_signed(world, QINZHOU, f"/v1/evidence/{traded.bill}", contents=True)
    reply.refused(403, "contents.not-entitled")
    copied = encode_package(plain_package("bill", traded.papers.bill))
    assert put(world, PORT, "cd" * 32, copied).problem["code"].startswith("contents.")


def ask_signed(world: World, who: str, path: str, **query: Any) -> Reply:
    answer = world.client(who).ask("GET", path, query=query)
    return Reply(answer.status, answer.headers, answer.body)


# Requests


def test_reads_need_a_members_signature(world: World, traded: Trade) -> None:
    for path in (f"/v1/records/{traded.bill}", "/v1/blocks", "/v1/entries", "/v1/search?party=coral-line"):
        ask(world.url(CARRIER), "GET", path).refused(401, "request.unsigned", "signature")


def signed(
    world: World, url: str, *, created_s: int, key: SigningKey | None = None, path: str = "/v1/blocks"
) -> dict[str, str]:
    request = Request(
        method="GET", authority=urlsplit(url).netloc, path=path, query="", member=ISSUER, body=b""
    )
    return sign_request(key or world.key(ISSUER), request, created_s=created_s, nonce=os.urandom(16))


def test_a_signed_request_counts_once_and_only_here_and_now(world: World) -> None:
    url, now_s = world.url(CARRIER), int(time.time())
    headers = signed(world, url, created_s=now_s)
    assert ask(url, "GET", "/v1/blocks", headers=headers).status == 200
    ask(url, "GET", "/v1/blocks", headers=headers).refused(401, "request.replayed")
    elsewhere = signed(world, world.url(QINZHOU), created_s=now_s)
    assert ask(url, "GET", "/v1/blocks", headers=elsewhere).problem["code"] == "request.signature"
    old = signed(world, url, created_s=now_s - 3_600)
    assert ask(url, "GET", "/v1/blocks", headers=old).problem["code"] == "request.stale"
    other = signed(world, url, created_s=now_s, path="/v1/entries")
    assert ask(url, "GET", "/v1/blocks", headers=other).problem["code"] == "request.signature"
    forged = signed(world, url, created_s=now_s, key=SigningKey.from_entropy(os.urandom(48)))
    assert ask(url, "GET", "/v1/blocks", headers=forged).problem["code"] == "request.signature"


def test_questions_that_make_no_sense(world: World) -> None:
    url, client = world.url(CARRIER), world.client(CARRIER)
    ask(url, "GET", "/nowhere").refused(404, "not-found")
    ask(url, "DELETE", "/v1/status").refused(405, "request.method")
    ask(url, "POST", "/v1/statements?wait=ever", b"x").refused(400, "request.invalid", "wait")
    ask(url, "POST", "/v1/statements?timeout_ms=-1", b"x").refused(400, "request.invalid", "timeout_ms")
    wrong = {"content-type": "text/plain"}
    ask(url, "POST", "/v1/statements", b"x", wrong).refused(400, "request.invalid", "content-type")
    for path, query in (
        ("/v1/blocks", {"limit": 10**9}),
        ("/v1/blocks", {"limit": "many"}),
        ("/v1/blocks/-1", {}),
        ("/v1/blocks/99999999999999999999", {}),
        ("/v1/search", {}),
        ("/v1/search", {"bill": "x" * 201}),
        ("/v1/search", {"bill": "x", "text": "y"}),
        ("/v1/events", {"types": "everything"}),
    ):
        answer = client.ask("GET", path, query=query)
        problem = Reply(answer.status, answer.headers, answer.body).problem
        assert (answer.status, problem["code"]) == (400, "request.invalid"), (path, problem)
        assert problem["field"], problem
    for path in (
        "/v1/records/bill/" + "0" * 64,
        "/v1/records/nothing",
        "/v1/blocks/999999",
        "/v1/statements/" + "0" * 64,
    ):
        answer = client.ask("GET", path)
        Reply(answer.status, answer.headers, answer.body).refused(404, "not-found")


BATCHES: dict[str, bytes] = {
    "nothing": b"",
    "no list": cbor2.dumps({"a": 1}),
    "of numbers": cbor2.dumps([1, 2]),
    "too many": cbor2.dumps([b"x"] * 501),
    "a huge length": b"\x9b\x7f" + b"\xff" * 7,
    "cut short": cbor2.dumps([b"x" * 100])[:-1],
    "one too large": cbor2.dumps([bytes(65_537)]),
}


@pytest.mark.parametrize("case", BATCHES)
def test_a_malformed_batch(world: World, case: str) -> None:
    headers = {"content-type": "application/cbor"}
    reply = ask(world.url(PORT), "POST", "/v1/statements/batch", BATCHES[case], headers)
    assert reply.status == 400, reply
    assert reply.problem["code"] == "request.invalid"
    assert reply.problem["field"]


def test_one_bad_statement_does_not_spoil_a_batch(world: World) -> None:
    batch = [world.container(), b"noise", world.container()]
    headers = {"content-type": "application/cbor"}
    reply = ask(world.url(PORT), "POST", "/v1/statements/batch", cbor2.dumps(batch), headers)
    results = json.loads(reply.body)["results"]
    assert [result["status"] for result in results] == ["sealed", "refused", "sealed"]
    assert (results[1]["code"], results[1]["field"]) == ("statement.encoding", "statement")
    for result in (results[0], results[2]):
        world.note(result)


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\xff" * 100 + b"\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /v1/status HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 30_000 + b"\r\n\r\n",
        b"POST /v1/statements HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n",
        b"POST /v1/statements HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    ],
    ids=["noise", "another version", "a long head", "a negative length", "a bad chunk", "TLS"],
)
@pytest.mark.parametrize("door", ["api", "peer"])
def test_noise_at_the_door(world: World, data: bytes, door: str) -> None:
    place = world.places[QINZHOU]
    port = place.api_port if door == "api" else place.peer_port
    with socket.create_connection((place.host, port), timeout=20) as line:
        line.sendall(data)
        line.shutdown(socket.SHUT_WR)
        try:
            answer = line.recv(65_536)
        except ConnectionResetError:
            answer = b""
    assert b"Traceback" not in answer
    assert answer[:13] in (b"", b"HTTP/1.1 400 ", b"HTTP/1.1 431 ") or door == "peer"
    assert world.status(QINZHOU)["ready"]


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("size", [65_537, 3_000_000])
def test_an_oversized_statement(world: World, size: int, chunked: bool) -> None:
    try:
        reply = ask(world.url(PORT), "POST", "/v1/statements", bytes(size), chunked=chunked)
    except (BrokenPipeError, ConnectionResetError):
        assert size > 65_537, "the answer was lost"  # it closed the line before all was sent
    else:
        reply.refused(413, "request.too-large")
