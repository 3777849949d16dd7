"""Whatever bytes arrive, a door opens or says no in its own words, soon, and in bounded memory."""

from __future__ import annotations

import json
import time
import tracemalloc
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.canonical import canonical_document, parse_document
from ledger.errors import LedgerError
from ledger.statement import parse_statement
from tests.fuzz.doors import DOORS
from tests.fuzz.mutation import mutated
from tests.fuzz.targets import TARGETS, Target

BY_NAME = DOORS
each_target = pytest.mark.parametrize("name", BY_NAME)

SECONDS = 20.0
"""Processor time that a single input may take: ten times what any needs on a slow and busy machine, and
nothing beside what a cost that grows with the square of the input would take."""


@each_target
def test_seeds_are_accepted(name: str) -> None:
    """Otherwise the changes below would start from something that fails at once."""
    target = BY_NAME[name]
    assert all(target.attempt(seed) for seed in target.seeds()) == target.welcomes
    assert all(len(seed) <= target.limit for seed in target.seeds())


def hostile(target: Target) -> st.SearchStrategy[bytes]:
    return mutated(tuple(target.seeds()), target.form, target.prefix)


def attempt(target: Target, data: bytes) -> None:
    before = time.process_time()
    target.attempt(data)
    assert time.process_time() - before < SECONDS


@each_target
@settings(max_examples=30)
@given(data=st.data())
def test_changed_inputs(name: str, data: Any) -> None:
    attempt(BY_NAME[name], data.draw(hostile(BY_NAME[name])))


@pytest.mark.deep
@pytest.mark.timeout(600)
@each_target
@settings(max_examples=2_000, derandomize=False, print_blob=True)
@given(data=st.data())
def test_changed_inputs_in_depth(name: str, data: Any) -> None:
    attempt(BY_NAME[name], data.draw(hostile(BY_NAME[name])))


PATTERNS = (
    b"\x00", b"\xff", b"[", b"{", b'"', b"\x91", b"\x81", b"\x80", b"\xc4\x00", b"[],", b'{"":', b'"[]",',
    b"\xdd\x7f\xff\xff\xff", b"\xdf\x00\x10\x00\x00", b"\x9a\x00\x0f\xff\xff", b"\x40", b"\x60", b"\xd2\x84",
    b"9", b"1,", b"0.1e1,", b'"\\\\",', b'"\\u0000",',
)  # fmt: skip


LARGE_BYTES = 1_000_000
"""Long enough that a cost which grows with the square would be noticed."""


def large(target: Target, size: int) -> list[bytes]:
    """Inputs of one pattern over and over, alone and behind a valid start."""
    made = []
    for pattern in PATTERNS:
        for start in (b"", *(seed[: target.prefix + 1] for seed in target.seeds()[:1])):
            made.append((start + pattern * (size // len(pattern)))[:size])
    return made


def cost_little(target: Target, size: int) -> None:
    for data in large(target, size):
        attempt(target, data)
    tracemalloc.start()
    try:
        for data in large(target, size)[::7]:
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            target.attempt(data)
            peak = tracemalloc.get_traced_memory()[1] - before
            assert peak < 40 * size + 1_000_000, (data[:16], peak)
    finally:
        tracemalloc.stop()


@each_target
def test_large_inputs_cost_little(name: str) -> None:
    cost_little(BY_NAME[name], min(BY_NAME[name].limit, LARGE_BYTES))


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", [name for name in BY_NAME if BY_NAME[name].limit > LARGE_BYTES])
def test_the_largest_inputs_cost_little(name: str) -> None:
    """As long as the target looks at."""
    cost_little(BY_NAME[name], BY_NAME[name].limit)


def theirs(data: bytes) -> Any:
    """What a general decoder makes of CBOR; None for what it refuses."""
    try:
        return cbor2.loads(data)
    except (cbor2.CBORError, ValueError, TypeError, RecursionError):
        return None


@settings(max_examples=100)
@given(data=hostile(BY_NAME["batch of statements"]))
def test_two_decoders_read_the_same_batch(data: bytes) -> None:
    try:
        ours = BY_NAME["batch of statements"].read(data)
    except LedgerError:
        return
    assert list(theirs(data)) == ours


@settings(max_examples=100)
@given(data=hostile(BY_NAME["statement"]))
def test_two_decoders_read_the_same_statement(data: bytes) -> None:
    try:
        ours = parse_statement(data, normalise=True)
    except LedgerError:
        return
    protected, _, payload, _ = theirs(data).value
    assert theirs(protected)[15] == {1: ours.issuer, 2: ours.subject}
    assert json.loads(payload)["nonce"] == ours.payload.nonce
    # What was put right on receipt is right for good.
    assert parse_statement(ours.leaf) == ours


@settings(max_examples=100)
@given(data=hostile(BY_NAME["trade document"]))
def test_a_document_has_one_checksum_however_it_is_spelled(data: bytes) -> None:
    try:
        document = parse_document(data)
    except LedgerError:
        return
    again = canonical_document(document)
    assert parse_document(again) == document
    assert canonical_document(parse_document(again)) == again


@pytest.mark.parametrize("name", [target.name for target in TARGETS])
def test_one_byte_too_many_is_refused_by_its_length(name: str) -> None:
    target = BY_NAME[name]
    assert not target.attempt(target.seeds()[0] + bytes(target.limit + 1 - len(target.seeds()[0])))
