"""Seals: what a quorum is, and everything that is not its signature over this block in this place."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import canonical
from ledger.bls import backend
from ledger.bls.interface import GROUP_ORDER
from ledger.errors import CryptoKeyError, EncodingError, LedgerError, SealError, SignatureError
from ledger.primitives import Hash, Height, Round, encode_base64url
from ledger.seal import (
    NIL,
    NO_ROUND,
    Seal,
    make_seal,
    precommit_bytes,
    prevote_bytes,
    proposal_bytes,
    seal_hash,
    seal_signers,
    verify_seal,
)
from ledger.validators import Validator, ValidatorSet, decode_signers, encode_signers
from tests.ledger.builder import bls_secret, validator_set

BLS = backend()
NETWORK, OTHER = Hash(b"n" * 32), Hash(b"o" * 32)
BLOCK = Hash(b"b" * 32)
NAMES = tuple(f"org-{n}" for n in range(20))
SET = validator_set(NAMES[:4])


def signed(
    seats: tuple[int, ...],
    *,
    validators: ValidatorSet = SET,
    network: Hash = NETWORK,
    set_hash: Hash | None = None,
    height: int = 7,
    round_: int = 2,
    block: Hash = BLOCK,
    message: bytes | None = None,
) -> Seal:
    content = message or precommit_bytes(
        network, set_hash or validators.hash, Height(height), Round(round_), block
    )
    signatures = {
        seat: BLS.sign(bls_secret(validators.validators[seat].organisation), content) for seat in seats
    }
    return make_seal(Height(7), Round(2), BLOCK, validators.size, signatures, BLS)


GOOD = signed((0, 1, 3))


def refused(seal: Seal, kind: type[LedgerError] = LedgerError, **options: Any) -> LedgerError:
    with pytest.raises(kind) as caught:
        verify_seal(seal, options.get("network", NETWORK), options.get("validators", SET))
    return caught.value


# Quorums


@pytest.mark.parametrize("size", range(1, 21))
def test_a_quorum_and_one_less(size: int) -> None:
    validators = validator_set(NAMES[:size])
    quorum = next(q for q in range(size + 1) if 3 * q > 2 * size)
    faults = (size - 1) // 3
    assert (validators.quorum, validators.faults) == (quorum, faults) == (size - faults, faults)
    assert 2 * quorum - size > faults, "any two quorums share an honest validator"
    assert size - faults >= quorum, "the honest alone are a quorum"
    for seats in (tuple(range(quorum)), tuple(range(size - quorum, size)), tuple(range(size))):
        seal = signed(seats, validators=validators)
        verify_seal(seal, NETWORK, validators)
        assert seal_signers(seal, validators) == seats
    if quorum > 1:
        seal = signed(tuple(range(quorum - 1)), validators=validators)
        assert refused(seal, SealError, validators=validators).field == "seal.signers"


def test_an_empty_set_has_no_quorum() -> None:
    nobody = ValidatorSet(validators=())
    for signers in ("", "AA"):
        seal = msgspec.structs.replace(GOOD, signers=signers)
        assert refused(seal, SealError, validators=nobody).field == "seal.signers"


# The bitmap


@pytest.mark.parametrize(
    ("signers", "error"),
    [
        ("", SealError),
        ("AA", SealError),
        ("AQ", SealError),
        ("Gw", SealError),
        ("iw", SealError),
        ("_w", SealError),
        ("CwA", SealError),
        ("AAs", SealError),
        ("Cw==", EncodingError),
        ("Cx", EncodingError),
        ("C", EncodingError),
        ("+w", EncodingError),
        ("Cw\n", EncodingError),
        ("C w", EncodingError),
        ("Cẃ", EncodingError),
        ("A" * 100_000, SealError),
    ],
)
def test_other_bitmaps(signers: str, error: type[LedgerError]) -> None:
    assert GOOD.signers == "Cw"
    assert refused(msgspec.structs.replace(GOOD, signers=signers), error).field == "seal.signers"


def test_a_bitmap_that_names_others_than_signed() -> None:
    for seats in ((0, 1, 2), (1, 2, 3), (0, 1, 2, 3)):
        changed = msgspec.structs.replace(GOOD, signers=encode_base64url(encode_signers(seats, 4)))
        refused(changed, SignatureError)


@given(st.sets(st.integers(0, 19)), st.integers(20, 40))
def test_bitmaps_round_trip(seats: set[int], size: int) -> None:
    order = tuple(sorted(seats))
    bitmap = encode_signers(order, size)
    assert len(bitmap) == (size + 7) // 8
    assert decode_signers(bitmap, size) == order


@given(st.binary(min_size=1, max_size=3), st.integers(1, 20))
def test_a_bitmap_that_is_accepted_is_the_only_one_for_its_seats(bitmap: bytes, size: int) -> None:
    seal = msgspec.structs.replace(GOOD, signers=encode_base64url(bitmap))
    validators = validator_set(NAMES[:size])
    try:
        seats = seal_signers(seal, validators)
    except SealError:
        return
    assert encode_signers(seats, size) == bitmap
    assert len(seats) >= validators.quorum
    assert max(seats) < size


# What was signed


@pytest.mark.parametrize(
    "change",
    [
        {"network": OTHER},
        {"set_hash": OTHER},
        {"height": 8},
        {"round_": 3},
        {"round_": 1},
        {"block": NIL},
        {"block": OTHER},
    ],
    ids=lambda change: next(iter(change)),
)
def test_signatures_over_anything_else(change: Any) -> None:
    refused(signed((0, 1, 3), **change), SignatureError)


def test_prevotes_and_proposals_are_no_precommits() -> None:
    place = (NETWORK, SET.hash, Height(7), Round(2), BLOCK)
    for message in (
        prevote_bytes(*place, NO_ROUND),
        prevote_bytes(*place, Round(2)),
        proposal_bytes(*place, NO_ROUND),
    ):
        refused(signed((0, 1, 3), message=message), SignatureError)


def test_rounds_do_not_aggregate() -> None:
    votes = {}
    for seat, round_ in ((0, 2), (1, 2), (3, 1)):
        message = precommit_bytes(NETWORK, SET.hash, Height(7), Round(round_), BLOCK)
        votes[seat] = BLS.sign(bls_secret(NAMES[seat]), message)
    for round_ in (1, 2):
        refused(make_seal(Height(7), Round(round_), BLOCK, 4, votes, BLS), SignatureError)


def test_every_field_of_a_seal_is_bound() -> None:
    for change in (
        {"height": 8},
        {"height": 6},
        {"height": 2**53 - 1},
        {"round": 1},
        {"round": 2**32 - 1},
        {"block_id": "00" * 32},
        {"signature": signed((0, 1, 2)).signature},
    ):
        refused(msgspec.structs.replace(GOOD, **change), SignatureError)
    assert refused(msgspec.structs.replace(GOOD, round=2**32), SealError).field == "seal.round"


def test_another_network_or_set() -> None:
    refused(GOOD, SignatureError, network=OTHER)
    for validators in (
        validator_set((*NAMES[:3], NAMES[5])),
        validator_set((NAMES[1], NAMES[0], *NAMES[2:4])),
        validator_set((NAMES[0], NAMES[1], NAMES[4], NAMES[3])),
    ):
        refused(GOOD, SignatureError, validators=validators)
    assert refused(GOOD, SealError, validators=validator_set(NAMES[:9])).field == "seal.signers"
    assert refused(GOOD, SealError, validators=validator_set(NAMES[:3])).field == "seal.signers"


def test_all_vote_encodings_differ() -> None:
    place = (NETWORK, SET.hash, Height(7), Round(2), BLOCK)
    found = {precommit_bytes(*place), precommit_bytes(*place[:4], NIL)}
    for valid in (-1, 0, 1, 2):
        found |= {prevote_bytes(*place, Round(valid)), proposal_bytes(*place, Round(valid))}
    for position, value in ((0, OTHER), (1, OTHER), (2, Height(8)), (3, Round(3)), (4, OTHER)):
        changed: Any = (*place[:position], value, *place[position + 1 :])
        found |= {
            precommit_bytes(*changed),
            prevote_bytes(*changed, NO_ROUND),
            proposal_bytes(*changed, NO_ROUND),
        }
    assert len(found) == 2 + 8 + 15


# The aggregate


def test_bad_aggregates() -> None:
    for data in (
        b"",
        bytes(95),
        bytes(96),
        bytes(97),
        b"\xc0" + bytes(95),
        b"\xff" * 96,
        b"\xe0" + bytes(95),
    ):
        refused(msgspec.structs.replace(GOOD, signature=encode_base64url(data)))
    refused(msgspec.structs.replace(GOOD, signature=GOOD.signature + "="), EncodingError)
    with pytest.raises(SignatureError):
        make_seal(Height(7), Round(2), BLOCK, 4, {}, BLS)


@pytest.mark.parametrize("name", ["arkworks", "reference"])
def test_keys_that_sum_to_zero_vouch_for_nothing(name: str) -> None:
    """Seats 1 and 2 hold k and -k: together they are the identity, which would sign anything."""
    secret = bls_secret(NAMES[1])
    opposite = (GROUP_ORDER - int.from_bytes(secret, "big")).to_bytes(32, "big")
    keys = [BLS.public_key(secret), BLS.public_key(opposite)]
    pair = ValidatorSet(
        validators=tuple(
            Validator(organisation=f"v{n}", bls_key=encode_base64url(key)) for n, key in enumerate(keys)
        )
    )
    message = precommit_bytes(NETWORK, pair.hash, Height(7), Round(2), BLOCK)
    with pytest.raises(SignatureError):
        make_seal(
            Height(7), Round(2), BLOCK, 2, {0: BLS.sign(secret, message), 1: BLS.sign(opposite, message)}, BLS
        )
    identity = encode_base64url(b"\xc0" + bytes(95))
    for signature in (identity, GOOD.signature):
        seal = msgspec.structs.replace(GOOD, signers="Aw", signature=signature)
        with pytest.raises((CryptoKeyError, SignatureError)):
            verify_seal(seal, NETWORK, pair, backend(name))


def test_a_set_that_names_one_key_twice() -> None:
    twice = ValidatorSet(
        validators=tuple(msgspec.structs.replace(SET.validators[0], organisation=f"v{n}") for n in range(3))
    )
    secret = bls_secret(NAMES[0])
    vote = BLS.sign(secret, precommit_bytes(NETWORK, twice.hash, Height(7), Round(2), BLOCK))
    seal = make_seal(Height(7), Round(2), BLOCK, 3, {0: vote, 1: vote, 2: vote}, BLS)
    refused(seal, CryptoKeyError, validators=twice)


def test_hash_of_a_seal() -> None:
    assert seal_hash(None) == NIL
    changes: list[dict[str, Any]] = [{"height": 8}, {"round": 3}, {"signers": "Dw"}, {"block_id": "00" * 32}]
    hashes = {seal_hash(GOOD), *(seal_hash(msgspec.structs.replace(GOOD, **change)) for change in changes)}
    assert len(hashes) == 5
    assert canonical.decode(canonical.encode(GOOD), Seal, max_bytes=1024) == GOOD
