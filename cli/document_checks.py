"""How this operator has transport documents checked: code lists, and what to do with unknown fields.

Both stand in the network directory: lists as files in its folder of codes, the
rest in client.toml. Without either, the standard alone decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cli.errors import CliError
from contracts.documents.code_lists import CODE_KINDS, CodeKind, CodeLists, parse_codes
from contracts.documents.findings import Finding
from contracts.documents.transport_document import check_transport_document
from ledger.errors import EncodingError

if TYPE_CHECKING:
    from cli.client import Client

MAX_LIST_BYTES: Final = 32_000_000
"""Largest file of codes: UN/LOCODE with all its columns has some ten megabytes."""


@dataclass(frozen=True, kw_only=True)
class DocumentChecks:
    """The checks as one operator wants them."""

    folder: Path | None = None
    """Where code lists are kept; None for none."""
    keep_unknown: bool = False
    """Whether fields that DCSA EBL 3.0.4 does not define are kept instead of refused."""

    @cached_property
    def lists(self) -> CodeLists:
        """The lists that were loaded; `CliError` for one that is damaged."""
        if self.folder is None:
            return {}
        files = {name: list_file(self.folder, name) for name in CODE_KINDS}
        return {name: read_codes(CODE_KINDS[name], file) for name, file in files.items() if file.is_file()}

    def __call__(self, document: Any) -> list[Finding]:
        """Everything wrong or doubtful about a transport document."""
        return check_transport_document(document, keep_unknown=self.keep_unknown, lists=self.lists)


def checks_of(client: Client) -> DocumentChecks:
    """The checks of whoever works with a client; the standard's alone for one made without any."""
    return client.checks or DocumentChecks()


def checks_from(directory: Path | None, settings: Mapping[str, Any]) -> DocumentChecks:
    """The checks that a network directory asks for."""
    if directory is None:
        return DocumentChecks()
    keep = settings.get("keep_unknown_fields", False)
    if not isinstance(keep, bool):
        raise CliError("keep_unknown_fields in client.toml is neither true nor false", code="settings")
    return DocumentChecks(folder=directory / str(settings.get("codes", "codes")), keep_unknown=keep)


def list_file(folder: Path, kind: str) -> Path:
    """The file of a kind of list."""
    return folder / f"{kind}.txt"


def read_codes(kind: CodeKind, path: Path) -> frozenset[str]:
    """The codes in a file; `CliError` that names the line."""
    with path.open("rb") as file:
        data = file.read(MAX_LIST_BYTES + 1)
    try:
        if len(data) > MAX_LIST_BYTES:
            raise EncodingError(f"larger than {MAX_LIST_BYTES} bytes")
        return parse_codes(kind, data.decode("utf-8"))
    except UnicodeDecodeError:
        why = "It is not UTF-8 text."
    except EncodingError as error:
        why = f"{error.field}: {error.message}." if error.field else f"It is {error.message}."
    raise CliError(
        f"{path} holds no list of {kind.meaning}",
        why=why,
        do="One code a line, or CSV with the code in its first column.",
        code="codes.unreadable",
    )
