"""The front door of the contracts: who acts, is it in time, and what does it change.

For each statement a node calls, against the same state: `check_envelope`,
`authenticate`, its own signature check with the actor's key, and `execute`. All
are functions of their arguments. `execute` never raises for a statement: an
exception inside a contract is a defect that every node meets alike, and becomes
the refusal `contract.fault`. What does get through is trouble of this node alone,
an unreadable or damaged state, on which a node must stop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

import msgspec

from contracts import codes
from contracts.actions import AllowedAction, allowed_actions
from contracts.batch import check_batch, judge_batch
from contracts.catalogue import ACTS, KIND_OF, RULES, decode_record
from contracts.checks import standing_of
from contracts.context import (
    MAX_READ,
    Actor,
    Context,
    ReadTooMuch,
    Standing,
    StateReader,
    StateUnavailable,
    View,
)
from contracts.founding import genesis_records
from contracts.governance.settings import Terms, longest_window_ms, terms_at
from contracts.judgement import judge
from contracts.membership.model import (
    Member,
    MemberState,
    NetworkParameters,
    NetworkValidators,
    Organisation,
    Role,
)
from contracts.model import PARAMETERS_KEY, VALIDATORS_KEY, member_key, organisation_key
from contracts.refusals import Refusal, Refused
from contracts.representation import represent
from contracts.table import Accepted, malformed
from contracts.versions import RULES_VERSION, RulesUnknown
from ledger.batch import is_batch, parts_of
from ledger.canonical import Canonical
from ledger.errors import EncodingError, InvariantViolated
from ledger.keys import PublicKey
from ledger.primitives import Hash, Height, TimeMs
from ledger.statement import Statement
from ledger.validators import ValidatorSet

__all__ = [
    "MAX_BLOCK_WORK",
    "MAX_BLOCK_WRITTEN_BYTES",
    "RULES_VERSION",
    "Accepted",
    "Actor",
    "AllowedAction",
    "Context",
    "RulesUnknown",
    "StateReader",
    "StateUnavailable",
    "Terms",
    "allowed_actions",
    "authenticate",
    "check_envelope",
    "context_at",
    "decode_record",
    "execute",
    "genesis_records",
    "make_body",
    "remembered_ms",
    "standing_of",
    "terms_after",
    "validators_after",
]

MAX_BLOCK_WORK: Final = 100_000
"""Records that a block's statements may look at and write together: seconds of work for any node. Of two
thousand statements of ordinary trade it is a fifth."""

MAX_BLOCK_WRITTEN_BYTES: Final = 100_663_296
"""Size of what they may write: three times the widest lodgement there can be, which has room in a third."""

_MEMBER: Final = KIND_OF[Member].pattern


def check_envelope(statement: Statement, context: Context) -> Refusal | None:
    """Whether the statement is meant for this network and this time."""
    payload, now = statement.payload, context.time_ms
    window = context.parameters.statement_window_ms
    if payload.network != context.network.hex():
        return codes.OTHER_NETWORK.refuse("network", theirs=payload.network, ours=context.network.hex())
    if payload.last_valid_ms < now:
        return codes.EXPIRED.refuse(
            "last_valid_ms", last_valid_ms=str(payload.last_valid_ms), time_ms=str(now)
        )
    if payload.last_valid_ms > now + window:
        return codes.TOO_FAR_AHEAD.refuse(
            "last_valid_ms",
            last_valid_ms=str(payload.last_valid_ms),
            window=str(window),
            time_ms=str(now),
        )
    return None


def authenticate(statement: Statement, state: StateReader, context: Context) -> Actor | Refusal:
    """Who acts: an active member, with a key valid at block time, and its organisation's standing.

    The signature is not verified here: the caller does so with `Actor.key`, once a node.
    """
    view, issuer = View(state), statement.issuer
    key = member_key(issuer)
    member = view.get(key, Member) if _MEMBER.match(key) else None
    if member is None:
        return codes.UNKNOWN_MEMBER.refuse("issuer", member=issuer)
    if member.state is MemberState.REVOKED:
        return codes.REVOKED_MEMBER.refuse("issuer", member=issuer)
    if member.state is MemberState.SUSPENDED:
        return codes.SUSPENDED_MEMBER.refuse("issuer", member=issuer)
    organisation = view.require(organisation_key(member.organisation), Organisation)
    signing_key = _find_key(member, statement, context)
    if signing_key is None:
        return codes.UNKNOWN_KEY.refuse(
            "kid", kid=statement.kid.hex(), member=issuer, time_ms=str(context.time_ms)
        )
    return Actor(
        member=issuer,
        organisation=organisation.id,
        roles=_roles(organisation.roles),
        jurisdiction=organisation.jurisdiction,
        key=signing_key,
        permissions=frozenset(member.permissions),
        standing=standing_of(member, organisation),
    )


def execute(statement: Statement, actor: Actor, state: StateReader, context: Context) -> Accepted | Refusal:
    """What the act writes, or why it is refused.

    Raises `StateUnavailable` or `InvariantViolated` when this node's state cannot
    be trusted; a node stops on either.
    """
    try:
        return _execute(statement, actor, state, context)
    except (StateUnavailable, InvariantViolated, MemoryError):
        raise
    except ReadTooMuch:
        return codes.TOO_WIDE.refuse(limit=str(MAX_READ))
    except Exception:
        return codes.CONTRACT_FAULT.refuse()


def make_body(act: str, fields: Mapping[str, Any]) -> Canonical:
    """The body of an act from plain JSON-like data, for those who write statements.

    Raises `Refused` naming the field when there is no such act or the data do not fit it.
    """
    row = ACTS.get(act)
    if row is None:
        raise Refused(codes.UNKNOWN_ACT.refuse("type", act=act))
    try:
        return msgspec.convert(dict(fields), row.body)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        field = "body" + path.removesuffix("`")
        raise Refused(malformed(message, field)) from None


def validators_after(state: StateReader) -> ValidatorSet:
    """The set that this state appoints for two heights later."""
    record = View(state).require(VALIDATORS_KEY, NetworkValidators)
    return ValidatorSet(validators=record.validators)


def terms_after(state: StateReader, height: Height) -> Terms:
    """What is in force at a height, from the state after the block before it.

    Raises `RulesUnknown` where this software lacks the rules: nobody may guess what a block leads to.
    """
    terms = terms_at(View(state).require(PARAMETERS_KEY, NetworkParameters), height)
    if terms.rules_version not in RULES:
        raise RulesUnknown(terms.rules_version, height)
    return terms


def context_at(state: StateReader, height: Height, time_ms: TimeMs, network: Hash) -> Context:
    """The context of a block, from the state after the block before it; raises `RulesUnknown`."""
    terms = terms_after(state, height)
    return Context(
        height=height,
        time_ms=time_ms,
        parameters=terms.parameters,
        rules_version=terms.rules_version,
        network=network,
    )


def remembered_ms(state: StateReader) -> int:
    """How long a statement in the log could be accepted again after its block, at most, in milliseconds."""
    return longest_window_ms(View(state).require(PARAMETERS_KEY, NetworkParameters))


def _execute(statement: Statement, actor: Actor, state: StateReader, context: Context) -> Accepted | Refusal:
    principal, view = statement.payload.on_behalf_of, View(state, MAX_READ)
    if principal is not None and actor.standing is not Standing.ACTIVE:
        return codes.SUSPENDED.refuse("issuer", organisation=actor.organisation)
    who = actor if principal is None else represent(actor, principal, view, context)
    if isinstance(who, Refusal):
        return who
    try:
        parts = parts_of(statement)
    except EncodingError as error:
        return malformed(error.message, error.field)
    if not is_batch(statement):
        outcome = judge(parts[0], who, view, context)
        return outcome if isinstance(outcome, Refusal) else replace(outcome, read=view.read)
    return check_batch(statement) or judge_batch(parts, who, state, context)


def _find_key(member: Member, statement: Statement, context: Context) -> PublicKey | None:
    """The member's key that the statement names, if valid at block time."""
    for entry in member.keys:
        if not entry.is_valid(context.time_ms):
            continue
        key = PublicKey.from_text(entry.key)
        if key.thumbprint == statement.kid:
            return key
    return None


@lru_cache(maxsize=256)
def _roles(roles: tuple[Role, ...]) -> frozenset[Role]:
    return frozenset(roles)
