"""Guards and effects of the document registry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from contracts.bill.model import Bill
from contracts.checks import named
from contracts.clearance.model import Declaration
from contracts.membership.model import AUTHORITIES
from contracts.model import Record, bill_key, container_key, declaration_key
from contracts.movement.model import Container
from contracts.registry.model import Document, DocumentState, Register, Revoke
from contracts.relations import bills_of, container_parties, declaration_parties, settled_parties
from contracts.table import Call, Fault, fault

Registering = Call[None, Register]
OnDocument = Call[Document, Revoke]


def organisations_named(body: Register) -> list[tuple[str, str | None]]:
    """The readers, with their fields."""
    return [*named("body.readers", body.readers)]


def lists(body: Register) -> list[tuple[str, tuple[str, ...]]]:
    """The lists in which nothing may appear twice."""
    return [
        ("body.bills", body.bills),
        ("body.declarations", body.declarations),
        ("body.containers", body.containers),
        ("body.readers", body.readers),
    ]


def records_named(body: Register) -> list[tuple[str, str, type[Record]]]:
    """The records that the document belongs to."""
    found: list[tuple[str, str, type[Record]]] = [
        (field, bill_key(bill), Bill) for field, bill in named("body.bills", body.bills)
    ]
    found += [(f, declaration_key(d), Declaration) for f, d in named("body.declarations", body.declarations)]
    return found + [(f, container_key(c), Container) for f, c in named("body.containers", body.containers)]


def belongs_somewhere(call: Registering) -> Fault | None:
    """The document belongs to a record."""
    body = call.body
    return None if body.bills or body.declarations or body.containers else fault("body")


def registrar_is_party(call: Registering) -> Fault | None:
    """The actor is a party to each record; authorities issue certificates for the goods of others."""
    if any(role in call.actor.roles for role in AUTHORITIES):
        return None
    for field, key, parties in _parties(call):
        if call.actor.organisation not in parties:
            return fault(field, organisation=call.actor.organisation, record=key)
    return None


def actor_is_registrar(call: OnDocument) -> Fault | None:
    """The actor registered the document."""
    registrar, organisation = call.record.organisation, call.actor.organisation
    if organisation == registrar:
        return None
    return fault("issuer", organisation=organisation, registrar=registrar)


def register(call: Registering) -> Mapping[str, Record]:
    """The document's record."""
    body = call.body
    document = Document(
        type=body.type,
        state=DocumentState.REGISTERED,
        organisation=call.actor.organisation,
        contents=body.contents,
        bills=body.bills,
        declarations=body.declarations,
        containers=body.containers,
        readers=body.readers,
    )
    return {call.subject: document}


def revoke(call: OnDocument) -> Mapping[str, Record]:
    """The document stands no longer."""
    return {call.subject: replace(call.record, state=DocumentState.REVOKED, reason=call.body.reason)}


def _parties(call: Registering) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """The field, key and parties of each record that the document belongs to."""
    view = call.view
    for field, key, kind in records_named(call.body):
        record = view.require(key, kind)
        if isinstance(record, Bill):
            yield field, key, settled_parties(record)
        elif isinstance(record, Declaration):
            yield field, key, declaration_parties(record)
        elif isinstance(record, Container):
            covering = [name for _, bill in bills_of(record, view) for name in settled_parties(bill)]
            yield field, key, (*container_parties(record), *covering)
