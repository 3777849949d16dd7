"""Acts whose outcome is open: kept, asked for, and sent again without effect."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.errors import ExitCode
from cli.files import write_signing_key
from ledger.statement import parse_statement
from tests.cli.conftest import FakeNode, Run
from tests.cli.test_client import NOW_MS, PENDING, SIGNER
from tests.cli.test_shapes import SEALED

pytestmark = pytest.mark.loopback

STATUS = {"time_ms": NOW_MS, "network": "ab" * 32}


@pytest.fixture(autouse=True)
def here(node: FakeNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network directory with one member and one node."""
    (tmp_path / "client.toml").write_text(f'[nodes]\n"alpha" = "{node.url}"\n')
    write_signing_key(tmp_path / "members" / f"{SIGNER.member}.pem", SIGNER.key)
    node.replies["GET /v1/status"] = 200, STATUS
    node.replies["POST /v1/statements"] = PENDING
    monkeypatch.setattr("cli.client.time.sleep", lambda _: None)


def left_open(sealane: Run, tmp_path: Path) -> Path:
    """The file of an enrolment that no quorum sealed while it was waited for."""
    key = SIGNER.key.public_key.text
    result = sealane("member", "enroll", "alpha/bob", "--public-key", key, "--wait", "1", "--json")
    assert result.exit_code == ExitCode.UNREACHABLE, result.output
    error = json.loads(result.stderr)["error"]
    (file,) = (tmp_path / "pending").iterdir()
    assert error["code"] == "statement.pending"
    assert error["do"].startswith(f"sealane statement status {file.stem} ")
    assert error["do"].endswith(f"sealane statement send {file.relative_to(tmp_path)})")
    return file


def test_an_open_statement_is_kept_and_sent_again_with_the_same_bytes(
    sealane: Run, node: FakeNode, tmp_path: Path
) -> None:
    file = left_open(sealane, tmp_path)
    sent = node.asked[-1].body
    assert file.read_bytes() == sent
    assert file.stem == parse_statement(sent).id.hex()
    node.replies["POST /v1/statements"] = 200, SEALED
    result = sealane("statement", "send", file)
    assert result.exit_code == ExitCode.DONE
    assert "sealed before, and nothing was done twice" in result.stdout
    assert node.asked[-1].body == sent
    assert not file.exists()


def test_what_was_sealed_long_ago_is_no_error(sealane: Run, node: FakeNode, tmp_path: Path) -> None:
    file = left_open(sealane, tmp_path)
    node.replies["POST /v1/statements"] = 409, {"code": "statement.known", "status": 409, "title": "known"}
    result = sealane("statement", "send", file, "--json")
    assert result.exit_code == ExitCode.DONE
    (item,) = json.loads(result.stdout)["items"]
    assert (item["again"], item["status"], item["id"]) == (True, "sealed", file.stem)


def test_a_statement_that_is_refused_stays(sealane: Run, node: FakeNode, tmp_path: Path) -> None:
    file = left_open(sealane, tmp_path)
    node.replies["POST /v1/statements"] = 422, {"code": "record.version", "status": 422, "title": "Too late"}
    result = sealane("statement", "send", file)
    assert result.exit_code == ExitCode.REFUSED
    assert f"{file}: Too late" in result.stderr
    assert file.exists()


def test_one_that_is_refused_for_good_goes_and_keeps_no_other_back(
    sealane: Run, node: FakeNode, tmp_path: Path
) -> None:
    first, second = left_open(sealane, tmp_path), tmp_path / "elsewhere.cose"
    second.write_bytes(first.read_bytes())
    refusal = {"code": "statement.expired", "status": 422, "title": "Too late", "final": True}
    node.replies["POST /v1/statements"] = [(422, refusal), (422, refusal), (200, SEALED)]
    result = sealane("statement", "send", first, second, second, "--json")
    assert result.exit_code == ExitCode.REFUSED
    (item,) = json.loads(result.stdout)["items"]
    assert item["file"] == str(second)
    error = json.loads(result.stderr)["error"]
    assert error["what"] == f"{first}: Too late"
    assert error["why"].endswith(f"{second}: Too late")
    assert (first.exists(), second.exists()) == (False, True)


@pytest.mark.parametrize(
    ("answer", "exit_code", "said"),
    [
        (SEALED, ExitCode.DONE, "sealed (block "),
        (PENDING[1], ExitCode.UNREACHABLE, "pending"),
        (
            {"id": "", "status": "refused", "code": "a.b", "field": "", "detail": "No.", "final": True},
            ExitCode.REFUSED,
            "refused for good: No. [a.b]",
        ),
    ],
    ids=["sealed", "pending", "refused"],
)
def test_the_node_is_asked_what_became_of_it(
    answer: object, exit_code: ExitCode, said: str, sealane: Run, node: FakeNode
) -> None:
    node.replies[f"GET /v1/statements/{'ab' * 32}"] = 200, answer
    result = sealane("statement", "status", "ab" * 32)
    assert result.exit_code == exit_code
    assert result.stdout.startswith(said)


def test_an_unknown_statement_and_a_file_that_is_none(sealane: Run, tmp_path: Path) -> None:
    result = sealane("statement", "status", "cd" * 32)
    assert result.exit_code == ExitCode.REFUSED
    assert "sealane statement send FILE" in result.stderr
    (tmp_path / "x.cose").write_bytes(b"nothing")
    assert sealane("statement", "send", "x.cose").exit_code == ExitCode.USAGE
