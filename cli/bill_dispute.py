"""Commands to dispute control over a bill, and to end a dispute."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.bill_group import act_on, app
from cli.commands import command
from cli.context import Context
from cli.papers import BillArgument


@command(
    app,
    "dispute",
    examples=("sealane bill dispute CORL:BG2611001 --ground not_authorised",),
    words={"ground": "contracts.bill.vocabulary:DisputeGround"},
)
def dispute(
    context: Context,
    bill: BillArgument,
    ground: Annotated[str, typer.Option("--ground", metavar="GROUND", help="Why; see below.")],
) -> None:
    """Dispute control over a bill: it stays where it is until the dispute ends.

    Open to its carrier, shipper, possessor and titleholder, and to whoever handed it
    over last. Grounds: not_authorised, wrong_recipient, title_contested,
    contents_wrong, other_original, other.
    """
    from cli.acting import choice
    from contracts.bill.vocabulary import DisputeGround

    given = choice(DisputeGround, ground, "--ground").value
    act_on(context, bill, "bill.dispute", {"ground": given}, "Disputed {}: control over it is frozen")


@command(
    app,
    "resolve",
    examples=(
        "sealane bill resolve CORL:BG2611001 --outcome withdrawn",
        "sealane bill resolve CORL:BG2611001 --outcome returned",
    ),
    words={"outcome": "contracts.bill.vocabulary:DisputeOutcome"},
)
def resolve(
    context: Context,
    bill: BillArgument,
    outcome: Annotated[str, typer.Option("--outcome", metavar="OUTCOME", help="withdrawn or returned.")],
) -> None:
    """End a dispute: withdraw it if you raised it, or return the bill if you possess it."""
    from cli.acting import choice
    from contracts.bill.vocabulary import DisputeOutcome

    given = choice(DisputeOutcome, outcome, "--outcome")
    said = "control stays as it is" if given is DisputeOutcome.WITHDRAWN else "possession went back"
    fields = {"outcome": given.value}
    act_on(context, bill, "bill.resolve", fields, f"Ended the dispute over {{}}: {said}")
