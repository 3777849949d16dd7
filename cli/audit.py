"""`sealane audit`: fetch a whole chain and check it again; or say who had a height sealed twice.

What a node serves is believed nowhere: `cli.chain_audit` executes every entry
again and recomputes the log, the state, the validator sets and the links between
blocks, and verifies every seal and signature. What two conflicting seals prove is
for `cli.conflict`.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.commands import command, single
from cli.context import Context
from cli.errors import CliError, ExitCode
from cli.output import duration, fields, moment
from ledger.errors import LedgerError

if TYPE_CHECKING:
    from ledger.evidence import Anchor

app = single("Check a whole chain from its genesis.")

GenesisOption = Annotated[
    str | None, typer.Option("--genesis", metavar="HASH|FILE", help="Genesis you trust; DIR's by default.")
]
UntilOption = Annotated[
    str | None, typer.Option("--until", metavar="HEIGHT", help="Last block to check; the newest by default.")
]
ConflictOption = Annotated[
    tuple[Path, Path] | None,
    typer.Option("--conflict", metavar="FILE FILE", help="Evidence or sealed headers that disagree."),
]
VotesOption = Annotated[
    list[Path] | None,
    typer.Option("--votes", metavar="PATH", help="A node's witness directory or file. Repeatable."),
]
OutOption = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Where to write the report on a conflict."),
]
ReportOption = Annotated[
    Path | None,
    typer.Option("--check-report", metavar="FILE", help="Verify a report on a conflict, offline."),
]


@command(
    app,
    "audit",
    examples=(
        "sealane audit --network sealane-network --as coral-line/lin-tao",
        "sealane audit --node http://127.0.0.1:8402 --genesis HASH --as coral-line/lin-tao --key lin-tao.pem",
        "sealane audit --conflict one.json other.json --votes a/witness-log --votes b/witness-log",
        "sealane audit --check-report block-812.conflict.json --genesis genesis.json",
    ),
)
def audit(
    context: Context,
    genesis: GenesisOption = None,
    until: UntilOption = None,
    conflict: ConflictOption = None,
    votes: VotesOption = None,
    out: OutOption = None,
    check_report: ReportOption = None,
) -> None:
    """Check every block that a node serves: entries, log, state, links, seals and signatures.

    Trust starts from the genesis in your network directory, or the one you name.
    Exits 1 and names the first block that is wrong.

    With --conflict, ask no node: take two pieces of evidence that show different
    sealed blocks of one height, and the votes that nodes kept, and write a report
    that names the validators who made it possible. Exits 1 when the votes do not
    suffice, and says which are missing. --check-report verifies such a report.
    """
    from cli.anchors import choose_anchor
    from cli.conflict import report_conflict, show_report

    if [until, conflict, check_report].count(None) < 2:
        raise CliError("choose one of --until, --conflict and --check-report")
    anchor, origin = choose_anchor(genesis, None, context.directory)
    if check_report is not None:
        show_report(context.output, check_report, anchor, origin)
    elif conflict is not None:
        report_conflict(context.output, conflict, votes or (), anchor, origin, out)
    else:
        _audit_chain(context, anchor, origin, until)


def _audit_chain(context: Context, anchor: Anchor, origin: str, until: str | None) -> None:
    from cli.chain_audit import ChainAudit
    from ledger.evidence.anchor import GenesisAnchor

    if not isinstance(anchor, GenesisAnchor):
        raise CliError("an audit starts from a genesis", do="--genesis HASH|FILE")
    began = time.monotonic()
    check = ChainAudit(context.client, anchor, progress=context.output.note)
    try:
        figures = check.run(None if until is None else _height(until))
    except LedgerError as error:
        raise CliError(
            f"the chain is wrong at {check.place}",
            why=error.message,
            do="Keep what you have, and ask another node: a sealed block cannot change.",
            exit_code=ExitCode.REFUSED,
            code=f"audit.{error.code}",
            field=error.field,
        ) from None
    took_ms = int((time.monotonic() - began) * 1000)
    value = {"node": context.node_url, "anchor": origin, **figures.as_json(), "duration_ms": took_ms}
    shown = {
        "trusting": origin,
        "blocks": f"{figures.blocks}, linked, up to {figures.height} of {moment(figures.time_ms)}",
        "entries": f"{figures.entries}, each signed by its member and accepted by the contracts",
        "log root": figures.log_root,
        "state root": figures.state_root,
        "seals": f"{figures.seals}, each by a quorum",
        "set changes": figures.set_changes,
        "took": duration(took_ms),
    }
    context.output.result(value, [fields(shown), context.output.paint("Nothing wrong found.", "green")])


def _height(text: str) -> int:
    if not text.isdecimal() or len(text) > 15:
        raise CliError(f"--until {text} is no height", do="Give the number of a block.")
    return int(text)
