"""The table of membership: who may change who may act.

Organisations, validators, rules and parameters change by ballot, which is a
contract of its own; here an organisation looks after its own members.
"""

from __future__ import annotations

from contracts import codes as shared
from contracts.checks import CLEANS_UP, listed_once
from contracts.membership import codes, recovery, rules
from contracts.membership.model import (
    Answer,
    Enrol,
    Member,
    MemberState,
    Organisation,
    Permission,
    Recover,
    Reinstate,
    Revoke,
    Rotate,
    SetAnchors,
    SetContentsKey,
)
from contracts.table import Act, Guard, Presence

SAME_ORGANISATION = Guard(
    holds="The member belongs to the administrator's organisation.",
    code=codes.OTHER_ORGANISATION,
    check=rules.same_organisation,
    standing=True,
)
OWN_OR_ADMINISTERED = Guard(
    holds="The member itself acts, or an administrator of its organisation.",
    code=codes.NOT_YOURS,
    check=rules.own_or_administered,
    standing=True,
)
KEY_IS_GOOD = Guard(
    holds="The key is a point of P-256.",
    code=codes.BAD_KEY,
    check=rules.key_is_good,
    rule="SEC 1 section 2.3",
)

CHAIN_VOUCHES = Guard(
    holds="Where the organisation has anchors, a chain valid at block time leads from the key to one.",
    code=codes.BAD_CHAIN,
    check=rules.chain_vouches,
    rule="RFC 5280 section 6.1, as far as ADR 0020 says",
)
NOT_RECOVERY = Guard(
    holds="The member is not the one who recovers keys.",
    code=codes.RECOVERY_SPARED,
    check=rules.recovery_is_spared,
    standing=True,
)
NOT_CARETAKER = Guard(
    holds="The member is not the caretaker whom a ballot appointed.",
    code=codes.CARETAKER_SPARED,
    check=rules.caretaker_is_spared,
    rule="ADR 0017",
    standing=True,
)
NOT_APPOINTED = Guard(
    holds="The member is neither the caretaker nor the one who is to take over.",
    code=codes.APPOINTED_SPARED,
    check=rules.appointed_is_spared,
    rule="ADR 0017",
    standing=True,
)
ADMINISTRATOR_REMAINS = Guard(
    holds="The organisation keeps at least one administrator, or a member who recovers keys.",
    code=codes.LAST_ADMINISTRATOR,
    check=rules.administrator_remains,
    standing=True,
)
REPLACEMENT_PENDING = Guard(
    holds="A quorum decided on a new administrator, who has not taken over yet.",
    code=codes.NO_REPLACEMENT,
    check=recovery.replacement_is_pending,
    standing=True,
)

