"""`sealane bill`: issue bills of lading, pass them on, endorse and surrender them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli import papers
from cli.commands import command, group
from cli.context import Context
from cli.errors import CliError
from cli.papers import BillArgument

app = group("Bills of lading: issue, transfer, endorse, surrender.")

ToOption = Annotated[str, typer.Option("--to", metavar="ORG", help="The organisation.")]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="REASON", help="Why; see below.")]

DAY_MS = 86_400_000

command(
    app,
    "draft",
    examples=("sealane bill draft shipping-instructions.json -o draft.json",),
)(papers.draft)
command(app, "check", examples=("sealane bill check bill.json", "sealane bill check bill.json --json"))(
    papers.check
)
command(
    app,
    "issue",
    examples=(
        "sealane bill issue bill.json --to landbridge-forwarding --titleholder red-river-imports",
        "sealane bill issue waybill.json --to red-river-imports --party haiphong-terminal",
    ),
)(papers.issue)
command(app, "accept", examples=("sealane bill accept CORL:BG2611001",))(papers.accept)
command(app, "show", examples=("sealane bill show CORL:BG2611001", "sealane bill show BILL --json"))(
    papers.show
)


@command(app, "list", examples=("sealane bill list --as red-river-imports",))
def list_(context: Context) -> None:
    """List the bills that name your organisation, also those only offered to it, the newest first."""
    from cli.viewing import show_list

    show_list(context, "bill")


@command(app, "history", examples=("sealane bill history CORL:BG2611001",))
def history(context: Context, bill: BillArgument) -> None:
    """Show the endorsement chain: every act on a bill, by whom and when."""
    from cli.acting import find_key
    from cli.viewing import show_history

    show_history(context, find_key(context, bill, "bill"))


@command(app, "next", examples=("sealane bill next CORL:BG2611001 --as red-river-imports",))
def next_(context: Context, bill: BillArgument) -> None:
    """Show what your organisation may do with a bill, what it waits for, and what to type."""
    from cli.acting import find
    from cli.next_acts import show_next

    show_next(context, find(context, bill, "bill"))


@command(
    app,
    "transfer",
    examples=("sealane bill transfer CORL:BG2611001 --to red-river-imports --days 3",),
)
def transfer(
    context: Context,
    bill: BillArgument,
    to: ToOption,
    days: Annotated[str, typer.Option("--days", metavar="N", help="How long it stands, 1 to 30.")] = "7",
) -> None:
    """Offer possession of a bill; it stays yours until the other side accepts."""
    if not (days.isascii() and days.isdigit() and 1 <= int(days) <= 30):
        raise CliError(f"--days {days} is out of range", why="An offer stands for 1 to 30 days.")
    expires_ms = context.client.status()["time_ms"] + int(days) * DAY_MS
    fields = {"to": to, "expires_ms": expires_ms}
    _do(context, bill, "bill.transfer", fields, f"Offered {{}} to {to} for {days} days")


@command(app, "reject", examples=("sealane bill reject CORL:BG2611001 --reason contents_wrong",))
def reject(context: Context, bill: BillArgument, reason: ReasonOption) -> None:
    """Decline a bill offered to you.

    Reasons: not_expected, contents_wrong, contents_unavailable, terms_not_met, other.
    """
    from cli.acting import choice
    from contracts.bill.vocabulary import OfferRejection

    given = choice(OfferRejection, reason, "--reason").value
    _do(context, bill, "bill.reject", {"reason": given}, "Declined {}: possession stays with the sender")


@command(app, "cancel", examples=("sealane bill cancel CORL:BG2611001",))
def cancel(context: Context, bill: BillArgument) -> None:
    """Take back an offer that is not accepted yet."""
    _do(context, bill, "bill.cancel", {}, "Took back the offer of {}")


@command(app, "endorse", examples=("sealane bill endorse CORL:BG2611001 --to red-river-imports",))
def endorse(context: Context, bill: BillArgument, to: ToOption) -> None:
    """Pass title to an endorsee who cannot endorse further. Possession stays: transfer it too."""
    _do(context, bill, "bill.endorse", {"endorsee": to}, f"Endorsed {{}} to {to}")


@command(
    app, "endorse-to-order", examples=("sealane bill endorse-to-order CORL:BG2611001 --to red-river-imports",)
)
def endorse_to_order(context: Context, bill: BillArgument, to: ToOption) -> None:
    """Pass title to an endorsee who may endorse further. Possession stays: transfer it too."""
    _do(context, bill, "bill.endorse_to_order", {"endorsee": to}, f"Endorsed {{}} to the order of {to}")


@command(app, "blank-endorse", examples=("sealane bill blank-endorse CORL:BG2611001",))
def blank_endorse(context: Context, bill: BillArgument) -> None:
    """Make a bill to order a bearer bill: title goes with possession from now on."""
    _do(context, bill, "bill.blank_endorse", {}, "Endorsed {} in blank")


@command(
    app,
    "surrender",
    examples=(
        "sealane bill surrender CORL:BG2611001",
        "sealane bill surrender CORL:BG2611001 --for amendment --reason SWTP",
    ),
)
def surrender(
    context: Context,
    bill: BillArgument,
    purpose: Annotated[
        str, typer.Option("--for", metavar="PURPOSE", help="delivery or amendment.")
    ] = "delivery",
    reason: Annotated[
        str | None,
        typer.Option("--reason", metavar="CODE", help="For an amendment: SWTP (paper), COD or SWI."),
    ] = None,
) -> None:
    """Hand a bill to its carrier, for delivery of the goods or for an amendment."""
    from cli.acting import choice
    from contracts.bill.vocabulary import AmendmentReason, SurrenderPurpose

    wanted = choice(SurrenderPurpose, purpose, "--for").value
    given = None if reason is None else choice(AmendmentReason, reason, "--reason").value
    fields = {"purpose": wanted, "reason": given}
    _do(context, bill, "bill.surrender", fields, f"Surrendered {{}} for {wanted}; the carrier has to answer")


@command(app, "accept-surrender", examples=("sealane bill accept-surrender CORL:BG2611001",))
def accept_surrender(context: Context, bill: BillArgument) -> None:
    """Accept a surrender, as the carrier: the bill goes out of circulation."""
    _do(context, bill, "bill.accept_surrender", {}, "Accepted the surrender of {}")


@command(
    app,
    "reject-surrender",
    examples=("sealane bill reject-surrender CORL:BG2611001 --reason charges_unpaid",),
)
def reject_surrender(context: Context, bill: BillArgument, reason: ReasonOption) -> None:
    """Reject a surrender, as the carrier: the bill returns to whoever surrendered it.

    Reasons: charges_unpaid, party_not_entitled, amendment_not_possible,
    instructions_unclear, legal_bar, other.
    """
    from cli.acting import choice
    from contracts.bill.vocabulary import SurrenderRejection

    given = choice(SurrenderRejection, reason, "--reason").value
    _do(context, bill, "bill.reject_surrender", {"reason": given}, "Rejected the surrender of {}")


@command(app, "void", examples=("sealane bill void CORL:BG2611001",))
def void(context: Context, bill: BillArgument) -> None:
    """End a bill that was surrendered for amendment, as the carrier; then issue its replacement."""
    _do(context, bill, "bill.void", {}, "Voided {}")


def _do(context: Context, bill: str, act: str, fields: dict[str, Any], sentence: str) -> None:
    """An act on a bill as it stands now; `{}` in the sentence is what the person called it."""
    from cli.acting import find, perform, present

    found = find(context, bill, "bill")
    result = perform(context.client, act, found.key, fields, version=found.version)
    present(context, result, sentence.replace("{}", bill, 1), key=found.key)
    context.output.next(f"sealane bill show {bill}")
