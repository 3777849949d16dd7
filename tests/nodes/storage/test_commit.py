"""Writing blocks: one transaction each, in order, each once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event

from ledger.block import header_id
from ledger.chain import Tip
from ledger.errors import InvariantViolated
from ledger.primitives import Height
from nodes.storage import DatabaseUnavailable, Store
from tests.nodes.storage.chain import (
    FOUNDERS,
    GENESIS,
    NETWORK,
    ChainBuilder,
    entry,
    record,
    seal_of,
    set_write,
    validators,
)


def test_a_new_store_has_no_tip(store: Store) -> None:
    with pytest.raises(DatabaseUnavailable, match="no genesis"):
        store.tip()
    assert store.genesis() is None
    assert store.network() is None


def test_the_genesis_is_block_0_and_entry_0(store: Store, chain: ChainBuilder) -> None:
    assert (store.genesis(), store.network()) == (GENESIS, NETWORK)
    assert store.tip() == Tip(
        header=chain.headers[0],
        block_id=header_id(chain.headers[0]),
        frontier=chain.frontier,
        validators=FOUNDERS,
        next_validators=FOUNDERS,
    )
    first = store.entry(0)
    assert first is not None
    assert (first.leaf, first.statement_id) == (GENESIS, NETWORK)
    assert store.record_value("organisation/carrier") == b'{"key":"organisation/carrier","v":1}'


def test_the_same_genesis_again_is_harmless_and_another_refused(store: Store) -> None:
    ChainBuilder().initialise(store)
    ChainBuilder().initialise(store)
    other = ChainBuilder(sets={0: validators("stranger")})
    with pytest.raises(InvariantViolated, match="is committed"):
        other.initialise(store)


@pytest.mark.parametrize(
    "wrong",
    [
        {"height": 1},
        {"log_size_before": 1},
        {"entries": ()},
        {"entries": (entry("x"),)},
        {"validator_sets": ()},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_genesis_of_another_shape_is_refused(store: Store, wrong: dict[str, Any]) -> None:
    builder = ChainBuilder()
    block = builder.block([replace(entry("g"), leaf=GENESIS)], sets=[set_write(1, FOUNDERS)])
    with pytest.raises(InvariantViolated):
        store.initialise(genesis=GENESIS, network=NETWORK, block=replace(block, **wrong))
    assert store.genesis() is None


def test_a_block_before_the_genesis_is_refused(store: Store) -> None:
    builder = ChainBuilder()
    builder.block([entry("g")])
    with pytest.raises(InvariantViolated, match="before the genesis"):
        store.commit_block(builder.block())


def test_a_committed_block_is_the_tip(store: Store, chain: ChainBuilder) -> None:
    chain.commit(store, 3)
    tip = store.tip()
    assert tip.header == chain.headers[1]
    assert tip.frontier == chain.frontier
    assert store.load_block(Height(1)) == (chain.blocks[1], seal_of(chain.headers[1]))


def test_the_same_block_again_only_adds_seals(store: Store, chain: ChainBuilder) -> None:
    block = chain.block([entry("a")], records=[record("bill/a", 1, 1)], sealed=False)
    store.commit_block(block)
    assert store.seal(Height(1)) is None
    sealed = replace(block, seals={1: b'{"first":1}'})
    store.commit_block(sealed)
    store.commit_block(replace(block, seals={1: b'{"second":1}'}))
    with store._database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT seal FROM seal").all()
    assert [bytes(row[0]) for row in rows] == [b'{"first":1}']
    assert store.tip().header == chain.headers[1]


def test_a_different_block_at_a_committed_height_is_a_broken_invariant(
    store: Store, chain: ChainBuilder
) -> None:
    block = chain.commit(store, 1)
    with pytest.raises(InvariantViolated, match="is committed"):
        store.commit_block(replace(block, block_id=bytes(32)))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"height": 3}, "does not follow"),
        ({"parent_id": bytes(32)}, "does not follow"),
        ({"log_size_before": 7}, "begins at entry 7"),
    ],
)
def test_a_block_that_does_not_follow_is_refused(
    store: Store, chain: ChainBuilder, wrong: dict[str, Any], message: str
) -> None:
    chain.commit(store, 1)
    tip = store.tip()
    with pytest.raises(InvariantViolated, match=message):
        store.commit_block(replace(chain.block([entry("b")]), **wrong))
    assert store.tip() == tip


@pytest.mark.parametrize(
    "table", ["block", "seal", "entry", "log_node", "record_version", "state_page", "meta"]
)
def test_a_failure_anywhere_in_a_commit_leaves_the_previous_tip(
    store: Store, chain: ChainBuilder, database_url: str, table: str
) -> None:
    chain.commit(store, 3)
    before = store.tip()
    block = chain.block(
        [entry("a"), entry("b")],
        records=[record("bill/a", 1, 4)],
        pages={"": b"root"},
        sets=[set_write(9, FOUNDERS)],
    )

    def fail(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if f"INTO {table} " in statement:
            raise RuntimeError("the machine stopped")

    engine = store._database._write_engine
    event.listen(engine, "after_cursor_execute", fail)
    with pytest.raises(RuntimeError, match="the machine stopped"):
        store.commit_block(block)
    event.remove(engine, "after_cursor_execute", fail)

    assert store.tip() == before
    assert store.entry_by_statement(block.entries[0].statement_id) is None
    assert store.record("bill/a") is None
    assert store.page("") is None
    with Store.open(database_url, create=False) as reopened:
        assert reopened.tip() == before
    store.commit_block(block)
    assert store.tip().header == chain.headers[2]


def test_a_statement_is_never_in_the_log_twice(store: Store, chain: ChainBuilder) -> None:
    chain.commit(store, 1)
    again = chain.block([entry("new"), entry("000001")])
    with pytest.raises(InvariantViolated, match="constraint"):
        store.commit_block(again)
    assert store.tip().header == chain.headers[1]
    assert store.entry_by_statement(entry("new").statement_id) is None


def test_a_record_written_twice_in_a_block_ends_with_its_last_version(
    store: Store, chain: ChainBuilder
) -> None:
    records = [record("bill/a", 1, 1), record("bill/a", 2, 2), record("bill/b", 1, 2)]
    store.commit_block(chain.block([entry("a"), entry("b")], records=records))
    current = store.record("bill/a")
    assert current is not None
    assert (current.version, current.entry_index) == (2, 2)
    assert [one.version for one in store.history("bill/a", 0, 10).items] == [1, 2]


def test_a_seal_may_follow_with_a_later_block(store: Store, chain: ChainBuilder) -> None:
    store.commit_block(chain.block([entry("a")], sealed=False))
    later = chain.block([entry("b")], sealed=False)
    from ledger.canonical import encode

    store.commit_block(replace(later, seals={1: encode(seal_of(chain.headers[1]))}))
    assert store.seal(Height(1)) == seal_of(chain.headers[1])
    assert store.seal(Height(2)) is None
    loaded = store.load_block(Height(2))
    assert loaded is not None
    assert loaded == (chain.blocks[2], None)


def test_validator_sets_are_stored_where_they_change(store: Store, chain: ChainBuilder) -> None:
    larger = validators("customs-cn", "carrier", "port", "customs-vn")
    chain.sets[3] = larger
    store.commit_block(chain.block(sets=[set_write(3, larger)]))
    store.commit_block(chain.block(sets=[set_write(4, larger)]))
    assert store.validators_at(Height(2)) == FOUNDERS
    assert store.validators_at(Height(3)) == larger
    assert store.validator_changes(Height(0)) == ((1, FOUNDERS), (3, larger))
    assert store.validator_changes(Height(3)) == ()
    tip = store.tip()
    assert (tip.validators, tip.next_validators) == (larger, larger)
    with pytest.raises(InvariantViolated):
        store.validators_at(Height(0))
