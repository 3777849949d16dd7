"""Lodging a customs declaration: its contents go to the node, a commitment to the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cli.acting import Found, numbered, perform, read_or_none
from cli.client import Client
from cli.contents import BOM, fetch, new_salt, plain_package, read_document, refuse_errors, share, store
from cli.context import Context
from cli.errors import CliError, ExitCode
from cli.open_statements import FOLDER, kept
from contracts.clearance.model import Declaration
from contracts.clearance.vocabulary import DeclarationState
from contracts.documents.declaration import DeclarationSummary, check_declaration, summarise_declaration
from contracts.documents.package import Package
from contracts.documents.wco import FromWco, map_declaration
from contracts.documents.xml_tree import MAX_XML_BYTES, parse_xml
from contracts.model import id_of
from ledger.batch import parts_of
from ledger.errors import EncodingError

if TYPE_CHECKING:
    from cli.batching import Gathering

LODGE: Final = "clearance.lodge"

OVER: Final = frozenset(
    {
        DeclarationState.REJECTED,
        DeclarationState.REFUSED,
        DeclarationState.INVALIDATED,
        DeclarationState.EXPIRED,
    }
)
"""States in which a declaration counts no more, so that its number can be used for a corrected one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lodged:
    """What lodging came to."""

    package: Package
    summary: DeclarationSummary
    result: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offices:
    """The customs offices of a declaration."""

    office: str
    """Where it is lodged; for transit, the office of departure."""
    exit_office: str | None = None
    """Office of exit of an export."""
    transit_offices: tuple[str, ...] = ()
    """Offices of transit, in order."""
    destination: str | None = None
    """Office of destination of a transit."""


def read_declaration(path: Path) -> FromWco:
    """The declaration in a file: Sealane's JSON, or a WCO declaration in XML.

    Raises `CliError` that lists every element which cannot be mapped.
    """
    with path.open("rb") as file:
        data = file.read(MAX_XML_BYTES + 1)
    if not data.removeprefix(BOM).lstrip().startswith(b"<"):
        return FromWco(document=read_document(path), ahead=False, findings=[])
    try:
        mapped = map_declaration(parse_xml(data))
    except EncodingError as error:
        raise CliError(
            f"{path} cannot be read", why=error.message, field=error.field, code="document.unreadable"
        ) from None
    refuse_errors(mapped.findings, what=f"{path}", do="Correct these elements and lodge it again.")
    return mapped


def lodge_declaration(
    client: Client,
    declaration: dict[str, Any],
    offices: Offices,
    *,
    bills: Iterable[str] = (),
    containers: Iterable[str] = (),
    ahead: bool = False,
) -> Lodged:
    """Check a declaration, store it at the node, and lodge it with a customs office.

    `bills` and `containers` are record keys; `ahead` says that the goods are not
    there yet. Raises `CliError` listing every error of the declaration, and as
    `perform` does.
    """
    _check(declaration)
    package = plain_package("declaration", declaration)
    summary = summarise_declaration(declaration)
    store(client, package)
    fields = _lodgement(package, summary, offices, bills, containers, ahead=ahead)
    result = perform(client, LODGE, package.subject, fields, version=0)
    share(client, package)
    return Lodged(package=package, summary=summary, result=result)


def gather_declaration(
    context: Context,
    gathering: Gathering,
    declaration: dict[str, Any],
    offices: Offices,
    *,
    bills: Iterable[str] = (),
    containers: Iterable[str] = (),
    ahead: bool = False,
) -> None:
    """One row of `--batch`: into the batch, unless the declarant lodged this declaration before.

    What was lodged is known by its local reference and its contents, so that a table can be given
    again. Raises `CliError` for a declaration with errors, for a reference that stands in the table
    or on the ledger with other contents, while the outcome of an earlier lodgement is open, and where
    the node cannot look references up.
    """
    _refuse_while_open(context)
    _check(declaration)
    summary = summarise_declaration(declaration)
    number = summary.local_reference_number
    if number in gathering.lodged:
        raise CliError(f"{number} stands in the table twice", code="declaration.twice", field="file")
    before = _lodged_before(context, number, declaration)
    if before is not None:
        state = before.of(Declaration).state.value.replace("_", " ")
        context.output.note(f"{number} is passed over: it is lodged as {before.key} ({state})")
        return
    package = plain_package("declaration", declaration)
    fields = _lodgement(package, summary, offices, bills, containers, ahead=ahead)
    gathering.add(LODGE, package.subject, fields, 0)
    gathering.lodged[number] = package


def _lodged_before(context: Context, number: str, declaration: dict[str, Any]) -> Found | None:
    """The record of this declaration, if its declarant lodged it; `CliError` when another has its number.

    One that customs did not take, or that is not valid any more, is no obstacle to another.
    """
    client = context.client
    if client.keyring:
        raise CliError(
            "your node cannot tell what was lodged before",
            why=f"{client.organisation} keeps its contents key from it, so it reads no references.",
            do="Lodge each by itself: sealane clearance lodge FILE",
            code="contents.sealed",
        )
    for key in sorted(numbered(client, number, "declaration")):
        found = read_or_none(client, key)
        if found is None or found.of(Declaration).declarant != context.party:
            continue
        record = found.of(Declaration)
        contents = fetch(client, key, record.contents).document
        if contents == declaration:
            return found
        if contents["local_reference_number"] == number and record.state not in OVER:
            raise CliError(
                f"{number} is lodged already with other contents",
                why=f"It is {key}.",
                do=f"Have it amended: sealane clearance request {key} --kind amendment --contents FILE ...",
                code="declaration.number",
                field="file",
            )
    return None


def _refuse_while_open(context: Context) -> None:
    """Raise `CliError` while an earlier lodgement of the member may still take effect unseen."""
    if context.directory is None:
        return
    for file, statement in kept(context.directory / FOLDER):
        mine = statement.issuer == context.member and any(part.type == LODGE for part in parts_of(statement))
        if mine and statement.payload.last_valid_ms > context.client.status()["time_ms"]:
            raise CliError(
                "what became of an earlier lodgement is not known yet",
                why="It may still take effect, and these would be lodged twice.",
                do=f"sealane statement send {file}   (harmless: it takes effect once), then this again",
                exit_code=ExitCode.UNREACHABLE,
                code="statement.pending",
            )


def _lodgement(
    package: Package,
    summary: DeclarationSummary,
    offices: Offices,
    bills: Iterable[str],
    containers: Iterable[str],
    *,
    ahead: bool,
) -> dict[str, Any]:
    """The fields of the act."""
    return {
        "type": summary.declaration_type.value,
        "office": offices.office,
        "exit_office": offices.exit_office,
        "transit_offices": list(offices.transit_offices),
        "destination": offices.destination,
        "contents": package.commitment().hex(),
        "bills": [id_of(key) for key in bills],
        "containers": [id_of(key) for key in containers],
        "ahead": ahead or None,
    }


def store_amended(client: Client, key: str, declaration: dict[str, Any]) -> str:
    """Check what a declaration is to be, store it at the node, and return its commitment."""
    _check(declaration)
    package = Package(kind="declaration", subject=key, salt=new_salt(), document=declaration)
    store(client, package)
    return package.commitment().hex()


def _check(declaration: dict[str, Any]) -> None:
    refuse_errors(
        check_declaration(declaration), what="the declaration", do="Correct the fields and lodge it again."
    )
