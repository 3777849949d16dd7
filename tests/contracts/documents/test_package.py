"""Contents packages: read as hostile input, and checked against what the ledger says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.documents.package import (
    MAX_CONTAINERS,
    ContainerOpening,
    Package,
    check_package,
    encode_package,
    parse_package,
)
from ledger.bls import backend
from ledger.canonical import MAX_DOCUMENT_BYTES
from ledger.contents import bill_id, container_commitment, contents_commitment, sign_number
from ledger.errors import EncodingError, LedgerError, ProofError
from ledger.primitives import Hash, encode_base64url
from tests.ledger.builder import bls_secret

SECRET = bls_secret("numbering")
KEY = backend().public_key(SECRET)
SALT = b"0123456789abcdef"
DOCUMENT: dict[str, Any] = {
    "carrierCode": "CRLN",
    "transportDocumentReference": "CRLN0001",
    "weight": 1231.50,
    "note": "Zürich",
}
NUMBERING = sign_number(SECRET, "CRLN", "CRLN0001")
SUBJECT = "bill/" + bill_id(NUMBERING).hex()
BILL = Package(
    kind="bill",
    subject=SUBJECT,
    salt=SALT,
    document=DOCUMENT,
    numbering=NUMBERING,
    containers={"APZU4812090": ContainerOpening(id="ab" * 16, salt=bytes(16))},
)
COMMITMENT = contents_commitment(SALT, DOCUMENT)
VALUE = json.loads(encode_package(BILL))


def with_document(document: dict[str, Any], **changes: Any) -> Package:
    values = {"kind": "bill", "subject": SUBJECT, "salt": SALT, "numbering": NUMBERING, **changes}
    return Package(document=document, **values)


def test_round_trip() -> None:
    assert parse_package(encode_package(BILL)) == BILL
    assert BILL.commitment() == COMMITMENT
    check_package(BILL, COMMITMENT, numbering_key=KEY)
    opening = BILL.containers["APZU4812090"]
    assert opening.commitment("APZU4812090") == container_commitment(bytes(16), "APZU4812090")
    for kind in ("declaration", "document"):
        plain = Package(kind=kind, subject=f"{kind}/" + "ab" * 16, salt=SALT, document={})
        assert parse_package(encode_package(plain)) == plain
        check_package(plain, plain.commitment())


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
NUMBER = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)


@given(st.dictionaries(TEXT, NUMBER | TEXT, max_size=5))
def test_any_document_keeps_its_checksum(document: dict[str, Any]) -> None:
    package = with_document(document)
    assert parse_package(encode_package(package)).commitment() == package.commitment()


def changed(**changes: Any) -> bytes:
    value = {**VALUE, **changes}
    return json.dumps({name: item for name, item in value.items() if item is not ...}).encode()


OPENING = {"id": "ab" * 16, "salt": encode_base64url(bytes(16))}


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (b"", "package"),
        (b"[]", "package"),
        (b"\xff", "package"),
        (b"{" * 100, "package"),
        (b'{"a":' * 40, "package"),
        (b" " * (MAX_DOCUMENT_BYTES + 1), "package"),
        (b'{"version":1,"version":1}', "version"),
        (changed(document=...), "package"),
        (changed(extra=1), "package"),
        (changed(version=2), "package.version"),
        (changed(version=True), "package.version"),
        (changed(version=1.0), "package.version"),
        (changed(version="1"), "package.version"),
        (changed(kind="receipt"), "package.kind"),
        (changed(kind="receipt", subject="receipt/1", numbering=...), "package.kind"),
        (changed(kind="document"), "package.kind"),
        (changed(kind=None), "package.kind"),
        (changed(subject="document/" + "ab" * 16), "package.kind"),
        (changed(subject="bill"), "package.kind"),
        (changed(subject="billing/1"), "package.kind"),
        (changed(salt=""), "package.salt"),
        (changed(salt=encode_base64url(bytes(15))), "package.salt"),
        (changed(salt="A" * 21 + "B"), "package.salt"),
        (changed(salt=None), "package.salt"),
        (changed(document=[]), "package.document"),
        (changed(document=None), "package.document"),
        (changed(numbering=...), "package.numbering"),
        (changed(numbering=None), "package.numbering"),
        (changed(numbering=""), "package.numbering"),
        (changed(numbering=encode_base64url(bytes(95))), "package.numbering"),
        (changed(kind="document", subject="document/" + "ab" * 16), "package.numbering"),
        (changed(containers=[]), "package.containers"),
        (changed(containers={"A": {}}), "package.containers[...]"),
        (changed(containers={"A": {**OPENING, "x": 1}}), "package.containers[...]"),
        (changed(containers={"A": {**OPENING, "id": "AB" * 16}}), "package.containers[...].id"),
        (changed(containers={"A": {**OPENING, "id": "ab" * 16 + "\n"}}), "package.containers[...].id"),
        (changed(containers={"A": {**OPENING, "id": "ab" * 32}}), "package.containers[...].id"),
        (changed(containers={"A": {**OPENING, "salt": "AA"}}), "package.containers.A.salt"),
        (changed(containers={"É": OPENING}), "package.containers.É"),
        (changed(containers={str(n): OPENING for n in range(MAX_CONTAINERS + 1)}), "package.containers"),
    ],
)
def test_what_is_no_package(data: bytes, field: str) -> None:
    with pytest.raises(EncodingError) as caught:
        parse_package(data)
    assert caught.value.field == field


def test_as_many_containers_as_fit() -> None:
    package = parse_package(changed(containers={str(n): OPENING for n in range(MAX_CONTAINERS)}))
    assert len(package.containers) == MAX_CONTAINERS


def test_a_package_says_no_more_than_it_has_and_is_legible() -> None:
    plain = Package(kind="document", subject="document/" + "ab" * 16, salt=SALT, document={})
    assert list(json.loads(encode_package(plain))) == ["version", "kind", "subject", "salt", "document"]
    assert "Zürich".encode() in encode_package(BILL)


def test_a_number_is_checked_where_there_is_one_and_its_carriers_key_is_known() -> None:
    other = with_document({**DOCUMENT, "carrierCode": "OTHR"})
    check_package(other, other.commitment())
    plain = Package(kind="document", subject="document/" + "ab" * 16, salt=SALT, document=DOCUMENT)
    check_package(plain, COMMITMENT, numbering_key=KEY)


def test_other_contents() -> None:
    for package in (
        with_document({**DOCUMENT, "weight": 1231.51}),
        with_document(DOCUMENT, salt=bytes(16)),
        with_document({}),
    ):
        with pytest.raises(ProofError) as caught:
            check_package(package, COMMITMENT, numbering_key=KEY)
        assert caught.value.field == "package.document"


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"carrierCode": "CRLN"}, "package.document"),
        ({"carrierCode": "CRLN", "transportDocumentReference": 1}, "package.document"),
        ({"carrierCode": None, "transportDocumentReference": "CRLN0001"}, "package.document"),
        ({**DOCUMENT, "transportDocumentSubReference": 1}, "package.document"),
        ({**DOCUMENT, "transportDocumentSubReference": "2"}, "package.numbering"),
        ({**DOCUMENT, "transportDocumentReference": "CRLN0002"}, "package.numbering"),
        ({**DOCUMENT, "carrierCode": "OTHR"}, "package.numbering"),
        ({**DOCUMENT, "transportDocumentReference": "1" * 70_000}, "package.numbering"),
    ],
)
def test_documents_whose_number_is_not_the_bills(document: dict[str, Any], field: str) -> None:
    package = with_document(document)
    with pytest.raises(ProofError) as caught:
        check_package(package, package.commitment(), numbering_key=KEY)
    assert caught.value.field == field


def test_an_empty_sub_reference_is_none() -> None:
    package = with_document({**DOCUMENT, "transportDocumentSubReference": ""})
    check_package(package, package.commitment(), numbering_key=KEY)


@pytest.mark.parametrize(
    "subject",
    [
        "bill/" + "00" * 32,
        "bill/" + SUBJECT[5:].upper(),
        "bill/" + SUBJECT[5:7] + " " + SUBJECT[7:],
        "bill/" + SUBJECT[5:] + " ",
        SUBJECT + "/x",
        "bill/",
        "bill/xyz",
        "bill/bill/" + SUBJECT[5:],
    ],
)
def test_subjects_that_are_not_the_numbers_id(subject: str) -> None:
    package = with_document(DOCUMENT, subject=subject)
    with pytest.raises(ProofError) as caught:
        check_package(package, COMMITMENT, numbering_key=KEY)
    assert caught.value.field in {"package.subject", "package.numbering"}


def test_another_carriers_signature_or_key() -> None:
    other = bls_secret("other")
    foreign = sign_number(other, "CRLN", "CRLN0001")
    for package, key in (
        (with_document(DOCUMENT, numbering=foreign), KEY),
        (with_document(DOCUMENT, numbering=foreign, subject="bill/" + bill_id(foreign).hex()), KEY),
        (BILL, backend().public_key(other)),
        (BILL, bytes(48)),
        (with_document(DOCUMENT, numbering=bytes(96)), KEY),
    ):
        with pytest.raises(ProofError) as caught:
            check_package(package, COMMITMENT, numbering_key=key)
        assert caught.value.field == "package.numbering"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(sorted(VALUE)), JSON)
def test_any_value_in_any_field_raises_only_ledger_errors(name: str, value: Any) -> None:
    try:
        package = parse_package(json.dumps({**VALUE, name: value}).encode())
        check_package(package, Hash(COMMITMENT), numbering_key=KEY)
    except LedgerError:
        return
    assert package.document == DOCUMENT
