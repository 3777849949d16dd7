"""Both backends: they agree, and each refuses keys and signatures that would count votes nobody cast."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from py_arkworks_bls12381 import G1Point, G2Point

from ledger.bls import BACKEND_NAMES, BlsBackend, backend
from ledger.bls.interface import GROUP_ORDER
from ledger.errors import CryptoKeyError, SignatureError

FIELD_MODULUS = int(
    "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab", 16
)
ARKWORKS = backend("arkworks")
SECRETS = [ARKWORKS.derive_secret(bytes([number]) * 32) for number in range(4)]
KEYS = [ARKWORKS.public_key(secret) for secret in SECRETS]
MESSAGE = b"precommit of height 7"
SIGNATURES = [ARKWORKS.sign(secret, MESSAGE) for secret in SECRETS]
IDENTITY_KEY = bytes([0xC0]) + bytes(47)
IDENTITY_SIGNATURE = bytes([0xC0]) + bytes(95)


@pytest.fixture(params=BACKEND_NAMES)
def bls(request: pytest.FixtureRequest) -> BlsBackend:
    return backend(request.param)


def negated(secret: bytes) -> bytes:
    return (GROUP_ORDER - int.from_bytes(secret, "big")).to_bytes(32, "big")


def point_outside_subgroup(group: type[G1Point] | type[G2Point], size: int) -> bytes:
    """A point on the curve with a small x; one in 2^125 such points is in the subgroup."""
    for x in range(1, 100):
        encoded = bytes([0x80]) + x.to_bytes(size - 1, "big")
        try:
            point = group.from_compressed_bytes_unchecked(encoded)
        except ValueError:
            continue
        assert not point.is_in_subgroup()
        return encoded
    raise LookupError("no x below 100 is on the curve")


def shifted_by_the_modulus(group_generator: G1Point) -> bytes:
    """A valid key whose x is written as x + p, which still fits in 381 bits."""
    point = group_generator
    for _ in range(200):
        encoded = int.from_bytes(point.to_compressed_bytes(), "big")
        if encoded % 2**381 + FIELD_MODULUS < 2**381:
            return (encoded + FIELD_MODULUS).to_bytes(48, "big")
        point = point + group_generator
    raise LookupError("no small multiple has a small x")


BAD_KEYS = {
    "empty": b"",
    "short": KEYS[0][:-1],
    "long": KEYS[0] + b"\x00",
    "zero in front": b"\x00" + KEYS[0],
    "identity": IDENTITY_KEY,
    "identity with sign": bytes([0xE0]) + bytes(47),
    "identity with a tail": IDENTITY_KEY[:-1] + b"\x01",
    "zero": bytes(48),
    "not marked compressed": bytes([KEYS[0][0] & 0x7F]) + KEYS[0][1:],
    "marked as identity": bytes([KEYS[0][0] | 0x40]) + KEYS[0][1:],
    "uncompressed": G1Point.from_compressed_bytes(KEYS[0]).to_xy_bytes_be(),
    "x plus the modulus": shifted_by_the_modulus(G1Point()),
    "outside the subgroup": point_outside_subgroup(G1Point, 48),
}

BAD_SIGNATURES = {
    "empty": b"",
    "short": SIGNATURES[0][:-1],
    "long": SIGNATURES[0] + b"\x00",
    "zero between the halves": SIGNATURES[0][:48] + b"\x00" + SIGNATURES[0][48:],
    "identity": IDENTITY_SIGNATURE,
    "identity with sign": bytes([0xE0]) + bytes(95),
    "identity with a tail": IDENTITY_SIGNATURE[:-1] + b"\x01",
    "zero": bytes(96),
    "not marked compressed": bytes([SIGNATURES[0][0] & 0x7F]) + SIGNATURES[0][1:],
    "marked as identity": bytes([SIGNATURES[0][0] | 0x40]) + SIGNATURES[0][1:],
    "flag in the second half": SIGNATURES[0][:48] + bytes([SIGNATURES[0][48] | 0x80]) + SIGNATURES[0][49:],
    "outside the subgroup": point_outside_subgroup(G2Point, 96),
}


def test_the_default_is_arkworks_and_unknown_names_are_refused() -> None:
    assert backend().name == "arkworks"
    assert backend("reference").name == "reference"
    assert backend() is backend("arkworks")
    with pytest.raises(CryptoKeyError, match="blst"):
        backend("blst")


def test_the_reference_is_imported_only_when_asked_for() -> None:
    program = "import sys; from ledger.bls import backend; backend(); sys.exit('py_ecc' in sys.modules)"
    root = Path(__file__).resolve().parents[3]
    assert subprocess.run([sys.executable, "-c", program], cwd=root, check=False).returncode == 0


def test_backends_agree_on_everything_they_make() -> None:
    reference = backend("reference")
    for seed in (b"a" * 32, hashlib.sha512(b"b").digest()):
        secret = ARKWORKS.derive_secret(seed)
        assert reference.derive_secret(seed) == secret
        assert reference.public_key(secret) == ARKWORKS.public_key(secret)
    assert reference.sign(SECRETS[0], MESSAGE) == SIGNATURES[0]
    assert reference.sign(SECRETS[0], b"") == ARKWORKS.sign(SECRETS[0], b"")
    assert reference.prove_possession(SECRETS[0]) == ARKWORKS.prove_possession(SECRETS[0])
    assert reference.aggregate(SIGNATURES) == ARKWORKS.aggregate(SIGNATURES)


def test_a_quorum_verifies_as_one(bls: BlsBackend) -> None:
    total = bls.aggregate(SIGNATURES[:3])
    bls.fast_aggregate_verify(KEYS[:3], MESSAGE, total)
    with pytest.raises(SignatureError):
        bls.fast_aggregate_verify(KEYS, MESSAGE, total)


def test_a_signature_binds_key_and_message(bls: BlsBackend) -> None:
    bls.verify(KEYS[0], MESSAGE, SIGNATURES[0])
    with pytest.raises(SignatureError):
        bls.verify(KEYS[1], MESSAGE, SIGNATURES[0])
    with pytest.raises(SignatureError):
        bls.verify(KEYS[0], MESSAGE + b".", SIGNATURES[0])


def test_different_messages_verify_together(bls: BlsBackend) -> None:
    messages = [b"one", b"two"]
    total = bls.aggregate([ARKWORKS.sign(SECRETS[i], messages[i]) for i in range(2)])
    bls.aggregate_verify(KEYS[:2], messages, total)
    with pytest.raises(SignatureError):
        bls.aggregate_verify(KEYS[:2], messages[::-1], total)
    with pytest.raises(SignatureError, match="1 messages for 2"):
        bls.aggregate_verify(KEYS[:2], messages[:1], total)
    with pytest.raises(CryptoKeyError):
        bls.aggregate_verify([], [], total)


def test_possession_is_proven_in_a_domain_of_its_own(bls: BlsBackend) -> None:
    proof = ARKWORKS.prove_possession(SECRETS[0])
    bls.verify_possession(KEYS[0], proof)
    with pytest.raises(SignatureError):
        bls.verify_possession(KEYS[0], ARKWORKS.sign(SECRETS[0], KEYS[0]))
    with pytest.raises(SignatureError):
        bls.verify_possession(KEYS[1], proof)


def test_a_rogue_key_forges_a_quorum_but_cannot_prove_possession() -> None:
    """Why proofs are required: a key chosen as mine minus yours signs for both of us."""
    rogue = (
        G1Point.from_compressed_bytes(KEYS[0]) - G1Point.from_compressed_bytes(KEYS[1])
    ).to_compressed_bytes()
    ARKWORKS.fast_aggregate_verify([rogue, KEYS[1]], MESSAGE, SIGNATURES[0])
    ARKWORKS.validate_key(rogue)
    for secret in SECRETS[:2]:
        with pytest.raises(SignatureError):
            ARKWORKS.verify_possession(rogue, ARKWORKS.prove_possession(secret))


def test_keys_that_cancel_out_are_refused(bls: BlsBackend) -> None:
    opposite = ARKWORKS.public_key(negated(SECRETS[0]))
    bls.validate_key(opposite)
    with pytest.raises(CryptoKeyError, match="cancel"):
        bls.fast_aggregate_verify([KEYS[0], opposite], MESSAGE, SIGNATURES[0])
    with pytest.raises(CryptoKeyError, match="cancel"):
        bls.fast_aggregate_verify([KEYS[0], opposite], MESSAGE, IDENTITY_SIGNATURE)


def test_signatures_that_cancel_out_are_refused(bls: BlsBackend) -> None:
    with pytest.raises(SignatureError, match="cancel"):
        bls.aggregate([SIGNATURES[0], ARKWORKS.sign(negated(SECRETS[0]), MESSAGE)])


def test_empty_and_repeated_lists_are_refused(bls: BlsBackend) -> None:
    doubled = ARKWORKS.aggregate([SIGNATURES[0], SIGNATURES[0]])
    with pytest.raises(CryptoKeyError, match="twice"):
        bls.fast_aggregate_verify([KEYS[0], KEYS[0]], MESSAGE, doubled)
    with pytest.raises(CryptoKeyError, match="twice"):
        bls.aggregate_verify([KEYS[0], KEYS[0]], [MESSAGE, MESSAGE], doubled)
    with pytest.raises(CryptoKeyError, match="at least one"):
        bls.fast_aggregate_verify([], MESSAGE, IDENTITY_SIGNATURE)
    with pytest.raises(SignatureError, match="at least one"):
        bls.aggregate([])


@pytest.mark.parametrize("key", BAD_KEYS.values(), ids=BAD_KEYS.keys())
def test_bad_keys_are_refused_everywhere(bls: BlsBackend, key: bytes) -> None:
    for _ in range(2):
        with pytest.raises(CryptoKeyError):
            bls.validate_key(key)
    with pytest.raises(CryptoKeyError):
        bls.verify(key, MESSAGE, SIGNATURES[0])
    with pytest.raises(CryptoKeyError):
        bls.verify_possession(key, SIGNATURES[0])
    with pytest.raises(CryptoKeyError):
        bls.fast_aggregate_verify([KEYS[0], key], MESSAGE, SIGNATURES[0])
    with pytest.raises(CryptoKeyError):
        bls.aggregate_verify([key], [MESSAGE], SIGNATURES[0])


@pytest.mark.parametrize("signature", BAD_SIGNATURES.values(), ids=BAD_SIGNATURES.keys())
def test_bad_signatures_are_refused_everywhere(bls: BlsBackend, signature: bytes) -> None:
    with pytest.raises(SignatureError):
        bls.validate_signature(signature)
    with pytest.raises(SignatureError):
        bls.verify(KEYS[0], MESSAGE, signature)
    with pytest.raises(SignatureError):
        bls.verify_possession(KEYS[0], signature)
    with pytest.raises(SignatureError):
        bls.aggregate([SIGNATURES[0], signature])
    with pytest.raises(SignatureError):
        bls.fast_aggregate_verify(KEYS[:1], MESSAGE, signature)
    with pytest.raises(SignatureError):
        bls.aggregate_verify(KEYS[:1], [MESSAGE], signature)


def test_every_flipped_bit_is_refused() -> None:
    for bit in range(0, 8 * 96, 7):
        flipped = bytearray(SIGNATURES[0])
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SignatureError):
            ARKWORKS.verify(KEYS[0], MESSAGE, bytes(flipped))
    for bit in range(0, 8 * 48, 5):
        flipped = bytearray(KEYS[0])
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises((CryptoKeyError, SignatureError)):
            ARKWORKS.verify(bytes(flipped), MESSAGE, SIGNATURES[0])


@pytest.mark.parametrize(
    "secret",
    [b"", bytes(32), GROUP_ORDER.to_bytes(32, "big"), b"\xff" * 32, SECRETS[0][:-1], SECRETS[0] + b"\x00"],
    ids=["empty", "zero", "the order", "too large", "short", "long"],
)
def test_bad_secrets_are_refused(bls: BlsBackend, secret: bytes) -> None:
    for use in (bls.public_key, bls.prove_possession, lambda bad: bls.sign(bad, MESSAGE)):
        with pytest.raises(CryptoKeyError) as caught:
            use(secret)
        assert caught.value.field == "secret"


def test_the_largest_and_smallest_secrets_work(bls: BlsBackend) -> None:
    one = (1).to_bytes(32, "big")
    assert bls.public_key(one) == G1Point().to_compressed_bytes()
    assert bls.public_key(negated(one)) == (-G1Point()).to_compressed_bytes()


def test_short_entropy_is_refused(bls: BlsBackend) -> None:
    with pytest.raises(CryptoKeyError, match="at least 32"):
        bls.derive_secret(bytes(31))
