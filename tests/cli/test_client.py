"""What a client sends, and what it makes of every kind of answer and silence."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest

from cli import client as client_module
from cli.client import ApiError, Client, Signer
from cli.errors import CliError, ExitCode
from cli.transport import Answer, _problem
from ledger.errors import SignatureError
from ledger.genesis import network_id
from ledger.requests import parse_signed_request
from ledger.statement import parse_statement
from tests.cli.conftest import Asked, FakeNode
from tests.ledger.builder import make_genesis, member_key

pytestmark = pytest.mark.loopback

GENESIS = make_genesis()
SIGNER = Signer(member="alpha/clerk", key=member_key("alpha/clerk"))
NOW_MS = 1_790_000_123_000
SEALED = {"id": "ab", "status": "sealed", "index": 7, "height": 3}
PENDING = (202, {"id": "ab", "status": "pending"})
REFUSAL = {
    "title": "the act was refused",
    "status": 422,
    "detail": "Coral Line does not possess this bill.",
    "code": "bill.not-possessor",
    "field": "body.to",
    "hint": "The possessor has to act.",
    "final": False,
}


@pytest.fixture
def client(node: FakeNode) -> Iterator[Client]:
    client = Client(node.url, signer=SIGNER, genesis=GENESIS, timeout_s=5)
    yield client
    client.close()


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Pauses are noted instead of waited for."""
    noted: list[float] = []
    monkeypatch.setattr(client_module.time, "sleep", noted.append)
    return noted


def verify(asked: Asked) -> None:
    signed = parse_signed_request(
        method=asked.method,
        authority=asked.headers["host"],
        path=asked.path,
        query=asked.raw_query,
        body=asked.body,
        headers=asked.headers,
    )
    signed.verify(SIGNER.key.public_key)


def test_reads_are_signed(client: Client, node: FakeNode) -> None:
    node.replies["GET /v1/search"] = 200, {"items": []}
    assert client.get("/v1/search", text="a b&ü", after=None, contents=True) == {"items": []}
    (asked,) = node.asked
    assert asked.query == {"text": "a b&ü", "contents": "true"}
    assert asked.headers["sealane-member"] == "alpha/clerk"
    verify(asked)


def test_a_body_is_covered_by_the_signature(client: Client, node: FakeNode) -> None:
    node.replies["PUT /v1/contents/ab"] = 200, {}
    client.put("/v1/contents/ab", b'{"version":1}')
    (asked,) = node.asked
    verify(asked)
    with pytest.raises(SignatureError):
        verify(Asked(asked.method, asked.path, {}, "", asked.headers, b"other"))


def test_two_requests_never_share_a_nonce(client: Client, node: FakeNode) -> None:
    node.replies["GET /x"] = 200, {}
    client.get("/x")
    client.get("/x")
    first, second = (asked.headers["signature"] for asked in node.asked)
    assert first != second


def test_without_a_signer_nothing_is_signed(node: FakeNode) -> None:
    node.replies["GET /v1/status"] = 200, {"height": 1}
    client = Client(node.url)
    assert client.status() == {"height": 1}
    client.close()
    assert "signature" not in node.asked[0].headers


def test_a_problem_becomes_an_error_with_the_refusals_code(client: Client, node: FakeNode) -> None:
    node.replies["GET /x"] = 422, REFUSAL
    with pytest.raises(ApiError) as caught:
        client.get("/x")
    error = caught.value
    assert (error.status, error.code, error.field, error.final) == (
        422,
        "bill.not-possessor",
        "body.to",
        False,
    )
    assert error.exit_code is ExitCode.REFUSED
    assert (error.what, error.why, error.do) == (REFUSAL["title"], REFUSAL["detail"], REFUSAL["hint"])


TOO_MANY = (429, {"title": "Too many requests", "status": 429, "code": "request.too-many"})


def test_a_node_that_asks_to_wait_is_asked_again(client: Client, node: FakeNode, pauses: list[float]) -> None:
    node.retry_after = "3"
    node.replies["GET /v1/blocks"] = [TOO_MANY, TOO_MANY, (200, {"items": []})]
    node.replies["POST /v1/statements"] = [TOO_MANY, (201, SEALED)]
    assert client.get("/v1/blocks") == {"items": []}
    assert pauses == [3.0, 3.0]
    for asked in node.asked:
        verify(asked)
    assert client.submit(b"a statement") == SEALED
    assert [asked.body for asked in node.asked[3:]] == [b"a statement"] * 2
    assert pauses == [3.0] * 3


