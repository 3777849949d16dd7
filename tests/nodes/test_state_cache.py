"""The caches are only ever faster: what they answer is what the database would."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from nodes.state_cache import Overlay, Peek, ReadThrough
from tests.nodes.network_of_one import CARRIER, FORWARDER, HOUR_MS, TRADER, Solo, bill_package, issue_body


class Table:
    """A database that counts what it is asked."""

    def __init__(self, **rows: bytes) -> None:
        self.rows: dict[str, bytes] = dict(rows)
        self.asked: list[str] = []

    def load(self, key: str) -> bytes | None:
        self.asked.append(key)
        return self.rows.get(key)


@pytest.fixture
def table() -> Table:
    return Table(a=b"1", b=b"2")


def test_a_value_is_loaded_once_and_absence_too(table: Table) -> None:
    cache = ReadThrough(table.load, 10)
    assert [cache.get("a"), cache.get("a"), cache.get("z"), cache.get("z")] == [b"1", b"1", None, None]
    assert table.asked == ["a", "z"]


def test_peeking_remembers_nothing(table: Table) -> None:
    cache = ReadThrough(table.load, 10)
    assert [cache.peek("a"), cache.peek("a"), Peek(cache).get("z")] == [b"1", b"1", None]
    assert table.asked == ["a", "a", "z"]


def test_what_was_absent_is_there_after_a_commit(table: Table) -> None:
    cache = ReadThrough(table.load, 10)
    assert cache.get("z") is None
    cache.update({"z": b"9", "a": b"3"})
    assert (cache.get("z"), cache.peek("a")) == (b"9", b"3")


@pytest.mark.parametrize("limit", [1, 2, 5, 9, 10, 37])
def test_no_limit_is_exceeded_however_small_or_however_much_is_written(limit: int) -> None:
    table = Table(**{str(number): b"old" for number in range(100)})
    cache = ReadThrough(table.load, limit)
    for number in range(100):
        assert cache.get(str(number)) == b"old"
        assert len(cache._values) <= limit
    table.rows.update({str(number): b"new" for number in range(100)})
    cache.update(dict(table.rows))
    assert len(cache._values) <= limit
    assert {cache.get(str(number)) for number in range(100)} == {b"new"}


@pytest.mark.parametrize("size_bytes", [0, 1, 25, 99, 250])
def test_nor_is_that_of_their_size(size_bytes: int) -> None:
    table = Table(**{str(number): b"x" * (number % 50) for number in range(200)})
    cache = ReadThrough(table.load, 150, size_bytes)

    def held() -> int:
        return sum(len(value or b"") for value in cache._values.values())

    for number in range(200):
        assert cache.get(str(number)) == b"x" * (number % 50)
        assert held() == cache._bytes <= size_bytes
    table.rows.update({str(number): b"yz" for number in range(0, 200, 3)})
    cache.update({str(number): b"yz" for number in range(0, 200, 3)})
    assert held() == cache._bytes <= size_bytes
    assert cache.get("3") == b"yz"
    cache.clear()
    assert cache._bytes == 0


def test_a_read_of_the_database_waits_for_the_cache_to_catch_up(table: Table) -> None:
    """A reader that sees a new value must not afterwards find an older one elsewhere."""
    cache = ReadThrough(table.load, 10)
    assert cache.get("other") is None
    written, updated, seen = threading.Event(), threading.Event(), []

    def commit() -> None:
        with cache.changing():
            table.rows.update(fresh=b"names other", other=b"here")
            written.set()
            assert updated.wait(10)
            cache.update({"fresh": b"names other", "other": b"here"})

    def read() -> None:
        seen.append((cache.peek("fresh"), cache.peek("other")))

    writer, reader = threading.Thread(target=commit), threading.Thread(target=read)
    writer.start()
    assert written.wait(10)
    reader.start()
    while "fresh" not in table.asked:
        pass
    assert seen == []
    updated.set()
    writer.join(10)
    reader.join(10)
    assert seen == [(b"names other", b"here")]


def test_an_overlay_hides_what_is_below_and_changes_nothing(table: Table) -> None:
    cache = ReadThrough(table.load, 10)
    overlay = Overlay(cache)
    overlay.writes["a"] = b"mine"
    assert (overlay.get("a"), overlay.get("b"), overlay.get("z")) == (b"mine", b"2", None)
    assert cache.get("a") == b"1"


async def test_eviction_does_not_change_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steady = Solo(tmp_path, name="steady.db")
    monkeypatch.setattr("nodes.application.MAX_RECORDS", 2)
    monkeypatch.setattr("nodes.application.MAX_PAGES", 1)
    tiny = Solo(tmp_path, name="tiny.db")
    package = bill_package(containers=("APZU4812090", "CRLU7770002"))
    offer = {"to": FORWARDER, "expires_ms": tiny.clock.time_ms + HOUR_MS}
    steps = (
        [tiny.gate_in(f"box {number}") for number in range(30)],
        [tiny.sign("bill.issue", package.subject, CARRIER, issue_body(package))],
        [tiny.sign("bill.transfer", package.subject, TRADER, offer, version=1)],
        [tiny.gate_in(f"more {number}") for number in range(30)],
    )
    for leaves in steps:
        assert (await tiny.accept(*leaves)).header == (await steady.accept(*leaves)).header
    assert tiny.record(package.subject) == steady.record(package.subject)
    for solo in (tiny, steady):
        solo.close()
