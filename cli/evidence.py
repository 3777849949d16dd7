"""`sealane evidence`: fetch proof from a node and keep it as a file that anyone can check offline.

`get` is about one record, `pack` about all of a consignment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.commands import command, group
from cli.context import Context
from cli.errors import CliError
from cli.files import replace_file

if TYPE_CHECKING:
    from ledger.evidence import EvidencePackage

app = group("Save proof of an entry or a record, to be checked offline.")

REASONS = {
    "contents.not-entitled": "you are not entitled to them",
    "contents.erased": "they were erased",
    "contents.unavailable": "no party's node gives them",
    "contents.no-key": "the node holds no contents key of yours",
    "contents.sealed": "the node holds no contents key of yours",
    "contents.too-many": "its node was asked too often",
    "evidence.unavailable": "the node cannot prove it",
    "package.too-large": "there is no room for it in one file",
    "package.unconnected": "only what is left out could connect it with the bill",
    "package.unknown-record": "the node does not know it",
}
"""Why something is left out of a package, in words, by the code that the file holds."""


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
    _save(path, data, force=force)
    value = {"file": str(path), "subject": key, "bytes": len(data)}
    context.output.result(value, f"{path}: evidence of {key}, {len(data)} bytes")
    context.output.next(f"sealane verify {path} {_anchor(context, checkpoint)}")


@command(
    app,
    "pack",
    examples=(
        "sealane evidence pack CORL:BG2611001 -o consignment.package.json --contents",
        "sealane evidence pack bill/RECORD_ID -o consignment.package.json --checkpoint 812",
    ),
)
def pack(
    context: Context,
    bill: Annotated[str, typer.Argument(metavar="BILL", help="Bill CODE:REF, its record key or id.")],
    out: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to write it; named after BILL."),
    ] = None,
    contents: Annotated[
        bool, typer.Option("--contents", help="Enclose the documents that you may read, for the reader too.")
    ] = False,
    history: Annotated[
        bool, typer.Option("--history", help="Enclose every act on each record, not only the last.")
    ] = False,
    checkpoint: Annotated[
        str | None, typer.Option("--checkpoint", metavar="HEIGHT", help="For a reader who trusts this block.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE when it exists.")] = False,
) -> None:
    """Save evidence of a whole consignment in one file.

    It holds evidence of the bill, of the bills that it replaces or that replaced
    it, of its master and house bills, of the containers, of their declarations
    and what these cite, and of the documents registered to any of them. With
    --contents each carries its document, where you may read it; each of these
    reads is recorded by the node that gives it. What could not be enclosed is
    listed in the file with its reason.
    """
    from cli.acting import find_key
    from cli.packing import Request
    from cli.packing import pack as packed

    key = find_key(context, bill, "bill")
    request = Request(subject=key, contents=contents, history=history, checkpoint=checkpoint)
    data, package = packed(context.client, request)
    path = out or Path(f"{_file_name(bill)}.package.json")
    _save(path, data, force=force)
    value = {
        "file": str(path),
        "subject": key,
        "bytes": len(data),
        "parts": [{"subject": part.subject, "contents": part.contents is not None} for part in package.parts],
        "left_out": [
            {"subject": line.subject, "what": line.what, "reason": line.reason} for line in package.left_out
        ],
    }
    context.output.result(value, _packed(path, len(data), package))
    context.output.next(f"sealane verify {path} {_anchor(context, checkpoint)}")


def _packed(path: Path, size: int, package: EvidencePackage) -> Iterable[str]:
    kinds = Counter(part.subject.partition("/")[0] for part in package.parts)
    counts = ", ".join(f"{kind}: {count}" for kind, count in kinds.items())
    enclosed = sum(part.contents is not None for part in package.parts)
    yield f"{path}: {len(package.parts)} records ({counts}), {enclosed} documents, {size} bytes"
    yield from left_out_lines(package)


def left_out_lines(package: EvidencePackage) -> Iterable[str]:
    """What a package says it leaves out, one line each."""
    for line in package.left_out:
        reason = REASONS.get(line.reason, line.reason)
        yield f"  without {line.what} of {line.subject}: {reason} ({line.reason})"


def _save(path: Path, data: bytes, *, force: bool) -> None:
    if path.exists() and not force:
        raise CliError(f"{path} exists already", do="--force, or choose another: -o FILE", code="file.exists")
    replace_file(path, data)


def _anchor(context: Context, checkpoint: str | None) -> str:
    return f"--checkpoint {checkpoint}:BLOCK_ID" if checkpoint else f"--genesis {_genesis(context)}"


def _genesis(context: Context) -> str:
    return str(context.directory / "genesis.json") if context.directory else "HASH|FILE"


def _file_name(subject: str) -> str:
    safe = "".join(c if c.isalnum() and c.isascii() else "-" for c in subject)
    return safe[:40].strip("-") or "sealane"
