"""Proposals about what all share, and about the standing of organisations: a command for each change."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.commands import command
from cli.context import Context
from cli.errors import CliError
from cli.papers import BillArgument
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
        "sealane proposal parameters --instead --from-height +500",
    ),
)
def parameters(
    context: Context,
    from_height: HeightOption,
    numbers: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME=VALUE...", help="Parameters, as `sealane node status` lists."),
    ] = None,
    instead: Annotated[
        bool, typer.Option("--instead", help="In place of every change of parameters that is planned.")
    ] = False,
    title: TitleOption = None,
    reason: ReasonOption = "",
    days: DaysOption = "14",
) -> None:
    """Ask for other numbers from a height on: block sizes, heartbeat, precision, delays, window.

    All nodes go over at the same block, without a restart. What is not named stays.
    With --instead and no numbers, what is planned is taken back.
    """
    change: dict[str, Any] = {"type": "change_parameters", "from_height": _height(context, from_height)}
    change["parameters"] = _numbers(numbers or [])
    put(context, change | ({"instead": True} if instead else {}), title, reason, days)


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


OrganisationArgument = Annotated[str, typer.Argument(metavar="ORG", help="The organisation.")]
CaretakerKeyOption = Annotated[
    str | None,
    typer.Option("--public-key", metavar="TEXT", help="That member's key, as `key show` prints it."),
]


@command(
    app,
    "suspend",
    examples=(
        "sealane proposal suspend coral-line --reason 'Its keys are stolen'",
        "sealane proposal suspend haiphong-customs --caretaker duty-officer --public-key PUBLIC_KEY",
    ),
)
def suspend(
    context: Context,
    organisation: OrganisationArgument,
    caretaker: Annotated[
        str | None,
        typer.Option("--caretaker", metavar="NAME", help="A new member who fulfils its duties meanwhile."),
    ] = None,
    public_key: CaretakerKeyOption = None,
    title: TitleOption = None,
    reason: ReasonOption = "",
    days: DaysOption = "14",
) -> None:
    """Ask that an organisation may not act any more, from the deciding ballot on.

    What it possesses stays its own. A caretaker lifts its holds, decides its
    declarations and answers surrenders, and disposes of nothing. Ask again with
    another caretaker to replace one.
    """
    given = {"caretaker": caretaker, "caretaker_key": public_key}
    change = {name: value for name, value in given.items() if value is not None}
    put(
        context,
        {"type": "suspend_organisation", "organisation": organisation, **change},
        title,
        reason,
        days,
    )


@command(app, "reinstate", examples=("sealane proposal reinstate coral-line",))
def reinstate(
    context: Context,
    organisation: OrganisationArgument,
    title: TitleOption = None,
    reason: ReasonOption = "",
    days: DaysOption = "14",
) -> None:
    """Ask that a suspended organisation may act again; its caretaker's task ends."""
    put(context, {"type": "reinstate_organisation", "organisation": organisation}, title, reason, days)


@command(
    app,
    "decide-dispute",
    examples=("sealane proposal decide-dispute CORL:BG2611001 --for red-river-imports",),
)
def decide_dispute(
    context: Context,
    bill: BillArgument,
    winner: Annotated[str, typer.Option("--for", metavar="ORG", help="The side that is to possess it.")],
    title: TitleOption = None,
    reason: ReasonOption = "",
    days: DaysOption = "14",
) -> None:
    """Ask that a disputed bill is given to one of its sides, as a court has decided.

    Only while a dispute is open, and only to carrier, shipper, possessor, titleholder or
    whoever handed it over last. Ballots for this dispute decide no later one.
    """
    from cli.acting import find
    from contracts.bill.model import Bill
    from contracts.model import id_of

    found = find(context, bill, "bill")
    dispute = found.record.dispute if isinstance(found.record, Bill) else None
    change = {
        "type": "decide_dispute",
        "organisation": winner,
        "bill": id_of(found.key),
        "since_version": 0 if dispute is None else dispute.since_version,
    }
    put(context, change, title, reason, days)


@command(
    app,
    "replace-administrator",
    examples=("sealane proposal replace-administrator coral-line/wang-min --public-key PUBLIC_KEY",),
)
def replace_administrator(
    context: Context,
    member: Annotated[str, typer.Argument(metavar="ORG/NAME", help="The new administrator, a new name.")],
    public_key: Annotated[
        str, typer.Option("--public-key", metavar="TEXT", help="Its key, as `sealane key show` prints it.")
    ],
    title: TitleOption = None,
    reason: ReasonOption = "",
    days: DaysOption = "14",
) -> None:
    """Ask for a new administrator of a suspended organisation that lost all keys and has no recovery key.

    It can take over 14 days after the deciding ballot, `sealane org take-over`,
    unless somebody with a key of before objects: `sealane org veto`. What the
    organisation possesses stays its own throughout.
    """
    organisation, _, name = member.partition("/")
    change = {
        "type": "replace_administrator",
        "organisation": organisation,
        "administrator": name,
        "administrator_key": public_key,
    }
    put(context, change, title, reason, days)


@command(
    app,
    "organisation",
    examples=(
        "sealane proposal organisation landbridge-forwarding --role forwarder --role customs_broker",
        "sealane proposal organisation vn-plant-health --role agency --jurisdiction VN",
        "sealane proposal organisation coral-line --new-numbering numbering-2.key",
    ),
    words={"role": "contracts.membership.model:Role"},
)
def change_organisation(
    context: Context,
    organisation: OrganisationArgument,
    role: Annotated[
        list[str] | None,
        typer.Option("--role", metavar="ROLE", help="What it does from now on, all of it. Repeatable."),
    ] = None,
    jurisdiction: Annotated[
        str | None, typer.Option("--jurisdiction", metavar="CC", help="Country of an office or agency.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="What people call it.")] = None,
    new_numbering: Annotated[
        Path | None,
        typer.Option("--new-numbering", metavar="FILE", help="Key file of a carrier's new numbering key."),
    ] = None,
    title: TitleOption = None,
    reason: ReasonOption = "",
    days: DaysOption = "14",
) -> None:
    """Ask for other roles, another jurisdiction, name or numbering key of an organisation.

    With another numbering key, bills of before keep their numbers: the key of
    the time of issue proves them.
    """
    from cli.org import proven_key

    change: dict[str, Any] = {"type": "change_organisation", "organisation": organisation}
    given = {"roles": role, "jurisdiction": jurisdiction, "name": name}
    change |= {field: value for field, value in given.items() if value is not None}
    if new_numbering is not None:
        key = proven_key(new_numbering)
        change |= {"numbering_key": key["bls_key"], "numbering_possession": key["possession"]}
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
