"""Proposals and ballots, as exercises look at them: which is open, and who said yes."""

from __future__ import annotations

from collections.abc import Callable

from cli.lab.ground import Ground, Missing
from contracts.governance.model import AnyChange, Choice, Proposal, ProposalState
from contracts.membership.model import NetworkValidators
from contracts.model import VALIDATORS_KEY

SHORT_ID = 12
"""Digits of a proposal's id that are typed."""

Wanted = Callable[[AnyChange], bool]
"""Whether a change is the one that is asked for."""


def find_proposal(ground: Ground, member: str, wanted: Wanted) -> tuple[str, Proposal] | None:
    """The newest proposal of a change that can still pass or has passed, with its key."""
    found = [
        (proposal.created_ms, key, proposal)
        for key, proposal in ground.proposals(member)
        if wanted(proposal.change) and proposal.state in (ProposalState.OPEN, ProposalState.PASSED)
    ]
    return max(found, key=lambda one: one[:2])[1:] if found else None


def opened(ground: Ground, member: str, wanted: Wanted, missing: str) -> tuple[str, Proposal]:
    """The proposal of a change; `Missing` when there is none."""
    found = find_proposal(ground, member, wanted)
    if found is None:
        raise Missing(missing)
    return found


def passed(ground: Ground, member: str, wanted: Wanted, missing: str) -> Proposal:
    """The proposal of a change once a quorum said yes; `Missing` while ballots lack."""
    _, proposal = opened(ground, member, wanted, missing)
    if proposal.state is not ProposalState.PASSED:
        yes = [ballot.organisation for ballot in proposal.ballots if ballot.choice is Choice.YES]
        quorum = 2 * len(ground.genesis.validators) // 3 + 1
        raise Missing("ballots_missing", yes=", ".join(yes) or "-", count=len(yes), quorum=quorum)
    return proposal


def seated(ground: Ground, member: str) -> set[str]:
    """Who has a seat among the validators, from some block on that is decided already."""
    found = ground.record(member, VALIDATORS_KEY, NetworkValidators)
    return set() if found is None else {seat.organisation for seat in found.validators}


def ballots(fact: str, members: tuple[str, ...]) -> tuple[str, ...]:
    """Lines with which these members, given by facts, say yes to the proposal of a fact."""
    return tuple(f"sealane proposal vote {{{fact}}} yes --as {{{member}}}{{net}}" for member in members)
