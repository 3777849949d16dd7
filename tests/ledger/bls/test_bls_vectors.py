"""Published vectors: the Ethereum BLS tests, Wycheproof's hash to G2, and EIP-2333's key generation.

Ethereum's consensus adds `eth_fast_aggregate_verify`, which accepts the identity
signature for an empty list of keys. The vectors here follow the IETF draft, which
refuses it; so do we. We leave the draft in one vector, named below: the identity
is no signature, so it does not aggregate.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ledger.bls import BlsBackend, backend
from ledger.bls.arkworks import hash_to_curve
from ledger.errors import LedgerError, SignatureError

ARKWORKS = backend("arkworks")


def from_hex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def all_from_hex(texts: list[str]) -> list[bytes]:
    return [from_hex(text) for text in texts]


def load(data: Path, folder: str) -> list[tuple[str, Any, Any]]:
    files = sorted((data / "vectors" / "ethereum-bls" / folder).glob("*.json"))
    assert files, folder
    cases = [(file.stem, json.loads(file.read_text())) for file in files]
    return [(name, case["input"], case["output"]) for name, case in cases]


def accepts(check: Any, *arguments: Any) -> bool:
    try:
        check(*arguments)
    except LedgerError:
        return False
    return True


def check_verify(bls: BlsBackend, given: Any, expected: bool) -> None:
    key, message, signature = (from_hex(given[name]) for name in ("pubkey", "message", "signature"))
    assert accepts(bls.verify, key, message, signature) is expected


def check_fast_aggregate(bls: BlsBackend, given: Any, expected: bool) -> None:
    keys, message = all_from_hex(given["pubkeys"]), from_hex(given["message"])
    assert accepts(bls.fast_aggregate_verify, keys, message, from_hex(given["signature"])) is expected


@pytest.mark.conformance
def test_sign(conformance_data: Path, subtests: pytest.Subtests) -> None:
    for name, given, expected in load(conformance_data, "sign"):
        with subtests.test(name):
            signature = ARKWORKS.sign(from_hex(given["privkey"]), from_hex(given["message"]))
            assert signature == from_hex(expected)


@pytest.mark.conformance
def test_verify(conformance_data: Path, subtests: pytest.Subtests) -> None:
    for name, given, expected in load(conformance_data, "verify"):
        with subtests.test(name):
            check_verify(ARKWORKS, given, expected)


@pytest.mark.conformance
def test_aggregate(conformance_data: Path, subtests: pytest.Subtests) -> None:
    for name, given, expected in load(conformance_data, "aggregate"):
        with subtests.test(name):
            signatures = all_from_hex(given)
            if expected is None or name == "aggregate_infinity_signature":
                with pytest.raises(SignatureError):
                    ARKWORKS.aggregate(signatures)
            else:
                assert ARKWORKS.aggregate(signatures) == from_hex(expected)


@pytest.mark.conformance
def test_fast_aggregate_verify(conformance_data: Path, subtests: pytest.Subtests) -> None:
    for name, given, expected in load(conformance_data, "fast_aggregate_verify"):
        with subtests.test(name):
            check_fast_aggregate(ARKWORKS, given, expected)


@pytest.mark.conformance
def test_aggregate_verify(conformance_data: Path, subtests: pytest.Subtests) -> None:
    for name, given, expected in load(conformance_data, "aggregate_verify"):
        with subtests.test(name):
            keys, messages = all_from_hex(given["pubkeys"]), all_from_hex(given["messages"])
            signature = from_hex(given["signature"])
            assert accepts(ARKWORKS.aggregate_verify, keys, messages, signature) is expected


@pytest.mark.conformance
def test_batches_hold_when_each_item_verifies(conformance_data: Path, subtests: pytest.Subtests) -> None:
    for name, given, expected in load(conformance_data, "batch_verify"):
        with subtests.test(name):
            columns = (all_from_hex(given[column]) for column in ("pubkeys", "messages", "signatures"))
            results = [accepts(ARKWORKS.verify, *item) for item in zip(*columns, strict=True)]
            assert all(results) is expected


@pytest.mark.conformance
def test_the_reference_agrees_on_a_sample(conformance_data: Path, subtests: pytest.Subtests) -> None:
    """One accepted and one refused vector of each kind: the reference takes a third of a second each."""
    reference = backend("reference")
    for folder, check in (("verify", check_verify), ("fast_aggregate_verify", check_fast_aggregate)):
        cases = {bool(expected): (name, given) for name, given, expected in load(conformance_data, folder)}
        for expected, (name, given) in cases.items():
            with subtests.test(name):
                check(reference, given, expected)
    name, given, expected = load(conformance_data, "aggregate")[0]
    with subtests.test(name):
        assert reference.aggregate(all_from_hex(given)) == from_hex(expected)


@pytest.mark.conformance
def test_wycheproof_hash_to_g2(conformance_data: Path) -> None:
    groups = json.loads((conformance_data / "vectors/wycheproof/bls_hash_to_g2_test.json").read_text())
    count = 0
    for group in groups["testGroups"]:
        for case in group["tests"]:
            point = hash_to_curve(bytes.fromhex(case["msg"]), group["dst"].encode())
            assert point.to_compressed_bytes().hex() == case["expected"], case["comment"]
            count += 1
    assert count == groups["numberOfTests"]


def test_key_generation_of_eip_2333() -> None:
    """EIP-2333's test case 0: its master key is KeyGen of the seed."""
    seed = bytes.fromhex(
        "c55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e5349553"
        "1f09a6987599d18264c1e1c92f2cf141630c7a3c4ab7c81b2f001698e7463b04"
    )
    expected = 6083874454709270928345386274498605044986640685124978867557563392430687146096
    for name in ("arkworks", "reference"):
        assert int.from_bytes(backend(name).derive_secret(seed), "big") == expected
