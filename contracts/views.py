"""Records seen from outside the rules: who may read their contents, what they name, how to say them.

Nothing here decides an act. Nodes use it to serve contents to entitled parties, to
fill their search indexes, and to speak; all of it is derived from the records.
"""

from __future__ import annotations

from functools import singledispatch

from contracts.bill.model import Bill
from contracts.catalogue import decode_record
from contracts.clearance.model import Declaration
from contracts.context import StateReader, View
from contracts.governance.model import NamedKey, OrganisationChange, Proposal
from contracts.mandate.model import Mandate
from contracts.membership.model import Member, NetworkValidators, Organisation, OrganisationState
from contracts.model import (
    Record,
    bill_key,
    container_key,
    declaration_key,
    id_of,
    member_key,
    organisation_key,
)
from contracts.movement.model import Container
from contracts.registry.model import Document
from contracts.relations import (
    bill_parties,
    bills_of,
    container_parties,
    container_record,
    declaration_offices,
    declaration_parties,
    declarations_of,
    unique,
)
from contracts.representation import reads_for
from contracts.wording import describe

__all__ = ["author_of", "commitments_of", "entitled", "links_of", "may_read", "parties_of", "summary"]


def entitled(key: str, record_bytes: bytes, state: StateReader) -> tuple[str, ...]:
    """The organisations entitled to the contents behind a record, those it names first.

    A bill: whom it names, and the offices of the declarations that cover it. Its carrier
    and possessor, because control is over the document itself (MLETR articles 10 and 11);
    an offeree, while the offer is open, because PINT hands over the document to be checked
    before it is accepted; titleholder, shipper and other parties, because the document names
    them (DCSA EBL 3.0, `documentParties`); who surrendered it, because the carrier may give
    it back. The offices, because who declares goods owes customs every document about them
    (UCC, Regulation (EU) 952/2013, articles 15 and 163). A past possessor reads it only as one of these.

    A declaration: declarant, representative and the offices that it names, and nobody else,
    bill parties included: what customs is told is confidential (UCC article 12). An agency
    beside customs reads it while its hold is open, since the control is the agency's to make
    on the same papers (UCC article 47(1)).

    Containers and supporting documents: see `_entitled_to_container` and
    `_entitled_to_document`. Empty for records without contents. Raises as `contracts.catalogue.decode_record`
    does, and `StateUnavailable` when the state cannot be read.
    """
    record, view = decode_record(key, record_bytes), View(state)
    if isinstance(record, Bill):
        return unique((*bill_parties(record), *_offices(_declarations_of_bill(id_of(key), record, view))))
    if isinstance(record, Declaration):
        return declaration_parties(record)
    if isinstance(record, Container):
        return _entitled_to_container(record, view)
    if isinstance(record, Document):
        return _entitled_to_document(record, view)
    return ()


def may_read(organisation: str, key: str, record_bytes: bytes, state: StateReader, time_ms: int) -> bool:
    """Whether an organisation may read the contents behind a record: entitled itself, or by its mandate.

    By mandate, because a representative acts on the principal's papers (UCC article 18), and
    only as far as the errand goes: `contracts.representation.reads_for`. While it is suspended
    it reads what its caretaker needs for its duties, and nothing without one (ADR 0017).
    Raises as `entitled` does.
    """
    view = View(state)
    reader = view.get(organisation_key(organisation), Organisation)
    if reader is None or (reader.state is OrganisationState.SUSPENDED and reader.caretaker is None):
        return False
    allowed = entitled(key, record_bytes, state)
    if organisation in allowed:
        return True
    return reads_for(organisation, allowed, decode_record(key, record_bytes), key, view, time_ms)


def commitments_of(record: Record) -> tuple[str, ...]:
    """Every commitment to contents that a record bears: the ones in force first.

    A declaration or bill also commits to what an amendment is to make of it, and to
    what it read before.
    """
    if isinstance(record, Bill):
        wanted = None if record.amendment is None else record.amendment.contents
        return unique((record.contents, wanted, *record.earlier))
    if isinstance(record, Declaration):
        asked = (request.contents for request in record.requests)
        return unique((record.contents, *asked, *record.earlier))
    return (record.contents,) if isinstance(record, Document) else ()


def author_of(record: Record) -> str | None:
    """The organisation that put a record's contents on the ledger; None for records without."""
    if isinstance(record, Bill):
        return record.carrier
    if isinstance(record, Declaration):
        return record.representative or record.declarant
    return record.organisation if isinstance(record, Document) else None


@singledispatch
def parties_of(record: Record) -> tuple[str, ...]:
    """The organisations that a record names, for finding the records of a party."""
    return ()


@parties_of.register
def _(record: Bill) -> tuple[str, ...]:
    return bill_parties(record)


@parties_of.register
def _(record: Declaration) -> tuple[str, ...]:
    return declaration_parties(record)


