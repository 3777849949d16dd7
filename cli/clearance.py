"""`sealane clearance`: lodge customs declarations, and decide them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.commands import command, group
from cli.context import Context

app = group("Customs declarations: lodge, hold, release, refuse.")

DeclarationArgument = Annotated[
    str,
    typer.Argument(metavar="DECLARATION", help="Local reference, record key, or the beginning of its id."),
]
HoldOption = Annotated[
    str, typer.Option("--hold", metavar="NAME", help="Its name within the declaration: lower-case words.")
]
QueryOption = Annotated[str, typer.Option("--query", metavar="NAME", help="Name of the query.")]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="REASON", help="Why; see below.")]


@command(
    app,
    "lodge",
    examples=(
        "sealane clearance lodge export.json --office qinzhou-customs --bill CORL:BG2611001",
        "sealane clearance lodge import.json --office haiphong-customs --bill BILL --for red-river-imports",
    ),
)
def lodge(
    context: Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Declaration (Sealane's JSON form).")],
    office: Annotated[str, typer.Option("--office", metavar="ORG", help="Customs office that decides.")],
    bill: Annotated[
        list[str] | None, typer.Option("--bill", metavar="BILL", help="Bill that it covers. Repeatable.")
    ] = None,
    container: Annotated[
        list[str] | None,
        typer.Option("--container", metavar="CONTAINER", help="Container that it covers. Repeatable."),
    ] = None,
    on_behalf_of: Annotated[
        str | None, typer.Option("--for", metavar="ORG", help="Whom you represent.")
    ] = None,
) -> None:
    """Lodge a declaration with a customs office.

    The declaration is checked and stored at your node; the ledger gets a
    commitment. You must be a party to every bill or container that it covers.
    """
    from cli.acting import find_key, present
    from cli.contents import read_document
    from cli.lodging import lodge_declaration

    lodged = lodge_declaration(
        context.client,
        read_document(file),
        office=office,
        bills=[find_key(context, text, "bill") for text in bill or ()],
        containers=[find_key(context, text, "container") for text in container or ()],
        on_behalf_of=on_behalf_of,
    )
    key, number = lodged.package.subject, lodged.summary.local_reference_number
    sentence = f"Lodged {number} with {office} for {lodged.summary.declaration_type.value}, as {key}"
    present(context, lodged.result, sentence, key=key, number=number)
    context.output.next(f"sealane clearance show {key}")


@command(
    app,
    "accept",
    examples=("sealane clearance accept HP-2026-00577 --reference 26VN03TG0000577",),
)
def accept(
    context: Context,
    declaration: DeclarationArgument,
    reference: Annotated[
        str | None, typer.Option("--reference", metavar="MRN", help="Your number for it; only committed to.")
    ] = None,
) -> None:
    """Accept a declaration, as its customs office."""
    from cli.contents import new_note

    note = None if reference is None else new_note(reference)
    fields = {"reference": None if note is None else note.commitment}
    opening = None if note is None else note.opening()
    _do(context, declaration, "clearance.accept", fields, "Accepted {}", opening=opening)


@command(app, "control", examples=("sealane clearance control HP-2026-00577 --control physical",))
def control(
    context: Context,
    declaration: DeclarationArgument,
    what: Annotated[str, typer.Option("--control", metavar="KIND", help="documents or physical.")],
) -> None:
    """Put documents or goods under control, as the customs office."""
    from cli.acting import choice
    from contracts.clearance.model import Control

    given = choice(Control, what, "--control").value
    _do(context, declaration, "clearance.control", {"control": given}, f"Took {given} of {{}} under control")


@command(
    app,
    "query",
    examples=('sealane clearance query HP-2026-00577 --query value --question "Which invoice?"',),
)
def query(
    context: Context,
    declaration: DeclarationArgument,
    question: Annotated[str, typer.Option("--question", metavar="TEXT", help="The question.")],
    name: QueryOption = "query-1",
) -> None:
    """Ask the declarant a question; release waits for the answer.

    The ledger gets a commitment. Send the declarant the text with the salt that is printed.
    """
    from cli.contents import new_note

    note = new_note(question)
    fields = {"query": name, "question": note.commitment}
    _do(context, declaration, "clearance.query", fields, f"Asked {name} about {{}}", opening=note.opening())


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
    from cli.contents import new_note

    note = new_note(text)
    fields = {"query": name, "answer": note.commitment}
    _do(context, declaration, "clearance.answer", fields, f"Answered {name} of {{}}", opening=note.opening())


@command(app, "hold", examples=("sealane clearance hold HP-2026-00577 --hold plants --reason phytosanitary",))
def hold(context: Context, declaration: DeclarationArgument, name: HoldOption, reason: ReasonOption) -> None:
    """Hold the goods, even after release, until they have left.

    Reasons: documents, inspection, phytosanitary, veterinary, dangerous_goods, security,
    revenue, intellectual_property, sanctions, court_order, other.
    """
    from cli.acting import choice
    from contracts.clearance.model import HoldReason

    given = choice(HoldReason, reason, "--reason").value
    fields = {"hold": name, "reason": given}
    _do(context, declaration, "clearance.hold", fields, f"Placed the hold {name} on {{}}")


@command(app, "lift", examples=("sealane clearance lift HP-2026-00577 --hold plants",))
def lift(context: Context, declaration: DeclarationArgument, name: HoldOption) -> None:
    """Lift a hold of your own."""
    _do(context, declaration, "clearance.lift", {"hold": name}, f"Lifted the hold {name} on {{}}")


@command(app, "release", examples=("sealane clearance release HP-2026-00577",))
def release(context: Context, declaration: DeclarationArgument) -> None:
    """Release the goods, as the customs office."""
    _do(context, declaration, "clearance.release", {}, "Released the goods of {}")


@command(app, "clear", examples=("sealane clearance clear HP-2026-00577",))
def clear(context: Context, declaration: DeclarationArgument) -> None:
    """Close a released declaration: customs have no further claim."""
    _do(context, declaration, "clearance.clear", {}, "Cleared {}")


@command(app, "refuse", examples=("sealane clearance refuse HP-2026-00577 --reason missing_licence",))
def refuse(context: Context, declaration: DeclarationArgument, reason: ReasonOption) -> None:
    """Refuse clearance; the goods stay until you invalidate the declaration.

    Reasons: prohibited_goods, missing_licence, false_declaration, health_risk, other.
    """
    from cli.acting import choice
    from contracts.clearance.model import RefusalReason

    given = choice(RefusalReason, reason, "--reason").value
    _do(context, declaration, "clearance.refuse", {"reason": given}, f"Refused {{}} ({given})")


@command(app, "invalidate", examples=("sealane clearance invalidate HP-2026-00577 --reason replaced",))
def invalidate(context: Context, declaration: DeclarationArgument, reason: ReasonOption) -> None:
    """Take a declaration out of account, so that another can take its place.

    Reasons: replaced, lodged_in_error, goods_not_presented, other.
    """
    from cli.acting import choice
    from contracts.clearance.model import InvalidationReason

    given = choice(InvalidationReason, reason, "--reason").value
    _do(context, declaration, "clearance.invalidate", {"reason": given}, f"Invalidated {{}} ({given})")


@command(app, "show", examples=("sealane clearance show HP-2026-00577",))
def show(context: Context, declaration: DeclarationArgument) -> None:
    """Show a declaration: where it stands, its holds and queries, and its goods if you may read them."""
    from cli.acting import find
    from cli.contents import fetch
    from cli.transport import ApiError
    from cli.viewing import show_record
    from contracts.clearance.model import Declaration
    from contracts.documents.declaration import summarise_declaration
    from ledger.errors import EncodingError

    found = find(context, declaration, "declaration")
    more: list[tuple[str, object]]
    try:
        contents = summarise_declaration(
            fetch(context.client, found.key, found.of(Declaration).contents).document
        )
        more = [
            ("local reference", contents.local_reference_number),
            ("goods", "; ".join(contents.descriptions)),
            ("packages", contents.packages),
            ("containers", ", ".join(contents.containers)),
        ]
    except ApiError as error:
        if error.status >= 500:
            raise
        more = [("not shown", error.why or error.what)]
    except EncodingError as error:
        more = [("unreadable", str(error))]
    show_record(context, found, "Contents", more)


@command(app, "list", examples=("sealane clearance list --as haiphong-customs",))
def list_(context: Context) -> None:
    """List the declarations that name your organisation, the newest first."""
    from cli.viewing import show_list

    show_list(context, "declaration")


@command(app, "history", examples=("sealane clearance history HP-2026-00577",))
def history(context: Context, declaration: DeclarationArgument) -> None:
    """Show every act on a declaration, by whom and when."""
    from cli.acting import find_key
    from cli.viewing import show_history

    show_history(context, find_key(context, declaration, "declaration"))


@command(app, "next", examples=("sealane clearance next HP-2026-00577 --as haiphong-customs",))
def next_(context: Context, declaration: DeclarationArgument) -> None:
    """Show what your organisation may do with a declaration now, and what to type."""
    from cli.acting import find
    from cli.viewing import show_next

    show_next(context, find(context, declaration, "declaration"))


def _do(
    context: Context,
    declaration: str,
    act: str,
    fields: dict[str, Any],
    sentence: str,
    *,
    opening: dict[str, str] | None = None,
) -> None:
    """An act on a declaration as it stands now; `{}` in the sentence is what the person called it."""
    from cli.acting import find, perform, present

    found = find(context, declaration, "declaration")
    result = perform(context.client, act, found.key, fields, version=found.version)
    present(context, result, sentence.replace("{}", declaration, 1), key=found.key, opening=opening)
    if opening is not None:
        context.output.note(f"The text is not on the ledger. Send it with its salt: {opening['salt']}")
    context.output.next(f"sealane clearance show {declaration}")
