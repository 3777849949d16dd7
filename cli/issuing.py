"""Issuing and accepting bills: the two steps in which the contents matter as much as the act."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cli.acting import Found, perform, read
from cli.client import Client
from cli.contents import (
    bill_package,
    check_bill,
    check_container,
    fetch,
    known_opening,
    opening_from,
    places,
    refuse_errors,
    share,
    store,
)
from cli.document_checks import checks_of
from cli.errors import CliError, ExitCode
from cli.legs import carriage_legs
from contracts.bill.guards import DRAFTED
from contracts.bill.model import Bill
from contracts.documents.package import ContainerOpening, Package
from contracts.documents.summary import BillKind, BillSummary, summarise
from contracts.model import bill_key
from ledger.canonical import document_checksum
from ledger.errors import EncodingError


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """Who has to do with a new bill, as organisations of the network."""

    to: str | None = None
    """First possessor; for a sea waybill the consignee."""
    titleholder: str | None = None
    """Consignee of a straight bill or sea waybill, endorsee of a bill to order."""
    shipper: str | None = None
    others: tuple[str, ...] = ()
    """Others who may read the contents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """What issuing came to."""

    package: Package
    summary: BillSummary
    result: dict[str, Any] | None
    """The node's answer; None when the same document was issued before."""

    @property
    def number(self) -> str:
        """The bill's number as people give it: `CODE:REFERENCE`."""
        return number_of(self.summary)


def number_of(summary: BillSummary) -> str:
    """A bill's number as people give it."""
    sub_reference = summary.transport_document_sub_reference
    number = f"{summary.carrier_code}:{summary.transport_document_reference}"
    return number if sub_reference is None else f"{number}:{sub_reference}"


def checked_package(
    client: Client,
    document: dict[str, Any],
    numbering_secret: bytes,
    containers: Iterable[str] = (),
    replaces: str | None = None,
) -> tuple[Package, BillSummary]:
    """The package of a document that has passed every check, and its summary; `CliError` otherwise."""
    refuse_errors(checks_of(client)(document), what="the document", do="Correct it: sealane bill check FILE")
    try:
        summary = summarise(document)
        carried = {} if replaces is None else _carried_over(client, bill_key(replaces), summary)
        openings = carried | _openings(client, containers)
        return bill_package(document, numbering_secret, openings=openings), summary
    except EncodingError as error:
        raise CliError("the document cannot be issued", why=error.message, field=error.field) from None


def issue_bill(
    client: Client,
    document: dict[str, Any],
    numbering_secret: bytes,
    parties: Parties,
    *,
    containers: Iterable[str] = (),
    replaces: str | None = None,
    from_paper: str | None = None,
    master: dict[str, str] | None = None,
) -> Issued:
    """Issue a transport document: check it, store its contents at the node, and sign.

    `containers` are `NUMBER=ID[:SALT]` of containers that have a record already;
    those of a bill that this one `replaces`, a record id, keep theirs unasked.
    The same document again is recognised and changes nothing; another one under
    the same number is left to the ledger to refuse. A bill that was published as a
    draft is issued from it. Raises `CliError`.
    """
    package, summary = checked_package(client, document, numbering_secret, containers, replaces)
    existing = client.record(package.subject)
    draft = None if existing is None else drafted(client, package, existing)
    if existing is None:
        store(client, package)
    elif draft is None and _same_document(client, package, existing):
        return Issued(package=package, summary=summary, result=None)
    version = 0 if draft is None or existing is None else int(existing["version"])
    package = draft or package
    fields = _fields(summary, parties, package) | {
        "replaces": replaces,
        "from_paper": from_paper,
        "master": master,
    }
    result = perform(client, "bill.issue", package.subject, fields, version=version)
    share(client, package)
    return Issued(package=package, summary=summary, result=result)


def drafted(client: Client, package: Package, existing: dict[str, Any]) -> Package | None:
    """The contents that were published as a draft of this document; None when the bill is no draft.

    Raises `CliError` when the draft is of another document.
    """
    if existing["record"]["state"] not in DRAFTED:
        return None
    published = fetch(client, package.subject, existing["record"]["contents"])
    if document_checksum(published.document) == document_checksum(package.document):
        return published
    raise CliError(
        "the document is not the one that was published",
        why="What is issued from a draft is what the shipper was shown.",
        do="Publish it again (sealane bill publish FILE), or issue the document of the draft.",
        exit_code=ExitCode.REFUSED,
        code="bill.not-the-draft",
    )


