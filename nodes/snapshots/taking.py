"""Taking snapshots: the first block of each period, read out beside the blocks that follow it.

Periods are of block time, so that all nodes take the same snapshots and who joins
can go on at another node where one left off. The database is pinned before the
next block is committed; portions are written by a thread of their own, and proven
on the way, so that damage here never makes this node hand out what others reject.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import structlog

from ledger.block import Header
from ledger.canonical import encode as canonical
from ledger.errors import LedgerError
from ledger.primitives import Hash
from ledger.seal import Seal
from ledger.state import Span, key_hash, right_of
from nodes.snapshots.checking import check_portion
from nodes.snapshots.messages import MAX_RECORDS, PORTION_BYTES, Offer, Portion, encode
from nodes.snapshots.shelf import Folder, Shelf
from nodes.storage import PinnedState, StorageError
from nodes.storage.database import Database

_log = structlog.get_logger("snapshots")


class Taker:
    """Takes a snapshot whenever one is due and none is being taken."""

    def __init__(self, database: Database, shelf: Shelf, every_ms: int) -> None:
        """`every_ms` is the period in block time; 0 takes none."""
        self._database = database
        self._shelf = shelf
        self._every_ms = every_ms
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()

    def committed(self, before: Header, header: Header, seals: Sequence[Seal]) -> None:
        """Called after each block, before the next can be committed."""
        every = self._every_ms
        seal = next((seal for seal in seals if seal.height == header.height), None)
        if seal is None or not every or header.time_ms // every == before.time_ms // every:
            return
        if self._thread is not None and self._thread.is_alive():
            _log.warning("no snapshot: the last one is still being taken", height=header.height)
            return
        try:
            pinned = PinnedState(self._database)
        except StorageError as error:  # The block is durable: a snapshot is not worth more than that.
            _log.error("no snapshot: the database cannot be pinned", height=header.height, reason=str(error))
            return
        if pinned.header != canonical(header):
            pinned.close()
            return
        offer = Offer(header=header, seal=seal)
        self._thread = threading.Thread(target=self._take, args=(pinned, offer), name="sealane-snapshot")
        self._thread.start()

    def _take(self, pinned: PinnedState, offer: Offer) -> None:
        self._shelf.tidy()
        folder = self._shelf.folder(offer)
        try:
            if folder.offer() is None:
                done = self._write(pinned, offer, folder)
                if not done:
                    return
                folder.finish(offer)
                _log.info("snapshot taken", height=offer.header.height)
            self._shelf.tidy()
        except (OSError, StorageError, LedgerError) as error:
            _log.error("no snapshot: it could not be taken", height=offer.header.height, reason=str(error))
            folder.discard()
        finally:
            pinned.close()

    def _write(self, pinned: PinnedState, offer: Offer, folder: Folder) -> bool:
        """Write all portions; False when the node is stopping."""
        span = Span()
        for records in portions(pinned.records()):
            if self._stopping.is_set():
                return False
            last = Hash(key_hash(records[-1][0]))
            portion = Portion(records=records, right=right_of(last, pinned.page))
            after, span = span.after, check_portion(offer.header.state_root, span, portion)
            folder.put_portion(after, encode(portion))
        return True

    def close(self) -> None:
        """Give up what is being taken, and wait until it is."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()


def portions(records: Iterator[tuple[str, bytes]]) -> Iterator[tuple[tuple[str, bytes], ...]]:
    """Records in portions: each ends with the record that reaches its size. All nodes divide alike."""
    part: list[tuple[str, bytes]] = []
    size = 0
    for key, value in records:
        part.append((key, value))
        size += len(key) + len(value)
        if size >= PORTION_BYTES or len(part) >= MAX_RECORDS:
            yield tuple(part)
            part, size = [], 0
    if part:
        yield tuple(part)
