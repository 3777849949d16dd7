"""The signing journal: what a validator's key has said, durable before anyone hears it.

One append-only file beside the key: a header, then records, each framed as length,
CRC-32 of the record, CRC-32 of those two, and msgpack. A torn tail, which only a
crash during a write leaves, is cut off on opening: nothing in it was sent. Damage
before the tail is not repaired, since what was signed is then unknown; the file
refuses to open. A lock held while
it is open keeps a second process from signing with the same key. The file must
never be in a backup: restored, it would have forgotten (J6). Not thread-safe: one
thread at a time.
"""

from __future__ import annotations

import os
import struct
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import msgspec

from nodes.bft.recovery import AbstainRecord, CommittedRecord, Record

MAGIC = b"sealane-journal/1\n"

ROTATE_BYTES = 8_388_608
"""Size at which committed heights are cut away: a few of the largest blocks."""

_FRAME = struct.Struct(">III")
_FRAME_CHECKED = 8
_ENCODER = msgspec.msgpack.Encoder()
_DECODER: msgspec.msgpack.Decoder[Record] = msgspec.msgpack.Decoder(Record)


if sys.platform == "win32":
    import msvcrt

    def _lock_exclusively(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock_exclusively(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class JournalError(Exception):
    """The journal cannot be used: damaged, readable by others, or in use by another process."""


class FileJournal:
    """A journal on disk. Use `close` or a `with` block to release it."""

    def __init__(self, path: Path) -> None:
        """Open the journal, creating it when it is absent; raises `JournalError`."""
        self._path = path
        self.fresh = True
        self._lock = _take_lock(path.with_name(path.name + ".lock"))
        try:
            self._file = self._open()
        except BaseException:
            os.close(self._lock)
            raise
        self._records: list[Record] = []
        self._dirty = False
        try:
            self._load()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> FileJournal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> int:
        if not self._path.exists():
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            os.write(file, MAGIC)
            os.fsync(file)
            _sync_folder(self._path.parent)
            return file
        mode = self._path.stat().st_mode
        if os.name == "posix" and mode & 0o077:
            raise JournalError(f"{self._path} may be read or written by others: set its mode to 600")
        return os.open(self._path, os.O_RDWR)

    def _load(self) -> None:
        data = self._path.read_bytes()
        if not data.startswith(MAGIC):
            raise JournalError(f"{self._path} is not a signing journal of this version")
        offset = len(MAGIC)
        while offset < len(data):
            payload = _read_frame(data, offset)
            if payload is None:
                self._cut_torn_tail(data, offset)
                break
            self._keep(_decode(payload, self._path))
            offset += _FRAME.size + len(payload)
        os.lseek(self._file, offset, os.SEEK_SET)
        self.fresh = not self._records

    def _cut_torn_tail(self, data: bytes, offset: int) -> None:
        """Cut off the last frame when it is incomplete; refuse when this is no tail, or not a torn one."""
        end = _claimed_end(data, offset)
        if end is None and any(data[offset:]) and offset + _FRAME.size <= len(data):
            raise JournalError(f"{self._path} is damaged at byte {offset}: what this key signed is unknown")
        if end is not None and end < len(data):
            raise JournalError(f"{self._path} is damaged at byte {offset}: what this key signed is unknown")
        os.ftruncate(self._file, offset)
        os.fsync(self._file)

    def _keep(self, record: Record) -> None:
        """Remember a record; a committed height makes those before it irrelevant, abstentions apart."""
        if isinstance(record, CommittedRecord):
            self._records[:] = [r for r in self._records if isinstance(r, AbstainRecord)][-1:]
        self._records.append(record)

    def records(self) -> Sequence[Record]:
        """Everything since the last committed height, oldest first, and the last abstention."""
        return tuple(self._records)

    def append(self, record: Record) -> None:
        """Write a record; durable after the next `sync`."""
        payload = _ENCODER.encode(record)
        _write_all(self._file, _frame(payload))
        self._keep(record)
        self._dirty = True
        if isinstance(record, CommittedRecord) and os.lseek(self._file, 0, os.SEEK_CUR) > ROTATE_BYTES:
            self._rotate()

    def sync(self) -> None:
        """Return when all records are on disk; one system call for any number of them."""
        if self._dirty:
            os.fsync(self._file)
            self._dirty = False

    def _rotate(self) -> None:
        """Replace the file by one with the records still needed, whole or not at all."""
        new = self._path.with_name(self._path.name + ".new")
        file = os.open(new, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        _write_all(file, MAGIC + b"".join(_frame(_ENCODER.encode(record)) for record in self._records))
        os.fsync(file)
        new.replace(self._path)
        _sync_folder(self._path.parent)
        os.close(self._file)
        self._file, self._dirty = file, False

    def close(self) -> None:
        """Make everything durable and release the journal to other processes."""
        if self._file >= 0:
            self.sync()
            os.close(self._file)
            os.close(self._lock)
            self._file = -1


def _frame(payload: bytes) -> bytes:
    checked = struct.pack(">II", len(payload), zlib.crc32(payload))
    return checked + struct.pack(">I", zlib.crc32(checked)) + payload


def _claimed_end(data: bytes, offset: int) -> int | None:
    """Where the frame at `offset` says that it ends; None when its head is cut short or damaged."""
    if offset + _FRAME.size > len(data):
        return None
    length, _, check = _FRAME.unpack_from(data, offset)
    if check != zlib.crc32(data[offset : offset + _FRAME_CHECKED]):
        return None
    return offset + _FRAME.size + int(length)


def _read_frame(data: bytes, offset: int) -> bytes | None:
    """The record in the frame at `offset`; None when it is cut short or damaged."""
    end = _claimed_end(data, offset)
    if end is None or end > len(data):
        return None
    _, checksum, _ = _FRAME.unpack_from(data, offset)
    payload = data[offset + _FRAME.size : end]
    return payload if zlib.crc32(payload) == checksum else None


def _decode(payload: bytes, path: Path) -> Record:
    try:
        return _DECODER.decode(payload)
    except msgspec.DecodeError as error:
        raise JournalError(f"{path} holds a record that this version does not know: {error}") from None


def _write_all(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def _sync_folder(folder: Path) -> None:
    """Make a created or renamed name durable, where the system lets a folder be synced."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _take_lock(path: Path) -> int:
    """An exclusive lock that ends with the process, however it ends."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock_exclusively(descriptor)
    except OSError:
        os.close(descriptor)
        raise JournalError(f"{path} is held: another process signs with this key") from None
    return descriptor
