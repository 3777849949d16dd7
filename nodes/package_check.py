"""Whether a contents package is the one that the ledger means.

A package's commitment covers its salt and document alone. What else it says, the
record it belongs to, the numbering signature and the openings of containers, is
worth nothing until the records confirm it; here it is held against them. Who may
store or read a package is for `nodes.contents`.
"""

from __future__ import annotations

from typing import Final

from contracts.bill.guards import DRAFTED
from contracts.bill.model import Bill
from contracts.catalogue import KIND_OF, decode_record
from contracts.clearance.model import Declaration
from contracts.context import StateReader, View
from contracts.documents.package import Package, check_package, parse_package
from contracts.membership.model import Organisation
from contracts.model import container_key, organisation_key
from contracts.movement.model import Container
from contracts.registry.model import Document
from contracts.relations import amendment_asker
from contracts.views import commitments_of
from ledger.errors import EncodingError, LedgerError, ProofError
from ledger.primitives import Hash, decode_base64url
from ledger.sealing import SealedContent


class ContentsError(Exception):
    """A content was not stored or shown: a stable code, and a sentence for a person."""

    def __init__(self, code: str, message: str, field: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field


Holder = Bill | Declaration | Document
"""A record that commits to contents."""

_RECORD_OF: Final[dict[str, type[Bill] | type[Declaration] | type[Document]]] = {
    "bill": Bill,
    "declaration": Declaration,
    "document": Document,
}


def open_package(data: bytes, commitment: Hash) -> Package:
    """The package that opens a commitment, whatever record it names; raises `ContentsError`."""
    try:
        package = parse_package(data)
        if not KIND_OF[_RECORD_OF[package.kind]].pattern.match(package.subject):
            raise EncodingError("not the key of a record of this kind", field="package.subject")
        check_package(package, commitment)
    except LedgerError as error:
        raise ContentsError("contents.malformed", error.message, error.field) from None
    return package


def check_confirmed(package: Package, commitment: Hash, state: StateReader) -> None:
    """Raise `ContentsError` unless the record that a package names confirms all it says."""
    record = View(state).get(package.subject, _RECORD_OF[package.kind])
    if record is None or commitment.hex() not in commitments_of(record):
        raise ContentsError(
            "contents.other", f"{package.subject} commits to other contents.", "package.subject"
        )
    try:
        _check_ties(package, commitment, record, state)
    except LedgerError as error:
        raise ContentsError("contents.malformed", error.message, error.field) from None


def _check_ties(package: Package, commitment: Hash, record: Holder, state: StateReader) -> None:
    """Raise `ProofError` unless number and containers are those of the ledger's records."""
    view = View(state)
    if isinstance(record, Bill):
        check_numbering(package, commitment, record.carrier, state, issued_ms=record.created_ms)
        if record.state in DRAFTED:
            return  # its containers get their records when it is issued, and are checked from then on
        stray = {opening.id for opening in package.containers.values()} - set(record.containers)
        if stray:
            raise ProofError(f"the bill does not cover container {min(stray)}", field="package.containers")
    for number, opening in package.containers.items():
        place = f"package.containers.{number}"
        container = view.get(container_key(opening.id), Container) if _is_container(opening.id) else None
        if container is None or container.commitment != opening.commitment(number).hex():
            raise ProofError("the ledger knows no such container under this number", field=place)


def check_numbering(
    package: Package, commitment: Hash, carrier: str, state: StateReader, *, issued_ms: int | None = None
) -> None:
    """Raise `ProofError` unless the carrier gave this bill its number.

    `issued_ms` is when the bill was issued, which says with which of the carrier's
    keys; None for one that is still to be issued.
    """
    record = View(state).get(organisation_key(carrier), Organisation)
    current = None if record is None else record.numbering_key
    if record is None or current is None:
        raise ProofError(f"{carrier} has no numbering key", field="package.numbering")
    first, *others = (current,) if issued_ms is None else record.numbering_keys(issued_ms)
    try:
        check_package(package, commitment, numbering_key=decode_base64url(first, field="key", length=48))
    except LedgerError:
        if not others:
            raise
        check_package(package, commitment, numbering_key=decode_base64url(others[0], field="key", length=48))


def check_draft(package: Package, commitment: Hash, organisation: str, state: StateReader) -> None:
    """Only its carrier says which number is a bill's; whoever else may store a draft has it from there.

    Raises `ContentsError`.
    """
    if package.kind != "bill":
        return
    bill = View(state).get(package.subject, Bill)
    carrier = organisation if bill is None else bill.carrier
    try:
        check_numbering(package, commitment, carrier, state)
    except LedgerError as error:
        raise ContentsError(
            "contents.not-entitled",
            f"Contents of {package.subject} bear the number that its carrier gave it, and until there is a "
            f"record only the carrier may store them; {carrier} did not number these: {error.message}.",
            error.field,
        ) from None


def check_sealed(sealed: SealedContent, organisation: str, state: StateReader) -> None:
    """Raise `ContentsError` for what cannot be opened here unless it can concern the organisation.

    It must be sealed to it, belong to a record of its kind, and a bill that is
    not issued yet come from a carrier.
    """
    record = View(state).get(organisation_key(organisation), Organisation)
    key = None if record is None else record.contents_key
    if record is None or key is None or sealed.recipient(decode_base64url(key, field="contents_key")) is None:
        raise ContentsError(
            "contents.malformed", f"It is not sealed to {organisation} itself.", "sealed.recipients"
        )
    if sealed.kind == "bill" and state.get(sealed.subject) is None and record.numbering_key is None:
        raise ContentsError(
            "contents.not-entitled", f"{organisation} numbers no bills, and {sealed.subject} is not issued."
        )


def is_amendment(subject: str, commitment: Hash, organisation: str, state: StateReader) -> bool:
    """Whether someone stores what they are about to ask, or to make, of a declaration or bill."""
    stored = state.get(subject)
    authors: tuple[str | None, ...] = ()
    record = None if stored is None else decode_record(subject, stored)
    if isinstance(record, Declaration):
        authors = (record.declarant, record.representative)
    elif isinstance(record, Bill):
        authors = (record.carrier, amendment_asker(record))
    return record is not None and organisation in authors and commitment.hex() not in commitments_of(record)


def _is_container(container: str) -> bool:
    return KIND_OF[Container].pattern.match(container_key(container)) is not None
