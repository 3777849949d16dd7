"""`sealane audit --conflict` and `--check-report`: files in, a report out, and what is said about it."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from ledger import canonical
from ledger.accountability import Proof, WitnessRecord, read_records, record_line
from ledger.evidence import Evidence, ProvenEntry, encode_evidence
from tests.cli.conftest import Run
from tests.ledger.accountability.forks import Fork

FORK = Fork()
V, W = [0, 2, 3], [1, 2, 3]


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """Two sealed headers as nodes serve them, the genesis, and the witness directories of two nodes."""
    (tmp_path / "genesis.json").write_bytes(canonical.encode(FORK.chain.genesis))
    for name, proof in (("v", FORK.proof(0, "V", V)), ("w", FORK.proof(2, "W", W))):
        (tmp_path / f"{name}.json").write_text(served(proof))
    _, alpha = FORK.record(FORK.polka(0, "V", V))
    _, beta = FORK.record(FORK.polka(1, "W", W), FORK.polka(2, "W", W, 1))
    for name, record in (("alpha", alpha), ("beta", beta)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "heights-000000000001.witness").write_bytes(lines(record))
    return tmp_path


def served(proof: Proof) -> str:
    (item,) = proof.headers
    return json.dumps({"block_id": "as served", **json.loads(canonical.encode(item))}, indent=1)


def lines(record: WitnessRecord) -> bytes:
    """A witness file: another height, the one asked for, and a torn line."""
    other = WitnessRecord(height=1, validators=record.validators)
    return record_line(other) + record_line(record) + b'\n7ab01234 {"height":2,"poll'


CONFLICT = ("audit", "--conflict", "v.json", "w.json", "--genesis", "genesis.json")


def test_the_guilty_are_named_and_anyone_can_check_it(sealane: Run, case: Path) -> None:
    result = sealane(*CONFLICT, "--votes", "alpha", "--votes", "beta", "-o", "report.json")
    assert result.exit_code == 0, result.output
    assert "Height 2 was sealed twice." in result.stdout
    assert "gamma, delta: precommitted one block in round 0 and prevoted another in round 1" in result.stdout
    network = FORK.chain.network.hex()
    check = sealane("audit", "--check-report", "report.json", "--genesis", network, "--json")
    assert check.exit_code == 0, check.output
    value = json.loads(check.stdout)
    assert value["guilty"] == ["gamma", "delta"]
    assert value["complete"] is True
    assert value["charges"] == [{"offence": "amnesia", "guilty": ["gamma", "delta"]}]


def test_votes_that_do_not_suffice_are_said_to(sealane: Run, case: Path) -> None:
    result = sealane(*CONFLICT, "--votes", "alpha")
    assert result.exit_code == 1
    assert "Only 0 of at least 2" in result.stdout
    assert f"missing: the polka for block {FORK.block_id('W')[:12]}… in round 2" in result.stdout
    assert "--votes of more validators" in result.stdout
    check = sealane("audit", "--check-report", "block-2.conflict.json", "--genesis", "genesis.json")
    assert check.exit_code == 1
    assert "missing: the polka" in check.stdout


def test_evidence_files_will_do(sealane: Run, case: Path) -> None:
    """The headers of any evidence; here of an entry that is not looked at."""
    entry = ProvenEntry(statement="AA", key="AA", index=0, height=2, path=())
    for name, proof in (("v", FORK.proof(0, "V", V)), ("w", FORK.proof(0, "W", W))):
        evidence = Evidence(
            format="sealane-evidence",
            version=1,
            network=FORK.chain.network.hex(),
            subject="bill/1",
            headers=proof.headers,
            entries=(entry,),
        )
        (case / f"{name}.json").write_bytes(encode_evidence(evidence))
    result = sealane(*CONFLICT, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["charges"][0]["offence"] == "two-precommits"


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("beta/heights-000000000001.witness", b'"round":1', b'"round":0', "heights-000000000001.witness:4"),
        ("w.json", b'"round": 2', b'"round": 3', "does not verify"),
        ("w.json", b'"header"', b'"head"', "neither evidence nor a sealed header"),
        ("w.json", b'"signers"', b'"sinners"', "neither evidence nor a sealed header"),
    ],
)
def test_tampered_files_are_refused(
    sealane: Run, case: Path, name: str, old: bytes, new: bytes, said: str
) -> None:
    path = case / name
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new, 1))
    result = sealane(*CONFLICT, "--votes", "alpha", "--votes", "beta")
    assert result.exit_code == 1, result.output
    assert said in result.stderr
    assert not (case / "block-2.conflict.json").exists()


@pytest.mark.parametrize(
    "data",
    [b"[" * 100_000, b'{"a":' * 100_000, b'{"header": {"network": "\\ud800"}}', b'{"header": "\xff"}'],
    ids=["lists", "objects", "half a surrogate pair", "no text"],
)
def test_json_that_nobody_exports_is_refused(sealane: Run, case: Path, data: bytes) -> None:
    (case / "w.json").write_bytes(data)
    assert sealane(*CONFLICT, "--votes", "alpha").exit_code == 1


def test_a_name_that_is_no_text_is_refused(sealane: Run, case: Path) -> None:
    data = (case / "w.json").read_bytes()
    value = json.loads(data)
    value["header"]["proposer"] = "\ud800"
    (case / "w.json").write_text(json.dumps(value))
    assert sealane(*CONFLICT, "--votes", "alpha").exit_code == 1


def test_votes_that_were_not_cast_are_refused_whatever_their_checksum(sealane: Run, case: Path) -> None:
    path = case / "beta" / "heights-000000000001.witness"
    ((_, record),) = read_records(path.read_bytes().splitlines(keepends=True), field="", height=2)
    polka = msgspec.structs.replace(record.polkas[0], round=0)
    path.write_bytes(record_line(msgspec.structs.replace(record, polkas=(polka,))))
    result = sealane(*CONFLICT, "--votes", "alpha", "--votes", "beta")
    assert result.exit_code == 1
    assert "does not verify" in result.stderr
    assert "heights-000000000001.witness:2" in result.stderr


def test_a_tampered_report_is_refused(sealane: Run, case: Path) -> None:
    assert sealane(*CONFLICT, "--votes", case, "-o", "report.json").exit_code == 0
    text = (case / "report.json").read_text()
    (case / "report.json").write_text(text.replace('["gamma","delta"]', '["alpha","delta"]'))
    result = sealane("audit", "--check-report", "report.json", "--genesis", "genesis.json")
    assert result.exit_code == 1
    assert "charges.0.guilty" in result.stderr
    assert result.stderr.startswith("error: report.json proves nothing")


def test_what_agrees_is_no_conflict(sealane: Run, case: Path) -> None:
    result = sealane("audit", "--conflict", "v.json", "v.json", "--genesis", "genesis.json")
    assert result.exit_code == 1
    assert "the two agree" in result.stderr


def test_a_folder_without_votes_is_pointed_out(sealane: Run, case: Path) -> None:
    (case / "empty").mkdir()
    result = sealane(*CONFLICT, "--votes", "empty")
    assert result.exit_code == 2
    assert "no witness file in empty" in result.stderr


def test_one_thing_at_a_time(sealane: Run, case: Path) -> None:
    result = sealane(*CONFLICT, "--until", "3")
    assert result.exit_code == 2
    assert "choose one of" in result.stderr
