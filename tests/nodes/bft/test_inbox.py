"""Received statements: bounds for all, a share for each, and turns."""

from __future__ import annotations

import pytest

from nodes.bft.inbox import SHARE, Inbox


def test_a_flood_from_one_neither_fills_the_inbox_nor_goes_first() -> None:
    inbox = Inbox(entries=8)
    taken = [inbox.put("flooder", b"f%d" % n) for n in range(100)]
    assert sum(taken) == 8 // SHARE
    assert inbox.put("org-a", b"a0")
    assert inbox.put("org-a", b"a1")
    assert [inbox.take() for _ in range(4)] == [b"f0", b"a0", b"f1", b"a1"]


def test_bytes_are_bounded_for_each_and_for_all() -> None:
    inbox = Inbox(size_bytes=100)
    assert inbox.put("a", b"a" * 50)
    assert not inbox.put("a", b"b")
    assert inbox.put("b", b"c" * 40)
    assert not inbox.put("c", b"d" * 11)
    assert inbox.put("c", b"d" * 10)


def test_the_same_statement_waits_once_whoever_sends_it() -> None:
    inbox = Inbox()
    assert inbox.put("a", b"s")
    assert not inbox.put("b", b"s")
    assert len(inbox) == 1
    assert inbox.take() == b"s"
    with pytest.raises(LookupError):
        inbox.take()
    assert inbox.put("b", b"s")


def test_what_was_taken_leaves_no_trace() -> None:
    inbox = Inbox(entries=4, size_bytes=40)
    for turn in range(50):
        assert inbox.put("a", bytes([turn]) * 20)
        inbox.take()
    assert (len(inbox), inbox._bytes, inbox._queues, inbox._sizes) == (0, 0, {}, {})
