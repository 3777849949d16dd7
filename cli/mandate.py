"""`sealane mandate`: who may act in whose name, for what, and how long."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer

from cli.commands import command, group
from cli.context import Context
from cli.errors import CliError

app = group("Who may act in whose name, for what, and how long.")

AgentArgument = Annotated[str, typer.Argument(metavar="AGENT", help="The organisation that is to act.")]
MandateArgument = Annotated[
    str,
    typer.Argument(metavar="MANDATE", help="PRINCIPAL/AGENT; an agent alone means a mandate of yours."),
]

DAY_MS = 86_400_000
MAX_DAYS = 1098
"""Three years, as the contracts allow."""


@command(
    app,
    "grant",
    examples=(
        "sealane mandate grant landbridge-forwarding --act bill.* --bill CORL:BG2611001",
        "sealane mandate grant landbridge-forwarding --act clearance.lodge --act clearance.answer "
        "--office haiphong-customs --days 365",
    ),
    words={"act": "contracts.catalogue:ACTS"},
)
def grant(
    context: Context,
    agent: AgentArgument,
    act: Annotated[
        list[str],
        typer.Option(
            "--act", metavar="ACT", help="Act, such as bill.transfer, or bill.* for all. Repeatable."
        ),
    ],
    bill: Annotated[
        list[str] | None, typer.Option("--bill", metavar="BILL", help="Only for this bill. Repeatable.")
    ] = None,
    office: Annotated[
        list[str] | None,
        typer.Option("--office", metavar="ORG", help="Only before this customs office. Repeatable."),
    ] = None,
    country: Annotated[
        list[str] | None,
        typer.Option("--country", metavar="CC", help="Only before customs of this country. Repeatable."),
    ] = None,
    days: Annotated[
        str, typer.Option("--days", metavar="N", help="How long it can be used, 1 to 1098.")
    ] = "90",
) -> None:
    """Let another organisation act in the name of yours, as one of your administrators.

    What it does then counts as yours, and every record shows both names. A mandate
    holds up to eight powers, each with its own limits; it cannot be passed on.
    Can be delegated: acts on bills, containers and documents, and what a declarant does.
    """
    from cli.acting import find_key, perform, present, read_or_none
    from contracts.model import id_of, mandate_key

    if not (days.isascii() and days.isdigit() and 1 <= int(days) <= MAX_DAYS):
        raise CliError(f"--days {days} is out of range", why=f"A power lasts 1 to {MAX_DAYS} days.")
    power = {
        "acts": _acts(act),
        "bills": [id_of(find_key(context, text, "bill")) for text in bill or ()],
        "offices": list(office or ()),
        "jurisdictions": [code.upper() for code in country or ()],
        "until_ms": context.client.status()["time_ms"] + int(days) * DAY_MS,
    }
    key = mandate_key(context.organisation, agent)
    found = read_or_none(context.client, key)
    fields = {"power": {name: value for name, value in power.items() if value}}
    result = perform(context.client, "mandate.grant", key, fields, version=found.version if found else 0)
    present(context, result, f"Granted {agent} a power for {days} days", key=key)
    context.output.next(f"sealane mandate show {context.organisation}/{agent}")


@command(app, "revoke", examples=("sealane mandate revoke landbridge-forwarding",))
def revoke(context: Context, mandate: MandateArgument) -> None:
    """End every power of a mandate at once, as its principal or its agent."""
    from cli.acting import perform, present, read

    found = read(context.client, _key(context, mandate))
    result = perform(context.client, "mandate.revoke", found.key, {}, version=found.version)
    present(context, result, f"Revoked {found.key}: it lets nobody do anything any more", key=found.key)


@command(app, "show", examples=("sealane mandate show red-river-imports/landbridge-forwarding",))
def show(context: Context, mandate: MandateArgument) -> None:
    """Show what one organisation may do in the name of another."""
    from cli.acting import read
    from cli.viewing import show_record

    show_record(context, read(context.client, _key(context, mandate)))


@command(app, "list", examples=("sealane mandate list --as landbridge-forwarding",))
def list_(context: Context) -> None:
    """List the mandates that your organisation granted or has, the newest first."""
    from cli.viewing import show_list

    show_list(context, "mandate")


def _key(context: Context, text: str) -> str:
    """The key of the mandate that `text` names."""
    from contracts.model import mandate_key

    principal, _, agent = text.removeprefix("mandate/").rpartition("/")
    return mandate_key(principal or context.organisation, agent)


def _acts(given: Iterable[str]) -> list[str]:
    """The acts that were asked for, `bill.*` spelt out; `CliError` when it stands for none."""
    from contracts.mandate.lifecycle import DELEGABLE

    acts: dict[str, None] = {}
    for text in given:
        group_name, _, rest = text.partition(".")
        known = sorted(act for act in DELEGABLE if act.startswith(f"{group_name}."))
        wanted = known if rest == "*" else [text] if text in DELEGABLE else []
        if not wanted:
            groups = sorted({act.partition(".")[0] for act in DELEGABLE})
            do = ", ".join(known) or " or ".join(f"{name}.*" for name in groups)
            raise CliError(f"{text} cannot be done for another", do=f"--act {do}", field="--act")
        acts.update(dict.fromkeys(wanted))
    return list(acts)
