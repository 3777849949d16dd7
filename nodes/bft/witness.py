"""The witness log: what names the guilty, should one height ever be sealed twice (clauses F1 to F3).

For every height decided here, the seal and all polkas seen, in segments named
after their first height; and all charges, in a file of their own. Records are
lines of canonical JSON (`ledger.accountability.witness`), only ever appended, and
read by people and tools. No record is ever dropped: some 700 bytes a height, for
as long as anybody may want to convict. A segment that is full is never opened
again, so that an operator may move it to cheaper storage.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ledger.accountability import Attestation, Charge, Place, WitnessRecord, parse_line, record_line
from ledger.errors import EncodingError
from ledger.primitives import Height
from ledger.seal import Seal
from nodes.bft.accountability import certificate_attestation
from nodes.bft.disk import OS_DISK, Disk, File
from nodes.bft.messages import Certificate
from nodes.bft.recovery import LockRecord

SEGMENT_BYTES = 16 * 1_048_576
"""A segment that has reached this is full: some 24,000 heights."""

CHARGES_FILE = "charges.witness"
SEGMENT_PREFIX = "heights-"

CHUNK_BYTES = 65_536
"""Read at once when the end of the last whole line is looked for."""

MAX_READ_BYTES = 4 * 1_048_576
"""How much of the charges is read at a start, to know who was caught; the rest is for people."""

_HEIGHT = re.compile(rb'"height":([0-9]{1,16}),')
"""The first in a line is that of the record; the seal repeats it."""

MODE = 0o640
"""Readable by an operator's group: nothing in it is secret."""


def decided_record(
    height: Height, validators_hash: bytes, seal: Seal, polkas: tuple[Certificate, ...]
) -> WitnessRecord:
    """How a height was decided."""
    return WitnessRecord(
        height=height,
        validators=validators_hash.hex(),
        seal=seal,
        polkas=tuple(certificate_attestation(polka) for polka in polkas),
    )


def rested_records(locks: Iterable[LockRecord]) -> tuple[WitnessRecord, ...]:
    """What journals know of some heights: a record each, lowest first, without a seal (F3)."""
    found: dict[tuple[int, str], dict[Attestation, None]] = {}
    for lock in locks:
        place = lock.polka.height, lock.validators_hash.hex()
        found.setdefault(place, {})[certificate_attestation(lock.polka)] = None
    return tuple(
        WitnessRecord(height=height, validators=validators, polkas=tuple(found[height, validators]))
        for height, validators in sorted(found)
    )


def charge_record(place: Place, charge: Charge) -> WitnessRecord:
    """A contradiction."""
    return WitnessRecord(height=place.height, validators=place.validators.hash.hex(), charges=(charge,))


class WitnessLog:
    """The folder, open for appending. One thread at a time."""

    def __init__(self, folder: Path, disk: Disk = OS_DISK, *, segment_bytes: int = SEGMENT_BYTES) -> None:
        """Open or create the folder, and go on in its newest segment."""
        self._folder = folder
        self._disk = disk
        self._segment_bytes = segment_bytes
        self._missed = False
        segments = [path for path in disk.folder(folder) if path.name.startswith(SEGMENT_PREFIX)]
        self._charges = self._open(folder / CHARGES_FILE)
        self._segment: File | None = self._open(max(segments)) if segments else None

    def _open(self, path: Path) -> File:
        """A file, without the line that a crash may have left incomplete."""
        file = self._disk.open(path, mode=MODE)
        size = end = file.size()
        while end > 0 and file.read(end - 1, 1) != b"\n":
            start = max(0, end - CHUNK_BYTES)
            end = start + file.read(start, end - start).rfind(b"\n") + 1
        if end < size:
            file.truncate(end)
            file.sync()
        return file

    def append(self, record: WitnessRecord) -> None:
        """Add a record. Charges are synced at once; the rest is durable after `sync`.

        Raises `OSError` when the disk does not take it.
        """
        if record.charges:
            self._charges.append(record_line(record))
            self._charges.sync()
            return
        try:
            self._segment_for(record.height).append(record_line(record))
        except OSError:
            self._missed = True
            raise

    def _segment_for(self, height: int) -> File:
        if self._segment is not None and self._segment.size() >= self._segment_bytes:
            self._segment.sync()
            self._segment.close()
            self._segment = None
        if self._segment is None:
            self._segment = self._open(self._folder / f"{SEGMENT_PREFIX}{height:012d}.witness")
        return self._segment

    def sync(self) -> None:
        """Return when all records are on disk, those that an earlier process wrote among them.

        Raises `OSError` when one of them was not taken.
        """
        if self._missed:
            raise OSError(f"a record is missing in {self._folder}: it could not be written before")
        if self._segment is not None:
            self._segment.sync()

    def lacks(self, records: Sequence[WitnessRecord]) -> tuple[WitnessRecord, ...]:
        """Those of the records that have a polka which the newest segment has not, or not whole.

        Whatever a power cut may have taken was in there: a full segment is synced before the next is begun.
        """
        if self._segment is None or not records:
            return tuple(records)
        lowest = min(record.height for record in records)
        there: set[tuple[int, Attestation]] = set()
        for line in self._segment.read(0, self._segment.size()).splitlines(keepends=True):
            height = _HEIGHT.search(line)
            if height is not None and int(height[1]) >= lowest:
                with contextlib.suppress(EncodingError):
                    known = parse_line(line, field=SEGMENT_PREFIX)
                    there.update((known.height, polka) for polka in known.polkas)
        return tuple(r for r in records if not there.issuperset((r.height, polka) for polka in r.polkas))

    def charges(self) -> Iterator[WitnessRecord]:
        """The oldest charges, to know at a start who was caught before. A damaged one is left out."""
        for line in self._charges.read(0, MAX_READ_BYTES).splitlines(keepends=True):
            if line.endswith(b"\n") and line != b"\n":
                with contextlib.suppress(EncodingError):
                    yield parse_line(line, field=CHARGES_FILE)

    def close(self) -> None:
        """Sync and close."""
        for file in (self._charges, self._segment):
            if file is not None:
                try:
                    file.sync()
                finally:
                    file.close()
