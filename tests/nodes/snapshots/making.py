"""A snapshot on disk of a ledger with one block, one record in each portion."""

from __future__ import annotations

from pathlib import Path

from ledger.merkle import Frontier, leaf_hash
from ledger.primitives import Height
from ledger.state import Span, key_hash, record_hash, right_of
from nodes.snapshots.messages import Offer, Past, Portion, encode
from nodes.snapshots.shelf import Folder
from nodes.storage import PinnedState
from tests.nodes.network_of_one import Solo, boxes


async def snapshot_of(solo: Solo, path: Path, *, idle: bool = False) -> tuple[Folder, Offer]:
    """Commit a block of thirty containers and write down the state after it.

    With `idle`, after an empty block that follows, which alone comes along.
    """
    block = await solo.accept(*boxes(solo, 30))
    if idle:
        solo.clock.time_ms += 1_000
        block = await solo.accept()
    folder, span = _empty(path), Span()
    pinned = PinnedState(solo.store.database)
    for key, value in pinned.records():
        right = right_of(key_hash(key), pinned.page)
        folder.put_portion(span.after, encode(Portion(records=((key, value),), right=right)))
        span = span.extend([key_hash(key) + record_hash(value)])
    pinned.close()
    genesis = solo.store.genesis()
    assert genesis is not None
    frontier = solo.application.info().frontier if idle else Frontier.empty().append(leaf_hash(genesis))
    height = Height(block.header.height)
    folder.put_past(height, encode(Past(frontier=frontier.encode(), blocks=(block,))))
    return folder, Offer(header=block.header, seal=solo.seal(block))


def _empty(path: Path) -> Folder:
    path.mkdir()
    return Folder(path)
