"""Checking a node's files beside the database: keys, signing journal, witness log, rights."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

from ledger.accountability import parse_line
from ledger.errors import EncodingError
from nodes.bft.journal import JournalError, check_journal
from nodes.checking.findings import Cure, Finding

JOURNAL_LOST = (
    "move it away and start the node: with a new journal it abstains until it cannot contradict itself"
)


def check_rights(path: Path, what: str) -> Generator[Finding]:
    """A file that others than its owner can read or write."""
    if os.name == "posix" and path.exists() and path.stat().st_mode & 0o077:
        yield by_hand(what, f"{path} can be read by others: run `chmod 600 {path}`")


def check_signing_journal(key: Path, network: bytes) -> Generator[Finding]:
    """The journal beside a validator's key."""
    path = key.with_suffix(f".{network.hex()[:16]}.journal")
    if not path.exists():
        return
    yield from check_rights(path, "journal")
    try:
        check_journal(path)
    except JournalError as error:
        yield by_hand("journal", f"{error}; {JOURNAL_LOST}")
    except OSError as error:
        yield by_hand("journal", f"{path} cannot be read: {error.strerror}")


def check_witness(folder: Path, height: int) -> Generator[Finding]:
    """The witness log, and what it knows of blocks that the database, which ends at `height`, has lost."""
    newest = -1
    for path in sorted(folder.glob("*.witness")):
        try:
            newest = max(newest, (yield from _check_witness_file(path)))
        except OSError as error:
            yield by_hand("witness", f"{path} cannot be read: {error.strerror}")
    if height >= 0 and newest > height + 1:
        yield by_hand(
            "database",
            f"ends at block {height} although this node committed block {newest}: the end was lost; "
            "start the node, and it fetches the blocks from its peers again",
        )


def _check_witness_file(path: Path) -> Generator[Finding, None, int]:
    """One file of it; the newest height that was decided, or -1."""
    newest = -1
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line == b"\n" or not line.endswith(b"\n"):
                continue
            try:
                record = parse_line(line, field=str(number))
            except EncodingError:
                yield _damaged(path, number)
                continue
            if record.seal is not None:
                newest = max(newest, record.height)
    return newest


def _damaged(path: Path, number: int) -> Finding:
    return by_hand(
        "witness",
        f"{path} is damaged in line {number}: the other records are still evidence, keep a copy of the file; "
        "for what was there, rely on the witness logs of other nodes",
    )


def by_hand(place: str, problem: str) -> Finding:
    """A finding whose sentence says what to do."""
    return Finding(place=place, row="", problem=problem, cure=Cure.BY_HAND)
