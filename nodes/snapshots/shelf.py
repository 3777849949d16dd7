"""Snapshots as files: those that this node offers, and the one that it is joining with.

A snapshot is a folder: one file for each portion of the state, named by the key
hash that it follows, one for each answer about the past, named by its last block,
and, once all is there, the offer. A folder without an offer is unfinished. Each file
appears whole and durable or not at all, so a crash loses none of the others.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from ledger.block import header_id
from ledger.primitives import Height
from nodes.snapshots.messages import NotUnderstood, Offer, decode, encode

KEPT = 2
"""Finished snapshots that are kept: who began to join with the last one but one can finish."""

_OFFER = "offer"
_FIRST = "first"


class Folder:
    """One snapshot."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def portion(self, after: bytes) -> bytes | None:
        """The portion that follows a key hash, or None."""
        return self._get(f"state-{after.hex() or _FIRST}")

    def put_portion(self, after: bytes, data: bytes) -> None:
        """Keep a portion."""
        self._put(f"state-{after.hex() or _FIRST}", data)

    def past(self, height: Height) -> bytes | None:
        """The answer about the past that ends with a block, or None."""
        return self._get(f"past-{height}")

    def put_past(self, height: Height, data: bytes) -> None:
        """Keep an answer about the past."""
        self._put(f"past-{height}", data)

    def finish(self, offer: Offer) -> None:
        """Note that everything is there, but the past: whoever asks for that is answered by the database."""
        for file in self.path.glob("past-*"):
            file.unlink()
        self._put(_OFFER, encode(offer))

    def offer(self) -> Offer | None:
        """What is offered with it; None while it is unfinished."""
        data = self._get(_OFFER)
        try:
            return None if data is None else decode(data, Offer)
        except NotUnderstood:
            return None

    def discard(self) -> None:
        """Remove it all."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _get(self, name: str) -> bytes | None:
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError:
            return None

    def _put(self, name: str, data: bytes) -> None:
        new = self.path / f"{name}.new"
        file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(file, "wb", closefd=False) as stream:
                stream.write(data)
            os.fsync(file)
        finally:
            os.close(file)
        new.replace(self.path / name)


class Shelf:
    """All snapshots of a node. The folder is made when the first is."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def folder(self, offer: Offer) -> Folder:
        """The folder for a snapshot, made if need be."""
        folder = Folder(self._path / _name(offer))
        folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def begun(self, offer: Offer) -> bool:
        """Whether some of a snapshot is there."""
        return (self._path / _name(offer)).is_dir()

    def offers(self) -> tuple[Offer, ...]:
        """What can be had here, the newest first."""
        found = (folder.offer() for folder in self._folders())
        return tuple(offer for offer in found if offer is not None)[:KEPT]

    def find(self, height: Height) -> Folder | None:
        """The finished snapshot of a height, or None."""
        for folder in self._folders():
            offer = folder.offer()
            if offer is not None and offer.header.height == height:
                return folder
        return None

    def tidy(self, under_way: Sequence[Offer] = ()) -> None:
        """Remove what is unfinished, those under way apart, and all finished but the newest."""
        kept, mine = 0, {_name(offer) for offer in under_way}
        for folder in self._folders():
            finished = folder.offer() is not None
            kept += finished
            if folder.path.name not in mine and (not finished or kept > KEPT):
                folder.discard()

    def _folders(self) -> list[Folder]:
        if not self._path.is_dir():
            return []
        return [Folder(path) for path in sorted(self._path.iterdir(), reverse=True) if path.is_dir()]


def _name(offer: Offer) -> str:
    return f"{offer.header.height:016d}-{header_id(offer.header).hex()[:16]}"
