"""The witness file: what names the guilty, should one height ever be sealed twice (clauses F1, F2).

For every height decided here, the seal and all polkas seen; and every pair of
contradicting votes caught. It is only appended to, outlives the pruning of
blocks, and is read by people and tools, never by the engine. It is never cut
either: some 600 bytes a height, for as long as anybody may want to convict. What can be concluded
from it is for `accountability`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ledger.primitives import Height
from ledger.seal import Seal
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

    def __init__(self, path: Path) -> None:
        """Open or create the file, without the record that a crash may have left incomplete."""
        self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640)
        os.ftruncate(self._file, _whole_records(self._file))

    def append(self, record: WitnessRecord) -> None:
        """Add a record. Evidence of a fault is synced at once; the rest follows when the system writes."""
        payload = _ENCODER.encode(record)
        view = memoryview(len(payload).to_bytes(4, "big") + payload)
        while view:
            view = view[os.write(self._file, view) :]
        if isinstance(record, CaughtRecord):
            os.fsync(self._file)

    def close(self) -> None:
        """Sync and close."""
        os.fsync(self._file)
        os.close(self._file)


def _whole_records(file: int) -> int:
    """Where the last whole record ends: what is appended after a torn one could not be read."""
    size, end = os.fstat(file).st_size, 0
    with os.fdopen(os.dup(file), "rb") as reader:
        while len(head := reader.read(4)) == 4:
            following = end + 4 + int.from_bytes(head, "big")
            if following > size:
                break
            end = reader.seek(following)
    return end


def read_witness(path: Path) -> Iterator[WitnessRecord]:
    """All whole records of a witness file, oldest first; an incomplete last one is left out."""
    data = path.read_bytes()
    offset = 0
    while offset + 4 <= len(data):
        end = offset + 4 + int.from_bytes(data[offset : offset + 4], "big")
        if end > len(data):
            return
        yield _DECODER.decode(data[offset + 4 : end])
        offset = end
