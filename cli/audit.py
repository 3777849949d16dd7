"""`sealane audit`: fetch a whole chain and check it again; or say who had a height sealed twice.

What a node serves is believed nowhere: `cli.chain_audit` executes every entry
again and recomputes the log, the state, the validator sets and the links between
blocks, and verifies every seal and signature. What two conflicting seals prove is
for `cli.conflict`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.commands import command, single
from cli.context import Context
from cli.errors import CliError

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

ProcessesOption = Annotated[
    int | None,
    typer.Option("--processes", metavar="N", min=1, help="Processes that verify; one for each core."),
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
    processes: ProcessesOption = None,
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
        _audit_chain(context, anchor, origin, until, processes)


def _audit_chain(
    context: Context, anchor: Anchor, origin: str, until: str | None, processes: int | None
) -> None:
    from cli.chain_audit import NodeSource, run_audit
    from ledger.evidence.anchor import GenesisAnchor

    if not isinstance(anchor, GenesisAnchor):
        raise CliError("an audit starts from a genesis", do="--genesis HASH|FILE")
    source = NodeSource(context.client)
    run_audit(
        context.output, source, anchor, origin, where=context.node_url, until=until, processes=processes
    )
