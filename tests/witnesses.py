"""Reading what nodes wrote to their witness logs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ledger.accountability import WitnessRecord, read_records


def witness_segments(folder: Path) -> list[Path]:
    """The files that hold how heights were decided, oldest first."""
    return sorted(folder.glob("heights-*.witness"))


def read_witness(folder: Path) -> Iterator[WitnessRecord]:
    """All records of a witness log: how heights were decided, oldest first, then the charges."""
    for path in (*witness_segments(folder), folder / "charges.witness"):
        with path.open("rb") as file:
            yield from (record for _, record in read_records(file, field=path.name))
