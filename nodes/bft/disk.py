"""The files of the signer and the witness, behind one small interface so that tests can take the power away.

What is appended or truncated is durable after `sync`, and not before: a crash may
lose it, keep part of it, or keep a later write and lose an earlier one. `replace`
is durable at once, and whole or not at all. Any call may raise `OSError`, such as
for a full disk. The machine's disk is `OsDisk`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Protocol

if sys.platform == "win32":
    import msvcrt

    def _lock_exclusively(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    _BINARY = os.O_BINARY

else:
    import fcntl

    def _lock_exclusively(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    _BINARY = 0


class Closeable(Protocol):
    """What is held until it is closed."""

    def close(self) -> None:
        """Let go; harmless the second time."""
        ...


class File(Closeable, Protocol):
    """One open file that grows at its end."""

    def size(self) -> int:
        """Its length in bytes."""
        ...

    def read(self, offset: int, length: int) -> bytes:
        """The bytes from `offset` on, fewer than `length` at the end of the file."""
        ...

    def append(self, data: bytes) -> None:
        """Write at the end; durable after the next `sync`."""
        ...

    def truncate(self, size: int) -> None:
        """Cut the file to `size` bytes; durable after the next `sync`."""
        ...

    def sync(self) -> None:
        """Return when the content is on disk."""
        ...


class Disk(Protocol):
    """Where the files are."""

    def exists(self, path: Path) -> bool:
        """Whether there is a file at `path`."""
        ...

    def is_private(self, path: Path) -> bool:
        """Whether nobody but its owner may read or write the file at `path`."""
        ...

    def folder(self, path: Path) -> tuple[Path, ...]:
        """The files in the folder at `path`, which is made when it is absent."""
        ...

    def open(self, path: Path, *, mode: int) -> File:
        """The file at `path`, made with `mode` when it is absent."""
        ...

    def replace(self, path: Path, data: bytes, *, mode: int) -> None:
        """Put a file with `data` at `path`, durably, whole or not at all. Nobody has the old one open."""
        ...

    def lock(self, path: Path) -> Closeable:
        """An exclusive lock that ends with the process, however it ends; raises `OSError` when it is held."""
        ...


class OsFile:
    """A file of the operating system."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def size(self) -> int:
        return os.fstat(self._descriptor).st_size

    def read(self, offset: int, length: int) -> bytes:
        os.lseek(self._descriptor, offset, os.SEEK_SET)
        parts = []
        while length > 0 and (part := os.read(self._descriptor, length)):
            parts.append(part)
            length -= len(part)
        return b"".join(parts)

    def append(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]

    def truncate(self, size: int) -> None:
        os.ftruncate(self._descriptor, size)

    def sync(self) -> None:
        os.fsync(self._descriptor)

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class OsDisk:
    """The disk of this machine."""

    def exists(self, path: Path) -> bool:
        return path.exists()

    def is_private(self, path: Path) -> bool:
        return os.name != "posix" or not path.stat().st_mode & 0o077

    def folder(self, path: Path) -> tuple[Path, ...]:
        path.mkdir(mode=0o750, parents=True, exist_ok=True)
        return tuple(sorted(path.iterdir()))

    def open(self, path: Path, *, mode: int) -> File:
        made = not path.exists()
        file = OsFile(os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | _BINARY, mode))
        if made:
            sync_folder(path.parent)
        return file

    def replace(self, path: Path, data: bytes, *, mode: int) -> None:
        new = path.with_name(path.name + ".new")
        new.unlink(missing_ok=True)
        file = OsFile(os.open(new, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | _BINARY, mode))
        try:
            file.append(data)
            file.sync()
        finally:
            file.close()
        new.replace(path)
        sync_folder(path.parent)

    def lock(self, path: Path) -> Closeable:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock_exclusively(descriptor)
        except OSError:
            os.close(descriptor)
            raise
        return OsFile(descriptor)


def sync_folder(folder: Path) -> None:
    """Make a created or renamed name durable, where the system lets a folder be synced."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


OS_DISK = OsDisk()
"""What a node uses."""
