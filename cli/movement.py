"""`sealane movement`: record what happened to containers, and look it up."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.commands import command, group
from cli.context import Context
from cli.errors import CliError

if TYPE_CHECKING:
    from contracts.documents.package import ContainerOpening

app = group("What happened to a container: gates, loading, rail, seals.")

ContainerArgument = Annotated[
    str, typer.Argument(metavar="CONTAINER", help="Container number, record key, or the beginning of its id.")
]
EventArgument = Annotated[
    str,
    typer.Argument(
        metavar="EVENT", help="gate_in, gate_out, load, discharge, rail_departure or rail_arrival."
    ),
]
AtOption = Annotated[str, typer.Option("--at", metavar="LOCODE", help="UN/LOCODE of the facility.")]
PurposeOption = Annotated[
    str | None,
    typer.Option(
        "--purpose", metavar="PURPOSE", help="At gates and by rail: export, import, transit, empty."
    ),
]
TimeOption = Annotated[
    str | None, typer.Option("--time", metavar="TIME", help="When, as 2026-03-10T08:30Z; now unless told.")
]


@command(
    app,
    "record",
    examples=(
        "sealane movement record SLNU1002356 gate_in --at CNQZH --purpose export",
        "sealane movement record SLNU1002356 discharge --at VNHPH --time 2026-03-10T08:30Z",
        "sealane movement record SLNU1002356 gate_in --at CNQZH --purpose export --operator coral-line",
    ),
)
def record(
    context: Context,
    container: ContainerArgument,
    event: EventArgument,
    at: AtOption,
    purpose: PurposeOption = None,
    time_: TimeOption = None,
    operator: Annotated[
        str | None,
        typer.Option("--operator", metavar="ORG", help="Carrier of a container that no bill announced yet."),
    ] = None,
) -> None:
    """Record an event of a container that took place.

    With --operator the container gets its first record; its number stays
    behind a commitment, whose salt is printed for the carrier to put it on a bill.
    """
    from cli.acting import find, perform, present

    fields = event_fields(event, at, purpose, time_)
    opening = None
    if operator is None:
        found = find(context, container, "container")
        key, version = found.key, found.version
    else:
        opening, described = _new_container(container.upper(), operator)
        key, version = f"container/{opening.id}", 0
        fields |= {"container": described}
    result = perform(context.client, "movement.record", key, fields, version=version)
    passed_on = None if opening is None else _passed_on(container.upper(), opening)
    sentence = f"Recorded {event.replace('_', ' ')} of {container} at {at}"
    present(context, result, sentence, key=key, container=passed_on)
    if passed_on is not None:
        context.output.note(f"For the carrier's bill: --container {passed_on}")
    context.output.next(f"sealane movement list {key}")


@command(
    app,
    "breach",
    examples=("sealane movement breach SLNU1002356 gate_out --at VNHPH --purpose import",),
)
def breach(
    context: Context,
    container: ContainerArgument,
    event: EventArgument,
    at: AtOption,
    purpose: PurposeOption = None,
    time_: TimeOption = None,
) -> None:
    """Record a departure that took place although the rules forbade it, with what it broke."""
    from cli.acting import find, perform, present

    found = find(context, container, "container")
    fields = event_fields(event, at, purpose, time_)
    result = perform(context.client, "movement.breach", found.key, fields, version=found.version)
    present(context, result, f"Reported {event.replace('_', ' ')} of {container} at {at}", key=found.key)


@command(
    app, "list", examples=("sealane movement list SLNU1002356", "sealane movement list SLNU1002356 --json")
)
def list_(context: Context, container: ContainerArgument) -> None:
    """List the events of a container, oldest first."""
    from cli.acting import Names, find_key
    from cli.output import moment, table
    from cli.viewing import history

    key, names = find_key(context, container, "container"), Names(context)
    events = [item for item in history(context, key) if item["act"].startswith("movement.")]
    rows = [
        (
            moment(item["body"]["event_ms"]),
            item["body"]["event"].replace("_", " "),
            item["body"]["facility"],
            item["body"].get("purpose", ""),
            names(item["issuer"]),
            "against the rules" if item["act"] == "movement.breach" else "",
        )
        for item in events
    ]
    shown = table(("when", "event", "at", "for", "recorded by", ""), rows) if rows else "No event yet."
    context.output.result({"key": key, "items": events}, shown)


@command(app, "show", examples=("sealane movement show SLNU1002356",))
def show(context: Context, container: ContainerArgument) -> None:
    """Show where a container is, and how many bills and declarations cover it."""
    from cli.acting import find
    from cli.viewing import show_record

    show_record(context, find(context, container, "container"))


@command(app, "next", examples=("sealane movement next SLNU1002356 --as haiphong-terminal",))
def next_(context: Context, container: ContainerArgument) -> None:
    """Show what your organisation may record of a container, and what that waits for."""
    from cli.acting import find
    from cli.next_acts import show_next

    show_next(context, find(context, container, "container"))


def event_fields(event: str, at: str, purpose: str | None, when: str | None) -> dict[str, Any]:
    """The body of an event, its words checked; `CliError` names what is not understood."""
    from cli.acting import choice
    from contracts.movement.model import EventType, Purpose

    return {
        "event": choice(EventType, event, "EVENT").value,
        "classifier": "actual",
        "facility": at.upper(),
        "event_ms": int(time.time() * 1000) if when is None else milliseconds(when),
        "purpose": None if purpose is None else choice(Purpose, purpose, "--purpose").value,
    }


def milliseconds(text: str) -> int:
    """A time as ISO 8601 writes it, with its offset from UTC, in milliseconds since 1970."""
    from datetime import datetime

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or moment.year < 1970:
        raise CliError(
            f"--time {text} is not understood",
            why="A time needs its offset from UTC, or two ports would read it differently.",
            do="Give it as 2026-03-10T08:30Z or 2026-03-10T15:30+07:00.",
            field="--time",
        )
    return int(moment.timestamp() * 1000)


def _new_container(number: str, operator: str) -> tuple[ContainerOpening, dict[str, Any]]:
    from cli.contents import new_id, new_salt, refuse_errors
    from contracts.documents.identifiers import check_container_number
    from contracts.documents.package import ContainerOpening

    refuse_errors(
        check_container_number(number, field="CONTAINER"), what=number, do="Correct the container number."
    )
    opening = ContainerOpening(id=new_id(), salt=new_salt())
    return opening, {"commitment": opening.commitment(number).hex(), "operator": operator}


def _passed_on(number: str, opening: ContainerOpening) -> str:
    from ledger.primitives import encode_base64url

    return f"{number}={opening.id}:{encode_base64url(opening.salt)}"
