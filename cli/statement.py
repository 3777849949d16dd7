"""`sealane statement`: what became of one, and sending one again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.commands import command, group
from cli.context import Context
from cli.errors import CliError, ExitCode

app = group("Statements whose outcome is open: ask for it, or send one again.")

KNOWN = "statement.known"
"""How a node answers to a statement that was sealed before those whose place it remembers."""


@command(
    app,
    "status",
    examples=(
        "sealane statement status 7f0c9a7be0c2f4f3c2b7e1f7a5d4a3a1b0f9e8d7c6b5a49382716051423324f5",
        "sealane statement status sealane-network/pending/7f0c9a7b.cose --as coral-line/lin-tao",
    ),
)
def status(
    context: Context,
    statement: Annotated[
        str, typer.Argument(metavar="ID|FILE", help="Its id, or the file in which it was kept.")
    ],
) -> None:
    """Say what became of a statement, as far as your node knows: sealed, refused, or still on its way.

    Exits 0 when it is sealed, 1 when it was refused or your node does not know it, 3 when it is pending.
    """
    from cli.open_statements import id_of, read

    is_id = re.fullmatch(r"[0-9a-f]{64}", statement) is not None
    name = statement if is_id else id_of(read(Path(statement)))
    answer = context.client.get_or_none(f"/v1/statements/{name}")
    if answer is None:
        raise CliError(
            f"your node knows no statement {name}",
            why="It did not arrive, or was sealed longer ago than the node remembers.",
            do="sealane statement send FILE   (harmless: it takes effect once)",
            exit_code=ExitCode.REFUSED,
            code="statement.not-known",
        )
    context.output.result(answer, _said(answer))
    codes = {"sealed": ExitCode.DONE, "pending": ExitCode.UNREACHABLE}
    if answer["status"] != "sealed":
        raise typer.Exit(int(codes.get(answer["status"], ExitCode.REFUSED)))


@command(
    app,
    "send",
    examples=(
        "sealane statement send sealane-network/pending/7f0c9a7b.cose",
        "sealane statement send sealane-network/pending/*.cose --wait 120",
    ),
)
def send(
    context: Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Statements as they were kept.")],
) -> None:
    """Send signed statements again, and wait until each is final.

    A statement takes effect once, however often it is sent: one that was sealed before gets the same
    answer, and that is said. Who sends it does not matter; its signature is its own. One that is refused
    keeps none of the others back, and is removed when it was kept here and can never be accepted.
    """
    from cli.open_statements import forget, id_of, read
    from cli.transport import ApiError

    leaves = [(path, read(path)) for path in files]
    done: list[dict[str, Any]] = []
    refused: list[CliError] = []
    try:
        for path, leaf in leaves:
            try:
                answer = context.anonymous.submit(leaf)
            except ApiError as error:
                if error.code != KNOWN:
                    error.what = f"{path}: {error.what}"
                    if error.exit_code is not ExitCode.REFUSED:
                        raise
                    refused.append(error)
                    if error.final:
                        forget(path)
                    continue
                answer = {"status": "sealed", "id": id_of(leaf)}
            forget(path)
            again = context.anonymous.sealed_before or "height" not in answer
            done.append({"file": str(path), "again": again, **answer})
    finally:
        if done:
            context.output.result({"items": done}, [f"{item['file']}: {_said(item)}" for item in done])
    if refused:
        first, *others = refused
        first.why = "; ".join([first.why, *(error.what for error in others)])
        raise first


def _said(answer: dict[str, Any]) -> str:
    if answer["status"] == "sealed" and "height" not in answer:
        return "sealed before, longer ago than the node remembers where"
    if answer["status"] == "sealed":
        when = "sealed before, and nothing was done twice" if answer.get("again") else "sealed"
        return f"{when} (block {answer['height']}, entry {answer['index']})"
    if answer["status"] == "pending":
        return "pending: the node has it, and no quorum has sealed it yet"
    final = "for good" if answer["final"] else "for now"
    return f"refused {final}: {answer['detail']} [{answer['code']}]"
