"""The commands of `sealane bill` that work on documents: draft, check, issue, accept, show."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import Context
from cli.errors import CliError, ExitCode
from cli.output import Output, clean, fields, table

if TYPE_CHECKING:
    from cli.issuing import Issued
    from contracts.documents.findings import Finding
    from contracts.documents.summary import BillSummary

DocumentFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="Transport document, issuance request or envelope (JSON).")
]
PartyOption = Annotated[
    list[str] | None, typer.Option("--party", metavar="ORG", help="Another reader. Repeatable.")
]
MasterOption = Annotated[
    str | None, typer.Option("--master", metavar="BILL", help="Of a house bill: its master on this ledger.")
]
ElsewhereOption = Annotated[
    str | None,
    typer.Option(
        "--master-elsewhere", metavar="TEXT", help="Of a house bill: its master on paper or elsewhere."
    ),
]
ContentsOutOption = Annotated[
    Path | None, typer.Option("--contents-out", metavar="FILE", help="Keep the contents package too.")
]
BillArgument = Annotated[
    str,
    typer.Argument(metavar="BILL", help="Number CODE:REF or REF, key, or the beginning of its id."),
]


def draft(
    output: Output,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="DCSA shipping instructions (JSON).")],
    out: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write it.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="Legal name of the carrier.")] = None,
    street: Annotated[str | None, typer.Option("--street", help="Street of its issuing office.")] = None,
    city: Annotated[str | None, typer.Option("--city", help="City of that office.")] = None,
    country: Annotated[str | None, typer.Option("--country", help="Its ISO 3166 country.")] = None,
) -> None:
    """Make a draft transport document from shipping instructions.

    What only the carrier knows (number, vessel, ports, dates) is marked in the
    draft and listed; a draft with marks left cannot be issued.
    """
    from cli.contents import read_document
    from cli.files import write_new
    from contracts.documents.draft import CarrierDetails, draft_transport_document
    from contracts.documents.placeholders import placeholder_for

    instructions = read_document(file)
    carrier = CarrierDetails(
        carrier_code=_text(instructions, "carrierCode"),
        carrier_code_list_provider=_text(instructions, "carrierCodeListProvider"),
        name=name or placeholder_for("carrierName"),
        street=street or placeholder_for("carrierStreet"),
        city=city or placeholder_for("carrierCity"),
        country_code=country or placeholder_for("carrierCountryCode"),
    )
    document, findings = draft_transport_document(instructions, carrier)
    path = out or file.with_name(f"{file.stem}.draft.json")
    write_new(path, json.dumps(document, ensure_ascii=False, indent=2).encode("utf-8") + b"\n")
    value = {"file": str(path), "findings": [_as_json(finding) for finding in findings]}
    output.result(value, [f"{path}: a draft. To do before it can be issued:", *_listed(output, findings)])
    output.next(f"fill in {path}, then: sealane bill check {path}")


def _text(instructions: dict[str, Any], name: str) -> str:
    from contracts.documents.placeholders import placeholder_for

    value = instructions.get(name)
    return value if isinstance(value, str) else placeholder_for(name)


def check(
    output: Output,
    file: DocumentFile,
    codes: Annotated[
        Path | None, typer.Option("--codes", metavar="DIR", help="Folder of code lists: see `sealane codes`.")
    ] = None,
    keep_unknown: Annotated[
        bool, typer.Option("--keep-unknown", help="Pass over fields that DCSA EBL 3.0.4 does not define.")
    ] = False,
) -> None:
    """Check a transport document against DCSA's form and rules, offline.

    Errors stop it from being issued or accepted; warnings are for a person to
    look at. Exits 1 when there is an error.
    """
    from cli.contents import read_transport_document
    from cli.document_checks import DocumentChecks
    from contracts.documents.findings import errors

    findings = DocumentChecks(folder=codes, keep_unknown=keep_unknown)(read_transport_document(file))
    wrong = len(errors(findings))
    count = f"{wrong} errors, {len(findings) - wrong} warnings."
    value = {
        "file": str(file),
        "errors": wrong,
        "warnings": len(findings) - wrong,
        "findings": [_as_json(f) for f in findings],
    }
    output.result(value, [*_listed(output, findings), f"{file}: {count}"])
    if wrong:
        raise typer.Exit(int(ExitCode.REFUSED))


def issue(
    context: Context,
    file: DocumentFile,
    to: Annotated[str | None, typer.Option("--to", metavar="ORG", help="First possessor.")] = None,
    titleholder: Annotated[
        str | None, typer.Option("--titleholder", metavar="ORG", help="Consignee or endorsee.")
    ] = None,
    shipper: Annotated[
        str | None, typer.Option("--shipper", metavar="ORG", help="Shipper, when a member of this network.")
    ] = None,
    party: PartyOption = None,
    container: Annotated[
        list[str] | None,
        typer.Option("--container", metavar="NUMBER=ID", help="A container that has a record. Repeatable."),
    ] = None,
    replaces: Annotated[
        str | None,
        typer.Option(
            "--replaces",
            metavar="BILL",
            help="The bill, voided or on paper, that it replaces; containers on both keep their records.",
        ),
    ] = None,
    from_paper: Annotated[
        Path | None,
        typer.Option("--from-paper", metavar="FILE", help="The paper that it replaces: see identify-paper."),
    ] = None,
    master: MasterOption = None,
    master_elsewhere: ElsewhereOption = None,
    contents_out: ContentsOutOption = None,
) -> None:
    """Issue a bill of lading or sea waybill.

    The document is checked, its contents are stored at your node, and the
    ledger gets commitments alone. A number can be issued once; the same file
    again changes nothing and says so. A document that was published is issued
    as it was published.
    """
    from cli.acting import find_key, organisations
    from cli.contents import read_transport_document
    from cli.issuing import Parties, issue_bill
    from cli.paper_form import read_form
    from contracts.model import id_of

    document = read_transport_document(file)
    _warn(context.output, context.checks(document))
    named, opening = _master(context, master, master_elsewhere)
    issued = issue_bill(
        context.client,
        document,
        context.numbering_key(),
        Parties(to=to, titleholder=titleholder, shipper=shipper, others=tuple(organisations(party))),
        containers=container or (),
        replaces=None if replaces is None else id_of(find_key(context, replaces, "bill")),
        from_paper=None if from_paper is None else read_form(from_paper).commitment,
        master=named,
    )
    context.recall("bill", issued.number)
    _say_issued(context, issued, contents_out, opening)
    context.output.next(f"sealane bill show {issued.number}")


def _warn(output: Output, findings: Iterable[Finding]) -> None:
    """Print the warnings about a document; its errors are for whoever issues it to refuse."""
    from contracts.documents.findings import Severity

    for finding in findings:
        if finding.severity is Severity.WARNING:
            output.warn(f"{finding.field}: {finding.message} [{finding.code}]")


def _master(
    context: Context, bill: str | None, elsewhere: str | None
) -> tuple[dict[str, str] | None, dict[str, str] | None]:
    """How a house bill names its master, and what opens the commitment to one that is elsewhere."""
    from cli.acting import find_key
    from cli.notes import new_note
    from contracts.model import id_of

    if bill is not None and elsewhere is not None:
        raise CliError("a master is on this ledger or elsewhere", do="--master or --master-elsewhere")
    if bill is not None:
        return {"bill": id_of(find_key(context, bill, "bill"))}, None
    if elsewhere is None:
        return None, None
    made = new_note(elsewhere)
    return {"elsewhere": made.commitment}, made.opening()


def _say_issued(
    context: Context, issued: Issued, contents_out: Path | None, opening: dict[str, str] | None
) -> None:
    from cli.acting import present, read
    from cli.files import write_new
    from contracts.documents.package import encode_package

    key = issued.package.subject
    more = {"key": key, "number": issued.number, "already_issued": issued.result is None}
    if issued.result is None:
        answer = read(context.client, key).answer
        context.output.result({**answer, **more}, f"{issued.number} is issued already, as {key}")
        return
    if contents_out is not None:
        write_new(contents_out, encode_package(issued.package), private=True)
    trips = {number: opening.id for number, opening in issued.package.containers.items()}
    present(
        context, issued.result, f"Issued {issued.number} as {key}", **more, containers=trips, opening=opening
    )


def accept(
    context: Context,
    bill: BillArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Accept a bill that is offered to your organisation.

    Your node fetches the contents from the other parties. They are checked
    against the ledger and DCSA's rules and shown to you before anything is signed.
    """
    from cli.acting import find_key, present
    from cli.issuing import accept_offer, examine_offer, number_of

    offered = examine_offer(context.client, find_key(context, bill, "bill"))
    number = number_of(offered.summary)
    context.output.note(f"{number} is what the ledger commits to. Its contents:")
    context.output.note(indent(fields(gist(offered.summary)), "  "))
    if not yes and context.output.interactive and not typer.confirm("Accept it?", err=True):
        raise CliError(
            "nothing was signed", why="It was not confirmed.", exit_code=ExitCode.REFUSED, code="unconfirmed"
        )
    result = accept_offer(context.client, offered)
    present(context, result, f"Accepted {number}: {context.party} possesses it now", number=number)
    context.output.next(f"sealane bill next {offered.found.key}")


