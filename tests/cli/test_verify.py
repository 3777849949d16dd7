"""`sealane verify`: each check as a sentence, a verdict, and an exit code to rely on."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from cli.errors import ExitCode
from ledger import canonical
from ledger.evidence import Evidence, ProvenEntry, ProvenRecord, SealedHeader, encode_evidence
from ledger.genesis import network_id
from ledger.merkle import inclusion_path
from ledger.primitives import encode_base64url
from ledger.state import key_hash, prove
from tests.cli.conftest import Run
from tests.ledger.builder import START_MS, Chain, make_genesis, member_key

SUBJECT = "bill/" + "ab" * 32


def build() -> bytes:
    """Evidence of one bill, issued in block 1."""
    chain = Chain()
    record = canonical.encode({"state": "issued", "version": 1})
    chain.add((chain.statement("alpha/clerk", SUBJECT, "bill.issue", {"n": 1}),), {SUBJECT: record})
    header = chain.blocks[1].header
    evidence = Evidence(
        format="sealane-evidence",
        version=1,
        network=chain.network.hex(),
        subject=SUBJECT,
        headers=(SealedHeader(header=header, seal=chain.seals[1]),),
        entries=(
            ProvenEntry(
                statement=encode_base64url(chain.leaves[1]),
                key=member_key("alpha/clerk").public_key.text,
                index=1,
                height=1,
                path=tuple(node.hex() for node in inclusion_path(1, 2, chain.read_nodes)),
            ),
        ),
        record=ProvenRecord(
            value=msgspec.Raw(record), height=1, proof=prove(key_hash(SUBJECT), chain.pages.get)
        ),  # type: ignore[arg-type]
        genesis=chain.genesis,
    )
    return encode_evidence(evidence)


@pytest.fixture(scope="session")
def evidence_bytes() -> bytes:
    return build()


@pytest.fixture
def evidence(tmp_path: Path, evidence_bytes: bytes, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file with its genesis beside it, an hour after its block was sealed."""
    monkeypatch.setattr("cli.verify.time.time", lambda: START_MS / 1000 + 3601)
    (tmp_path / "genesis.json").write_bytes(canonical.encode(make_genesis()))
    file = tmp_path / "bill.evidence.json"
    file.write_bytes(evidence_bytes)
    return file


def test_every_check_is_a_sentence_and_the_verdict_says_who_and_when(sealane: Run, evidence: Path) -> None:
    result = sealane("verify", evidence, "--genesis", "genesis.json")
    assert result.exit_code == ExitCode.DONE, result.output
    lines = result.stdout.splitlines()
    names = [
        "file",
        "anchor",
        "validators",
        "seal",
        "log",
        "signature",
        "record",
        "contents",
        "number",
        "fields",
        "expected",
        "age",
    ]
    for line, name in zip(lines, names, strict=False):
        assert f"  {name} " in line
        assert line.endswith(".")
        assert ("pass " in line) != ("not applicable " in line)
    text = result.stdout
    assert f"VERIFIED: {SUBJECT}" in text
    assert "alpha/clerk: bill.issue, entry 1" in text
    assert "sealed by  alpha, beta, gamma" in text
    assert "in block 1" in text
    assert "as of block 1, 1 hour ago" in text
    assert "the genesis file genesis.json" in text


def test_json_has_the_same_facts(sealane: Run, evidence: Path) -> None:
    genesis_hash = network_id(make_genesis()).hex()
    result = sealane("verify", evidence, "--genesis", genesis_hash, "--json")
    assert result.exit_code == ExitCode.DONE
    value = json.loads(result.stdout)
    assert (value["verdict"], value["failed"]) == ("verified", None)
    assert value["sealed_by"] == ["alpha", "beta", "gamma"]
    assert value["subject"] == SUBJECT
    assert value["as_of"] == {"height": 1, "time_ms": START_MS + 1000, "age_ms": 3_600_000}
    assert value["anchor"] == "the genesis hash you gave"
    assert value["record"] == {"state": "issued", "version": 1}
    assert value["checks"][0]["outcome"] == "passed"


