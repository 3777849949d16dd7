"""The end of the story: evidence saved, verified offline, and tampered with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cli.acting import read
from cli.context import GENESIS_FILE
from cli.files import write_new
from cli.story_stage import Stage, StoryFailed
from ledger.canonical import encode
from ledger.evidence import GenesisAnchor, Report, VerificationFailed, verify_evidence

EVIDENCE_FOLDER = "evidence"

EXPECTED_CHECKS = ("file", "anchor", "validators", "seal", "log", "signature", "record")
"""Checks that every file of the story must pass."""


def evidence_folder(directory: Path, number: str) -> Path:
    """Where a run keeps its evidence."""
    return directory / EVIDENCE_FOLDER / number.replace(":", "-")


def keep_evidence(stage: Stage, member: str, name: str, key: str, *, contents: bool = False) -> None:
    """Fetch evidence as a member, save it, and verify it with nothing but the genesis."""
    client = stage.client(member)
    wanted = read(client, key).version
    data = client.get_bytes(f"/v1/evidence/{key}", contents=contents, history=True)
    path = evidence_folder(stage.directory, stage.papers.number) / f"{name}.evidence.json"
    write_new(path, data)
    try:
        report = verify_evidence(data, GenesisAnchor.of(stage.genesis))
    except VerificationFailed as error:
        raise StoryFailed(f"the evidence of {name} does not verify", str(error)) from error
    _check_report(report, name, wanted, contents=contents)
    sealed_by = f"sealed by {len(report.signers)} of {len(stage.genesis.validators)}"
    stage.tell(
        f"{path.name}: verified offline, {len(data):,} bytes", f"{len(report.checks)} checks, {sealed_by}"
    )
    stage.events[-1] |= {"file": str(path), "subject": key, "verified": True}


def _check_report(report: Report, name: str, version: int, *, contents: bool) -> None:
    passed = {check.name for check in report.checks if check.outcome.value == "passed"}
    missing = [
        check for check in (*EXPECTED_CHECKS, *(("contents",) if contents else ())) if check not in passed
    ]
    if missing:
        raise StoryFailed(f"the evidence of {name} passed without the check {', '.join(missing)}")
    if report.record is None or report.record.get("version") != version:
        raise StoryFailed(f"the evidence of {name} proves another version than the ledger shows")


def refuse_tampered(stage: Stage, name: str) -> None:
    """Change one word of an evidence file; the check that notices is named."""
    folder = evidence_folder(stage.directory, stage.papers.number)
    forged = tampered((folder / f"{name}.evidence.json").read_bytes())
    path = folder / f"{name}-tampered.json"
    write_new(path, forged)
    try:
        verify_evidence(forged, GenesisAnchor.of(stage.genesis))
    except VerificationFailed as error:
        failed = error.report.checks[-1]
        stage.tell(f"{path.name}, one word changed: the check '{failed.name}' fails", failed.sentence)
        stage.events[-1] |= {"file": str(path), "verified": False, "failed": failed.name}
    else:
        raise StoryFailed("tampered evidence was taken for good")


def tampered(evidence: bytes) -> bytes:
    """Evidence whose record claims that nobody ever surrendered the bill; well-formed otherwise."""
    value: dict[str, Any] = json.loads(evidence)
    value["record"]["value"]["state"] = "issued"
    return encode(value)


def verify_commands(stage: Stage) -> list[str]:
    """What to type to verify the story's files oneself."""
    genesis = stage.directory / GENESIS_FILE
    return [
        f"sealane verify {event['file']} --genesis {genesis}" for event in stage.events if "verified" in event
    ]
