"""Statements: one encoding each, and every byte accounted for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cbor2
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import canonical, statement
from ledger.errors import LedgerError, SignatureError, StatementError
from ledger.hashing import Tag, tagged_hash
from ledger.keys import PublicKey, low_s
from ledger.primitives import decode_base64url
from ledger.statement import (
    MAX_STATEMENT_BYTES,
    Payload,
    head,
    parse_statement,
    sign_statement,
)
from tests.ledger.bad_statements import BAD
from tests.ledger.messages import (
    GOOD,
    HIGH_S,
    KEY,
    KID,
    LABELS,
    OTHER,
    PAYLOAD,
    SUBJECT,
    build,
    payload_with,
    refused,
)


def test_round_trip() -> None:
    assert build() == GOOD, "the layout is what an independent CBOR encoder writes"
    parsed = parse_statement(GOOD)
    assert GOOD.count(b"\xa0\x58") == 1, "tests below find the unprotected header by this"
    assert (parsed.leaf, parsed.kid, parsed.issuer, parsed.subject) == (GOOD, KID, "alpha/clerk", SUBJECT)
    assert parsed.payload == PAYLOAD
    assert bytes(parsed.payload.body) == b'{"parts":[1,2],"to":"beta"}'
    assert parsed.id == tagged_hash(Tag.STATEMENT, parsed.signed_bytes)
    parsed.verify(KEY.public_key)


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
    st.dictionaries(st.text("abc", max_size=3), st.integers(0, 99) | st.text(max_size=300), max_size=5),
)
def test_any_names_and_bodies_round_trip(issuer: str, subject: str, body: dict[str, Any]) -> None:
    payload = msgspec.structs.replace(PAYLOAD, body=msgspec.Raw(canonical.encode(body)))
    data = sign_statement(KEY, issuer=issuer, subject=subject, payload=payload)
    parsed = parse_statement(data)
    assert (parsed.issuer, parsed.subject, json.loads(bytes(parsed.payload.body))) == (issuer, subject, body)
    assert parsed.leaf == data == parse_statement(data, normalise=True).leaf
    parsed.verify(KEY.public_key)


def test_another_key_is_refused_by_kid_and_by_signature() -> None:
    with pytest.raises(StatementError) as caught:
        parse_statement(GOOD).verify(OTHER.public_key)
    assert caught.value.field == "kid"
    foreign = build(protected={**LABELS, 4: bytes(OTHER.public_key.thumbprint)})
    with pytest.raises(SignatureError):
        parse_statement(foreign).verify(OTHER.public_key)


def test_every_part_is_under_the_signature() -> None:
    signature = GOOD[-64:]
    for data in (
        build(protected={**LABELS, 15: {1: "beta/clerk", 2: SUBJECT}}, signature=signature),
        build(protected={**LABELS, 15: {1: "alpha/clerk", 2: "bill/" + "ac" * 32}}, signature=signature),
        *(
            build(payload=payload_with(**change), signature=signature)
            for change in (
                {"network": "11" * 32},
                {"type": "bill.surrender"},
                {"body": {"to": "gamma", "parts": [1, 2]}},
                {"expected_version": 4},
                {"last_valid_ms": 1_790_000_000_001},
                {"nonce": "A" * 21 + "Q"},
            )
        ),
    ):
        parsed = parse_statement(data)
        assert parsed.id != parse_statement(GOOD).id
        with pytest.raises(SignatureError):
            parsed.verify(KEY.public_key)


# Published COSE vectors


def cose_cases() -> list[tuple[str, str]]:
    """Every single-signer vector; others have several signers, which statements never have."""
    signed = [f"ecdsa-sig-0{n}" for n in (1, 2, 3, 4)]
    passing, failing = (1, 2, 3), (1, 2, 3, 4, 6, 7)
    names = [f"sign-pass-0{n}" for n in passing] + [f"sign-fail-0{n}" for n in failing]
    return [("ecdsa-examples", name) for name in signed] + [("sign1-tests", name) for name in names]


@pytest.mark.conformance
@pytest.mark.parametrize(("folder", "name"), cose_cases())
def test_cose_vectors(conformance_data: Path, folder: str, name: str) -> None:
    """The Sig_structure and the signature as published; none is a statement of ours, so all are refused."""
    vector = json.loads((conformance_data / "vectors/cose" / folder / f"{name}.json").read_text())
    data, sign = bytes.fromhex(vector["output"]["cbor"]), vector["input"]["sign0"]
    with pytest.raises(LedgerError):
        parse_statement(data, normalise=True)
    message: Any = cbor2.loads(data)
    protected, _, payload, signature = message.value if isinstance(message, cbor2.CBORTag) else message
    signed = statement._signed_bytes(cose_protected(protected), payload)
    external = sign.get("external", "")
    fails = "failures" in vector["input"] and name.startswith("sign-fail")
    if not external and not fails:
        assert signed == bytes.fromhex(vector["intermediates"]["ToBeSign_hex"])
    if sign["key"]["crv"] != "P-256" or sign["alg"] != "ES256":
        return
    x, y = (decode_base64url(sign["key"][part], field=part) for part in "xy")
    public = PublicKey.from_bytes(bytes([2 + y[-1] % 2]) + x)
    if name == "sign-fail-01":
        assert message.tag == 998
    elif external or fails:
        with pytest.raises(SignatureError):
            public.verify(low_s(signature), signed)
    else:
        public.verify(low_s(signature), signed)


def cose_protected(protected: bytes) -> bytes:
    """RFC 9052 section 4.4: an empty map is signed as an empty string."""
    return b"" if protected == b"\xa0" else protected


# Second encodings


SIZE = len(canonical.encode(PAYLOAD))


@pytest.mark.parametrize(
    "data",
    [
        HIGH_S,
        build(unprotected={4: KID}),
        build(unprotected={"note": b"anything", 33: [b"cert"] * 3, -1: None}),
        GOOD[:1] + b"\x98\x04" + GOOD[2:],
        b"\xd8\x12" + GOOD[1:],
        b"\xd9\x00\x12" + GOOD[1:],
        GOOD[:-66] + b"\x59\x00\x40" + GOOD[-64:],
        GOOD.replace(b"\xa0" + head(2, SIZE), b"\xa0\x5a" + SIZE.to_bytes(4, "big")),
    ],
    ids=[
        "high S",
        "kid outside",
        "extras",
        "long array head",
        "long tag",
        "longer tag",
        "long length",
        "longer",
    ],
)
def test_second_forms_are_refused_in_a_block_and_normalised_on_receipt(data: bytes) -> None:
    assert data != GOOD
    assert refused(data).field == "statement"
    first, again = parse_statement(GOOD), parse_statement(data, normalise=True)
    assert again == first
    again.verify(KEY.public_key)


@pytest.mark.parametrize("name", BAD)
def test_what_is_refused_either_way(name: str) -> None:
    data, field = BAD[name]
    error = refused(data, normalise=True)
    assert error.field.startswith(field), (error.field, error.message)
    assert refused(data).field == error.field


def test_size_limit() -> None:
    room = MAX_STATEMENT_BYTES - len(GOOD)
    body = {"to": "x" * (room - 200)}
    fits = sign_statement(
        KEY,
        issuer="a",
        subject="b",
        payload=msgspec.structs.replace(PAYLOAD, body=msgspec.Raw(canonical.encode(body))),
    )
    parse_statement(fits)
    error = refused(GOOD + bytes(room + 1), normalise=True)
    assert "the limit for a statement" in error.message


def test_the_id_ignores_the_signature_and_the_cache_key_does_not() -> None:
    one = parse_statement(GOOD)
    another = parse_statement(GOOD[:-64] + OTHER.sign(b"something else"))
    assert one.id == another.id == parse_statement(HIGH_S, normalise=True).id
    assert one.cache_key(KEY.public_key) != another.cache_key(KEY.public_key)
    assert one.cache_key(KEY.public_key) != one.cache_key(OTHER.public_key)
    keys = {one.cache_key(KEY.public_key)}
    accepted = 0
    for position in range(len(GOOD)):
        changed = bytearray(GOOD)
        changed[position] ^= 1
        try:
            keys.add(parse_statement(bytes(changed)).cache_key(KEY.public_key))
        except LedgerError:
            continue
        accepted += 1
    assert len(keys) == accepted + 1
    assert accepted > 150, "the signature, the kid, the names and the values can all be changed"


def test_no_changed_byte_verifies() -> None:
    for position in range(len(GOOD)):
        for flip in (1, 0x80):
            changed = bytearray(GOOD)
            changed[position] ^= flip
            with pytest.raises(LedgerError):
                parse_statement(bytes(changed), normalise=True).verify(KEY.public_key)


@pytest.mark.parametrize("value", [0, 23, 24, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**64 - 1])
def test_heads_are_the_shortest(value: int) -> None:
    assert head(0, value) == cbor2.dumps(value, canonical=True)


def test_the_payload_has_no_field_that_is_not_signed() -> None:
    payload = payload_with(on_behalf_of="beta")
    signed = parse_statement(build(payload=payload)).signed_bytes
    assert set(Payload.__struct_fields__) == set(json.loads(signed[-len(payload) :]))
