"""The tar archives that backups are: regular files one after another, each behind one plain header.

They are read header by header, since Python's own reader follows long names, sparse
maps and sizes below zero wherever an archive leads it, without end if it says so.
"""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

_BLOCK = tarfile.BLOCKSIZE


class ArchiveError(Exception):
    """Bytes that are no archive of regular files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file of an archive."""

    name: str
    size: int
    """Bytes, all of which are there."""


def members(archive: IO[bytes]) -> Iterator[Member]:
    """Each file of an archive; the caller may read its data, and no more, before it asks for the next.

    Raises `ArchiveError` for what is no regular file, or is cut off, and `OSError`.
    """
    end = archive.seek(0, os.SEEK_END)
    place = 0
    while place < end:
        archive.seek(place)
        block = archive.read(_BLOCK)
        if not block.strip(b"\0"):
            return
        try:
            found = tarfile.TarInfo.frombuf(block, "utf-8", "replace")
        except tarfile.HeaderError as error:
            raise ArchiveError(f"no header at byte {place}: {error}") from None
        place += _BLOCK
        if found.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
            raise ArchiveError(f"what begins at byte {place} is no regular file")
        if not 0 <= found.size <= end - place:
            raise ArchiveError(f"{found.size} bytes are announced at byte {place} of {end}")
        yield Member(name=found.name, size=found.size)
        place += -(-found.size // _BLOCK) * _BLOCK
