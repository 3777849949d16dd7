"""Evidence that shows single fields: bound to the record, signed by a member, and nothing else believed."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from ledger import canonical
from ledger.disclosure import Path, conceal
from ledger.errors import EvidenceError
from ledger.evidence import Evidence, FieldDisclosure
from ledger.evidence.report import Outcome
from ledger.keys import SigningKey
from ledger.primitives import encode_base64url
from ledger.sd_jwt import disclose
from ledger.state import key_hash, prove
from tests.ledger.builder import Chain, entropy
from tests.ledger.evidence.making import BILL, COMMITMENT, DOCUMENT, SALT, check, failed, make, prove_record

MEMBER, KEY = "alpha/clerk", SigningKey.from_entropy(entropy("clerk of alpha"))
RECORD = {"contents": COMMITMENT, "state": "issued"}
FIRST: Path = (next(iter(DOCUMENT)),)


@pytest.fixture(scope="module")
def chain() -> Chain:
    made = Chain()
    member = {
        "state": "active",
        "keys": [
            {"key": SigningKey.from_entropy(entropy("old")).public_key.text},
            {"key": KEY.public_key.text},
        ],
    }
    never = {"state": "active", "keys": []}
    writes = {BILL: canonical.encode(RECORD), f"member/{MEMBER}": canonical.encode(member)}
    made.add((), {**writes, "member/beta/clerk": canonical.encode(never)})
    return made


def shown(
    chain: Chain,
    paths: list[Path] | None = None,
    *,
    document: dict[str, Any] = DOCUMENT,
    salt: bytes = SALT,
    key: SigningKey = KEY,
    member: str = MEMBER,
    subject: str = BILL,
) -> Evidence:
    sd_jwt = disclose(
        conceal(document, salt),
        [FIRST] if paths is None else paths,
        key,
        member=member,
        subject=subject,
        issued_s=1,
    )
    place = f"member/{member}"
    disclosed = FieldDisclosure(
        sd_jwt=sd_jwt,
        member=msgspec.Raw(chain.records.get(place, b"{}")),
        proof=prove(key_hash(place), chain.pages.get),
    )
    return replace(make(chain, BILL, record=prove_record(chain, BILL)), disclosed=disclosed)


def test_fields_are_shown_and_nothing_else(chain: Chain) -> None:
    report = check(chain, shown(chain))
    assert report.fields == ((FIRST, DOCUMENT[str(FIRST[0])]),)
    assert report.document == {FIRST[0]: DOCUMENT[str(FIRST[0])]}
    assert report.discloser == MEMBER
    (found,) = [one for one in report.checks if one.name == "fields"]
    assert found.outcome is Outcome.PASSED
    assert "1 field is" in found.sentence
    check(chain, shown(chain), (f"document.{FIRST[0]}", str(DOCUMENT[str(FIRST[0])])))


def test_a_file_without_fields_says_so(chain: Chain) -> None:
    report = check(chain, make(chain, BILL, record=prove_record(chain, BILL)))
    (found,) = [one for one in report.checks if one.name == "fields"]
    assert (found.outcome, report.fields, report.discloser) == (Outcome.NOT_APPLICABLE, (), "")


@pytest.mark.parametrize(
    "changes",
    [
        {"document": {**DOCUMENT, FIRST[0]: "forged"}},
        {"salt": b"x" * 16},
        {"subject": "bill/" + "0" * 64},
        {"key": SigningKey.from_entropy(entropy("another"))},
        {"member": "beta/clerk"},
        {"member": "nobody/here"},
    ],
    ids=["forged", "salt", "subject", "key", "keyless", "unknown"],
)
def test_what_the_record_does_not_commit_to_or_the_member_did_not_sign_fails(
    chain: Chain, changes: dict[str, Any]
) -> None:
    assert failed(chain, shown(chain, **changes)) == "fields"


@pytest.mark.parametrize(
    ("state", "span", "sentence"),
    [
        ("active", {"valid_from_ms": 0, "valid_until_ms": 0}, None),
        ("active", {"valid_until_ms": -1}, "no key of this thumbprint that was valid"),
        ("active", {"valid_from_ms": 1}, "no key of this thumbprint that was valid"),
        ("suspended", {}, "may not act as of the newest header: suspended"),
        ("revoked", {}, "may not act as of the newest header: revoked"),
        (None, {}, "may not act as of the newest header"),
    ],
)
def test_who_shows_fields_may_act_and_its_key_is_valid_as_of_the_newest_header(
    state: str | None, span: dict[str, int], sentence: str | None
) -> None:
    """Spans count from that header's time."""
    chain = Chain()
    time_ms = chain.tip.header.time_ms + 1_000
    key = {"key": KEY.public_key.text, **{name: time_ms + ms for name, ms in span.items()}}
    member = {"keys": [key]} if state is None else {"state": state, "keys": [key]}
    chain.add((), {BILL: canonical.encode(RECORD), f"member/{MEMBER}": canonical.encode(member)})
    assert chain.tip.header.time_ms == time_ms
    if sentence is None:
        assert check(chain, shown(chain)).discloser == MEMBER
        return
    with pytest.raises(EvidenceError, match=sentence) as failure:
        check(chain, shown(chain))
    assert failure.value.report is not None
    assert failure.value.report.checks[-1].name == "fields"


def test_a_disclosure_of_another_document_fails(chain: Chain) -> None:
    good = shown(chain)
    assert good.disclosed is not None
    other = conceal({"a": 1}, SALT).disclosures[("a",)]
    text = good.disclosed.sd_jwt
    for changed in (text + other + "~", text[:-1], "", text.replace("~", "~" + other + "~", 1)):
        bad = replace(good, disclosed=replace(good.disclosed, sd_jwt=changed))
        assert failed(chain, bad) == "fields"


def test_another_record_of_the_member_fails(chain: Chain) -> None:
    good = shown(chain)
    assert good.disclosed is not None
    forged = canonical.encode({"keys": [{"key": KEY.public_key.text}], "more": 1})
    bad = replace(good, disclosed=replace(good.disclosed, member=msgspec.Raw(forged)))
    assert failed(chain, bad) == "fields"


def test_fields_and_the_whole_document_do_not_stand_together(chain: Chain) -> None:
    whole = make(chain, BILL, record=prove_record(chain, BILL), document=DOCUMENT)
    assert failed(chain, replace(whole, disclosed=shown(chain).disclosed)) == "fields"


def test_the_salt_that_opens_the_commitment_opens_no_field(chain: Chain) -> None:
    text = encode_base64url(SALT)
    assert text not in (shown(chain).disclosed or FieldDisclosure).sd_jwt
