"""All records, proven portion by portion: whoever changes, leaves out or adds one is found at once."""

from __future__ import annotations

import hashlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import ProofError
from ledger.primitives import Hash
from ledger.state import EMPTY, Span, apply, right_of


def leaf(label: str) -> bytes:
    return hashlib.sha256(label.encode()).digest() + hashlib.sha256(f"record {label}".encode()).digest()


def trie(leaves: list[bytes]) -> tuple[Hash, dict[str, bytes]]:
    update = apply({Hash(one[:32]): Hash(one[32:]) for one in leaves}, lambda _: None)
    return update.root, update.pages


LEAVES = sorted(leaf(f"key {number}") for number in range(300))
ROOT, PAGES = trie(LEAVES)


def right(last: bytes) -> tuple[tuple[int, bytes], ...]:
    return right_of(Hash(last[:32]), PAGES.get)


@pytest.mark.parametrize("portion", [1, 7, 64, 299, 300])
def test_every_portion_leads_to_the_root(portion: int) -> None:
    span = Span()
    for start in range(0, len(LEAVES), portion):
        part = LEAVES[start : start + portion]
        span = span.extend(part)
        assert span.after == part[-1][:32]
        assert span.root(right(part[-1])) == ROOT
    assert right(LEAVES[-1]) == ()
    assert len(span.left) < 20


def test_a_state_without_records() -> None:
    assert Span().root(()) == EMPTY
    with pytest.raises(ProofError, match="nowhere"):
        Span().root(((0, bytes(32)),))


@given(st.data())
def test_any_set_of_records_in_any_portions_even_with_ground_keys(data: st.DataObject) -> None:
    keys = data.draw(
        st.sets(
            st.binary(min_size=2, max_size=2).map(lambda tail: b"\x5a" * 30 + tail)
            | st.binary(min_size=1, max_size=1).map(lambda head: head + bytes(31)),
            min_size=1,
            max_size=40,
        )
    )
    leaves = sorted(key + hashlib.sha256(key).digest() for key in keys)
    root, pages = trie(leaves)
    span, start = Span(), 0
    while start < len(leaves):
        size = data.draw(st.integers(1, len(leaves) - start))
        span = span.extend(leaves[start : start + size])
        start += size
        assert span.root(right_of(Hash(span.after), pages.get)) == root


def test_what_a_liar_can_do_to_a_portion_gives_another_root() -> None:
    rng = random.Random(7)
    begin = Span().extend(LEAVES[:100])
    part, beside = LEAVES[100:120], right(LEAVES[119])
    assert begin.extend(part).root(beside) == ROOT
    for index in range(20):
        false = [*part]
        false[index] = false[index][:32] + rng.randbytes(32)
        assert begin.extend(false).root(beside) != ROOT, "another value"
        if index < 19:
            assert begin.extend(part[:index] + part[index + 1 :]).root(beside) != ROOT, "one missing"
        added = sorted([*part, part[index][:31] + bytes([part[index][31] ^ 1]) + bytes(32)])
        assert begin.extend(added).root(right(added[-1]) if index == 19 else beside) != ROOT, "one added"
    assert begin.extend(part[:-1]).root(beside) != ROOT, "cut short"
    assert Span().extend(LEAVES[:99]).extend(part).root(beside) != ROOT, "a gap between portions"


def test_the_sides_are_bound_too() -> None:
    span = Span().extend(LEAVES[:120])
    beside = right(LEAVES[119])
    for index, (depth, node) in enumerate(beside):
        others = [side for at, side in enumerate(beside) if at != index]
        assert span.root(others) != ROOT
        assert span.root(sorted([*others, (depth, bytes(len(node)))])) != ROOT


def test_order_and_form_are_checked() -> None:
    with pytest.raises(ProofError, match="rise"):
        Span().extend([LEAVES[1], LEAVES[0]])
    with pytest.raises(ProofError, match="rise"):
        Span().extend(LEAVES[:5]).extend(LEAVES[4:6])
    with pytest.raises(ProofError, match="rise"):
        Span().extend([LEAVES[0][:63]])
    span = Span().extend(LEAVES[:120])
    beside = right(LEAVES[119])
    with pytest.raises(ProofError, match="to the right"):
        span.root([*beside, beside[-1]])
    with pytest.raises(ProofError, match="leaf or a branch"):
        span.root([*beside[:-1], (beside[-1][0], b"short")])
    taken = next(depth for depth in range(256) if LEAVES[119][depth // 8] >> (7 - depth % 8) & 1)
    with pytest.raises(ProofError, match="to the right"):
        span.root([(taken, bytes(32))])
