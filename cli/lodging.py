"""Lodging a customs declaration: its contents go to the node, a commitment to the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cli.acting import perform
from cli.client import Client
from cli.contents import plain_package, refuse_errors, store
from contracts.documents.declaration import DeclarationSummary, check_declaration, summarise_declaration
from contracts.documents.package import Package
from contracts.model import id_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Lodged:
    """What lodging came to."""

    package: Package
    summary: DeclarationSummary
    result: dict[str, Any]


def lodge_declaration(
    client: Client,
    declaration: dict[str, Any],
    *,
    office: str,
    bills: Iterable[str] = (),
    containers: Iterable[str] = (),
    on_behalf_of: str | None = None,
) -> Lodged:
    """Check a declaration, store it at the node, and lodge it with a customs office.

    `bills` and `containers` are record keys. Raises `CliError` listing every
    error of the declaration, and as `perform` does.
    """
    refuse_errors(
        check_declaration(declaration), what="the declaration", do="Correct the fields and lodge it again."
    )
    package = plain_package("declaration", declaration)
    summary = summarise_declaration(declaration)
    store(client, package)
    fields = {
        "type": summary.declaration_type.value,
        "office": office,
        "on_behalf_of": on_behalf_of,
        "contents": package.commitment().hex(),
        "bills": [id_of(key) for key in bills],
        "containers": [id_of(key) for key in containers],
    }
    result = perform(client, "clearance.lodge", package.subject, fields, version=0)
    return Lodged(package=package, summary=summary, result=result)
