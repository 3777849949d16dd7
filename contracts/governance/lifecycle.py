"""The table of governance: how validators change the network, and what they change by themselves.

A change of the set made in block h takes effect at h + 2: header h + 1 names the
new set, and the set before it seals that header. So no set ever seals its own
appointment, and whoever follows seals from the genesis needs no trust in the new
validators, nor any overlap with the old ones.
"""

from __future__ import annotations

from contracts import codes as shared
from contracts.checks import listed_once
from contracts.governance import changes, codes, court, model, rules, settings, standing
from contracts.governance.model import Proposal, ProposalState
from contracts.membership import codes as membership
from contracts.membership.model import NetworkValidators, Organisation, Permission
from contracts.refusals import RefusalCode
from contracts.table import Act, Guard, Presence

ADMINISTRATOR = Permission.ADMINISTRATOR

HAS_SEAT = Guard(
    holds="The organisation is among the validators that were appointed last.",
    code=codes.NOT_VALIDATOR,
    check=rules.actor_has_seat,
    standing=True,
)
PROPOSER = Guard(
    holds="The organisation opened the proposal.",
    code=codes.NOT_PROPOSER,
    check=rules.actor_is_proposer,
    standing=True,
)

POSSIBLE: tuple[tuple[str, RefusalCode, rules.Check], ...] = (
    (
        "An organisation that gets a seat, or a key, is active on the ledger.",
        shared.NO_ORGANISATION,
        rules.by_state(changes.organisation_is_active),
    ),
    (
        "An organisation to be admitted is not on the ledger.",
        codes.ORGANISATION_EXISTS,
        rules.by_state(changes.organisation_is_new),
    ),
    ("No key was ever named on this ledger before.", codes.KEY_USED, rules.by_state(changes.keys_are_new)),
    ("An organisation to be added has no seat.", codes.HAS_SEAT, rules.by_state(changes.seat_is_free)),
    (
        "An organisation to be removed, or whose key is replaced, has a seat.",
        codes.NO_SEAT,
        rules.by_state(changes.seat_is_there),
    ),
    ("There is room for another validator.", shared.RECORD_FULL, rules.by_state(changes.room_for_seat)),
    (
        "Validators in good standing are a quorum of the new set.",
        codes.NO_QUORUM,
        rules.by_state(changes.quorum_remains),
    ),
    ("The node whose key is replaced exists.", codes.NO_NODE, rules.by_state(changes.node_is_there)),
    (
        "An organisation whose standing changes is on the ledger.",
        shared.NOT_FOUND,
        rules.by_state(standing.organisation_is_there),
    ),
    (
        "Only a suspended one is reinstated or given an administrator; suspended again, it gets a caretaker.",
        codes.STANDING,
        rules.by_state(standing.standing_fits),
    ),
    (
        "A caretaker or new administrator is no member yet.",
        codes.NAME_TAKEN,
        rules.by_state(standing.name_is_free),
    ),
    (
        "No other new administrator is to take over.",
        codes.REPLACING,
        rules.by_state(standing.nobody_is_to_take_over),
    ),
    (
        "Validators in good standing stay a quorum.",
        codes.NO_QUORUM,
        rules.by_state(standing.quorum_stays_active),
    ),
    (
        "A change of an organisation makes it another.",
        codes.NO_CHANGE,
        rules.by_state(standing.organisation_changes),
    ),
    (
        "A customs office or agency still has a jurisdiction.",
        codes.JURISDICTION,
        rules.by_state(standing.authority_has_country),
    ),
    (
        "A carrier, and no one else, gets a numbering key with its proof.",
        codes.NUMBERING,
        rules.by_state(standing.carrier_has_numbering),
    ),
    (
        "The organisation has room for another former numbering key.",
        shared.RECORD_FULL,
        rules.by_state(standing.room_for_numbering),
    ),
    (
        "A bill that is decided on is disputed, and that dispute is the one meant.",
        codes.NO_DISPUTE,
        rules.by_state(court.bill_is_disputed),
    ),
    (
        "Whoever is to possess it is a side of the dispute.",
        codes.NO_STAKE,
        rules.by_state(court.winner_is_a_side),
    ),
    (
        "Parameters and rules change two blocks later or later, and not in a far future.",
        codes.HEIGHT,
        rules.by_height(settings.height_is_ahead),
    ),
    (
        "New rules are newer than those in force, or take back what was planned.",
        codes.RULES_VERSION,
        rules.by_height(settings.rules_go_forward),
    ),
    (
        "There is room for another change of parameters that waits for its height.",
        codes.PLANS_FULL,
        rules.by_height(settings.room_for_plan),
    ),
)
"""What must hold of a change both when it is proposed and when it is made."""

PROVEN = "The proof of possession of each BLS key verifies."
PROVEN_RULE = "draft-irtf-cfrg-bls-signature section 3.3: without it a rogue key could forge seals"
P256 = "Each ES256 key is a point of P-256."
P256_RULE = "SEC 1 section 2.3"

