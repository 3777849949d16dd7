"""The witness file: what names the guilty, should one height ever be sealed twice (clauses F1, F2).

For every height decided here, the seal and all polkas seen; and every pair of
contradicting votes caught. It is only appended to, outlives the pruning of
blocks, and is read by people and tools, never by the engine. It is never cut
either: some 600 bytes a height, for as long as anybody may want to convict. What can be concluded
from it is for `accountability`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from ledger.primitives import Height
from ledger.seal import Seal
from nodes.bft.disk import OS_DISK, Disk, File
from nodes.bft.frames import HEAD_BYTES, claimed_end, frame, read_frame
from nodes.bft.messages import Certificate, Vote


class HeightRecord(msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag=1):
    """How a height was decided."""

    height: Height
    seal: Seal
    polkas: tuple[Certificate, ...]


class CaughtRecord(msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag=2):
    """Two votes of one validator for one place."""

    first: Vote
    second: Vote


WitnessRecord = HeightRecord | CaughtRecord

_ENCODER = msgspec.msgpack.Encoder()
_DECODER: msgspec.msgpack.Decoder[WitnessRecord] = msgspec.msgpack.Decoder(WitnessRecord)


class WitnessFile:
    """The file, open for appending. One thread at a time."""

    def __init__(self, path: Path, disk: Disk = OS_DISK) -> None:
        """Open or create the file, without what a crash may have left incomplete at its end."""
        self._file = disk.open(path, mode=0o640)
        size, end = self._file.size(), _whole_frames(self._file)
        if end < size:
            self._file.truncate(end)
            self._file.sync()

    def append(self, record: WitnessRecord) -> None:
        """Add a record. Evidence of a fault is synced at once; the rest follows when the system writes."""
        self._file.append(frame(_ENCODER.encode(record)))
        if isinstance(record, CaughtRecord):
            self._file.sync()

    def close(self) -> None:
        """Sync and close."""
        try:
            self._file.sync()
        finally:
            self._file.close()


def _whole_frames(file: File) -> int:
    """Where the frames end that can be stepped through: what is appended after others could not be read."""
    size, end = file.size(), 0
    while (following := claimed_end(file.read(end, HEAD_BYTES), 0)) is not None and end + following <= size:
        end += following
    return end


def read_witness(path: Path) -> Iterator[WitnessRecord]:
    """All whole records of a witness file, oldest first; what a crash left incomplete is left out."""
    data = path.read_bytes()
    offset = 0
    while (end := claimed_end(data, offset)) is not None and end <= len(data):
        payload = read_frame(data, offset)
        if payload is not None:
            yield _DECODER.decode(payload)
        offset = end
