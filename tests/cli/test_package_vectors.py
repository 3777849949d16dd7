"""The committed vectors of packages: still what the script makes, and judged as they say."""

from __future__ import annotations

import json

import pytest

from cli.verify_package import package_verdict, part_verdict
from contracts.consignment import PackageFailed, PackageReport, verify_evidence_package
from ledger.errors import LedgerError
from ledger.evidence import Expectation
from tests.ledger.evidence.test_vectors import anchor_of
from tools.make_vectors import PACKAGES
from tools.vectors.packages import packages

NAMES = sorted(path.stem for path in PACKAGES.glob("*.json"))

MAX_TOTAL_BYTES = 500_000


def test_the_files_are_what_the_script_makes() -> None:
    present = {path.name: path.read_bytes() for path in PACKAGES.glob("*.json")}
    assert present == {f"{vector.name}.json": vector.encode() for vector in packages()}
    assert sum(map(len, present.values())) < MAX_TOTAL_BYTES


@pytest.mark.parametrize("name", NAMES)
def test_verdict(name: str) -> None:
    vector = json.loads((PACKAGES / f"{name}.json").read_bytes())
    expect = tuple(Expectation(field=key, value=value) for key, value in vector.get("expect", {}).items())
    times = {key: vector.get(key) for key in ("max_age_ms", "now_ms")}
    report: PackageReport | None = None
    field = ""
    try:
        report = verify_evidence_package(
            vector["package"].encode(), anchor_of(vector["anchor"]), expect=expect, **times
        )
    except PackageFailed as error:
        report, field = error.report, error.field
    except LedgerError as error:
        field = error.field
    assert field == vector["field"]
    if report is None:
        assert (vector["verdict"], vector["failed"]) == ("not_verified", {})
        return
    verdicts = {part.subject: part_verdict(part)[1] for part in report.parts}
    assert {subject: failed for subject, failed in verdicts.items() if failed} == vector["failed"]
    assert [list(report.missing), list(report.open)] == [vector["missing"], vector["open"]]
    assert package_verdict(report) == vector["verdict"]
    assert vector["verdict"].replace("not_verified", "bad") == name.partition("-")[0]
