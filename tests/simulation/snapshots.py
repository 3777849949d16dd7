"""Snapshots on the simulated disk, taken where the block is committed and not beside it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from nodes.snapshots import taking
from nodes.snapshots.messages import Offer
from nodes.snapshots.shelf import Folder, Shelf
from tests.simulation.disk import SimulatedDisk

EVERY_MS = 3_000
"""Between two snapshots, in block time."""

THRESHOLD = 2
"""Blocks that make joining by a snapshot worth it."""

PORTION_BYTES = 8_192
"""So that a snapshot has several portions."""

SHELF = Path("snapshots")
MODE = 0o600


class DiskFolder(Folder):
    """One snapshot on a simulated disk."""

    def __init__(self, path: Path, disk: SimulatedDisk) -> None:
        super().__init__(path)
        self._disk = disk

    def _get(self, name: str) -> bytes | None:
        stored = self._disk.files.get(self.path / name)
        return None if stored is None else stored.content()

    def _put(self, name: str, data: bytes) -> None:
        self._disk.replace(self.path / name, data, mode=MODE)

    def _remove(self, prefix: str) -> None:
        for path in self._disk.folder(self.path):
            if path.name.startswith(prefix):
                del self._disk.files[path]

    def finish(self, offer: Offer) -> None:
        self._remove("past-")
        super().finish(offer)

    def discard(self) -> None:
        self._remove("")


class DiskShelf(Shelf):
    """All snapshots on a simulated disk."""

    def __init__(self, disk: SimulatedDisk) -> None:
        super().__init__(SHELF)
        self._disk = disk

    def _at(self, name: str) -> DiskFolder:
        return DiskFolder(SHELF / name, self._disk)

    def folder(self, offer: Offer) -> Folder:
        return self._at(_name(offer))

    def begun(self, offer: Offer) -> bool:
        return bool(self._disk.folder(SHELF / _name(offer)))

    def _folders(self) -> list[Folder]:
        names = {path.parent.name for path in self._disk.files if path.parent.parent == SHELF}
        return [self._at(name) for name in sorted(names, reverse=True)]


def _name(offer: Offer) -> str:
    from nodes.snapshots import shelf

    return shelf._name(offer)


class _AtOnce:
    """A thread that has done its work when it was started."""

    def __init__(self, target: Callable[..., None], args: tuple[Any, ...], name: str) -> None:
        self._work = lambda: target(*args)

    def start(self) -> None:
        self._work()

    def is_alive(self) -> bool:
        return False

    def join(self) -> None:
        """It is over."""


@contextmanager
def taken_at_once() -> Iterator[None]:
    """Have snapshots taken by whoever commits."""
    with (
        patch.object(taking, "threading", SimpleNamespace(Thread=_AtOnce, Event=threading.Event)),
        patch.object(taking, "PORTION_BYTES", PORTION_BYTES),
    ):
        yield
