"""The genesis document in a file."""

from __future__ import annotations

from pathlib import Path

from cli.errors import CliError
from ledger.canonical import decode
from ledger.errors import LedgerError
from ledger.genesis import MAX_GENESIS_BYTES, Genesis


def read_genesis(path: Path) -> Genesis:
    """The genesis in a file; its proofs are checked by whoever verifies with it.

    Raises `CliError` for anything else: that is no fault of what is to be verified.
    """
    with path.open("rb") as file:
        data = file.read(MAX_GENESIS_BYTES + 1)
    try:
        return decode(data.rstrip(b"\n"), Genesis, max_bytes=MAX_GENESIS_BYTES)
    except LedgerError as error:
        raise CliError(
            f"{path} is no genesis",
            why=error.message,
            do="Take the genesis.json of your network directory, or ask a member of the network for it.",
            code="genesis.unreadable",
        ) from None
