"""A disk that loses, tears and reorders what was not synced, and that can be full.

`nodes.bft.disk.Disk` in memory, one for each machine; it survives the crashes of its
node. Before and after every write, sync and replacement it tells `boundary`, where
the simulation may decide that the power fails: that raises, and the call ends there.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.simulation.loop import LIFE, Crashed, Life


@dataclass
class Stored:
    """One file: what a power cut keeps, and what it may not."""

    durable: bytes = b""
    pending: list[bytes | int] = field(default_factory=list)
    """Writes since the last sync, oldest first; a number is a truncation."""
    holder: Life | None = None
    """Who has it locked."""

    def content(self) -> bytes:
        """What a reader sees."""
        return _applied(self.durable, self.pending)


def _applied(data: bytes, writes: list[bytes | int]) -> bytes:
    for write in writes:
        data = data[:write] if isinstance(write, int) else data + write
    return data


class SimulatedDisk:
    """See the module."""

    def __init__(self, boundary: Callable[[str], None]) -> None:
        self._boundary = boundary
        self.files: dict[Path, Stored] = {}
        self.full = False
        self.was_full = False
        """Whether it refused a write since the node that lives now was started."""
        self.on_sync: Callable[[Path, bytes, bool], None] = lambda _path, _data, _replaced: None
        self.losses = dict.fromkeys(("kept", "lost", "torn", "reordered"), 0)
        """What became of unsynced writes in power cuts."""

    def touch(self, kind: str) -> None:
        """Come to a boundary; a dead node gets no further."""
        life = LIFE.get()
        if life is not None and life.dead:
            raise Crashed
        self._boundary(kind)

    def take_room(self) -> None:
        """Raise `OSError` while the disk is full."""
        if self.full:
            self.was_full = True
            raise OSError(errno.ENOSPC, "no space left on the simulated disk")

    # ----- nodes.bft.disk.Disk ------------------------------------------------

    def exists(self, path: Path) -> bool:
        return path in self.files

    def is_private(self, path: Path) -> bool:
        return path in self.files

    def folder(self, path: Path) -> tuple[Path, ...]:
        return tuple(sorted(file for file in self.files if file.parent == path))

    def open(self, path: Path, *, mode: int) -> OpenFile:
        if path not in self.files:
            self.touch("before-create")
            self.take_room()
            self.files[path] = Stored()
        return OpenFile(self, path)

    def replace(self, path: Path, data: bytes, *, mode: int) -> None:
        self.touch("before-replace")
        self.take_room()
        self.files[path] = Stored(durable=data)
        self.on_sync(path, data, True)
        self.touch("after-replace")

    def lock(self, path: Path) -> Lock:
        stored = self.files.setdefault(path, Stored())
        if stored.holder is not None and not stored.holder.dead:
            raise BlockingIOError(errno.EWOULDBLOCK, f"{path} is locked")
        stored.holder = LIFE.get()
        return Lock(stored)

    # ----- power --------------------------------------------------------------

    def release(self) -> None:
        """The process has ended: its locks with it."""
        for stored in self.files.values():
            stored.holder = None

    def power_cut(self, random: Random) -> None:
        """Decide what is left of everything unsynced."""
        for path, stored in self.files.items():
            stored.holder = None
            if stored.pending:
                fate = random.choice(("kept", "lost", "torn", "reordered"))
                self.losses[fate] += 1
                stored.durable = _after_cut(stored, fate, random)
                stored.pending = []
                self.on_sync(path, stored.durable, False)


def _after_cut(stored: Stored, fate: str, random: Random) -> bytes:
    writes = stored.pending
    if fate == "kept":
        return stored.content()
    if fate == "lost":
        return stored.durable
    keep = random.randrange(len(writes))
    data, victim = _applied(stored.durable, writes[:keep]), writes[keep]
    if isinstance(victim, int):
        return data
    if fate == "torn":
        return data + victim[: random.randrange(len(victim) + 1)]
    hole = data + bytes(len(victim))
    later = [write for write in writes[keep + 1 :] if not isinstance(write, int)]
    return hole + b"".join(later[: random.randrange(len(later) + 1)])


class OpenFile:
    """`nodes.bft.disk.File`."""

    def __init__(self, disk: SimulatedDisk, path: Path) -> None:
        self._disk = disk
        self._path = path

    def _stored(self) -> Stored:
        return self._disk.files[self._path]

    def size(self) -> int:
        return len(self._stored().content())

    def read(self, offset: int, length: int) -> bytes:
        return self._stored().content()[offset : offset + length]

    def append(self, data: bytes) -> None:
        self._disk.touch("before-write")
        if self._disk.full:
            # A full disk takes what still fits.
            self._stored().pending.append(data[: len(data) // 2])
        self._disk.take_room()
        self._stored().pending.append(data)
        self._disk.touch("after-write")

    def truncate(self, size: int) -> None:
        self._disk.touch("before-truncate")
        self._stored().pending.append(size)

    def sync(self) -> None:
        self._disk.touch("before-sync")
        stored = self._stored()
        stored.durable, stored.pending = stored.content(), []
        self._disk.on_sync(self._path, stored.durable, False)
        self._disk.touch("after-sync")

    def close(self) -> None:
        """What was written stays with the file."""


class Lock:
    """An exclusive lock; power cuts and the end of its holder release it."""

    def __init__(self, stored: Stored) -> None:
        self._stored = stored

    def close(self) -> None:
        self._stored.holder = None
