"""Commands for the carrier of a bill: answer surrenders, end the bill, release the goods."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.bill_group import ReasonOption, ToOption, act_on, app
from cli.commands import command
from cli.context import Context
from cli.papers import BillArgument


@command(app, "accept-surrender", examples=("sealane bill accept-surrender CORL:BG2611001",), batch=True)
def accept_surrender(context: Context, bill: BillArgument) -> None:
    """Accept a surrender, as the carrier: the bill goes out of circulation."""
    act_on(context, bill, "bill.accept_surrender", {}, "Accepted the surrender of {}")


@command(
    app,
    "reject-surrender",
    examples=("sealane bill reject-surrender CORL:BG2611001 --reason charges_unpaid",),
    words={"reason": "contracts.bill.vocabulary:SurrenderRejection"},
)
def reject_surrender(context: Context, bill: BillArgument, reason: ReasonOption) -> None:
    """Reject a surrender, as the carrier: the bill returns to whoever surrendered it.

    Reasons: charges_unpaid, party_not_entitled, amendment_not_possible,
    instructions_unclear, legal_bar, other.
    """
    from cli.acting import choice
    from contracts.bill.vocabulary import SurrenderRejection

    given = choice(SurrenderRejection, reason, "--reason").value
    act_on(context, bill, "bill.reject_surrender", {"reason": given}, "Rejected the surrender of {}")


@command(app, "void", examples=("sealane bill void CORL:BG2611001",))
def void(context: Context, bill: BillArgument) -> None:
    """End a bill that was surrendered for amendment, as the carrier; then issue its replacement."""
    act_on(context, bill, "bill.void", {}, "Voided {}")


@command(app, "release", examples=("sealane bill release CORL:BG2611001 --to red-river-imports",))
def release(context: Context, bill: BillArgument, to: ToOption) -> None:
    """Order the goods to be released to a party, as the carrier.

    For a sea waybill, a bill that was surrendered for delivery, and one on paper that
    you have back. The gate asks for it where a release was taken back, and for paper.
    """
    act_on(context, bill, "bill.release", {"to": to}, f"Released the goods of {{}} to {to}")


@command(
    app,
    "revoke-release",
    examples=("sealane bill revoke-release CORL:BG2611001 --reason charges_unpaid",),
    words={"reason": "contracts.bill.vocabulary:ReleaseRevocation"},
)
def revoke_release(context: Context, bill: BillArgument, reason: ReasonOption) -> None:
    """Take the release of the goods back before they have left, as the carrier; the gate then waits.

    Reasons: charges_unpaid, wrong_party, instructions_changed, lien, legal_bar, other.
    """
    from cli.acting import choice
    from contracts.bill.vocabulary import ReleaseRevocation

    given = choice(ReleaseRevocation, reason, "--reason").value
    sentence = "Took back the release of {}: the goods stay"
    act_on(context, bill, "bill.revoke_release", {"reason": given}, sentence)


@command(
    app,
    "prove-master",
    examples=('sealane bill prove-master NVOC:HB0001 --proof "Delivery order 4711 of Coral Line"',),
)
def prove_master(
    context: Context,
    bill: BillArgument,
    proof: Annotated[str, typer.Option("--proof", metavar="TEXT", help="What proves it; only committed to.")],
) -> None:
    """Say that the master of your house bill, which is elsewhere, was given up for the goods.

    The gate stays shut until then. Keep the text with the salt that is printed: they open the commitment.
    """
    from cli.acting import find, perform, present
    from cli.notes import new_note

    found, made = find(context, bill, "bill"), new_note(proof)
    fields = {"proof": made.commitment}
    result = perform(context.client, "bill.prove_master", found.key, fields, version=found.version)
    sentence = f"Recorded that the master of {bill} was given up"
    present(context, result, sentence, key=found.key, opening=made.opening())
