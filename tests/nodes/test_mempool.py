"""The pool: order, limits, shares, expiry, deferral."""

from __future__ import annotations

import pytest

from ledger.primitives import Hash, TimeMs
from ledger.statement import Payload, Statement, make_payload
from nodes.engine import PoolFull
from nodes.mempool import Mempool, PoolLimits


def statement(
    number: int, *, member: str = "a/clerk", subject: str = "bill/1", size: int = 100, last: int = 1_000
) -> Statement:
    payload: Payload = make_payload(
        network=Hash(bytes(32)),
        act="bill.issue",
        body={},
        expected_version=0,
        last_valid_ms=last,
        nonce=bytes(16),
    )
    name = number.to_bytes(32, "big")
    return Statement(
        leaf=name + bytes(size - 32),
        id=Hash(name),
        kid=Hash(bytes(32)),
        issuer=member,
        subject=subject,
        payload=payload,
        signature=b"",
        signed_bytes=b"",
    )


def filled(count: int, **limits: int) -> Mempool:
    pool = Mempool(PoolLimits(**limits))
    for number in range(count):
        pool.add(statement(number), number, local=True)
    return pool


def ids(statements: list[Statement]) -> list[int]:
    return [int.from_bytes(s.id, "big") for s in statements]


def test_first_in_first_tried_within_the_block() -> None:
    pool = filled(5)
    assert ids(pool.candidates(max_bytes=350, max_entries=10)) == [0, 1, 2]
    assert ids(pool.candidates(max_bytes=10_000, max_entries=2)) == [0, 1]
    assert (len(pool), pool.size_bytes, statement(3).id in pool) == (5, 500, True)


def test_what_has_no_room_keeps_out_nothing_behind_it() -> None:
    pool = Mempool()
    for number, size in enumerate((100, 300, 100)):
        pool.add(statement(number, size=size), 0, local=True)
    assert ids(pool.candidates(max_bytes=250, max_entries=9)) == [0, 2]


def test_the_deferred_have_a_share_of_a_full_block_and_each_its_turn() -> None:
    pool = filled(30)
    pool.defer(statement(number).id for number in range(6))
    offered = [ids(pool.candidates(max_bytes=1_600, max_entries=99)) for _ in range(4)]
    assert [one[:2] for one in offered] == [[0, 1], [2, 3], [4, 5], [0, 1]]
    assert {tuple(one[2:]) for one in offered} == {tuple(range(6, 20))}
    assert ids(pool.candidates(max_bytes=9_999, max_entries=16))[:2] == [2, 3], "of the entries as well"


def test_the_deferred_have_what_the_others_leave_in_turn() -> None:
    pool = filled(5)
    pool.defer(statement(number).id for number in range(4))
    assert ids(pool.candidates(max_bytes=300, max_entries=99)) == [0, 1, 4]
    assert ids(pool.candidates(max_bytes=300, max_entries=99)) == [2, 3, 4]


def test_waiting_already_is_no_error() -> None:
    pool = filled(1, max_entries=1, max_member_share=1, max_organisation_share=1)
    assert pool.add(statement(0), 9, local=False) is False
    assert len(pool) == 1


@pytest.mark.parametrize(
    "limits",
    [
        {"max_entries": 4},
        {"max_bytes": 499},
        {"max_entries": 16, "max_member_share": 4},
        {"max_entries": 12, "max_organisation_share": 3},
    ],
    ids=["entries", "bytes", "share of a member", "share of an organisation"],
)
def test_full(limits: dict[str, int]) -> None:
    pool = filled(4, **({"max_member_share": 1, "max_organisation_share": 1} | limits))
    with pytest.raises(PoolFull):
        pool.add(statement(4), 0, local=True)
    pool.remove([statement(0).id])
    assert pool.add(statement(4), 0, local=True)


def test_large_statements_of_one_member_leave_room_for_others() -> None:
    pool = Mempool(PoolLimits(max_bytes=1_000))
    for number in range(2):
        pool.add(statement(number), 0, local=True)
    with pytest.raises(PoolFull, match="a/clerk with 200 bytes"):
        pool.add(statement(2), 0, local=True)
    assert pool.add(statement(3, member="b/clerk"), 0, local=True)
    pool.remove([statement(0).id])
    assert pool.add(statement(2), 0, local=True)


