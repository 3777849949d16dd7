"""Validator sets: their shape, their hash, and the keys that may sit in them."""

from __future__ import annotations

import msgspec
import pytest

from ledger.bls import backend
from ledger.errors import CryptoKeyError, EncodingError, GenesisError, LedgerError
from ledger.primitives import encode_base64url
from ledger.validators import MAX_VALIDATORS, Validator, ValidatorSet, check_validator_set
from tests.ledger.builder import validator_set

SET = validator_set(("alpha", "beta", "gamma"))


def with_key(key: str) -> ValidatorSet:
    last = msgspec.structs.replace(SET.validators[2], bls_key=key)
    return ValidatorSet(validators=(*SET.validators[:2], last))


def refused(validators: ValidatorSet) -> LedgerError:
    with pytest.raises(LedgerError) as caught:
        check_validator_set(validators)
    return caught.value


def test_good_sets() -> None:
    check_validator_set(SET)
    check_validator_set(validator_set(("alone",)))
    check_validator_set(validator_set(tuple(f"v{n}" for n in range(MAX_VALIDATORS))))


def test_sizes() -> None:
    assert isinstance(refused(ValidatorSet(validators=())), GenesisError)
    crowd = tuple(Validator(organisation=f"v{n}", bls_key="") for n in range(MAX_VALIDATORS + 1))
    error = refused(ValidatorSet(validators=crowd))
    assert (type(error), error.field) == (GenesisError, "validators")


def test_seats() -> None:
    again = msgspec.structs.replace(SET.validators[2], organisation="alpha")
    assert "two seats" in refused(ValidatorSet(validators=(*SET.validators[:2], again))).message
    assert isinstance(refused(with_key(SET.validators[0].bls_key)), CryptoKeyError)
    assert (SET.index_of("gamma"), SET.index_of("alpha"), SET.index_of("nobody")) == (2, 0, None)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "AA",
        SET.validators[2].bls_key + "=",
        SET.validators[2].bls_key[:-1] + "_" * 2,
        encode_base64url(bytes(48)),
        encode_base64url(b"\xc0" + bytes(47)),
        encode_base64url(b"\xff" * 48),
        encode_base64url(b"\x80" + bytes(47)),
        encode_base64url(bytes(96)),
        encode_base64url(bytes.fromhex("40") + backend().public_key(b"\x01" * 32)[1:]),
        "é" * 64,
    ],
)
def test_keys(key: str) -> None:
    assert isinstance(refused(with_key(key)), CryptoKeyError | EncodingError)


def test_the_hash_binds_seats_order_and_keys() -> None:
    reordered = ValidatorSet(validators=SET.validators[::-1])
    renamed = msgspec.structs.replace(SET.validators[2], organisation="delta")
    sets = (
        SET,
        reordered,
        with_key(validator_set(("delta",)).validators[0].bls_key),
        ValidatorSet(validators=SET.validators[:2]),
        ValidatorSet(validators=(*SET.validators[:2], renamed)),
    )
    assert len({one.hash for one in sets}) == len(sets)
    assert validator_set(("alpha", "beta", "gamma")).hash == SET.hash
