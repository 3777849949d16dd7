"""Verification: the checks that stand between an evidence file and a person's trust in it.

`verify_evidence` is the one door. It makes the checks in a fixed order, stops at
the first that fails, and reports every one of them. It needs no network, no
clock (the caller says what time it is) and no node.
"""

from __future__ import annotations

from collections.abc import Callable

from ledger import bls as bls_backends
from ledger.bls import BlsBackend
from ledger.errors import LedgerError
from ledger.evidence.anchor import Anchor, VerifiedSeals
from ledger.evidence.checks import (
    check_anchor,
    check_log,
    check_record,
    check_seals,
    check_signatures,
    check_validators,
)
from ledger.evidence.demands import Expectation, check_age, check_expected
from ledger.evidence.disclosure import check_contents, check_number
from ledger.evidence.fields import check_disclosed
from ledger.evidence.model import Evidence, parse_evidence
from ledger.evidence.report import Check, Outcome, Report, VerificationFailed, passed
from ledger.evidence.run import Run


def verify_evidence(
    data: bytes,
    anchor: Anchor,
    *,
    expect: tuple[Expectation, ...] = (),
    max_age_ms: int | None = None,
    now_ms: int | None = None,
    bls: BlsBackend | None = None,
    verified: VerifiedSeals | None = None,
) -> Report:
    """What the evidence proves to someone who trusts `anchor`.

    `expect` and `max_age_ms` (with `now_ms`, the reader's clock) are the reader's
    demands. `bls` chooses the implementation that verifies seals; whoever verifies
    several files with it may give each the same `verified`, which grows. Raises
    `VerificationFailed`, whose `report` holds every check made, the failed one last.
    """
    try:
        evidence = parse_evidence(data)
    except LedgerError as error:
        raise _failure([], "file", error, None) from None
    run = Run(evidence=evidence, anchor=anchor, bls=bls or bls_backends.backend(), verified=verified)
    run.checks.append(passed("file", "The file is well-formed evidence, in its one canonical form."))
    steps: tuple[tuple[str, Callable[[Run], Check]], ...] = (
        ("anchor", check_anchor),
        ("validators", check_validators),
        ("seal", check_seals),
        ("log", check_log),
        ("signature", check_signatures),
        ("record", check_record),
        ("contents", check_contents),
        ("number", check_number),
        ("fields", check_disclosed),
        ("expected", lambda r: check_expected(r, expect)),
        ("age", lambda r: check_age(r, max_age_ms, now_ms)),
    )
    for name, step in steps:
        try:
            run.checks.append(step(run))
        except LedgerError as error:
            raise _failure(run.checks, name, error, evidence) from None
    return Report(
        checks=tuple(run.checks),
        network=evidence.network,
        subject=evidence.subject,
        status_header=run.newest(),
        signers=run.signers,
        statements=tuple(run.statements),
        record=run.record,
        document=run.document,
        number=run.number,
        fields=run.fields,
        discloser=run.discloser,
    )


def _failure(
    checks: list[Check], name: str, error: LedgerError, evidence: Evidence | None
) -> VerificationFailed:
    failed = Check(name=name, outcome=Outcome.FAILED, sentence=str(error))
    report = Report(
        checks=(*checks, failed),
        network=evidence.network if evidence else "",
        subject=evidence.subject if evidence else "",
    )
    return VerificationFailed(error, report)
