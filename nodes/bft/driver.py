"""The core: many rounds of one height, one input at a time.

`Core.step` takes an input and returns effects. In between it keeps the votes
(`votes`), the proposals (`candidates`) and the round's state (`round`), and after
each input that may fulfil a condition fires every rule whose condition holds, until
none does, so that no order of arrival can leave a rule unfired. It sees no clock, no randomness and no
I/O. State is mutable and owned by `step`; the same inputs give the same effects.
What arrives is let in, or not, by `intake`. Spec: docs/spec/consensus.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ledger.errors import InvariantViolated
from ledger.primitives import Hash, Round
from ledger.seal import NIL, NO_ROUND, VoteType
from nodes.bft import round as rules
from nodes.bft.effects import (
    Broadcast,
    Built,
    Effect,
    Halt,
    Input,
    Judged,
    Received,
    SignedProposal,
    SignedVote,
    StartHeight,
    TimerFired,
    Verified,
    Wake,
)
from nodes.bft.intake import Intake
from nodes.bft.messages import Vote, VoteBatch, encode_message
from nodes.bft.round import Step, Timeout
from nodes.bft.speaker import Speaker
from nodes.bft.tallies import Ballot
from nodes.bft.timing import Timeouts
from nodes.bft.work import Work


class Core:
    """A validator's side of the protocol, or a follower's when it does not vote."""

    def __init__(self, *, network: Hash, organisation: str, timeouts: Timeouts) -> None:
        self._network = network
        self._organisation = organisation
        self._intake = Intake()
        self._speaker = Speaker(timeouts, self._intake)
        self._work: Work | None = None
        self._number = 0

    @property
    def work(self) -> Work | None:
        """The height under way, for status and tests. Read it; only `step` changes it."""
        return self._work

    def step(self, item: Input) -> tuple[Effect, ...]:
        """Take one input and answer with what to do, in order."""
        handler = _HANDLERS[type(item)]
        if isinstance(item, StartHeight):
            self._work = self._begun(item)
        work = self._work
        if work is None or work.halted:
            return ()
        awake = work.awake
        handler(self, work, item)
        # What was not genuine before is not yet (V2): no rule looks at votes that merely arrived.
        if not _brings_votes(item) or work.awake is not awake:
            while self._fire(work):
                pass
        if work.state.step is not Step.DECIDED:
            work.ask_votes()
        self._number = work.number
        effects, work.out = tuple(work.out), []
        return effects

    def _begun(self, start: StartHeight) -> Work:
        work = self._work
        if work is None or work.height != start.height:
            return Work(start, self._network, self._organisation, self._number)
        work.begin(start)
        return work

    # ----- inputs -----------------------------------------------------------

    def _start_height(self, work: Work, item: StartHeight) -> None:
        if item.recovered is None:
            self._apply(work, rules.StartRound(Round(0), work.proposes(Round(0))))
        else:
            self._resume(work, item)
        for early in self._intake.early(work):
            self._intake.receive(work, early)
        self._wake_for_proposal(work)

    def _resume(self, work: Work, item: StartHeight) -> None:
        """J4: go on where the journal ends, and say the same bytes again."""
        recovered = item.recovered
        if recovered is None:
            raise InvariantViolated("resuming needs something recovered")
        work.state = recovered.state
        work.awake = True
        for vote in recovered.votes:
            work.keeper.add_known(vote)
        for polka in recovered.polkas:
            for caught in work.keeper.add_certificate(polka, work.seats(polka)):
                work.emit(caught)
        for kept in (recovered.locked, recovered.proposal):
            if kept is not None:
                self._intake.hold_own(work, *kept)
        if recovered.proposal is not None:
            work.built_round = recovered.state.round
            work.emit(Broadcast(payload=recovered.proposal[1]))
        work.emit(Broadcast(payload=encode_message(VoteBatch(votes=work.keeper.said(work.state.round)))))
        self._speaker.set_timer(work, Timeout.REBROADCAST)
        if work.state.step is Step.PROPOSE:
            self._speaker.set_timer(work, Timeout.PROPOSE)

    def _received(self, work: Work, item: Received) -> None:
        self._intake.receive(work, item)
        self._wake_for_proposal(work)

    def _wake_for_proposal(self, work: Work) -> None:
        """W1: the round's proposal is there, or on its way through the checks."""
        if not work.awake and any(work.candidates.of_round(work.state.round)):
            self._wake(work, Wake())

    def _wake(self, work: Work, _item: Wake) -> None:
        """W1: leave idleness; what StartRound put off happens now."""
        if work.awake or work.state.step is Step.DECIDED:
            return
        work.awake = True
        self._speaker.set_timer(work, Timeout.REBROADCAST)
        if work.state.step is Step.PROPOSE:
            if work.proposes(work.state.round):
                self._speaker.propose(work)
            self._speaker.set_timer(work, Timeout.PROPOSE)

    def _built(self, work: Work, item: Built) -> None:
        current = (work.height, work.state.round) == (item.height, item.round)
        if current and work.state.step is Step.PROPOSE and work.voting:
            candidate = work.candidates.add_own(item.block)
            self._speaker.sign_proposal(work, candidate, NO_ROUND, None)

    def _judged(self, work: Work, item: Judged) -> None:
        candidate = work.candidates.candidate(item.block_id) if item.height == work.height else None
        if candidate is not None and candidate.verdict is None:
            candidate.verdict = item.error

    def _verified(self, work: Work, item: Verified) -> None:
        if item.verdict.number < work.first_number:
            return
        if self._intake.checked(work, item.verdict):
            return
        for found in work.keeper.resolve(item.verdict):
            work.emit(found)

    def _signed_vote(self, work: Work, item: SignedVote) -> None:
        if item.vote.height == work.height:
            work.keeper.add_known(item.vote)

    def _signed_proposal(self, work: Work, item: SignedProposal) -> None:
        if item.proposal.height == work.height:
            self._intake.hold_own(work, item.proposal, item.raw)

    def _timer_fired(self, work: Work, item: TimerFired) -> None:
        if item.height != work.height:
            return
        if item.timeout is Timeout.REBROADCAST:
            self._speaker.say_again(work)
        elif item.round == work.state.round:
            self._apply(work, rules.Elapsed(item.timeout))

    # ----- rules ------------------------------------------------------------

    def _fire(self, work: Work) -> bool:
        """Fire the first rule whose condition holds; False when none does."""
        if work.halted or work.state.step is Step.DECIDED:
            return False
        if self._decide(work) or self._skip(work):
            return True
        for rule in _ROUND_RULES:  # noqa: SIM110 - any() makes a generator for each of the most frequent calls
            if rule(self, work):
                return True
        return False

    def _decide(self, work: Work) -> bool:
        """R8 (L49), for any round."""
        for certificate in work.keeper.certificates(VoteType.PRECOMMIT):
            if certificate.block_id == NIL:
                continue
            candidate = work.candidates.candidate(certificate.block_id)
            if candidate is None:
                self._speaker.want(work, certificate)
            elif candidate.verdict:
                work.halted = True
                work.emit(Halt(reason=f"a quorum decided what we judge invalid: {candidate.verdict}"))
                return True
            elif candidate.verdict is not None:
                return self._apply(work, rules.Decision(certificate.round, certificate.block_id))
        return False

    def _skip(self, work: Work) -> bool:
        """L55 for later rounds, W2 for the one we sleep in."""
        round_ = work.keeper.skip_round(work.state.round, asleep=not work.awake)
        if round_ is None:
            return False
        if round_ == work.state.round:
            self._wake(work, Wake())
            return True
        return self._enter(work, round_)

    def _answer_proposal(self, work: Work) -> bool:
        """R2 (L22), R3 (L28)."""
        held = work.candidates.first(work.state.round)
        if work.state.step is not Step.PROPOSE or held is None:
            return False
        verdict, block_id = held.candidate.verdict, held.candidate.block_id
        if held.timely and verdict is None:
            return False
        acceptable = held.timely and verdict == ""
        if held.proposal.valid_round == NO_ROUND:
            return self._apply(work, rules.FreshProposal(block_id, acceptable))
        return self._apply(work, rules.Reproposal(block_id, held.proposal.valid_round, acceptable))

    def _answer_polka(self, work: Work) -> bool:
        """R5 (L36): a polka counts with the proposal that has its valid round."""
        if work.state.polka_seen:
            return False
        for polka in work.keeper.certificates(VoteType.PREVOTE):
            if polka.round != work.state.round or polka.block_id == NIL:
                continue
            held = work.candidates.exact(polka.round, polka.block_id, polka.valid_round)
            if held is None:
                self._speaker.want(work, polka)
            elif held.candidate.verdict == "":
                return self._apply(work, rules.Polka(polka.block_id))
        return False

    def _answer_nil(self, work: Work) -> bool:
        """R6 (L44), R12 (D3)."""
        round_ = work.state.round
        if work.keeper.certificate(Ballot(VoteType.PRECOMMIT, round_, NIL, NO_ROUND)):
            return self._apply(work, rules.NilPrecommits())
        if work.keeper.certificate(Ballot(VoteType.PREVOTE, round_, NIL, NO_ROUND)):
            return self._apply(work, rules.NilPolka())
        return False

    def _answer_any(self, work: Work) -> bool:
        """R4 (L34), R7 (L47)."""
        round_ = work.state.round
        if work.keeper.any_quorum(VoteType.PRECOMMIT, round_) and self._apply(work, rules.AnyPrecommits()):
            return True
        return work.keeper.any_quorum(VoteType.PREVOTE, round_) and self._apply(work, rules.AnyPrevotes())

    # ----- actions ----------------------------------------------------------

    def _apply(self, work: Work, event: rules.Event) -> bool:
        transition = rules.apply(work.state, event)
        work.state = transition.state
        for action in transition.actions:
            self._act(work, action)
        return transition.allowed

    def _act(self, work: Work, action: rules.Action) -> None:
        if isinstance(action, rules.Propose):
            if work.awake:
                self._speaker.propose(work)
        elif isinstance(action, rules.CastVote):
            self._speaker.cast(work, action)
        elif isinstance(action, rules.Schedule):
            if work.awake or action.timeout is not Timeout.PROPOSE:
                self._speaker.set_timer(work, action.timeout)
        elif isinstance(action, rules.NextRound):
            self._enter(work, Round(work.state.round + 1))
        else:
            self._speaker.announce_decision(work, action)

    def _enter(self, work: Work, round_: Round) -> bool:
        """R1 in a later round."""
        if not work.awake:
            work.awake = True
            self._speaker.set_timer(work, Timeout.REBROADCAST)
        self._speaker.remember_end(work, Round(round_ - 1))
        entered = self._apply(work, rules.StartRound(round_, work.proposes(round_)))
        work.prune()
        return entered


_ROUND_RULES: tuple[Callable[[Core, Work], bool], ...] = (
    Core._answer_proposal,
    Core._answer_polka,
    Core._answer_nil,
    Core._answer_any,
)

_HANDLERS: Mapping[type[Input], Callable[[Core, Work, Any], None]] = {
    StartHeight: Core._start_height,
    Received: Core._received,
    Wake: Core._wake,
    Built: Core._built,
    Judged: Core._judged,
    Verified: Core._verified,
    SignedVote: Core._signed_vote,
    SignedProposal: Core._signed_proposal,
    TimerFired: Core._timer_fired,
}


def _brings_votes(item: Input) -> bool:
    """Whether all that an input brings is votes that nobody has checked."""
    return isinstance(item, Received) and isinstance(item.message, Vote | VoteBatch)
