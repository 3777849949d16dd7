"""Contents sealed to organisations: who opens them, and what is noticed."""

from __future__ import annotations

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key

from ledger.errors import CryptoKeyError, EncodingError, SealingError
from ledger.hashing import sha256
from ledger.primitives import encode_base64url
from ledger.sealing import (
    MAX_RECIPIENTS,
    OVERHEAD_BYTES,
    SEALED_KEY_BYTES,
    ContentsKey,
    Keyring,
    Recipient,
    SealedContent,
    check_contents_key,
    contents_key_from_text,
    encode_sealed,
    is_sealed,
    parse_sealed,
    reseal,
    seal_content,
)

DATA = b"the salt, the number and the goods" * 10
SUBJECT = "bill/" + "ab" * 32


def key(label: str) -> ContentsKey:
    return ContentsKey.from_bytes(sha256(label.encode()))


ANNA, BINH, CHEN = key("anna"), key("binh"), key("chen")


def sealed_to(*keys: ContentsKey, data: bytes = DATA) -> SealedContent:
    return seal_content(
        data,
        commitment=sha256(b"commitment"),
        kind="bill",
        subject=SUBJECT,
        keys=[one.public for one in keys],
        content_key=sha256(b"content key"),
        nonce=b"n" * 12,
    )


def test_each_recipient_opens_it_and_nobody_else() -> None:
    sealed = parse_sealed(encode_sealed(sealed_to(ANNA, BINH)))
    for one in (ANNA, BINH):
        assert Keyring([one]).can_open(sealed)
        assert Keyring([CHEN, one]).open(sealed) == DATA
    for ring in (Keyring(), Keyring([CHEN])):
        assert not ring.can_open(sealed)
        with pytest.raises(SealingError, match="sealed to other organisations"):
            ring.open(sealed)


def test_resealing_adds_and_takes_away_without_touching_the_content() -> None:
    sealed = sealed_to(ANNA)
    after = reseal(sealed, Keyring([ANNA]).content_key(sealed), [CHEN.public])
    assert after.data == sealed.data
    assert Keyring([CHEN]).open(after) == DATA
    assert not Keyring([ANNA]).can_open(after)
    both = sealed_to(ANNA, BINH)
    recipient = both.recipient(BINH.public)
    assert recipient is not None
    assert both.only(recipient).recipients == (recipient,)
    assert both.recipient(CHEN.public) is None


def test_nothing_of_the_content_shows_and_no_two_sealings_are_alike() -> None:
    encoded = [encode_sealed(sealed_to(ANNA)) for _ in range(20)]
    assert len(set(encoded)) == 20
    assert not any(DATA[:8] in one for one in encoded)
    assert is_sealed(encoded[0])
    assert not any(map(is_sealed, (b"", b'{"version":1}', b" {}", b"\x96")))


def test_one_content_cannot_be_passed_off_as_another() -> None:
    sealed = sealed_to(ANNA)
    for change in (
        {"commitment": bytes(32)},
        {"subject": "bill/" + "cd" * 32},
        {"kind": "document", "subject": "document/" + "ab" * 16},
        {"nonce": b"m" * 12},
        {"data": sealed.data[:-1]},
        {"data": b""},
    ):
        with pytest.raises(SealingError):
            Keyring([ANNA]).open(msgspec.structs.replace(sealed, **change))


def test_a_content_key_sealed_for_another_content_opens_nothing() -> None:
    """Two contents sealed to one reader cannot swap their keys, though they were sealed to the same key."""
    one, other = sealed_to(ANNA), msgspec.structs.replace(sealed_to(ANNA), subject="bill/" + "cd" * 32)
    swapped = msgspec.structs.replace(other, recipients=one.recipients)
    with pytest.raises(SealingError, match="damaged, or of another content"):
        Keyring([ANNA]).open(swapped)


@pytest.mark.parametrize("place", range(0, 400, 7))
def test_a_changed_bit_is_noticed(place: int) -> None:
    data = bytearray(encode_sealed(sealed_to(ANNA)))
    data[place] ^= 1
    with pytest.raises((SealingError, EncodingError)):
        Keyring([ANNA]).open(parse_sealed(bytes(data)))


