"""`sealane node`: run one node in the foreground, and look after it.

The only module of the command line that imports the node, and only inside the
functions that need it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.commands import command, group
from cli.context import Context
from cli.errors import CliError, ExitCode
from cli.output import Output, fields
from cli.processes import running_as_node

app = group("Run one node, and look after it.")

NodeDirectory = Annotated[Path, typer.Argument(metavar="DIR", help="Node directory: it holds node.toml.")]


@command(app, "run", examples=("sealane node run sealane-network/nodes/coral-line",))
def run(output: Output, directory: NodeDirectory) -> None:
    """Run a node until it is stopped with Ctrl-C or SIGTERM.

    It serves its API, connects to the other nodes and, with a validator key,
    takes part in sealing blocks. A second process for the same directory is
    refused: a validator that signs twice can be proven guilty.
    """
    config = _config_file(directory)
    with running_as_node(config.parent):
        from nodes.main import run as run_node

        code = run_node(config)
    if code:
        raise typer.Exit(code)
    output.note("stopped")


@command(app, "check", examples=("sealane node check sealane-network/nodes/coral-line",))
def check(output: Output, directory: NodeDirectory) -> None:
    """Check a node's configuration, genesis and database without starting it."""
    from contextlib import redirect_stdout
    from io import StringIO

    from nodes.main import check as check_node

    with redirect_stdout(StringIO()) as said:
        code = check_node(_config_file(directory))
    finding = said.getvalue().strip()
    output.result(
        {"directory": str(directory), "sound": code == 0, "finding": finding}, finding or "Not sound."
    )
    if code:
        raise typer.Exit(code)


@command(app, "status", examples=("sealane node status", "sealane node status --node coral-line --json"))
def status(context: Context) -> None:
    """Show what a node says of itself: height, peers, and whether it is ready."""
    found = context.anonymous.status()
    text = fields((name.replace("_", " "), _plain(value)) for name, value in found.items())
    context.output.result(found, text)
    if not found.get("ready"):
        raise CliError(
            "the node is not ready",
            why="; ".join(found.get("reasons", ())),
            exit_code=ExitCode.UNREACHABLE,
            code="node.not-ready",
        )


def _config_file(directory: Path) -> Path:
    config = directory if directory.is_file() else directory / "node.toml"
    if not config.is_file():
        raise CliError(
            f"{directory} is not a node directory",
            why="It has no node.toml.",
            do="sealane network init DIR makes node directories under DIR/nodes.",
            code="node.missing",
        )
    return config


def _plain(value: object) -> object:
    return ", ".join(str(item) for item in value) or "none" if isinstance(value, list) else value
