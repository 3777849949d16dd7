"""Statements written down before they are sent, for as long as they may still take effect."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.client import Client
from cli.errors import CliError, ExitCode
from ledger.genesis import network_id
from ledger.statement import make_payload, sign_statement
from tests.cli.conftest import Asked, FakeNode
from tests.cli.test_client import GENESIS, NOW_MS, PENDING, REFUSAL, SEALED, SIGNER

pytestmark = pytest.mark.loopback

LEAF = sign_statement(
    SIGNER.key,
    issuer=SIGNER.member,
    subject="x/1",
    payload=make_payload(
        network=network_id(GENESIS),
        act="a.b",
        body={},
        expected_version=0,
        last_valid_ms=NOW_MS,
        nonce=bytes(16),
    ),
)


@pytest.fixture
def keeping(tmp_path: Path) -> Path:
    """Where statements are written down."""
    return tmp_path / "pending"


@pytest.fixture
def client(node: FakeNode, keeping: Path) -> Iterator[Client]:
    client = Client(node.url, genesis=GENESIS, timeout_s=5, patience_s=0, pending=keeping)
    yield client
    client.close()


def test_a_statement_is_written_down_before_it_leaves_and_forgotten_once_it_is_sealed(
    client: Client, node: FakeNode, keeping: Path
) -> None:
    seen: list[bytes] = []

    def answer(asked: Asked) -> tuple[int, object]:
        seen.extend(path.read_bytes() for path in keeping.iterdir())
        return 200, SEALED

    node.replies["POST /v1/statements"] = answer
    client.submit(LEAF)
    assert seen == [LEAF]
    assert list(keeping.iterdir()) == []


def test_an_interruption_leaves_the_statement_and_says_how_to_ask_for_it(
    client: Client, keeping: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(client, "_post_statement", interrupt)
    with pytest.raises(CliError) as caught:
        client.submit(LEAF)
    (file,) = keeping.iterdir()
    assert file.read_bytes() == LEAF
    assert caught.value.exit_code is ExitCode.INTERRUPTED
    assert caught.value.do.startswith(f"sealane statement status {file.stem} ")


@pytest.mark.parametrize(
    ("answer", "left"),
    [((422, REFUSAL), 0), ((500, {}), 1), ((502, b"<html>"), 1), (PENDING, 1)],
    ids=["refused", "fault", "proxy without node", "pending"],
)
def test_a_statement_stays_only_while_it_may_still_take_effect(
    answer: tuple[int, object], left: int, client: Client, node: FakeNode, keeping: Path
) -> None:
    node.replies["POST /v1/statements"] = answer
    with pytest.raises(CliError) as caught:
        client.submit(LEAF)
    assert len(list(keeping.iterdir())) == left
    assert ("sealane statement send" in caught.value.do) == bool(left)


def test_a_statement_that_never_left_is_not_kept(keeping: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        away = Client(f"http://127.0.0.1:{probe.getsockname()[1]}", pending=keeping)
    with pytest.raises(CliError, match="no answer"):
        away.submit(LEAF)
    assert list(keeping.iterdir()) == []