@pytest.mark.parametrize("retry_after", ["", "30", "-1", "1.5", "soon", "Wed, 21 Oct 2026", "9" * 9])
def test_who_waits_is_told_when_it_is_too_long(
    client: Client, node: FakeNode, pauses: list[float], retry_after: str
) -> None:
    node.retry_after = retry_after
    node.replies["GET /v1/blocks"] = TOO_MANY
    with pytest.raises(ApiError) as caught:
        client.get("/v1/blocks")
    assert caught.value.code == "request.too-many"
    assert pauses == []


def test_patience_with_limits_ends(client: Client, node: FakeNode, monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = [0.0]
    monkeypatch.setattr(client_module.time, "monotonic", lambda: now_s[0])
    monkeypatch.setattr(client_module.time, "sleep", lambda seconds: now_s.__setitem__(0, now_s[0] + seconds))
    node.retry_after = "6"
    node.replies["GET /v1/blocks"] = TOO_MANY
    with pytest.raises(ApiError):
        client.get("/v1/blocks")
    assert (len(node.asked), now_s[0]) == (4, 18.0)


@pytest.mark.parametrize("body", [b"<html>", b"[1]", b"\xff"])
def test_an_error_that_is_no_problem_document_still_says_its_status(
    body: bytes, client: Client, node: FakeNode
) -> None:
    node.replies["GET /x"] = 502, body
    with pytest.raises(ApiError) as caught:
        client.get("/x")
    assert caught.value.code == "http.502"
    assert caught.value.exit_code is ExitCode.UNREACHABLE


def test_absence_is_none_and_other_errors_are_not(client: Client, node: FakeNode) -> None:
    assert client.record("bill/ab") is None
    node.replies["GET /v1/records/bill/ab"] = 401, {}
    with pytest.raises(ApiError):
        client.record("bill/ab")


def test_an_answer_that_is_not_json_is_no_node(client: Client, node: FakeNode) -> None:
    node.replies["GET /x"] = 200, b"<html>"
    with pytest.raises(CliError) as caught:
        client.get("/x")
    assert caught.value.exit_code is ExitCode.UNREACHABLE


def test_a_closed_port_is_unreachable_and_named() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    with pytest.raises(CliError) as caught:
        Client(url).get("/x")
    assert caught.value.exit_code is ExitCode.UNREACHABLE
    assert url in caught.value.what
    assert "sealane network status" in caught.value.do


def test_a_node_that_hangs_up_is_unreachable(client: Client, node: FakeNode) -> None:
    node.replies["GET /x"] = 0, None
    with pytest.raises(CliError) as caught:
        client.get("/x")
    assert caught.value.code == "node.unreachable"


def test_an_endless_answer_is_cut_off(
    client: Client, node: FakeNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.transport.MAX_ANSWER_BYTES", 1000)
    node.replies["GET /x"] = 200, bytes(1001)
    with pytest.raises(CliError, match="no answer"):
        client.get_bytes("/x")


@pytest.mark.parametrize("url", ["127.0.0.1:8401", "ftp://x", "http://", "http://x:port", "http://x:0"])
def test_what_is_no_url_is_a_usage_mistake(url: str) -> None:
    with pytest.raises(CliError) as caught:
        Client(url)
    assert caught.value.exit_code is ExitCode.USAGE


# Acting


def test_an_act_builds_on_the_version_the_node_has(client: Client, node: FakeNode) -> None:
    node.replies["GET /v1/records/bill/ab"] = 200, {"version": 4, "as_of": {"height": 9, "time_ms": NOW_MS}}
    node.replies["POST /v1/statements"] = 201, SEALED
    assert client.act("bill.transfer", "bill/ab", {"to": "beta"}) == SEALED
    asked = node.asked[-1]
    assert asked.query == {"wait": "final", "timeout_ms": "10000"}
    assert asked.headers["content-type"] == "application/cose"
    statement = parse_statement(asked.body)
    statement.verify(SIGNER.key.public_key)
    assert (statement.issuer, statement.subject) == ("alpha/clerk", "bill/ab")
    payload = statement.payload
    assert (payload.type, payload.expected_version) == ("bill.transfer", 4)
    assert json.loads(bytes(payload.body)) == {"to": "beta"}
    assert payload.network == network_id(GENESIS).hex()
    assert payload.last_valid_ms == NOW_MS + 600_000


def test_a_creating_act_takes_its_time_from_the_status(client: Client, node: FakeNode) -> None:
    node.replies["GET /v1/status"] = 200, {"time_ms": NOW_MS}
    node.replies["POST /v1/statements"] = 201, SEALED
    client.act("bill.issue", "bill/ab", {})
    payload = parse_statement(node.asked[-1].body).payload
    assert (payload.expected_version, payload.last_valid_ms) == (0, NOW_MS + 600_000)


def test_validity_begins_now_where_no_block_was_sealed_for_long(client: Client, node: FakeNode) -> None:
    node.replies["GET /v1/status"] = 200, {"time_ms": NOW_MS}
    node.clock_ms = (NOW_MS // 1000 + 7_200) * 1000
    leaf = client.sign("bill.issue", "bill/ab", {}, expected_version=0, valid_for_ms=60_000)
    assert parse_statement(leaf).payload.last_valid_ms == node.clock_ms + 60_000


def test_a_version_that_the_caller_saw_is_not_asked_for_again(client: Client, node: FakeNode) -> None:
    node.replies["GET /v1/status"] = 200, {"time_ms": NOW_MS}
    node.replies["POST /v1/statements"] = 201, SEALED
    client.act("bill.transfer", "bill/ab", {}, expected_version=3)
    assert parse_statement(node.asked[-1].body).payload.expected_version == 3
    assert [asked.path for asked in node.asked] == ["/v1/status", "/v1/statements"]


def test_validity_never_exceeds_the_networks_window(client: Client, node: FakeNode) -> None:
    node.replies["GET /v1/status"] = 200, {"time_ms": NOW_MS}
    leaf = client.sign("bill.issue", "bill/ab", {}, expected_version=0, valid_for_ms=10**10)
    assert parse_statement(leaf).payload.last_valid_ms == NOW_MS + 3_600_000


def test_without_a_genesis_the_node_says_which_network(node: FakeNode) -> None:
    node.replies["GET /v1/status"] = 200, {"time_ms": NOW_MS, "network": "ab" * 32}
    client = Client(node.url, signer=SIGNER)
    leaf = client.sign("bill.issue", "bill/ab", {}, expected_version=0)
    client.close()
    assert parse_statement(leaf).payload.network == "ab" * 32


def test_equal_acts_are_two_statements(client: Client, node: FakeNode) -> None:
    node.replies["GET /v1/status"] = 200, {"time_ms": NOW_MS}
    one, two = (parse_statement(client.sign("a.b", "x/1", {}, expected_version=0)).id for _ in range(2))
    assert one != two


def test_nobody_cannot_act(node: FakeNode) -> None:
    with pytest.raises(CliError) as caught:
        Client(node.url).act("a.b", "x/1", {})
    assert caught.value.code == "member.unclear"


def test_a_refusal_is_raised_at_once(client: Client, node: FakeNode) -> None:
    node.replies["POST /v1/statements"] = 422, REFUSAL
    with pytest.raises(ApiError) as caught:
        client.submit(b"leaf")
    assert caught.value.code == "bill.not-possessor"
    assert len(node.asked) == 1


def test_a_refusal_after_pending_is_raised_too(client: Client, node: FakeNode) -> None:
    node.replies["POST /v1/statements"] = [PENDING, (422, REFUSAL)]
    with pytest.raises(ApiError) as caught:
        client.submit(b"leaf")
    assert caught.value.code == "bill.not-possessor"


@pytest.mark.parametrize(
    "first", [PENDING, (0, None), (503, {"code": "pool.full"})], ids=["pending", "silence", "full pool"]
)
def test_the_same_bytes_are_sent_again(
    first: tuple[int, object], client: Client, node: FakeNode, pauses: list[float]
) -> None:
    node.replies["POST /v1/statements"] = [first, first, (200, SEALED)]
    assert client.submit(b"leaf") == SEALED
    assert [asked.body for asked in node.asked] == [b"leaf"] * 3
    assert pauses == [0.1, 0.2]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (PENDING, "statement.pending"),
        ((0, None), "statement.unknown"),
        ((503, {"code": "pool.full"}), "pool.full"),
    ],
    ids=["pending", "silence", "full pool"],
)
def test_when_patience_ends_the_outcome_is_open(
    answer: tuple[int, object], code: str, client: Client, node: FakeNode
) -> None:
    node.replies["POST /v1/statements"] = answer
    client.patience_s = 0
    with pytest.raises(CliError) as caught:
        client.submit(b"leaf")
    assert caught.value.code == code
    assert caught.value.exit_code is ExitCode.UNREACHABLE


def test_a_node_that_was_never_reached_is_not_tried_again(pauses: list[float]) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    with pytest.raises(CliError) as caught:
        Client(url).submit(b"leaf")
    assert caught.value.code == "node.unreachable"
    assert pauses == []


def test_an_answer_that_is_nested_without_end_is_none_of_a_node() -> None:
    answer = Answer(status=400, body=b"[" * 100_000, headers={})
    with pytest.raises(CliError, match="is not JSON"):
        answer.json()
    assert _problem(answer) == {}
