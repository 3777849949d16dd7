"""Commands where a bill and paper take each other's place (MLETR articles 17 and 18)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.bill_group import app
from cli.commands import command
from cli.context import Context
from cli.errors import CliError
from cli.output import Output, clean, moment
from cli.papers import BillArgument

if TYPE_CHECKING:
    from cli.acting import Found
    from cli.paper_form import PaperForm

PaperFile = Annotated[
    Path, typer.Option("--paper", metavar="FILE", help="What identifies the paper: see identify-paper.")
]

QR_TYPE = "SEALANE-PAPER-1"
"""What the text of the QR code begins with, so that a scanner knows whose it is."""


@command(
    app,
    "identify-paper",
    examples=("sealane bill identify-paper --serial HPH-0041 --place VNHPH --date 2026-11-21 -o paper.json",),
)
def identify_paper(
    output: Output,
    out: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where to write it.")],
    serial: Annotated[str, typer.Option("--serial", metavar="TEXT", help="Number printed on the form.")],
    place: Annotated[str, typer.Option("--place", metavar="LOCODE", help="UN/LOCODE where it is issued.")],
    date: Annotated[str, typer.Option("--date", metavar="YYYY-MM-DD", help="Date of issue.")],
    originals: Annotated[str, typer.Option("--originals", metavar="N", help="How many originals.")] = "3",
) -> None:
    """Write down what identifies a paper bill, for its exchange with an electronic one.

    The ledger gets a commitment to it alone. Keep the file: with it `sealane bill statement`
    prints what belongs on the paper, and it shows later that the ledger meant this paper.
    """
    from cli.paper_form import new_form, write_form

    form = new_form(serial, place, date, originals)
    write_form(out, form)
    value = {"file": str(out), "paper": form.as_json(), "commitment": form.commitment}
    output.result(value, f"{out}: paper {clean(form.serial)}, {form.originals} originals")


@command(
    app,
    "switch-to-paper",
    examples=("sealane bill switch-to-paper CORL:BG2611001 --paper paper.json",),
)
def switch_to_paper(context: Context, bill: BillArgument, paper: PaperFile) -> None:
    """Replace a bill that was surrendered with SWTP by paper, as the carrier.

    The electronic bill ends for good. What has to stand on the paper is printed then, with
    the text of its QR code; `sealane bill statement` prints it again.
    """
    from cli.acting import find, perform, present
    from cli.paper_form import read_form

    form = read_form(paper)
    found = find(context, bill, "bill")
    result = perform(
        context.client, "bill.switch_to_paper", found.key, {"paper": form.commitment}, version=found.version
    )
    sentence = f"Replaced {bill} by paper {form.serial}"
    present(context, result, sentence, key=found.key, paper=form.as_json())
    context.output.next(f"sealane bill statement {bill} --paper {paper}")


@command(
    app,
    "statement",
    examples=("sealane bill statement CORL:BG2611001 --paper paper.json",),
)
def statement(context: Context, bill: BillArgument, paper: PaperFile) -> None:
    """Print the statement that the law wants on a paper that a bill took the place of, or gave way to.

    On a paper that replaced a bill: which bill, since when, and the text of a QR code with
    which anybody can look the bill up and check that the ledger names this paper. On a
    paper that a bill replaced: that it has no effect any more.
    """
    from cli.acting import find
    from cli.paper_form import check_form, read_form
    from contracts.bill.model import Bill

    form = read_form(paper)
    found = find(context, bill, "bill")
    record = found.of(Bill)
    if record.paper is None and record.from_paper is None:
        raise CliError(
            f"{bill} was not exchanged with paper",
            do=f"See what happened to it: sealane bill history {bill}",
            code="paper.none",
        )
    check_form(form, *(paper for paper in (record.paper, record.from_paper) if paper is not None))
    in_place_of = _replaced_bill if form.commitment == record.paper else _replaced_paper
    lines = in_place_of(context, found, form)
    code = _code(context, found, form)
    context.output.result(
        {"key": found.key, "statement": lines, "qr": code}, [*lines, "", "Text of the QR code:", code]
    )


def _replaced_bill(context: Context, found: Found, form: PaperForm) -> list[str]:
    """For a paper that took a bill's place."""
    end = _entry(context, found.key, "bill.switch_to_paper")
    return [
        f"This paper, serial {clean(form.serial)}, issued at {form.place} on {form.date} in "
        f"{form.originals} original{'s' if form.originals > 1 else ''}, replaces an electronic bill of "
        f"lading. That bill, {found.key}, ceased to have any effect on {moment(end['time_ms'])}, with "
        f"entry {end['entry_index']} in block {end['height']} of ledger "
        f"{context.client.status()['network']}.",
    ]


def _replaced_paper(context: Context, found: Found, form: PaperForm) -> list[str]:
    """For a paper that gave way to a bill."""
    begin = _entry(context, found.key, "bill.issue")
    return [
        f"This paper, serial {clean(form.serial)}, issued at {form.place} on {form.date} in "
        f"{form.originals} original{'s' if form.originals > 1 else ''}, has no effect any more. It was "
        f"replaced on {moment(begin['time_ms'])} by the electronic bill of lading {found.key}, with entry "
        f"{begin['entry_index']} in block {begin['height']} of ledger "
        f"{context.client.status()['network']}.",
    ]


def _entry(context: Context, key: str, act: str) -> dict[str, Any]:
    """The latest entry of an act in a record's history."""
    from cli.viewing import history

    return _last(item for item in history(context, key) if item["act"] == act)


def _last(items: Iterable[dict[str, Any]]) -> dict[str, Any]:
    *_, last = items
    return last


def _code(context: Context, found: Found, form: PaperForm) -> str:
    """What a scanner reads: where to look, and what opens the record's commitment to the paper."""
    import json

    value = {"network": context.client.status()["network"], "record": found.key, "paper": form.as_json()}
    return f"{QR_TYPE} {json.dumps(value, ensure_ascii=False, separators=(',', ':'), sort_keys=True)}"
