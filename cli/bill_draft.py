"""Commands on what a bill says: drafts to approve, and amendments to ask for and to make."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, Annotated

import typer

from cli.bill_group import act_on, app
from cli.commands import command
from cli.context import Context
from cli.errors import CliError, ExitCode
from cli.output import fields
from cli.papers import BillArgument, DocumentFile, gist

if TYPE_CHECKING:
    from contracts.documents.package import Package

PartyOption = Annotated[
    list[str] | None, typer.Option("--party", metavar="ORG", help="Another reader. Repeatable.")
]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@command(
    app,
    "publish",
    examples=("sealane bill publish bill.json --shipper landbridge-forwarding",),
)
def publish(
    context: Context,
    file: DocumentFile,
    shipper: Annotated[str, typer.Option("--shipper", metavar="ORG", help="Who is to approve it.")],
    party: PartyOption = None,
    container: Annotated[
        list[str] | None,
        typer.Option("--container", metavar="NUMBER=ID", help="A container that has a record. Repeatable."),
    ] = None,
) -> None:
    """Show a draft to the shipper, as the carrier, for the first time or in place of the one before.

    The shipper approves it or asks for an amendment; `sealane bill issue FILE` then issues
    the same document.
    """
    from cli.acting import organisations, perform, present
    from cli.contents import read_transport_document, share, store
    from cli.issuing import checked_package, number_of, stated_places

    document = read_transport_document(file)
    package, summary = checked_package(context.client, document, context.numbering_key(), container or ())
    loading, delivery = stated_places(summary)
    existing = context.client.record(package.subject)
    store(context.client, package)
    body = {
        "type": summary.kind.value,
        "shipper": shipper,
        "parties": organisations(party),
        "contents": package.commitment().hex(),
        "place_of_loading": loading,
        "place_of_delivery": delivery,
    }
    version = 0 if existing is None else int(existing["version"])
    result = perform(context.client, "bill.publish", package.subject, body, version=version)
    share(context.client, package)
    number = number_of(summary)
    sentence = f"Published a draft of {number} as {package.subject}; {shipper} has to approve it"
    present(context, result, sentence, key=package.subject, number=number)
    context.output.next(f"sealane bill show {number}")


@command(app, "approve", examples=("sealane bill approve CORL:BG2611001",))
def approve(context: Context, bill: BillArgument, yes: YesOption = False) -> None:
    """Agree to a draft, as the shipper, having seen what it says.

    Your node fetches the draft from the carrier's. It is checked and shown to you first.
    """
    from cli.acting import find_key, perform, present
    from cli.issuing import examine_offer, number_of

    seen = examine_offer(context.client, find_key(context, bill, "bill"))
    number = number_of(seen.summary)
    context.output.note(f"The draft of {number}:")
    context.output.note(indent(fields(gist(seen.summary)), "  "))
    if not yes and context.output.interactive and not typer.confirm("Approve it?", err=True):
        raise CliError(
            "nothing was signed", why="It was not confirmed.", exit_code=ExitCode.REFUSED, code="unconfirmed"
        )
    body = {"contents": seen.bill.contents}
    result = perform(context.client, "bill.approve", seen.found.key, body, version=seen.found.version)
    present(context, result, f"Approved the draft of {number}", key=seen.found.key, number=number)


@command(
    app,
    "request-amendment",
    examples=("sealane bill request-amendment CORL:BG2611001 corrected.json",),
)
def request_amendment(context: Context, bill: BillArgument, file: DocumentFile) -> None:
    """Ask the carrier to make a document say what FILE says.

    You possess the bill of lading, or you ship under the draft or sea waybill.
    The carrier answers; a draft is then published anew, a sea waybill amended, and a bill of
    lading surrendered for amendment, voided and replaced.
    """
    from cli.acting import find, perform, present
    from cli.contents import share

    found = find(context, bill, "bill")
    package = _store_amended(context, found.key, file)
    wish = {"contents": package.commitment().hex()}
    result = perform(context.client, "bill.request_amendment", found.key, wish, version=found.version)
    share(context.client, package)
    present(context, result, f"Asked for an amendment of {bill}", key=found.key)
    context.output.next(f"sealane bill show {bill} --amendment")


@command(
    app,
    "answer-amendment",
    examples=(
        "sealane bill answer-amendment CORL:BG2611001 --outcome confirmed",
        "sealane bill answer-amendment CORL:BG2611001 --outcome declined --reason amendment_not_possible",
    ),
    words={
        "outcome": "contracts.bill.vocabulary:AmendmentOutcome",
        "reason": "contracts.bill.vocabulary:SurrenderRejection",
    },
)
def answer_amendment(
    context: Context,
    bill: BillArgument,
    outcome: Annotated[str, typer.Option("--outcome", metavar="OUTCOME", help="confirmed or declined.")],
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="REASON", help="Why not; see below.")
    ] = None,
) -> None:
    """Answer a request for an amendment, as the carrier.

    Reasons to decline: charges_unpaid, party_not_entitled, amendment_not_possible,
    instructions_unclear, legal_bar, other.
    """
    from cli.acting import choice
    from contracts.bill.vocabulary import AmendmentOutcome, SurrenderRejection

    said = choice(AmendmentOutcome, outcome, "--outcome").value
    given = None if reason is None else choice(SurrenderRejection, reason, "--reason").value
    body = {"outcome": said, "reason": given}
    act_on(context, bill, "bill.answer_amendment", body, f"The amendment of {{}} is {said}")


@command(app, "cancel-amendment", examples=("sealane bill cancel-amendment CORL:BG2611001",))
def cancel_amendment(context: Context, bill: BillArgument) -> None:
    """Take back your request for an amendment before it is answered."""
    act_on(context, bill, "bill.cancel_amendment", {}, "Took back the request for an amendment of {}")


@command(
    app,
    "amend",
    examples=("sealane bill amend CORL:BG2611002 corrected.json --titleholder red-river-imports",),
)
def amend(
    context: Context,
    bill: BillArgument,
    file: DocumentFile,
    titleholder: Annotated[str, typer.Option("--titleholder", metavar="ORG", help="Consignee.")],
    party: PartyOption = None,
) -> None:
    """Amend a sea waybill, as its carrier: the document under the same number and containers.

    The ledger keeps the commitments to what it said before, and parties can read that too.
    """
    from cli.acting import find, organisations, perform, present
    from cli.contents import share
    from cli.issuing import stated_places
    from contracts.documents.summary import summarise

    found = find(context, bill, "bill")
    package = _store_amended(context, found.key, file)
    loading, delivery = stated_places(summarise(package.document))
    body = {
        "titleholder": titleholder,
        "parties": organisations(party),
        "contents": package.commitment().hex(),
        "place_of_loading": loading,
        "place_of_delivery": delivery,
    }
    result = perform(context.client, "bill.amend", found.key, body, version=found.version)
    share(context.client, package)
    present(context, result, f"Amended {bill}; what it said before stays named", key=found.key)
    context.output.next(f"sealane bill history {bill}")


def _store_amended(context: Context, key: str, file: Path) -> Package:
    """Check what a bill is to say, and store it at the node."""
    from cli.acting import read
    from cli.contents import amended_package, fetch, read_transport_document, refuse_errors, store
    from contracts.bill.model import Bill

    document = read_transport_document(file)
    refuse_errors(context.checks(document), what=f"{file}", do=f"Correct it: sealane bill check {file}")
    now = fetch(context.client, key, read(context.client, key).of(Bill).contents)
    package = amended_package(now, document)
    store(context.client, package)
    return package
