"""Reading blocks, entries, records and pages."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from ledger.block import header_id
from ledger.errors import InvariantViolated
from ledger.merkle import inclusion_path, leaf_hash, verify_inclusion
from ledger.primitives import EntryIndex, Height
from nodes.storage import MAX_PAGE_ROWS, DatabaseUnavailable, LimitExceeded, Store
from nodes.storage import log as log_module
from nodes.storage.log import MAX_NODES, node_position
from tests.nodes.storage.chain import NETWORK, ChainBuilder, entry, record


def test_what_is_not_there_is_none(store: Store, chain: ChainBuilder) -> None:
    assert store.header(Height(1)) is None
    assert store.load_block(Height(1)) is None
    assert store.entry(EntryIndex(1)) is None
    assert store.entry_by_statement(bytes(32)) is None
    assert store.record("bill/none") is None
    assert store.record_value("bill/none") is None
    assert store.record_at("organisation/carrier", 2) is None
    assert store.record_at_entry("bill/none", 5) is None
    assert store.page("abc") is None
    assert store.block_by_id(bytes(32)) is None
    assert store.block_at_time(999) is None


def test_a_failing_read_of_the_state_says_that_the_database_failed(store: Store) -> None:
    with store.database.writing() as connection:
        connection.exec_driver_sql("DROP TABLE record")
        connection.exec_driver_sql("DROP TABLE state_page")
    with pytest.raises(DatabaseUnavailable, match="the database failed"):
        store.record_value("bill/none")
    with pytest.raises(DatabaseUnavailable, match="the database failed"):
        store.page("abc")


def test_blocks_in_lists_and_by_id_and_time(store: Store, chain: ChainBuilder) -> None:
    for count in (2, 0, 1, 0, 0):
        chain.commit(store, count)
    assert store.header(Height(3)) == chain.headers[3]
    newest = store.blocks_before(Height(6), 2)
    assert [one.height for one in newest.items] == [5, 4]
    assert newest.next == 4
    assert [one.height for one in store.blocks_before(Height(4), 9).items] == [3, 2, 1, 0]
    assert store.blocks_before(Height(4), 4).next is None
    filled = store.blocks_before(Height(6), 2, with_entries=True)
    assert [(one.height, one.entries, one.log_size) for one in filled.items] == [(3, 1, 4), (1, 2, 3)]
    assert filled.next == 1
    by_id = store.block_by_id(header_id(chain.headers[3]))
    assert by_id is not None
    assert (by_id.height, by_id.time_ms, by_id.proposer) == (3, 4_000, "carrier")
    at = store.block_at_time(4_999)
    assert at is not None
    assert at.height == 3


def test_entries_by_index_statement_and_pages(store: Store, chain: ChainBuilder) -> None:
    chain.commit(store, 5)
    store.commit_block(chain.block([entry("x", organisation="port")]))
    stored = store.entry(EntryIndex(6))
    assert stored is not None
    assert stored == store.entry_by_statement(entry("x").statement_id)
    assert (stored.height, stored.issuer, stored.act, stored.subject) == (
        2,
        "port/clerk",
        "bill.issue",
        "bill/x",
    )
    assert stored.leaf_hash == leaf_hash(stored.leaf)
    first = store.entries_after(-1, 3)
    assert [one.index for one in first.items] == [0, 1, 2]
    assert first.next == 2
    rest = store.entries_after(2, 4)
    assert [one.index for one in rest.items] == [3, 4, 5, 6]
    assert rest.next is None
    assert [one.index for one in store.entries_after(2, 9, organisation="port").items] == [6]
    assert [one.index for one in store.entries_after(0, 9, subject="bill/000002").items] == [2]
    assert store.entries_after(0, 9, act="bill.transfer").items == ()


@pytest.mark.parametrize("wanted", [{"act": "bill.transfer"}, {"subject": "bill/x"}])
def test_a_page_that_leaves_entries_out_looks_at_so_many(
    store: Store, chain: ChainBuilder, monkeypatch: pytest.MonkeyPatch, wanted: dict[str, str]
) -> None:
    monkeypatch.setattr(log_module, "SCANNED_ENTRIES", 3)
    chain.commit(store, 5)
    store.commit_block(chain.block([replace(entry("x"), act="bill.transfer")]))
    ends, found, after = [], list[int](), EntryIndex(-1)
    while True:
        page = store.entries_after(after, 9, **wanted)
        found += [one.index for one in page.items]
        if page.next is None:
            break
        ends.append(after := page.next)
    assert (ends, found) == ([2, 5], [6])


@pytest.mark.parametrize("limit", [0, -1, MAX_PAGE_ROWS + 1])
def test_pages_have_a_limit(store: Store, chain: ChainBuilder, limit: int) -> None:
    for read in (
        lambda: store.entries_after(-1, limit),
        lambda: store.blocks_before(Height(1), limit),
        lambda: store.records_like("bill/", "", limit),
        lambda: store.history("bill/a", 0, limit),
        lambda: store.search.by_party("carrier", "bill", None, limit),
    ):
        with pytest.raises(LimitExceeded):
            read()


def test_many_keys_at_once_have_a_limit(store: Store, chain: ChainBuilder) -> None:
    for read in (store.records, store.pages):
        assert read([]) == {}
        with pytest.raises(LimitExceeded):
            read(["x"] * (MAX_PAGE_ROWS + 1))


def test_node_positions_are_distinct_and_in_order() -> None:
    positions = {node_position(level, index) for level in range(6) for index in range(64 >> level)}
    assert len(positions) == sum(64 >> level for level in range(6))
    assert [node_position(0, i) for i in range(4)] == [0, 2, 4, 6]
    assert [node_position(1, i) for i in range(2)] == [1, 5]
    assert node_position(2, 0) == 3


def test_proofs_can_be_made_for_every_entry(store: Store, chain: ChainBuilder) -> None:
    for count in (1, 2, 5, 4, 9):
        chain.commit(store, count)
    for index in range(chain.size):
        stored = store.entry(EntryIndex(index))
        assert stored is not None
        for size in range(index + 1, chain.size + 1):
            path = inclusion_path(index, size, store.log_nodes)
            if size == chain.size:
                root = chain.frontier.root()
                verify_inclusion(leaf_hash(stored.leaf), index, size, path, root)


def test_log_nodes_come_in_the_order_asked(store: Store, chain: ChainBuilder) -> None:
    chain.commit(store, 3)
    left, right = store.log_nodes([(0, 1), (0, 0)])
    assert (right, left) == store.log_nodes([(0, 0), (0, 1)])
    assert store.log_nodes([]) == ()
    assert store.log_nodes([(2, 0)]) == chain.frontier.nodes
    with pytest.raises(InvariantViolated):
        store.log_nodes([(3, 0)])
    with pytest.raises(InvariantViolated):
        store.log_nodes([(0, 4)])
    with pytest.raises(LimitExceeded):
        store.log_nodes([(0, 0)] * (MAX_NODES + 1))


def test_statements_that_could_come_again(
    store: Store, chain: ChainBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = (500, 2_000, 1_000, 1_000, 3_000)
    entries = [entry(str(i), last_valid_ms=last) for i, last in enumerate(times)]
    store.commit_block(chain.block(entries))
    expected = sorted((one.last_valid_ms, one.statement_id) for one in entries if one.last_valid_ms >= 1_000)
    found = list(store.recent_statements(1_000))
    assert [(last, id_) for id_, last in found] == expected
    assert NETWORK not in dict(store.recent_statements(0))
    monkeypatch.setattr(log_module, "_STREAM_ROWS", 1)
    monkeypatch.setattr(log_module, "_VALID", log_module._VALID.limit(1))
    assert list(store.recent_statements(1_000)) == found


def test_records_and_their_history(store: Store, chain: ChainBuilder) -> None:
    for version in range(1, 6):
        index = chain.size
        store.commit_block(chain.block([entry(f"e{version}")], records=[record("bill/a", version, index)]))
    current = store.record("bill/a")
    assert current is not None
    assert (current.version, current.height, current.entry_index) == (5, 5, 5)
    assert store.record_at("bill/a", 5) == current
    past = store.record_at("bill/a", 2)
    assert past is not None
    assert past.value == b'{"key":"bill/a","v":2}'
    assert store.record_at_entry("bill/a", 2) == past
    assert store.record_at_entry("bill/a", 99) == current
    assert store.record_at_entry("bill/a", 0) is None
    page = store.history("bill/a", 1, 2)
    assert [one.version for one in page.items] == [2, 3]
    assert page.next == 3
    assert store.history("bill/a", 3, 2).next is None


def test_records_by_prefix_and_by_keys(store: Store, chain: ChainBuilder) -> None:
    keys = ["bill/a", "bill/b", "bill/c", "billing/a", "declaration/a"]
    store.commit_block(chain.block([entry("a")], records=[record(key, 1, 1) for key in keys]))
    page = store.records_like("bill/", "", 2)
    assert [one.key for one in page.items] == ["bill/a", "bill/b"]
    assert page.next == "bill/b"
    assert [one.key for one in store.records_like("bill/", "bill/b", 2).items] == ["bill/c"]
    assert sorted(store.records(["bill/c", "bill/none", "bill/a"])) == ["bill/a", "bill/c"]


def test_pages_are_as_of_the_newest_block(store: Store, chain: ChainBuilder) -> None:
    store.commit_block(chain.block(pages={"": b"root", "a": b"page a"}))
    store.commit_block(chain.block(pages={"": b"new root", "ab": b"page ab"}))
    assert store.page("") == b"new root"
    assert store.pages(["", "a", "ab", "c"]) == {"": b"new root", "a": b"page a", "ab": b"page ab"}


def test_readers_do_not_wait_for_a_block_being_written(store: Store, chain: ChainBuilder) -> None:
    chain.commit(store, 2)
    before = store.tip()
    seen: list[object] = []

    def read() -> None:
        seen.append(store.tip())
        seen.append(store.record_value("bill/half"))

    with store._database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM record")
        connection.exec_driver_sql("UPDATE block SET proposer = 'nobody'")
        reader = threading.Thread(target=read)
        reader.start()
        reader.join(timeout=5)
        assert not reader.is_alive()
        connection.rollback()
    assert seen == [before, None]


def test_many_threads_read_while_blocks_are_committed(store: Store, chain: ChainBuilder) -> None:
    stop = threading.Event()
    wrong: list[object] = []

    def read() -> None:
        while not stop.is_set():
            tip = store.tip()
            stored = store.entry(EntryIndex(tip.frontier.size - 1))
            if stored is None or tip.frontier.root().hex() != tip.header.log_root:
                wrong.append(tip)

    readers = [threading.Thread(target=read) for _ in range(12)]
    for reader in readers:
        reader.start()
    for _ in range(20):
        chain.commit(store, 3)
    stop.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert store.tip().header == chain.headers[20]
