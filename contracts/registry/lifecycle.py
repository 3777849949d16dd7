"""The table of supporting documents: registered once, revoked at most once."""

from __future__ import annotations

from contracts.checks import listed_once, organisations_active, records_exist
from contracts.registry import codes, model, rules
from contracts.registry.model import Document, DocumentState
from contracts.table import Act, Guard, Presence

ACTS: tuple[Act, ...] = (
    Act(
        name="document.register",
        summary="Registers a supporting document by its commitment.",
        record=Document,
        body=model.Register,
        presence=Presence.ABSENT,
        guards=(
            Guard(
                holds="The document belongs to a bill, declaration or container.",
                code=codes.NOT_LINKED,
                check=rules.belongs_somewhere,
            ),
            listed_once(rules.lists),
            organisations_active(rules.organisations_named),
            records_exist(rules.records_named),
            Guard(
                holds="The organisation is a party to each (no mere offeree), a customs office or an agency.",
                code=codes.NOT_PARTY,
                check=rules.registrar_is_party,
            ),
        ),
        effect=rules.register,
        leads_to=(DocumentState.REGISTERED,),
    ),
    Act(
        name="document.revoke",
        summary="Declares that a document stands no longer.",
        record=Document,
        body=model.Revoke,
        relation=Guard(
            holds="The organisation registered the document.",
            code=codes.NOT_REGISTRAR,
            check=rules.actor_is_registrar,
            standing=True,
        ),
        states=(DocumentState.REGISTERED,),
        effect=rules.revoke,
        leads_to=(DocumentState.REVOKED,),
        rule="UN/EDIFACT code list 1373, status 41",
    ),
)
"""The acts on supporting documents."""
