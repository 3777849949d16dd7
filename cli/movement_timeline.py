"""`sealane movement timeline`: planned against actual, across bills and modes, and as DCSA events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.commands import command
from cli.context import Context
from cli.movement_group import ContainerArgument, app

MINUTE_MS = 60_000


@command(
    app,
    "timeline",
    examples=(
        "sealane movement timeline SLNU1002356",
        "sealane movement timeline SLNU1002356 --dcsa events.json",
    ),
)
def timeline(
    context: Context,
    container: ContainerArgument,
    dcsa: Annotated[
        Path | None,
        typer.Option("--dcsa", metavar="FILE", help="Write it as DCSA track-and-trace 2.2 events instead."),
    ] = None,
) -> None:
    """Show a container's trip across its bills: planned, estimated, actual, and what was put right.

    Whoever the container, its bills or its declarations name may ask, at a node that knows its number
    or by its record key. What was corrected or withdrawn stays visible.
    """
    from cli.acting import Names, find_key
    from cli.output import moment, table

    key = find_key(context, container, "container")
    answer = context.client.get(f"/v1/containers/{key.partition('/')[2]}/timeline")
    if not answer["complete"]:
        context.output.warn("the node has pruned some of it: ask an archive node for the whole")
    if dcsa is not None:
        _write_events(context, dcsa, container, answer)
        return
    names = Names(context)
    rows = [
        (
            moment(item["event_ms"]),
            item["classifier"],
            item["event"].replace("_", " ").replace(".", " "),
            item["facility"],
            names(item["issuer"]),
            str(item["version"]) if item["key"] == key else "",
            "; ".join(_remarks(item)),
        )
        for item in answer["items"]
    ]
    headings = ("when", "", "what", "at", "by", "version", "remarks")
    context.output.result(answer, table(headings, rows) if rows else "Nothing yet.")


def _remarks(item: Mapping[str, Any]) -> Iterator[str]:
    """What there is to say of a moment beside what happened."""
    from cli.output import moment

    for word in ("estimated", "planned"):
        if item[f"{word}_ms"] is not None:
            yield f"{_difference(item['event_ms'] - item[f'{word}_ms'])} than {word}"
    for correction in item["corrections"]:
        done = "withdrawn" if correction["event_ms"] is None else f"first said {moment(item['first_ms'])}"
        yield f"{done} ({correction['reason'].replace('_', ' ')})"
    if item["standing"] in ("replaced", "met"):
        yield {"replaced": "superseded", "met": "happened"}[item["standing"]]
    yield from (warning.replace("_", " ") for warning in item["warnings"])
    if item["broke"]:
        yield f"against the rules: {', '.join(item['broke'])}"


def _difference(ms: int) -> str:
    """How much later or earlier, to the minute."""
    minutes = abs(ms) // MINUTE_MS
    hours, rest = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [f"{count} {unit}" for count, unit in ((days, "d"), (hours, "h"), (rest, "min")) if count]
    if not parts:
        return "no later"
    return f"{' '.join(parts)} {'later' if ms > 0 else 'earlier'}"


def _write_events(context: Context, path: Path, container: str, answer: Mapping[str, Any]) -> None:
    """The timeline as DCSA events, in a new file."""
    import json

    from cli.files import write_new
    from cli.track_and_trace import events_of

    number = None if "/" in container else container.upper()
    events = events_of(answer["items"], number)
    write_new(path, json.dumps(events, indent=2).encode() + b"\n")
    value = {"file": str(path), "key": answer["key"], "events": len(events)}
    context.output.result(value, f"{path}: {len(events)} DCSA track-and-trace 2.2 events")
