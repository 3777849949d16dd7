"""What customs and agencies do before they decide: numbers, lanes, controls, queries, holds."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.clearance_group import (
    DeclarationArgument,
    HoldOption,
    QueryOption,
    ReasonOption,
    act_on,
    app,
    note,
)
from cli.commands import command
from cli.context import Context


@command(
    app,
    "register",
    examples=("sealane clearance register HP-2026-00577 --reference 26VN03TG0000577",),
)
def register(
    context: Context,
    declaration: DeclarationArgument,
    reference: Annotated[
        str, typer.Option("--reference", metavar="MRN", help="Your number for it; only committed to.")
    ],
) -> None:
    """Give a declaration your number before you accept it, as its customs office."""
    commitment, opening = note(reference)
    fields = {"reference": commitment}
    act_on(context, declaration, "clearance.register", fields, "Registered {}", opening=opening)


@command(
    app,
    "accept",
    examples=("sealane clearance accept HP-2026-00577 --reference 26VN03TG0000577",),
    batch=True,
)
def accept(
    context: Context,
    declaration: DeclarationArgument,
    reference: Annotated[
        str | None, typer.Option("--reference", metavar="MRN", help="Your number for it; only committed to.")
    ] = None,
) -> None:
    """Accept a declaration, as its customs office."""
    commitment, opening = note(reference)
    fields = {"reference": commitment}
    act_on(context, declaration, "clearance.accept", fields, "Accepted {}", opening=opening)


@command(
    app,
    "reject",
    examples=("sealane clearance reject HP-2026-00577 --error CDS12077:42A/67A/68A#1/166",),
)
def reject(
    context: Context,
    declaration: DeclarationArgument,
    error: Annotated[
        list[str],
        typer.Option("--error", metavar="CODE[:POINTER]", help="What to mend, and where. Repeatable."),
    ],
) -> None:
    """Reject a declaration that is not fit to be accepted, and say what to mend.

    A pointer names the place in WCO section codes, such as 42A/67A/68A#1/166.
    """
    parts = [text.partition(":") for text in error]
    errors = [{"code": code, **({"pointer": pointer} if pointer else {})} for code, _, pointer in parts]
    act_on(context, declaration, "clearance.reject", {"errors": errors}, "Rejected {}")


@command(
    app,
    "route",
    examples=(
        "sealane clearance route HP-2026-00577 --lane yellow --reason selectivity",
        "sealane clearance route HP-2026-00577 --lane red --reason intelligence",
    ),
    words={
        "lane": "contracts.clearance.vocabulary:Lane",
        "reason": "contracts.clearance.vocabulary:RoutingReason",
    },
)
def route(
    context: Context,
    declaration: DeclarationArgument,
    lane: Annotated[str, typer.Option("--lane", metavar="LANE", help="green, blue, yellow or red.")],
    reason: ReasonOption,
) -> None:
    """Put a declaration in a lane, or in another one and say why.

    Yellow asks for a control of documents before release, red for one of the goods; blue means
    audit after release. Reasons: selectivity (the first routing only), random, officer,
    intelligence, control_finding, trusted_trader, other.
    """
    from cli.acting import choice
    from contracts.clearance.vocabulary import Lane, RoutingReason

    colour = choice(Lane, lane, "--lane").value
    why = choice(RoutingReason, reason, "--reason").value
    fields = {"lane": colour, "reason": why}
    act_on(context, declaration, "clearance.route", fields, f"Put {{}} in the {colour} lane ({why})")


@command(
    app,
    "control",
    examples=("sealane clearance control HP-2026-00577 --control physical",),
    words={"what": "contracts.clearance.vocabulary:Control"},
)
def control(
    context: Context,
    declaration: DeclarationArgument,
    what: Annotated[str, typer.Option("--control", metavar="KIND", help="documents or physical.")],
) -> None:
    """Put documents or goods under control, as the customs office."""
    from cli.acting import choice
    from contracts.clearance.vocabulary import Control

    given = choice(Control, what, "--control").value
    act_on(
        context, declaration, "clearance.control", {"control": given}, f"Took {given} of {{}} under control"
    )


@command(
    app,
    "conclude",
    examples=("sealane clearance conclude HP-2026-00577 --control physical --result satisfactory",),
    words={
        "what": "contracts.clearance.vocabulary:Control",
        "result": "contracts.clearance.vocabulary:ControlResult",
    },
)
def conclude(
    context: Context,
    declaration: DeclarationArgument,
    what: Annotated[str, typer.Option("--control", metavar="KIND", help="documents or physical.")],
    result: Annotated[str, typer.Option("--result", metavar="RESULT", help="What it found; see below.")],
) -> None:
    """Conclude a control, as the customs office.

    Results: satisfactory, considered_satisfactory (taken as declared), discrepancy.
    """
    from cli.acting import choice
    from contracts.clearance.vocabulary import Control, ControlResult

    given = choice(Control, what, "--control").value
    found = choice(ControlResult, result, "--result").value
    fields = {"control": given, "result": found}
    act_on(context, declaration, "clearance.conclude", fields, f"Concluded {given} of {{}}: {found}")


@command(
    app,
    "query",
    examples=('sealane clearance query HP-2026-00577 --query value --question "Which invoice?"',),
)
def query(
    context: Context,
    declaration: DeclarationArgument,
    question: Annotated[str, typer.Option("--question", metavar="TEXT", help="The question.")],
    name: QueryOption = "query-1",
) -> None:
    """Ask the declarant a question; release waits for the answer.

    The ledger gets a commitment. Send the declarant the text with the salt that is printed.
    """
    commitment, opening = note(question)
    fields = {"query": name, "question": commitment}
    act_on(context, declaration, "clearance.query", fields, f"Asked {name} about {{}}", opening=opening)


@command(
    app,
    "hold",
    examples=("sealane clearance hold HP-2026-00577 --hold plants --reason phytosanitary",),
    batch=True,
    words={"reason": "contracts.clearance.vocabulary:HoldReason"},
)
def hold(context: Context, declaration: DeclarationArgument, name: HoldOption, reason: ReasonOption) -> None:
    """Hold the goods, even after release, until they have left.

    Reasons: documents, inspection, quarantine, phytosanitary, veterinary, food_safety,
    dangerous_goods, security, revenue, intellectual_property, sanctions, court_order, other.
    """
    from cli.acting import choice
    from contracts.clearance.vocabulary import HoldReason

    given = choice(HoldReason, reason, "--reason").value
    fields = {"hold": name, "reason": given}
    act_on(context, declaration, "clearance.hold", fields, f"Placed the hold {name} on {{}}")


@command(
    app,
    "lift",
    examples=("sealane clearance lift HP-2026-00577 --hold plants",),
    batch=True,
)
def lift(context: Context, declaration: DeclarationArgument, name: HoldOption) -> None:
    """Lift a hold of your own."""
    act_on(context, declaration, "clearance.lift", {"hold": name}, f"Lifted the hold {name} on {{}}")
