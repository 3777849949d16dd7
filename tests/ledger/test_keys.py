"""ES256 keys against the vectors of others, and the one spelling of keys and signatures."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import CryptoKeyError, SignatureError
from ledger.keys import ORDER, PublicKey, SigningKey, low_s
from ledger.primitives import encode_base64url
from tests.ledger.builder import entropy

FIELD = 2**256 - 2**224 + 2**192 + 2**96 - 1
"""The prime of P-256's field."""

GENERATOR = bytes.fromhex("036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296")


def key(label: str = "one") -> SigningKey:
    return SigningKey.from_entropy(entropy(label))


def high_s(signature: bytes) -> bytes:
    return signature[:32] + (ORDER - int.from_bytes(signature[32:], "big")).to_bytes(32, "big")


# Wycheproof


def read_der(data: bytes) -> bytes | None:
    """r || s of a strictly DER-encoded signature with 0 <= r, s < 2^256; None for what has no such form."""

    def integer(at: int) -> tuple[int, int] | None:
        if at + 2 > len(data) or data[at] != 2 or data[at + 1] > 33:
            return None
        end = at + 2 + data[at + 1]
        body = data[at + 2 : end]
        if len(body) != data[at + 1] or not body or body[0] & 0x80:
            return None
        if len(body) > 1 and body[0] == 0 and not body[1] & 0x80:
            return None
        return int.from_bytes(body, "big"), end

    if len(data) < 2 or data[0] != 0x30 or data[1] != len(data) - 2:
        return None
    first = integer(2)
    second = integer(first[1]) if first else None
    if first is None or second is None or second[1] != len(data):
        return None
    if max(first[0], second[0]) >= 1 << 256:
        return None
    return first[0].to_bytes(32, "big") + second[0].to_bytes(32, "big")


@pytest.mark.conformance
def test_wycheproof_ecdsa_p256_sha256(conformance_data: Path) -> None:
    """All cases whose DER has an r || s form; the others test a DER reader, and this project has none."""
    data = json.loads((conformance_data / "vectors/wycheproof/ecdsa_secp256r1_sha256_test.json").read_text())
    applied = second_spellings = left_out = 0
    for group in data["testGroups"]:
        point = bytes.fromhex(group["publicKey"]["uncompressed"])
        public = PublicKey.from_bytes(bytes([2 + point[-1] % 2]) + point[1:33])
        for case in group["tests"]:
            signature, message = read_der(bytes.fromhex(case["sig"])), bytes.fromhex(case["msg"])
            if signature is None:
                assert case["result"] == "invalid", case["tcId"]
                left_out += 1
                continue
            applied += 1
            if case["result"] == "invalid":
                with pytest.raises(SignatureError):
                    public.verify(signature, message)
                with pytest.raises(SignatureError):
                    public.verify(low_s(signature), message)
                continue
            if int.from_bytes(signature[32:], "big") > ORDER // 2:
                second_spellings += 1
                with pytest.raises(SignatureError, match="high S"):
                    public.verify(signature, message)
            public.verify(low_s(signature), message)
    assert (applied, second_spellings, left_out) == (249, 71, 235)


# RFC 6979 appendix A.2.5, P-256 with SHA-256

RFC6979_SECRET = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
RFC6979_X = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
RFC6979 = {
    b"sample": (
        "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
        "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
    ),
    b"test": (
        "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367",
        "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
    ),
}


@pytest.mark.parametrize("message", RFC6979)
def test_rfc6979_vectors(message: bytes) -> None:
    signer = SigningKey.from_cryptography(ec.derive_private_key(RFC6979_SECRET, ec.SECP256R1()))
    published = bytes.fromhex("".join(RFC6979[message]))
    assert signer.public_key.data[1:].hex() == RFC6979_X
    assert signer.sign(message) == low_s(published)
    signer.public_key.verify(low_s(published), message)


def test_rfc9679_example_thumbprint() -> None:
    """The EC2 key of RFC 9679 section 6."""
    x = bytes.fromhex("65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d")
    y = bytes.fromhex("1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c")
    public = PublicKey.from_bytes(bytes([2 + y[-1] % 2]) + x)
    assert public.thumbprint.hex() == "496bd8afadf307e5b08c64b0421bf9dc01528a344a43bda88fadd1669da253ec"


# Signatures


def test_signing_is_deterministic_and_low_s() -> None:
    signer = key()
    for number in range(40):
        message = number.to_bytes(4, "big")
        signature = signer.sign(message)
        assert signature == signer.sign(message) == low_s(signature)
        assert int.from_bytes(signature[32:], "big") <= ORDER // 2
        signer.public_key.verify(signature, message)


def test_high_s_verifies_elsewhere_and_not_here() -> None:
    signer = key()
    signature = high_s(signer.sign(b"m"))
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    signer.to_cryptography().public_key().verify(encode_dss_signature(r, s), b"m", ec.ECDSA(hashes.SHA256()))
    with pytest.raises(SignatureError, match="high S"):
        signer.public_key.verify(signature, b"m")
    signer.public_key.verify(low_s(signature), b"m")


@pytest.mark.parametrize(
    "values", [(0, 1), (1, 0), (ORDER, 1), (1, ORDER), (0, 0), (2**256 - 1, 1), (1, 2**256 - 1)]
)
def test_low_s_refuses_values_out_of_range(values: tuple[int, int]) -> None:
    signature = values[0].to_bytes(32, "big") + values[1].to_bytes(32, "big")
    with pytest.raises(SignatureError, match="out of range") as caught:
        low_s(signature)
    assert caught.value.field == "signature"
    with pytest.raises(SignatureError):
        key().public_key.verify(signature, b"m")


