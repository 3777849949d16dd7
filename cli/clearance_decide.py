"""What customs decide about a declaration, and what they record of its goods afterwards."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.clearance_group import DeclarationArgument, ReasonOption, RequestOption, act_on, app, note
from cli.commands import command
from cli.context import Context


@command(
    app,
    "decide",
    examples=(
        "sealane clearance decide HP-2026-00577 --outcome granted",
        "sealane clearance decide HP-2026-00577 --request weights --outcome denied --ground out_of_time",
    ),
    words={
        "outcome": "contracts.clearance.vocabulary:Outcome",
        "ground": "contracts.clearance.vocabulary:DecisionGround",
    },
)
def decide(
    context: Context,
    declaration: DeclarationArgument,
    outcome: Annotated[
        str, typer.Option("--outcome", metavar="OUTCOME", help="granted, denied or rejected.")
    ],
    name: RequestOption = "request-1",
    ground: Annotated[
        str | None, typer.Option("--ground", metavar="GROUND", help="Why not; required unless granted.")
    ] = None,
) -> None:
    """Answer a request of the declarant; then carry out what you granted.

    Grounds: out_of_time, goods_under_control, goods_released, other_goods, not_substantiated,
    malformed, other.
    """
    from cli.acting import choice
    from contracts.clearance.vocabulary import DecisionGround, Outcome

    answered = choice(Outcome, outcome, "--outcome").value
    why = None if ground is None else choice(DecisionGround, ground, "--ground").value
    fields = {"request": name, "outcome": answered, "ground": why}
    act_on(context, declaration, "clearance.decide", fields, f"Answered {name} of {{}}: {answered}")


@command(
    app,
    "amend",
    examples=(
        "sealane clearance amend HP-2026-00577 --request weights",
        "sealane clearance amend HP-2026-00577 --ground control_finding",
    ),
    words={"ground": "contracts.clearance.vocabulary:AmendmentGround"},
)
def amend(
    context: Context,
    declaration: DeclarationArgument,
    name: Annotated[
        str | None, typer.Option("--request", metavar="NAME", help="The granted request to carry out.")
    ] = None,
    ground: Annotated[
        str, typer.Option("--ground", metavar="GROUND", help="Why, of your own accord; see below.")
    ] = "requested",
) -> None:
    """Amend a declaration: as you granted it, or of your own accord before release.

    A granted amendment takes the contents that the declarant asked for.
    Grounds: requested, control_finding, arrival, official_correction, other.
    """
    from cli.acting import choice, find
    from contracts.clearance.model import Declaration
    from contracts.clearance.requests import find_request
    from contracts.clearance.vocabulary import AmendmentGround

    known = find_request(find(context, declaration, "declaration").of(Declaration), name)
    fields = {
        "ground": choice(AmendmentGround, ground, "--ground").value,
        "request": name,
        "contents": None if known is None else known.contents,
    }
    act_on(context, declaration, "clearance.amend", fields, "Amended {}")


@command(
    app,
    "assess",
    examples=('sealane clearance assess HP-2026-00577 --text "Duty 1,250.00 USD, VAT 900.00 USD"',),
    words={"notice": "contracts.clearance.vocabulary:DutyNotice"},
)
def assess(
    context: Context,
    declaration: DeclarationArgument,
    text: Annotated[str, typer.Option("--text", metavar="TEXT", help="The amounts; only committed to.")],
    notice: Annotated[
        str, typer.Option("--notice", metavar="KIND", help="debt, insufficient_balance, payment_reminder.")
    ] = "debt",
    status: Annotated[
        str | None, typer.Option("--status", metavar="CODE", help="Your own status code of the notice.")
    ] = None,
) -> None:
    """Tell the declarant about duties and taxes; the declaration stays as it is.

    The ledger gets a commitment. Send the declarant the text with the salt that is printed.
    """
    from cli.acting import choice
    from contracts.clearance.vocabulary import DutyNotice

    commitment, opening = note(text)
    given = choice(DutyNotice, notice, "--notice").value
    fields = {"notice": given, "assessment": commitment, "status": status}
    act_on(context, declaration, "clearance.assess", fields, f"Told about {{}}: {given}", opening=opening)


@command(
    app,
    "release",
    examples=("sealane clearance release HP-2026-00577", "sealane clearance release --batch green.csv"),
    batch=True,
)
def release(context: Context, declaration: DeclarationArgument) -> None:
    """Release the goods, as the customs office."""
    act_on(context, declaration, "clearance.release", {}, "Released the goods of {}")


@command(
    app,
    "withdraw",
    examples=("sealane clearance withdraw HP-2026-00577 --reason mistake",),
    words={"reason": "contracts.clearance.vocabulary:WithdrawalReason"},
)
def withdraw(context: Context, declaration: DeclarationArgument, reason: ReasonOption) -> None:
    """Withdraw a release before the goods have moved on it; then decide again.

    Reasons: mistake, new_information, court_order, other.
    """
    from cli.acting import choice
    from contracts.clearance.vocabulary import WithdrawalReason

    given = choice(WithdrawalReason, reason, "--reason").value
    fields = {"reason": given}
    act_on(context, declaration, "clearance.withdraw", fields, f"Withdrew the release of {{}} ({given})")


@command(
    app,
    "clear",
    examples=("sealane clearance clear HP-2026-00577",),
    batch=True,
)
def clear(context: Context, declaration: DeclarationArgument) -> None:
    """Close a released declaration: customs have no further claim."""
    act_on(context, declaration, "clearance.clear", {}, "Cleared {}")


@command(
    app,
    "refuse",
    examples=("sealane clearance refuse HP-2026-00577 --reason missing_licence",),
    words={"reason": "contracts.clearance.vocabulary:RefusalReason"},
)
def refuse(context: Context, declaration: DeclarationArgument, reason: ReasonOption) -> None:
    """Refuse clearance; the goods stay until you invalidate the declaration.

    Reasons: prohibited_goods, missing_licence, false_declaration, health_risk, other.
    """
    from cli.acting import choice
    from contracts.clearance.vocabulary import RefusalReason

    given = choice(RefusalReason, reason, "--reason").value
    act_on(context, declaration, "clearance.refuse", {"reason": given}, f"Refused {{}} ({given})")


@command(
    app,
    "invalidate",
    examples=("sealane clearance invalidate HP-2026-00577 --reason replaced",),
    words={"reason": "contracts.clearance.vocabulary:InvalidationReason"},
)
def invalidate(context: Context, declaration: DeclarationArgument, reason: ReasonOption) -> None:
    """Take a declaration out of account, so that another can take its place.

    After release it needs a granted request. Reasons: replaced, lodged_in_error,
    goods_not_presented, requested, other.
    """
    from cli.acting import choice
    from contracts.clearance.vocabulary import InvalidationReason

    given = choice(InvalidationReason, reason, "--reason").value
    act_on(context, declaration, "clearance.invalidate", {"reason": given}, f"Invalidated {{}} ({given})")


@command(app, "exit", examples=("sealane clearance exit QZ-2026-00318",))
def exit_(context: Context, declaration: DeclarationArgument) -> None:
    """Confirm that exported goods have left, as the office of exit."""
    act_on(context, declaration, "clearance.exit", {}, "Confirmed the exit of {}")


@command(app, "pass", examples=("sealane clearance pass QZ-2026-00318",))
def pass_(context: Context, declaration: DeclarationArgument) -> None:
    """Record that goods under transit passed your office, as an office of transit."""
    act_on(context, declaration, "clearance.pass", {}, "Recorded the passage of {}")


@command(app, "arrive", examples=("sealane clearance arrive QZ-2026-00318",))
def arrive(context: Context, declaration: DeclarationArgument) -> None:
    """Record that goods under transit have arrived, as the office of destination."""
    act_on(context, declaration, "clearance.arrive", {}, "Recorded the arrival of {}")


@command(app, "expire", examples=("sealane clearance expire HP-2026-00577",))
def expire(context: Context, declaration: DeclarationArgument) -> None:
    """Record that time has passed over a declaration whose goods never came, or never left."""
    act_on(context, declaration, "clearance.expire", {}, "Recorded that {} has expired")