@parties_of.register
def _(record: Container) -> tuple[str, ...]:
    return container_parties(record)


@parties_of.register
def _(record: Document) -> tuple[str, ...]:
    return unique((record.organisation, *record.readers))


@parties_of.register
def _(record: Organisation) -> tuple[str, ...]:
    return (record.id,)


@parties_of.register
def _(record: Member) -> tuple[str, ...]:
    return (record.organisation,)


@parties_of.register
def _(record: Mandate) -> tuple[str, ...]:
    return (record.principal, record.agent)


@parties_of.register
def _(record: NetworkValidators) -> tuple[str, ...]:
    return tuple(validator.organisation for validator in record.validators)


@parties_of.register
def _(record: Proposal) -> tuple[str, ...]:
    change = record.change
    concerned = change.organisation if isinstance(change, OrganisationChange) else None
    return unique((record.proposer, concerned))


@parties_of.register
def _(record: NamedKey) -> tuple[str, ...]:
    return (record.organisation,)


@singledispatch
def links_of(record: Record) -> tuple[str, ...]:
    """The keys of the records that a record refers to, organisations that are mere parties aside."""
    return ()


@links_of.register
def _(record: Bill) -> tuple[str, ...]:
    master = None if record.master is None else record.master.bill
    others = [bill_key(bill) for bill in (record.replaces, record.replaced_by, master) if bill is not None]
    return (*map(container_key, record.containers), *others)


@links_of.register
def _(record: Declaration) -> tuple[str, ...]:
    cited = (declaration_key(citation.declaration) for citation in record.cites)
    return (*map(bill_key, record.bills), *map(container_key, record.containers), *cited)


@links_of.register
def _(record: Container) -> tuple[str, ...]:
    return (*map(bill_key, record.bills), *map(declaration_key, record.declarations))


@links_of.register
def _(record: Document) -> tuple[str, ...]:
    links = (*map(bill_key, record.bills), *map(declaration_key, record.declarations))
    return (*links, *map(container_key, record.containers))


@links_of.register
def _(record: Mandate) -> tuple[str, ...]:
    bills = (bill for power in record.powers for bill in power.bills)
    return unique(map(bill_key, bills))


@links_of.register
def _(record: Organisation) -> tuple[str, ...]:
    return tuple(member_key(f"{record.id}/{name}") for name in record.administrators)


@links_of.register
def _(record: Member) -> tuple[str, ...]:
    return (organisation_key(record.organisation),)


def summary(record: Record) -> dict[str, str]:
    """A record in words: `title`, `status`, one line for each thing worth saying, and `changed`."""
    return describe(record)


def _declarations_of_bill(bill_id: str, bill: Bill, view: View) -> list[Declaration]:
    """The declarations that list a bill or one of its containers; they are marked on its containers.

    Either is enough: goods are declared by the transport document or by the equipment that they
    are in, and the office is owed the papers of both alike (UCC article 163).
    """
    found: dict[str, Declaration] = {}
    for container in bill.containers:
        for declaration_id, declaration in declarations_of(container_record(container, view), view):
            if bill_id in declaration.bills or container in declaration.containers:
                found[declaration_id] = declaration
    return list(found.values())


def _offices(declarations: list[Declaration]) -> list[str]:
    return [office for declaration in declarations for office in declaration_offices(declaration)]


def _entitled_to_container(container: Container, view: View) -> tuple[str, ...]:
    """Who may see a container's events: operator, parties and handlers, and whoever its goods concern.

    DCSA Track and Trace tells a shipment's events to those who ask by a reference to it, which
    are a booking, a transport document or an equipment number; here these are the parties of
    the bills that cover it. Those of its declarations, because what they decide waits for its
    movements and the other way round (`contracts.linkage`).
    """
    covering = [name for _, bill in bills_of(container, view) for name in bill_parties(bill)]
    declared = [name for _, d in declarations_of(container, view) for name in declaration_parties(d)]
    return unique((*container_parties(container), *covering, *declared))


def _entitled_to_document(document: Document, view: View) -> tuple[str, ...]:
    """Registrar, readers, and the customs offices concerned, directly or through what it belongs to.

    The registrar chooses the readers, because an invoice is no party's of the bill to see by
    being one: prices stay between buyer and seller. The offices are not the registrar's choice:
    supporting documents have to be at customs' disposal (UCC article 163), and may be asked for
    to verify a declaration (article 188). `contracts.consignment` gathers them by the same links.
    """
    offices = _offices(
        [view.require(declaration_key(declaration), Declaration) for declaration in document.declarations]
    )
    for bill in document.bills:
        offices += _offices(_declarations_of_bill(bill, view.require(bill_key(bill), Bill), view))
    for container in document.containers:
        pairs = declarations_of(container_record(container, view), view)
        offices += _offices([declaration for _, declaration in pairs])
    return unique((document.organisation, *document.readers, *offices))
