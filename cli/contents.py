"""Contents packages, as commands build, store, fetch and check them.

A package is what parties keep off the ledger (`contracts.documents.package`). Here
it gets its salts and ids, goes to a node, and comes back. What comes back is held
against the ledger's own records before anyone is shown it or signs for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from cli.client import Client
from cli.document_checks import checks_of
from cli.errors import CliError, ExitCode
from cli.sealing import for_node, opened
from cli.subjects import search
from contracts.bill.guards import DRAFTED
from contracts.bill.model import Bill
from contracts.documents.findings import Finding, errors
from contracts.documents.package import (
    ContainerOpening,
    Package,
    check_package,
    parse_package,
)
from contracts.documents.summary import BillSummary, summarise
from contracts.documents.transport_document import unwrap
from contracts.model import bill_key, container_key, organisation_key
from ledger.canonical import MAX_DOCUMENT_BYTES, parse_document
from ledger.contents import bill_id, sign_number
from ledger.disclosure import SALT_BYTES, conceal
from ledger.errors import EncodingError, LedgerError
from ledger.primitives import decode_base64url, decode_hash

RECORD_ID_BYTES = 16

OTHER_CONTENTS = "contents.mismatch"
"""Code of a failure to match contents with the ledger."""

BOM = b"\xef\xbb\xbf"
"""What some programs write before UTF-8; it is no part of what they wrote."""

Entropy = Callable[[int], bytes]
"""Random bytes; `os.urandom`, except in tests."""


def new_salt(entropy: Entropy = os.urandom) -> bytes:
    """A fresh salt."""
    return entropy(SALT_BYTES)


def new_id(entropy: Entropy = os.urandom) -> str:
    """A fresh id of a declaration, container or document."""
    return entropy(RECORD_ID_BYTES).hex()


def read_document(path: Path) -> dict[str, Any]:
    """The JSON object in a file, read strictly; `CliError` says what is wrong with it."""
    with path.open("rb") as file:
        data = file.read(len(BOM) + MAX_DOCUMENT_BYTES + 1)
    try:
        document = parse_document(data.removeprefix(BOM))
    except EncodingError as error:
        raise CliError(
            f"{path} cannot be read", why=error.message, field=error.field, code="document.unreadable"
        ) from None
    check_disclosable(document, str(path))
    return document


def check_disclosable(document: dict[str, Any], what: str) -> None:
    """Raise `CliError` for a document to which nothing on the ledger could commit."""
    try:
        conceal(document, bytes(16))
    except EncodingError as error:
        raise CliError(
            f"{what} cannot be committed to", why=error.message, code="document.unreadable"
        ) from None


def read_transport_document(path: Path) -> dict[str, Any]:
    """The transport document in a file: bare, in an issuance request or in an envelope."""
    try:
        return unwrap(read_document(path))
    except EncodingError as error:
        raise CliError(
            f"{path} holds no transport document",
            why=error.message,
            field=error.field,
            code="document.unreadable",
        ) from None


def refuse_errors(findings: Iterable[Finding], *, what: str, do: str) -> None:
    """Raise `CliError` listing every error among the findings; warnings pass."""
    found = errors(findings)
    if not found:
        return
    listed = "\n         ".join(f"{finding.field or 'document'}: {finding.message}" for finding in found)
    count = f"{len(found)} error{'s' if len(found) > 1 else ''}"
    raise CliError(
        f"{what} has {count}",
        why=listed,
        do=do,
        exit_code=ExitCode.REFUSED,
        code=found[0].code,
        field=found[0].field,
    )


def bill_package(
    document: dict[str, Any],
    numbering_secret: bytes,
    *,
    openings: Mapping[str, ContainerOpening] | None = None,
    entropy: Entropy = os.urandom,
) -> Package:
    """The package of a bill that its carrier is about to issue.

    The numbering secret decides the bill's record id. `openings` names, by
    container number, records that exist already; other containers get a new id.
    Raises `EncodingError` for a document that was not checked.
    """
    summary = summarise(document)
    signature = sign_number(
        numbering_secret,
        summary.carrier_code,
        summary.transport_document_reference,
        summary.transport_document_sub_reference,
    )
    known = dict(openings or {})
    stray = sorted(set(known) - set(summary.containers))
    if stray:
        raise CliError(
            f"the document does not name container {', '.join(stray)}",
            do="Leave out --container for it, or correct the number.",
            code="container.unknown",
        )
    containers = {
        number: known.get(number) or ContainerOpening(id=new_id(entropy), salt=new_salt(entropy))
        for number in summary.containers
    }
    return Package(
        kind="bill",
        subject=bill_key(bill_id(signature).hex()),
        salt=new_salt(entropy),
        document=document,
        numbering=signature,
        containers=containers,
    )


def amended_package(package: Package, document: dict[str, Any], *, entropy: Entropy = os.urandom) -> Package:
    """The package of a bill as it is to be: under the same number, with those containers that it still names.

    Raises `CliError` for a document with another number.
    """
    for name in ("carrierCode", "transportDocumentReference", "transportDocumentSubReference"):
        if document.get(name) != package.document.get(name):
            raise CliError(
                "the document has another number than the bill",
                why=f"{name} is {document.get(name)}, not {package.document.get(name)}.",
                do="An amendment keeps the number; a bill under a new one replaces a voided one.",
                code="document.number",
                field=name,
            )
    named = set(summarise(document).containers)
    return replace(
        package,
        salt=new_salt(entropy),
        document=document,
        containers={number: opening for number, opening in package.containers.items() if number in named},
    )


def plain_package(kind: str, document: dict[str, Any], *, entropy: Entropy = os.urandom) -> Package:
    """The package of a declaration or supporting document, under a new record id."""
    return Package(kind=kind, subject=f"{kind}/{new_id(entropy)}", salt=new_salt(entropy), document=document)


def store(client: Client, package: Package) -> None:
    """Give a package to the client's node, before the act that commits to it."""
    client.put(f"/v1/contents/{package.commitment().hex()}", for_node(client, package))