ACTS: tuple[Act, ...] = (
    Act(
        name="member.enrol",
        summary="Lets a key holder act for the administrator's organisation.",
        record=Member,
        body=Enrol,
        presence=Presence.ABSENT,
        permission=Permission.ADMINISTRATOR,
        relation=SAME_ORGANISATION,
        guards=(
            listed_once(lambda body: [("body.permissions", body.permissions)]),
            KEY_IS_GOOD,
            CHAIN_VOUCHES,
            Guard(
                holds="Who recovers keys does nothing else, and the organisation has none yet.",
                code=codes.RECOVERY_ALONE,
                check=rules.recovery_is_alone,
                rule="ADR 0017",
            ),
            Guard(
                holds="The organisation has room for another administrator, if the member is to be one.",
                code=shared.RECORD_FULL,
                check=rules.room_for_administrator,
            ),
        ),
        effect=rules.enrol,
        leads_to=(MemberState.ACTIVE,),
    ),
    Act(
        name="member.rotate",
        summary="Replaces a member's key; the old one stays valid for a stated overlap.",
        record=Member,
        body=Rotate,
        permission=None,
        relation=OWN_OR_ADMINISTERED,
        states=(MemberState.ACTIVE,),
        guards=(
            KEY_IS_GOOD,
            CHAIN_VOUCHES,
            Guard(holds="The key is new to the member.", code=codes.KEY_KNOWN, check=rules.key_is_new),
            Guard(
                holds="The overlap ends within a week.",
                code=codes.OVERLAP_TOO_LONG,
                check=rules.overlap_is_short,
            ),
            Guard(
                holds="The member has room for another key.",
                code=shared.RECORD_FULL,
                check=rules.room_for_key,
            ),
        ),
        effect=rules.rotate,
    ),
    Act(
        name="member.revoke",
        summary="Ends for ever that a member may act.",
        record=Member,
        body=Revoke,
        permission=Permission.ADMINISTRATOR,
        while_suspended=True,
        relation=SAME_ORGANISATION,
        states=(MemberState.ACTIVE, MemberState.SUSPENDED),
        guards=(CLEANS_UP, NOT_RECOVERY, NOT_APPOINTED, ADMINISTRATOR_REMAINS),
        effect=rules.revoke,
        leads_to=(MemberState.REVOKED,),
    ),
    Act(
        name="organisation.set_contents_key",
        summary="Names the key to which contents that the organisation may read are sealed from now on.",
        record=Organisation,
        body=SetContentsKey,
        permission=Permission.ADMINISTRATOR,
        relation=SAME_ORGANISATION,
        guards=(
            Guard(
                holds="The key is a point of X25519 that is not of small order.",
                code=codes.BAD_CONTENTS_KEY,
                check=rules.contents_key_is_good,
                rule="RFC 7748 section 6.1, RFC 9180 section 7.1.4",
            ),
            Guard(
                holds="The key was never named before.",
                code=codes.CONTENTS_KEY_USED,
                check=rules.contents_key_is_new,
                rule="ADR 0010",
            ),
        ),
        effect=rules.set_contents_key,
        rule="ADR 0016",
    ),
    Act(
        name="organisation.set_anchors",
        summary="Names the certificates to which the chains of the organisation's members must lead.",
        record=Organisation,
        body=SetAnchors,
        permission=Permission.ADMINISTRATOR,
        relation=SAME_ORGANISATION,
        guards=(
            listed_once(lambda body: [("body.anchors", body.anchors)]),
            Guard(
                holds="An organisation with anchors has a member who recovers keys: that key never ends.",
                code=codes.NO_RECOVERY,
                check=rules.recovery_is_there,
                rule="ADR 0020",
            ),
        ),
        effect=rules.set_anchors,
        rule="ADR 0020",
    ),
    Act(
        name="member.suspend",
        summary="Takes from a member that it may act, until it is reinstated.",
        record=Member,
        body=Revoke,
        permission=Permission.ADMINISTRATOR,
        while_suspended=True,
        relation=SAME_ORGANISATION,
        states=(MemberState.ACTIVE,),
        guards=(CLEANS_UP, NOT_RECOVERY, NOT_APPOINTED, ADMINISTRATOR_REMAINS),
        effect=rules.suspend,
        leads_to=(MemberState.SUSPENDED,),
    ),
    Act(
        name="member.reinstate",
        summary="Lets a suspended member act again.",
        record=Member,
        body=Reinstate,
        permission=Permission.ADMINISTRATOR,
        relation=SAME_ORGANISATION,
        states=(MemberState.SUSPENDED,),
        guards=(
            Guard(
                holds="The organisation has room for another administrator, if the member is one.",
                code=shared.RECORD_FULL,
                check=rules.room_to_reinstate,
                standing=True,
            ),
        ),
        effect=rules.reinstate,
        leads_to=(MemberState.ACTIVE,),
    ),
    Act(
        name="member.recover",
        summary="Makes a member the only administrator, with a new key, after keys were lost or stolen.",
        record=Member,
        body=Recover,
        presence=Presence.EITHER,
        permission=Permission.RECOVERY,
        while_suspended=True,
        relation=SAME_ORGANISATION,
        states=(MemberState.ACTIVE, MemberState.SUSPENDED),
        guards=(
            Guard(
                holds="The administrator is another than who recovers the keys.",
                code=codes.RECOVERS_OTHERS,
                check=recovery.recovers_another,
                standing=True,
            ),
            NOT_CARETAKER,
            KEY_IS_GOOD,
            Guard(
                holds="The key is new to the member.",
                code=codes.KEY_KNOWN,
                check=recovery.recovered_key_is_new,
            ),
        ),
        effect=recovery.recover,
        leads_to=(MemberState.ACTIVE,),
        rule="ADR 0017",
    ),
    Act(
        name="organisation.veto",
        summary="Ends that a new administrator, on whom a quorum decided, takes over.",
        record=Organisation,
        body=Answer,
        permission=None,
        while_suspended=True,
        relation=Guard(
            holds="The member holds a key of before: an administrator, or who recovers keys.",
            code=codes.NOT_REPLACED,
            check=recovery.actor_is_replaced,
            standing=True,
        ),
        guards=(REPLACEMENT_PENDING,),
        effect=recovery.veto,
        rule="ADR 0017",
    ),
    Act(
        name="organisation.take_over",
        summary="Puts the new administrator, after the delay, in the place of all others, recovery too.",
        record=Organisation,
        body=Answer,
        permission=Permission.ADMINISTRATOR,
        while_suspended=True,
        relation=Guard(
            holds="The member is the new administrator whom the quorum chose; its key is valid when due.",
            code=codes.NOT_REPLACEMENT,
            check=recovery.actor_is_replacement,
            standing=True,
        ),
        effect=recovery.take_over,
        rule="ADR 0017",
    ),
)
"""The acts of membership."""
