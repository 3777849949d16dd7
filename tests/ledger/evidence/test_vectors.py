"""The committed evidence vectors: still what the script makes, and judged as they say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ledger.bls import BlsBackend, backend
from ledger.errors import EvidenceError
from ledger.evidence import Anchor, CheckpointAnchor, Expectation, GenesisAnchor, Outcome, verify_evidence
from ledger.genesis import parse_genesis
from ledger.primitives import decode_base64url, decode_hash
from tools.make_vectors import FOLDER, files

NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))

MAX_TOTAL_BYTES = 600_000


def anchor_of(value: dict[str, Any]) -> Anchor:
    if "height" in value:
        return CheckpointAnchor(height=value["height"], block_id=decode_hash(value["block_id"], field="id"))
    genesis = parse_genesis(value["genesis"].encode()) if "genesis" in value else None
    return GenesisAnchor(network=decode_hash(value["network"], field="network"), genesis=genesis)


def test_the_files_are_what_the_script_makes() -> None:
    present = {path.name: path.read_bytes() for path in FOLDER.glob("*.json")}
    assert sorted(present) == sorted(files())
    assert [name for name, data in files().items() if present[name] != data] == []
    assert sum(map(len, present.values())) < MAX_TOTAL_BYTES


def test_every_check_that_can_fail_does() -> None:
    failing = {name.split("-")[1] for name in NAMES if name.startswith("bad-")}
    assert failing == {
        "file", "anchor", "validators", "seal", "log", "signature", "record", "contents",
        "number", "fields", "expected", "age",
    }  # fmt: skip


SAMPLE = [
    "bad-seal-identity",
    "bad-seal-other-signers",
    "bad-validators-change-claimed-quorum",
    "good-statement-only",
]
"""The independent implementation is slow, so it judges only some: those whose verdict is its to give."""


@pytest.mark.parametrize("name", SAMPLE)
def test_verdict_of_the_independent_implementation(name: str) -> None:
    judge(name, backend("reference"))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({*NAMES} - {*SAMPLE}))
def test_verdict_of_the_independent_implementation_on_all_others(name: str) -> None:
    judge(name, backend("reference"))


@pytest.mark.parametrize("name", NAMES)
def test_verdict(name: str) -> None:
    judge(name, backend())


def judge(name: str, bls: BlsBackend) -> None:
    vector = json.loads((FOLDER / f"{name}.json").read_bytes())
    if "evidence" in vector:
        data = vector["evidence"].encode()
    else:
        data = decode_base64url(vector["evidence_base64url"], field="evidence")
    wanted = tuple(Expectation(field=field, value=value) for field, value in vector.get("expect", {}).items())
    options = {
        "max_age_ms": vector.get("max_age_ms"),
        "now_ms": vector.get("now_ms"),
        "expect": wanted,
        "bls": bls,
    }
    if vector["failed_check"] is None:
        assert name.startswith("good-")
        report = verify_evidence(data, anchor_of(vector["anchor"]), **options)
        assert Outcome.FAILED not in [check.outcome for check in report.checks]
        return
    assert name.startswith(f"bad-{vector['failed_check']}-")
    with pytest.raises(EvidenceError) as failure:
        verify_evidence(data, anchor_of(vector["anchor"]), **options)
    assert failure.value.report is not None
    last = failure.value.report.checks[-1]
    assert (last.name, last.outcome) == (vector["failed_check"], Outcome.FAILED), last.sentence
