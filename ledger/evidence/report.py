"""What a verifier tells: every check it made, in a fixed order, each as one sentence."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from ledger.block import Header
from ledger.disclosure import Path
from ledger.errors import EvidenceError, LedgerError


class Outcome(enum.Enum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check."""

    name: str
    """Stable name, one of file, anchor, validators, seal, log, signature, record, contents, number,
    fields, expected, age."""
    outcome: Outcome
    sentence: str
    """What was found, for a person."""


def passed(name: str, sentence: str) -> Check:
    """A check that holds."""
    return Check(name=name, outcome=Outcome.PASSED, sentence=sentence)


def skipped(name: str, sentence: str) -> Check:
    """A check for which the file gives no occasion."""
    return Check(name=name, outcome=Outcome.NOT_APPLICABLE, sentence=sentence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All checks made, and what they established."""

    checks: tuple[Check, ...]
    network: str = ""
    """Network id."""
    subject: str = ""
    """Key of the record that the evidence is about."""
    status_header: Header | None = None
    """The newest header proven: any status is current only as of its block time."""
    signers: tuple[str, ...] = ()
    """Organisations that sealed that header."""
    statements: tuple[ProvenStatement, ...] = ()
    record: dict[str, object] | None = None
    """The subject's record under `status_header`."""
    document: dict[str, object] | None = None
    """The disclosed content; of single fields, what they show of it."""
    number: str = ""
    """The bill's number, `CODE:REFERENCE`, where it is proven to be the record's own."""
    fields: tuple[tuple[Path, object], ...] = ()
    """Single fields that are disclosed, with where they stand in the document."""
    discloser: str = ""
    """The member who shows single fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenStatement:
    """A statement that the log was shown to hold."""

    id: str
    """Statement id, hexadecimal."""
    issuer: str
    """The member that signed."""
    act: str
    """What it did, such as `bill.issue`."""
    index: int
    """Place in the log."""
    height: int
    """Height of the block that holds it."""
    time_ms: int
    """Block time of that block."""
    part: int = 0
    """Place of the act in its batch, from 1; 0 when it was a statement of its own."""
    on_behalf_of: str | None = None
    """The organisation in whose name the member acted, when not its own."""
    body: dict[str, object] = field(default_factory=dict)
    """The act's own fields."""


class VerificationFailed(EvidenceError):
    """A check failed; the report holds every check made, the failed one last."""

    def __init__(self, error: LedgerError, report: Report) -> None:
        super().__init__(error.message, field=error.field)
        self.report = report