def show(
    context: Context,
    bill: BillArgument,
    amendment: Annotated[
        bool, typer.Option("--amendment", help="Show what it is asked to say otherwise.")
    ] = False,
) -> None:
    """Show a bill: where it stands, who possesses it, and its contents if you may read them."""
    from cli.acting import find
    from cli.contents import fetch
    from cli.differences import differences
    from cli.issuing import number_of
    from cli.transport import ApiError
    from cli.viewing import show_record
    from contracts.bill.model import Bill
    from contracts.documents.summary import summarise
    from ledger.errors import EncodingError

    found = find(context, bill, "bill")
    asked = found.of(Bill).amendment
    if amendment and asked is None:
        raise CliError(f"no amendment of {bill} is asked for", do=f"sealane bill show {bill}")
    try:
        commitment = asked.contents if amendment and asked else found.of(Bill).contents
        package = fetch(context.client, found.key, commitment)
        summary = summarise(package.document)
        if amendment:
            now = fetch(context.client, found.key, found.of(Bill).contents)
            changed = list(differences(now.document, package.document))
            show_record(context, found, "Changes", changed or [("none", "it would stay as it is")])
            return
    except ApiError as error:
        if error.exit_code is ExitCode.UNREACHABLE:
            raise
        show_record(context, found, "Contents", [("not shown", error.why or error.what)])
        return
    except EncodingError as error:
        show_record(context, found, "Contents", [("unreadable", str(error))])
        return
    show_record(context, found, "Contents", [("number", number_of(summary)), *gist(summary)])


def gist(summary: BillSummary) -> list[tuple[str, object]]:
    """What matters of a bill's contents, line by line."""
    parties = {role: name for role, name in summary.parties.items() if role != "issuingParty"}
    return [
        *((role, name) for role, name in parties.items()),
        ("goods", "; ".join(summary.goods_descriptions)),
        ("packages", f"{summary.packages}, {summary.gross_weight_grams / 1000:,.0f} kg gross"),
        ("containers", ", ".join(summary.containers)),
        ("vessel", f"{summary.vessel_name}, voyage {summary.voyage_number}"),
    ]


def _as_json(finding: Finding) -> dict[str, str]:
    from contracts.documents.paths import pointer

    return {
        "severity": finding.severity.value,
        "code": finding.code,
        "field": finding.field,
        "pointer": finding.pointer or pointer(finding.field),
        "message": finding.message,
    }


def _listed(output: Output, findings: Iterable[Finding]) -> Iterator[str]:
    rows = [(f.severity.value, f.field or "(document)", clean(f.message), f.code) for f in findings]
    if rows:
        yield table(("", "field", "what to do", "code"), rows)
