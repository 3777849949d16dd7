"""`sealane movement`: record what happened to containers and what is expected, and look it up."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cli import movement_correct, movement_timeline
from cli.commands import command
from cli.context import Context
from cli.errors import CliError
from cli.movement_group import (
    EVENT_WORDS,
    AtOption,
    ContainerArgument,
    EventArgument,
    MaybeAtOption,
    MaybeContainerArgument,
    MaybeEventArgument,
    OperatorOption,
    PurposeOption,
    SealFoundOption,
    SealOption,
    SizeOption,
    TimeOption,
    app,
    event_fields,
    new_container,
    opening_of,
    passed_on,
    seal_fields,
    size_fields,
)

__all__ = ["app", "movement_correct", "movement_timeline"]


@command(
    app,
    "record",
    examples=(
        "sealane movement record SLNU1002356 gate_in --at CNQZH --purpose export --size 22G1",
        "sealane movement record SLNU1002356 discharge --at VNHPH --time 2026-03-10T08:30Z",
        "sealane movement record SLNU1002356 seal --at CNQZH --seal CN449213",
        "sealane movement record SLNU1002356 gate_in --at CNQZH --purpose export --operator coral-line",
        "sealane movement record --from dcsa-events.json",
        "sealane movement record --batch gate.csv --at VNHPH --purpose import",
    ),
    words=EVENT_WORDS,
    batch=True,
)
def record(
    context: Context,
    container: MaybeContainerArgument = None,
    event: MaybeEventArgument = None,
    at: MaybeAtOption = None,
    purpose: PurposeOption = None,
    time_: TimeOption = None,
    seal: SealOption = None,
    seal_found: SealFoundOption = None,
    size: SizeOption = None,
    operator: OperatorOption = None,
    file: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help="DCSA track-and-trace events in JSON, 2.2 or 3.0."),
    ] = None,
) -> None:
    """Record an event of a container that took place, or a file of events.

    Events: stuffing, stripping, pick_up, drop_off, gate_in, gate_out, road_departure, road_arrival,
    load, vessel_departure, vessel_arrival, discharge, rail_load, rail_departure, rail_arrival,
    rail_discharge, barge_load, barge_departure, barge_arrival, barge_discharge, seal, reseal,
    seal_removal, inspection, customs_scan, customs_inspection, customs_release,
    available_for_pick_up, available_for_drop_off, border_crossing.

    With --operator the container gets its first record; its number stays behind a commitment,
    whose salt is printed for the carrier to put it on a bill.

    With --from, what a file of DCSA events says happened is recorded, what it expects is announced, and
    what it retracts is withdrawn. CONTAINER is that of events which name none.

    With --batch, rows of a table are recorded together, as the moves of a day through a gate. Each says
    its time; what is on the ledger already is passed over, so that a file can be given again.
    """
    from cli.acting import perform, present
    from cli.movement_import import gather_event, record_file

    if file is not None:
        record_file(context, file, container, purpose, operator)
        return
    if container is None or event is None or at is None:
        raise CliError(
            "the event is not given", do="sealane movement record CONTAINER EVENT --at LOCODE, or --from FILE"
        )
    fields = event_fields(event, at, purpose, time_) | size_fields(size)
    if context.gathering is not None:
        gather_event(context, container, fields, seal, seal_found, row={"time": time_, "operator": operator})
        return
    key, version, described, announced = _subject(context, container, operator, seal, seal_found)
    result = perform(context.client, "movement.record", key, {**fields, **described}, version=version)
    _warn(context, key)
    sentence = f"Recorded {event.replace('_', ' ')} of {container} at {at}"
    present(context, result, sentence, key=key, container=announced)
    if announced is not None:
        context.output.note(f"For the carrier's bill: --container {announced}")
    context.output.next(f"sealane movement timeline {key}")


@command(
    app,
    "breach",
    examples=("sealane movement breach SLNU1002356 gate_out --at VNHPH --purpose import",),
    words=EVENT_WORDS,
)
def breach(
    context: Context,
    container: ContainerArgument,
    event: EventArgument,
    at: AtOption,
    purpose: PurposeOption = None,
    time_: TimeOption = None,
    seal: SealOption = None,
    seal_found: SealFoundOption = None,
    size: SizeOption = None,
) -> None:
    """Record a departure or loading that took place although the rules forbade it, with what it broke."""
    from cli.acting import perform, present

    fields = event_fields(event, at, purpose, time_) | size_fields(size)
    key, version, described, _ = _subject(context, container, None, seal, seal_found)
    result = perform(context.client, "movement.breach", key, {**fields, **described}, version=version)
    present(context, result, f"Reported {event.replace('_', ' ')} of {container} at {at}", key=key)


@command(
    app,
    "expect",
    examples=(
        "sealane movement expect SLNU1002356 vessel_arrival --at VNHPH --time 2026-03-09T22:00Z",
        "sealane movement expect SLNU1002356 gate_out --at VNHPH --time 2026-03-11T08:00Z --planned",
    ),
    words={"event": EVENT_WORDS["event"]},
)
def expect(
    context: Context,
    container: ContainerArgument,
    event: EventArgument,
    at: AtOption,
    time_: Annotated[
        str, typer.Option("--time", metavar="TIME", help="When it is to happen, as 2026-03-10T08:30Z.")
    ],
    planned: Annotated[
        bool, typer.Option("--planned/--estimated", help="By plan, or as it looks now.")
    ] = False,
    operator: OperatorOption = None,
) -> None:
    """Say when an event is planned, or estimated to happen.

    The newest word on an event at a place counts; earlier ones stay in the timeline, where all are
    held against what happened. Events are those of `sealane movement record`.
    """
    from cli.acting import perform, present

    fields = event_fields(event, at, None, time_) | {"classifier": "planned" if planned else "estimated"}
    key, version, described, announced = _subject(context, container, operator, None, None)
    result = perform(context.client, "movement.expect", key, {**fields, **described}, version=version)
    sentence = f"Expect {event.replace('_', ' ')} of {container} at {at}"
    present(context, result, sentence, key=key, container=announced)


@command(
    app, "list", examples=("sealane movement list SLNU1002356", "sealane movement list SLNU1002356 --json")
)
def list_(context: Context, container: ContainerArgument) -> None:
    """List the acts of movement on a container, in the order in which they were sealed."""
    from cli.acting import Names, find_key
    from cli.output import moment, table
    from cli.viewing import history, said_act

    key, names = find_key(context, container, "container"), Names(context)
    items = [item for item in history(context, key) if item["act"].startswith("movement.")]
    rows = [
        (
            str(item["version"]),
            moment(item["body"]["event_ms"] if "event_ms" in item["body"] else item["time_ms"]),
            said_act(item, names, "container"),
            item["body"].get("purpose", ""),
            names(item["issuer"]),
        )
        for item in items
    ]
    shown = table(("version", "when", "what", "for", "by"), rows) if rows else "No event yet."
    context.output.result({"key": key, "items": items}, shown)


@command(app, "show", examples=("sealane movement show SLNU1002356",))
def show(context: Context, container: ContainerArgument) -> None:
    """Show where a container is, what is expected of it, its seal, mass, warnings and breaches."""
    from cli.acting import find
    from cli.viewing import show_record

    show_record(context, find(context, container, "container"))


@command(app, "next", examples=("sealane movement next SLNU1002356 --as haiphong-terminal",))
def next_(context: Context, container: ContainerArgument) -> None:
    """Show what your organisation may record of a container, and what that waits for."""
    from cli.acting import find
    from cli.next_acts import show_next

    show_next(context, find(context, container, "container"))


def _subject(
    context: Context, container: str, operator: str | None, seal: str | None, found: str | None
) -> tuple[str, int, dict[str, Any], str | None]:
    """Key and version, what the event says of container and seal, and what the carrier is told."""
    from cli.acting import find

    if operator is not None:
        opening, described = new_container(container.upper(), operator)
        fields = {**seal_fields(opening, seal, found), "container": described}
        return f"container/{opening.id}", 0, fields, passed_on(container.upper(), opening)
    record = find(context, container, "container")
    known = None if seal is None else opening_of(context, container)
    return record.key, record.version, seal_fields(known, seal, found), None


def _warn(context: Context, key: str) -> None:
    """Say what did not fit in the event that was just recorded."""
    from cli.acting import read
    from contracts.movement.model import Container

    for warning in read(context.client, key).of(Container).events[-1].warnings:
        context.output.warn(f"recorded with a warning: {warning.value.replace('_', ' ')}")