def test_low_s_boundary() -> None:
    half = ORDER // 2
    kept = (1).to_bytes(32, "big") + half.to_bytes(32, "big")
    assert low_s(kept) == kept == low_s(kept[:32] + (half + 1).to_bytes(32, "big"))


@pytest.mark.parametrize("size", [0, 1, 63, 65, 72])
def test_signatures_of_another_length(size: int) -> None:
    for check in (low_s, lambda data: key().public_key.verify(data, b"m")):
        with pytest.raises(SignatureError, match="64 bytes"):
            check(bytes(size))


@given(st.binary(min_size=64, max_size=64), st.binary(max_size=40))
def test_no_made_up_signature_verifies(signature: bytes, message: bytes) -> None:
    with pytest.raises(SignatureError):
        key().public_key.verify(signature, message)


def test_every_flipped_bit_and_every_other_message_and_key_fails() -> None:
    signer = key()
    signature = signer.sign(b"m")
    for bit in range(0, 512, 5):
        changed = bytearray(signature)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SignatureError):
            signer.public_key.verify(bytes(changed), b"m")
    for public, message in ((signer.public_key, b"n"), (key("two").public_key, b"m")):
        with pytest.raises(SignatureError) as caught:
            public.verify(signature, message)
        assert caught.value.field == "signature"


# Keys


def _no_root() -> bytes:
    """The compressed form of the first x for which no point exists."""
    b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    x = next(x for x in range(1, 99) if pow(x**3 - 3 * x + b, (FIELD - 1) // 2, FIELD) != 1)
    return b"\x02" + x.to_bytes(32, "big")


BAD_POINTS: dict[str, Any] = {
    "empty": b"",
    "infinity": b"\x00",
    "infinity, padded": bytes(33),
    "uncompressed prefix": b"\x04" + GENERATOR[1:],
    "hybrid prefix": b"\x06" + GENERATOR[1:],
    "unknown prefix": b"\x01" + GENERATOR[1:],
    "one byte short": GENERATOR[:-1],
    "one byte long": GENERATOR + b"\x00",
    "bare x": GENERATOR[1:],
    "uncompressed": b"\x04" + bytes(64),
    "not on the curve": _no_root(),
    "x is the prime": b"\x02" + FIELD.to_bytes(32, "big"),
    "x is 5 in a second spelling": b"\x02" + (FIELD + 5).to_bytes(32, "big"),
    "x of all ones": b"\x03" + b"\xff" * 32,
}


@pytest.mark.parametrize("data", BAD_POINTS.values(), ids=BAD_POINTS)
def test_bad_points(data: bytes) -> None:
    with pytest.raises(CryptoKeyError) as caught:
        PublicKey.from_bytes(data, field="k")
    assert caught.value.field == "k"
    with pytest.raises(CryptoKeyError):
        PublicKey.from_text(encode_base64url(data))


def test_a_point_has_one_encoding_and_one_text() -> None:
    public = PublicKey.from_bytes(GENERATOR)
    assert public == PublicKey.from_text(public.text)
    assert hash(public) == hash(PublicKey.from_text(public.text))
    assert public != PublicKey.from_bytes(b"\x02" + GENERATOR[1:])
    assert key().public_key.to_cryptography().public_numbers().x == int.from_bytes(
        key().public_key.data[1:], "big"
    )


@given(st.binary(max_size=40))
def test_arbitrary_bytes_are_a_key_or_a_refusal(data: bytes) -> None:
    try:
        assert PublicKey.from_bytes(data).data == data
    except CryptoKeyError as error:
        if error.field != "key":
            raise


def test_entropy() -> None:
    assert key("a").public_key == key("a").public_key != key("b").public_key
    with pytest.raises(CryptoKeyError) as caught:
        SigningKey.from_entropy(bytes(39))
    assert caught.value.field == "entropy"
    # The largest and the smallest reduce to valid secrets: never 0, never the order.
    for data in (bytes(40), b"\xff" * 64, (ORDER - 1).to_bytes(40, "big"), ORDER.to_bytes(40, "big")):
        SigningKey.from_entropy(data).public_key.verify(SigningKey.from_entropy(data).sign(b"x"), b"x")


@pytest.mark.parametrize(
    "foreign",
    [
        ec.derive_private_key(5, ec.SECP384R1()),
        ec.derive_private_key(5, ec.SECP256K1()),
        ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)),
        b"x",
        None,
    ],
    ids=["P-384", "secp256k1", "Ed25519", "bytes", "nothing"],
)
def test_other_keys_are_refused(foreign: object) -> None:
    with pytest.raises(CryptoKeyError, match="P-256"):
        SigningKey.from_cryptography(foreign)


def test_nothing_shows_the_secret() -> None:
    signer = key()
    secret = signer.to_cryptography().private_numbers().private_value
    for text in (repr(signer), str(signer), f"{signer}", repr([signer]), repr({"key": signer})):
        assert str(secret) not in text
        assert f"{secret:x}" not in text.lower()
        assert "private" not in text
    with pytest.raises(TypeError):
        pickle.dumps(signer)


def test_cryptography_accepts_what_is_signed_here() -> None:
    signer = key()
    signature = signer.sign(b"m")
    der = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    signer.public_key.to_cryptography().verify(der, b"m", ec.ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        signer.public_key.to_cryptography().verify(der, b"n", ec.ECDSA(hashes.SHA256()))
