"""Proposals about what all share, and about the standing of organisations: a command for each change."""

from __future__ import annotations

import re
from typing import Annotated, Any

import typer

from cli.commands import command
from cli.context import Context
from cli.errors import CliError
from cli.proposal_group import DaysOption, ReasonOption, TitleOption, app, put

HeightOption = Annotated[
    str,
    typer.Option(
        "--from-height", metavar="H", help="First block to which it applies; +N for N blocks from now."
    ),
]


@command(
    app,
    "parameters",
    examples=(
        "sealane proposal parameters heartbeat_ms=10000 --from-height +500",
        "sealane proposal parameters max_block_bytes=4194304 message_delay_ms=6000 --from-height 120000",
    ),
)
def parameters(
    context: Context,
    numbers: Annotated[
        list[str], typer.Argument(metavar="NAME=VALUE...", help="Parameters, as `sealane node status` lists.")
    ],
    from_height: HeightOption,
    title: TitleOption = None,
    reason: ReasonOption = "",
    days: DaysOption = "14",
) -> None:
    """Ask for other numbers from a height on: block sizes, heartbeat, precision, delays, window.

    All nodes go over at the same block, without a restart. What is not named stays.
    """
    change: dict[str, Any] = {"type": "change_parameters", "from_height": _height(context, from_height)}
    put(context, change | {"parameters": _numbers(numbers)}, title, reason, days)


@command(
    app,
    "rules",
    examples=("sealane proposal rules 2 --from-height +20000", "sealane proposal rules 1 --from-height +10"),
)
def rules(
    context: Context,
    version: Annotated[int, typer.Argument(metavar="VERSION", help="The rules version.")],
    from_height: HeightOption,
    title: TitleOption = None,
    reason: ReasonOption = "",
    days: DaysOption = "14",
) -> None:
    """Ask for another version of the rules from a height on.

    A node whose software lacks it stops at the block before, says what to install,
    and goes on with it where it stopped. `sealane doctor` warns before. Until then
    the version in force, proposed again, takes the plan back.
    """
    change = {"type": "change_rules", "from_height": _height(context, from_height), "rules_version": version}
    put(context, change, title, reason, days)


def _height(context: Context, text: str) -> int:
    """A height, or one so many blocks ahead of the newest."""
    if not re.fullmatch(r"\+?[0-9]{1,15}", text):
        raise CliError(f"--from-height {text} is no height", do="Give a number of a block, or +N.")
    ahead = int(context.client.status()["height"]) if text.startswith("+") else 0
    return ahead + int(text)


def _numbers(texts: list[str]) -> dict[str, int]:
    from ledger.genesis import Parameters

    known = Parameters.__struct_fields__
    found: dict[str, int] = {}
    for text in texts:
        name, _, value = text.partition("=")
        if name not in known or not (value.isascii() and value.isdigit()):
            raise CliError(f"{text} sets no parameter", do=f"Give NAME=NUMBER; there are {', '.join(known)}.")
        found[name] = int(value)
    return found
