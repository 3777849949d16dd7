"""What a node keeps of every height, so that the guilty of a fork can be named: lines of canonical JSON.

Each line begins with the CRC-32 of what follows, so that a flipped byte is told from
what a node wrote. Reading and writing files is for the callers.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Annotated

import msgspec

from ledger import canonical
from ledger.accountability.attestation import Attestation
from ledger.accountability.charge import Charge
from ledger.canonical import Canonical
from ledger.errors import EncodingError
from ledger.primitives import HexHash, UInt
from ledger.seal import Seal

MAX_RECORD_BYTES = 1_048_576
"""Room for the polkas of a thousand rounds; an ordinary height takes 700 bytes."""


class WitnessRecord(Canonical, frozen=True, kw_only=True):
    """What was signed at one height, as far as one node saw it."""

    height: UInt
    validators: HexHash
    """Hash of the set that signs this height."""
    seal: Seal | None = None
    """How the height was decided; absent where only charges are recorded."""
    polkas: Annotated[tuple[Attestation, ...], msgspec.Meta(max_length=2_000)] = ()
    """Every polka for a block that the node saw."""
    charges: Annotated[tuple[Charge, ...], msgspec.Meta(max_length=2_000)] = ()
    """Contradictions that the node saw, or learned of from others and verified."""


def record_line(record: WitnessRecord) -> bytes:
    """A record as it is appended: a line of its own, whatever lies before it."""
    payload = canonical.encode(record)
    return b"\n%08x %b\n" % (zlib.crc32(payload), payload)


def read_records(
    lines: Iterable[bytes], *, field: str, height: int | None = None
) -> Iterator[tuple[str, WitnessRecord]]:
    """The records in a witness file, or those of one height, each with the place where it was found.

    `lines` are those of the file, ends included; a last one without its end was
    cut off by a crash. Those of other heights are only searched for the number,
    since files are long. Raises `EncodingError` for a line that is damaged or no
    record.
    """
    for number, line in enumerate(lines, start=1):
        if (height is None or b'"height":%d,' % height in line) and line.endswith(b"\n") and line != b"\n":
            record = parse_line(line, field=f"{field}:{number}")
            if height in (None, record.height):
                yield f"{field}:{number}", record


def parse_line(line: bytes, *, field: str) -> WitnessRecord:
    """The record in a line; `EncodingError` when the line is damaged or holds none."""
    checksum, _, payload = line[:-1].partition(b" ")
    if checksum != b"%08x" % zlib.crc32(payload):
        raise EncodingError("the line is damaged: it does not have its checksum", field=field)
    return canonical.decode(payload, WitnessRecord, max_bytes=MAX_RECORD_BYTES, field=field)
