"""Signed statements whose outcome is open: written down before they are sent, to be sent again.

They lie in the network directory as `pending/ID.cose`, readable by their owner
alone. Sending one again is harmless: it has one id and takes effect once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from cli.errors import CliError
from cli.files import write_new
from ledger.errors import LedgerError
from ledger.statement import MAX_STATEMENT_BYTES, Statement, parse_statement

FOLDER = "pending"
SUFFIX = ".cose"


def keep(folder: Path, leaf: bytes) -> tuple[Path | None, bool]:
    """Write a statement down; its file, None where nothing can be written, and whether it is new."""
    try:
        path = folder / f"{id_of(leaf)}{SUFFIX}"
        if path.exists():
            return path, False
        write_new(path, leaf, private=True)
    except (CliError, OSError):
        return None, False
    return path, True


def forget(path: Path | None) -> None:
    """Remove a statement whose outcome is known; files elsewhere are their owner's."""
    if path is not None and path.parent.name == FOLDER:
        with suppress(OSError):
            path.unlink()


def kept(folder: Path) -> Iterator[tuple[Path, Statement]]:
    """The statements that are kept in a folder; what is none is passed over."""
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        with suppress(LedgerError):
            yield path, parse_statement(path.read_bytes())


def read(path: Path) -> bytes:
    """The statement in a file; `CliError` when it holds none."""
    with path.open("rb") as file:
        leaf = file.read(MAX_STATEMENT_BYTES + 1)
    id_of(leaf, path)
    return leaf


def id_of(leaf: bytes, path: Path | None = None) -> str:
    """Id of a statement, hexadecimal; `CliError` naming the file for bytes that are none."""
    try:
        return parse_statement(leaf).id.hex()
    except LedgerError as error:
        where = "these bytes are" if path is None else f"{path} is"
        raise CliError(f"{where} no statement", why=error.message, code="statement.unreadable") from None
