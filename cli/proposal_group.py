"""What the commands of `sealane proposal` share: their group, their options, and how one is opened."""

from __future__ import annotations

import os
from typing import Annotated, Any

import typer

from cli.commands import group
from cli.context import Context
from cli.errors import CliError

app = group("Changes of the network, and the ballots on them.")

TitleOption = Annotated[str | None, typer.Option("--title", help="What it is about.")]
ReasonOption = Annotated[
    str, typer.Option("--reason", help="Why it is wanted; every member can read it, for ever.")
]
DaysOption = Annotated[str, typer.Option("--days", metavar="N", help="How long it is open, 1 to 90.")]

DAY_MS = 86_400_000
ID_BYTES = 16


def put(context: Context, change: dict[str, Any], title: str | None, reason: str, days: str) -> None:
    """Open a proposal for a change, and say how to vote on it."""
    from cli.acting import perform, present
    from contracts.model import proposal_key

    if not (days.isascii() and days.isdigit() and 1 <= int(days) <= 90):
        raise CliError(f"--days {days} is out of range", why="A proposal is open for 1 to 90 days.")
    expires_ms = context.client.status()["time_ms"] + int(days) * DAY_MS
    fields: dict[str, Any] = {"title": title or _title(change), "expires_ms": expires_ms, "change": change}
    if reason:
        fields["reason"] = reason
    key = proposal_key(os.urandom(ID_BYTES).hex())
    result = perform(context.client, "proposal.open", key, fields, version=0)
    present(context, result, f"Opened {key}: {fields['title']}", key=key)
    context.output.next(f"sealane proposal vote {key} yes --as ORG/NAME")


def _title(change: dict[str, Any]) -> str:
    """What a change does, for whoever gives no title; whether it is one is said when it is signed."""
    import msgspec

    from contracts.governance.model import AnyChange
    from contracts.governance.words import change_said

    try:
        return change_said(msgspec.convert(change, AnyChange))[:120].rstrip(".")
    except msgspec.ValidationError:
        return "A change"
