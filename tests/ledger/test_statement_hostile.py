"""Bytes that claim to be statements: whatever they are, the answer is a refusal, and at once."""

from __future__ import annotations

import time
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import canonical
from ledger.errors import EncodingError, LedgerError
from ledger.statement import (
    cbor_bytes,
    decode_cbor,
    head,
    parse_statement,
)
from tests.ledger.messages import (
    GOOD,
    KEY,
    LABELS,
    PAYLOAD,
    build,
    refused,
)


@settings(max_examples=400)
@given(st.binary(max_size=300))
def test_arbitrary_bytes_raise_only_ledger_errors(data: bytes) -> None:
    for prefix in (b"", b"\xd2\x84", b"\xd2\x84" + cbor_bytes(cbor2.dumps(LABELS))):
        refused(prefix + data, normalise=True)


@settings(max_examples=400)
@given(
    st.lists(
        st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 4), st.binary(max_size=9)),
        min_size=1,
        max_size=4,
    ),
    st.booleans(),
)
def test_mutated_statements_raise_only_ledger_errors(
    edits: list[tuple[int, int, bytes]], normalise: bool
) -> None:
    data = GOOD
    for position, removed, inserted in edits:
        data = data[:position] + inserted + data[position + removed :]
    try:
        parsed = parse_statement(data, normalise=normalise)
        assert normalise or parsed.leaf == data
        parsed.verify(KEY.public_key)
    except LedgerError:
        return
    assert parsed.leaf == GOOD, "only the statement itself, perhaps in a second form, verifies"


NUMBERS = st.integers(-(2**63), 2**63) | st.floats()
TAGS = st.sampled_from([0, 1, 2, 4, 5, 18, 25, 28, 30, 35, 36, 37, 100, 258, 999])
CBOR_VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.binary(max_size=20) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.integers(-9, 20) | st.text(max_size=3), inner, max_size=4)
        | st.builds(cbor2.CBORTag, TAGS, inner)
    ),
    max_leaves=9,
)


@settings(max_examples=200)
@given(st.lists(CBOR_VALUES, min_size=4, max_size=4), st.integers(0, 3), CBOR_VALUES)
def test_well_formed_cbor_of_any_shape_raises_only_ledger_errors(
    parts: list[Any], kept: int, header: Any
) -> None:
    good = [cbor2.dumps(LABELS), {}, canonical.encode(PAYLOAD), GOOD[-64:]]
    good[kept] = parts[kept]
    for values in (parts, good):
        data = cbor2.dumps(cbor2.CBORTag(18, values))
        for normalise in (True, False):
            try:
                parse_statement(data, normalise=normalise)
            except LedgerError:
                continue
    with pytest.raises(LedgerError):
        parse_statement(build(protected=cbor2.dumps(header)))


@pytest.mark.parametrize("major", [0x5B, 0x7B, 0x9B, 0xBB])
@pytest.mark.parametrize("length", [2**31, 2**40, 2**63 - 1, 2**64 - 1])
def test_huge_lengths_allocate_nothing(major: int, length: int) -> None:
    import tracemalloc

    item = bytes([major]) + length.to_bytes(8, "big")
    tracemalloc.start()
    try:
        for data in (item, b"\xd2\x84" + item, build(protected=item), b"\xd2" + item + bytes(1000)):
            refused(data, normalise=True)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def shared(levels: int) -> bytes:
    """A map key made of shared references, each level holding the one below twice: 2^levels parts to hash."""
    arrays = [b"\xd8\x1c\x82\x00\x00"]
    for level in range(1, levels):
        arrays.append(b"\xd8\x1c\x82" + 2 * (b"\xd8\x1d" + head(0, level - 1)))
    return b"\xa1" + head(4, levels) + b"".join(arrays) + b"\x00"


@pytest.mark.parametrize(
    "unprotected",
    [
        shared(30),
        b"\xd8\x1c\x81\xd8\x1d\x00",
        head(5, 3000) + b"".join(cbor2.dumps((2**61 - 1) * n) + b"\x00" for n in range(10, 3010)),
        b"\x81" * 300 + b"\x00",
        b"\xa1\x00" * 300 + b"\x00",
        b"\xc4\x82\x1b" + b"\x0f" * 8 + b"\x01",
        b"\xc5\x82\x1b" + b"\x0f" * 8 + b"\x01",
        b"\xd8\x23\x66(a+)+$",
        b"\xc1\xfb\x7f\xef" + b"\xff" * 6,
    ],
    ids=["shared", "cyclic", "colliding", "deep", "deep maps", "decimal", "big float", "regex", "time"],
)
def test_costly_cbor_is_refused_at_once(unprotected: bytes) -> None:
    """A map key of 250 bytes once took time exponential in its size to hash."""
    data = GOOD.replace(b"\xa0\x58", unprotected + b"\x58", 1)
    start = time.process_time()
    assert isinstance(refused(data, normalise=True), EncodingError)
    with pytest.raises(EncodingError):
        decode_cbor(unprotected, field="x")
    assert time.process_time() - start < 1.5