def share(client: Client, package: Package) -> None:
    """Seal a stored package to everyone whom its record entitles by now.

    Nothing to do where the node holds the organisation's contents key: it does so when it is asked.
    """
    if client.keyring:
        store(client, package)


def fetch(client: Client, key: str, commitment: str) -> Package:
    """The package behind a record's commitment, by way of the client's node.

    The node asks the nodes of the other parties when it does not hold it. Raises
    `ApiError` when it may not or cannot give it, `CliError` when what it gives is
    not what the record commits to.
    """
    data = opened(client, client.get_bytes(f"/v1/contents/{commitment}", subject=key))
    try:
        package = parse_package(data)
        check_package(package, decode_hash(commitment, field="contents"))
    except LedgerError as error:
        raise _mismatch(error.message, error.field) from None
    if package.subject != key:
        raise _mismatch(f"the node sent contents of {package.subject}", "package.subject")
    return package


def check_bill(client: Client, key: str, bill: Bill, package: Package) -> BillSummary:
    """The summary of a bill's contents, once they are known to be the ones the ledger means.

    Checks the carrier's numbering signature, every container's commitment against
    its record, that the document names the containers, kind and places of the
    record, and DCSA's rules. The containers of a draft have no records yet. Raises
    `CliError` naming the first that fails.
    """
    try:
        check_package(
            package, decode_hash(bill.contents, field="contents"), numbering_key=_numbering_key(client, bill)
        )
    except LedgerError as error:
        raise _mismatch(error.message, error.field) from None
    refuse_errors(
        checks_of(client)(package.document),
        what=f"the document of {key}",
        do="Reject the offer: sealane bill reject BILL --reason contents_wrong",
    )
    summary = summarise(package.document)
    loading, delivery = places(summary)
    draft = bill.state in DRAFTED
    covered = sorted(opening.id for opening in package.containers.values())
    stated = {
        "type": (summary.kind.value, bill.type.value),
        "place_of_loading": (loading, bill.place_of_loading),
        "place_of_delivery": (delivery, bill.place_of_delivery),
        "containers": (covered, covered if draft else sorted(bill.containers)),
        "container numbers": (sorted(package.containers), sorted(summary.containers)),
    }
    for field, (document, record) in stated.items():
        if document != record:
            raise _mismatch(f"the document says {document}, the ledger {record}", field)
    if not draft:
        for number, opening in package.containers.items():
            check_container(client, number, opening)
    return summary