def _openings(client: Client, texts: Iterable[str]) -> dict[str, ContainerOpening]:
    openings: dict[str, ContainerOpening] = {}
    for text in texts:
        number, record, salt = opening_from(text)
        known = None if salt is not None else known_opening(client, number)
        if salt is None and (known is None or known.id != record):
            raise CliError(
                f"the salt of container {number} is not in contents that you may read",
                do=f"Ask whoever recorded it first: --container {number}={record}:SALT",
                code="container.unknown",
            )
        openings[number] = known or ContainerOpening(id=record, salt=salt or b"")
        check_container(client, number, openings[number])
    return openings


def _carried_over(client: Client, replaced: str, summary: BillSummary) -> dict[str, ContainerOpening]:
    """The containers that a replaced bill shares with the new one; their records go on."""
    old = fetch(client, replaced, read(client, replaced).of(Bill).contents)
    return {number: opening for number, opening in old.containers.items() if number in summary.containers}


def _fields(summary: BillSummary, parties: Parties, package: Package) -> dict[str, Any]:
    """The body of `bill.issue`."""
    waybill, blank = summary.kind is BillKind.SEA_WAYBILL, summary.kind is BillKind.BLANK
    titleholder = parties.titleholder or (parties.to if waybill else None)
    if titleholder is None and not blank:
        who = summary.endorsee_name or summary.consignee_name or "the party that the document names"
        raise CliError(
            f"say which organisation holds title: {who}",
            why=f"A {summary.kind.value.replace('_', ' ')} bill names its titleholder on the ledger too.",
            do="--titleholder ORG",
            code="bill.titleholder-for-type",
        )
    if parties.to is None:
        raise CliError("say who gets the bill", do="--to ORG")
    loading, delivery = stated_places(summary)
    return {
        "type": summary.kind.value,
        "possessor": None if waybill else parties.to,
        "titleholder": titleholder,
        "shipper": parties.shipper,
        "parties": list(parties.others),
        "contents": package.commitment().hex(),
        "containers": [
            {"id": opening.id, "commitment": opening.commitment(number).hex()}
            for number, opening in package.containers.items()
        ],
        "place_of_loading": loading,
        "place_of_delivery": delivery,
        "legs": carriage_legs(summary),
    }


def stated_places(summary: BillSummary) -> tuple[str, str]:
    """Where the carriage begins and ends; `CliError` when the document does not say."""
    loading, delivery = places(summary)
    if loading is None or delivery is None:
        raise CliError(
            "the document does not say by UN/LOCODE where carriage begins and ends",
            do="Add UNLocationCode to the ports, or to placeOfReceipt and placeOfDelivery.",
            code="document.places",
            field="transports",
        )
    return loading, delivery


def _same_document(client: Client, package: Package, existing: dict[str, Any]) -> bool:
    """Whether the bill of this number was issued with this very document."""
    try:
        issued = fetch(client, package.subject, existing["record"]["contents"])
    except CliError as error:
        if error.exit_code is ExitCode.UNREACHABLE:
            raise
        return False  # not ours to read: the ledger refuses a second issue with its own words
    return document_checksum(issued.document) == document_checksum(package.document)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A bill on offer, its contents fetched and checked."""

    found: Found
    bill: Bill
    package: Package
    summary: BillSummary


def examine_offer(client: Client, key: str) -> Offered:
    """Fetch the contents of an offered bill by way of one's own node, and check them against the ledger.

    Raises `CliError` when they cannot be had or do not match.
    """
    found = read(client, key)
    bill = found.of(Bill)
    package = fetch(client, key, bill.contents)
    return Offered(found=found, bill=bill, package=package, summary=check_bill(client, key, bill, package))


def accept_offer(client: Client, offered: Offered) -> dict[str, Any]:
    """Accept what was examined, and nothing that changed since; its contents stay at one's own node."""
    share(client, offered.package)
    return perform(
        client,
        "bill.accept",
        offered.found.key,
        {"contents": offered.bill.contents},
        version=offered.found.version,
    )
