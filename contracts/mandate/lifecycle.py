"""The table of delegation: a principal grants powers to an agent, and either ends them.

What may be granted is read from the tables of business: whatever a signer may do
and no authority decides. Granting is not among it, so a mandate cannot be passed on.
"""

from __future__ import annotations

from typing import Final

from contracts import codes as shared
from contracts.bill import lifecycle as bill
from contracts.checks import CLEANS_UP, listed_once, organisations_active
from contracts.clearance import lifecycle as clearance
from contracts.mandate import codes, model, rules
from contracts.mandate.model import Mandate, MandateState
from contracts.membership.model import AUTHORITIES, Permission
from contracts.movement import lifecycle as movement
from contracts.registry import lifecycle as registry
from contracts.table import Act, Guard, Presence

DELEGABLE: Final = frozenset(
    act.name
    for table in (bill.ACTS, clearance.ACTS, movement.ACTS, registry.ACTS)
    for act in table
    if act.permission is Permission.SIGNER and not (act.roles and set(act.roles) <= set(AUTHORITIES))
)
"""The acts that one organisation may do in the name of another."""

ACTS: tuple[Act, ...] = (
    Act(
        name="mandate.grant",
        summary="Lets another organisation do stated acts in the principal's name, within stated limits.",
        record=Mandate,
        body=model.Grant,
        presence=Presence.EITHER,
        permission=Permission.ADMINISTRATOR,
        relation=Guard(
            holds="The organisation is the principal that the subject names first.",
            code=codes.NOT_PRINCIPAL,
            check=rules.actor_is_principal,
            rule="no sub-delegation",
            standing=True,
        ),
        guards=(
            Guard(
                holds="The principal is no customs office or agency.",
                code=codes.AUTHORITY,
                check=rules.principal_is_no_authority,
                standing=True,
            ),
            Guard(
                holds="The agent is another organisation.",
                code=codes.TO_SELF,
                check=rules.agent_is_other,
                standing=True,
            ),
            Guard(
                holds="The agent is active on the ledger.",
                code=shared.NO_ORGANISATION,
                check=rules.agent_is_active,
                standing=True,
            ),
            listed_once(rules.lists),
            Guard(
                holds="Every act can be done for another: acts of business that no authority decides.",
                code=codes.NOT_DELEGABLE,
                check=rules.acts_are_delegable(DELEGABLE),
            ),
            Guard(
                holds="Customs offices and countries limit acts on declarations only.",
                code=codes.LIMIT_MISFIT,
                check=rules.limits_fit_acts,
            ),
            organisations_active(rules.organisations_named),
            Guard(
                holds="For acts on declarations, the agent is a customs broker or forwarder.",
                code=codes.NOT_REPRESENTATIVE,
                check=rules.agent_represents,
                rule="UCC article 18: customs representatives",
            ),
            Guard(
                holds="The power ends after block time and within three years.",
                code=codes.TERM,
                check=rules.term_is_fair,
            ),
            Guard(
                holds="The mandate has room for another power.",
                code=shared.RECORD_FULL,
                check=rules.room_for_power,
                standing=True,
            ),
        ),
        effect=rules.grant,
        leads_to=(MandateState.ACTIVE,),
        rule="UCC articles 18 and 19",
    ),
    Act(
        name="mandate.revoke",
        summary="Ends every power of a mandate at once.",
        record=Mandate,
        body=model.Revoke,
        permission=Permission.ADMINISTRATOR,
        while_suspended=True,
        relation=Guard(
            holds="The organisation granted the mandate or has it.",
            code=codes.NOT_CONCERNED,
            check=rules.actor_is_concerned,
            standing=True,
        ),
        states=(MandateState.ACTIVE,),
        guards=(CLEANS_UP,),
        effect=rules.revoke,
        leads_to=(MandateState.REVOKED,),
    ),
)
"""The acts of delegation."""
