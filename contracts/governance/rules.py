"""Guards and effects of proposals and ballots, and of what organisations change by themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from contracts.context import View
from contracts.governance import changes, settings
from contracts.governance.model import (
    MAX_OPEN_MS,
    MIN_ROTATION_MS,
    AnyChange,
    Ballot,
    Choice,
    NamedKey,
    Open,
    Proposal,
    ProposalState,
    Replace,
    ReplaceNode,
    Rotate,
    RotateValidator,
    SettingsChange,
    Vote,
    Withdraw,
    named_key,
)
from contracts.membership.model import NetworkValidators, Organisation
from contracts.model import Record, id_of
from contracts.refusals import RefusalCode
from contracts.table import Call, Fault, Guard, fault
from ledger.primitives import Height
from ledger.validators import ValidatorSet

Opening = Call[None, Open]
Voting = Call[Proposal, Vote]
Withdrawing = Call[Proposal, Withdraw]
Rotating = Call[NetworkValidators, Rotate]
Replacing = Call[Organisation, Replace]

ROTATE = "validator.rotate"
"""The act by which an organisation replaces the key of its own seat."""


def actor_has_seat(call: Call[Any, Any]) -> Fault | None:
    """The organisation is among the validators that were appointed last."""
    organisation = call.actor.organisation
    return None if changes.has_seat(organisation, call.view) else fault("issuer", organisation=organisation)


def actor_is_proposer(call: Withdrawing) -> Fault | None:
    """The organisation opened the proposal."""
    proposer, organisation = call.record.proposer, call.actor.organisation
    if organisation == proposer:
        return None
    return fault("issuer", proposer=proposer, organisation=organisation)


def expiry_is_near(call: Opening) -> Fault | None:
    """The proposal ends after now and within the maximum."""
    now, expires = call.context.time_ms, call.body.expires_ms
    latest = now + MAX_OPEN_MS
    if now < expires <= latest:
        return None
    return fault("body.expires_ms", time_ms=str(now), latest_ms=str(latest), expires_ms=str(expires))


def not_expired(call: Voting) -> Fault | None:
    """The time for ballots is not over."""
    now, expires = call.context.time_ms, call.record.expires_ms
    return None if now <= expires else fault("subject", expires_ms=str(expires), time_ms=str(now))


# ----- asking whether a change is possible ------------------------------------

Check = Callable[[AnyChange, Call[Any, Any]], Fault | None]
"""Whether a change is possible, asked by an act."""


def by_shape(check: Callable[[AnyChange], Fault | None]) -> Check:
    """A check of the change alone."""
    return lambda change, _: check(change)


def by_state(check: Callable[[AnyChange, View], Fault | None]) -> Check:
    """A check of the change against the state."""
    return lambda change, call: check(change, call.view)


def by_height(check: Callable[[AnyChange, View, Height], Fault | None]) -> Check:
    """A check that also depends on the block."""
    return lambda change, call: check(change, call.view, call.context.height)


def proposed(holds: str, code: RefusalCode, check: Check, rule: str = "") -> Guard:
    """A guard on the change that a proposal opens with."""

    def ask(call: Opening) -> Fault | None:
        found = check(call.body.change, call)
        return None if found is None else replace_field(found, f"body.change.{found.field}")

    return Guard(holds=holds, code=code, check=ask, rule=rule)


def decided(holds: str, code: RefusalCode, check: Check, rule: str = "") -> Guard:
    """The same guard once more, on the ballot with which the proposal passes."""

    def ask(call: Voting) -> Fault | None:
        if _state_after(call) is not ProposalState.PASSED:
            return None
        found = check(call.record.change, call)
        return None if found is None else replace_field(found, "subject")

    return Guard(
        holds=f"If the ballot decides: {holds[0].lower()}{holds[1:]}", code=code, check=ask, rule=rule
    )


def own(
    make: Callable[[Call[Any, Any]], AnyChange], holds: str, code: RefusalCode, check: Check, rule: str = ""
) -> Guard:
    """The same guard on a change that an organisation makes by itself; its fields are the body's."""

    def ask(call: Call[Any, Any]) -> Fault | None:
        found = check(make(call), call)
        return None if found is None else replace_field(found, f"body.{found.field}")

    return Guard(holds=holds, code=code, check=ask, rule=rule)


