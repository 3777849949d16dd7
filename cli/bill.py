"""`sealane bill`: issue bills of lading, pass them on, endorse and surrender them."""

from __future__ import annotations

from cli import bill_carrier, bill_control, bill_dispute, bill_draft, bill_paper, papers
from cli.bill_group import app
from cli.commands import command
from cli.context import Context
from cli.papers import BillArgument

__all__ = ["app", "bill_carrier", "bill_control", "bill_dispute", "bill_draft", "bill_paper"]

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
