"""Commitments and numbers: one number, one id, and no two ways to write one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.bls import backend
from ledger.contents import (
    MAX_NUMBER_PART_BYTES,
    bill_id,
    check_bill_id,
    check_commitment,
    container_commitment,
    contents_commitment,
    numbering_bytes,
    sign_number,
)
from ledger.disclosure import SALT_BYTES
from ledger.errors import CryptoKeyError, EncodingError, LedgerError, ProofError, SignatureError
from ledger.primitives import Hash
from tests.ledger.builder import bls_secret

SECRET, OTHER = bls_secret("numbering"), bls_secret("another carrier")
KEY = backend().public_key(SECRET)
SALT = b"s" * SALT_BYTES
DOCUMENT = {"carrierCode": "CRLN", "goods": ["tiles"]}


def test_one_number_has_one_signature_and_one_id() -> None:
    number = ("CRLN", "CRLN0001", None)
    assert sign_number(SECRET, *number) == sign_number(SECRET, *number)
    signature = sign_number(SECRET, *number)
    check_bill_id(bill_id(signature), KEY, signature, *number)
    assert bill_id(signature) != bill_id(sign_number(OTHER, *number))


def test_distinct_numbers_have_distinct_ids() -> None:
    numbers = [
        ("CRLN", "1", None),
        ("CRLN", "1", "1"),
        ("CRLN", "11", None),
        ("CRL", "N1", None),
        ("CRLN1", "", None),
    ]
    ids = {bill_id(sign_number(SECRET, *number)) for number in numbers}
    assert len(ids) == len(numbers)


PART = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
NUMBER = st.tuples(PART, PART, st.none() | PART)


@given(NUMBER, NUMBER)
def test_no_two_numbers_are_signed_alike(
    one: tuple[str, str, str | None], two: tuple[str, str, str | None]
) -> None:
    same = (*one[:2], one[2] or "") == (*two[:2], two[2] or "")
    assert (numbering_bytes(*one) == numbering_bytes(*two)) == same


@given(PART, PART, PART)
def test_no_boundary_can_be_moved(one: str, two: str, three: str) -> None:
    joined = one + two + three
    for i in range(len(joined) + 1):
        for j in range(i, len(joined) + 1):
            parts = (joined[:i], joined[i:j], joined[j:])
            if parts != (one, two, three):
                assert numbering_bytes(*parts) != numbering_bytes(one, two, three)


def test_an_empty_sub_reference_is_none() -> None:
    """Otherwise one number could be issued twice."""
    assert numbering_bytes("C", "1", "") == numbering_bytes("C", "1", None)


def test_parts_that_cannot_be_written() -> None:
    numbering_bytes("C", "1" * MAX_NUMBER_PART_BYTES, None)
    for part in ("1" * (MAX_NUMBER_PART_BYTES + 1), "é" * MAX_NUMBER_PART_BYTES, "\ud800"):
        for number in ((part, "1", None), ("C", part, None), ("C", "1", part)):
            with pytest.raises(EncodingError) as caught:
                numbering_bytes(*number)
            assert caught.value.field == "numbering"


def test_another_id_number_key_or_signature() -> None:
    signature = sign_number(SECRET, "CRLN", "1")
    good = bill_id(signature)
    check_bill_id(good, KEY, signature, "CRLN", "1", None)
    with pytest.raises(ProofError) as caught:
        check_bill_id(Hash(bytes(32)), KEY, signature, "CRLN", "1", None)
    assert caught.value.field == "numbering"
    for key, sign, number in (
        (backend().public_key(OTHER), signature, ("CRLN", "1", None)),
        (KEY, sign_number(OTHER, "CRLN", "1"), ("CRLN", "1", None)),
        (KEY, signature, ("CRLN", "2", None)),
        (KEY, signature, ("CRLN", "1", "1")),
        (KEY, b"", ("CRLN", "1", None)),
        (KEY, b"\xc0" + bytes(95), ("CRLN", "1", None)),
        (b"", signature, ("CRLN", "1", None)),
        (b"\xc0" + bytes(47), signature, ("CRLN", "1", None)),
    ):
        with pytest.raises((SignatureError, CryptoKeyError)):
            check_bill_id(bill_id(sign), key, sign, *number)


def test_a_seals_vote_is_no_numbering_signature() -> None:
    for message in (b"", b"CRLN1", numbering_bytes("CRLN", "1", None)[32:]):
        signature = backend().sign(SECRET, message)
        with pytest.raises(SignatureError):
            check_bill_id(bill_id(signature), KEY, signature, "CRLN", "1", None)


def test_commitments() -> None:
    commitment = contents_commitment(SALT, DOCUMENT)
    check_commitment(commitment, SALT, DOCUMENT)
    wrongs: tuple[tuple[bytes, bytes, dict[str, Any]], ...] = (
        (bytes(32), SALT, DOCUMENT),
        (commitment, bytes(16), DOCUMENT),
        (commitment, SALT, {**DOCUMENT, "goods": ["gold"]}),
    )
    for wrong in wrongs:
        with pytest.raises(ProofError) as caught:
            check_commitment(Hash(wrong[0]), wrong[1], wrong[2])
        assert caught.value.field == "contents"
    assert container_commitment(SALT, "APZU4812090") != container_commitment(SALT, "APZU4812091")


@pytest.mark.parametrize("size", [0, 15, 17, 32])
def test_salts_of_another_length(size: int) -> None:
    """With a free length, salt and digests could be cut elsewhere and open two contents."""
    for make in (
        lambda salt: contents_commitment(salt, DOCUMENT),
        lambda salt: container_commitment(salt, "APZU4812090"),
    ):
        with pytest.raises(EncodingError) as caught:
            make(bytes(size))
        assert caught.value.field == "salt"


@pytest.mark.parametrize("number", ["APZU481209\uff10", "é", "\ud800"])
def test_container_numbers_are_ascii(number: str) -> None:
    with pytest.raises(LedgerError) as caught:
        container_commitment(SALT, number)
    assert caught.value.field == "number"