def replace_field(found: Fault, field: str) -> Fault:
    """The fault at another field."""
    return Fault(field, found.facts)


# ----- proposals --------------------------------------------------------------


def open_(call: Opening) -> Mapping[str, Record]:
    """The proposal, with no ballot yet: the proposer votes like everyone."""
    body = call.body
    proposal = Proposal(
        state=ProposalState.OPEN,
        proposer=call.actor.organisation,
        title=body.title,
        reason=body.reason,
        expires_ms=body.expires_ms,
        change=body.change,
    )
    return {call.subject: proposal}


def withdraw(call: Withdrawing) -> Mapping[str, Record]:
    """Nobody can vote any more."""
    return {call.subject: replace(call.record, state=ProposalState.WITHDRAWN)}


def vote(call: Voting) -> Mapping[str, Record]:
    """The ballot in place of an earlier one, and what follows when it decides."""
    state = _state_after(call)
    proposal = replace(call.record, state=state, ballots=_ballots_after(call))
    if state is not ProposalState.PASSED:
        return {call.subject: proposal}
    height, change = call.context.height, proposal.change
    if isinstance(change, SettingsChange):
        proposal = replace(proposal, effective_height=change.from_height)
        return {call.subject: proposal, **settings.planned(change, call.view, height)}
    if isinstance(change, changes.SetChange):
        proposal = replace(proposal, effective_height=height + settings.EFFECTIVE_AFTER)
    return {call.subject: proposal, **changes.writes(change, call.view, call.context)}


def _ballots_after(call: Voting) -> tuple[Ballot, ...]:
    """All ballots that count, by organisation: those of organisations that lost seat or standing are not."""
    ballot = Ballot(organisation=call.actor.organisation, member=call.actor.member, choice=call.body.choice)
    others = (b for b in call.record.ballots if b.organisation != ballot.organisation)
    seated = (b for b in others if changes.may_vote(b.organisation, call.view))
    return tuple(sorted((*seated, ballot), key=lambda ballot: ballot.organisation))


def _state_after(call: Voting) -> ProposalState:
    """Every ballot is counted anew, against the validators that were appointed last.

    A proposal passes with a quorum of yes, and is rejected as soon as those who
    have not said no are fewer than a quorum.
    """
    seats = ValidatorSet(validators=changes.validators(call.view))
    ballots = _ballots_after(call)
    yes = sum(ballot.choice is Choice.YES for ballot in ballots)
    if yes >= seats.quorum:
        return ProposalState.PASSED
    rejected = seats.size - (len(ballots) - yes) < seats.quorum
    return ProposalState.REJECTED if rejected else ProposalState.OPEN


# ----- what an organisation changes by itself ----------------------------------


def own_rotation(call: Rotating) -> RotateValidator:
    """The change that a rotation by the organisation itself amounts to."""
    body = call.body
    return RotateValidator(
        organisation=call.actor.organisation, bls_key=body.bls_key, possession=body.possession
    )


def own_replacement(call: Replacing) -> ReplaceNode:
    """The change that replacing the key of an own node amounts to."""
    return ReplaceNode(organisation=call.actor.organisation, node=call.body.node, key=call.body.key)


def actor_is_organisation(call: Replacing) -> Fault | None:
    """The record is the actor's own organisation."""
    organisation = id_of(call.subject)
    if organisation == call.actor.organisation:
        return None
    return fault("subject", member=call.actor.member, organisation=organisation)


def rotated_long_ago(call: Rotating) -> Fault | None:
    """The current key did not come by the organisation's own act within the last day."""
    organisation = call.actor.organisation
    seat = next(seat for seat in changes.validators(call.view) if seat.organisation == organisation)
    current = call.view.require(named_key(seat.bls_key), NamedKey)
    after = current.created_ms + MIN_ROTATION_MS
    if current.changed_act != ROTATE or call.context.time_ms >= after:
        return None
    return fault("subject", organisation=organisation, after_ms=str(after))


def rotate(call: Rotating) -> Mapping[str, Record]:
    """The seat with its new key, two heights later."""
    return changes.writes(own_rotation(call), call.view, call.context)


def replace_node(call: Replacing) -> Mapping[str, Record]:
    """The organisation with the new key of its node."""
    return changes.writes(own_replacement(call), call.view, call.context)