def test_a_tampered_file_is_not_verified_and_the_check_is_named(
    sealane: Run, evidence: Path, evidence_bytes: bytes
) -> None:
    value = json.loads(evidence_bytes)
    value["record"]["value"]["state"] = "surrendered"
    evidence.write_bytes(canonical.encode(value))
    result = sealane("verify", evidence, "--genesis", "genesis.json")
    assert result.exit_code == ExitCode.REFUSED
    assert "NOT VERIFIED: the check 'record' failed" in result.stdout
    verdict = json.loads(sealane("verify", evidence, "--genesis", "genesis.json", "--json").stdout)
    assert (verdict["verdict"], verdict["failed"]) == ("not_verified", "record")
    assert verdict["checks"][-1]["outcome"] == "failed"


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff\xfe", b"[" * 100_000, b"not json"])
def test_what_is_no_evidence_is_not_verified(data: bytes, sealane: Run, evidence: Path) -> None:
    evidence.write_bytes(data)
    result = sealane("verify", evidence, "--genesis", "genesis.json")
    assert result.exit_code == ExitCode.REFUSED
    assert "NOT VERIFIED: the check 'file' failed" in result.stdout


def test_without_an_anchor_nothing_is_trusted(sealane: Run, evidence: Path) -> None:
    result = sealane("verify", evidence)
    assert result.exit_code == ExitCode.USAGE
    assert "Evidence cannot vouch for itself" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("data", [b"", b"\x00\xff", b"[]", b"{}"], ids=["empty", "junk", "array", "object"])
def test_a_genesis_that_is_none_is_the_readers_mistake_and_no_verdict(
    sealane: Run, evidence: Path, data: bytes
) -> None:
    Path("other.json").write_bytes(data)
    result = sealane("verify", evidence, "--genesis", "other.json")
    assert result.exit_code == ExitCode.USAGE
    assert result.stdout == ""
    assert result.stderr.startswith("error: other.json is no genesis [genesis.unreadable]")


def test_a_genesis_lying_about_is_not_trusted_unless_configured(
    sealane: Run, evidence: Path, tmp_path: Path
) -> None:
    (tmp_path / "client.toml").write_text("")
    assert sealane("verify", evidence).exit_code == ExitCode.USAGE
    result = sealane("verify", evidence, SEALANE_NETWORK=str(tmp_path))
    assert result.exit_code == ExitCode.DONE
    assert "the network you configured" in result.stdout


def test_an_unknown_network_is_a_caution_and_still_no_pass(sealane: Run, evidence: Path) -> None:
    result = sealane("verify", evidence, "--genesis", "ab" * 32)
    assert result.exit_code == ExitCode.REFUSED
    assert "CAUTION: the file is of a network that you did not name" in result.stdout
    assert "NOT VERIFIED" not in result.stdout


@pytest.mark.parametrize(("behind_s", "warned"), [(0, False), (60, False), (61, True)])
def test_a_clock_that_is_behind_the_seal_is_warned_of(
    sealane: Run, evidence: Path, monkeypatch: pytest.MonkeyPatch, behind_s: int, warned: bool
) -> None:
    """By such a clock a file of yesterday is of today; the seal of a quorum is what shows it."""
    value = json.loads(sealane("verify", evidence, "--genesis", "genesis.json", "--json").stdout)
    sealed_ms = value["as_of"]["time_ms"]
    monkeypatch.setattr("cli.verify.time.time", lambda: sealed_ms / 1000 - behind_s)
    result = sealane("verify", evidence, "--genesis", "genesis.json", "--max-age", "1h")
    assert result.exit_code == ExitCode.DONE
    assert ("warning: the clock here is 1 minute behind" in result.stderr) == warned
    forged = evidence.read_bytes().replace(b'"time_ms":1', b'"time_ms":9')
    evidence.write_bytes(forged)
    assert "warning" not in sealane("verify", evidence, "--genesis", "genesis.json").stderr


def test_stale_evidence_is_a_caution_and_still_no_pass(sealane: Run, evidence: Path) -> None:
    result = sealane("verify", evidence, "--genesis", "genesis.json", "--max-age", "1s", "--json")
    assert result.exit_code == ExitCode.REFUSED
    value = json.loads(result.stdout)
    assert (value["verdict"], value["failed"]) == ("caution", "age")
    assert (
        sealane("verify", evidence, "--genesis", "genesis.json", "--max-age", "1h").exit_code == ExitCode.DONE
    )


def test_expectations_are_checked(sealane: Run, evidence: Path) -> None:
    met = sealane("verify", evidence, "--genesis", "genesis.json", "--expect", "status=issued|void")
    assert met.exit_code == ExitCode.DONE
    options = ("--expect", f"subject={SUBJECT}", "--expect", "status=surrendered")
    unmet = sealane("verify", evidence, "--genesis", "genesis.json", *options)
    assert unmet.exit_code == ExitCode.REFUSED
    assert "the check 'expected' failed" in unmet.stdout
    assert "expected surrendered, the evidence says issued" in unmet.stdout


def test_a_checkpoint_that_the_file_does_not_lead_from_fails(sealane: Run, evidence: Path) -> None:
    result = sealane("verify", evidence, "--checkpoint", f"1:{'ab' * 32}")
    assert result.exit_code == ExitCode.REFUSED
    assert "the check 'anchor' failed" in result.stdout


@pytest.mark.parametrize(
    "options",
    [
        ("--genesis", "genesis.json", "--checkpoint", "1:" + "ab" * 32),
        ("--checkpoint", "1"),
        ("--checkpoint", "0:" + "ab" * 32),
        ("--genesis", "genesis.json", "--expect", "status"),
        ("--genesis", "genesis.json", "--expect", "=x"),
        ("--genesis", "genesis.json", "--max-age", "10 minutes"),
        ("--genesis", "no-such-file"),
    ],
)
def test_wrong_options_are_usage_mistakes(options: tuple[str, ...], sealane: Run, evidence: Path) -> None:
    result = sealane("verify", evidence, *options)
    assert result.exit_code == ExitCode.USAGE
    assert result.stderr.startswith("error: ")


def test_a_missing_file_is_a_usage_mistake(sealane: Run, evidence: Path) -> None:
    result = sealane("verify", "nothing.json", "--genesis", "genesis.json")
    assert result.exit_code == ExitCode.USAGE
    assert "nothing.json" in result.stderr


def test_the_independent_implementation_can_be_asked(
    sealane: Run, evidence: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    from ledger import bls

    original = bls.backend

    def backend(name: str = "arkworks") -> object:
        asked.append(name)
        return original(name)

    monkeypatch.setattr(bls, "backend", backend)
    result = sealane("verify", evidence, "--genesis", "genesis.json", "--reference")
    assert result.exit_code == ExitCode.DONE
    assert "reference" in asked
