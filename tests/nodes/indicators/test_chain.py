"""What the chain says of itself, on blocks and seals made by hand."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace as with_fields

from ledger.canonical import encode
from ledger.primitives import encode_base64url
from nodes.indicators.chain import blocks
from nodes.indicators.model import Attendance, Spread
from nodes.indicators.service import KEPT_S, IndicatorService
from nodes.storage import Store
from tests.nodes.storage.chain import ChainBuilder, seal_of, set_write, validators

FOREVER = 10**15


def commit(
    store: Store, chain: ChainBuilder, signers: int, *, round_: int = 0, later_ms: int = 0, sets: Any = ()
) -> None:
    """A block that carries its parent's seal by the seats of a bitmap."""
    block = chain.block(sets=sets)
    parent = chain.headers[-2]
    seal = with_fields(seal_of(parent), signers=encode_base64url(bytes([signers])), round=round_)
    carried = encode(seal) if parent.height else None
    store.commit_block(replace(block, parent_seal=carried, time_ms=block.time_ms + later_ms))


def test_intervals_rounds_and_missing_signatures(store: Store, chain: ChainBuilder) -> None:
    """Blocks 1 to 5, a second apart but for the last, with the seals of 1 to 4 by all three."""
    commit(store, chain, 0)
    commit(store, chain, 0b111)
    commit(store, chain, 0b111, round_=2)
    commit(store, chain, 0b111)
    commit(store, chain, 0b111, later_ms=7_000)
    found = blocks(store, -1, FOREVER)
    assert (found.first, found.last, found.seals, found.later_rounds) == (0, 5, 4, 1)
    assert found.interval == Spread(count=4, median_ms=1_000, p90_ms=8_000)
    assert {one.missed for one in found.attendance} == {0}


def test_who_was_a_validator_then_was_due_then(store: Store, chain: ChainBuilder) -> None:
    """From block 3 on four others seal. Block 4 carries the seal of 3, without the last of them."""
    four = validators("a", "b", "c", "d")
    commit(store, chain, 0)
    commit(store, chain, 0b111, sets=[set_write(3, four)])
    chain.sets[3] = four
    commit(store, chain, 0b111)
    commit(store, chain, 0b0111)
    commit(store, chain, 0b1101)
    found = {one.organisation: one for one in blocks(store, -1, FOREVER).attendance}
    assert found["carrier"] == Attendance(organisation="carrier", due=2, missed=0)
    assert found["a"] == Attendance(organisation="a", due=2, missed=0)
    assert found["b"] == Attendance(organisation="b", due=2, missed=1)
    assert found["d"] == Attendance(organisation="d", due=2, missed=1)


def test_only_the_newest_blocks_and_those_of_the_window(store: Store, chain: ChainBuilder) -> None:
    for _ in range(5):
        commit(store, chain, 0b111)
    assert (blocks(store, -1, FOREVER, limit=2).first, blocks(store, 3_000, 5_000).first) == (4, 3)
    assert blocks(store, 3_000, 5_000).last == 4
    empty = blocks(store, 10**9, FOREVER)
    assert (empty.interval, empty.seals, empty.attendance) == (None, 0, ())


def test_an_answer_is_kept_until_blocks_followed_and_time_has_passed(
    store: Store, chain: ChainBuilder
) -> None:
    clock: Any = SimpleNamespace(now=100.0)
    clock.monotonic_s = lambda: clock.now
    service = IndicatorService(store, clock, fewest=3)
    first = service.read()
    clock.now += KEPT_S
    assert service.read() is first, "no block followed"
    commit(store, chain, 0)
    clock.now += 1
    again = service.read()
    assert again.height == 1, "a block followed, and the answer is old"
    commit(store, chain, 0b111)
    clock.now += KEPT_S / 2
    assert service.read() is again, "the answer is young"
    assert service.read(7).height == 2
    with pytest.raises(ValueError, match="no window of 8 days"):
        service.read(8)
