"""Pruning: what goes is gone, what stays proves as before, and nothing that is still needed goes."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from ledger.contents import container_commitment
from ledger.evidence import GenesisAnchor, verify_evidence
from ledger.merkle import consistency_path, inclusion_path
from ledger.primitives import EntryIndex, Height
from nodes.proofs import EvidenceRequest, Proofs
from nodes.pruning import PruningRefused, check_allowed, highest_prunable
from nodes.storage import LimitExceeded, Store
from nodes.storage.pruning import NOTHING_PRUNED, Pruned
from nodes.writing import read_model
from tests.nodes.checking.ledger import check, dump, flips, keep, names, write
from tests.nodes.network_of_one import (
    CARRIER,
    FORWARDER,
    GENESIS,
    TRADER,
    Solo,
    bill_package,
    boxes,
    digest,
    node_key,
)

WINDOW_MS = GENESIS.parameters.statement_window_ms

BLOCKS, BELOW = 12, 9
"""Blocks long ago, and the height below which tests prune."""


class Old:
    """A ledger that is old enough to be pruned."""

    def __init__(self, solo: Solo, bill: str) -> None:
        self.solo = solo
        self.bill = bill
        self.store: Store = solo.store
        self.proofs = Proofs(solo.store, GENESIS, solo.application, node_key(CARRIER), f"{CARRIER}/node-1")

    async def evidence(self, subject: str, *, history: bool = False) -> bytes:
        return await self.proofs.evidence(EvidenceRequest(subject=subject, history=history))

    def subjects(self) -> list[str]:
        return [record.key for record in self.store.records_like("", "", 1_000).items]

    def prune(self, below: int = BELOW) -> Any:
        return self.store.prune(below, read_model)

    def settle(self) -> Path:
        """The database file, with everything in it."""
        self.store.database.compact()
        return self.solo.path


@pytest.fixture
async def old(tmp_path: Path) -> AsyncIterator[Old]:
    solo = Solo(tmp_path)
    number = "APZU4812090"
    container = {"commitment": container_commitment(b"c" * 16, number).hex(), "operator": CARRIER}
    await solo.accept(solo.gate_in(number, body={"container": container}))
    package = await solo.issue(bill_package(containers=(number,)))
    bill = package.subject
    assert solo.version(f"container/{digest(number)[:32]}") == 2, "changed last by an entry about the bill"
    keep(solo, package)
    solo.store.contents.note_read(package.commitment().hex(), bill, CARRIER, f"{CARRIER}/reader", 7)
    for block in range(BLOCKS - 2):
        solo.clock.time_ms += 60_000
        leaves = boxes(solo, block % 4, f"block {block}")
        if block % 3 == 0:
            offer = {"to": FORWARDER, "expires_ms": solo.clock.time_ms + 30_000}
            leaves.append(solo.sign("bill.transfer", bill, TRADER, offer))
        await solo.accept(*leaves)
    assert solo.version(bill) > 3
    solo.clock.time_ms += WINDOW_MS
    await solo.accept(*boxes(solo, 1, "now"))
    yield Old(solo, bill)
    solo.close()


async def test_every_record_is_proven_as_before_and_old_evidence_verifies(old: Old) -> None:
    before = {key: await old.evidence(key) for key in old.subjects() if not key.startswith("network/")}
    dropped = old.prune()
    assert dropped.entries > 0
    assert dropped.versions > 0
    assert {key: await old.evidence(key) for key in before} == before
    verify_evidence(before[old.bill], GenesisAnchor.of(GENESIS))


async def test_history_before_the_pruning_is_refused_by_name(old: Old) -> None:
    assert await old.evidence(old.bill, history=True)
    old.prune()
    versions = [one.version for one in old.store.history(old.bill, 0, 100).items]
    assert versions[0] > 1
    assert versions[-1] == old.solo.version(old.bill)


def test_every_proof_of_the_log_is_as_before(old: Old) -> None:
    store, size = old.store, old.store.tip().frontier.size
    paths = [inclusion_path(index, size, store.log_nodes) for index in range(size)]
    links = [consistency_path(one, size, store.log_nodes) for one in range(1, size)]
    old.prune()
    assert [inclusion_path(index, size, store.log_nodes) for index in range(size)] == paths
    assert [consistency_path(one, size, store.log_nodes) for one in range(1, size)] == links


def test_blocks_below_are_gone_and_all_else_is_there(old: Old) -> None:
    store, newest = old.store, old.store.tip().height
    before = {height: store.load_block(Height(height)) for height in range(newest + 1)}
    recent = set(store.recent_statements(store.tip().header.time_ms))
    old.prune()
    for height, loaded in before.items():
        assert store.header(Height(height)) == (loaded and loaded[0].header)
        assert store.seal(Height(height)) == (loaded and loaded[1])
        if height >= BELOW or loaded is None or not loaded[0].entries:
            assert store.load_block(Height(height)) == loaded
    gone = [height for height in before if store.load_block(Height(height)) is None]
    assert gone
    assert max(gone) < BELOW
    assert set(store.recent_statements(store.tip().header.time_ms)) == recent
    assert store.entry(EntryIndex(0)) is not None
    assert store.pruned() == Pruned(height=BELOW, log_size=store.header(Height(BELOW - 1)).log_size)  # type: ignore[union-attr]


async def test_a_pruned_ledger_goes_on_like_one_that_keeps_all(old: Old, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    old.settle()
    shutil.copy(old.solo.path, tmp_path / "copy" / "ledger.db")
    other = Solo(tmp_path / "copy")
    other.clock.time_ms, other.nonce = old.solo.clock.time_ms, old.solo.nonce
    try:
        old.prune()
        old.solo.reopen()
        for solo in (old.solo, other):
            solo.clock.time_ms += 1_000
            offer = {"to": FORWARDER, "expires_ms": solo.clock.time_ms + 30_000}
            await solo.do("bill.transfer", old.bill, TRADER, offer)
            await solo.issue(bill_package("CRLQ2609003", containers=("APZU4812107",)))
        assert old.solo.application.info() == other.application.info()
        assert check(old.solo.path).findings == []
    finally:
        other.close()


def test_pruning_in_steps_ends_like_pruning_at_once(old: Old, tmp_path: Path) -> None:
    shutil.copy(old.settle(), tmp_path / "copy.db")
    old.prune(4)
    assert check(old.settle()).findings == []
    old.prune(BELOW)
    with Store.open(f"sqlite:///{tmp_path / 'copy.db'}", create=False) as other:
        other.prune(BELOW, read_model)
        other.database.compact()
    assert dump(old.settle()) == dump(tmp_path / "copy.db")


def test_a_crash_at_any_statement_changes_nothing(old: Old) -> None:
    before, engine, crashes = dump(old.settle()), old.store.database._write_engine, 0
    while True:
        countdown = crashes

        def fail(*_: object) -> None:
            nonlocal countdown
            countdown -= 1
            if countdown < 0:
                raise RuntimeError("the machine stopped")

        event.listen(engine, "after_cursor_execute", fail)
        try:
            old.prune()
        except RuntimeError:
            crashes += 4
        else:
            break
        finally:
            event.remove(engine, "after_cursor_execute", fail)
        assert dump(old.solo.path) == before
        assert old.store.pruned() == NOTHING_PRUNED
    assert crashes > 10
    assert check(old.settle()).findings == []


@pytest.mark.timeout(300)
def test_a_pruned_ledger_is_sound_and_its_damage_is_found(old: Old) -> None:
    old.prune()
    path, missed = old.settle(), []
    old.solo.close()
    assert check(path).findings == []
    for flip in flips(path, random.Random(7), 1, "record_version", "log_node", "meta"):
        try:
            before = write(path, flip, flip.value)
        except sqlite3.IntegrityError:
            continue
        report = check(path)
        if not any(names(one.place, one.row, flip) for one in report.findings):
            missed.append(f"{flip}: {[one.sentence for one in report.findings]}")
        write(path, flip, before)
    assert not missed, "\n".join(missed)
    old.solo.open()


async def test_the_space_is_given_back(tmp_path: Path) -> None:
    solo = Solo(tmp_path)
    bill = (await solo.issue()).subject
    for _ in range(8):
        solo.clock.time_ms += 60_000
        leaves, version = [], solo.version(bill)
        for pair in range(20):
            offer = {"to": FORWARDER, "expires_ms": solo.clock.time_ms + 30_000}
            leaves.append(solo.sign("bill.transfer", bill, TRADER, offer, version=version + 2 * pair))
            leaves.append(solo.sign("bill.cancel", bill, TRADER, version=version + 2 * pair + 1))
        await solo.accept(*leaves)
    solo.clock.time_ms += WINDOW_MS
    await solo.accept(*boxes(solo, 1, "now"))
    old = Old(solo, bill)
    before = old.settle().stat().st_size
    dropped = old.prune(9)
    assert (dropped.entries, dropped.versions) == (279, 280)
    assert old.settle().stat().st_size < before / 2
    solo.close()


def test_only_what_nobody_can_submit_again_may_go(old: Old) -> None:
    assert highest_prunable(old.store, WINDOW_MS) == BLOCKS
    check_allowed(old.store, BLOCKS, WINDOW_MS)
    with pytest.raises(PruningRefused, match=f"blocks below {BLOCKS} may be pruned, not below {BLOCKS + 1}"):
        check_allowed(old.store, BLOCKS + 1, WINDOW_MS)
    for below in (0, 1):
        with pytest.raises(PruningRefused, match="the genesis, which stays"):
            check_allowed(old.store, below, WINDOW_MS)
    old.prune()
    with pytest.raises(PruningRefused, match=f"below {BELOW} are pruned already"):
        check_allowed(old.store, BELOW, WINDOW_MS)
    with pytest.raises(LimitExceeded):
        old.prune(BELOW)


def test_the_note_of_a_pruning_is_read_back_or_not_believed() -> None:
    note = Pruned(height=7, log_size=2**40)
    assert Pruned.decode(note.encode()) == note
    for place in range(len(note.encode())):
        data = bytearray(note.encode())
        data[place] ^= 4
        assert Pruned.decode(bytes(data)) is None
    assert Pruned.decode(b"") is None