def test_what_sealing_adds_is_bounded() -> None:
    keys = [key(str(number)) for number in range(MAX_RECIPIENTS)]
    assert len(encode_sealed(sealed_to(*keys, data=b""))) <= OVERHEAD_BYTES
    one, two = (len(encode_sealed(sealed_to(*keys[:count]))) for count in (1, 2))
    assert (one - len(DATA), two - one) == (263, 117)


def malformed() -> list[tuple[str, bytes]]:
    good, one = sealed_to(ANNA, BINH), Recipient(b"k" * 32, b"s" * SEALED_KEY_BYTES)
    changes = [
        ("sealed.version", {"version": 2}),
        ("sealed.commitment", {"commitment": b"short"}),
        ("sealed.kind", {"kind": "container"}),
        ("sealed.kind", {"subject": "document/" + "ab" * 16}),
        ("sealed.nonce", {"nonce": b""}),
        ("sealed.recipients", {"recipients": ()}),
        ("sealed.recipients", {"recipients": (one, one)}),
        ("sealed.recipients", {"recipients": good.recipients[::-1]}),
        ("sealed.recipients", {"recipients": (Recipient(b"short", one.sealed),)}),
        ("sealed.recipients", {"recipients": (Recipient(one.key, b"short"),)}),
        (
            "sealed.recipients",
            {
                "recipients": tuple(
                    Recipient(number.to_bytes(32, "big"), one.sealed) for number in range(MAX_RECIPIENTS + 1)
                )
            },
        ),
    ]
    encoded = encode_sealed(good)
    made = [(field, encode_sealed(msgspec.structs.replace(good, **change))) for field, change in changes]
    # The same values with the version in two bytes: only one form is accepted.
    longer = encoded[:1] + b"\xcc\x01" + encoded[2:]
    return [*made, ("sealed", longer), ("sealed", b""), ("sealed", b"\x97"), ("sealed", encoded + b"\x00")]


@pytest.mark.parametrize(("field", "data"), malformed())
def test_what_is_malformed_is_refused_at_its_field(field: str, data: bytes) -> None:
    with pytest.raises(EncodingError) as refused:
        parse_sealed(data)
    assert refused.value.field == field


SMALL_ORDER = (
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
)
"""Every point of small order below 2^255, and two spelled beyond the field's prime."""


@pytest.mark.parametrize("point", SMALL_ORDER)
def test_a_key_to_which_anyone_could_open_is_refused(point: str) -> None:
    with pytest.raises(CryptoKeyError, match="small order"):
        check_contents_key(bytes.fromhex(point))


def test_a_key_has_one_spelling() -> None:
    above = 2**255 - 19 + 9
    for number in (int.from_bytes(ANNA.public, "little") | 1 << 255, above, above | 1 << 255):
        with pytest.raises(CryptoKeyError, match="one spelling"):
            contents_key_from_text(encode_base64url(number.to_bytes(32, "little")))
    check_contents_key((9).to_bytes(32, "little"))


def test_keys_are_read_strictly() -> None:
    assert contents_key_from_text(ANNA.text) == ANNA.public
    for wrong in (b"", bytes(31), bytes(33)):
        with pytest.raises(CryptoKeyError):
            check_contents_key(wrong)
        with pytest.raises(CryptoKeyError):
            ContentsKey.from_bytes(wrong)
    with pytest.raises(CryptoKeyError, match="X25519"):
        ContentsKey.from_cryptography(derive_private_key(1, SECP256R1()))
    assert ContentsKey.from_cryptography(ANNA.to_cryptography()).public == ANNA.public


def test_a_keyring_knows_what_it_holds_and_shows_nothing_of_it() -> None:
    ring = Keyring([ANNA])
    assert (bool(ring), bool(Keyring())) == (True, False)
    assert ring.holds(ANNA.public)
    assert not ring.holds(BINH.public)
    assert not ring.holds(None)
    secret = ANNA.to_cryptography().private_bytes_raw()
    for text in (repr(ANNA), repr(vars(ring))):
        assert secret.hex() not in text
        assert repr(secret)[2:-1] not in text


def test_the_suite_is_the_one_that_the_page_of_formats_names() -> None:
    """An answer of RFC 9180's kind: 32 bytes of encapsulated key, then the ciphertext with its tag."""
    (recipient,) = sealed_to(ANNA).recipients
    assert len(recipient.sealed) == 32 + 32 + 16
