"""Finding the record that a person means, and fetching evidence of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.client import Client
from cli.errors import CliError, ExitCode
from cli.files import write_signing_key
from cli.subjects import resolve_subject
from tests.cli.conftest import FakeNode, Run
from tests.ledger.builder import member_key

pytestmark = pytest.mark.loopback

BILL = {"key": "bill/" + "ab" * 32, "kind": "bill", "summary": {"state": "issued"}, "matched": "bill"}
DECLARATION = {
    "key": "declaration/" + "cd" * 16,
    "kind": "declaration",
    "summary": {},
    "matched": "container",
}


@pytest.fixture
def client(node: FakeNode) -> Iterator[Client]:
    client = Client(node.url)
    yield client
    client.close()


@pytest.mark.parametrize("key", [BILL["key"], "member/coral-line/lin-tao", "network/validators"])
def test_a_record_key_stands_for_itself(key: str, client: Client, node: FakeNode) -> None:
    assert resolve_subject(client, key) == key
    assert node.asked == []


def test_digits_alone_stand_for_a_key_of_the_kind(client: Client, node: FakeNode) -> None:
    assert resolve_subject(client, "ab" * 32, kind="bill") == BILL["key"]
    assert node.asked == []


@pytest.mark.parametrize(
    ("text", "kind", "query"),
    [
        ("CORL:BG2611001", None, {"bill": "CORL:BG2611001"}),
        ("apzu4812090", None, {"container": "APZU4812090"}),
        ("LRN-2611", "declaration", {"declaration": "LRN-2611"}),
        ("rubber gloves", None, {"text": "rubber gloves"}),
    ],
)
def test_numbers_are_looked_up_in_the_nodes_index(
    text: str, kind: str | None, query: dict[str, str], client: Client, node: FakeNode
) -> None:
    found = DECLARATION if kind == "declaration" else BILL
    node.replies["GET /v1/search"] = 200, {"items": [found]}
    assert resolve_subject(client, text, kind=kind) == found["key"]
    assert node.asked[0].query == query


def test_a_kind_narrows_what_was_found(client: Client, node: FakeNode) -> None:
    node.replies["GET /v1/search"] = 200, {"items": [BILL, DECLARATION]}
    assert resolve_subject(client, "APZU4812090", kind="declaration") == DECLARATION["key"]


def test_two_candidates_are_shown(client: Client, node: FakeNode) -> None:
    node.replies["GET /v1/search"] = 200, {"items": [BILL, DECLARATION]}
    with pytest.raises(CliError) as caught:
        resolve_subject(client, "APZU4812090")
    assert caught.value.code == "subject.unclear"
    assert str(BILL["key"]) in caught.value.why
    assert "issued" in caught.value.why


def test_nothing_found_is_a_refusal(client: Client, node: FakeNode) -> None:
    node.replies["GET /v1/search"] = 200, {"items": []}
    with pytest.raises(CliError) as caught:
        resolve_subject(client, "CORL:X1")
    assert (caught.value.code, caught.value.exit_code) == ("subject.unknown", ExitCode.REFUSED)


@pytest.fixture
def who(tmp_path: Path, node: FakeNode) -> tuple[str, ...]:
    write_signing_key(tmp_path / "clerk.pem", member_key("alpha/clerk"))
    node.replies[f"GET /v1/evidence/{BILL['key']}"] = 200, b'{"format":"sealane-evidence"}'
    node.replies["GET /v1/search"] = 200, {"items": [BILL]}
    return ("--node", node.url, "--as", "alpha/clerk", "--key", "clerk.pem")


def test_evidence_is_saved_as_the_node_sent_it(
    sealane: Run, node: FakeNode, who: tuple[str, ...], tmp_path: Path
) -> None:
    result = sealane("evidence", "get", "CORL:BG26", "-o", "b.json", "--history", "--json", *who)
    assert result.exit_code == ExitCode.DONE, result.output
    assert (tmp_path / "b.json").read_bytes() == b'{"format":"sealane-evidence"}'
    assert json.loads(result.stdout) == {"file": "b.json", "subject": BILL["key"], "bytes": 29}
    assert node.asked[-1].query == {"contents": "false", "history": "true", "genesis": "true"}


def test_evidence_for_a_checkpoint_leaves_the_genesis_out(
    sealane: Run, node: FakeNode, who: tuple[str, ...]
) -> None:
    result = sealane("evidence", "get", BILL["key"], "--contents", "--checkpoint", "812", *who)
    assert result.exit_code == ExitCode.DONE, result.output
    expected = {"contents": "true", "history": "false", "genesis": "false", "checkpoint": "812"}
    assert node.asked[-1].query == expected
    assert "--checkpoint 812:BLOCK_ID" in result.stderr


def test_evidence_is_named_after_its_subject_and_not_overwritten(
    sealane: Run, who: tuple[str, ...], tmp_path: Path
) -> None:
    assert sealane("evidence", "get", "CORL:BG26", *who).exit_code == ExitCode.DONE
    file = tmp_path / "CORL-BG26.evidence.json"
    file.write_bytes(b"mine")
    again = sealane("evidence", "get", "CORL:BG26", *who)
    assert (again.exit_code, "do:    --force" in again.stderr) == (ExitCode.USAGE, True)
    assert file.read_bytes() == b"mine"
    assert sealane("evidence", "get", "CORL:BG26", "--force", *who).exit_code == ExitCode.DONE
    assert file.read_bytes() != b"mine"


def test_a_refused_read_keeps_the_nodes_reason(sealane: Run, node: FakeNode, who: tuple[str, ...]) -> None:
    problem = {
        "title": "not yours",
        "status": 403,
        "code": "contents.not-entitled",
        "detail": "d",
        "hint": "h",
    }
    node.replies[f"GET /v1/evidence/{BILL['key']}"] = 403, problem
    result = sealane("evidence", "get", BILL["key"], *who)
    assert result.exit_code == ExitCode.REFUSED
    assert result.stderr.splitlines()[0] == "error: not yours [contents.not-entitled]"
