"""Changing the state trie, against a recursion over the set of records that shares no code with it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import EncodingError, InvariantViolated
from ledger.primitives import Hash
from ledger.state import EMPTY, StateUpdate, apply, key_hash, record_hash

hashes = st.binary(min_size=32, max_size=32).map(Hash)
crowded = st.builds(
    lambda prefix, tail: Hash((prefix + bytes(32))[:31] + bytes([tail])),
    st.sampled_from([b"", b"\x01", b"\x80", b"\x80\x00\x00\x10", b"\xff" * 31]),
    st.integers(0, 255),
)
"""Key hashes that share long prefixes with one another."""
states = st.dictionaries(hashes | crowded, hashes, max_size=40)


def tagged(tag: str, data: bytes) -> bytes:
    digest = hashlib.sha256(tag.encode()).digest()
    return hashlib.sha256(digest + digest + data).digest()


def textbook_root(records: Mapping[Hash, Hash], depth: int = 0) -> bytes:
    """The state root by definition: split the set of records bit by bit."""
    if not records:
        return bytes(32)
    if len(records) == 1:
        ((key, record),) = records.items()
        return tagged("sealane/state-leaf/1", key + record)
    halves: tuple[dict[Hash, Hash], dict[Hash, Hash]] = ({}, {})
    for key, record in records.items():
        halves[key[depth // 8] >> (7 - depth % 8) & 1][key] = record
    left, right = (textbook_root(half, depth + 1) for half in halves)
    return tagged("sealane/state-node/1", left + right)


class Store:
    """Pages in memory; notes which were read."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {}
        self.read_paths: list[str] = []
        self.root = EMPTY

    def read(self, path: str) -> bytes | None:
        self.read_paths.append(path)
        return self.pages.get(path)

    def apply(self, changes: Mapping[Hash, Hash]) -> StateUpdate:
        self.read_paths.clear()
        update = apply(changes, self.read)
        self.pages |= update.pages
        self.root = update.root
        return update


def numbered(count: int, start: int = 0) -> dict[Hash, Hash]:
    """Records in places as even as real ones."""
    numbers = range(start, start + count)
    return {key_hash(f"bill/{number}"): record_hash(b"%d" % number) for number in numbers}


def test_no_records() -> None:
    store = Store()
    assert store.apply({}) == StateUpdate(root=EMPTY, pages={})


def test_one_record_is_its_leaf() -> None:
    store, records = Store(), numbered(1)
    assert store.apply(records).root == textbook_root(records)
    assert list(store.pages) == [""]
    assert store.apply({}).root == textbook_root(records)


@given(states)
def test_the_root_is_a_function_of_the_records(records: dict[Hash, Hash]) -> None:
    store = Store()
    assert store.apply(records).root == textbook_root(records)
    assert store.apply({}) == StateUpdate(root=store.root, pages={})


@settings(max_examples=60)
@given(states, st.data())
def test_order_and_batching_change_nothing(records: dict[Hash, Hash], choose: st.DataObject) -> None:
    together, apart = Store(), Store()
    together.apply(records)
    order = choose.draw(st.permutations(list(records)))
    cuts = sorted(choose.draw(st.lists(st.integers(0, len(order)), max_size=5)))
    for start, end in zip([0, *cuts], [*cuts, len(order)], strict=True):
        apart.apply({key: records[key] for key in order[start:end]})
    assert apart.pages == together.pages
    assert apart.root == together.root


@settings(max_examples=60)
@given(states, states)
def test_changes_build_on_what_is_stored(first: dict[Hash, Hash], second: dict[Hash, Hash]) -> None:
    store = Store()
    store.apply(first)
    both = dict(list(second.items()) + [(key, Hash(bytes(32))) for key in list(first)[::2]])
    assert store.apply(both).root == textbook_root(first | both)


def test_only_pages_on_the_way_are_read_and_written() -> None:
    store = Store()
    store.apply(numbered(3000))
    changes = {key: record_hash(b"changed") for key in list(numbered(3000))[:20]}
    update = store.apply(changes)
    ways = {key.hex()[:length] for key in changes for length in range(64)}
    assert set(update.pages) == set(store.pages) & ways
    assert sorted(store.read_paths) == sorted(update.pages)


def test_a_change_that_changes_nothing_writes_nothing() -> None:
    store = Store()
    root = store.apply(numbered(50)).root
    assert store.apply(dict(list(numbered(50).items())[:5])) == StateUpdate(root=root, pages={})


def test_the_cost_of_one_change_grows_with_the_logarithm() -> None:
    store = Store()
    for start in range(0, 8000, 1000):
        store.apply(numbered(1000, start))
    for number in range(8000, 8050):
        store.apply(numbered(1, number))
        assert len(store.read_paths) <= 6
    assert sum(map(len, store.pages.values())) < 8000 * 160


def test_hostile_keys_cost_one_page_for_each_four_bits_they_share() -> None:
    """An attacker grinds keys that share 60 bits with a victim's; the victim's neighbours notice little."""
    store = Store()
    store.apply(numbered(500))
    victim = next(iter(numbered(1)))
    hostile = {Hash(victim[:7] + bytes([victim[7] & 0xF0 | low]) + bytes(24)): victim for low in range(16)}
    update = store.apply(hostile)
    assert update.root == textbook_root(numbered(500) | hostile)
    assert set(update.pages) - {victim.hex()[:length] for length in range(17)} == set()
    assert len(update.pages) <= 17
    bystander = next(key for key in numbered(1000, 500) if key[0] >> 4 != victim[0] >> 4)
    store.apply({bystander: victim})
    assert len(store.read_paths) <= 5


def test_keys_that_differ_in_the_last_bit_alone() -> None:
    store = Store()
    twins = {Hash(bytes(31) + bytes([last])): Hash(b"%032d" % last) for last in (0, 1)}
    assert store.apply(twins).root == textbook_root(twins)
    assert len(store.pages) == 64
    assert store.apply({next(iter(twins)): EMPTY}).root == textbook_root(twins | {next(iter(twins)): EMPTY})


@pytest.mark.parametrize("short", ["key", "record"])
def test_hashes_of_another_length_are_refused(short: str) -> None:
    cut, full = Hash(bytes(31)), Hash(bytes(32))
    with pytest.raises(EncodingError):
        apply({cut: full} if short == "key" else {full: cut}, Store().read)


def test_a_missing_page_stops_the_node() -> None:
    store, records = Store(), numbered(300)
    store.apply(records)
    key = next(iter(records))
    del store.pages[key.hex()[:1]]
    with pytest.raises(InvariantViolated, match="missing"):
        store.apply({key: EMPTY})


def test_a_leaf_in_a_place_that_is_not_its_own_stops_the_node() -> None:
    store = Store()
    store.apply({Hash(bytes(32)): EMPTY})
    moved = bytearray(store.pages[""])
    moved[5] = 0x10
    store.pages[""] = bytes(moved)
    with pytest.raises(InvariantViolated, match="another place"):
        store.apply({Hash(b"\x01" + bytes(31)): EMPTY})


def test_a_malformed_page_is_refused() -> None:
    store = Store()
    store.pages[""] = b"\x02" + bytes(40)
    with pytest.raises(EncodingError):
        store.apply(numbered(1))


def test_a_key_that_utf_8_cannot_hold_is_refused() -> None:
    with pytest.raises(EncodingError):
        key_hash("bill/\ud800")
