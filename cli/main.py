"""The `sealane` command: what commands there are, and what becomes of a failure nobody expected.

Commands live in modules of their own and are imported when used. Expected
failures print what, why and what to do where they are caught (`cli.commands`);
a usage mistake exits 2 and a fault of this software 4, with one line (`cli.guard`).
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from cli.lazy import Entry, lazy_group

COMMANDS = (
    Entry("demo", "cli.demo", "A network, the corridor story and its evidence, in one command."),
    Entry("lab", "cli.lab.commands", "Exercises for a training room, with narration and self-check."),
    Entry("network", "cli.network", "Make, start and stop a network of nodes on this machine."),
    Entry("node", "cli.node", "Run one node, and look after it."),
    Entry("key", "cli.key", "Make and inspect keys."),
    Entry("member", "cli.member", "Who may act for an organisation, and with which keys."),
    Entry("mandate", "cli.mandate", "Who may act in whose name, for what, and how long."),
    Entry("org", "cli.org", "Organisations: who takes part, and their nodes' and validators' keys."),
    Entry("proposal", "cli.proposal", "Changes of the network, and the ballots on them."),
    Entry("bill", "cli.bill", "Bills of lading: issue, transfer, endorse, surrender."),
    Entry("batch", "cli.batch", "Several acts in one statement, all or nothing."),
    Entry("statement", "cli.statement", "Statements whose outcome is open: ask, or send them again."),
    Entry("codes", "cli.codes", "Lists of places, goods and carriers to check documents against."),
    Entry("clearance", "cli.clearance", "Customs declarations: lodge, hold, release, refuse."),
    Entry("movement", "cli.movement", "What happened to a container: gates, loading, rail, seals."),
    Entry("document", "cli.document", "Supporting documents, and who may read them."),
    Entry("acts", "cli.acts", "What can be done, by whom, and how it is refused; offline."),
    Entry("login", "cli.login", "Let a browser read a node's pages as a member."),
    Entry("evidence", "cli.evidence", "Save proof of an entry or a record, to be checked offline."),
    Entry("verify", "cli.verify", "Check an evidence file, offline."),
    Entry("audit", "cli.audit", "Check a whole chain from its genesis."),
    Entry("doctor", "cli.doctor", "Find out what is wrong on this machine, and what to type."),
    Entry("completion", "cli.completion", "Have your shell complete commands, options and names."),
)

COMPLETE = "__complete"
"""First word of the command lines with which shells ask for completions (`cli.completion`)."""

HELP = """An open ledger for container trade: control of bills of lading and customs clearance.

Start with `sealane demo`, or make a network of your own with `sealane network init`.
"""

EPILOG = """\b
Examples:
  sealane demo
  sealane verify bill.evidence.json --genesis genesis.json

\b
Exit codes: 0 done or verified, 1 refused or not verified, 2 usage,
3 node unreachable, 4 internal (set SEALANE_DEBUG=1 for details).
"""

app = typer.Typer(
    name="sealane",
    help=HELP,
    epilog=EPILOG,
    cls=lazy_group(COMMANDS),
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import PackageNotFoundError, version

        try:
            print(f"sealane {version('sealane')}")
        except PackageNotFoundError:
            print("sealane (not installed: running from its source)")
        raise typer.Exit


@app.callback()
def _root(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Entry point of the console script."""
    prepare_streams()
    if sys.argv[1:2] == [COMPLETE]:
        from cli.completing import answer
        from cli.guard import run_guarded

        sys.exit(run_guarded(lambda: answer(sys.argv[2:])))
    app(prog_name="sealane")


def prepare_streams() -> None:
    """Make stdout and stderr write UTF-8 and never fail on a character, as gbk and cp874 would.

    A stream that was closed (`>&-`) is Python's None: what goes there goes nowhere.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - until the end
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")


if __name__ == "__main__":
    main()
