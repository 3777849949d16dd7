"""Cores with one rule broken, to show that the search would notice."""

from __future__ import annotations

from dataclasses import replace

from ledger.primitives import Round
from ledger.seal import NO_ROUND
from nodes.bft import round as rules
from nodes.bft.round import RoundState, Step, Timeout, Transition


def ignores_its_lock(state: RoundState, event: rules.Event) -> Transition:
    """Answers proposals as if it had never locked."""
    if not isinstance(event, (rules.FreshProposal, rules.Reproposal)):
        return rules.apply(state, event)
    answer = rules.apply(replace(state, locked_round=NO_ROUND, locked_id=None), event)
    kept = replace(answer.state, locked_round=state.locked_round, locked_id=state.locked_id)
    return replace(answer, state=kept)


def unlocks_for_any_polka(state: RoundState, event: rules.Event) -> Transition:
    """Takes a polka of any round, however old, as a reason to leave its lock."""
    if not isinstance(event, rules.Reproposal):
        return rules.apply(state, event)
    answer = rules.apply(replace(state, locked_round=min(state.locked_round, event.valid_round)), event)
    return replace(answer, state=replace(answer.state, locked_round=state.locked_round))


def hides_the_valid_round(state: RoundState, event: rules.Event) -> Transition:
    """Prevotes a re-proposal as if it were fresh: the prevote without D1."""
    answer = rules.apply(state, event)
    actions = tuple(
        replace(action, valid_round=Round(NO_ROUND)) if isinstance(action, rules.CastVote) else action
        for action in answer.actions
    )
    return replace(answer, actions=actions)


def forgets_to_lock(state: RoundState, event: rules.Event) -> Transition:
    """Precommits and remembers the valid block, yet not the lock."""
    answer = rules.apply(state, event)
    if isinstance(event, rules.Polka):
        kept = replace(answer.state, locked_round=state.locked_round, locked_id=state.locked_id)
        return replace(answer, state=kept)
    return answer


def precommits_again(state: RoundState, event: rules.Event) -> Transition:
    """When nobody's precommits come, gives up its own and precommits nil."""
    if event == rules.Elapsed(Timeout.PRECOMMIT) and state.step is Step.PRECOMMIT:
        answer = rules.apply(replace(state, step=Step.PREVOTE), rules.Elapsed(Timeout.PREVOTE))
        following = rules.apply(answer.state, event)
        return replace(following, actions=answer.actions + following.actions)
    return rules.apply(state, event)


MUTANTS = {
    "ignores its lock": ignores_its_lock,
    "forgets to lock": forgets_to_lock,
    "precommits again": precommits_again,
}

DEEPER = {
    "unlocks for any polka": unlocks_for_any_polka,
    "hides the valid round": hides_the_valid_round,
}
"""Those that three rounds are needed to see: of a lock, of another polka, and where they meet."""
