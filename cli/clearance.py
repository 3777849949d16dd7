"""`sealane clearance`: lodge customs declarations, decide them, and read them."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import clearance_by_declarant, clearance_control, clearance_decide, clearance_replay
from cli.clearance_group import DeclarationArgument, app
from cli.commands import command
from cli.context import Context
from cli.errors import CliError

__all__ = ["app", "clearance_by_declarant", "clearance_control", "clearance_decide", "clearance_replay"]


@command(
    app,
    "show",
    examples=(
        "sealane clearance show HP-2026-00577",
        "sealane clearance show HP-2026-00577 --request request-1",
    ),
)
def show(
    context: Context,
    declaration: DeclarationArgument,
    request: Annotated[
        str | None,
        typer.Option("--request", metavar="NAME", help="Show the goods as this request would have them."),
    ] = None,
) -> None:
    """Show a declaration: where it stands, its holds and queries, and its goods if you may read them."""
    from cli.acting import find
    from cli.contents import fetch
    from cli.transport import ApiError
    from cli.viewing import show_record
    from contracts.clearance.model import Declaration
    from contracts.clearance.requests import find_request
    from contracts.documents.declaration import summarise_declaration
    from ledger.errors import EncodingError

    found = find(context, declaration, "declaration")
    asked = find_request(found.of(Declaration), request)
    commitment = found.of(Declaration).contents if asked is None else asked.contents
    if commitment is None or (request is not None and asked is None):
        raise CliError(
            f"there is no request {request} with contents", do="sealane clearance show DECLARATION"
        )
    more: list[tuple[str, object]]
    try:
        contents = summarise_declaration(fetch(context.client, found.key, commitment).document)
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
    """Show what your organisation may do with a declaration, what it waits for, and what to type."""
    from cli.acting import find
    from cli.next_acts import show_next

    show_next(context, find(context, declaration, "declaration"))