def test_a_full_share_leaves_room_for_others() -> None:
    pool = filled(4, max_entries=16)
    assert pool.add(statement(5, member="b/clerk"), 0, local=True)


def test_an_organisation_cannot_fill_the_pool_with_many_members() -> None:
    pool = Mempool(PoolLimits(max_entries=12, max_bytes=1_800))
    for number in range(4):
        pool.add(statement(number, member=f"a/clerk-{number}"), 0, local=True)
    with pytest.raises(PoolFull, match="4 statements of a wait"):
        pool.add(statement(4, member="a/clerk-4"), 0, local=True)
    pool.remove([statement(0).id])
    with pytest.raises(PoolFull, match="of a with 300 bytes"):
        pool.add(statement(4, member="a/clerk-4", size=301), 0, local=True)
    assert pool.add(statement(4, member="a/clerk-4"), 0, local=True)
    assert pool.add(statement(5, member="b/clerk"), 0, local=True)


def test_remove_leaves_no_trace() -> None:
    pool = filled(3)
    leaf = statement(1).leaf
    assert pool.ids_of((leaf, b"other")) == [statement(1).id]
    assert ids(pool.remove([statement(1).id, Hash(b"absent")])) == [1]
    assert pool.remove([statement(1).id]) == []
    assert (pool.ids_of((leaf,)), pool.get(statement(1).id)) == ([], None)
    pool.remove([statement(0).id, statement(2).id])
    assert (len(pool), pool.size_bytes, pool.has_fresh, pool.of_subject("bill/1")) == (0, 0, False, ())


def test_by_subject() -> None:
    pool = Mempool()
    pool.add(statement(1, subject="bill/1"), 0, local=True)
    pool.add(statement(2, subject="bill/2"), 0, local=True)
    pool.add(statement(3, subject="bill/1"), 0, local=True)
    assert ids(list(pool.of_subject("bill/1"))) == [1, 3]


def test_expiry_by_block_time() -> None:
    pool = Mempool()
    pool.add(statement(1, last=1_000), 0, local=True)
    pool.add(statement(2, last=1_001), 0, local=True)
    assert ids(pool.expire(TimeMs(1_000))) == [1]
    assert ids(pool.statements()) == [2]


def test_deferred_statements_are_no_reason_for_a_block_but_stay_candidates() -> None:
    pool = filled(3)
    pool.defer_older_than(1)
    assert pool.has_fresh
    pool.defer([statement(2).id])
    pool.defer([statement(2).id])
    assert not pool.has_fresh
    assert ids(pool.candidates(max_bytes=1_000, max_entries=9)) == [0, 1, 2]
    pool.refresh([statement(1).id])
    pool.refresh([statement(1).id])
    assert pool.has_fresh
    pool.remove([statement(1).id])
    assert not pool.has_fresh


def test_only_our_own_are_sent_again_and_only_after_a_while() -> None:
    pool = Mempool()
    pool.add(statement(1), 10, local=True)
    pool.add(statement(2), 11, local=False)
    pool.add(statement(3), 12, local=True)
    pool.add(statement(4), 90, local=True)
    assert ids(list(pool.rebroadcast(arrived_before_ms=50, limit=9))) == [1, 3]
    assert ids(list(pool.rebroadcast(arrived_before_ms=50, limit=1))) == [1]
    pool.add(statement(2), 60, local=True)
    assert ids(list(pool.rebroadcast(arrived_before_ms=50, limit=9))) == [1, 2, 3]


def test_no_record_collects_more_than_can_be_checked_again_after_each_block() -> None:
    pool = filled(0, max_subject_entries=2)
    for number in range(2):
        pool.add(statement(number, subject="bill/one"), 0, local=True)
    with pytest.raises(PoolFull, match="bill/one"):
        pool.add(statement(2, subject="bill/one"), 0, local=True)
    assert pool.add(statement(2, subject="bill/two"), 0, local=True)


def test_what_left_and_came_back_expires_once_and_the_heap_stays_small() -> None:
    pool = filled(0)
    lasting = statement(0, last=2_000)
    for _ in range(3_000):
        pool.add(lasting, 0, local=True)
        pool.remove((lasting.id,))
    assert len(pool._ends) <= 1_026
    pool.add(lasting, 0, local=True)
    assert pool.expire(TimeMs(1_999)) == []
    assert pool.expire(TimeMs(2_000)) == [lasting]
    assert pool.expire(TimeMs(9_000)) == []
