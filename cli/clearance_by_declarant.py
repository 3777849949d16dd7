"""What declarants do: lodge, present, answer, request, cite."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.clearance_group import (
    DeclarationArgument,
    GroundOption,
    QueryOption,
    RequestOption,
    act_on,
    app,
    note,
)
from cli.commands import command
from cli.context import Context
from cli.errors import CliError

BillOption = Annotated[
    list[str] | None, typer.Option("--bill", metavar="BILL", help="Bill that it covers. Repeatable.")
]
ContainerOption = Annotated[
    list[str] | None,
    typer.Option("--container", metavar="CONTAINER", help="Container that it covers. Repeatable."),
]


@command(
    app,
    "lodge",
    examples=(
        "sealane clearance lodge export.json --office qinzhou-customs --bill CORL:BG2611001",
        "sealane clearance lodge import.xml --office haiphong-customs --bill BILL "
        "--on-behalf-of red-river-imports",
        "sealane clearance lodge transit.json --office qinzhou-customs --destination hanoi-customs "
        "--bill BILL",
        "sealane clearance lodge --batch today.csv --office haiphong-customs",
    ),
    batch=True,
)
def lodge(
    context: Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Declaration: Sealane's JSON form, or WCO XML (DEC).")
    ],
    office: Annotated[
        str | None,
        typer.Option("--office", metavar="ORG", help="Customs office that decides, or of departure."),
    ] = None,
    bill: BillOption = None,
    container: ContainerOption = None,
    exit_office: Annotated[
        str | None, typer.Option("--exit", metavar="ORG", help="Office of exit, for an export.")
    ] = None,
    transit: Annotated[
        list[str] | None,
        typer.Option("--transit", metavar="ORG", help="Office of transit on the way. Repeatable."),
    ] = None,
    destination: Annotated[
        str | None, typer.Option("--destination", metavar="ORG", help="Office of destination of a transit.")
    ] = None,
    ahead: Annotated[
        bool, typer.Option("--ahead", help="The goods are not there yet; present them within 30 days.")
    ] = False,
) -> None:
    """Lodge a declaration with a customs office.

    The declaration is checked and stored at your node; the ledger gets a
    commitment. The declarant, you or the organisation on whose behalf you act,
    must be a party to every bill or container that it covers.
    WCO XML is mapped to Sealane's form; every element that cannot be is named.

    With --batch, declarations that a table names are lodged together, or none is. Files lie beside the
    table; a cell may name several bills, divided by spaces. What you lodged already, under the same
    local reference and with the same contents, is passed over, so that a table can be given again.
    """
    from cli.acting import find_key, present
    from cli.lodging import Offices, gather_declaration, lodge_declaration, read_declaration

    if office is None:
        raise CliError("say with which office", do="--office ORG, or a column office", field="--office")
    read = read_declaration(file)
    offices = Offices(
        office=office, exit_office=exit_office, transit_offices=tuple(transit or ()), destination=destination
    )
    covered: dict[str, Any] = {
        "bills": [find_key(context, text, "bill") for text in bill or ()],
        "containers": [find_key(context, text, "container") for text in container or ()],
        "ahead": ahead or read.ahead,
    }
    if context.gathering is not None:
        gather_declaration(context, context.gathering, read.document, offices, **covered)
        return
    lodged = lodge_declaration(context.client, read.document, offices, **covered)
    key, number = lodged.package.subject, lodged.summary.local_reference_number
    sentence = f"Lodged {number} with {office} for {lodged.summary.declaration_type.value}, as {key}"
    context.recall("declaration", number)
    present(context, lodged.result, sentence, key=key, number=number)
    context.output.next(f"sealane clearance show {key}")


@command(app, "present", examples=("sealane clearance present HP-2026-00577",))
def present_(context: Context, declaration: DeclarationArgument) -> None:
    """Tell that goods which were declared ahead are there, as declarant or where they are."""
    act_on(context, declaration, "clearance.present", {}, "Presented the goods of {}")


@command(
    app,
    "answer",
    examples=('sealane clearance answer HP-2026-00577 --query value --text "Invoice YH-0318"',),
)
def answer(
    context: Context,
    declaration: DeclarationArgument,
    text: Annotated[str, typer.Option("--text", metavar="TEXT", help="The answer.")],
    name: QueryOption = "query-1",
) -> None:
    """Answer a query, as the declarant.

    The ledger gets a commitment. Send the office the text with the salt that is printed.
    """
    commitment, opening = note(text)
    fields = {"query": name, "answer": commitment}
    act_on(context, declaration, "clearance.answer", fields, f"Answered {name} of {{}}", opening=opening)


@command(
    app,
    "request",
    examples=(
        "sealane clearance request HP-2026-00577 --kind amendment --ground value --contents amended.json",
        "sealane clearance request HP-2026-00577 --kind cancellation --ground duplicate",
    ),
    words={
        "kind": "contracts.clearance.vocabulary:RequestKind",
        "ground": "contracts.clearance.vocabulary:RequestGround",
    },
)
def request(
    context: Context,
    declaration: DeclarationArgument,
    kind: Annotated[str, typer.Option("--kind", metavar="KIND", help="amendment or cancellation.")],
    ground: GroundOption,
    contents: Annotated[
        Path | None,
        typer.Option("--contents", metavar="FILE", help="The amended declaration, for an amendment."),
    ] = None,
    name: RequestOption = "request-1",
) -> None:
    """Ask customs to amend or cancel your declaration.

    An amended declaration is checked and stored at your node; the ledger gets a commitment.
    Grounds: clerical_error, quantity, value, classification, origin, parties, documents,
    procedure, duplicate, lodged_in_error, goods_not_shipped, replaced, other.
    """
    from cli.acting import choice, find, perform, present
    from cli.lodging import read_declaration, store_amended
    from contracts.clearance.vocabulary import RequestGround, RequestKind

    given = choice(RequestKind, kind, "--kind").value
    why = choice(RequestGround, ground, "--ground").value
    found = find(context, declaration, "declaration")
    amended = None if contents is None else read_declaration(contents).document
    commitment = None if amended is None else store_amended(context.client, found.key, amended)
    fields = {"request": name, "kind": given, "ground": why, "contents": commitment}
    result = perform(context.client, "clearance.request", found.key, fields, version=found.version)
    present(context, result, f"Asked for {given} of {declaration} ({name})", key=found.key)


@command(
    app,
    "cite",
    examples=("sealane clearance cite HP-2026-00577 --export declaration/19615cdfaa7f2efa628b4b9ba6bb6583",),
)
def cite(
    context: Context,
    declaration: DeclarationArgument,
    export: Annotated[
        str, typer.Option("--export", metavar="DECLARATION", help="Export declaration cleared elsewhere.")
    ],
) -> None:
    """Cite the export clearance of another country as evidence for an import.

    Both must cover a bill or a container. Release waits while a cited clearance does not stand.
    """
    from cli.acting import find_key
    from contracts.model import id_of

    cited = find_key(context, export, "declaration")
    fields = {"declaration": id_of(cited)}
    act_on(context, declaration, "clearance.cite", fields, f"Cited {cited} for {{}}")
