"""What the commands of `sealane clearance` share: their group, their arguments, and how they act."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.commands import group
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
RequestOption = Annotated[str, typer.Option("--request", metavar="NAME", help="Name of the request.")]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="REASON", help="Why; see below.")]
GroundOption = Annotated[str, typer.Option("--ground", metavar="GROUND", help="Why; see below.")]


def act_on(
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
    from cli.batching import gathered

    found = find(context, declaration, "declaration")
    if gathered(context, act, found, fields, opening):
        return
    result = perform(context.client, act, found.key, fields, version=found.version)
    present(context, result, sentence.replace("{}", declaration, 1), key=found.key, opening=opening)


def note(text: str | None) -> tuple[str | None, dict[str, str] | None]:
    """The salted commitment to a text that stays off the ledger, and what opens it; nothing for no text."""
    from cli.notes import new_note

    if text is None:
        return None, None
    made = new_note(text)
    return made.commitment, made.opening()
