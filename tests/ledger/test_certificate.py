"""X.509 paths of the profile: what is accepted, and what each rule refuses."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import example, given

from ledger.certificate import _extensions, check_path, parse_certificate
from ledger.der import read_der
from ledger.errors import CryptoKeyError, EncodingError, LedgerError
from tests.ledger.authority import START, YEAR, Authority, p256, root, rsa_key

ROOT = root()
MIDDLE = ROOT.issue("Middle", p256(2), ca=True, length=0)
NOW = int((START + YEAR).timestamp() * 1000)
MEMBER = MIDDLE.issue("Lin Tao", p256(3), end=START + 2 * YEAR)
SECOND = timedelta(seconds=1)


def check(member: Authority, time_ms: int = NOW, anchor: Authority = ROOT) -> Any:
    return check_path(member.chain, frozenset([bytes.fromhex(anchor.anchor)]), time_ms)


def refused(member: Authority, match: str, field: str, time_ms: int = NOW, anchor: Authority = ROOT) -> None:
    with pytest.raises(LedgerError, match=match) as caught:
        check(member, time_ms, anchor)
    assert caught.value.field == field


def at(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def test_a_chain_vouches_for_the_members_key_until_the_first_end() -> None:
    key, validity = check(MEMBER)
    numbers = p256(3).public_key().public_numbers()
    assert key.to_cryptography().public_numbers() == numbers
    assert validity.from_ms == at(START)
    assert validity.until_ms == at(START + 2 * YEAR) + 999


@pytest.mark.parametrize("moment", [START, START + 2 * YEAR])
def test_the_first_and_the_last_second_count(moment: datetime) -> None:
    check(MEMBER, at(moment))


@pytest.mark.parametrize("moment", [START - SECOND, START + 2 * YEAR + SECOND])
def test_outside_its_time_it_vouches_for_nothing(moment: datetime) -> None:
    refused(MEMBER, "not valid at this block time", "chain", at(moment))


def test_an_issuer_that_ends_sooner_ends_the_chain() -> None:
    short = ROOT.issue("Short", p256(4), ca=True, end=START + YEAR)
    assert check(short.issue("x", p256(3)))[1].until_ms == at(START + YEAR) + 999
    refused(short.issue("x", p256(3)), "not valid", "chain", at(START + YEAR + SECOND))


@pytest.mark.parametrize("issuer", ["p384", "rsa"])
def test_issuers_have_other_keys(issuer: str) -> None:
    key = ec.derive_private_key(77, ec.SECP384R1()) if issuer == "p384" else rsa_key()
    digest = hashes.SHA384() if issuer == "p384" else hashes.SHA256()
    anchor = root("Other", key, digest=digest)
    check(anchor.issue("x", p256(3), digest=digest), anchor=anchor)


def test_what_no_issuer_of_the_anchor_signed_is_refused() -> None:
    refused(MEMBER, "does not end at an anchor", "chain", anchor=MIDDLE)
    forged = MIDDLE.issue("x", p256(3), signed_by=p256(9))
    refused(forged, "did not sign", "chain.0")
    renamed = MIDDLE.issue("x", p256(3), issuer_name="Someone")
    refused(renamed, "not its issuer's", "chain.0")
    other = MIDDLE.issue("x", p256(3), signed_by=rsa_key())
    refused(other, "another kind of key", "chain.0")


def test_only_issuers_issue_and_as_deep_as_they_may() -> None:
    refused(MEMBER.issue("x", p256(5)), "does not issue", "chain.1")
    deeper = MIDDLE.issue("Deeper", p256(6), ca=True)
    refused(deeper.issue("x", p256(5)), "too many issuers", "chain.2")
    mute = ROOT.issue("Mute", p256(7), ca=True, usage="crl_sign")
    refused(mute.issue("x", p256(5)), "does not issue", "chain.1")


def test_a_member_signs_and_does_not_issue() -> None:
    refused(MIDDLE.issue("x", p256(3), usage="key_agreement"), "not for signing", "chain.0")
    refused(ROOT.issue("x", p256(3), ca=True, usage="digital_signature,key_cert_sign"), "not for", "chain.0")
    check(MIDDLE.issue("x", p256(3), usage=None))


def test_keys_outside_the_profile_are_refused() -> None:
    refused(ROOT.issue("x", ec.derive_private_key(5, ec.SECP384R1())), "is P-256", "chain.0")
    refused(ROOT.issue("x", ec.derive_private_key(5, ec.SECP521R1())), "outside the profile", "chain.0")
    refused(ROOT.issue("x", p256(3), digest=hashes.SHA512()), "algorithm outside", "chain.0")


def test_what_is_critical_and_unknown_is_refused_and_what_is_not_is_passed_over() -> None:
    limits = x509.NameConstraints(permitted_subtrees=[x509.DNSName("example")], excluded_subtrees=None)
    refused(ROOT.issue("x", p256(3), extra=((limits, True),)), "critical extension", "chain.0")
    check(ROOT.issue("x", p256(3), extra=((x509.SubjectAlternativeName([x509.DNSName("a")]), False),)))


def test_a_chain_has_its_length() -> None:
    refused(Authority(MEMBER.key, MEMBER.certificate), "2 to 4 certificates", "chain")
    deep = ROOT
    for number in range(4):
        deep = deep.issue(f"{number}", p256(20 + number), ca=True)
    refused(deep.issue("x", p256(3)), "2 to 4 certificates", "chain")


def test_times_of_the_year_2050_are_spelled_in_full() -> None:
    late = root("Late", end=datetime(2060, 1, 1, tzinfo=START.tzinfo))
    _, validity = check(late.issue("x", p256(3), end=datetime(2055, 1, 1, tzinfo=START.tzinfo)), anchor=late)
    assert validity.until_ms == at(datetime(2055, 1, 1, tzinfo=START.tzinfo)) + 999


@given(st.integers(0, len(MEMBER.chain[0]) - 1), st.integers(1, 255))
@example(0, 1)
def test_a_changed_byte_is_never_accepted(place: int, change: int) -> None:
    leaf = bytearray(MEMBER.chain[0])
    leaf[place] ^= change
    with pytest.raises(LedgerError):
        check_path([bytes(leaf), *MEMBER.chain[1:]], frozenset([bytes.fromhex(ROOT.anchor)]), NOW)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with pytest.raises((EncodingError, CryptoKeyError)):
        parse_certificate(data, "chain.0")


@pytest.mark.parametrize(
    "data",
    [b"", b"\x30", b"\x30\x80\x00\x00", b"\x30\x81\x01a", b"\x30\x82\x00\x80", b"\x1f\x01a", b"\x30\x00a"],
)
def test_der_has_one_spelling(data: bytes) -> None:
    with pytest.raises(EncodingError):
        read_der(data, "x")


@pytest.mark.parametrize("data", ["30023000", "300430020500", "300a30080500050005000500"])
def test_an_extension_is_a_name_and_a_value(data: str) -> None:
    with pytest.raises(EncodingError, match="expected 2 or 3"):
        _extensions(read_der(bytes.fromhex(data), "x"), "x")


def test_a_signature_with_a_high_s_is_as_good_here() -> None:
    """Authorities do not normalise; what is bound is the key, and the certificate is named by its hash."""
    for number in range(30, 40):
        check(ROOT.issue(f"member {number}", p256(number)))