def check_container(client: Client, number: str, opening: ContainerOpening) -> None:
    """Raise `CliError` unless the container's record commits to this number."""
    found = client.record(container_key(opening.id))
    if found is None or found["record"].get("commitment") != opening.commitment(number).hex():
        raise _mismatch(f"the ledger's container {opening.id} is not {number}", f"containers.{number}")


def places(summary: BillSummary) -> tuple[str | None, str | None]:
    """Where the carriage begins and ends: inland places where there are any, else the ports."""
    return (
        summary.place_of_receipt or summary.port_of_loading,
        summary.place_of_delivery or summary.port_of_discharge,
    )


def known_opening(client: Client, number: str) -> ContainerOpening | None:
    """What ties a container number to its record, from the contents that this node may show.

    None when no bill with this number is known here. Trips that ended in delivery
    count only when there is no other. Raises `CliError` when several are left.
    """
    found: dict[str, ContainerOpening] = {}
    for item in search(client, number):
        if not str(item["key"]).startswith("bill/"):
            continue
        record = client.record(item["key"])
        if record is None:
            continue
        opening = fetch(client, item["key"], record["record"]["contents"]).containers.get(number)
        if opening is not None:
            found[opening.id] = opening
    if len(found) > 1:
        found = {trip: opening for trip, opening in found.items() if not _delivered(client, trip)} or found
    if len(found) > 1:
        raise CliError(
            f"{number} made more than one trip",
            why=", ".join(container_key(trip) for trip in found),
            do="Give the record key of the trip you mean.",
            code="subject.unclear",
        )
    return next(iter(found.values()), None)


def _delivered(client: Client, trip: str) -> bool:
    """Whether a container's trip is over: it left a gate after import."""
    record = (client.record(container_key(trip)) or {"record": {}})["record"]
    departures = record.get("departures", ())
    return record.get("state") == "on_road" and any(d["direction"] == "import" for d in departures)


def _numbering_key(client: Client, bill: Bill) -> bytes:
    found = client.record(organisation_key(bill.carrier))
    key = None if found is None else found["record"].get("numbering_key")
    if key is None:
        raise _mismatch(f"{bill.carrier} has no numbering key on the ledger", "numbering_key")
    return decode_base64url(key, field="numbering_key", length=48)


def _mismatch(why: str, field: str) -> CliError:
    return CliError(
        "the contents do not match the ledger",
        why=why,
        do="Do not accept or rely on them; ask the issuer.",
        exit_code=ExitCode.REFUSED,
        code=OTHER_CONTENTS,
        field=field,
    )


def opening_from(text: str) -> tuple[str, str, bytes | None]:
    """`NUMBER=ID` or `NUMBER=ID:SALT`, as carriers pass a container on; `CliError` for anything else."""
    number, _, rest = text.partition("=")
    record, _, salt = rest.removeprefix("container/").partition(":")
    try:
        opened = decode_base64url(salt, field="--container", length=SALT_BYTES) if salt else None
        whole = len(bytes.fromhex(record)) == RECORD_ID_BYTES
    except (ValueError, EncodingError):
        opened, whole = None, False
    if not number or not whole:
        raise CliError(
            f"--container {text} is not understood",
            do="Give it as NUMBER=ID, or NUMBER=ID:SALT where the salt is not in contents you may read.",
        )
    return number.upper(), record, opened
