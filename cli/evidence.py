"""`sealane evidence`: fetch proof from a node and keep it as a file that anyone can check offline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.commands import command, group
from cli.context import Context
from cli.files import write_new

app = group("Save proof of an entry or a record, to be checked offline.")


@command(
    app,
    "get",
    examples=(
        "sealane evidence get CORL:BG2611001 -o bill.evidence.json --contents",
        "sealane evidence get bill/RECORD_ID -o bill.evidence.json --history",
    ),
)
def get(
    context: Context,
    subject: Annotated[
        str, typer.Argument(metavar="SUBJECT", help="Record key, bill CODE:REF, or container number.")
    ],
    out: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to write it; named after SUBJECT."),
    ] = None,
    contents: Annotated[
        bool, typer.Option("--contents", help="Enclose the document, for the reader to see.")
    ] = False,
    history: Annotated[
        bool, typer.Option("--history", help="Enclose every act on the record, not only the last.")
    ] = False,
    checkpoint: Annotated[
        str | None, typer.Option("--checkpoint", metavar="HEIGHT", help="For a reader who trusts this block.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE when it exists.")] = False,
) -> None:
    """Fetch evidence of a record and save it.

    The file proves what it says to anyone who trusts the network's genesis, or
    the checkpoint you name, without asking this or any other node. With
    --contents it carries the document itself: give it only to who may read it.
    """
    from cli.subjects import resolve_subject

    client = context.client
    key = resolve_subject(client, subject)
    data = client.get_bytes(
        f"/v1/evidence/{key}",
        contents=contents,
        history=history,
        genesis=checkpoint is None,
        checkpoint=checkpoint,
    )
    path = out or Path(f"{_file_name(subject)}.evidence.json")
    if force:
        path.unlink(missing_ok=True)
    write_new(path, data)
    value = {"file": str(path), "subject": key, "bytes": len(data)}
    context.output.result(value, f"{path}: evidence of {key}, {len(data)} bytes")
    anchor = f"--checkpoint {checkpoint}:BLOCK_ID" if checkpoint else f"--genesis {_genesis(context)}"
    context.output.next(f"sealane verify {path} {anchor}")


def _genesis(context: Context) -> str:
    return str(context.directory / "genesis.json") if context.directory else "HASH|FILE"


def _file_name(subject: str) -> str:
    safe = "".join(c if c.isalnum() and c.isascii() else "-" for c in subject)
    return safe[:40].strip("-") or "sealane"
