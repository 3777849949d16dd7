"""Evidence: a self-contained file that proves an entry, a record's value or a content, offline.

`model` is the format, `anchor` is what a verifier already trusts, `verify` makes
the checks. The anchor is never taken from the evidence itself.
"""

from ledger.evidence.anchor import (
    Anchor,
    CheckpointAnchor,
    GenesisAnchor,
    SetTimeline,
    check_sealed,
    follow_change,
    restore_changes,
)
from ledger.evidence.demands import Expectation
from ledger.evidence.handover import Handover, SetChange
from ledger.evidence.model import (
    MAX_EVIDENCE_BYTES,
    CheckpointHeader,
    Disclosure,
    Evidence,
    FieldDisclosure,
    Numbering,
    ProvenEntry,
    ProvenRecord,
    SealedHeader,
    encode_evidence,
    parse_evidence,
)
from ledger.evidence.report import Check, Outcome, Report, VerificationFailed
from ledger.evidence.verify import verify_evidence

__all__ = [
    "MAX_EVIDENCE_BYTES",
    "Anchor",
    "Check",
    "CheckpointAnchor",
    "CheckpointHeader",
    "Disclosure",
    "Evidence",
    "Expectation",
    "FieldDisclosure",
    "GenesisAnchor",
    "Handover",
    "Numbering",
    "Outcome",
    "ProvenEntry",
    "ProvenRecord",
    "Report",
    "SealedHeader",
    "SetChange",
    "SetTimeline",
    "VerificationFailed",
    "check_sealed",
    "encode_evidence",
    "follow_change",
    "parse_evidence",
    "restore_changes",
    "verify_evidence",
]
