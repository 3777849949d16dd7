"""Lodging a customs declaration: its contents go to the node, a commitment to the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.acting import perform
from cli.client import Client
from cli.contents import new_salt, plain_package, read_document, refuse_errors, share, store
from cli.errors import CliError
from contracts.documents.declaration import DeclarationSummary, check_declaration, summarise_declaration
from contracts.documents.package import Package
from contracts.documents.wco import FromWco, map_declaration
from contracts.documents.xml_tree import MAX_XML_BYTES, parse_xml
from contracts.model import id_of
from ledger.errors import EncodingError

BOM = b"\xef\xbb\xbf"
"""What some programs write before XML."""


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
    fields = {
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
    result = perform(client, "clearance.lodge", package.subject, fields, version=0)
    share(client, package)
    return Lodged(package=package, summary=summary, result=result)


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
