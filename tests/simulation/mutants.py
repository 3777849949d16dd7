"""Production code with one rule broken on purpose, to see that the simulation notices.

Each mutant is a context in which the rule is broken. None of them is anything but a
patch: what the simulation runs is the production code around it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from contracts import execution
from contracts.refusals import Refusal
from ledger.chain import advance, check_block
from ledger.primitives import Hash
from ledger.seal import NO_ROUND
from ledger.validators import ValidatorSet
from nodes import application
from nodes.bft import round as rules
from nodes.bft import runner
from nodes.bft.journal import FileJournal
from nodes.bft.participation import Participation
from nodes.bft.signer import JournalSigner
from nodes.bft.verify import Job, Verdict, VoteJob, run_job


@contextmanager
def _put(owner: Any, name: str, value: Any) -> Iterator[None]:
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


def smaller_quorum() -> AbstractContextManager[None]:
    """One seat fewer makes a quorum."""
    return _put(ValidatorSet, "quorum", property(lambda validators: 2 * validators.size // 3))


def unsynced_journal() -> AbstractContextManager[None]:
    """What is signed is written and not synced (J1)."""
    return _put(FileJournal, "sync", lambda _journal: None)


def ignored_lock() -> AbstractContextManager[None]:
    """Being locked keeps nobody from prevoting another block (R2, R3, D4)."""

    def free(handler: Callable[..., rules.Transition]) -> Callable[..., rules.Transition]:
        def handle(state: rules.RoundState, event: Any) -> rules.Transition:
            transition = handler(replace(state, locked_round=NO_ROUND), event)
            kept = replace(transition.state, locked_round=state.locked_round)
            return replace(transition, state=kept)

        return handle

    table = dict(rules.TABLE)
    for event in (rules.FreshProposal, rules.Reproposal):
        steps, handler = table[event]
        table[event] = (steps, free(handler))
    return _put(rules, "TABLE", MappingProxyType(table))


def accepted_state_root() -> AbstractContextManager[None]:
    """Whatever state root a header claims is believed (A4)."""

    def lax(tip: Any, block: Any, *, state_root: Hash, rules_version: int) -> Any:
        claimed = Hash(bytes.fromhex(block.header.state_root))
        return check_block(tip, block, state_root=claimed, rules_version=rules_version)

    return _put(application, "check_block", lax)


@contextmanager
def unread_journal() -> Iterator[None]:
    """After a restart nobody looks into the journal: not where to resume (J4), nor before signing (J2)."""
    with (
        _put(JournalSigner, "_allow", lambda *_: None),
        _put(JournalSigner, "recovered", lambda *_: None),
        _put(Participation, "journal_ahead", lambda *_: False),
    ):
        yield


def unchecked_votes() -> AbstractContextManager[None]:
    """Votes count without a look at their signatures (V2)."""

    def believe(job: Job, bls: Any) -> Verdict:
        if not isinstance(job, VoteJob):
            return run_job(job, bls)
        everyone = job.settled + job.doubted
        return Verdict(
            number=job.number,
            genuine=tuple(sorted(one.seat for one in job.doubted)),
            seats=tuple(sorted(one.seat for one in everyone)),
            aggregate=bls.aggregate([one.signature for one in everyone]),
        )

    return _put(runner, "run_job", believe)


def early_set() -> AbstractContextManager[None]:
    """A set seals from the height after the block that appoints it, and not from the one after that (G1)."""

    def hasty(tip: Any, block: Any, frontier: Any, next_validators: ValidatorSet) -> Any:
        return replace(advance(tip, block, frontier, next_validators), validators=next_validators)

    return _put(application, "advance", hasty)


def half_a_batch() -> AbstractContextManager[None]:
    """Of a batch that is refused, the acts before the one that cannot take effect do."""
    judge = execution.judge_batch

    def lenient(parts: tuple[Any, ...], *where: Any) -> Any:
        outcome = judge(parts, *where)
        while isinstance(outcome, Refusal) and len(parts) > 1:
            parts = parts[:-1]
            outcome = judge(parts, *where)
        return outcome

    return _put(execution, "judge_batch", lenient)


MUTANTS: Mapping[str, Callable[[], AbstractContextManager[None]]] = {
    "a smaller quorum": smaller_quorum,
    "an unsynced journal": unsynced_journal,
    "an ignored lock": ignored_lock,
    "an accepted wrong state root": accepted_state_root,
    "an unread journal": unread_journal,
    "votes that nobody checks": unchecked_votes,
    "a set that seals too early": early_set,
    "half a batch": half_a_batch,
}
"""By what is broken."""