ACTS: tuple[Act, ...] = (
    Act(
        name="proposal.open",
        summary="Asks the validators for a change of the network.",
        record=Proposal,
        body=model.Open,
        presence=Presence.ABSENT,
        permission=ADMINISTRATOR,
        relation=HAS_SEAT,
        guards=(
            Guard(holds="The proposal ends within 90 days.", code=codes.EXPIRY, check=rules.expiry_is_near),
            listed_once(lambda body: changes.lists(body.change)),
            rules.proposed(
                "A customs office or agency has a jurisdiction.",
                codes.JURISDICTION,
                rules.by_shape(changes.jurisdiction_given),
            ),
            rules.proposed(
                "A carrier, and no one else, has a numbering key with its proof.",
                codes.NUMBERING,
                rules.by_shape(changes.numbering_fits),
            ),
            rules.proposed(P256, codes.BAD_KEY, rules.by_shape(changes.points_are_good), P256_RULE),
            rules.proposed(
                PROVEN, codes.NOT_PROVEN, rules.by_shape(changes.possession_is_proven), PROVEN_RULE
            ),
            rules.proposed(
                "A caretaker comes with a key.", codes.CARETAKER, rules.by_shape(standing.caretaker_is_whole)
            ),
            rules.proposed(
                "A change of parameters names one, or takes back what is planned.",
                codes.NO_CHANGE,
                rules.by_shape(settings.something_changes),
            ),
            rules.proposed(
                "Each parameter is within the bounds in which a network works.",
                codes.BOUNDS,
                rules.by_shape(settings.within_bounds),
            ),
            *(rules.proposed(*condition) for condition in POSSIBLE),
        ),
        effect=rules.open_,
        leads_to=(ProposalState.OPEN,),
    ),
    Act(
        name="proposal.vote",
        summary="Says yes or no; the ballot that completes a quorum makes the change.",
        record=Proposal,
        body=model.Vote,
        permission=ADMINISTRATOR,
        relation=HAS_SEAT,
        states=(ProposalState.OPEN,),
        guards=(
            Guard(
                holds="The time for ballots is not over.",
                code=codes.EXPIRED,
                check=rules.not_expired,
                standing=True,
            ),
            *(rules.decided(*condition) for condition in POSSIBLE),
        ),
        effect=rules.vote,
        leads_to=(ProposalState.OPEN, ProposalState.PASSED, ProposalState.REJECTED),
        rule="a quorum is floor(2n/3) + 1 of the validators that were appointed last, as for seals",
    ),
    Act(
        name="proposal.withdraw",
        summary="Takes a proposal back.",
        record=Proposal,
        body=model.Withdraw,
        permission=ADMINISTRATOR,
        relation=PROPOSER,
        states=(ProposalState.OPEN,),
        effect=rules.withdraw,
        leads_to=(ProposalState.WITHDRAWN,),
    ),
    Act(
        name=rules.ROTATE,
        summary="Replaces the key of the organisation's own seat, two heights later.",
        record=NetworkValidators,
        body=model.Rotate,
        permission=ADMINISTRATOR,
        relation=HAS_SEAT,
        guards=(
            Guard(
                holds="The organisation did not do so within the last day.",
                code=codes.ROTATED_LATELY,
                check=rules.rotated_long_ago,
                standing=True,
            ),
            rules.own(
                rules.own_rotation,
                PROVEN,
                codes.NOT_PROVEN,
                rules.by_shape(changes.possession_is_proven),
                PROVEN_RULE,
            ),
            rules.own(
                rules.own_rotation,
                "The key was never named before.",
                codes.KEY_USED,
                rules.by_state(changes.keys_are_new),
            ),
        ),
        effect=rules.rotate,
        rule="ADR 0010",
    ),
    Act(
        name="organisation.replace_node",
        summary="Replaces the key of one of the organisation's own nodes, at once.",
        record=Organisation,
        body=model.Replace,
        permission=ADMINISTRATOR,
        relation=Guard(
            holds="The organisation is the administrator's own.",
            code=membership.OTHER_ORGANISATION,
            check=rules.actor_is_organisation,
            standing=True,
        ),
        guards=(
            rules.own(
                rules.own_replacement,
                P256,
                codes.BAD_KEY,
                rules.by_shape(changes.points_are_good),
                P256_RULE,
            ),
            rules.own(
                rules.own_replacement,
                "The key was never named before.",
                codes.KEY_USED,
                rules.by_state(changes.keys_are_new),
            ),
            rules.own(
                rules.own_replacement,
                "The node exists.",
                codes.NO_NODE,
                rules.by_state(changes.node_is_there),
            ),
        ),
        effect=rules.replace_node,
        rule="ADR 0010",
    ),
)
"""The acts of governance."""
