"""The new key of a member, as commands are given it: as text, as a file, or with a chain of certificates."""

from __future__ import annotations

from pathlib import Path

from cli.errors import CliError
from cli.files import read_signing_key
from ledger.errors import LedgerError
from ledger.keys import PublicKey


def vouched(text: str | None, file: Path | None, chain: Path | None) -> dict[str, object]:
    """The new key, or that of a member's certificate, with the chain that vouches for it."""
    if chain is None:
        return {"key": public_key_of(text, file)}
    from cli.certificates import read_chain

    key, certificates = read_chain(chain)
    given = public_key_of(text, file) if text is not None or file is not None else key
    return {"key": given, "chain": certificates}


def public_key_of(text: str | None, file: Path | None) -> str:
    """The public key that one of two options names; `CliError` for both, neither, or what is none."""
    if (text is None) == (file is None):
        raise CliError("give the new public key once", do="--public-key TEXT, or --new-key FILE")
    if file is not None:
        return read_signing_key(file).public_key.text
    try:
        return PublicKey.from_text(str(text)).text
    except LedgerError:
        raise CliError(
            f"{text} is no public key",
            why="One is 44 characters long, a point of P-256.",
            do="sealane key show FILE   (where the key was made, prints it)",
            field="--public-key",
        ) from None
