"""Commands for whoever controls a bill: offer it, endorse it, sign it, surrender it."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.bill_group import ReasonOption, ToOption, act_on, app
from cli.commands import command
from cli.context import Context
from cli.errors import CliError
from cli.papers import BillArgument

DAY_MS = 86_400_000


@command(
    app,
    "transfer",
    examples=(
        "sealane bill transfer CORL:BG2611001 --to red-river-imports --days 3",
        "sealane bill transfer --batch bills.csv --to red-river-imports",
    ),
    batch=True,
)
def transfer(
    context: Context,
    bill: BillArgument,
    to: ToOption,
    days: Annotated[str, typer.Option("--days", metavar="N", help="How long it stands, 1 to 30.")] = "7",
) -> None:
    """Offer possession of a bill; it stays yours until the other side accepts.

    A file for --batch has a column bill, and may have to and days for rows of their own.
    """
    if not (days.isascii() and days.isdigit() and 1 <= int(days) <= 30):
        raise CliError(f"--days {days} is out of range", why="An offer stands for 1 to 30 days.")
    expires_ms = context.client.status()["time_ms"] + int(days) * DAY_MS
    fields = {"to": to, "expires_ms": expires_ms}
    act_on(context, bill, "bill.transfer", fields, f"Offered {{}} to {to} for {days} days")


@command(
    app,
    "reject",
    examples=("sealane bill reject CORL:BG2611001 --reason contents_wrong",),
    batch=True,
    words={"reason": "contracts.bill.vocabulary:OfferRejection"},
)
def reject(context: Context, bill: BillArgument, reason: ReasonOption) -> None:
    """Decline a bill offered to you.

    Reasons: not_expected, contents_wrong, contents_unavailable, terms_not_met, other.
    """
    from cli.acting import choice
    from contracts.bill.vocabulary import OfferRejection

    given = choice(OfferRejection, reason, "--reason").value
    act_on(context, bill, "bill.reject", {"reason": given}, "Declined {}: possession stays with the sender")


@command(
    app,
    "cancel",
    examples=("sealane bill cancel CORL:BG2611001",),
    batch=True,
)
def cancel(context: Context, bill: BillArgument) -> None:
    """Take back an offer that is not accepted yet."""
    act_on(context, bill, "bill.cancel", {}, "Took back the offer of {}")


@command(
    app,
    "endorse",
    examples=("sealane bill endorse CORL:BG2611001 --to red-river-imports",),
    batch=True,
)
def endorse(context: Context, bill: BillArgument, to: ToOption) -> None:
    """Pass title to an endorsee who cannot endorse further. Possession stays: transfer it too."""
    act_on(context, bill, "bill.endorse", {"endorsee": to}, f"Endorsed {{}} to {to}")


@command(
    app,
    "endorse-to-order",
    examples=("sealane bill endorse-to-order CORL:BG2611001 --to red-river-imports",),
    batch=True,
)
def endorse_to_order(context: Context, bill: BillArgument, to: ToOption) -> None:
    """Pass title to an endorsee who may endorse further. Possession stays: transfer it too."""
    act_on(context, bill, "bill.endorse_to_order", {"endorsee": to}, f"Endorsed {{}} to the order of {to}")


@command(
    app,
    "blank-endorse",
    examples=("sealane bill blank-endorse CORL:BG2611001",),
    batch=True,
)
def blank_endorse(context: Context, bill: BillArgument) -> None:
    """Make a bill to order a bearer bill: title goes with possession from now on."""
    act_on(context, bill, "bill.blank_endorse", {}, "Endorsed {} in blank")


@command(app, "sign", examples=("sealane bill sign CORL:BG2611001",))
def sign(context: Context, bill: BillArgument) -> None:
    """Leave your mark in a bill's history while you possess it; nothing else changes."""
    act_on(context, bill, "bill.sign", {}, "Signed {}")


@command(
    app,
    "surrender",
    examples=(
        "sealane bill surrender CORL:BG2611001",
        "sealane bill surrender CORL:BG2611001 --for origin --deliver-to red-river-imports",
        "sealane bill surrender CORL:BG2611001 --for amendment --reason SWTP",
    ),
    batch=True,
    words={
        "purpose": "contracts.bill.vocabulary:SurrenderPurpose",
        "reason": "contracts.bill.vocabulary:AmendmentReason",
    },
)
def surrender(
    context: Context,
    bill: BillArgument,
    purpose: Annotated[
        str, typer.Option("--for", metavar="PURPOSE", help="delivery, origin or amendment.")
    ] = "delivery",
    reason: Annotated[
        str | None,
        typer.Option("--reason", metavar="CODE", help="For an amendment: SWTP (paper), COD or SWI."),
    ] = None,
    deliver_to: Annotated[
        str | None,
        typer.Option("--deliver-to", metavar="ORG", help="At origin: who gets the goods without the bill."),
    ] = None,
) -> None:
    """Hand a bill to its carrier.

    For delivery of the goods to you; at origin (telex release), as the shipper, so that the
    party you name gets them without a bill; or for an amendment, a switch to paper included.
    """
    from cli.acting import choice
    from contracts.bill.vocabulary import AmendmentReason, SurrenderPurpose

    wanted = choice(SurrenderPurpose, purpose, "--for").value
    given = None if reason is None else choice(AmendmentReason, reason, "--reason").value
    fields = {"purpose": wanted, "reason": given, "deliver_to": deliver_to}
    what = f"at origin, for delivery to {deliver_to}" if deliver_to else f"for {wanted}"
    act_on(context, bill, "bill.surrender", fields, f"Surrendered {{}} {what}; the carrier has to answer")
