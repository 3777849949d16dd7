"""N5 on both databases: a snapshot replaces the founding state, whole or not at all, and only there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from ledger.errors import InvariantViolated
from ledger.merkle import inclusion_path
from ledger.state import key_hash
from nodes.application import LedgerApplication
from nodes.checking.database import check_database
from nodes.founding import open_ledger
from nodes.snapshots.adopting import snapshot_write
from nodes.storage import Joined, PinnedState
from nodes.storage.models import META
from nodes.storage.pruning import Pruned
from tests.nodes.network_of_one import GENESIS, Solo, boxes
from tests.nodes.snapshots.making import snapshot_of


async def test_a_snapshot_becomes_the_ledger_whole_or_not_at_all(tmp_path: Path, database_url: str) -> None:
    solo = Solo(tmp_path, name="source.db")
    folder, offer = await snapshot_of(solo, tmp_path / "snapshot")
    with open_ledger(database_url, GENESIS) as store:
        founding, tip = PinnedState(store.database), store.tip()
        before = list(founding.records())
        founding.close()
        with pytest.raises(InvariantViolated, match="do not have the state root"):
            store.adopt(replace(snapshot_write(offer, [], folder), state_root=bytes(32)))
        assert store.tip() == tip
        assert store.joined() is None
        store.adopt(snapshot_write(offer, [], folder))
        assert store.tip() == solo.store.tip()
        assert store.joined() == Joined(first=1, height=1, log_size=offer.header.log_size)
        assert store.pruned().height == 0, "everything came along"
        assert store.load_block(solo.application.info().height) == solo.store.load_block(
            solo.application.info().height
        )
        theirs, ours = PinnedState(solo.store.database), PinnedState(store.database)
        records = list(ours.records())
        assert records == list(theirs.records())
        assert len(records) > len(before)
        assert [key_hash(key) for key, _ in records] == sorted(key_hash(key) for key, _ in records)
        assert ours.page("") == theirs.page("")
        theirs.close()
        ours.close()
        with pytest.raises(InvariantViolated, match="nothing but its genesis"):
            store.adopt(snapshot_write(offer, [], folder))
    solo.close()


async def test_a_ledger_joined_while_the_network_was_idle_opens_again_and_grows(
    tmp_path: Path, database_url: str
) -> None:
    """No entry came along at all, and the log has a leaf at its edge that is not kept."""
    solo = Solo(tmp_path, name="source.db")
    folder, offer = await snapshot_of(solo, tmp_path / "snapshot", idle=True)
    with open_ledger(database_url, GENESIS) as store:
        assert store.pruned().height == 0
        store.adopt(snapshot_write(offer, [], folder))
        missing = Pruned(height=2, log_size=offer.header.log_size_before)
        assert store.pruned() == missing, "known at once, and to those who ask the API"
    with open_ledger(database_url, GENESIS, create=False) as store:
        assert store.pruned() == missing
        assert store.tip() == solo.store.tip()
        assert check_database(store.database, GENESIS, None).findings == []
        application = LedgerApplication(store, GENESIS, solo.clock, lambda _block: None)
        solo.clock.time_ms += 1_000
        block = await solo.accept(*boxes(solo, 3, "later"))
        await application.judge(block)
        await application.commit(block, [solo.seal(block)])
        assert store.tip() == solo.store.tip()
        assert check_database(store.database, GENESIS, None).findings == []
        first, size = offer.header.log_size, store.tip().frontier.size
        for index in range(first, size):
            expected = inclusion_path(index, size, solo.store.log_nodes)
            assert inclusion_path(index, size, store.log_nodes) == expected
        application.close()
    solo.close()


@pytest.mark.parametrize("idle", [False, True])
async def test_damage_to_where_a_database_was_joined_is_found_and_named(tmp_path: Path, idle: bool) -> None:
    solo = Solo(tmp_path, name="source.db")
    folder, offer = await snapshot_of(solo, tmp_path / "snapshot", idle=idle)
    with open_ledger(f"sqlite:///{tmp_path / 'joined.db'}", GENESIS) as store:
        store.adopt(snapshot_write(offer, [], folder))
        where = store.joined()
        assert where is not None
        stored = where.encode()
        flipped = [_flipped(stored, place) for place in range(0, len(stored), 3)]
        for value in (*flipped, stored[:24], stored + b"\0", b""):
            with store.database.writing() as connection:
                connection.execute(update(META).where(META.c.key == "joined").values(value=value))
            found = check_database(store.database, GENESIS, None).findings
            assert ("meta", "key joined") in [(one.place, one.row) for one in found], value
            assert store.joined() is None
    solo.close()


def _flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def test_where_a_database_was_joined_is_read_as_it_was_written() -> None:
    where = Joined(first=3, height=9, log_size=70)
    assert Joined.decode(where.encode()) == where
    assert Joined.decode(where.encode()[1:]) is None
