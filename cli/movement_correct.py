"""Putting movement right and proving mass: `sealane movement correct`, `withdraw` and `weigh`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.commands import command
from cli.context import Context
from cli.movement_group import ContainerArgument, ReasonOption, VersionArgument, app, milliseconds


@command(
    app,
    "correct",
    examples=("sealane movement correct SLNU1002356 7 --time 2026-03-10T08:30Z --reason clock",),
    words={"reason": "contracts.movement.vocabulary:CorrectionReason"},
)
def correct(
    context: Context,
    container: ContainerArgument,
    version: VersionArgument,
    time_: Annotated[
        str, typer.Option("--time", metavar="TIME", help="When it really was, as 2026-03-10T08:30Z.")
    ],
    reason: ReasonOption,
) -> None:
    """Give an event that your organisation recorded its right time; the first one stays visible.

    Reasons: clerical, clock, other_container, did_not_happen, other. For thirty days after its date.
    """
    from cli.acting import choice, find, perform, present
    from contracts.movement.vocabulary import CorrectionReason

    found = find(context, container, "container")
    why = choice(CorrectionReason, reason, "--reason").value
    fields = {"event": version, "event_ms": milliseconds(time_), "reason": why}
    result = perform(context.client, "movement.correct", found.key, fields, version=found.version)
    present(context, result, f"Corrected the event of version {version} of {container}", key=found.key)


@command(
    app,
    "withdraw",
    examples=("sealane movement withdraw SLNU1002356 7 --reason other_container",),
    words={"reason": "contracts.movement.vocabulary:CorrectionReason"},
)
def withdraw(
    context: Context, container: ContainerArgument, version: VersionArgument, reason: ReasonOption
) -> None:
    """Withdraw an event that your organisation recorded by mistake; it stays in the timeline.

    Reasons: clerical, clock, other_container, did_not_happen, other. For thirty days after its date,
    and as long as nothing that happened later rests on it.
    """
    from cli.acting import choice, find, perform, present
    from contracts.movement.vocabulary import CorrectionReason

    found = find(context, container, "container")
    fields = {"event": version, "reason": choice(CorrectionReason, reason, "--reason").value}
    result = perform(context.client, "movement.withdraw", found.key, fields, version=found.version)
    present(context, result, f"Withdrew the event of version {version} of {container}", key=found.key)


@command(
    app,
    "weigh",
    words={"method": "contracts.movement.vocabulary:MassMethod"},
    examples=(
        "sealane movement weigh SLNU1002356 --kilograms 24310 --method SM1 --reader coral-line",
        "sealane movement weigh SLNU1002356 --from vgm.json",
        "sealane movement weigh SLNU1002356 --document document/RECORD_ID --method SM2",
    ),
)
def weigh(
    context: Context,
    container: ContainerArgument,
    kilograms: Annotated[
        int | None, typer.Option("--kilograms", metavar="KG", min=1, help="The gross mass, tare included.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="A DCSA VGM declaration in JSON.")
    ] = None,
    document: Annotated[
        str | None, typer.Option("--document", metavar="DOCUMENT", help="One that is registered already.")
    ] = None,
    method: Annotated[
        str | None,
        typer.Option("--method", metavar="METHOD", help="SM1: weighed packed; SM2: summed and tare added."),
    ] = None,
    reader: Annotated[
        list[str] | None,
        typer.Option("--reader", metavar="ORG", help="Who may read the mass, beside customs. Repeatable."),
    ] = None,
) -> None:
    """Declare the verified gross mass of a packed container, which is needed before it is loaded.

    The mass goes into a supporting document for its readers; the ledger learns only that there is one,
    and by which method of SOLAS VI/2 it was found.
    """
    from cli.acting import find, organisations, present
    from cli.masses import declare_mass, mass_by_hand, mass_from_file, use_document

    found = find(context, container, "container")
    number = None if "/" in container else container.upper()
    if document is not None:
        result = use_document(context, found, document, method)
    else:
        mass = mass_from_file(file, number) if file is not None else mass_by_hand(number, kilograms, method)
        result = declare_mass(context.client, found.key, mass, organisations(reader))
    present(context, result, f"Declared the verified gross mass of {container}", key=found.key)
