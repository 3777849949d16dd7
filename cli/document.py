"""`sealane document`: register supporting documents, hand them to their readers, revoke them."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.commands import command, group
from cli.context import Context
from cli.errors import CliError, ExitCode

app = group("Supporting documents, and who may read them.")

DocumentArgument = Annotated[
    str, typer.Argument(metavar="DOCUMENT", help="Record key, or the beginning of its id.")
]

SubjectArgument = Annotated[
    str, typer.Argument(metavar="SUBJECT", help="Record key, bill CODE:REF, or declaration number.")
]

MAX_FILE_BYTES = 700_000
"""A file that is not JSON travels as base64url inside one; a package holds a megabyte in all."""

WRAPPED = "sealane-file"
"""Marks a document that stands for the bytes of a file."""


@command(
    app,
    "add",
    examples=(
        "sealane document add invoice.json --type invoice --bill CORL:BG2611001",
        "sealane document add certificate.pdf --type phytosanitary --bill BILL --reader haiphong-customs",
    ),
    words={"kind": "contracts.registry.model:DocumentType"},
)
def add(
    context: Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The document: JSON, PDF or any other file.")],
    kind: Annotated[
        str,
        typer.Option("--type", metavar="TYPE", help="What it is; see below."),
    ],
    bill: Annotated[
        list[str] | None, typer.Option("--bill", metavar="BILL", help="Bill it belongs to. Repeatable.")
    ] = None,
    declaration: Annotated[
        list[str] | None,
        typer.Option("--declaration", metavar="DECLARATION", help="Declaration it belongs to. Repeatable."),
    ] = None,
    container: Annotated[
        list[str] | None,
        typer.Option("--container", metavar="CONTAINER", help="Container it belongs to. Repeatable."),
    ] = None,
    reader: Annotated[
        list[str] | None,
        typer.Option("--reader", metavar="ORG", help="Who may read it, beside customs. Repeatable."),
    ] = None,
) -> None:
    """Register a document by commitment, and store it at your node for its readers.

    Types: invoice, packing_list, certificate_of_origin, phytosanitary,
    dangerous_goods, verified_gross_mass, other.
    """
    from cli.acting import choice, find_key, organisations, perform, present
    from cli.contents import check_disclosable, plain_package, share, store
    from contracts.model import id_of
    from contracts.registry.model import DocumentType

    given = choice(DocumentType, kind, "--type").value
    links = {
        name: [id_of(find_key(context, text, name[:-1])) for text in texts or ()]
        for name, texts in (("bills", bill), ("declarations", declaration), ("containers", container))
    }
    document = read_file(file)
    check_disclosable(document, str(file))
    package = plain_package("document", document)
    store(context.client, package)
    fields = {
        "type": given,
        "contents": package.commitment().hex(),
        **links,
        "readers": organisations(reader),
    }
    result = perform(context.client, "document.register", package.subject, fields, version=0)
    share(context.client, package)
    sentence = f"Registered {file.name} ({given.replace('_', ' ')}) as {package.subject}"
    present(context, result, sentence, key=package.subject)
    context.output.next(f"sealane document show {package.subject}")


@command(app, "get", examples=("sealane document get document/RECORD_ID -o certificate.pdf",))
def get(
    context: Context,
    document: DocumentArgument,
    out: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write it.")
    ] = None,
) -> None:
    """Fetch a document that you may read, check it against the ledger, and save it."""
    from cli.acting import find
    from cli.contents import fetch
    from cli.files import write_new
    from contracts.registry.model import Document, DocumentState

    found = find(context, document, "document")
    record = found.of(Document)
    if record.state is DocumentState.REVOKED:
        context.output.warn(f"{found.key} was revoked: it stands no longer")
    name, data = file_of(fetch(context.client, found.key, record.contents).document, found.key)
    path = out or Path(name)
    write_new(path, data)
    value = {"file": str(path), "key": found.key, "bytes": len(data), "state": record.state.value}
    context.output.result(value, f"{path}: {len(data)} bytes, as {found.key} commits to")


@command(
    app,
    "share",
    examples=("sealane document share document/RECORD_ID", "sealane document share CORL:BG2611001"),
)
def share(context: Context, subject: SubjectArgument) -> None:
    """Seal the contents of a record to everyone who may read them by now, and store them at your node.

    Needed only where your organisation keeps its contents key with its members: a
    node that holds the key does so by itself, when somebody who may read asks.
    """
    from cli.contents import fetch, store
    from cli.custody import contents_of, readers_of

    key, commitments = contents_of(context.client, subject)
    store(context.client, fetch(context.client, key, commitments[0]))
    readers = readers_of(context.client, key)
    context.output.result(
        {"key": key, "readers": readers}, f"{key}: your node can give it to {', '.join(readers)}"
    )


@command(
    app,
    "reads",
    examples=("sealane document reads document/RECORD_ID", "sealane document reads CORL:BG2611001"),
)
def reads(context: Context, subject: SubjectArgument) -> None:
    """Show to whom your node gave the contents of a record, and when.

    For whoever put them on the ledger, stored them at the node, or runs it. Other
    parties' nodes record what they give by themselves. The digest of each line
    covers all reads of the node before it: note one to see later that none was
    changed or left out.
    """
    from cli.custody import reads_of
    from cli.output import moment, table

    key, items = reads_of(context.client, subject)
    rows = [
        (item["id"], moment(item["time_ms"]), item["organisation"], item["member"], item["digest"])
        for item in items
    ]
    shown = [table(("read", "at", "organisation", "by", "digest"), rows)] if rows else []
    context.output.result({"key": key, "items": items}, [*shown, f"{key}: given {len(rows)} times"])


@command(
    app,
    "disclose",
    examples=(
        "sealane document disclose document/RECORD_ID --field total --field seller.name",
        "sealane document disclose CORL:BG2611001 --field consignmentItems.0.weight -o weight.evidence.json",
    ),
)
def disclose(
    context: Context,
    subject: SubjectArgument,
    field: Annotated[
        list[str],
        typer.Option("--field", metavar="PATH", help="A field: names and places, with dots. Repeatable."),
    ],
    out: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write it.")
    ] = None,
) -> None:
    """Show chosen fields of contents, and nothing else, as evidence that verifies offline.

    The file proves that the fields belong to the document that the ledger commits
    to, and that you showed them. Inside it, `disclosed.sd_jwt` is an SD-JWT (RFC 9901)
    that standard software reads. A field that holds others shows all of them.
    """
    from cli.disclosing import disclosed_evidence
    from cli.files import write_new

    key, data, sd_jwt = disclosed_evidence(context.client, subject, field)
    path = out or Path(f"{key.replace('/', '-')[:30]}.fields.evidence.json")
    write_new(path, data)
    value = {"file": str(path), "key": key, "fields": field, "bytes": len(data), "sd_jwt": sd_jwt}
    context.output.result(value, f"{path}: {len(field)} fields of {key}, {len(data)} bytes")
    genesis = context.directory / "genesis.json" if context.directory else "HASH|FILE"
    context.output.next(f"sealane verify {path} --genesis {genesis}")


@command(app, "erase", examples=("sealane document erase document/RECORD_ID --yes",))
def erase(
    context: Context,
    subject: SubjectArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase the contents of a record at your node, and say what remains.

    For whoever stored them there, and whoever runs the node. Earlier versions of a
    declaration and its proposed amendments go too. Every proof that does not show
    the contents keeps working.
    """
    from cli.custody import erase_contents, remains

    client = context.client
    if not yes and context.output.interactive and not typer.confirm("Erase it for good?", err=True):
        raise CliError(
            "nothing was erased", why="It was not confirmed.", exit_code=ExitCode.REFUSED, code="unconfirmed"
        )
    done = erase_contents(client, subject)
    left = remains(client, done["key"])
    context.output.result(
        {**done, "remains": left},
        [f"{done['key']}: {done['erased']} contents erased at your node", *(f"  {line}" for line in left)],
    )


