"""The signing journal: what a validator's key has said, durable before anyone hears it.

One append-only file beside the key: a header, then msgpack records in frames. The
first record after each sync is a mark, which says that all before it is on disk.
So a damaged frame with a mark behind it is damage that no crash explains: what was
signed is then unknown, and the file refuses to open. Without one it was being
written when the power went; it and all behind it are cut off, for nothing in there
was sent, in whatever order the disk wrote it. A lock held while the file is open
keeps a second process from signing with the same key. The file must never be in a
backup: restored, it would have forgotten (J6). Not thread-safe: one thread at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import msgspec

from nodes.bft.disk import OS_DISK, Closeable, Disk, File
from nodes.bft.frames import HEAD_BYTES, frame, read_frame
from nodes.bft.recovery import CommittedRecord, LockRecord, Record, standing

MAGIC = b"sealane-journal/1\n"

MODE = 0o600
"""What a key signed is nobody else's business, and nobody else's to change."""

LONG_BYTES = 8_388_608
"""Size at which committed heights are to be cut away: a few of the largest blocks."""

MARK_BYTES = 8
"""A mark is its own place in the file, which no record can be."""

_ENCODER = msgspec.msgpack.Encoder()
_DECODER: msgspec.msgpack.Decoder[Record] = msgspec.msgpack.Decoder(Record)


class JournalError(Exception):
    """The journal cannot be used: damaged, readable by others, or in use by another process."""


class FileJournal:
    """A journal on disk. Use `close` or a `with` block to release it."""

    def __init__(self, path: Path, disk: Disk = OS_DISK) -> None:
        """Open the journal, creating it when it is absent; raises `JournalError`.

        What it holds then is synced: a process that was killed may have written what it did not sync.
        """
        self._path = path
        self._disk = disk
        self.fresh = True
        self._lock = _take_lock(disk, path.with_name(path.name + ".lock"))
        try:
            self._file = self._open()
        except BaseException:
            self._lock.close()
            raise
        self._records: list[Record] = []
        self._locks: list[LockRecord] = []
        self._dirty = False
        self._closed = False
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

    def _open(self) -> File:
        if not self._disk.exists(self._path):
            self._disk.replace(self._path, MAGIC, mode=MODE)
        if not self._disk.is_private(self._path):
            raise JournalError(f"{self._path} may be read or written by others: set its mode to 600")
        return self._disk.open(self._path, mode=MODE)

    def _load(self) -> None:
        self._size = self._file.size()
        data = self._file.read(0, self._size)
        if not data.startswith(MAGIC):
            raise JournalError(f"{self._path} is not a signing journal of this version")
        offset = len(MAGIC)
        while offset < len(data):
            payload = read_frame(data, offset)
            if payload is None:
                self._cut_torn_tail(data, offset)
                break
            if payload != _mark(offset):
                record = _decode(payload, self._path)
                self._keep(record)
                if isinstance(record, LockRecord):
                    self._locks.append(_without_block(record))
            offset += HEAD_BYTES + len(payload)
        self._file.sync()
        self.fresh = not self._records

    def _cut_torn_tail(self, data: bytes, offset: int) -> None:
        """Cut off what was not synced; refuse when a mark says that it was."""
        if _is_marked(data, offset):
            raise JournalError(f"{self._path} is damaged at byte {offset}: what this key signed is unknown")
        self._file.truncate(offset)
        self._size = offset

    def _keep(self, record: Record) -> None:
        """Remember a record; a committed height makes those before it irrelevant, the standing ones apart."""
        if isinstance(record, CommittedRecord):
            self._records[:] = standing(self._records)
        self._records.append(record)

    def records(self) -> Sequence[Record]:
        """Everything since the last committed height, oldest first, and what stands for longer."""
        return tuple(self._records)

    def locks(self) -> Sequence[LockRecord]:
        """The lock records that the file held when it was opened, without their blocks: those of heights
        committed since are among them until they are cut away by `compact` (F3).
        """
        return tuple(self._locks)

    def append(self, record: Record) -> None:
        """Write a record; durable after the next `sync`."""
        data = frame(_ENCODER.encode(record))
        if not self._dirty:
            data = frame(_mark(self._size)) + data
        self._dirty = True
        self._file.append(data)
        self._size += len(data)
        self._keep(record)

    def sync(self) -> None:
        """Return when all records are on disk; one system call for any number of them."""
        if self._dirty:
            self._file.sync()
            self._dirty = False

    def is_long(self) -> bool:
        """Whether it is time to `compact`."""
        return self._size > LONG_BYTES

    def compact(self) -> None:
        """Replace the file by one with the records still needed, durably, whole or not at all.

        The polkas of committed heights go, so the witness log must have them on disk (F3).
        """
        data = MAGIC + b"".join(frame(_ENCODER.encode(record)) for record in self._records)
        self._file.close()
        self._disk.replace(self._path, data, mode=MODE)
        self._file = self._disk.open(self._path, mode=MODE)
        self._size, self._dirty = len(data), False
        self._locks = [_without_block(record) for record in self._records if isinstance(record, LockRecord)]

    def close(self) -> None:
        """Make everything durable and release the journal to other processes."""
        if self._closed:
            return
        self._closed = True
        try:
            self.sync()
        finally:
            self._file.close()
            self._lock.close()


def check_journal(path: Path) -> None:
    """Read a journal as opening it does, without its lock and changing nothing; raises `JournalError`."""
    data = path.read_bytes()
    if not data.startswith(MAGIC):
        raise JournalError(f"{path} is not a signing journal of this version")
    offset = len(MAGIC)
    while offset < len(data):
        payload = read_frame(data, offset)
        if payload is None:
            if _is_marked(data, offset):
                raise JournalError(f"{path} is damaged at byte {offset}: what this key signed is unknown")
            return
        if payload != _mark(offset):
            _decode(payload, path)
        offset += HEAD_BYTES + len(payload)


def _without_block(record: LockRecord) -> LockRecord:
    return msgspec.structs.replace(record, proposal=b"")


def _mark(offset: int) -> bytes:
    return offset.to_bytes(MARK_BYTES, "big")


def _is_marked(data: bytes, damaged: int) -> bool:
    """Whether a mark follows the damaged byte."""
    length = MARK_BYTES.to_bytes(4, "big")
    offset = data.find(length, damaged + 1)
    while offset >= 0:
        if read_frame(data, offset) == _mark(offset):
            return True
        offset = data.find(length, offset + 1)
    return False


def _decode(payload: bytes, path: Path) -> Record:
    try:
        return _DECODER.decode(payload)
    except msgspec.DecodeError as error:
        raise JournalError(f"{path} holds a record that this version does not know: {error}") from None


def _take_lock(disk: Disk, path: Path) -> Closeable:
    try:
        return disk.lock(path)
    except OSError:
        raise JournalError(f"{path} is held: another process signs with this key") from None
