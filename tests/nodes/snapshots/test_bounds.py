"""However large the state, neither who hands it out nor who takes it over holds more than a portion of it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

from ledger.state import key_hash
from nodes.snapshots.adopting import snapshot_write
from nodes.snapshots.messages import MAX_RECORDS, PORTION_BYTES
from nodes.snapshots.taking import portions
from nodes.storage import PinnedState
from tests.nodes.network_of_one import Solo, boxes
from tests.nodes.snapshots.making import snapshot_of

VALUE = b"v" * 700


def test_five_million_records_are_divided_as_they_come() -> None:
    """Counted, not timed: what was drawn from the database and not yet handed on."""
    drawn = 0

    def records() -> Iterator[tuple[str, bytes]]:
        nonlocal drawn
        for number in itertools.count():
            drawn += 1
            yield f"bill/{number:064x}", VALUE

    handed = most = 0
    for portion in itertools.islice(portions(records()), 5_000_000 * (len(VALUE) + 69) // PORTION_BYTES):
        most = max(most, drawn - handed)
        handed += len(portion)
        assert sum(len(key) + len(value) for key, value in portion) >= PORTION_BYTES
        if handed > 50_000:
            break
    assert most <= PORTION_BYTES // len(VALUE) + 1


def test_small_records_end_a_portion_by_their_number() -> None:
    tiny = (("k", b"") for _ in range(MAX_RECORDS + 1))
    assert [len(portion) for portion in portions(tiny)] == [MAX_RECORDS, 1]


def test_nodes_divide_alike_from_wherever_they_begin_a_portion() -> None:
    records = [(f"bill/{number:064x}", VALUE) for number in range(5_000)]
    whole = list(portions(iter(records)))
    rest = list(portions(iter(records[len(whole[0]) :])))
    assert rest == whole[1:]


async def test_the_database_sorts_by_key_hash_and_stays_at_its_block(tmp_path: Path) -> None:
    solo = Solo(tmp_path)
    await solo.accept(*boxes(solo, 20))
    pinned = PinnedState(solo.store.database)
    before = len(list(pinned.records()))
    solo.clock.time_ms += 1_000
    await solo.accept(*boxes(solo, 20, "later"))
    records = list(pinned.records())
    pinned.close()
    assert len(records) == before
    places = [key_hash(key) for key, _ in records]
    assert places == sorted(places)
    again = PinnedState(solo.store.database)
    assert len(list(again.records())) > before
    again.close()
    solo.close()


async def test_taking_over_reads_one_file_after_the_other(tmp_path: Path) -> None:
    solo = Solo(tmp_path)
    folder, offer = await snapshot_of(solo, tmp_path / "snapshot")
    reads: list[bytes] = []
    read = folder.portion

    def counted(after: bytes) -> bytes | None:
        reads.append(after)
        return read(after)

    folder.portion = counted  # type: ignore[method-assign]
    write = snapshot_write(offer, [], folder)
    assert reads == []
    for number, _ in enumerate(write.portions, 1):
        assert len(reads) == number
    assert len(reads) > 30
    solo.close()
