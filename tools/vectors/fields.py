"""Evidence that shows single fields, as it should be and wrong on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec.structs import replace

from ledger.disclosure import Path, conceal
from ledger.evidence import Evidence, FieldDisclosure, encode_evidence
from ledger.sd_jwt import disclose
from ledger.state import key_hash, prove
from tests.ledger.builder import member_key
from tools.vectors.ground import (
    ANCHOR,
    CHAIN,
    DISCLOSER,
    DOCUMENT,
    ENDED,
    FULL,
    REVOKED,
    SALT,
    SUBJECT,
    Vector,
)

SHOWN: list[Path] = [("declaredValue",)]


def fields() -> Iterator[Vector]:
    """One that every check passes, and what fails."""
    yield Vector(
        name="good-fields",
        description="One field of the document, and neither the others nor what they are called.",
        anchor=ANCHOR,
        evidence=encode_evidence(_showing(_sd_jwt())),
        expect={"document.declaredValue": "1231.5"},
    )
    text = _sd_jwt()
    stray = conceal({"more": 1}, SALT).disclosures[("more",)]
    wrong = (
        (
            "forged",
            _sd_jwt({**DOCUMENT, "declaredValue": 1}),
            "A field that the record does not commit to.",
        ),
        ("other-salt", _sd_jwt(salt=bytes(16)), "The same document under another salt."),
        ("other-record", _sd_jwt(subject="bill/" + "0" * 64), "Fields of another record."),
        ("other-key", _sd_jwt(member="beta/clerk"), "Signed with a key that the member does not have."),
        ("stray", f"{text}{stray}~", "A disclosure that belongs to nothing in the document."),
        ("key-binding", text + "e30.e30.AA", "Something after the last tilde."),
    )
    for name, sd_jwt, description in wrong:
        yield Vector(
            name=f"bad-fields-{name}",
            description=description,
            anchor=ANCHOR,
            evidence=encode_evidence(_showing(sd_jwt)),
            failed_check="fields",
        )
    for member, description in (
        (ENDED, "Shown with a key that had ended by the time of the newest header."),
        (REVOKED, "Shown by a member who is revoked."),
    ):
        yield Vector(
            name=f"bad-fields-{member.partition('/')[2]}",
            description=description,
            anchor=ANCHOR,
            evidence=encode_evidence(_showing(_sd_jwt(member=member, named=member), member)),
            failed_check="fields",
        )


def _sd_jwt(
    document: dict[str, Any] = DOCUMENT,
    *,
    salt: bytes = SALT,
    subject: str = SUBJECT,
    member: str = DISCLOSER,
    named: str = DISCLOSER,
) -> str:
    key, concealed = member_key(member), conceal(document, salt)
    return disclose(concealed, SHOWN, key, member=named, subject=subject, issued_s=1_790_000_000)


def _showing(sd_jwt: str, member: str = DISCLOSER) -> Evidence:
    key = f"member/{member}"
    disclosed = FieldDisclosure(
        sd_jwt=sd_jwt, member=msgspec.Raw(CHAIN.records[key]), proof=prove(key_hash(key), CHAIN.pages.get)
    )
    return replace(FULL, contents=None, disclosed=disclosed)
