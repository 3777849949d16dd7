"""The checks of what the holder discloses: the contents, and that the number in them is the bill's own.

A commitment alone would let a carrier put another carrier's number into its
document. So the number counts only with the numbering signature that makes the
bill's record id, by the key that the ledger has for the carrier.
"""

from __future__ import annotations

from typing import Any

import msgspec

from ledger.bls import PUBLIC_KEY_BYTES, SIGNATURE_BYTES
from ledger.canonical import parse_object
from ledger.contents import check_bill_id, check_commitment
from ledger.errors import EvidenceError, LedgerError
from ledger.evidence.model import Numbering
from ledger.evidence.report import Check, passed, skipped
from ledger.evidence.run import CONTENTS_FIELD, Run
from ledger.primitives import Hash, decode_base64url, decode_hash
from ledger.state import verify_present

BILL_PREFIX = "bill/"

NUMBER_FIELDS = ("carrierCode", "transportDocumentReference", "transportDocumentSubReference")
"""DCSA's fields of a bill's number; the last is optional."""


class _Former(msgspec.Struct):
    """A numbering key that the carrier replaced, and when."""

    key: str
    until_ms: int


class _Carrier(msgspec.Struct):
    """What counts here of a carrier's record: its numbering keys, those of before from the oldest on."""

    numbering_key: str
    former_numbering: tuple[_Former, ...] = ()


def check_contents(run: Run) -> Check:
    """That the enclosed document is the one that the record commits to.

    Acts name contents too, and not all of them took effect: whoever asks for an amendment names its wish.
    """
    disclosed = run.evidence.contents
    if disclosed is None:
        return skipped("contents", "No contents are enclosed.")
    if run.record is None:
        raise EvidenceError("contents are proven together with the record", field="contents")
    committed = run.record.get(CONTENTS_FIELD)
    if not isinstance(committed, str):
        raise EvidenceError("nothing on the ledger commits to these contents", field="contents")
    salt = decode_base64url(disclosed.salt, field="contents.salt")
    data = decode_base64url(disclosed.document, field="contents.document")
    document = parse_object(data, field="contents.document")
    check_commitment(decode_hash(committed, field="contents"), salt, document)
    run.document = document
    return passed("contents", "The enclosed document is the one the ledger commits to.")


def check_number(run: Run) -> Check:
    """That the number in the disclosed document is the one from which the record id was made."""
    disclosed, subject = run.evidence.contents, run.evidence.subject
    if disclosed is None or not subject.startswith(BILL_PREFIX):
        return skipped("number", "No bill is disclosed whose number could be checked.")
    if disclosed.numbering is None:
        return skipped("number", "The file does not prove that the number in the document is this bill's.")
    code, reference, sub_reference = _number_of(run.document or {})
    bill = decode_hash(subject.removeprefix(BILL_PREFIX), field="subject")
    signature = decode_base64url(
        disclosed.numbering.signature, field="contents.numbering.signature", length=SIGNATURE_BYTES
    )
    first, *others = _numbering_keys(run, disclosed.numbering)
    try:
        check_bill_id(bill, first, signature, code, reference, sub_reference, bls=run.bls)
    except LedgerError:
        if not others:
            raise
        check_bill_id(bill, others[0], signature, code, reference, sub_reference, bls=run.bls)
    run.number = ":".join(part for part in (code, reference, sub_reference) if part)
    return passed(
        "number", f"The number {run.number} is this bill's: its carrier's numbering key made the id."
    )


def _number_of(document: dict[str, Any]) -> tuple[str, str, str | None]:
    code, reference, sub_reference = (document.get(name) for name in NUMBER_FIELDS)
    if (
        not isinstance(code, str)
        or not isinstance(reference, str)
        or not isinstance(sub_reference, str | None)
    ):
        raise EvidenceError("the document has no number", field="contents.document")
    return code, reference, sub_reference


def _numbering_keys(run: Run, numbering: Numbering) -> list[bytes]:
    """The carrier's key that numbered the bill, proven under the newest header.

    Two where the key was replaced in the block in which the bill was issued: which
    came first there, the record does not say.
    """
    value, record = bytes(numbering.carrier), run.record or {}
    root = Hash(bytes.fromhex(run.newest().state_root))
    verify_present(root, f"organisation/{record.get('carrier')}", value, numbering.proof)
    field = "contents.numbering.carrier"
    try:
        carrier = msgspec.convert(parse_object(value, field=field), _Carrier)
        issued_ms = msgspec.convert(record.get("created_ms", 0), int)
    except msgspec.ValidationError:
        raise EvidenceError("the carrier has no numbering key", field=field) from None
    later = [one for one in carrier.former_numbering if one.until_ms >= issued_ms]
    keys = [*(one.key for one in later), carrier.numbering_key]
    keys = keys[: 2 if later and later[0].until_ms == issued_ms else 1]
    return [decode_base64url(key, field=field, length=PUBLIC_KEY_BYTES) for key in keys]
