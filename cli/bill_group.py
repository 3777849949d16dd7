"""What the commands of `sealane bill` share: their group, their arguments, and how they act."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.commands import group
from cli.context import Context

app = group("Bills of lading: issue, transfer, endorse, surrender.")

ToOption = Annotated[str, typer.Option("--to", metavar="ORG", help="The organisation.")]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="REASON", help="Why; see below.")]


def act_on(context: Context, bill: str, act: str, fields: dict[str, Any], sentence: str) -> None:
    """An act on a bill as it stands now; `{}` in the sentence is what the person called it."""
    from cli.acting import find, perform, present
    from cli.batching import gathered

    found = find(context, bill, "bill")
    if gathered(context, act, found, fields):
        return
    result = perform(context.client, act, found.key, fields, version=found.version)
    present(context, result, sentence.replace("{}", bill, 1), key=found.key)
    context.output.next(f"sealane bill show {bill}")
