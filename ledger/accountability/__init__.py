"""Accountability: who lied, shown by what they signed, and checkable by anyone (clauses F1 to F6).

`attestation` is what validators signed, `charge` two attestations that no honest
validator gives both of, `accuse` finds charges when one height was sealed twice,
`report` is the file that carries them, and `witness` is how nodes keep what is
needed. Spec: docs/spec/consensus.md and docs/spec/formats.md.
"""

from ledger.accountability.accuse import Accusation, Missing, accuse
from ledger.accountability.attestation import Attestation, Kind, Place, verify_attestation
from ledger.accountability.charge import Charge, Offence, charge_for, check_charge
from ledger.accountability.report import (
    MAX_REPORT_BYTES,
    ConflictReport,
    Proof,
    check_report,
    find_conflict,
    make_report,
)
from ledger.accountability.witness import WitnessRecord, parse_line, read_records, record_line

__all__ = [
    "MAX_REPORT_BYTES",
    "Accusation",
    "Attestation",
    "Charge",
    "ConflictReport",
    "Kind",
    "Missing",
    "Offence",
    "Place",
    "Proof",
    "WitnessRecord",
    "accuse",
    "charge_for",
    "check_charge",
    "check_report",
    "find_conflict",
    "make_report",
    "parse_line",
    "read_records",
    "record_line",
    "verify_attestation",
]
