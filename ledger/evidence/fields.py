"""The check of single fields that a holder discloses: that they belong to what the record commits to.

The fields' digests open the record's commitment, so each is what was committed to
when the record was made. The SD-JWT around them is signed by whoever shows them, with
a key that the ledger has for that member: one that is valid, of a member who may act,
as of the newest header.
"""

from __future__ import annotations

from typing import Final

from ledger.canonical import parse_object
from ledger.disclosure import digests_commitment, reveal
from ledger.errors import EvidenceError, ProofError
from ledger.evidence.model import FieldDisclosure
from ledger.evidence.report import Check, passed, skipped
from ledger.evidence.run import CONTENTS_FIELD, STATUS_FIELD, Run, written
from ledger.keys import PublicKey
from ledger.primitives import Hash, encode_base64url
from ledger.sd_jwt import SdJwt, parse_sd_jwt
from ledger.state import verify_present

ACTIVE: Final = "active"
"""State of a member who may act."""


def check_disclosed(run: Run) -> Check:
    """That the disclosed fields are of the document that the record commits to, and who shows them."""
    shown = run.evidence.disclosed
    if shown is None:
        return skipped("fields", "No single fields are disclosed.")
    if run.record is None or run.document is not None:
        raise EvidenceError(
            "fields are shown with the record, and without the whole document", field="disclosed"
        )
    sd_jwt = parse_sd_jwt(shown.sd_jwt)
    if sd_jwt.payload.sub != run.evidence.subject:
        raise EvidenceError(f"the fields are of {sd_jwt.payload.sub}", field="disclosed")
    _check_discloser(run, shown, sd_jwt)
    commitment = digests_commitment(sd_jwt.opening, sd_jwt.payload.document)
    if run.record.get(CONTENTS_FIELD) != commitment.hex():
        raise ProofError("the fields are not of the document that the ledger commits to", field="disclosed")
    revealed = reveal(sd_jwt.payload.document, sd_jwt.disclosures)
    run.fields = tuple(sorted(revealed.fields, key=lambda shown: [str(part) for part in shown[0]]))
    run.document, run.discloser = revealed.document, sd_jwt.payload.iss
    count = len(revealed.fields)
    fields = "1 field is" if count == 1 else f"{count} fields are"
    return passed("fields", f"{fields} of the document that the ledger commits to, shown by {run.discloser}.")


def _check_discloser(run: Run, shown: FieldDisclosure, sd_jwt: SdJwt) -> None:
    """Raise unless the SD-JWT is signed with a key that its member has under the newest header."""
    value, newest, iss = bytes(shown.member), run.newest(), sd_jwt.payload.iss
    verify_present(Hash(bytes.fromhex(newest.state_root)), f"member/{iss}", value, shown.proof)
    member = parse_object(value, field="disclosed.member")
    if member.get(STATUS_FIELD) != ACTIVE:
        now = written(member.get(STATUS_FIELD))
        raise EvidenceError(
            f"{iss}, who shows the fields, may not act as of the newest header: {now}",
            field="disclosed.member",
        )
    keys = member.get("keys")
    for item in keys if isinstance(keys, list) else ():
        if not isinstance(item, dict) or not isinstance(item.get("key"), str):
            continue
        key = PublicKey.from_text(item["key"], field="disclosed.member")
        if encode_base64url(key.thumbprint) == sd_jwt.header.kid and _is_valid(item, newest.time_ms):
            return key.verify(sd_jwt.signature, sd_jwt.signed)
    raise EvidenceError(
        "the member has no key of this thumbprint that was valid at the time of the newest header",
        field="disclosed.member",
    )


def _is_valid(key: dict[str, object], time_ms: int) -> bool:
    """Whether a key of a member's record is valid at a block time; without an end it is until replaced."""
    first, last = key.get("valid_from_ms", 0), key.get("valid_until_ms", time_ms)
    return type(first) is int and type(last) is int and first <= time_ms <= last
