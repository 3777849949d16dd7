"""What the commands of `sealane movement` share: their group, their arguments, and the fields of an event."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.commands import group
from cli.context import Context
from cli.errors import CliError

if TYPE_CHECKING:
    from contracts.documents.package import ContainerOpening

app = group("What happened to a container: gates, loading, rail, seals.")

ContainerArgument = Annotated[
    str, typer.Argument(metavar="CONTAINER", help="Container number, record key, or the beginning of its id.")
]
EventArgument = Annotated[str, typer.Argument(metavar="EVENT", help="What happened; see below.")]
MaybeContainerArgument = Annotated[
    str | None,
    typer.Argument(metavar="CONTAINER", help="Container number, record key, or the beginning of its id."),
]
MaybeEventArgument = Annotated[str | None, typer.Argument(metavar="EVENT", help="What happened; see below.")]
VersionArgument = Annotated[
    int, typer.Argument(metavar="VERSION", help="The event's version, as the timeline shows it.")
]
AtOption = Annotated[str, typer.Option("--at", metavar="LOCODE", help="UN/LOCODE of the facility.")]
MaybeAtOption = Annotated[
    str | None, typer.Option("--at", metavar="LOCODE", help="UN/LOCODE of the facility.")
]
PurposeOption = Annotated[
    str | None,
    typer.Option(
        "--purpose",
        metavar="PURPOSE",
        help="Into and out of facilities: export, import, transit, empty.",
    ),
]
TimeOption = Annotated[
    str | None, typer.Option("--time", metavar="TIME", help="When, as 2026-03-10T08:30Z; now unless told.")
]
SealOption = Annotated[
    str | None,
    typer.Option("--seal", metavar="NUMBER", help="Seal put on, or read on the doors; only a hash is kept."),
]
SealFoundOption = Annotated[
    str | None, typer.Option("--seal-found", metavar="HOW", help="The seal was broken or missing.")
]
SizeOption = Annotated[
    str | None,
    typer.Option(
        "--size", metavar="CODE", help="ISO 6346 size and type code, such as 22G1; only the length is kept."
    ),
]
OperatorOption = Annotated[
    str | None,
    typer.Option("--operator", metavar="ORG", help="Carrier of a container that no bill announced yet."),
]
EVENT_WORDS = {
    "event": "contracts.movement.vocabulary:EventType",
    "purpose": "contracts.movement.vocabulary:Purpose",
    "seal_found": "contracts.movement.vocabulary:SealFound",
}
"""What parameters of an event take."""

ReasonOption = Annotated[str, typer.Option("--reason", metavar="REASON", help="Why; see below.")]


def event_fields(event: str, at: str, purpose: str | None, when: str | None) -> dict[str, Any]:
    """The body of an actual event, its words checked; `CliError` names what is not understood."""
    from cli.acting import choice
    from contracts.movement.vocabulary import EventType, Purpose

    return {
        "event": choice(EventType, event, "EVENT").value,
        "classifier": "actual",
        "facility": at.upper(),
        "event_ms": int(time.time() * 1000) if when is None else milliseconds(when),
        "purpose": None if purpose is None else choice(Purpose, purpose, "--purpose").value,
    }


def seal_fields(opening: ContainerOpening | None, seal: str | None, found: str | None) -> dict[str, Any]:
    """What an event says of a seal: a commitment that the container's own salt opens.

    Raises `CliError` when there is a seal and no salt, or `found` is not understood.
    """
    from cli.acting import choice
    from contracts.movement.vocabulary import SealFound
    from ledger.contents import seal_commitment
    from ledger.errors import LedgerError

    fields = {} if found is None else {"seal_found": choice(SealFound, found, "--seal-found").value}
    if seal is None:
        return fields
    if opening is None:
        raise CliError(
            "the seal cannot be committed to",
            why="Its number is hashed with the container's salt, which is in the contents of the bill.",
            do="Name the container by its number, at a node that may read the bill.",
            field="--seal",
        )
    try:
        return {**fields, "seal": seal_commitment(opening.salt, seal).hex()}
    except LedgerError as error:
        raise CliError(f"--seal {seal} is no seal number", why=error.message, field="--seal") from None


def size_fields(size: str | None) -> dict[str, Any]:
    """What an event says of the container's size; `CliError` for what is no size and type code."""
    from contracts.movement.equipment import length_of

    length = None if size is None else length_of(size)
    if size is not None and length is None:
        raise CliError(
            f"--size {size} is no ISO 6346 size and type code",
            why="It has four characters: length, height and width, and two for the type.",
            do="Give it as it stands on the container, such as 22G1 or 45R1.",
            field="--size",
        )
    return {} if length is None else {"length": length}


def opening_of(context: Context, container: str) -> ContainerOpening | None:
    """What ties a container's number to its record, where the node may show it; None for a record key."""
    from cli.contents import known_opening

    return None if "/" in container else known_opening(context.client, container.upper())


def new_container(number: str, operator: str) -> tuple[ContainerOpening, dict[str, Any]]:
    """A fresh id and salt for a container that no bill announced, and how its first event describes it."""
    from cli.contents import new_id, new_salt, refuse_errors
    from contracts.documents.identifiers import check_container_number
    from contracts.documents.package import ContainerOpening

    refuse_errors(
        check_container_number(number, field="CONTAINER"), what=number, do="Correct the container number."
    )
    opening = ContainerOpening(id=new_id(), salt=new_salt())
    return opening, {"commitment": opening.commitment(number).hex(), "operator": operator}


def passed_on(number: str, opening: ContainerOpening) -> str:
    """The container as `sealane bill issue --container` takes it."""
    from ledger.primitives import encode_base64url

    return f"{number}={opening.id}:{encode_base64url(opening.salt)}"


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
