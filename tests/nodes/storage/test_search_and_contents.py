"""Parties, the private index, and contents within their bounds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.errors import InvariantViolated
from nodes.storage import (
    MAX_CONTENT_BYTES,
    NOTHING,
    ContentWrite,
    LimitExceeded,
    ReadModel,
    Store,
    TermKind,
    change,
)
from nodes.storage.terms import MAX_TERM_CHARACTERS, MAX_WORDS, index_terms, normalise_number, search_terms
from tests.nodes.storage.chain import ChainBuilder, entry, record

QUOTA = 10_000_000


def view(key: str, value: bytes) -> ReadModel:
    """Values are `party,party`; each party is a milestone at the length of its name as well."""
    parties = frozenset(filter(None, value.decode().split(",")))
    return ReadModel(parties=parties, milestones=frozenset(("known", len(party), party) for party in parties))


def commit_versions(store: Store, chain: ChainBuilder, *versions: tuple[str, bytes]) -> None:
    """One block with one entry and one new version of a record for each pair."""
    before: dict[str, tuple[int, ReadModel]] = {}
    records, changes = [], []
    for index, (key, value) in enumerate(versions, chain.size):
        current = store.record(key)
        version, old = before.get(key) or (
            (current.version, view(key, current.value)) if current is not None else (0, NOTHING)
        )
        before[key] = (version + 1, view(key, value))
        records.append(record(key, version + 1, index, value))
        changes.append(change(key, index, old, view(key, value)))
    entries = [entry(f"{chain.size + i}") for i in range(len(versions))]
    store.commit_block(chain.block(entries, records=records, read_models=changes))


def parties(store: Store) -> list[tuple[str, str, int]]:
    with store._database.reading() as connection:
        query = "SELECT organisation, key, since FROM record_party ORDER BY 1, 2"
        return [tuple(row) for row in connection.exec_driver_sql(query)]


def milestones(store: Store) -> list[tuple[str, int, str, str]]:
    with store._database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM milestone ORDER BY kind, time_ms, key, about")
        return [tuple(row) for row in rows]


def noted(store: Store) -> dict[str, str]:
    """What each record says of its parties."""
    with store._database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT key, parties FROM record")
        return {row[0]: row[1] for row in rows if not row[0].startswith("organisation/")}


def test_a_list_is_read_by_time_in_pages_either_way(store: Store, chain: ChainBuilder) -> None:
    """Here a milestone's time is the length of a party's name, so several are of one time."""
    keys = [f"bill/{number}" for number in range(7)]
    commit_versions(store, chain, *((key, b"x" * (1 + place // 2)) for place, key in enumerate(keys)))
    for newest_first, start in ((False, (-1, "")), (True, (10**12, "~"))):
        found: list[str] = []
        at: tuple[int, str] | None = start
        while at is not None:
            page = store.search.listed("known", at, 3, newest_first=newest_first)
            assert len(page.items) <= 3
            found += [one.key for one in page.items]
            at = page.next
        assert found == (keys[::-1] if newest_first else keys)
    assert store.search.listed("unknown", (-1, ""), 3, newest_first=False).items == ()
    with pytest.raises(LimitExceeded):
        store.search.listed("known", (-1, ""), 0, newest_first=False)


def test_parties_follow_the_records(store: Store, chain: ChainBuilder) -> None:
    commit_versions(
        store, chain, ("bill/a", b"carrier,shipper"), ("bill/b", b"carrier"), ("declaration/a", b"carrier")
    )
    commit_versions(store, chain, ("bill/a", b"carrier,bank"))
    found = store.search.by_party("carrier", "bill", None, 10)
    assert [(one.key, one.since) for one in found.items] == [("bill/b", 2), ("bill/a", 1)]
    assert [one.key for one in store.search.by_party("bank", "bill", None, 10).items] == ["bill/a"]
    assert store.search.by_party("shipper", "bill", None, 10).items == ()
    assert noted(store) == {
        "bill/a": '{"bank":4,"carrier":1}',
        "bill/b": '{"carrier":2}',
        "declaration/a": '{"carrier":3}',
    }


def test_a_version_that_changes_no_party_keeps_them(store: Store, chain: ChainBuilder) -> None:
    commit_versions(store, chain, ("bill/a", b"carrier"))
    store.commit_block(chain.block([entry("x")], records=[record("bill/a", 2, chain.size, b"other")]))
    assert noted(store) == {"bill/a": '{"carrier":1}'}
    assert parties(store) == [("carrier", "bill/a", 1)]


def test_parties_change_only_with_their_record(store: Store, chain: ChainBuilder) -> None:
    lone = change("bill/a", 1, NOTHING, view("bill/a", b"x"))
    with pytest.raises(InvariantViolated, match="does not write"):
        store.commit_block(chain.block([entry("x")], read_models=[lone]))
    assert parties(store) == []


def test_parties_are_paged_without_gap_or_repetition(store: Store, chain: ChainBuilder) -> None:
    commit_versions(store, chain, *((f"bill/{i}", b"carrier") for i in range(7)))
    cursor, keys = None, []
    while True:
        page = store.search.by_party("carrier", "bill", cursor, 3)
        keys += [one.key for one in page.items]
        if (cursor := page.next) is None:
            break
    assert keys == [f"bill/{i}" for i in reversed(range(7))]


def test_changes_within_a_block_are_applied_in_order(store: Store, chain: ChainBuilder) -> None:
    commit_versions(store, chain, ("bill/a", b"a"), ("bill/a", b"b"), ("bill/a", b"a,c"), ("bill/a", b"a"))
    assert parties(store) == [("a", "bill/a", 3)]
    assert milestones(store) == [("known", 1, "bill/a", "a")]
    assert noted(store) == {"bill/a": '{"a":3}'}
    commit_versions(store, chain, ("bill/a", b"b"), ("bill/a", b"a"), ("bill/a", b"a,cc"))
    assert milestones(store) == [("known", 1, "bill/a", "a"), ("known", 2, "bill/a", "cc")]


def test_rebuilding_gives_the_same_read_models(store: Store, chain: ChainBuilder) -> None:
    commit_versions(store, chain, ("bill/a", b"x,y"), ("bill/b", b"x"), ("bill/a", b"y"), ("bill/a", b"x,y"))
    commit_versions(store, chain, ("bill/b", b"z"), ("bill/c", b""))
    before = parties(store), noted(store), milestones(store)
    with store._database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM record_party")
        connection.exec_driver_sql("INSERT INTO record_party VALUES ('wrong', 'wrong', 1, 'wrong')")
        connection.exec_driver_sql("UPDATE record SET parties = 'wrong'")
        connection.exec_driver_sql("UPDATE milestone SET time_ms = 77")
    store.rebuild_read_models(
        lambda key, value: NOTHING if key.startswith("organisation/") else view(key, value)
    )
    assert (parties(store), noted(store), milestones(store)) == before
    assert before[0] == [("x", "bill/a", 4), ("y", "bill/a", 1), ("z", "bill/b", 5)]


def test_a_failing_view_leaves_the_read_models_as_they_were(store: Store, chain: ChainBuilder) -> None:
    commit_versions(store, chain, ("bill/a", b"x"))
    before = parties(store)

    def fail(key: str, value: bytes) -> ReadModel:
        raise ValueError(key)

    with pytest.raises(ValueError, match="bill/a"):
        store.rebuild_read_models(fail)
    assert parties(store) == before


def content(number: int = 1, **changes: object) -> ContentWrite:
    base = ContentWrite(
        commitment=f"{number:064x}",
        kind="bill",
        subject=f"bill/{number}",
        organisation="carrier",
        data=b"sealed bytes",
        stored_ms=5,
    )
    return replace(base, **changes)


def test_a_content_is_kept_once_and_erased(store: Store) -> None:
    assert store.contents.put(content(), quota_bytes=QUOTA)
    assert not store.contents.put(content(data=b"other"), quota_bytes=QUOTA)
    kept = store.contents.get(f"{1:064x}")
    assert kept is not None
    assert (kept.data, kept.size, kept.subject, kept.stored_ms) == (b"sealed bytes", 12, "bill/1", 5)
    assert store.contents.of_subject("bill/1", 10) == (f"{1:064x}",)
    assert store.contents.used_bytes("carrier") == 12
    assert store.contents.delete(kept.commitment)
    assert not store.contents.delete(kept.commitment)
    assert store.contents.get(kept.commitment) is None
    assert store.contents.used_bytes("carrier") == 0


def test_contents_have_bounds(store: Store) -> None:
    store.contents.put(content(1, data=bytes(MAX_CONTENT_BYTES)), quota_bytes=QUOTA)
    with pytest.raises(LimitExceeded, match="limit"):
        store.contents.put(content(2, data=bytes(MAX_CONTENT_BYTES + 1)), quota_bytes=QUOTA)
    full = MAX_CONTENT_BYTES + 12
    assert store.contents.put(content(2), quota_bytes=full)
    with pytest.raises(LimitExceeded, match="carrier"):
        store.contents.put(content(3), quota_bytes=full)
    assert store.contents.put(content(3, organisation="port"), quota_bytes=full)


def test_reads_are_recorded_and_outlive_the_content(store: Store) -> None:
    store.contents.put(content(), quota_bytes=QUOTA)
    for time_ms in (1, 2, 3):
        store.contents.note_read(f"{1:064x}", "bill/1", "bank", "bank/officer", time_ms)
    store.contents.delete(f"{1:064x}")
    page = store.contents.reads(f"{1:064x}", "bill/1", 0, 2)
    assert [(one.organisation, one.member, one.time_ms) for one in page.items] == [
        ("bank", "bank/officer", 1),
        ("bank", "bank/officer", 2),
    ]
    assert page.next is not None
    assert [one.time_ms for one in store.contents.reads(f"{1:064x}", "bill/1", page.next, 2).items] == [3]
    assert store.contents.reads(f"{1:064x}", "bill/2", 0, 2).items == ()
    assert len(store.contents.reads(f"{1:064x}", "", 0, 9).items) == 3


def found(store: Store, kind: TermKind, text: str) -> list[str]:
    return [match.subject for match in store.search.private(kind, text, 10)]


def test_contents_are_found_by_what_they_say(store: Store) -> None:
    terms = [
        ("bill", "HLCU-SHA 2107 012345"),
        ("container", "MSKU 123456-7"),
        ("declaration", "24CN/0001"),
        ("party", "Hải Phòng Trading Co., Ltd."),
        ("text", "Frozen durian, 重庆国际物流, ប្រទេសកម្ពុជា"),
    ]
    store.contents.put(content(1, terms=terms), quota_bytes=QUOTA)
    store.contents.put(content(2, terms=[("text", "frozen shrimp")]), quota_bytes=QUOTA)
    assert found(store, TermKind.BILL, "hlcusha2107012345") == ["bill/1"]
    assert found(store, TermKind.BILL, "HLCU SHA") == ["bill/1"]
    assert found(store, TermKind.BILL, "SHA2107") == []
    assert found(store, TermKind.CONTAINER, "msku1234567") == ["bill/1"]
    assert found(store, TermKind.DECLARATION, "24cn 0001") == ["bill/1"]
    assert found(store, TermKind.PARTY, "hai phong") == ["bill/1"]
    assert found(store, TermKind.TEXT, "FROZEN") == ["bill/1", "bill/2"]
    assert found(store, TermKind.TEXT, "durian froz") == ["bill/1"]
    assert found(store, TermKind.TEXT, "durian shrimp") == []
    assert found(store, TermKind.TEXT, "国际") == ["bill/1"]
    assert found(store, TermKind.TEXT, "流") == ["bill/1"]
    assert found(store, TermKind.TEXT, "国庆") == []
    assert found(store, TermKind.TEXT, "កម្ពុជា") == ["bill/1"]
    assert found(store, TermKind.TEXT, " -- ") == []
    anywhere = store.search.anything("msku 1234567", 10)
    assert [(match.kind, match.subject) for match in anywhere] == [(TermKind.CONTAINER, "bill/1")]
    assert [match.subject for match in store.search.anything("frozen", 10)] == ["bill/1", "bill/2"]


def test_erasing_a_content_erases_its_terms(store: Store) -> None:
    store.contents.put(content(1, terms=[("bill", "ABC123")]), quota_bytes=QUOTA)
    store.contents.delete(f"{1:064x}")
    assert found(store, TermKind.BILL, "ABC123") == []
    with store._database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM private_index").scalar_one() == 0


def test_an_unknown_kind_of_term_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="colour"):
        store.contents.put(content(1, terms=[("colour", "red")]), quota_bytes=QUOTA)
    assert store.contents.get(f"{1:064x}") is None


def test_terms_are_bounded() -> None:
    assert normalise_number("ab-" * 99) == ("AB" * 99)[:MAX_TERM_CHARACTERS]
    assert index_terms(TermKind.BILL, " /- ") == ()
    assert index_terms(TermKind.TEXT, "x" * 99) == ("x" * MAX_TERM_CHARACTERS,)
    assert len(search_terms(TermKind.TEXT, " ".join(str(n) for n in range(99)))) == MAX_WORDS
    assert index_terms(TermKind.TEXT, "a a A") == ("a",)
    assert index_terms(TermKind.TEXT, "中文x字") == ("中文", "文", "x", "字")
    assert search_terms(TermKind.TEXT, "中文字") == ("中文", "文字")
