"""Verified gross mass: who declares it, and what makes it count.

The shipper is responsible for it, by method 1 (weighing the packed container) or
method 2 (weighing everything in it and adding the tare); a terminal may weigh on
the shipper's behalf (SOLAS VI/2.4; MSC.1/Circ.1475). The mass is a fact of trade,
so it stays in a supporting document; the container's record names the document.
That it is needed before loading is a condition of `contracts.linkage`.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from contracts.membership.model import Role
from contracts.model import Record, document_key, id_of
from contracts.movement.model import Container, VerifiedMass, VerifyMass
from contracts.registry.model import Document, DocumentState, DocumentType
from contracts.relations import bills_of, declares_container
from contracts.table import Call, Fault, fault

Verifying = Call[Container, VerifyMass]

WEIGHING = (Role.TERMINAL, Role.PORT_AUTHORITY)
"""Who weighs on behalf of shippers."""


def records_named(body: VerifyMass) -> list[tuple[str, str, type[Record]]]:
    """The document."""
    return [("body.document", document_key(body.document), Document)]


def actor_may_declare(call: Verifying) -> Fault | None:
    """The actor ships the goods or acts for who does, operates the container, or weighs for shippers."""
    if any(role in call.actor.roles for role in WEIGHING):
        return None
    if declares_container(call.actor.organisation, call.record, call.view):
        return None
    return fault("issuer", organisation=call.actor.organisation)


def document_is_a_mass(call: Verifying) -> Fault | None:
    """The document is a verified gross mass of this container that stands, registered by the actor."""
    document = call.view.require(document_key(call.body.document), Document)
    what = ""
    if document.type is not DocumentType.VERIFIED_GROSS_MASS:
        what = f"of type {document.type.value}"
    elif document.state is not DocumentState.REGISTERED:
        what = "revoked"
    elif document.organisation != call.actor.organisation:
        what = f"declared by {document.organisation}"
    elif not _belongs(document, call):
        what = "of other goods"
    return fault("body.document", document=call.body.document, what=what) if what else None


def verify_mass(call: Verifying) -> Mapping[str, Record]:
    """The container with its verified gross mass; a later one takes the place of an earlier one."""
    mass = VerifiedMass(document=call.body.document, method=call.body.method)
    return {call.subject: replace(call.record, verified_mass=mass)}


def _belongs(document: Document, call: Verifying) -> bool:
    if id_of(call.subject) in document.containers:
        return True
    return any(bill_id in document.bills for bill_id, _ in bills_of(call.record, call.view))
