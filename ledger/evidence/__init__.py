"""Evidence: a self-contained file that proves an entry, a record's value or a content, offline.

`model` is the format, `package` that of many in one file, `anchor` is what a
verifier already trusts, `verify` makes the checks. The anchor is never taken from the evidence itself.
"""

from ledger.evidence.anchor import (
    Anchor,
    CheckpointAnchor,
    GenesisAnchor,
    SetTimeline,
    VerifiedSeals,
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
from ledger.evidence.package import (
    MAX_PACKAGE_BYTES,
    MAX_PARTS,
    EvidencePackage,
    LeftOut,
    encode_evidence_package,
    is_package,
    parse_evidence_package,
    part_anchor,
)
from ledger.evidence.report import Check, Outcome, Report, VerificationFailed
from ledger.evidence.verify import verify_evidence

__all__ = [
    "MAX_EVIDENCE_BYTES",
    "MAX_PACKAGE_BYTES",
    "MAX_PARTS",
    "Anchor",
    "Check",
    "CheckpointAnchor",
    "CheckpointHeader",
    "Disclosure",
    "Evidence",
    "EvidencePackage",
    "Expectation",
    "FieldDisclosure",
    "GenesisAnchor",
    "Handover",
    "LeftOut",
    "Numbering",
    "Outcome",
    "ProvenEntry",
    "ProvenRecord",
    "Report",
    "SealedHeader",
    "SetChange",
    "SetTimeline",
    "VerificationFailed",
    "VerifiedSeals",
    "check_sealed",
    "encode_evidence",
    "encode_evidence_package",
    "follow_change",
    "is_package",
    "parse_evidence",
    "parse_evidence_package",
    "part_anchor",
    "restore_changes",
    "verify_evidence",
]