@command(
    app,
    "revoke",
    examples=("sealane document revoke document/RECORD_ID --reason replaced",),
    words={"reason": "contracts.registry.model:DocumentRevocation"},
)
def revoke(
    context: Context,
    document: DocumentArgument,
    reason: Annotated[str, typer.Option("--reason", metavar="REASON", help="Why; see below.")],
) -> None:
    """Declare that a document of yours stands no longer.

    Reasons: replaced, issued_in_error, withdrawn, other.
    """
    from cli.acting import choice, find, perform, present
    from contracts.registry.model import DocumentRevocation

    found = find(context, document, "document")
    fields = {"reason": choice(DocumentRevocation, reason, "--reason").value}
    result = perform(context.client, "document.revoke", found.key, fields, version=found.version)
    present(context, result, f"Revoked {found.key}", key=found.key)


@command(app, "show", examples=("sealane document show document/RECORD_ID",))
def show(context: Context, document: DocumentArgument) -> None:
    """Show what a document is, whether it stands, and who may read it."""
    from cli.acting import find
    from cli.viewing import show_record

    show_record(context, find(context, document, "document"))


@command(app, "next", examples=("sealane document next document/RECORD_ID",))
def next_(context: Context, document: DocumentArgument) -> None:
    """Show what your organisation may do with a document, and what to type."""
    from cli.acting import find
    from cli.next_acts import show_next

    show_next(context, find(context, document, "document"))


def read_file(path: Path) -> dict[str, Any]:
    """A file as a document: a JSON object as it is, anything else wrapped with its name and type."""
    from ledger.canonical import parse_document
    from ledger.errors import EncodingError
    from ledger.primitives import encode_base64url

    with path.open("rb") as file:
        data = file.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise CliError(
            f"{path} is larger than {MAX_FILE_BYTES} bytes",
            do="Register a smaller file, such as one scanned at a lower resolution.",
            code="document.too-large",
        )
    try:
        return parse_document(data)
    except EncodingError as error:
        if path.suffix.lower() == ".json":
            raise CliError(
                f"{path} is not JSON as documents need it",
                why=error.message,
                field=error.field,
                code="document.unreadable",
            ) from None
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return {
        "format": WRAPPED,
        "title": path.name,
        "mediaType": media_type,
        "content": encode_base64url(data),
    }


def file_of(document: dict[str, Any], key: str) -> tuple[str, bytes]:
    """The name and bytes of the file that a document stands for; its own JSON otherwise."""
    import json

    from ledger.errors import EncodingError
    from ledger.primitives import decode_base64url

    if document.get("format") == WRAPPED:
        try:
            data = decode_base64url(str(document.get("content")), field="content")
        except EncodingError as error:
            raise CliError(
                f"{key} holds no readable file", why=error.message, code="document.unreadable"
            ) from None
        return Path(str(document.get("title"))).name or "document", data
    name = f"{key.replace('/', '-')[:24]}.json"
    return name, json.dumps(document, ensure_ascii=False, indent=2).encode("utf-8") + b"\n"
